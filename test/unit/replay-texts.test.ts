import { describe, expect, test } from '@jest/globals';
import { SCRIPT, SCRIPT_ITEMS } from '../../contracts/script.ts';
import { WORDS } from '../../review/console/i18n/words.ts';
import { breaksOf } from '../../server/usecases/cases/breaks.ts';
import { eventText } from '../../server/usecases/replay/texts.ts';

describe('what the replay writes beside an event (R46)', () => {
  const said = { agent: '李见证', licence: 'S100', name: '张三丰', cue: 'threeFingers' };

  test('the script is written as it was said: agent, licence, name and cue are filled in', () => {
    for (const item of SCRIPT_ITEMS) {
      const { zh, en } = eventText('tick', { item, answer: 'clear_yes' }, said);
      expect(zh + en).not.toMatch(/[{}]/);
    }
    expect(eventText('tick', { item: 'cue', answer: 'clear_yes' }, said)).toMatchObject({ zh: expect.stringContaining('三根手指'), en: expect.stringContaining('three fingers') });
    expect(eventText('tick', { item: 'nameConfirmed', answer: 'no' }, said).zh).toBe('话术：请问您是张三丰本人吗？ → 否');
  });

  test('what is not known is left out, no raw blank is shown', () => {
    for (const { id } of SCRIPT) expect(eventText('tick', { item: id, answer: 'unclear' }).zh).not.toMatch(/[{}]/);
  });

  test('answers are called as on the desk', () => {
    for (const answer of ['clear_yes', 'unclear', 'no'] as const) expect(eventText('tick', { item: 'ownWill', answer }, said).zh).toContain(WORDS[`answer.${answer}`][0]);
  });

  test('a photo of which no frame was recorded is not said to differ from the recording (R20)', () => {
    expect(eventText('compared', { verdict: 'undecidable' }).zh).not.toContain('不符');
    expect(eventText('compared', { verdict: 'other' }).zh).toContain('不符');
  });

  test('whether a face may have been compared is told as the client consented (R17)', () => {
    expect(eventText('face', { consent: true }).zh).toContain('客户同意比对');
    expect(eventText('face', { consent: false }).zh).toContain('未作比对');
    expect(eventText('face', { consent: false }).en).toContain('nothing compared');
  });

  test('an interruption is told in words, no code is shown', () => {
    for (const cause of ['peer_lost', 'worker_died', 'host_lost', 'something_new']) expect(Object.values(eventText('interrupted', { cause })).join()).not.toMatch(/_/);
  });
});

describe('when the call was broken off (R28, R30)', () => {
  const at = (second: number): Date => new Date(Date.UTC(2026, 2, 1, 8, 0, second));
  const event = (second: number, type: string, codes: object | null = null) => ({ type, at: at(second), codes });
  const iso = (second: number): string => at(second).toISOString();

  test('each interruption is told with its end and who was lost', () => {
    const events = [
      event(0, 'live'), event(10, 'lost', { role: 'client' }), event(10, 'interrupted', { cause: 'peer_lost' }), event(15, 'live'),
      event(20, 'left', { role: 'witness' }), event(24, 'live'), event(30, 'interrupted', { cause: 'host_lost' }), event(40, 'live'),
    ];
    expect(breaksOf(events, [], at(60))).toEqual([
      { what: 'call', cause: 'client_lost', from: iso(10), to: iso(15) },
      { what: 'call', cause: 'witness_left', from: iso(20), to: iso(24) },
      { what: 'call', cause: 'host_lost', from: iso(30), to: iso(40) },
    ]);
  });

  test('the end of the call is no interruption, and nothing before both were there is', () => {
    expect(breaksOf([event(0, 'left', { role: 'client' }), event(5, 'live'), event(60, 'left', { role: 'witness' }), event(61, 'left', { role: 'client' })], [], at(60))).toEqual([]);
  });

  test('one that goes on has no end yet, and who listens breaks nothing', () => {
    expect(breaksOf([event(0, 'live'), event(3, 'left', { role: 'listener' }), event(5, 'interrupted', { cause: 'peer_lost' })], [], null)).toEqual([{ what: 'call', cause: 'peer_lost', from: iso(5), to: null }]);
  });

  test('a gap of the recording stands at its time', () => {
    expect(breaksOf([event(0, 'live')], (['video', 'audio'] as const).map((kind) => ({ side: 'client' as const, kind, fromMs: at(7).getTime(), toMs: at(9).getTime(), cause: 'recorder_down' })), at(60))).toEqual([{ what: 'recording', cause: 'recorder_down', from: iso(7), to: iso(9) }]);
  });
});
