import { describe, expect, test } from '@jest/globals';

import { knownPlaces, settledStrokes } from '../../../review/checks/reading/context.ts';
import { parseAddress, parseAuthority, withoutLabel } from '../../../review/checks/reading/fields.ts';
import type { Glyph } from '../../../review/checks/reading/fields.ts';
import { SURENESS } from '../../../review/checks/reading/readSides.ts';

const sure = (text: string): Glyph[] => Array.from(text, (char) => ({ text: char, confidence: 0.99 }));
const unsure = (text: string, confidence: number, others: Record<string, number> = {}, more: Partial<Glyph> = {}): Glyph =>
  ({ text, confidence, others: Object.entries(others).map(([other, likely]) => ({ text: other, confidence: likely })), ...more });
const textOf = (glyphs: readonly Glyph[]): string => glyphs.map(({ text }) => text).join('');

describe('an unsure character of an area\'s name is looked up in the tables of GB/T 2260 and stays unsure (R13, R14)', () => {
  test('what the engine itself saw there and only one area has is shown, as unsure', () => {
    const read = parseAddress([...sure('安徽省芜湖市'), unsure('代', 0.39, { 戈: 0.08, 弋: 0.07 }), ...sure('江区光明街608号')]);
    expect(read).toMatchObject({ text: '安徽省芜湖市弋江区光明街608号' });
    expect(read!.weakest).toBeLessThan(SURENESS.unsure);
    expect(read!.weakest).toBeGreaterThan(SURENESS.unreadable);
  });
  test('a name that the table bears out is not called unreadable for one faint character', () => {
    const read = parseAuthority([...sure('孟连'), unsure('傣', 0.41), ...sure('族拉'), unsure('祜', 0.22, { 枯: 0.2 }), ...sure('族佤族自治县公安局')]);
    expect(read).toMatchObject({ text: '孟连傣族拉祜族佤族自治县公安局', weakest: 0.5 });
  });
  test('a character that the engine did not see there is never put in, whatever the table says', () => {
    const read = [...sure('安徽省芜湖市'), unsure('代', 0.49, { 戈: 0.3 }), ...sure('江区光明街')];
    expect(knownPlaces(read)).toEqual(read);
  });
  test('a clear reading is not given up for a faint second thought: the table lacks what was founded lately', () => {
    const read = [...sure('浙江省温州市龙'), unsure('港', 0.79, { 海: 0.02 }), ...sure('市')];
    expect(knownPlaces(read)).toEqual(read);
  });
  test('what is mostly unsure is not put together from the table', () => {
    const read = [...sure('孟'), ...Array.from('连傣族拉祜族佤族', (char) => unsure(char, 0.3)), ...sure('县')];
    expect(knownPlaces(read, new Set(['孟连傣族拉祜族佤族县']))).toEqual(read);
  });
  test('a sure character is never changed: a forged name stays as it is printed', () => {
    const read = [...sure('安徽省芜湖市代江区'), unsure('光', 0.4)];
    expect(textOf(knownPlaces(read))).toBe('安徽省芜湖市代江区光');
  });
  test('two areas that fit alike settle nothing', () => {
    const read = [...sure('山西省'), unsure('甲', 0.3, { 乙: 0.3 }), ...sure('河县')];
    expect(knownPlaces(read, new Set(['甲河县', '乙河县']))).toEqual(read);
  });
  test('print that is missing beside a character is not made good by a name', () => {
    const read = [...sure('山西省'), unsure('三', 0.1, {}, { besideGap: true }), ...sure('河县')];
    expect(knownPlaces(read, new Set(['三河县']))).toEqual(read);
  });
});

describe('one stroke is the number one or a dash, as its neighbours ask (R14)', () => {
  test('between characters it is 一, between digits a dash, and what is divided between the two is added up', () => {
    const village = settledStrokes([...sure('村'), unsure('-', 0.29, { 一: 0.28, '－': 0.2 }), ...sure('组')]);
    expect(textOf(village)).toBe('村一组');
    expect(village[1]!.confidence).toBeCloseTo(0.77, 6);
    expect(settledStrokes([...sure('村'), unsure('一', 0.6, { '-': 0.35 }), ...sure('组')])[1]!.confidence).toBeLessThan(SURENESS.unsure);
    expect(textOf(settledStrokes([...sure('2'), unsure('一', 0.5, { '-': 0.4 }), ...sure('1室')]))).toBe('2-1室');
  });
  test('where the engine saw nothing of what its neighbours ask for it stays as it was read', () => {
    expect(textOf(settledStrokes([...sure('村'), unsure('-', 0.9), ...sure('组')]))).toBe('村-组');
    expect(textOf(settledStrokes([...sure('村'), unsure('一', 0.9), ...sure('3组')]))).toBe('村一3组');
    // Seen six times likelier as a dash it stays one.
    expect(textOf(settledStrokes([...sure('二'), unsure('-', 0.84, { 一: 0.13 }), ...sure('三')]))).toBe('二-三');
  });
});

describe('the printed label is no part of a name (R14)', () => {
  const at = (text: string, places: readonly number[]): Glyph[] => Array.from(text, (char, i) => ({ text: char, confidence: 0.99, at: places[i] as number }));
  test('名 with the space that follows the label is left out', () => {
    expect(textOf(withoutLabel(at('名裴琳雪', [0.1, 1.67, 2.78, 3.89])))).toBe('裴琳雪');
    expect(textOf(withoutLabel(at('姓名裴琳', [0.1, 1.2, 2.7, 3.8])))).toBe('裴琳');
  });
  test('名 in or before a name without that space stays', () => {
    expect(textOf(withoutLabel(at('张名伟', [0.1, 1.2, 2.3])))).toBe('张名伟');
    expect(textOf(withoutLabel(at('名扬天', [0.1, 1.2, 2.3])))).toBe('名扬天');
  });
});
