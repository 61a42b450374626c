/** Reads the fields of a located card. Which engine reads which field, and why: docs/decisions. */
import type { FieldName, FieldReading } from '../../../contracts/reading.ts';
import { ETHNICITIES } from '../ethnicities.ts';
import type { CardView } from './cardView.ts';
import type { Strip } from './cardView.ts';
import type { Engines } from './engines/engines.ts';
import type { LineGlyph, OcrEngine } from './engines/port.ts';
import { behind, doubtGaps, withoutLabel, parseAddress, parseAuthority, parseBirthDate, parseEthnicity, parseName, parseNameLine, parseSex, parseValidity } from './fields.ts';
import type { Glyph, Parsed } from './fields.ts';
import { CARD_UNITS, EMBLEM_ROWS, ROWS, TITLES, ZONES } from './layout.ts';
import type { Zone } from './layout.ts';
import { lineHeight, MARGIN, rowsIn, strip, stripOf } from './rows.ts';
import type { CardLine } from './register.ts';

export interface SideReader {
  readonly engines: Pick<Engines, 'ppocr'>;
  readonly view: CardView;
  readonly lines: readonly CardLine[];
  /** Asked before each line; throws to stop. */
  readonly checkpoint: () => void;
}

/** The number is read by a second engine as well. */
export interface NumberReader extends SideReader { readonly engines: Engines }

/** A field as read, where it stands on the card, and by whom. */
export interface ReadField extends Parsed { readonly zone: Zone; readonly engine: NonNullable<FieldReading['engine']> }
export type ReadFields = Partial<Record<FieldName, ReadField>>;

/** Cuts one strip out and reads it. */
export async function readStrip({ view, checkpoint }: SideReader, engine: OcrEngine, where: Strip, options: { characters?: string; pixels?: number; stretch?: number } = {}): Promise<PlacedGlyph[]> {
  checkpoint();
  const { characters, ...cutting } = options;
  const length = Math.hypot(where.right.x - where.left.x, where.right.y - where.left.y);
  const glyphs = await engine.readLine(view.cut(where, cutting), characters === undefined ? {} : { characters });
  return glyphs.map((glyph) => ({ ...glyph, at: (glyph.x * length) / ROWS.em }));
}

/** With its place along the line, in characters' widths. */
type PlacedGlyph = LineGlyph & { readonly at: number };

const zoneOf = ({ left, right, height }: Strip): Zone => ({
  left: Math.min(left.x, right.x), right: Math.max(left.x, right.x),
  top: Math.min(left.y, right.y) - height / 2, bottom: Math.max(left.y, right.y) + height / 2,
});

/** The strip of a one-line field: where print was found in its zone, else where the design has it. */
function fieldStrip(lines: readonly CardLine[], zone: Zone, y: number, fallbackTo: number): Strip {
  const rows = rowsIn(lines, zone).sort((a, b) => Math.abs((a[0] as CardLine).y - y) - Math.abs((b[0] as CardLine).y - y));
  const row = rows[0];
  return row === undefined ? strip(zone.left, fallbackTo, y, lineHeight()) : stripOf(row, zone, lineHeight());
}

/** Reads a line; what was not sure is looked at once more, cut out a little larger. */
async function readOne(reader: SideReader, where: Strip, parse: (glyphs: readonly Glyph[]) => Parsed | null): Promise<ReadField | undefined> {
  const first = parse(await readStrip(reader, reader.engines.ppocr, where));
  const again = first === null || first.weakest < LOOK_AGAIN ? parse(await readStrip(reader, reader.engines.ppocr, { ...where, height: where.height * 1.18 }, { stretch: 1.2 })) : null;
  const parsed = surer(first, again);
  return parsed === null ? undefined : { ...parsed, zone: zoneOf(where), engine: 'ppocr' };
}

const LOOK_AGAIN = 0.8;
/** Two looks that differ are never shown as sure. */
const DISPUTED = 0.8;

/** The surer of two looks at a field; of two that differ, as unsure. */
export const surerField = (first: ReadField | undefined, again: ReadField | undefined): ReadField | undefined => surer(first ?? null, again ?? null) ?? undefined;

export function surer<T extends Parsed>(first: T | null, again: T | null): T | null {
  if (first === null || again === null) return first ?? again;
  const better = again.weakest > first.weakest ? again : first;
  return first.text === again.text ? better : { ...better, weakest: Math.min(better.weakest, DISPUTED) };
}

