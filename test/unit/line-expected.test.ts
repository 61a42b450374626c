import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { callLength, expectedSeconds } from '../../workflows/waiting/expected.ts';

const base = { recentCalls: [], usualCallSeconds: 240, acceptSeconds: 5 };
const busy = (sinceSeconds: number) => ({ state: 'busy' as const, sinceSeconds });
const free = { state: 'free' as const, sinceSeconds: 10 };

describe('the expected wait is honest (R60)', () => {
  test('nothing is promised when no agent is at a seat', () => {
    expect(expectedSeconds({ ...base, place: 1, seats: [] })).toBeNull();
  });
  test('a free agent means at once; the next client waits for the call that ends first', () => {
    expect(expectedSeconds({ ...base, place: 1, seats: [free, busy(60)] })).toBe(5);
    expect(expectedSeconds({ ...base, place: 2, seats: [free, busy(60)] })).toBe(185);
    expect(expectedSeconds({ ...base, place: 3, seats: [free, busy(60)] })).toBe(245);
  });
  test('it follows the recent calls once there are enough of them', () => {
    expect(callLength([100, 100, 100, 100], 240)).toBe(240);
    expect(callLength([90, 100, 110, 100, 900], 240)).toBe(100);
    expect(expectedSeconds({ ...base, recentCalls: [100, 100, 100, 100, 100], place: 1, seats: [busy(40)] })).toBe(65);
  });
  test('a call that lasts longer than usual is not promised to end at once', () => {
    expect(expectedSeconds({ ...base, place: 1, seats: [busy(400)] })).toBe(205);
  });
  test('nobody behind waits less, and another agent makes nobody wait longer', () => {
    const seat = fc.oneof(fc.constant(free), fc.integer({ min: 0, max: 1000 }).map(busy));
    fc.assert(fc.property(fc.array(seat, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 30 }), (seats, place) => {
      const wait = (p: number, s: typeof seats): number => expectedSeconds({ ...base, place: p, seats: s })!;
      expect(wait(place + 1, seats)).toBeGreaterThanOrEqual(wait(place, seats));
      expect(wait(place, [...seats, free])).toBeLessThanOrEqual(wait(place, seats));
    }));
  });
});
