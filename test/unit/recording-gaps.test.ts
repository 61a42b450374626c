import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gapsOf } from '../../server/usecases/call/gaps.ts';
import type { RecorderReport } from '../../server/usecases/call/gaps.ts';

const reports = (...list: [boolean, number][]): RecorderReport[] => list.map(([running, at]) => ({ running, at: new Date(at) }));
const during = { fromMs: 1000, untilMs: 9000 };

describe('gaps of a recording follow from when its recorder ran (R28, R40)', () => {
  test('a recorder that died and came back leaves one gap', () => {
    expect(gapsOf(reports([true, 1500], [false, 3000], [true, 4000]), during)).toEqual([{ fromMs: 3000, toMs: 4000 }]);
  });

  test('one that never comes back leaves a gap up to the end, and of a call that goes on up to now', () => {
    expect(gapsOf(reports([true, 1500], [false, 3000]), during)).toEqual([{ fromMs: 3000, toMs: 9000 }]);
  });

  test('one that never ran leaves the whole call as a gap', () => {
    expect(gapsOf([], during)).toEqual([{ fromMs: 1000, toMs: 9000 }]);
    expect(gapsOf(reports([false, 2000]), during)).toEqual([{ fromMs: 1000, toMs: 9000 }]);
  });

  test('stopping with the call is no gap, and a report told twice makes no second one', () => {
    expect(gapsOf(reports([true, 1500], [false, 9100]), during)).toEqual([]);
    expect(gapsOf(reports([true, 1500], [false, 3000], [false, 3500], [true, 4000], [true, 4100]), during)).toEqual([{ fromMs: 3000, toMs: 4000 }]);
  });

  test('whatever was reported in whatever order, gaps are in order, apart from each other and never after the end', () => {
    fc.assert(fc.property(fc.array(fc.record({ running: fc.boolean(), at: fc.date({ min: new Date(0), max: new Date(20_000), noInvalidDate: true }) })), (list) => {
      const gaps = gapsOf(list, during);
      gaps.forEach((gap, i) => {
        expect(gap.toMs).toBeGreaterThan(gap.fromMs);
        expect(gap.toMs).toBeLessThanOrEqual(during.untilMs);
        if (i > 0) expect(gap.fromMs).toBeGreaterThanOrEqual(gaps[i - 1]!.toMs);
      });
      expect(gapsOf([...list].reverse(), during).length).toBeLessThanOrEqual(list.length + 1);
    }));
  });
});
