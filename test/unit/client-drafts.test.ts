import { describe, expect, test } from '@jest/globals';
import { codeLocked, codeSent, keptCode, secondsToResend } from '../../client/join/rules/codeOut.ts';
import { createDrafts } from '../../client/join/state/drafts.ts';

/** A tab's storage; a reload keeps it and loses everything else. */
const tab = (): Storage => {
  const kept = new Map<string, string>();
  return {
    get length() { return kept.size; }, key: (index) => [...kept.keys()][index] ?? null, getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => { kept.set(key, value); }, removeItem: (key) => { kept.delete(key); }, clear: () => { kept.clear(); },
  };
};

describe('what a person typed is never lost', () => {
  test('a reload brings back what was typed and not yet sent', () => {
    const storage = tab();
    createDrafts(() => storage).write('a', 'declarations', { occupation: 'employee', markets: ['shanghai'], noBadRecord: null });
    expect(createDrafts(() => storage).read('a', 'declarations', { occupation: '', markets: [] as string[], noBadRecord: null })).toEqual({ occupation: 'employee', markets: ['shanghai'], noBadRecord: null });
  });
  test('another person in the same tab sees nothing of it, and after leaving nothing is kept', () => {
    const storage = tab();
    const drafts = createDrafts(() => storage);
    drafts.write('a', 'form', { name: '张三' });
    expect(drafts.read('b', 'form', { name: '' })).toEqual({ name: '' });
    drafts.write('b', 'form', { name: '李四' });
    storage.setItem('consented', '1');
    drafts.keepOnly('b');
    expect(createDrafts(() => storage).read('a', 'form', { name: '' })).toEqual({ name: '' });
    expect(drafts.read('b', 'form', { name: '' })).toEqual({ name: '李四' });
    drafts.keepOnly(null);
    expect(storage.length).toBe(1);
  });
  test('what is sent is no longer kept', () => {
    const storage = tab();
    const drafts = createDrafts(() => storage);
    drafts.write('a', 'form', { name: '张三' });
    drafts.drop('a', 'form');
    expect([drafts.read('a', 'form', { name: '' }), storage.length]).toEqual([{ name: '' }, 0]);
  });
  test('a browser without storage keeps it until the reload, and an older page’s draft of another shape does no harm', () => {
    const none = createDrafts(() => { throw new Error('SecurityError'); });
    none.write('a', 'answers', { q1: 'b' });
    expect(none.read<Record<string, string>>('a', 'answers', {})).toEqual({ q1: 'b' });
    const storage = tab();
    storage.setItem('draft:a:form', '{"name":7,"gone":"x","address":"北京"}');
    storage.setItem('draft:a:phone', 'not json');
    expect(createDrafts(() => storage).read('a', 'form', { name: '', address: '' })).toEqual({ name: '', address: '北京' });
    expect(createDrafts(() => storage).read('a', 'phone', '')).toBe('');
  });
});

describe('a one-time code that is out (R15)', () => {
  const at = 1_800_000_000_000;
  test('is known after the SMS app has pushed the page out: number, and the seconds until another may be asked for', () => {
    const kept = keptCode(JSON.parse(JSON.stringify(codeSent('138 0013 8000', 60, at))), at + 45_000);
    expect(kept).toMatchObject({ phone: '13800138000', locked: false });
    expect(secondsToResend(kept, at + 45_000)).toBe(15);
    expect(secondsToResend(kept, at + 90_000)).toBe(0);
  });
  test('stays void after too many wrong digits, and is forgotten when nobody comes back', () => {
    const locked = codeLocked(codeSent('13800138000', 60, at), 600, at + 10_000);
    expect(keptCode(locked, at + 20_000)).toMatchObject({ locked: true });
    expect(secondsToResend(locked, at + 20_000)).toBe(590);
    expect(keptCode(locked, at + 3_600_000)).toBeNull();
    expect(keptCode({ phone: 'x' }, at)).toBeNull();
  });
});