/** Everything of the portrait side but the number. */
export async function readPortraitSide(reader: SideReader): Promise<ReadFields> {
  const { lines } = reader;
  const name = await readName(reader);
  const sex = await readOne(reader, fieldStrip(lines, ZONES.sex, ROWS.sex, 200), parseSex);
  const ethnicity = await readEthnicity(reader);
  const birthDate = await readBirth(reader);
  const address = await readAddress(reader);
  return present({ name, sex, ethnicity, birthDate, address });
}

/**
 * A name of more than a dozen characters (of ethnic minorities) goes on in a second line. What was found in the name's
 * place is read, all of it: a name is never the shorter for a line that was left out.
 */
async function readName(reader: SideReader): Promise<ReadField | undefined> {
  const { zone } = NAME;
  const rows = rowsIn(reader.lines, zone, NAME.apart).map((row) => ({ row, y: (row[0] as CardLine).y }));
  const first = rows.reduce<{ y: number } | undefined>((a, b) => (a === undefined || Math.abs(b.y - ROWS.name) < Math.abs(a.y - ROWS.name) ? b : a), undefined);
  const whole = first === undefined ? [] : rows.filter(({ y }) => Math.abs(y - first.y) < NAME.nextLine);
  const strips = whole.length > 1 ? whole.map(({ row }) => stripOf(row, zone, Math.min(lineHeight(), NAME.lineHeight))) : [fieldStrip(reader.lines, ZONES.name, ROWS.name, 400)];
  const read: ReadField[] = [];
  for (const where of strips) {
    const parse = strips.length > 1 ? parseNameLine : parseName;
    const line = await readNameLine(reader, where, (glyphs) => parse(withoutLabel(doubtGaps(glyphs, extentOf(where)))));
    // Print that stands there and was not read belongs to the name.
    if (line === undefined) return undefined;
    read.push(line);
  }
  if (strips.length === 1) read.push(...await missedLine(reader, strips[0] as Strip));
  return read.length === 1 ? read[0] : { ...joinedLines(read), zone: spanOf(read.map((line) => line.zone)), engine: 'ppocr' };
}

/**
 * A rare character that the engine does not know is taken for another, often with confidence, but seldom at two widths
 * alike: a name is sure when two looks read the same and both are sure. What they read differently is not shown.
 */
async function readNameLine(reader: SideReader, where: Strip, parse: (glyphs: readonly Glyph[]) => Parsed | null): Promise<ReadField | undefined> {
  const first = await readOne(reader, where, parse);
  const wide = parse(await readStrip(reader, reader.engines.ppocr, where, { stretch: 1.3 }));
  const surest = surer(first ?? null, wide);
  if (surest === null) return undefined;
  const looks = [first, wide];
  const most = looks.some((look) => look?.text !== surest.text) ? SURENESS.unreadable : looks.some((look) => look!.weakest < SURENESS.unsureName) ? DISPUTED : 1;
  return { ...surest, weakest: Math.min(surest.weakest, most), zone: zoneOf(where), engine: 'ppocr' };
}

/** Two lines stand closer together than the name and the row of sex and ethnic group (66 units). */
const NAME = { zone: { ...ZONES.name, top: 46, bottom: 128 }, apart: 18, nextLine: 50, lineHeight: 38, fullTo: 430, step: 35, missedHeight: 30 } as const;

/** A name that fills its line may go on in a second one that the detector passed over: the place below is read too. */
async function missedLine(reader: SideReader, { left, right }: Strip): Promise<ReadField[]> {
  if (right.x < NAME.fullTo) return [];
  const y = (left.y + right.y) / 2 + NAME.step;
  const where = strip(ZONES.name.left, ZONES.name.right, y, NAME.missedHeight);
  const found = parseNameLine(await readStrip(reader, reader.engines.ppocr, where));
  return found === null ? [] : [{ ...found, zone: zoneOf(where), engine: 'ppocr' }];
}

const joinedLines = (lines: readonly Parsed[]): Parsed => ({
  text: lines.map(({ text }) => text).join(''),
  confidence: lines.reduce((sum, { confidence }) => sum + confidence, 0) / lines.length,
  weakest: Math.min(...lines.map(({ weakest }) => weakest)),
});

const spanOf = (zones: readonly Zone[]): Zone =>
  ({ left: Math.min(...zones.map((z) => z.left)), right: Math.max(...zones.map((z) => z.right)), top: Math.min(...zones.map((z) => z.top)), bottom: Math.max(...zones.map((z) => z.bottom)) });

