import { describe, expect, test } from '@jest/globals';
import { CLIENT_NUMBER } from '../../contracts/http/replay.ts';
import { firstPictureMs, gapAt, networkAt, networkLine, nextGap, speedAfter } from '../../review/console/sessions/timeline.ts';
import { HttpError, NetworkError } from '../../client/rtc/http.ts';
import { errorBody } from '../../contracts/errors.ts';
import type { ErrorCode } from '../../contracts/errors.ts';
import { nextAskMs, refusalOf } from '../../review/console/sessions/failing.ts';
import { keyOfFocus, replayKeyOf } from '../../review/console/sessions/useReplayKeys.ts';
import { daysBackwards, daysBetween } from '../../review/console/sessions/usePages.ts';
import { WORDS } from '../../review/console/i18n/words.ts';
import { cursorOf, placeOf } from '../../server/database/search.ts';
import { eventText } from '../../server/usecases/replay/texts.ts';

const press = (key: string, more: object = {}) => replayKeyOf({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more });

describe('a replay is opened (R46)', () => {
  const segment = (side: 'client' | 'witness', startMs: number, mimeType = 'video/webm; codecs="vp8,opus"') => ({ segmentId: `${side}-${startMs}`, side, index: 0, startMs, endMs: startMs + 10_000, mimeType, byteLength: 1 });
  test('where both sides have their first picture, not on the black second before', () => {
    expect(firstPictureMs([segment('witness', 0), segment('client', 1_200), segment('witness', 10_000)])).toBe(1_200);
    expect(firstPictureMs([segment('client', 0, 'audio/webm; codecs="opus"'), segment('client', 2_000), segment('witness', 500)])).toBe(2_000);
  });
  test('where one side’s picture comes much later, or never, the other’s is not waited with', () => {
    expect(firstPictureMs([segment('client', 300), segment('witness', 40_000)])).toBe(300);
    expect(firstPictureMs([segment('client', 300)])).toBe(300);
    expect(firstPictureMs([])).toBe(0);
  });
  test('a last day before the first is said, not searched', () => {
    expect([daysBackwards('2026-11-02', '2026-11-01'), daysBackwards('2026-11-01', '2026-11-01'), daysBackwards('', '2026-11-01'), daysBackwards('2026-11-01', '')]).toEqual([true, false, false, false]);
  });
});

describe('the replay’s keys (R46)', () => {
  test('play, frame, event, seconds, speed and the decision each have one', () => {
    expect(press(' ')).toEqual({ do: 'toggle' });
    expect(press('d')).toEqual({ do: 'decision' });
    expect([press('ArrowRight'), press('ArrowLeft')]).toEqual([{ do: 'frame', direction: 1 }, { do: 'frame', direction: -1 }]);
    expect(press('ArrowRight', { shiftKey: true })).toEqual({ do: 'seconds', direction: 1 });
    expect([press('ArrowDown'), press('ArrowUp')]).toEqual([{ do: 'event', direction: 1 }, { do: 'event', direction: -1 }]);
    expect([press('g'), press('G', { shiftKey: true })]).toEqual([{ do: 'gap', direction: 1 }, { do: 'gap', direction: -1 }]);
    expect([press(']'), press('[')]).toEqual([{ do: 'speed', direction: 1 }, { do: 'speed', direction: -1 }]);
  });
  test('the browser’s own combinations stay the browser’s', () => {
    for (const more of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }]) expect(press('ArrowLeft', more)).toBeUndefined();
    expect(press('a')).toBeUndefined();
  });
  test('a key that belongs to what has the focus stays there: Space of a button, arrows of a slider, all of a field or a list', () => {
    const on = (element: string) => (key: string) => keyOfFocus(key, (selector) => selector.split(', ').includes(element));
    for (const element of ['button', 'a', '[role=button]', 'summary']) expect([element, on(element)(' '), on(element)('ArrowLeft'), on(element)('d')]).toEqual([element, true, false, false]);
    for (const element of ['[role=slider]', '[role=tablist]']) expect([element, on(element)('ArrowLeft'), on(element)(' '), on(element)(']')]).toEqual([element, true, false, false]);
    for (const element of ['input', 'textarea', '[role=menu]', '[role=listbox]', '[role=dialog]']) expect([' ', 'ArrowDown', 'd', '['].map(on(element))).toEqual([true, true, true, true]);
    expect([' ', 'ArrowDown', 'd', '['].map(on('body'))).toEqual([false, false, false, false]);
  });
  test('a gap is reached from the one before it and from the one after it, of whichever side; behind the last one there is none', () => {
    const gap = (side: 'client' | 'witness', fromMs: number) => ({ side, kind: 'video' as const, fromMs, toMs: fromMs + 3_000, cause: 'client_lost' as const });
    const gaps = [gap('witness', 20_000), gap('client', -40), gap('client', 9_000), gap('witness', 9_040)];
    expect([nextGap(gaps, 500, 1), nextGap(gaps, 9_000, 1), nextGap(gaps, 20_000, 1)]).toEqual([9_000, 20_000, undefined]);
    expect([nextGap(gaps, 20_000, -1), nextGap(gaps, 9_000, -1), nextGap(gaps, 0, -1)]).toEqual([9_040, 0, undefined]);
  });
  test('the speed ends at half and at four times', () => {
    expect([speedAfter(1, 1), speedAfter(4, 1), speedAfter(0.5, -1)]).toEqual([1.5, 4, 0.5]);
  });
});

