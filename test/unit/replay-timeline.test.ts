import { describe, expect, test } from '@jest/globals';
import { buildTimeline, follow, runsOf, segmentAt } from '../../review/replay/timeline.ts';

const segment = (side: 'client' | 'witness', index: number, startMs: number, endMs: number, mimeType = 'video/webm; codecs="vp8,opus"') =>
  ({ segmentId: `${side}-${index}`, side, index, startMs, endMs, mimeType });

describe('the replay has one clock (R46)', () => {
  test('segments, events and gaps are placed on milliseconds since the recording began', () => {
    const timeline = buildTimeline({
      segments: [segment('witness', 0, 1_000_500, 1_010_000), segment('client', 1, 1_012_000, 1_020_000), segment('client', 0, 1_000_000, 1_010_000)],
      events: [{ at: 1_015_000, type: 'decision' }, { at: 999_000, type: 'offered' }],
      gaps: [{ side: 'client', kind: 'video', fromMs: 1_010_000, toMs: 1_012_000, cause: 'recorder_down' }],
    });
    expect(timeline.startedAt).toBe(1_000_000);
    expect(timeline.durationMs).toBe(20_000);
    expect(timeline.segments.map(({ segmentId, startMs }) => [segmentId, startMs])).toEqual([['client-0', 0], ['witness-0', 500], ['client-1', 12_000]]);
    expect(timeline.events.map(({ type, atMs }) => [type, atMs])).toEqual([['offered', -1_000], ['decision', 15_000]]);
    expect(timeline.gaps[0]).toMatchObject({ fromMs: 10_000, toMs: 12_000 });
    expect(segmentAt(timeline.segments, 'client', 11_000)).toBeUndefined();
    expect(segmentAt(timeline.segments, 'client', 12_000)?.segmentId).toBe('client-1');
  });
  test('overlapping segments of a side give way to the later one', () => {
    const { segments } = buildTimeline({ segments: [segment('client', 0, 0, 10_100), segment('client', 1, 10_000, 20_000)], events: [], gaps: [], startedAt: 0 });
    expect(segments[0]!.endMs).toBe(10_000);
  });
  test('an empty session has an empty timeline', () => {
    expect(buildTimeline({ segments: [], events: [], gaps: [] })).toMatchObject({ startedAt: 0, durationMs: 0 });
  });
  test('a pause or a change of tracks begins a new run', () => {
    const runs = runsOf([
      segment('client', 0, 0, 2_000, 'audio/webm; codecs="opus"'), segment('client', 1, 2_000, 12_000), segment('client', 2, 12_010, 22_000), segment('client', 3, 25_000, 26_000),
    ], 'client');
    expect(runs.map((run) => run.length)).toEqual([1, 2, 1]);
  });
  test('a side that lags is sped up a little, one that is far off jumps', () => {
    expect(follow(10, 1)).toEqual({ rate: 1, seek: false });
    expect(follow(-80, 1).rate).toBeGreaterThan(1.05);
    expect(follow(80, 2).rate).toBeLessThan(2);
    expect(follow(-900, 1).seek).toBe(true);
  });
});
