import { describe, expect, test } from '@jest/globals';
import { createRetries } from '../../review/replay/retries.ts';
import { buildTimeline, clockAfter, follow, runsOf, segmentAt, withoutBroken } from '../../review/replay/timeline.ts';

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

describe('the clock runs over the whole session, not only over what is recorded (R46)', () => {
  const at = (position: number, live: boolean, more: { recordedMs?: number; durationMs?: number } = {}) => clockAfter({ position, passedMs: 1_000, recordedMs: 300_000, durationMs: 720_000, live, ...more });
  test('when the recorder died in minute 5 of 12 the clock goes on to the decision in minute 12', () => {
    expect(at(300_000, false)).toEqual({ position: 301_000, ended: false });
    expect(at(719_500, false)).toEqual({ position: 720_000, ended: true });
  });
  test('of a call that goes on it waits for what is still to come, and does not wait for what never comes', () => {
    expect(at(300_000, true, { durationMs: 312_000 })).toEqual({ position: 300_000, ended: true });
    expect(at(300_000, true)).toEqual({ position: 301_000, ended: false });
  });
  test('a later event of a call that goes on can be looked at: the clock stays there', () => {
    expect(at(310_000, true, { durationMs: 312_000 })).toEqual({ position: 310_000, ended: true });
  });
});

describe('one failed request does not black out the rest of the evidence (R46)', () => {
  test('a range that failed is asked for again after a pause, and no trouble is left once it has come', () => {
    const retries = createRetries();
    retries.refused('a', 'again', 1_000);
    expect([retries.mayAsk('a', 1_500), retries.mayAsk('a', 2_000), retries.mayAsk('b', 1_500), retries.passedOver('a'), retries.troubled]).toEqual([false, true, true, false, true]);
    retries.came('a');
    expect([retries.mayAsk('a', 1_500), retries.troubled]).toEqual([true, false]);
  });
  test('the pauses grow; a segment that fails on and on is passed over until somebody asks for it', () => {
    const retries = createRetries();
    let now = 0;
    const pauses: number[] = [];
    while (!retries.passedOver('a')) {
      retries.refused('a', 'again', now);
      let pause = 0;
      while (pause < 60_000 && !retries.mayAsk('a', now + pause)) pause += 500;
      pauses.push(pause);
      now += pause;
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 60_000]);
    retries.forget();
    expect([retries.passedOver('a'), retries.mayAsk('a', now)]).toEqual([false, true]);
  });
  test('a segment that is gone is passed over at once; when the purpose has expired nothing is asked for and nothing is passed over (R45)', () => {
    const retries = createRetries();
    retries.refused('gone', 'skip', 0);
    expect([retries.passedOver('gone'), retries.mayAsk('b', 0)]).toEqual([true, true]);
    retries.refused('b', 'stop', 0);
    expect([retries.passedOver('b'), retries.mayAsk('b', 1e9), retries.mayAsk('c', 1e9), retries.troubled]).toEqual([false, false, false, true]);
  });
  test('behind a segment that does not play a new run begins', () => {
    const run = runsOf([segment('client', 0, 0, 10_000), segment('client', 1, 10_000, 20_000), segment('client', 2, 20_000, 30_000)], 'client');
    const ids = (broken: string[]) => withoutBroken(run, new Set(broken)).map((one) => one.map(({ segmentId }) => segmentId));
    expect(ids([])).toEqual([['client-0', 'client-1', 'client-2']]);
    expect(ids(['client-1'])).toEqual([['client-0'], ['client-2']]);
    expect(ids(['client-0', 'client-2'])).toEqual([['client-1']]);
    expect(ids(['client-0', 'client-1', 'client-2'])).toEqual([]);
  });
});
