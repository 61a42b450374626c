import { describe, expect, test } from '@jest/globals';

import type { CardView, Strip } from '../../../review/checks/reading/cardView.ts';
import type { Engines } from '../../../review/checks/reading/engines/engines.ts';
import type { Choice } from '../../../review/checks/reading/engines/ppocr.ts';
import type { RgbImage } from '../../../review/checks/reading/locateCard.ts';
import { readPortraitSide, surerField, SURENESS } from '../../../review/checks/reading/readSides.ts';
import type { ReadField } from '../../../review/checks/reading/readSides.ts';
import type { CardLine } from '../../../review/checks/reading/register.ts';

/** A card of printed lines: the strip that is cut out is "read" as the text of the line in its middle. */
function card(prints: readonly (readonly [text: string, x: number, y: number, confidence?: number])[], choice: Choice | null = null) {
  const lines: CardLine[] = prints.map(([text, x, y]) => ({ left: { x, y }, right: { x: x + 31 * Array.from(text).length, y }, y, height: 34, score: 1 }));
  const under = ({ left, right }: Strip) => prints.find(([, x, y]) => Math.abs((left.y + right.y) / 2 - y) < 10 && x < right.x && x > left.x - 40);
  let cut: Strip | undefined;
  const ppocr = {
    readLine: () => {
      const [text = '', x = 0, , confidence = 0.99] = under(cut!) ?? [];
      const length = cut!.right.x - cut!.left.x;
      return Promise.resolve(Array.from(text, (char, i) => ({ text: char, confidence, x: (x + (i + 0.5) * 31 - cut!.left.x) / length })));
    },
    choose: () => Promise.resolve(choice),
  };
  const view = { cut: (strip: Strip) => { cut = strip; return {} as RgbImage; }, boxOf: () => ({ x: 0, y: 0, width: 1, height: 1 }) } as unknown as CardView;
  return { engines: { ppocr } as unknown as Engines, view, lines, checkpoint: () => undefined };
}

describe('a name is read to its last line (R14)', () => {
  test('a long name of an ethnic minority goes on in a second line, wherever the pair of lines begins', async () => {
    for (const top of [66, 82]) {
      const { name } = await readPortraitSide(card([['麦麦提图尔荪·麦麦提敏', 156, top], ['·托合提', 156, top + 35], ['男', 156, 148]]));
      expect(name).toMatchObject({ text: '麦麦提图尔荪·麦麦提敏·托合提' });
      expect(name!.zone.bottom - name!.zone.top).toBeGreaterThan(60);
    }
  });
  test('print below the name that cannot be read makes the name unreadable, never shorter', async () => {
    expect((await readPortraitSide(card([['阿卜杜热西提·阿卜杜外', 156, 66], ['@@', 156, 101], ['男', 156, 148]]))).name).toBeUndefined();
  });
  test('a second line that was not found as print is read all the same; where there is none, the name stays as it is', async () => {
    const found = card([['布海丽且木·阿卜杜克热', 156, 82], ['木江', 156, 117], ['男', 156, 148]]);
    expect((await readPortraitSide({ ...found, lines: found.lines.filter(({ y }) => y !== 117) })).name).toMatchObject({ text: '布海丽且木·阿卜杜克热木江' });
    expect((await readPortraitSide(card([['布海丽且木·阿卜杜克热', 156, 82], ['男', 156, 148]]))).name).toMatchObject({ text: '布海丽且木·阿卜杜克热' });
  });
  test('one unsure line makes the whole name unsure', async () => {
    expect((await readPortraitSide(card([['阿卜杜热西提·阿卜杜外', 156, 66], ['力江', 156, 101, 0.6], ['男', 156, 148]]))).name!.weakest).toBe(0.6);
  });
  test('the row of sex and ethnic group is no line of the name, though the card was laid a little too high', async () => {
    expect((await readPortraitSide(card([['张伟', 156, 70], ['男', 156, 136]]))).name).toMatchObject({ text: '张伟' });
  });
});

