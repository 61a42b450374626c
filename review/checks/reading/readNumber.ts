/**
 * The citizen number, read by two engines. A number is taken when both read the same, or when one reading proves itself:
 * its check character fits (which no single misread digit and no swapped neighbours can bring about, GB 11643-1999), the
 * birth date and sex printed elsewhere on the card agree with it, every character was sure, and no other reading fits
 * its own check character. Everything else closes approve until a person looks.
 */
import { makeFinding } from '../../../contracts/reading.ts';
import type { Finding } from '../../../contracts/reading.ts';
import { isKnownAreaCode } from '../areaCodes.ts';
import { isRealDate, normaliseSex, parseIdNumber } from '../idNumber.ts';
import { parseNumber } from './fields.ts';
import type { Parsed } from './fields.ts';
import { ROWS, ZONES } from './layout.ts';
import { readStrip } from './readSides.ts';
import type { ReadField, NumberReader } from './readSides.ts';
import type { Strip } from './cardView.ts';
import { lineHeight, rowsIn, strip, stripOf } from './rows.ts';

export interface NumberReading extends Parsed { readonly by: 'ppocr' | 'tesseract'; readonly checks: boolean }

/** What else on the card speaks of the same facts. */
export interface Printed { readonly birthDate?: string | undefined; readonly sex?: string | undefined }

const CHARACTERS = '0123456789X';
/** Every character of a number that only one engine vouches for must be at least this sure. */
export const PROVES_ITSELF = 0.85;

/** How sure a number is at least that two engines read alike and whose check character fits: surer than any one engine's word. */
const AGREED = 0.9;

export interface NumberOutcome { readonly field?: ReadField; readonly findings: readonly Finding[] }

export async function readNumber(reader: NumberReader, printed: Printed): Promise<NumberOutcome> {
  const where = numberStrip(reader);
  const readings: NumberReading[] = [];
  for (const look of looks()) {
    const parsed = parseNumber(await readStrip(reader, look.by === 'ppocr' ? reader.engines.ppocr : reader.engines.digits, look.strip(where), { characters: CHARACTERS, ...look.cutting }));
    if (parsed !== null) readings.push({ ...parsed, by: look.by });
    if (look.last && agreed(readings)?.checks === true) break;
  }
  const { left, right, height } = where;
  return decideNumber(readings, printed, { left: left.x, right: right.x, top: Math.min(left.y, right.y) - height / 2, bottom: Math.max(left.y, right.y) + height / 2 });
}

interface Look { readonly by: NumberReading['by']; readonly cutting: { pixels?: number; stretch?: number }; readonly last: boolean; strip(where: Strip): Strip }

/** Each engine looks once; where they do not agree, again at other sizes. */
function looks(): Look[] {
  const same = (where: Strip): Strip => where;
  const taller = (where: Strip): Strip => ({ ...where, height: where.height * 1.25 });
  return [
    { by: 'ppocr', cutting: {}, last: false, strip: same },
    { by: 'tesseract', cutting: { pixels: 40 }, last: true, strip: same },
    { by: 'ppocr', cutting: { stretch: 1.25 }, last: true, strip: same },
    { by: 'tesseract', cutting: { pixels: 32 }, last: true, strip: taller },
    { by: 'ppocr', cutting: { stretch: 1.1 }, last: true, strip: taller },
  ];
}

function numberStrip({ lines }: NumberReader): Strip {
  const { y, from, to } = ROWS.number;
  const zone = ZONES.idNumber;
  const row = rowsIn(lines, zone).sort((a, b) => Math.abs((a[0] as { y: number }).y - y) - Math.abs((b[0] as { y: number }).y - y))[0];
  const height = lineHeight(ROWS.numberEm - 4);
  if (row === undefined) return strip(from - 14, to[0] + 18, y, height);
  const found = stripOf(row, zone, height);
  // A label that was found as one with the number ends well before it.
  const left = found.left.x < from - 20 ? from - 14 : found.left.x;
  const slope = (found.right.y - found.left.y) / (found.right.x - found.left.x);
  return { ...found, left: { x: left, y: found.left.y + slope * (left - found.left.x) } };
}

/** The reading that both engines share. */
function agreed(readings: readonly NumberReading[]): NumberReading | undefined {
  const shared = readings.filter((one) => readings.some((other) => other.by !== one.by && other.text === one.text));
  return shared.find((one) => one.checks) ?? shared[0];
}

/** Pure. */
export function decideNumber(readings: readonly NumberReading[], printed: Printed, zone: ReadField['zone']): NumberOutcome {
  const checking = [...new Set(readings.filter((one) => one.checks).map((one) => one.text))];
  const both = agreed(readings);
  if (both !== undefined && (both.checks ? checking.length === 1 : checking.length === 0)) return { field: { ...both, weakest: both.checks ? Math.max(both.weakest, AGREED) : both.weakest, zone, engine: 'both' }, findings: [] };
  const alone = checking.length === 1 ? surest(readings.filter((one) => one.text === checking[0])) : undefined;
  if (alone !== undefined && provesItself(alone, printed)) {
    return { field: { ...alone, zone, engine: alone.by }, findings: [makeFinding('ID_READ_DIFFERENTLY', { field: 'idNumber', severity: 'info', blocks: false })] };
  }
  const best = alone ?? both ?? surest(readings);
  if (best === undefined) return { findings: [] };
  return { field: { ...best, zone, engine: best.by }, findings: [makeFinding('ID_READ_DIFFERENTLY', { field: 'idNumber' })] };
}

const surest = (readings: readonly NumberReading[]): NumberReading | undefined =>
  readings.reduce<NumberReading | undefined>((best, one) => (best === undefined || one.weakest > best.weakest ? one : best), undefined);

function provesItself(reading: NumberReading, printed: Printed): boolean {
  const parts = parseIdNumber(reading.text);
  return reading.by === 'ppocr' && reading.weakest >= PROVES_ITSELF && parts !== null && isRealDate(parts.birthDate) && isKnownAreaCode(parts.areaCode)
    && printed.birthDate === parts.birthDate && printed.sex !== undefined && normaliseSex(printed.sex) === parts.sex;
}
