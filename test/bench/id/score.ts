/** What a reading is worth beside the truth. Pure. */
import type { DocumentReading, FieldName, Finding } from '../../../contracts/reading.ts';
import type { PhotoTruth } from '../../support/cards/index.ts';

export type Texts = Partial<Record<FieldName, string>>;

export const textsOf = (reading: DocumentReading): Texts =>
  Object.fromEntries(Object.entries(reading.fields).flatMap(([field, value]) => (value === undefined ? [] : [[field, value.text]])));

/** Fields of the side that are not read exactly, and fields that are not on it. */
export function wrongFields(truth: Texts, read: Texts): FieldName[] {
  const names = new Set([...Object.keys(truth), ...Object.keys(read)] as FieldName[]);
  return [...names].filter((name) => truth[name] !== read[name]);
}

/** A finding that stops a number: one of GB 11643-1999's, of the engines' disagreement, or any other on that field. */
const stopsNumber = (finding: Finding): boolean => finding.blocks && (finding.rule === 'R12' || finding.field === 'idNumber');

export type Scored = {
  readonly seed: number;
  readonly side: 'portrait' | 'emblem';
  /** `large` from 24 pixels, `small` from 16. */
  readonly band: 'large' | 'small';
  readonly ms: number;
  readonly wrong: readonly FieldName[];
  /** Portrait side: read as printed. */
  readonly numberRight: boolean;
  readonly numberRead: boolean;
  readonly numberStopped: boolean;
  readonly anyBlocking: boolean;
  readonly rare: boolean;
  /** A rare character's field was said to be unreadable. */
  readonly rareUnread: boolean;
  readonly sideRight: boolean;
  readonly kindRight: boolean;
};

export function score(truth: PhotoTruth, reading: DocumentReading, ms: number): Scored {
  const texts = textsOf(reading);
  const wrong = wrongFields(truth.fields, texts);
  const number = texts.idNumber;
  const unread = (field: FieldName): boolean => wrong.includes(field) && texts[field] === undefined && reading.findings.some((f) => f.code === 'FIELD_UNREADABLE' && f.field === field);
  return {
    seed: truth.seed, side: truth.side, band: truth.textPx >= 24 ? 'large' : 'small', ms, wrong,
    numberRight: number !== undefined && number === truth.fields.idNumber, numberRead: number !== undefined,
    numberStopped: reading.findings.some(stopsNumber), anyBlocking: reading.findings.some((finding) => finding.blocks),
    rare: truth.rare, rareUnread: truth.rare && (unread('name') || unread('address')),
    sideRight: reading.side === truth.side, kindRight: reading.kind === truth.kind,
  };
}

/** Share of those for which it holds; null of none. */
export function share<T>(list: readonly T[], holds: (item: T) => boolean): number | null {
  return list.length === 0 ? null : list.filter(holds).length / list.length;
}

/** The value below which that share of the values lies (nearest rank); null of none. */
export function quantile(values: readonly number[], q: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] as number;
}