describe('a rare character is said to be unsure, not taken for another (R14)', () => {
  const looks = (normal: [string, number], wide: [string, number]) => {
    const reader = card([['张伟', 156, 82], ['男', 156, 148]]);
    let stretched = false;
    const view = { ...reader.view, cut: (strip: Strip, options?: { stretch?: number }) => { stretched = options?.stretch === 1.3 && strip.left.y === 82; return reader.view.cut(strip); } } as CardView;
    const inner = reader.engines.ppocr.readLine as unknown as () => Promise<{ text: string; confidence: number; x: number }[]>;
    const readLine = async () => {
      const read = await inner();
      if (read[0]?.text !== '张') return read;
      const [text, confidence] = stretched ? wide : normal;
      return read.map((glyph, i) => ({ ...glyph, text: text[i]!, confidence }));
    };
    return readPortraitSide({ ...reader, view, engines: { ppocr: { ...reader.engines.ppocr, readLine } } as unknown as Engines });
  };
  test('two looks that read the same and are both sure make a name sure', async () => {
    expect((await looks(['张伟', 0.99], ['张伟', 0.98])).name).toMatchObject({ text: '张伟', weakest: 0.99 });
  });
  test('a look that was not sure makes it unsure', async () => {
    const { weakest } = (await looks(['张伟', 0.99], ['张伟', 0.9])).name!;
    expect(weakest).toBeLessThan(SURENESS.unsure);
    expect(weakest).toBeGreaterThan(SURENESS.unreadableName);
  });
  test('another character at another width makes it unreadable: neither is shown', async () => {
    expect((await looks(['张伟', 0.99], ['张珅', 0.98])).name!.weakest).toBeLessThan(SURENESS.unreadableName);
  });
});

describe('an ethnic group is read, not guessed (R14)', () => {
  const printed = [['张伟', 156, 82], ['男', 156, 148], ['民族仏人', 248, 148]] as const;
  test('the likeliest of 56 groups whose characters were hardly seen is unreadable', async () => {
    expect((await readPortraitSide(card(printed, { word: '怒', ratio: 40, least: 0.0008, identified: false }))).ethnicity).toBeUndefined();
  });
  test('the clear winner whose every character was seen is shown as unsure', async () => {
    const { ethnicity } = await readPortraitSide(card(printed, { word: '侗', ratio: 40, least: 0.3, identified: false }));
    expect(ethnicity).toMatchObject({ text: '侗' });
    expect(ethnicity!.weakest).toBeLessThan(SURENESS.unsure);
  });
});

describe('what was read of an ethnic group and is unsure is borne out by the 56 or not shown (R14)', () => {
  const printed = (value: string) => [['张伟', 156, 82], ['男', 156, 148], [`民族${value}`, 248, 148]] as const;
  test('one character that only this group has names it; it is shown as unsure', async () => {
    const { ethnicity } = await readPortraitSide(card(printed('景颜'), { word: '景颇', ratio: 20_000, least: 0.0002, identified: true }));
    expect(ethnicity).toMatchObject({ text: '景颇' });
    expect(ethnicity!.weakest).toBeLessThan(SURENESS.unsure);
    expect(ethnicity!.weakest).toBeGreaterThan(SURENESS.unreadable);
  });
  test('a faint group that is the likeliest of the 56 too is shown as unsure; one that is not is not shown', async () => {
    const faint = async (word: string) => {
      const reader = card(printed('侗'), { word, ratio: 40, least: 0.3, identified: false });
      const readLine: Engines['ppocr']['readLine'] = async (line, options) => (await reader.engines.ppocr.readLine(line, options)).map((glyph) => (glyph.text === '侗' ? { ...glyph, confidence: 0.2 } : glyph));
      return (await readPortraitSide({ ...reader, engines: { ...reader.engines, ppocr: { ...reader.engines.ppocr, readLine } } as unknown as Engines })).ethnicity;
    };
    expect(await faint('侗')).toMatchObject({ text: '侗', weakest: 0.5 });
    expect(await faint('佤')).toBeUndefined();
  });
});

describe('two looks that differ are never shown as sure (R12, R14)', () => {
  const date = (text: string, weakest: number): ReadField => ({ text, weakest, confidence: weakest, zone: { left: 0, top: 0, right: 1, bottom: 1 }, engine: 'ppocr' });
  test('of two dates the surer is shown, as unsure: which of them the number bears out is not asked', () => {
    expect(surerField(date('1990-05-18', 0.99), date('1990-05-13', 0.95))).toMatchObject({ text: '1990-05-18' });
    expect(surerField(date('1990-05-18', 0.99), date('1990-05-13', 0.95))!.weakest).toBeLessThan(SURENESS.unsure);
    expect(surerField(date('1990-05-18', 0.9), date('1990-05-18', 0.97))!.weakest).toBe(0.97);
    expect(surerField(undefined, date('1990-05-18', 0.9))).toMatchObject({ text: '1990-05-18', weakest: 0.9 });
    expect(surerField(undefined, undefined)).toBeUndefined();
  });
});
