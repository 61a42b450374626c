import { describe, expect, test } from '@jest/globals';
import { isLow, neededBytes } from '../../media/evidence/index.ts';
import { stopsOf } from '../../server/usecases/call/gaps.ts';

const rule = { longestSeconds: 3600, bitsPerSecond: 3_000_000 };

describe('room for recordings (R40)', () => {
  test.each([[0, 1e9], [1, 2.35e9], [40, 55e9]])('with %i calls running, %d bytes have to be free', (running, bytes) => {
    expect(neededBytes(running, rule)).toBe(bytes);
    expect([isLow(bytes - 1, running, rule), isLow(bytes, running, rule)]).toEqual([true, false]);
  });
  test('a gap says that the disk was full, where the recorder stopped for that; another gap is another', () => {
    const report = (running: boolean, seconds: number, cause: string | null = null) => ({ running, cause, at: new Date(seconds * 1000) });
    expect(stopsOf([report(true, 0), report(false, 10, 'disk_full'), report(true, 20), report(false, 30)], { fromMs: 0, untilMs: 40_000 })).toEqual([
      { fromMs: 10_000, toMs: 20_000, cause: 'disk_full' }, { fromMs: 30_000, toMs: 40_000, cause: 'recorder_down' },
    ]);
  });
});
