import { describe, expect, test } from '@jest/globals';
import { isLoaded, nextToLoad, segmentAt } from '../../review/console/sessions/segments.ts';
import type { SideSegment } from '../../review/console/sessions/segments.ts';

const segment = (startMs: number, endMs: number): SideSegment => ({ startMs, endMs, mimeType: 'video/webm', byteLength: 1, url: '' });
const first = segment(0, 20_000);
const second = segment(26_000, 60_000);
const both = [first, second];

describe('one side of a recording with a gap', () => {
  test('inside the gap there is no segment, and the clock does not wait for one (R46)', () => {
    expect(segmentAt(both, 19_999)).toBe(first);
    expect(segmentAt(both, 22_000)).toBeUndefined();
    expect(segmentAt(both, 26_000)).toBe(second);
    expect(segmentAt(both, 60_000)).toBeUndefined();
  });

  test('what the viewer looks at is loaded first, what is over is not loaded', () => {
    expect(nextToLoad(both, new Set(), 0)).toBe(first);
    expect(nextToLoad(both, new Set(), 30_000)).toBe(second);
    expect(nextToLoad(both, new Set([first]), 22_000)).toBe(second);
    expect(nextToLoad(both, new Set(both), 0)).toBeUndefined();
  });

  test('the very end of a loaded stretch counts as over, so that the player does not stand still there', () => {
    const ranges = [{ start: 0, end: 20 }];
    expect([0, 10, 19.9, 19.97, 20, 25].map((s) => isLoaded(ranges, s))).toEqual([true, true, true, false, false, false]);
  });
});
