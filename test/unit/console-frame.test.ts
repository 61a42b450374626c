import { describe, expect, test } from '@jest/globals';
import { menuFor } from '../../review/console/app/menu.ts';
import { WORDS, keyOf } from '../../review/console/i18n/words.ts';
import { isSharp, lightOf, loudness, measurePicture } from '../../review/console/seat/measure.ts';
import { duration, tomorrow } from '../../review/console/shared/format.ts';
import { ACCOUNT_STATES, ACCOUNT_STEPS, APPLICATION_STATES, SESSION_OUTCOMES, SESSION_STATES } from '../../contracts/states/index.ts';
import { eventAt, noPictureAt, percentAt, toneOf, wallClock } from '../../review/console/sessions/timeline.ts';

const picture = (value: (x: number, y: number) => number, size = 64): Uint8ClampedArray => {
  const rgba = new Uint8ClampedArray(size * size * 4);
  for (let y = 0; y < size; y += 1) for (let x = 0; x < size; x += 1) rgba.fill(value(x, y), (y * size + x) * 4, (y * size + x) * 4 + 3);
  return rgba;
};

describe('words', () => {
  test('every word exists in Chinese and in English, with the same blanks', () => {
    const blanks = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
    for (const [key, [zh, en]] of Object.entries(WORDS)) {
      expect([key, zh.trim() !== '', en.trim() !== '']).toEqual([key, true, true]);
      expect([key, blanks(en)]).toEqual([key, blanks(zh)]);
    }
  });

  test('every state of the contracts has a word', () => {
    const missing = [
      ...APPLICATION_STATES.map((s) => ['app', s]), ...SESSION_STATES.map((s) => ['session', s]), ...SESSION_OUTCOMES.map((s) => ['outcome', s]),
      ...ACCOUNT_STATES.map((s) => ['account', s]), ...ACCOUNT_STEPS.map((s) => ['step', s]),
    ].filter(([prefix = '', value = '']) => keyOf(prefix, value) === undefined);
    expect(missing).toEqual([]);
  });
});

describe('the menu', () => {
  test('each role sees its own pages only', () => {
    const keys = (...roles: Parameters<typeof menuFor>[0]) => menuFor(roles).map((m) => m.key);
    expect(keys('witness')).toEqual(['desk']);
    expect(keys('reviewer')).toEqual(['review']);
    expect(keys('auditor')).toEqual(['sessions', 'looks']);
    expect(keys('admin')).toEqual(['batch', 'negative']);
    expect(keys('lead')).toEqual(['lead', 'batch', 'negative', 'retention', 'sessions']);
    expect(keys('compliance')).toEqual(['retention']);
    expect(keys('witness', 'reviewer')).toEqual(['desk', 'review']);
  });
});

describe('the seat check measures the picture (R1)', () => {
  test('a fine pattern is sharp, a soft gradient is not', () => {
    expect(isSharp(measurePicture(picture((x, y) => ((x >> 2) + (y >> 2)) % 2 * 160 + 40), 64, 64).sharpness)).toBe(true);
    expect(isSharp(measurePicture(picture((x) => 60 + x * 2), 64, 64).sharpness)).toBe(false);
  });

  test('a dark picture is too dark, a white one too bright', () => {
    expect([20, 128, 240].map((v) => lightOf(measurePicture(picture(() => v), 64, 64).light))).toEqual(['dark', 'ok', 'bright']);
    expect(measurePicture(new Uint8ClampedArray(), 0, 0)).toEqual({ light: 0, sharpness: 0 });
  });

  test('silence has no loudness', () => {
    expect(loudness(new Float32Array(64))).toBe(0);
    expect(loudness(Float32Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? 0.5 : -0.5)))).toBeCloseTo(0.5);
  });
});

describe('the replay’s clock (R46)', () => {
  const events = [0, 3000, 3000, 9000].map((atMs) => ({ atMs, at: '2026-03-01T08:00:00.000Z', type: 'x', text: { zh: '', en: '' } }));

  test('the event now playing is the last one that has begun', () => {
    expect([-1, 0, 2999, 3000, 99_999].map((ms) => eventAt(events, ms))).toEqual([-1, 0, 0, 2, 3]);
  });

  test('a moment of the recording has its date and time', () => {
    expect(wallClock({ zeroAt: '2026-03-01T08:00:00.000Z' }, 1500)).toBe(Date.parse('2026-03-01T08:00:01.500Z'));
    expect(wallClock({ zeroAt: null }, 1500)).toBeUndefined();
  });

  test('what lies outside of the recording is put at its ends, and an empty one does not divide by nothing', () => {
    expect([percentAt(-5, 100), percentAt(50, 100), percentAt(500, 100), percentAt(5, 0)]).toEqual([0, 50, 100, 0]);
  });

  test('a black picture says why: not begun, the person was away, the recorder was down, or the end (R46)', () => {
    const segment = (startMs: number, endMs: number) => ({ segmentId: 's', side: 'client' as const, index: 0, startMs, endMs, mimeType: 'video/webm', byteLength: 1 });
    const event = (atMs: number, type: string) => ({ atMs, at: '2026-03-01T08:00:00.000Z', type, side: 'client' as const, text: { zh: '', en: '' } });
    const view = {
      segments: [segment(1000, 5000), segment(8000, 20_000), segment(25_000, 30_000)],
      events: [event(0, 'joined'), event(5000, 'lost'), event(7900, 'joined')],
      gaps: [{ side: 'client' as const, kind: 'video' as const, fromMs: 20_000, toMs: 25_000, cause: 'recorder_down' }],
    };
    expect([500, 2000, 6000, 9000, 22_000, 30_000, 31_000, 90_000].map((ms) => noPictureAt(view, 'client', ms))).toEqual(['before', undefined, 'away', undefined, 'recorder', 'end', 'end', 'unknown']);
    expect(noPictureAt(view, 'witness', 2000)).toBe('unknown');
  });

  test('decisions, photos and gaps stand out', () => {
    expect(['session.decision', 'photo.taken', 'recording.gap', 'script.ticked', 'session.live'].map(toneOf)).toEqual(['decision', 'photo', 'gap', 'script', 'plain']);
  });
});

describe('times', () => {
  test('durations are read at a glance', () => {
    expect([0, 59.9, 61, 3600, -3].map(duration)).toEqual(['0:00', '0:59', '1:01', '1:00:00', '0:00']);
  });

  test('a case is postponed to tomorrow at the earliest, over the end of a month too (R50)', () => {
    expect(tomorrow(new Date(2026, 1, 28, 23, 59))).toBe('2026-03-01');
  });
});