/** Where the print of a strip that was found begins and ends; a strip by the design alone tells nothing. */
function extentOf({ left, right }: Strip): { from: number; to: number } | undefined {
  const length = right.x - left.x;
  return left.x === ZONES.name.left && (right.x === 400 || right.x === ZONES.address.right) ? undefined : { from: (Math.max(left.x + MARGIN.left, ROWS.value) - left.x) / ROWS.em, to: (length - MARGIN.right) / ROWS.em };
}

/** There are 56 groups: what fits none is compared with each of them, and the clear winner shown as unsure. */
async function readEthnicity(reader: SideReader): Promise<ReadField | undefined> {
  const where = fieldStrip(reader.lines, ZONES.ethnicity, ROWS.sex, 480);
  const read = await readOne(reader, where, parseEthnicity);
  if (read !== undefined && read.weakest >= SURENESS.unsure) return read;
  reader.checkpoint();
  const value = { ...where, left: { ...where.left, x: Math.max(where.left.x, ETHNICITY_FROM) }, height: where.height * 1.14 };
  const chosen = await reader.engines.ppocr.choose(reader.view.cut(value), ETHNICITIES);
  if (chosen === null || chosen.ratio < CLEAR_WINNER || (chosen.least < SEEN && !chosen.identified)) return read;
  if (read !== undefined) return chosen.word === read.text ? { ...read, weakest: Math.max(read.weakest, CHOSEN) } : undefined;
  return { text: chosen.word, confidence: CHOSEN, weakest: CHOSEN, zone: zoneOf(value), engine: 'ppocr' };
}

const ETHNICITY_FROM = 330;
/** How many times likelier than the next the chosen group must be, and how sure it then counts. */
const CLEAR_WINNER = 4;
/** How likely each of its characters must be by itself, unless one names the group alone: the least unlike of 56 wrong words is no reading. */
const SEEN = 0.05;
const CHOSEN = 0.5;
/**
 * Below these a field's weakest character makes it unsure, or unreadable. A name has no context that would show a mistake,
 * and rare characters are taken for common ones: measured in docs/decisions.
 */
export const SURENESS = { unsure: 0.85, unsureName: 0.96, unreadable: 0.35, unreadableName: 0.6 } as const;

export const readBirth = async (reader: SideReader, stretch = 1): Promise<ReadField | undefined> => {
  const row = rowsIn(reader.lines, ZONES.birth)[0];
  // 年, 月 and 日 are faint: the design says how far the row goes.
  const where = row === undefined ? strip(ZONES.birth.left, 452, ROWS.birth, lineHeight()) : stripOf([...row, { ...(row[row.length - 1] as CardLine), right: { x: Math.max(440, (row[row.length - 1] as CardLine).right.x), y: (row[row.length - 1] as CardLine).right.y } }], ZONES.birth, lineHeight());
  const parsed = parseBirthDate(await readStrip(reader, reader.engines.ppocr, where, { stretch }));
  return parsed === null ? undefined : { ...parsed, zone: zoneOf(where), engine: 'ppocr' };
};

async function readAddress(reader: SideReader): Promise<ReadField | undefined> {
  const strips = addressStrips(reader.lines);
  const rows: Glyph[][] = [];
  for (const where of strips) rows.push(await readRow(reader, where, undefined, extentOf(where)));
  const parsed = parseAddress(...rows);
  return parsed === null ? undefined : { ...parsed, zone: spanOf(strips.map(zoneOf)), engine: 'ppocr' };
}

/** One row of running print, looked at again when a character of it was not sure. */
async function readRow(reader: SideReader, where: Strip, valueOf: (glyphs: readonly Glyph[]) => readonly Glyph[] = (glyphs) => glyphs, extent?: { from: number; to: number }): Promise<Glyph[]> {
  const weakest = (glyphs: readonly Glyph[]): number => glyphs.reduce((least, glyph) => Math.min(least, glyph.confidence), glyphs.length === 0 ? 0 : 1);
  const text = (glyphs: readonly Glyph[]): string => glyphs.map((glyph) => glyph.text).join('');
  const first = doubtGaps(valueOf(await readStrip(reader, reader.engines.ppocr, where)), extent);
  if (weakest(first) >= LOOK_AGAIN) return first;
  const again = doubtGaps(valueOf(await readStrip(reader, reader.engines.ppocr, { ...where, height: where.height * 1.18 }, { stretch: 1.2 })), extent);
  const better = weakest(again) > weakest(first) ? again : first;
  return text(first) === text(again) ? better : better.map((glyph) => ({ ...glyph, confidence: Math.min(glyph.confidence, DISPUTED) }));
}

