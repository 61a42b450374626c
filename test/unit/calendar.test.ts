import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { custodyBank } from '../../contracts/banks.ts';
import { bankCalendar, calendarState, DEPOSITORY_CALENDAR, isOpen, nextOpening } from '../../workflows/accounts/calendar.ts';

const at = (text: string): Date => new Date(`${text}+08:00`);
const calendar = DEPOSITORY_CALENDAR;

describe('the batch runs only in the depository’s hours (R51)', () => {
  test('09:00 to 15:30 in Shanghai, wherever the server stands', () => {
    expect(isOpen(calendar, at('2026-03-10T08:59:59'))).toBe(false);
    expect(isOpen(calendar, at('2026-03-10T09:00:00'))).toBe(true);
    expect(isOpen(calendar, at('2026-03-10T15:29:59'))).toBe(true);
    expect(isOpen(calendar, at('2026-03-10T15:30:00'))).toBe(false);
    expect(isOpen(calendar, new Date('2026-03-10T01:00:00Z'))).toBe(true);
  });
  test('not on weekends and holidays; the next opening is named', () => {
    expect(isOpen(calendar, at('2026-03-14T10:00:00'))).toBe(false);
    expect(nextOpening(calendar, at('2026-03-13T15:30:00'))).toEqual(at('2026-03-16T09:00:00'));
    expect(nextOpening(calendar, at('2026-02-13T16:00:00'))).toEqual(at('2026-02-24T09:00:00'));
    expect(nextOpening(calendar, at('2026-03-10T07:00:00'))).toEqual(at('2026-03-10T09:00:00'));
    expect(nextOpening(calendar, at('2026-03-10T10:00:00'))).toEqual(at('2026-03-10T10:00:00'));
  });
  test('exceptions are data, in both directions', () => {
    const changed = { ...calendar, exceptions: { '2026-03-10': false, '2026-03-14': true } };
    expect(isOpen(changed, at('2026-03-10T10:00:00'))).toBe(false);
    expect(isOpen(changed, at('2026-03-14T10:00:00'))).toBe(true);
  });
  test('each custody bank has hours of its own', () => {
    const [abc, cmb] = [custodyBank('ABC')!, custodyBank('CMB')!].map((bank) => bankCalendar(calendar, bank));
    expect(isOpen(abc!, at('2026-03-10T16:00:00'))).toBe(false);
    expect(isOpen(cmb!, at('2026-03-14T16:00:00'))).toBe(true);
  });
  test('a day outside the known years is no trading day: nothing runs then, and no opening is promised', () => {
    for (const day of ['2027-01-04T10:00:00', '2025-12-31T10:00:00']) {
      expect(isOpen(calendar, at(day))).toBe(false);
      expect(calendarState(calendar, at(day))).toBe('unknown');
    }
    expect(nextOpening(calendar, at('2026-12-31T15:30:00'))).toBeNull();
    expect(isOpen({ ...calendar, years: [2026, 2027] }, at('2027-01-04T10:00:00'))).toBe(true);
  });
  test('a month before its end the calendar says that it is ending', () => {
    expect(calendarState(calendar, at('2026-12-01T10:00:00'))).toBe('known');
    expect(calendarState(calendar, at('2026-12-02T10:00:00'))).toBe('ending');
    expect(calendarState({ ...calendar, alwaysOpen: true }, at('2027-12-02T10:00:00'))).toBe('known');
  });
  test('a demonstration may be open day and night', () => {
    expect(isOpen({ ...calendar, alwaysOpen: true }, at('2026-03-14T03:00:00'))).toBe(true);
  });
  test('a calendar that never opens says so', () => {
    const never = { ...calendar, exceptions: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [new Date(Date.UTC(2026, 2, 1 + i)).toISOString().slice(0, 10), false])) };
    expect(nextOpening(never, at('2026-03-01T10:00:00'))).toBeNull();
  });
  test('the next opening is open, not in the past, and nothing opens before it', () => {
    fc.assert(fc.property(fc.date({ min: new Date('2026-01-01'), max: new Date('2026-12-31T07:29:00Z'), noInvalidDate: true }), (now) => {
      const next = nextOpening(calendar, now)!;
      expect(isOpen(calendar, next)).toBe(true);
      expect(next.getTime()).toBeGreaterThanOrEqual(now.getTime());
      for (let t = now.getTime(); t < next.getTime(); t += 3600_000) expect(isOpen(calendar, new Date(t))).toBe(false);
    }));
  });
});