describe('what did not come', () => {
  const failed = (status: number, code: ErrorCode) => new HttpError(status, errorBody(code));
  test('trouble of the server or the network passes; an expired purpose stops; a file that is gone or damaged is passed over (R45, R46)', () => {
    expect([new NetworkError(), failed(503, 'OVERLOADED'), failed(500, 'INTERNAL'), failed(429, 'TOO_MANY_TRIES')].map(refusalOf)).toEqual(['again', 'again', 'again', 'again']);
    expect([failed(400, 'PURPOSE_REQUIRED'), failed(401, 'LOGIN_REQUIRED'), failed(403, 'SAME_PERSON')].map(refusalOf)).toEqual(['stop', 'stop', 'stop']);
    expect([failed(404, 'NOT_FOUND'), failed(409, 'CASE_DESTROYED'), failed(500, 'EVIDENCE_DAMAGED')].map(refusalOf)).toEqual(['skip', 'skip', 'skip']);
  });
  test('a running call is asked for less often while the server is in trouble, and no more once it has refused', () => {
    const trouble = failed(503, 'OVERLOADED');
    expect([nextAskMs(0), nextAskMs(1, trouble), nextAskMs(2, trouble), nextAskMs(30, trouble)]).toEqual([3_000, 6_000, 12_000, 60_000]);
    expect([nextAskMs(1, failed(400, 'PURPOSE_REQUIRED')), nextAskMs(1, failed(403, 'SAME_PERSON'))]).toEqual([undefined, undefined]);
  });
});

describe('the network’s lane', () => {
  const sample = (atMs: number, rttMs: number | null) => ({ atMs, lossUp: 0, lossDown: null, rttMs, bitrateUp: null });
  test('a silence breaks the line, nothing is drawn across it', () => {
    expect(networkLine([sample(0, 50), sample(2_000, 100), sample(20_000, 100), sample(22_000, null)], (s) => s.rttMs, { durationMs: 40_000, most: 100 })).toEqual(['0.0,52.0 50.0,4.0', '500.0,4.0']);
  });
  test('old figures are not told as those of now', () => {
    expect(networkAt([sample(1_000, 50)], 5_000)?.rttMs).toBe(50);
    expect(networkAt([sample(1_000, 50)], 9_000)).toBeUndefined();
    expect(networkAt([sample(1_000, 50)], 500)).toBeUndefined();
  });
  test('only a gap of the picture explains a black picture', () => {
    const gaps = [{ side: 'client' as const, kind: 'audio' as const, fromMs: 0, toMs: 9, cause: 'muted' }, { side: 'client' as const, kind: 'video' as const, fromMs: 5, toMs: 9, cause: 'client_lost' }];
    expect([gapAt({ gaps }, 'client', 3), gapAt({ gaps }, 'client', 5)?.cause, gapAt({ gaps }, 'witness', 5)]).toEqual([undefined, 'client_lost', undefined]);
  });
});

describe('what is searched by', () => {
  test('days are whole days where the reader sits', () => {
    const { from, to } = daysBetween('2026-03-01', '2026-03-01');
    expect(Date.parse(to!) - Date.parse(from!)).toBe(86_400_000);
    expect(new Date(from!).getHours()).toBe(0);
    expect(daysBetween('', '')).toEqual({});
  });
  test('only a whole mobile or ID number is a client’s number', () => {
    for (const whole of ['13800138000', '11010519491231002X', '440524188001010014']) expect(CLIENT_NUMBER.test(whole)).toBe(true);
    for (const part of ['1380013800', '23800138000', '11010519491231002', 'abc', '', '11010519491231002Y']) expect(CLIENT_NUMBER.test(part)).toBe(false);
  });
  test('a cursor comes back as it went', () => {
    const place = { at: new Date('2026-03-01T08:00:00.123Z'), id: '00000000-0000-7000-8000-000000000001' };
    expect(placeOf(cursorOf(place))).toEqual(place);
  });
});

test('every event that the log of a session knows has words in both languages, none is shown as a code', () => {
  for (const type of ['accepted', 'joined', 'lost', 'left', 'live', 'interrupted', 'rebuilt', 'recorder_on', 'recorder_off', 'tick', 'photo', 'still', 'read', 'decision', 'police', 'police_decision', 'finding_decision', 'face', 'drop', 'no_show']) {
    const { zh, en } = eventText(type, { role: 'client', item: 'cue', answer: 'no', kind: 'face', decision: 'approve', code: 'N01', cause: 'host_lost' });
    expect([type, zh === type, en === type, /\p{Script=Han}/u.test(zh), /\p{Script=Han}/u.test(en)]).toEqual([type, false, false, true, false]);
  }
});

test('every kind of look has words', () => {
  for (const what of ['case', 'replay', 'export', 'lookLog', 'upload.portrait', 'upload.emblem', 'uncover.name', 'uncover.idNumber', 'uncover.phone', 'uncover.card', 'search.phone', 'search.idNumber', 'replay.refused', 'export.refused', 'lookLog.refused', 'uncover.name.refused']) expect(WORDS).toHaveProperty([`look.${what}`]);
});
