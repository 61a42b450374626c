/** What a character's neighbours say of it. Nothing becomes sure by them: what they settle is shown as unsure. Pure. */
import { areaNames } from '../areaCodes.ts';
import type { Glyph } from './fields.ts';

const HAN = /\p{Script=Han}/u;
const STROKE = /^[一\-—–ー]$/u;
/** The part that what its neighbours ask for must have in how likely the stroke is at all. */
const LEAST_PART = 0.3;
/** Settled by its neighbours a stroke is at most so sure: shown, and as unsure. */
const SETTLED = 0.8;

/**
 * One stroke is the number one (一) between characters and a dash between digits. The engine divides its certainty between
 * the two: it is one shape, and which one it is its neighbours say, where the engine saw that too.
 */
export function settledStrokes(glyphs: readonly Glyph[]): Glyph[] {
  return glyphs.map((glyph, i) => {
    const [before, after] = [glyphs[i - 1]?.text ?? '', glyphs[i + 1]?.text ?? ''];
    if (!STROKE.test(glyph.text)) return glyph;
    const wanted = HAN.test(before) && HAN.test(after) ? '一' : /[0-9]$/.test(before) && /^[0-9]/.test(after) ? '-' : undefined;
    const seen = [{ text: glyph.text, confidence: glyph.confidence }, ...(glyph.others ?? [])].map((one) => ({ ...one, text: one.text.normalize('NFKC') })).filter(({ text }) => STROKE.test(text));
    const likely = (those: typeof seen): number => those.reduce((sum, { confidence }) => sum + confidence, 0);
    const asWanted = likely(seen.filter(({ text }) => (text === '一') === (wanted === '一')));
    if (wanted === undefined || glyph.besideGap === true || asWanted < LEAST_PART * likely(seen)) return glyph;
    const settled = Math.min(likely(seen), SETTLED);
    return { ...glyph, text: wanted, confidence: glyph.text === wanted ? Math.max(glyph.confidence, settled) : settled };
  });
}

/** Below this a character is looked up with its neighbours: 0.8 is what two looks that differ elsewhere in the line leave. */
const LOOKED_UP = 0.8;
/** What the table bears out counts as so sure: shown, and as unsure. */
const BORNE_OUT = 0.5;
/** So likely a second thought must be beside the first to be taken for the sake of a name of the table; the table lacks what was founded after 2018. */
const COMPARABLE = 0.1;
const NAME_LENGTHS = { from: 3, to: 15 } as const;
/** Where the name of an area may begin: at the start, or behind another area's. */
const ENDS_AREA = /[省市州区县旗盟]/u;

/**
 * Characters of a county's, city's or province's name that were not sure, where the name is one of the table's (GB/T 2260
 * and its history), at least a third of it is sure, and no second name fits. A character is only taken for another that
 * the engine itself saw there, about as clearly. They stay unsure: a forged name is never the surer for looking like a real one.
 */
export function knownPlaces(glyphs: readonly Glyph[], names: ReadonlySet<string> = areaNames()): Glyph[] {
  const settled = [...glyphs];
  settled.forEach((glyph, i) => {
    if (glyph.confidence >= LOOKED_UP || glyph.besideGap === true) return;
    for (const [from, to] of spansAround(settled, i)) {
      const found = namesOf(settled.slice(from, to), names);
      if (found.length !== 1) continue;
      Array.from(found[0] as string).forEach((text, k) => {
        const one = settled[from + k] as Glyph;
        if (one.confidence < LOOKED_UP) settled[from + k] = { ...one, text, others: [], confidence: Math.max(text === one.text ? one.confidence : 0, BORNE_OUT) };
      });
      return;
    }
  });
  return settled;
}

/** Stretches of characters around one that may be the name of an area, the longest first. */
function* spansAround(glyphs: readonly Glyph[], at: number): Generator<readonly [number, number]> {
  for (let length: number = NAME_LENGTHS.to; length >= NAME_LENGTHS.from; length -= 1) {
    for (let from = Math.max(0, at - length + 1); from <= at && from + length <= glyphs.length; from += 1) {
      if (from === 0 || ENDS_AREA.test((glyphs[from - 1] as Glyph).text)) yield [from, from + length];
    }
  }
}

/** The table's names that a stretch can be: what is sure as it is, at most two thirds of it otherwise. */
function namesOf(span: readonly Glyph[], names: ReadonlySet<string>): string[] {
  const unsure = span.filter(({ confidence }) => confidence < LOOKED_UP);
  if (unsure.some(({ besideGap }) => besideGap === true) || unsure.length * 3 > span.length * 2) return [];
  let texts = [''];
  for (const glyph of span) {
    const seen = glyph.confidence >= LOOKED_UP ? [glyph.text] : [glyph.text, ...(glyph.others ?? []).filter(({ confidence }) => confidence >= COMPARABLE * glyph.confidence).map(({ text }) => text)];
    texts = texts.flatMap((text) => seen.map((one) => text + one));
    // So many readings are none.
    if (texts.length > MOST_TEXTS) return [];
  }
  return [...new Set(texts)].filter((text) => names.has(text));
}

const MOST_TEXTS = 200;
