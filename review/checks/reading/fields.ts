/** From recognised characters to fields. Pure: nothing is guessed, what does not parse is null. */
import { matchEthnicity } from '../ethnicities.ts';
import { checkCharacter, isRealDate, parseIdNumber } from '../idNumber.ts';
import { BIRTH_DIGITS } from './layout.ts';

/** One recognised character; x in card units (its middle), confidence 0…1. */
export interface Glyph { readonly text: string; readonly x: number; readonly confidence: number }

/** `weakest` is the least sure character's confidence. */
export interface Parsed { readonly text: string; readonly confidence: number; readonly weakest: number }

const HAN = /[\u3400-\u9fff]/;

const joined = (glyphs: readonly Glyph[]): string => glyphs.map((g) => g.text).join('');
const certainty = (glyphs: readonly Glyph[]): Pick<Parsed, 'confidence' | 'weakest'> => ({
  confidence: glyphs.length === 0 ? 0 : glyphs.reduce((sum, g) => sum + g.confidence, 0) / glyphs.length,
  weakest: glyphs.reduce((least, g) => Math.min(least, g.confidence), 1),
});
const from = (glyphs: readonly Glyph[], x: number): Glyph[] => glyphs.filter((g) => g.x >= x);
const only = (glyphs: readonly Glyph[], pattern: RegExp): Glyph[] => glyphs.filter((g) => pattern.test(g.text));

/** A name (姓名): two characters or more; the dot of names like 阿依古丽·买买提 belongs to it. */
export function parseName(glyphs: readonly Glyph[], valueFrom: number): Parsed | null {
  const kept = only(from(glyphs, valueFrom), /[\u3400-\u9fff·•.・]/);
  const text = joined(kept).replace(/[•.・]/g, '·').replace(/^·+|·+$/g, '');
  return text.length >= 2 && text.length <= 25 ? { text, ...certainty(kept) } : null;
}

export function parseSex(glyphs: readonly Glyph[], valueFrom: number): Parsed | null {
  const found = only(from(glyphs, valueFrom), /[男女]/);
  return found.length === 1 ? { text: (found[0] as Glyph).text, ...certainty(found) } : null;
}

export function parseEthnicity(glyphs: readonly Glyph[], valueFrom: number): Parsed | null {
  const kept = only(from(glyphs, valueFrom), HAN);
  const text = matchEthnicity(joined(kept));
  return text === null ? null : { text, ...certainty(kept) };
}

/** 1990年5月18日 → 1990-05-18; only days that exist. */
export function parseBirthDate(glyphs: readonly Glyph[], valueFrom: number): Parsed | null {
  const kept = from(glyphs, valueFrom);
  const match = /^\D*(\d{4})年(\d{1,2})月(\d{1,2})日?\D*$/.exec(joined(kept).normalize('NFKC').replace(/\s/g, ''));
  if (match === null) return null;
  const date = isoOf(match[1], match[2], match[3]);
  return isRealDate(date) ? { text: date, ...certainty(only(kept, /\d/)) } : null;
}

/** The same from digits alone, told apart by where 年, 月 and 日 are printed between them. */
export function parseBirthDigits(glyphs: readonly Glyph[]): Parsed | null {
  const between = ([low, high]: readonly [number, number]): Glyph[] => glyphs.filter((g) => /\d/.test(g.text) && g.x > low && g.x < high);
  const [year, month, day] = [between(BIRTH_DIGITS.year), between(BIRTH_DIGITS.month), between(BIRTH_DIGITS.day)];
  if (year.length !== 4 || month.length < 1 || month.length > 2 || day.length < 1 || day.length > 2) return null;
  const date = isoOf(joined(year), joined(month), joined(day));
  return isRealDate(date) ? { text: date, ...certainty([...year, ...month, ...day]) } : null;
}

const isoOf = (year = '', month = '', day = ''): string => `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;

/** An address (住址), its lines joined. */
export function parseAddress(glyphs: readonly Glyph[]): Parsed | null {
  const kept = only(glyphs.map((g) => ({ ...g, text: g.text.normalize('NFKC') })), /^[\u3400-\u9fff0-9A-Za-z\-—#()·]+$/);
  const text = joined(kept).replace(/—/g, '-');
  return only(kept, HAN).length >= 5 ? { text, ...certainty(kept) } : null;
}

/** Eighteen characters, whatever their check character says: that is for {@link checkIdNumber} to tell. */
export function parseNumber(glyphs: readonly Glyph[]): (Parsed & { readonly checks: boolean }) | null {
  const text = joined(glyphs).toUpperCase().replace(/[^0-9X]/g, '');
  if (parseIdNumber(text) === null) return null;
  return { text, ...certainty(glyphs), checks: checkCharacter(text) === text[17] };
}

/** The issuing authority (签发机关), always a public security organ (公安局, 公安分局…). */
export function parseAuthority(glyphs: readonly Glyph[], valueFrom: number): Parsed | null {
  const kept = only(from(glyphs, valueFrom), HAN);
  const text = joined(kept);
  return /公安.*局.{0,8}$/.test(text) ? { text, ...certainty(kept) } : null;
}

/** 2015.03.02-2035.03.02 or 2015.03.02-长期, as both dates with a space between. */
export function parseValidity(glyphs: readonly Glyph[], valueFrom: number): Parsed | null {
  const kept = from(glyphs, valueFrom);
  const text = joined(kept).normalize('NFKC').replace(/\s/g, '');
  const match = /(\d{4})\.?(\d{2})\.?(\d{2})[-—–一~]*(?:(\d{4})\.?(\d{2})\.?(\d{2})|(长期))$/.exec(text);
  if (match === null) return null;
  const first = isoOf(match[1], match[2], match[3]);
  const last = match[7] === undefined ? isoOf(match[4], match[5], match[6]) : 'long-term';
  if (!isRealDate(first) || (last !== 'long-term' && (!isRealDate(last) || last <= first))) return null;
  return { text: `${first} ${last}`, ...certainty(only(kept, /[0-9长期]/)) };
}
