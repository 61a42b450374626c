/** From recognised characters to fields. Pure: nothing is guessed, what does not parse is null. */
import { matchEthnicity } from '../ethnicities.ts';
import { knownPlaces, settledStrokes } from './context.ts';
import { checkCharacter, isRealDate, parseIdNumber } from '../idNumber.ts';

/** One recognised character, confidence 0…1; `at` is its middle in characters' widths (em) along its line. */
export interface Glyph {
  readonly text: string;
  readonly confidence: number;
  readonly at?: number;
  /** What else it may be, likeliest first. */
  readonly others?: readonly { readonly text: string; readonly confidence: number }[];
  /** Unsure because of what is missing beside it, not because of how it looks. */
  readonly besideGap?: true;
}

/** `weakest` is the least sure character's confidence. */
export interface Parsed { readonly text: string; readonly confidence: number; readonly weakest: number }

const HAN = /\p{Script=Han}/u;

const joined = (glyphs: readonly Glyph[]): string => glyphs.map((g) => g.text).join('');
const certainty = (glyphs: readonly Glyph[]): Pick<Parsed, 'confidence' | 'weakest'> => ({
  confidence: glyphs.length === 0 ? 0 : glyphs.reduce((sum, g) => sum + g.confidence, 0) / glyphs.length,
  weakest: glyphs.reduce((least, g) => Math.min(least, g.confidence), 1),
});

/** Two characters of running Chinese print stand one em apart: a wider gap is a character that the engine passed over. */
const GAP = 1.7;
/** Unsure, and unreadable only in a name: where a character stands is itself only roughly known. */
const BESIDE_GAP = 0.5;
/** So much without a character inside a line, in em, hides two or more of them (a reflection, a finger): the line was not read. */
const HOLE = 2;
const BESIDE_HOLE = 0.1;

/**
 * What was passed over makes its neighbour unsure, a hole makes the field unreadable: half an address is none. `extent` is where the print of the line begins and ends, when that is
 * known: a character may be passed over at either end too.
 */
export function doubtGaps(glyphs: readonly Glyph[], extent?: { readonly from: number; readonly to: number }): Glyph[] {
  return glyphs.map((glyph, i) => {
    if (glyph.at === undefined) return glyph;
    const before = glyphs[i - 1];
    const left = before === undefined ? extent?.from : before.at === undefined ? undefined : before.at + half(before);
    const right = i === glyphs.length - 1 ? extent?.to : undefined;
    const gap = Math.max(left === undefined ? 0 : glyph.at - half(glyph) - left, right === undefined ? 0 : right - glyph.at - half(glyph));
    if (before !== undefined && left !== undefined && glyph.at - half(glyph) - left > HOLE) return { ...glyph, confidence: Math.min(glyph.confidence, BESIDE_HOLE), besideGap: true };
    return gap > GAP - 1 ? { ...glyph, confidence: Math.min(glyph.confidence, BESIDE_GAP), besideGap: true } : glyph;
  });
}

/** Half a character's width: digits and Latin letters are narrower. */
const half = ({ text }: Glyph): number => (HAN.test(text) ? 0.5 : 0.3);

const only = (glyphs: readonly Glyph[], pattern: RegExp): Glyph[] => glyphs.filter((g) => pattern.test(g.text));

/** Specks and the edge of the photo that an engine takes for print: at the end of a line they are passed over. */
const SPECK = /[\p{P}\p{S}\s]/u;

/**
 * The characters that a field may have. One that is left out says that something is printed there which was not
 * understood: what stands beside it is unsure. Only specks before the first and behind the last character are nothing.
 */
function fitting(glyphs: readonly Glyph[], pattern: RegExp): Glyph[] {
  const fits = glyphs.map((g) => pattern.test(g.text));
  const [first, last] = [fits.indexOf(true), fits.lastIndexOf(true)];
  const strange = glyphs.map((g, i) => fits[i] === false && g.text.trim() !== '' && ((i > first && i < last) || !SPECK.test(g.text)));
  return glyphs.flatMap((g, i) => {
    if (fits[i] !== true) return [];
    return strange[i - 1] === true || strange[i + 1] === true ? [{ ...g, confidence: Math.min(g.confidence, BESIDE_GAP), besideGap: true }] : [g];
  });
}

const plain = (glyphs: readonly Glyph[]): Glyph[] => glyphs.map((g) => ({ ...g, text: g.text.normalize('NFKC') })).filter((g) => g.text.trim() !== '');

/** The glyphs behind a printed label, however much of it was read; `label` matches label and nothing of the value. */
export function behind(glyphs: readonly Glyph[], label: RegExp): Glyph[] {
  const kept = plain(glyphs);
  const match = label.exec(joined(kept));
  if (match === null) return kept;
  const skip = match.index + match[0].length;
  let seen = 0;
  return kept.filter((g) => { seen += g.text.length; return seen > skip; });
}

/**
 * Characters that hardly any name has, and that a rare one which the engine does not know is taken for with confidence
 * (斑 for 珽, 谓 for 谞; measured in docs/decisions). In a name they are shown as unsure. Those that names do have (翠 for 翚)
 * cannot be told so.
 */
const LOOKALIKES = new Set('挨的烟斑籽签规酵谓诉');
const AS_LOOKALIKE = 0.9;
const doubtLookalikes = (glyphs: readonly Glyph[]): Glyph[] => glyphs.map((g) => (LOOKALIKES.has(g.text) ? { ...g, confidence: Math.min(g.confidence, AS_LOOKALIKE) } : g));

