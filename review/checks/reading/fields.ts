/** From recognised characters to fields. Pure: nothing is guessed, what does not parse is null. */
import { matchEthnicity } from '../ethnicities.ts';
import { checkCharacter, isRealDate, parseIdNumber } from '../idNumber.ts';

/** One recognised character; x in card units (its middle), confidence 0…1. */
export interface Glyph { readonly text: string; readonly x: number; readonly confidence: number }

export interface Parsed { readonly text: string; readonly confidence: number }

const HAN = /[\u3400-\u9fff]/;

const joined = (glyphs: readonly Glyph[]): string => glyphs.map((g) => g.text).join('');
const certainty = (glyphs: readonly Glyph[]): number => (glyphs.length === 0 ? 0 : glyphs.reduce((sum, g) => sum + g.confidence, 0) / glyphs.length);
const from = (glyphs: readonly Glyph[], x: number): Glyph[] => glyphs.filter((g) => g.x >= x);
const only = (glyphs: readonly Glyph[], pattern: RegExp): Glyph[] => glyphs.filter((g) => pattern.test(g.text));

/** A name (姓名): two characters or more; the dot of names like 阿依古丽·买买提 belongs to it. */
export function parseName(glyphs: readonly Glyph[], valueFrom: number): Parsed | null {
  const kept = only(from(glyphs, valueFrom), /[\u3400-\u9fff·•.・]/);
  const text = joined(kept).replace(/[•.・]/g, '·').replace(/^·+|·+$/g, '');
  return text.length >= 2 && text.length <= 25 ? { text, confidence: certainty(kept) } : null;
}

export function parseSex(glyphs: readonly Glyph[], valueFrom: number, valueTo: number): Parsed | null {
  const found = only(glyphs.filter((g) => g.x >= valueFrom && g.x < valueTo), /[男女]/);
  return found.length === 1 ? { text: (found[0] as Glyph).text, confidence: certainty(found) } : null;
}

export function parseEthnicity(glyphs: readonly Glyph[], valueFrom: number): Parsed | null {
  const kept = only(from(glyphs, valueFrom), HAN);
  const text = matchEthnicity(joined(kept));
  return text === null ? null : { text, confidence: certainty(kept) };
}

/** 1990年5月18日 → 1990-05-18; only days that exist. */
export function parseBirthDate(glyphs: readonly Glyph[], valueFrom: number): Parsed | null {
  const kept = from(glyphs, valueFrom);
  const match = /^\D*(\d{4})年(\d{1,2})月(\d{1,2})日?\D*$/.exec(joined(kept).normalize('NFKC').replace(/\s/g, ''));
  if (match === null) return null;
  const date = isoOf(match[1], match[2], match[3]);
  return isRealDate(date) ? { text: date, confidence: certainty(kept) } : null;
}

const isoOf = (year = '', month = '', day = ''): string => `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;

/** An address (住址), its lines joined. */
export function parseAddress(glyphs: readonly Glyph[]): Parsed | null {
  const kept = only(glyphs.map((g) => ({ ...g, text: g.text.normalize('NFKC') })), /^[\u3400-\u9fff0-9A-Za-z\-—#()·]+$/);
  const text = joined(kept).replace(/—/g, '-');
  return only(kept, HAN).length >= 5 ? { text, confidence: certainty(kept) } : null;
}

/** Eighteen characters, whatever their check character says: that is for {@link checkIdNumber} to tell. */
export function parseNumber(glyphs: readonly Glyph[]): (Parsed & { readonly checks: boolean }) | null {
  const text = joined(glyphs).toUpperCase().replace(/[^0-9X]/g, '');
  if (parseIdNumber(text) === null) return null;
  return { text, confidence: certainty(glyphs), checks: checkCharacter(text) === text[17] };
}

/** The issuing authority (签发机关), always a public security organ (公安局, 公安分局…). */
export function parseAuthority(glyphs: readonly Glyph[], valueFrom: number): Parsed | null {
  const kept = only(from(glyphs, valueFrom), HAN);
  const text = joined(kept);
  return /公安.*局.{0,8}$/.test(text) ? { text, confidence: certainty(kept) } : null;
}

export interface ParsedValidity { readonly validFrom: Parsed; readonly validTo: Parsed }

/** 2015.03.02-2035.03.02 or 2015.03.02-长期. */
export function parseValidity(glyphs: readonly Glyph[], valueFrom: number): ParsedValidity | null {
  const kept = from(glyphs, valueFrom);
  const text = joined(kept).normalize('NFKC').replace(/\s/g, '');
  const match = /(\d{4})\.?(\d{2})\.?(\d{2})[-—–一~]*(?:(\d{4})\.?(\d{2})\.?(\d{2})|(长期))$/.exec(text);
  if (match === null) return null;
  const confidence = certainty(kept);
  const first = isoOf(match[1], match[2], match[3]);
  const last = match[7] === undefined ? isoOf(match[4], match[5], match[6]) : 'long-term';
  if (!isRealDate(first) || (last !== 'long-term' && (!isRealDate(last) || last <= first))) return null;
  return { validFrom: { text: first, confidence }, validTo: { text: last, confidence } };
}