/** The address's rows; one that the detector missed between others is put where the design has it. */
function addressStrips(lines: readonly CardLine[]): Strip[] {
  const zone = ZONES.address;
  const found = rowsIn(lines, zone).map((row) => stripOf(row, zone, lineHeight()));
  const strips: Strip[] = [];
  let expected: number = ROWS.address;
  for (const row of found) {
    const y = (row.left.y + row.right.y) / 2;
    while (y - expected > 0.6 * ROWS.addressStep) {
      strips.push(strip(zone.left, zone.right, expected, lineHeight()));
      expected += ROWS.addressStep;
    }
    strips.push(row);
    expected = y + ROWS.addressStep;
  }
  return strips.length > 0 ? strips : [0, 1, 2].map((n) => strip(zone.left, zone.right, ROWS.address + n * ROWS.addressStep, lineHeight()));
}

export interface EmblemReading { readonly fields: ReadFields; readonly kind: 'residentId' | 'residencePermit' | 'unknown' }

/** Rows are told apart by what they say: a permit has more of them, and elsewhere. */
export async function readEmblemSide(reader: SideReader): Promise<EmblemReading> {
  const zone = ZONES.emblemRows;
  const found = rowsIn(reader.lines, zone).map((row) => stripOf(row, zone, lineHeight()));
  const strips = found.length >= 2 ? found : EMBLEM_ROWS.residentId.map((y) => strip(EMBLEM_ROWS.label - 12, CARD_UNITS.width - 30, y, lineHeight()));
  const fields: { -readonly [K in FieldName]?: ReadField } = {};
  for (const where of strips) {
    const glyphs = await readRow(reader, where, behindLabel);
    const valueZone = { ...zoneOf(where), left: Math.max(where.left.x, EMBLEM_ROWS.value - 12) };
    const [authority, validity] = [parseAuthority(glyphs), parseValidity(glyphs)];
    if (authority !== null) fields.authority ??= { ...authority, zone: valueZone, engine: 'ppocr' };
    else if (validity !== null && fields.validFrom === undefined) {
      const [from = '', to = ''] = validity.text.split(' ');
      fields.validFrom = { ...validity, text: from, zone: valueZone, engine: 'ppocr' };
      fields.validTo = { ...validity, text: to, zone: valueZone, engine: 'ppocr' };
    }
  }
  const title = await readTitle(reader);
  return { fields, kind: /居住/.test(title) ? 'residencePermit' : /身份/.test(title) ? 'residentId' : 'unknown' };
}

/** 签发机关 and 有效期限, however much of them was read. */
const behindLabel = (glyphs: readonly Glyph[]): Glyph[] => behind(behind(glyphs, /^.{0,3}[签发机]{1,3}关/), /^.{0,3}[有效期]{1,3}限/);

/** The name of the document (居民身份证, 港澳居民居住证, 台湾居民居住证). */
async function readTitle(reader: SideReader): Promise<string> {
  const { from, to, y, em } = TITLES.card;
  const zone: Zone = { left: from - 20, right: to + 60, top: y - 40, bottom: y + 40 };
  const row = rowsIn(reader.lines, zone, 40)[0];
  const where = row === undefined ? strip(zone.left, zone.right, y, em * 1.3) : stripOf(row, zone, Math.min(em * 1.4, (row[0] as CardLine).height));
  return (await readStrip(reader, reader.engines.ppocr, where)).map((glyph) => glyph.text).join('');
}

/** What the printed labels of the portrait side say, as far as they can be read: proof that it is one. */
export async function readLabels(reader: SideReader): Promise<string> {
  const wheres = [strip(50, 146, ROWS.name, lineHeight()), strip(50, 146, ROWS.address, lineHeight()), strip(50, 220, ROWS.number.y, lineHeight())];
  const texts: string[] = [];
  for (const where of wheres) texts.push((await readStrip(reader, reader.engines.ppocr, where)).map((glyph) => glyph.text).join(''));
  return texts.join(' ');
}

function present(fields: { [K in FieldName]?: ReadField | undefined }): ReadFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
