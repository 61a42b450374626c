import { describe, expect, test } from '@jest/globals';
import type { CaseView } from '../../contracts/http/staff.ts';
import { REASONS } from '../../contracts/reasons/index.ts';
import { SCRIPT_ITEMS } from '../../contracts/script.ts';
import { missingNow } from '../../review/console/call/missing.ts';
import { nameSize } from '../../review/console/call/nameSize.ts';
import { findReasons } from '../../review/console/call/reasons.ts';
import { recorderStanding } from '../../review/console/call/recorder.ts';
import { itemState, scriptLines } from '../../review/console/call/script.ts';
import type { TickView } from '../../review/console/call/script.ts';
import { hotkeyOf } from '../../review/console/call/useHotkeys.ts';

const tick = (second: number, answer: TickView['answer'], more: Partial<TickView> = {}): TickView => ({ item: 'ownWill', answer, at: `2026-03-01T08:00:0${second}.000Z`, mediaTimeMs: second * 1000, insideGap: false, ...more });
const view = { form: { name: '张三丰' }, session: { witnessName: '李见证', witnessLicence: 'S100', cue: 'threeFingers' } } as CaseView;
const press = (key: string, more: object = {}) => hotkeyOf({ key, ctrlKey: false, metaKey: false, altKey: false, repeat: false, ...more });

describe('the script on the call page', () => {
  test('agent, licence, client’s name and cue are filled in, in both languages (R6, R25, R26)', () => {
    for (const language of ['zh', 'en'] as const) {
      const lines = scriptLines(view, language);
      expect(lines.map((l) => l.id)).toEqual([...SCRIPT_ITEMS]);
      expect(lines.map((l) => l.text).join()).not.toMatch(/[{}]/);
      expect(lines[0]?.text).toContain('李见证');
      expect(lines[0]?.text).toContain('S100');
      expect(lines[1]?.text).toContain('张三丰');
    }
    expect(scriptLines(view, 'zh').at(-1)?.text).toContain('三根手指');
  });

  test('only a clear yes closes an item, and the last answer counts (R24)', () => {
    expect(itemState([], 'ownWill')).toMatchObject({ answer: undefined, done: false });
    expect(itemState([tick(1, 'unclear')], 'ownWill').done).toBe(false);
    expect(itemState([tick(1, 'unclear'), tick(2, 'clear_yes')], 'ownWill').done).toBe(true);
    expect(itemState([tick(2, 'no'), tick(1, 'clear_yes')], 'ownWill')).toMatchObject({ answer: 'no', done: false });
  });

  test('a clear yes inside a recording gap has to be given again (R28)', () => {
    expect(itemState([tick(1, 'clear_yes', { insideGap: true })], 'ownWill').done).toBe(false);
  });
});

describe('the desk’s keys', () => {
  test('1–8 are clear yeses in the script’s order, F2–F4 the photos, Ctrl+Enter approve', () => {
    expect(SCRIPT_ITEMS.map((_, i) => press(String(i + 1)))).toEqual(SCRIPT_ITEMS.map((item) => ({ do: 'tick', item })));
    expect(['F2', 'F3', 'F4'].map((k) => press(k))).toEqual([{ do: 'photo', kind: 'face' }, { do: 'photo', kind: 'portraitSide' }, { do: 'photo', kind: 'emblemSide' }]);
    expect(press('Enter', { ctrlKey: true })).toEqual({ do: 'approve' });
  });

  test('a held key, a bare Enter and browser shortcuts do nothing', () => {
    expect([press('1', { repeat: true }), press('Enter'), press('1', { ctrlKey: true }), press('F5'), press('9'), press('0')]).toEqual(Array(6).fill(undefined));
  });
});

describe('what the call page says of the call', () => {
  test('a recorder that has not run yet is being prepared, one that ran is lost (R40)', () => {
    expect([recorderStanding(false, false), recorderStanding(true, true), recorderStanding(false, true)]).toEqual(['preparing', 'running', 'lost']);
  });

  test('a client who is not there is named among what is missing, once (R28, R30)', () => {
    const away = { code: 'client', text: { zh: '客户不在线', en: '' } };
    expect(missingNow([], 'there')).toEqual([]);
    expect(missingNow([], 'away').map((m) => m.code)).toEqual(['client']);
    expect(missingNow([away], 'away')).toEqual([away]);
    expect(missingNow([away], 'there')).toEqual([away]);
    // The same agent opened it in another window: the client is there, only this page is not.
    expect(missingNow([away], 'elsewhere')).toEqual([{ code: 'client', text: { zh: '通话在另一窗口', en: expect.any(String) } }]);
  });

  test('names of minorities are set smaller, so that the video keeps its place (R25)', () => {
    expect(['王五', '欧阳慕容司马', '欧阳慕容司马诸葛亮明王子', '阿卜杜热依木江·买买提吐尔逊'].map(nameSize)).toEqual(['short', 'short', 'long', 'longest']);
  });
});

describe('reject reasons', () => {
  test('they stand in their groups, and none is lost (R29)', () => {
    const groups = findReasons(REASONS, '');
    expect(groups.map((g) => g.group)).toEqual(['photo', 'data', 'authority', 'network', 'conduct', 'fraud']);
    expect(groups.flatMap((g) => g.reasons)).toHaveLength(REASONS.length);
  });

  test('a code, a Chinese or an English word finds them', () => {
    const codes = (search: string) => findReasons(REASONS, search).flatMap((g) => g.reasons.map((r) => r.code));
    expect(codes('p01')).toEqual(['P01']);
    expect(codes('反光')).toEqual(['P01']);
    expect(codes('impersonation')).toEqual(['F01']);
    expect(codes('no such words')).toEqual([]);
  });
});
