import { describe, expect, test } from '@jest/globals';

import { makeFinding } from '../../contracts/reading.ts';
import type { DocumentReading } from '../../contracts/reading.ts';
import { tryCorrupted } from '../bench/id/corrupted.ts';
import { parseOptions } from '../bench/id/options.ts';
import { fieldsOf } from '../bench/id/plain.ts';
import { quantile, score, wrongFields } from '../bench/id/score.ts';
import { goodPhotos, stratified } from '../bench/id/sets.ts';
import type { PhotoTruth } from '../support/cards/index.ts';

const truth = { seed: 1, side: 'portrait', kind: 'residentId', textPx: 30, rare: true, fields: { name: '丁䲜', idNumber: '11010519491231002X' } } as unknown as PhotoTruth;
const box = { x: 0, y: 0, width: 1, height: 1 };
const reading = (fields: Record<string, string>, findings: DocumentReading['findings'] = []): DocumentReading =>
  ({ kind: 'residentId', side: 'portrait', fields: Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, { text, confidence: 1, box }])), findings });

describe('the figures of bench:id', () => {
  test('a field counts as right only when it is exactly what is printed, and nothing that is not printed is read', () => {
    expect(wrongFields({ name: '王芳' }, { name: '王芳' })).toEqual([]);
    expect(wrongFields({ name: '王芳' }, { name: '玉芳' })).toEqual(['name']);
    expect(wrongFields({ name: '王芳' }, {})).toEqual(['name']);
    expect(wrongFields({ name: '王芳' }, { name: '王芳', ethnicity: '汉' })).toEqual(['ethnicity']);
  });

  test('a wrong number is accepted when no blocking finding speaks of it (R12)', () => {
    const wrong = { name: '丁䲜', idNumber: '110105194912310021' };
    expect(score(truth, reading(wrong), 1)).toMatchObject({ numberRight: false, numberRead: true, numberStopped: false });
    expect(score(truth, reading(wrong, [makeFinding('ID_CHECK_CHARACTER_WRONG', { field: 'idNumber' })]), 1)).toMatchObject({ numberStopped: true });
    // A blurred photo blocks, but says nothing of the number.
    expect(score(truth, reading(wrong, [makeFinding('PHOTO_BLURRED')]), 1)).toMatchObject({ numberStopped: false, anyBlocking: true });
  });

  test('a rare character said to be unreadable counts as not right and is told apart', () => {
    const unread = score(truth, reading({ idNumber: '11010519491231002X' }, [makeFinding('FIELD_UNREADABLE', { field: 'name' })]), 1);
    expect(unread).toMatchObject({ wrong: ['name'], rareUnread: true, numberRight: true });
    expect(score(truth, reading({ name: '丁鱼', idNumber: '11010519491231002X' }), 1)).toMatchObject({ wrong: ['name'], rareUnread: false });
  });

  test('quantiles are values that occurred', () => {
    expect(quantile([5, 1, 3, 2, 4], 0.5)).toBe(3);
    expect(quantile(Array.from({ length: 100 }, (_, i) => i + 1), 0.95)).toBe(95);
    expect(quantile([], 0.5)).toBeNull();
  });

  test('plain reading finds what stands behind a printed label', () => {
    const front = '姓 名 令狐静月\n性 别 女 民 族 汉\n出 生 1984 年 6 月 1 日\n住 址 江苏省南京市玄武区朝阳\n路384号万科城24幢\n公民身份号码 320102 19840601 7347';
    expect(fieldsOf(front)).toEqual({
      name: '令狐静月', sex: '女', ethnicity: '汉', birthDate: '1984-06-01', address: '江苏省南京市玄武区朝阳路384号万科城24幢', idNumber: '320102198406017347',
    });
    expect(fieldsOf('签发机关 东台市公安局\n有效期限 2008.07.26-长期')).toEqual({ authority: '东台市公安局', validFrom: '2008-07-26', validTo: 'long-term' });
    expect(fieldsOf('neither card nor text')).toEqual({});
  });

  test('tuning and final photos never meet, and a stratified choice has both heights of text', () => {
    const [tuning, final] = [goodPhotos('tuning', 5000), goodPhotos('final', 5000)];
    expect(Math.max(...tuning.map(({ seed }) => seed))).toBeLessThan(Math.min(...final.map(({ seed }) => seed)));
    expect(stratified(final, 50).filter(({ band }) => band === 'small')).toHaveLength(25);
  });

  test('no corrupted number passes for good (R12)', () => {
    const { tried, accepted, byKind } = tryCorrupted('tuning', 1200);
    expect({ tried, accepted }).toEqual({ tried: 1200, accepted: 0 });
    for (const { tried: each } of Object.values(byKind)) expect(each).toBeGreaterThan(150);
  });

  test('an option that it does not know is refused with its name', () => {
    expect(parseOptions(['--quick'])).toMatchObject({ quick: true, photos: 200, plain: 50, set: 'final' });
    expect(() => parseOptions(['--set', 'other'])).toThrow('--set');
    expect(() => parseOptions(['--n', 'many'])).toThrow('--n');
    expect(() => parseOptions(['--only', 'reading,magic'])).toThrow('magic');
  });
});
