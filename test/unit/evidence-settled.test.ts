import { expect, test } from '@jest/globals';
import { isSettled } from '../../server/usecases/evidence/settled.ts';

const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 5, 10) + seconds * 1_000);
const off = (seconds: number, cause: string | null) => ({ running: false, at: at(seconds), cause });
const on = (seconds: number) => ({ running: true, at: at(seconds), cause: null });

// The call ends at 0; from when on its chapter may be sealed.
test.each([
  ['with everything recorded, 15 s after it', [on(-60)], 15],
  ['with the recorder gone, 15 s after it', [off(-5, 'recorder_down')], 15],
  ['of which nothing was reported, 15 s after it', [], 15],
  ['in which the clock was set back an hour, 15 s after it', [on(3_540)], 15],
  ['with the store away, when the recorder has given up writing', [off(-5, 'store_unavailable')], 95],
  ['with a full disk, when the recorder has given up writing', [off(-5, 'disk_full')], 95],
  ['with the store away and back after it, when what was kept is written', [on(40)], 55],
])('the chapter of a call is sealed when what it leaves behind is there (R42, R28): %s', (_, recorderFacts, fromS) => {
  expect([fromS - 0.001, fromS].map((seconds) => isSettled({ endedAt: at(0), recorderFacts }, at(seconds)))).toEqual([false, true]);
});

test('a call that goes on is never settled', () => {
  expect(isSettled({ endedAt: null, recorderFacts: [off(-600, 'disk_full')] }, at(600))).toBe(false);
});
