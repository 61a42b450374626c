import { describe, expect, test } from '@jest/globals';
import type { ConsoleChange, ConsoleHistory } from '../../contracts/http/replay.ts';
import { makeFinding } from '../../contracts/reading.ts';
import { consoleAt, nextEvent } from '../../review/replay/console.ts';
import { MOST_SAMPLES, networkOf } from '../../server/usecases/replay/network.ts';

const [FACE, AGAIN] = ['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002'];
const words = { zh: '话', en: 'words' };
const missing = (...codes: string[]) => codes.map((code) => ({ code, text: words }));
const changes: ConsoleChange[] = [
  { kind: 'missing', atMs: -500, items: missing('client', 'recorder') },
  { kind: 'recorder', atMs: 0, running: true },
  { kind: 'call', atMs: 100, connected: true },
  { kind: 'tick', atMs: 5_000, item: 'agentShown', answer: 'unclear', insideGap: false },
  { kind: 'tick', atMs: 8_000, item: 'agentShown', answer: 'clear_yes', insideGap: false },
  { kind: 'tick', atMs: 9_000, item: 'nameConfirmed', answer: 'clear_yes', insideGap: true },
  { kind: 'photo', atMs: 10_000, photoId: FACE, photo: 'portraitSide', insideGap: false },
  { kind: 'findings', atMs: 10_000, standing: [0] },
  { kind: 'still', atMs: 11_000, photoId: FACE, fits: true },
  { kind: 'read', atMs: 12_000, photoId: FACE, values: [{ field: 'name', text: '张*' }] },
  { kind: 'photo', atMs: 20_000, photoId: AGAIN, photo: 'portraitSide', insideGap: false },
  { kind: 'findings', atMs: 20_000, standing: [] },
  { kind: 'missing', atMs: 20_000, items: [] },
  { kind: 'police', atMs: 21_000, question: 'identity', answer: 'match' },
  { kind: 'call', atMs: 30_000, connected: false },
  { kind: 'decision', atMs: 31_000, decision: 'reject', code: 'N01' },
];
const history: ConsoleHistory = {
  script: [{ item: 'agentShown', rule: 'R6', text: words }, { item: 'nameConfirmed', rule: 'R25', text: words }], form: [], formFrom: 'now',
  findings: [{ of: 'portraitSide', finding: makeFinding('PHOTO_GLARE') }], changes,
};

describe('the console as the agent saw it at a second (R46)', () => {
  test('before anything happened nothing is done, taken, found or decided', () => {
    expect(consoleAt(history, -1_000)).toMatchObject({ connected: false, recorderRunning: false, step: 'agentShown', photos: [], findings: [], missing: [], decision: undefined });
  });

  test('an answer counts from its own second on, and every earlier one stays to be seen (R24)', () => {
    expect(consoleAt(history, 7_999)).toMatchObject({ step: 'agentShown', script: [{ done: false, answers: [{ answer: 'unclear', atMs: 5_000 }] }, { done: false }] });
    expect(consoleAt(history, 8_000)).toMatchObject({ step: 'nameConfirmed', script: [{ done: true, answers: [{ answer: 'unclear' }, { answer: 'clear_yes' }] }, { done: false }] });
  });

  test('a yes inside a recording gap leaves its line open (R28)', () => {
    expect(consoleAt(history, 9_500)).toMatchObject({ step: 'nameConfirmed', script: [{ done: true }, { done: false, answers: [{ answer: 'clear_yes' }] }] });
  });

  test('a photo is first unread, then read; taken again the older one stays beside it', () => {
    expect(consoleAt(history, 10_000).photos).toEqual([expect.objectContaining({ photoId: FACE, current: true, still: 'none', values: null })]);
    expect(consoleAt(history, 12_000).photos).toEqual([expect.objectContaining({ still: 'fits', values: [{ field: 'name', text: '张*' }] })]);
    expect(consoleAt(history, 25_000).photos.map(({ photoId, current }) => [photoId, current])).toEqual([[FACE, false], [AGAIN, true]]);
  });

  test('findings and what closed approve are those of the second (R28)', () => {
    expect(consoleAt(history, 0).missing.map(({ code }) => code)).toEqual(['client', 'recorder']);
    expect(consoleAt(history, 15_000).findings).toEqual([history.findings[0]]);
    expect(consoleAt(history, 20_000)).toMatchObject({ findings: [], missing: [] });
  });

  test('the decision is there from its second on, and the same second gives the same console however one got there', () => {
    expect(consoleAt(history, 30_999)).toMatchObject({ connected: false, decision: undefined, police: { identity: 'match' } });
    expect(consoleAt(history, 31_000).decision).toEqual({ decision: 'reject', code: 'N01', atMs: 31_000 });
    const once = JSON.stringify(consoleAt(history, 12_345));
    consoleAt(history, 99_999);
    expect(JSON.stringify(consoleAt(history, 12_345))).toBe(once);
  });
});

describe('jumping from event to event', () => {
  const events = [{ atMs: 0 }, { atMs: 1_000 }, { atMs: 1_050 }, { atMs: 5_000 }];
  test('the next and the one before; the second one stands on is left behind', () => {
    expect(nextEvent(events, 0, 1)).toEqual({ atMs: 1_000 });
    expect(nextEvent(events, 1_000, 1)).toEqual({ atMs: 5_000 });
    expect(nextEvent(events, 5_000, -1)).toEqual({ atMs: 1_050 });
    expect(nextEvent(events, 5_000, 1)).toBeUndefined();
    expect(nextEvent(events, 0, -1)).toBeUndefined();
  });
});

describe('the network’s figures over time', () => {
  const sample = (n: number, figures: object, role = 'client') => ({ role, at: new Date(10_000 + n * 2_000), figures });
  test('each end has its own, in media time; what was not told is null', () => {
    expect(networkOf([sample(0, { lossUp: 0.1, rttMs: 40 }), sample(1, { bitrateUp: 9 }, 'witness')], 'client', 10_000)).toEqual([{ atMs: 0, lossUp: 0.1, lossDown: null, rttMs: 40, bitrateUp: null }]);
  });
  test('a long call is thinned out, but its worst seconds stay', () => {
    const long = Array.from({ length: 3_000 }, (_, n) => sample(n, { lossUp: n === 1_234 ? 0.9 : 0, bitrateUp: n === 2_000 ? 1_000 : 900_000 }));
    const drawn = networkOf(long, 'client', 10_000);
    expect(drawn.length).toBeLessThanOrEqual(MOST_SAMPLES);
    expect(Math.max(...drawn.map((s) => s.lossUp ?? 0))).toBe(0.9);
    expect(Math.min(...drawn.map((s) => s.bitrateUp ?? Infinity))).toBe(1_000);
  });
});
