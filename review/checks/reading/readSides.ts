/** Reads the zones of an upright card; a zone that fails is tried again in another rendition before it is given up. */
import sharp from 'sharp';

import type { FieldName } from '../../../contracts/reading.ts';
import { parseAddress, parseAuthority, parseBirthDate, parseBirthDigits, parseEthnicity, parseName, parseNumber, parseSex, parseValidity } from './fields.ts';
import type { Glyph, Parsed } from './fields.ts';
import { BIRTH_LABELS, CARD_UNITS, VALUE_FROM, ZONES } from './layout.ts';
import type { Zone } from './layout.ts';
import type { RgbImage } from './locateCard.ts';
import type { Ocr, OcrOptions, Script } from './ocr.ts';

export interface CardReader {
  readonly ocr: Ocr;
  readonly card: RgbImage;
  readonly checkpoint: () => void;
}

export interface SideReading {
  /** The text bears out that it is this side, this way up. */
  readonly isThisSide: boolean;
  readonly fields: Partial<Record<FieldName, Parsed>>;
}

/** `clean` wipes the card's faint background print, `plain` leaves it, `smaller` also helps where a picture is soft. */
const RENDITIONS = ['clean', 'plain', 'smaller'] as const;
type Rendition = (typeof RENDITIONS)[number];
/** A field whose every character is above this is taken at once; otherwise the renditions vote. */
const SURE = 0.93;
/** What they do not agree on is shown as unsure. */
const DISPUTED = 0.7;
/** Below this a reading is noise. */
const NOISE = 0.45;

export async function readPortraitSide(reader: CardReader): Promise<SideReading> {
  const idNumber = await readNumber(reader);
  const birthDate = await readBirthDate(reader);
  // Two independent marks of the side: without either it is not worth reading on.
  if (idNumber === undefined && birthDate === undefined) {
    const address = await readField(reader, ZONES.address, 'chi_sim', { layout: 'block' }, parseAddress);
    if (address === undefined || !/[省市区县旗]/.test(address.text)) return { isThisSide: false, fields: {} };
  }
  const sex = await readField(reader, ZONES.sex, 'chi_sim', { layout: 'line' }, (g) => parseSex(g, VALUE_FROM.portrait));
  const ethnicity = await readField(reader, ZONES.ethnicity, 'chi_sim', { layout: 'line' }, (g) => parseEthnicity(g, VALUE_FROM.ethnicity));
  // A name has no context that would show an error, and the engine can be sure of a wrong character: two must agree.
  const name = await readField(reader, ZONES.name, 'chi_sim', { layout: 'line' }, (g) => parseName(g, VALUE_FROM.portrait), RENDITIONS, 2);
  const address = await readField(reader, ZONES.address, 'chi_sim', { layout: 'block' }, parseAddress);
  return { isThisSide: true, fields: present({ name, sex, ethnicity, birthDate, address, idNumber }) };
}

export async function readEmblemSide(reader: CardReader): Promise<SideReading> {
  const authority = await readField(reader, ZONES.authority, 'chi_sim', { layout: 'line' }, (g) => parseAuthority(g, VALUE_FROM.emblem));
  // Digits are surer in the Latin engine; 长期 needs the Chinese one.
  const read = (g: readonly Glyph[]): Parsed | null => parseValidity(g, VALUE_FROM.emblem);
  const validity = await readField(reader, ZONES.validity, 'eng', { layout: 'line', whitelist: '0123456789.-' }, read)
    ?? await readField(reader, ZONES.validity, 'chi_sim', { layout: 'line' }, read);
  const [validFrom, validTo] = validity === undefined ? [] : validity.text.split(' ').map((text) => ({ ...validity, text }));
  return { isThisSide: authority !== undefined || validity !== undefined, fields: present({ authority, validFrom, validTo }) };
}

function present(fields: Partial<Record<FieldName, Parsed | undefined>>): Partial<Record<FieldName, Parsed>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A number whose check character fits is taken; one that does not must be read twice the same to be believed printed so. */
async function readNumber(reader: CardReader): Promise<Parsed | undefined> {
  const wrong = new Map<string, number>();
  for (const rendition of RENDITIONS) {
    const glyphs = await recogniseZone(reader, ZONES.idNumber, 'eng', { layout: 'line', whitelist: '0123456789X' }, rendition);
    const parsed = parseNumber(glyphs);
    if (parsed === null || parsed.confidence < NOISE) continue;
    if (parsed.checks) return parsed;
    const times = (wrong.get(parsed.text) ?? 0) + 1;
    wrong.set(parsed.text, times);
    if (times === 2) return parsed;
  }
  return undefined;
}

