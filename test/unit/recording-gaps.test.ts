import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { gapsOf, stopsOf } from '../../server/usecases/call/gaps.ts';
import type { RecorderReport, RecordingRows } from '../../server/usecases/call/gaps.ts';

const reports = (...list: [boolean, number][]): RecorderReport[] => list.map(([running, at]) => ({ running, at: new Date(at) }));
const during = { fromMs: 1000, untilMs: 9000 };

describe('gaps of a recording follow from when its recorder ran (R28, R40)', () => {
  test('a recorder that died and came back leaves one gap', () => {
    expect(stopsOf(reports([true, 1500], [false, 3000], [true, 4000]), during)).toEqual([{ fromMs: 3000, toMs: 4000, cause: 'recorder_down' }]);
  });

  test('one that never comes back leaves a gap up to the end, and of a call that goes on up to now', () => {
    expect(stopsOf(reports([true, 1500], [false, 3000]), during)).toEqual([{ fromMs: 3000, toMs: 9000, cause: 'recorder_down' }]);
  });

  test('one that never ran leaves the whole call as a gap', () => {
    expect(stopsOf([], during)).toEqual([{ fromMs: 1000, toMs: 9000, cause: 'recorder_down' }]);
    expect(stopsOf(reports([false, 2000]), during)).toEqual([{ fromMs: 1000, toMs: 9000, cause: 'recorder_down' }]);
  });

  test('stopping with the call is no gap, and a report told twice makes no second one', () => {
    expect(stopsOf(reports([true, 1500], [false, 9100]), during)).toEqual([]);
    expect(stopsOf(reports([true, 1500], [false, 3000], [false, 3500], [true, 4000], [true, 4100]), during)).toEqual([{ fromMs: 3000, toMs: 4000, cause: 'recorder_down' }]);
  });

  test('whatever was reported in whatever order, gaps are in order, apart from each other and never after the end', () => {
    fc.assert(fc.property(fc.array(fc.record({ running: fc.boolean(), at: fc.date({ min: new Date(0), max: new Date(20_000), noInvalidDate: true }) })), (list) => {
      const gaps = stopsOf(list, during);
      gaps.forEach((gap, i) => {
        expect(gap.toMs).toBeGreaterThan(gap.fromMs);
        expect(gap.toMs).toBeLessThanOrEqual(during.untilMs);
        if (i > 0) expect(gap.fromMs).toBeGreaterThanOrEqual(gaps[i - 1]!.toMs);
      });
      expect(stopsOf([...list].reverse(), during).length).toBeLessThanOrEqual(list.length + 1);
    }));
  });
});

