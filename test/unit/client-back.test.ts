import { describe, expect, test } from '@jest/globals';
import { pressesWanted, topmost } from '../../client/join/state/back.ts';
import type { Layer } from '../../client/join/state/back.ts';
import { SETTLE_MS, createSettling } from '../../client/join/state/taps.ts';

const layer = (level: Layer['level'], presses: number): Layer => ({ level, presses, run: () => undefined });

describe('the browser’s Back', () => {
  test('closes an open text first, then goes a step back, and never leaves the site before', () => {
    const [page, text, question] = [layer('page', 3), layer('dialog', 1), layer('dialog', 1)];
    expect(topmost([page, text, question])).toBe(question);
    expect(topmost([text, page])).toBe(text);
    expect(topmost([page])).toBe(page);
    expect(pressesWanted([page, text])).toBe(4);
  });
  test('leaves where there is nothing to go back to', () => {
    expect(topmost([layer('page', 0)])).toBeNull();
    expect(pressesWanted([])).toBe(0);
  });
});

describe('a double tap', () => {
  test('confirms nothing that appeared between its two taps', () => {
    const marks: boolean[] = [];
    const timers = new Map<number, () => void>();
    const settling = createSettling((on) => marks.push(on), (work, ms) => { expect(ms).toBe(SETTLE_MS); timers.set(timers.size, work); return timers.size - 1; }, (timer) => { timers.set(timer, () => undefined); });
    settling.begin();
    // A dialog opens on the new page: the time begins anew.
    settling.begin();
    timers.get(0)?.();
    expect(marks).toEqual([true, true]);
    timers.get(1)?.();
    expect(marks.at(-1)).toBe(false);
    expect(SETTLE_MS).toBeGreaterThanOrEqual(500);
  });
});