/** Two engines look at the birth date, because 11 easily reads as 1: the first two readings that agree are taken. */
async function readBirthDate(reader: CardReader): Promise<Parsed | undefined> {
  const votes: Parsed[] = [];
  for (const [script, rendition] of [['eng', 'clean'], ['chi_sim', 'clean'], ['eng', 'smaller'], ['chi_sim', 'smaller'], ['chi_sim', 'plain']] as const) {
    const parsed = script === 'eng'
      ? parseBirthDigits(await recogniseZone(reader, ZONES.birthDigits, script, { layout: 'line', whitelist: '0123456789' }, rendition, BIRTH_LABELS))
      : parseBirthDate(await recogniseZone(reader, ZONES.birth, script, { layout: 'line' }, rendition), VALUE_FROM.portrait);
    if (parsed === null) continue;
    if (votes.some((vote) => vote.text === parsed.text)) return parsed;
    votes.push(parsed);
  }
  return elect(votes);
}

/** Taken at once when every character is sure; else what most renditions read, the surest of equals. */
async function readField(
  reader: CardReader, zone: Zone, script: Script, options: OcrOptions,
  parse: (glyphs: readonly Glyph[]) => Parsed | null, renditions: readonly Rendition[] = RENDITIONS, agreeing = 1,
): Promise<Parsed | undefined> {
  const votes: Parsed[] = [];
  for (const rendition of renditions) {
    const parsed = parse(await recogniseZone(reader, zone, script, options, rendition));
    if (parsed === null || parsed.confidence < NOISE) continue;
    votes.push(parsed);
    if (parsed.weakest >= SURE && votes.filter((vote) => vote.text === parsed.text).length >= agreeing) return parsed;
  }
  return elect(votes);
}

export function elect(votes: readonly Parsed[]): Parsed | undefined {
  const count = (text: string): number => votes.filter((vote) => vote.text === text).length;
  const [best] = [...votes].sort((a, b) => count(b.text) - count(a.text) || b.confidence - a.confidence);
  if (best === undefined || count(best.text) === votes.length) return best;
  return { ...best, confidence: Math.min(best.confidence, DISPUTED) };
}

/** Stretches of a zone, in card units, that are painted over with the colour of the paper. */
type Blanks = readonly (readonly [number, number])[];

function blank(grey: Uint8Array, width: number, low: number, high: number): void {
  const paper = Uint8Array.from(grey).sort()[Math.floor(grey.length * 0.7)] as number;
  for (let row = 0; row < grey.length; row += width) grey.fill(paper, row + Math.max(0, low), row + Math.min(width, high));
}

const BORDER = 14;

async function recogniseZone(reader: CardReader, zone: Zone, script: Script, options: OcrOptions, rendition: Rendition, blanks: Blanks = []): Promise<Glyph[]> {
  reader.checkpoint();
  const { card } = reader;
  const units = card.width / CARD_UNITS.width;
  const left = Math.round(zone.left * units);
  const top = Math.round(zone.top * units);
  const width = Math.min(card.width - left, Math.round((zone.right - zone.left) * units));
  const height = Math.min(card.height - top, Math.round((zone.bottom - zone.top) * units));
  const resize = rendition === 'smaller' ? 0.75 : 1;
  const grey = await sharp(card.data, { raw: { width: card.width, height: card.height, channels: 3 } })
    .extract({ left, top, width, height }).greyscale().raw().toBuffer();
  for (const [low, high] of blanks) blank(grey, width, Math.round((low - zone.left) * units), Math.round((high - zone.left) * units));
  let zonePicture = sharp(rendition === 'plain' ? grey : wiped(grey), { raw: { width, height, channels: 1 } });
  if (resize !== 1) zonePicture = zonePicture.resize({ width: Math.round(width * resize) });
  const png = await zonePicture.extend({ top: BORDER, bottom: BORDER, left: BORDER, right: BORDER, extendWith: 'copy' }).png({ compressionLevel: 1 }).toBuffer();
  const symbols = await reader.ocr.recognise(script, png, options);
  return symbols.map((symbol) => ({
    text: symbol.text, confidence: symbol.confidence,
    x: zone.left + ((symbol.left + symbol.right) / 2 - BORDER) / resize / units,
  }));
}

/** Stretches the greys so that paper and its faint print become white and ink black. */
function wiped(grey: Uint8Array): Uint8Array {
  const sorted = Uint8Array.from(grey).sort();
  const ink = sorted[Math.floor(sorted.length * 0.01)] as number;
  const paper = sorted[Math.floor(sorted.length * 0.7)] as number;
  const white = paper - 0.22 * (paper - ink);
  const scale = 255 / Math.max(40, white - ink);
  return grey.map((value) => Math.min(255, Math.max(0, (value - ink) * scale)));
}
