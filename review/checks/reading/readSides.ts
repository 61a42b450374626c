/** Reads the zones of an upright card; a zone that fails is tried again in another rendition before it is given up. */
import sharp from 'sharp';

import type { FieldName } from '../../../contracts/reading.ts';
import { parseAddress, parseAuthority, parseBirthDate, parseEthnicity, parseName, parseNumber, parseSex, parseValidity } from './fields.ts';
import type { Glyph, Parsed } from './fields.ts';
import { CARD_UNITS, VALUE_FROM, ZONES } from './layout.ts';
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

const RENDITIONS = ['plain', 'contrast', 'smaller'] as const;
type Rendition = (typeof RENDITIONS)[number];
/** Above this a field is taken at once. */
const SURE = 0.85;
/** Below this a reading is noise. */
const NOISE = 0.45;

export async function readPortraitSide(reader: CardReader): Promise<SideReading> {
  const idNumber = await readNumber(reader);
  const birthDate = await readField(reader, ZONES.birth, 'chi_sim', { layout: 'line' }, (g) => parseBirthDate(g, VALUE_FROM.portrait));
  // Two independent marks of the side: without either it is not worth reading on.
  if (idNumber === undefined && birthDate === undefined) {
    const address = await readField(reader, ZONES.address, 'chi_sim', { layout: 'block' }, parseAddress);
    if (address === undefined || !/[省市区县旗]/.test(address.text)) return { isThisSide: false, fields: {} };
  }
  const sexRow: { sex?: Parsed; ethnicity?: Parsed } = {};
  await readField(reader, ZONES.sexAndEthnicity, 'chi_sim', { layout: 'line' }, (glyphs) => {
    const sex = parseSex(glyphs, VALUE_FROM.portrait, VALUE_FROM.ethnicity - 90);
    const ethnicity = parseEthnicity(glyphs, VALUE_FROM.ethnicity);
    if (sex !== null && sex.confidence > (sexRow.sex?.confidence ?? NOISE)) sexRow.sex = sex;
    if (ethnicity !== null && ethnicity.confidence > (sexRow.ethnicity?.confidence ?? NOISE)) sexRow.ethnicity = ethnicity;
    return sexRow.sex === undefined || sexRow.ethnicity === undefined ? null : { text: '', confidence: Math.min(sexRow.sex.confidence, sexRow.ethnicity.confidence) };
  });
  const name = await readField(reader, ZONES.name, 'chi_sim', { layout: 'line' }, (g) => parseName(g, VALUE_FROM.portrait));
  const address = await readField(reader, ZONES.address, 'chi_sim', { layout: 'block' }, parseAddress);
  return { isThisSide: true, fields: present({ name, ...sexRow, birthDate, address, idNumber }) };
}

export async function readEmblemSide(reader: CardReader): Promise<SideReading> {
  const authority = await readField(reader, ZONES.authority, 'chi_sim', { layout: 'line' }, (g) => parseAuthority(g, VALUE_FROM.emblem));
  const validity: { validFrom?: Parsed; validTo?: Parsed } = {};
  const take = (glyphs: readonly Glyph[]): Parsed | null => {
    const parsed = parseValidity(glyphs, VALUE_FROM.emblem);
    if (parsed === null) return null;
    if (parsed.validFrom.confidence > (validity.validFrom?.confidence ?? NOISE)) Object.assign(validity, parsed);
    return { text: `${parsed.validFrom.text} ${parsed.validTo.text}`, confidence: parsed.validFrom.confidence };
  };
  // Digits are surer in the Latin engine; 长期 needs the Chinese one.
  const digits = await readField(reader, ZONES.validity, 'eng', { layout: 'line', whitelist: '0123456789.-' }, take, ['plain']);
  if (digits === undefined || digits.confidence < SURE) await readField(reader, ZONES.validity, 'chi_sim', { layout: 'line' }, take);
  return { isThisSide: authority !== undefined || validity.validFrom !== undefined, fields: present({ authority, ...validity }) };
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

/** The surest of the renditions; the first that is sure ends the search. */
async function readField(
  reader: CardReader, zone: Zone, script: Script, options: OcrOptions,
  parse: (glyphs: readonly Glyph[]) => Parsed | null, renditions: readonly Rendition[] = RENDITIONS,
): Promise<Parsed | undefined> {
  let best: Parsed | undefined;
  for (const rendition of renditions) {
    const parsed = parse(await recogniseZone(reader, zone, script, options, rendition));
    if (parsed !== null && parsed.confidence > (best?.confidence ?? NOISE)) best = parsed;
    if (best !== undefined && best.confidence >= SURE) break;
  }
  return best;
}

const BORDER = 14;

async function recogniseZone(reader: CardReader, zone: Zone, script: Script, options: OcrOptions, rendition: Rendition): Promise<Glyph[]> {
  reader.checkpoint();
  const { card } = reader;
  const units = card.width / CARD_UNITS.width;
  const left = Math.round(zone.left * units);
  const top = Math.round(zone.top * units);
  const width = Math.min(card.width - left, Math.round((zone.right - zone.left) * units));
  const height = Math.min(card.height - top, Math.round((zone.bottom - zone.top) * units));
  const resize = rendition === 'smaller' ? 0.75 : 1;
  let zonePicture = sharp(card.data, { raw: { width: card.width, height: card.height, channels: 3 } })
    .extract({ left, top, width, height }).greyscale();
  if (rendition !== 'plain') zonePicture = zonePicture.normalise({ lower: 2, upper: 90 });
  if (rendition === 'contrast') zonePicture = zonePicture.sharpen({ sigma: 1.2 });
  if (resize !== 1) zonePicture = zonePicture.resize({ width: Math.round(width * resize) });
  const png = await zonePicture.extend({ top: BORDER, bottom: BORDER, left: BORDER, right: BORDER, extendWith: 'copy' }).png({ compressionLevel: 1 }).toBuffer();
  const symbols = await reader.ocr.recognise(script, png, options);
  return symbols.map((symbol) => ({
    text: symbol.text, confidence: symbol.confidence,
    x: zone.left + ((symbol.left + symbol.right) / 2 - BORDER) / resize / units,
  }));
}