/** The end of the printed label (姓名) beside the first line of a name: a wider space follows it than characters of a name have between them. */
export function withoutLabel(glyphs: readonly Glyph[]): readonly Glyph[] {
  const label = glyphs.findIndex(({ text }) => text === '名');
  const [last, next] = [glyphs[label]?.at, glyphs[label + 1]?.at];
  return (label === 0 || (label === 1 && glyphs[0]?.text === '姓')) && last !== undefined && next !== undefined && next - last > LABEL_APART ? glyphs.slice(label + 1) : glyphs;
}

const LABEL_APART = 1.25;

/** One line of a name that takes two; the dot of names like 阿依古丽·买买提 belongs to it. */
export function parseNameLine(glyphs: readonly Glyph[]): Parsed | null {
  const kept = fitting(plain(glyphs), /[\p{Script=Han}·•.・‧∙⋅]/u);
  const text = joined(kept).replace(/[•.・‧∙⋅]/g, '·').replace(/·+/g, '·');
  return /\p{Script=Han}/u.test(text) ? { text, ...certainty(doubtLookalikes(only(kept, HAN))) } : null;
}

/** A name (姓名): two characters or more. */
export function parseName(glyphs: readonly Glyph[]): Parsed | null {
  const line = parseNameLine(glyphs);
  if (line === null) return null;
  const text = line.text.replace(/^·|·$/g, '');
  return Array.from(text).length >= 2 && Array.from(text).length <= LONGEST_NAME ? { ...line, text } : null;
}

/** Characters of the longest name that a card can carry. */
const LONGEST_NAME = 25;

export function parseSex(glyphs: readonly Glyph[]): Parsed | null {
  const found = only(glyphs, /[男女]/);
  return found.length === 1 ? { text: (found[0] as Glyph).text, ...certainty(found) } : null;
}

export function parseEthnicity(glyphs: readonly Glyph[]): Parsed | null {
  const kept = fitting(behind(glyphs, /^.{0,3}[族旅](?=.)/), HAN);
  const text = matchEthnicity(joined(kept));
  return text === null ? null : { text, ...certainty(kept) };
}

/** 1990年5月18日 → 1990-05-18; only days that exist. */
export function parseBirthDate(glyphs: readonly Glyph[]): Parsed | null {
  const kept = plain(glyphs);
  const match = /^\D*(\d{4})年(\d{1,2})月(\d{1,2})日?\D*$/.exec(joined(kept));
  if (match === null) return null;
  const date = isoOf(match[1], match[2], match[3]);
  return isRealDate(date) ? { text: date, ...certainty(only(kept, /\d/)) } : null;
}

const isoOf = (year = '', month = '', day = ''): string => `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;

/** What addresses have besides characters: 3/4号, 1、2层, A.座, 10#, (东)2-1, 甲·乙, 1~3层, A&B座, "1:2" of some estates. */
const IN_ADDRESS = /^[\p{Script=Han}0-9A-Za-z\-—–#()·/、.,:~&]+$/u;

/** An address (住址), one list of characters a printed row. */
export function parseAddress(...rows: readonly (readonly Glyph[])[]): Parsed | null {
  const kept = knownPlaces(settledStrokes(rows.flatMap((row) => withoutSpecks(fitting(plain(row), IN_ADDRESS)))));
  const text = joined(kept).replace(/[—–]/g, '-');
  return only(kept, HAN).length >= 5 ? { text, ...certainty(kept) } : null;
}

/** A stop or comma at either end of a row is a speck: no row of an address begins or ends with one. */
function withoutSpecks(row: readonly Glyph[]): Glyph[] {
  const is = row.map(({ text }) => !/^[、.,:~·]+$/u.test(text));
  return row.slice(Math.max(0, is.indexOf(true)), is.lastIndexOf(true) + 1);
}

/** Eighteen characters, whatever their check character says: that is for the rules to tell. */
export function parseNumber(glyphs: readonly Glyph[]): (Parsed & { readonly checks: boolean }) | null {
  const text = joined(plain(glyphs)).toUpperCase().replace(/[^0-9X]/g, '');
  if (parseIdNumber(text) === null) return null;
  return { text, ...certainty(glyphs), checks: checkCharacter(text) === text[17] };
}

/** The issuing authority (签发机关), always a public security organ (公安局, 公安分局…). */
export function parseAuthority(glyphs: readonly Glyph[]): Parsed | null {
  const kept = knownPlaces(fitting(behind(glyphs, /^.{0,3}[签发机]{1,3}关/), HAN));
  const text = joined(kept);
  return /公安.*局.{0,8}$/.test(text) ? { text, ...certainty(kept) } : null;
}

/** 2015.03.02-2035.03.02 or 2015.03.02-长期, as both dates with a space between. */
export function parseValidity(glyphs: readonly Glyph[]): Parsed | null {
  const kept = plain(glyphs);
  const match = /(\d{4})\.?(\d{2})\.?(\d{2})[-—–一~]*(?:(\d{4})\.?(\d{2})\.?(\d{2})|(长期))\D{0,2}$/.exec(joined(kept));
  if (match === null) return null;
  const first = isoOf(match[1], match[2], match[3]);
  const last = match[7] === undefined ? isoOf(match[4], match[5], match[6]) : 'long-term';
  if (!isRealDate(first) || (last !== 'long-term' && (!isRealDate(last) || last <= first))) return null;
  return { text: `${first} ${last}`, ...certainty(only(kept, /[0-9长期]/)) };
}