describe('each missing stretch has side, kind and cause (R28, R40)', () => {
  const second = 1000;
  /** A minute's call; both sides are held from first to last unless a test says otherwise. */
  const minute = { fromMs: 0, untilMs: 60 * second };
  const segment = (side: 'client' | 'witness', video: [number, number][], audio: [number, number][] = video): RecordingRows['segments'][number] => ({
    side, startMs: 0, endMs: 60 * second, tracks: [],
    held: [...video.map(([from, to]) => ({ kind: 'video', fromMs: from * second, toMs: to * second })), ...audio.map(([from, to]) => ({ kind: 'audio', fromMs: from * second, toMs: to * second }))],
  });
  const event = (at: number, type: string, codes: Record<string, unknown> = {}, side: string | null = null) => ({ type, at: new Date(at * second), side, codes });
  const rows = (client: [number, number][], { audio = client, events = [], runs = [[true, 0]] }: { audio?: [number, number][]; events?: RecordingRows['events']; runs?: [boolean, number, string?][] } = {}): RecordingRows => ({
    segments: [segment('client', client, audio), segment('witness', [[0, 60]])], events, reports: runs.map(([running, at, cause]) => ({ running, at: new Date(at * second), cause: cause ?? null })),
  });
  const gaps = (given: RecordingRows) => gapsOf(given, minute).map(({ side, kind, fromMs, toMs, cause }) => `${side} ${kind} ${fromMs / second}–${toMs / second} ${cause}`);
  const both = (words: string): string[] => ['video', 'audio'].map((kind) => `client ${kind} ${words}`);

  test('a call of which everything is held has none, also where a segment follows another', () => {
    expect(gaps({ ...rows([[0, 60]]), segments: [segment('client', [[0, 30]]), segment('client', [[30.03, 60]]), segment('witness', [[0, 60]])] })).toEqual([]);
  });
  test('the client was offline', () => {
    expect(gaps(rows([[0, 20], [35, 60]], { events: [event(20, 'lost', { role: 'client' }), event(20, 'interrupted', { cause: 'peer_lost' }), event(34, 'joined', { role: 'client' }), event(34, 'live')] }))).toEqual(both('20–35 peer_lost'));
  });
  test('nothing came although nobody left: the line was lost on the way', () => {
    expect(gaps(rows([[0, 20], [35, 60]]))).toEqual(both('20–35 peer_lost'));
  });
  test('the client hung up', () => {
    expect(gaps(rows([[0, 50]], { events: [event(50, 'left', { role: 'client' })] }))).toEqual(both('50–60 left'));
  });
  test('sound was switched off: the picture has no gap', () => {
    expect(gaps(rows([[0, 60]], { audio: [[0, 10], [18, 60]], events: [event(10, 'muted', { kind: 'audio' }, 'client'), event(18, 'unmuted', { kind: 'audio' }, 'client')] }))).toEqual(['client audio 10–18 muted']);
  });
  test('the host was lost, and the call went on after its start', () => {
    expect(gaps(rows([[0, 20], [45, 60]], { runs: [[true, 0], [false, 20, 'host_lost'], [true, 45]], events: [event(21, 'interrupted', { cause: 'host_lost' }), event(44, 'live')] })).slice(0, 2)).toEqual(both('20–45 host_lost'));
  });
  test('the recorder was down, shorter than what would count as silence', () => {
    expect(gaps(rows([[0, 20], [21, 60]], { runs: [[true, 0], [false, 20.5, 'recorder_down'], [true, 21]] }))).toEqual(both('20–21 recorder_down'));
  });
  test('a client who was away for a minute in which the recorder also died was away', () => {
    expect(gaps(rows([[0, 10], [50, 60]], { runs: [[true, 0], [false, 20, 'recorder_down'], [true, 22]], events: [event(10, 'lost', { role: 'client' }), event(49, 'joined', { role: 'client' })] }))).toEqual(both('10–50 peer_lost'));
  });
  test('the store took nothing for too long', () => {
    expect(gaps(rows([[0, 20], [40, 60]], { events: (['video', 'audio'] as const).map((kind) => event(40, 'not_recorded', { kind, cause: 'store_unavailable', fromMs: 20 * second, toMs: 40 * second }, 'client')) }))).toEqual(both('20–40 store_unavailable'));
  });
  test('a store that was away and was caught up with leaves no gap, whatever the recorder said meanwhile', () => {
    expect(gaps(rows([[0, 60]], { runs: [[true, 0], [false, 10, 'store_unavailable'], [true, 50]] }))).toEqual([]);
  });
  test('too much was lost on the network: what is held of it is no recording', () => {
    expect(gaps(rows([[0, 60]], { events: [event(30, 'not_recorded', { kind: 'video', cause: 'loss', fromMs: 20 * second, toMs: 30 * second }, 'client')] }))).toEqual(['client video 20–30 loss']);
  });
  test('a media worker died', () => {
    expect(gaps(rows([[0, 20], [26, 60]], { events: [event(20, 'interrupted', { cause: 'worker_died' }), event(26, 'live')] }))).toEqual(both('20–26 worker_died'));
  });
  test('before a side sent anything it had no track', () => {
    expect(gaps(rows([[5, 60]]))).toEqual(both('0–5 no_track'));
  });
});
