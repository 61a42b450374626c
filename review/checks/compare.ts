/** R14: what the client typed, what the uploads say and what the call's photos say, field by field. Pure. */
import { FIELD_NAMES, makeFinding } from '../../contracts/reading.ts';
import type { DocumentReading, Evidence, FieldName, Finding } from '../../contracts/reading.ts';
import { normaliseSex } from './idNumber.ts';
import { toleranceBetween } from './tolerance.ts';

export type FieldTexts = Partial<Record<FieldName, string>>;
/** Where each field stands in which picture. */
export type FieldEvidence = Partial<Record<FieldName, Evidence>>;

/** The places whose contents are compared; a place that is left out is not compared. */
export interface Places {
  readonly form?: FieldTexts | undefined;
  readonly upload?: FieldTexts | undefined;
  readonly call?: FieldTexts | undefined;
}

/** The texts of one or more readings, as one set of fields; a later reading does not overwrite an earlier one. */
export function textsOfReadings(readings: readonly (DocumentReading | null | undefined)[]): FieldTexts {
  const texts: FieldTexts = {};
  for (const reading of readings) {
    for (const field of FIELD_NAMES) {
      const text = reading?.fields[field]?.text;
      if (text !== undefined && texts[field] === undefined) texts[field] = text;
    }
  }
  return texts;
}

/** Where {@link textsOfReadings} took each field from. */
export function evidenceOfReadings(readings: readonly { readonly picture: NonNullable<Evidence['picture']>; readonly reading: DocumentReading | null | undefined }[]): FieldEvidence {
  const found: FieldEvidence = {};
  for (const { picture, reading } of readings) {
    for (const field of FIELD_NAMES) {
      const box = reading?.fields[field]?.box;
      if (box !== undefined && found[field] === undefined) found[field] = { picture, box };
    }
  }
  return found;
}

/** The fields that were read without a blocking doubt about them. */
export function cleanFields(readings: readonly (DocumentReading | null | undefined)[]): ReadonlySet<FieldName> {
  const doubted = new Set(readings.flatMap((reading) => reading?.findings ?? []).filter((f) => f.blocks).map((f) => f.field));
  return new Set((Object.keys(textsOfReadings(readings)) as FieldName[]).filter((field) => !doubted.has(field)));
}

/** Who it is and how long the card is valid: there the form may not say otherwise than the card in the call. */
const MUST_AGREE: readonly FieldName[] = ['name', 'sex', 'birthDate', 'idNumber', 'validFrom', 'validTo'];

/** The same texts in the form's own coding (sex male/female), to prefill it. */
export function formOfTexts(texts: FieldTexts): FieldTexts {
  return texts.sex === undefined ? texts : { ...texts, sex: normaliseSex(texts.sex) };
}

/**
 * Every difference of every pair of places, none hidden. Texts that mean the same are told as such, with what was
 * tolerated; a field that one place has and the other lacks is named too. The picture's place comes with the finding.
 * What the form says otherwise than the card in the call blocks where the two must agree; an upload alone is overruled by the call.
 * @param clean the fields of the call that are without a doubt of their own
 */
export function compareFields(places: Places, where: { readonly upload?: FieldEvidence; readonly call?: FieldEvidence } = {}, clean: ReadonlySet<FieldName> = new Set()): Finding[] {
  const pairs = [['form', 'upload'], ['form', 'call'], ['upload', 'call']] as const;
  return pairs.flatMap(([source, against]) => {
    const [left, right] = [places[source], places[against]];
    if (left === undefined || right === undefined) return [];
    return FIELD_NAMES.flatMap((field) => {
      const finding = compareField(field, left[field], right[field]);
      if (finding === null) return [];
      const [here, there] = [source === 'form' ? undefined : where[source]?.[field], where[against]?.[field]];
      const seen = here === undefined ? { ...(there ? { evidence: there } : {}) } : { evidence: here, ...(there ? { againstEvidence: there } : {}) };
      const closes = finding.code === 'FIELD_DIFFERS' && source === 'form' && against === 'call' && clean.has(field) && MUST_AGREE.includes(field);
      return [{ ...finding, ...(closes ? { severity: 'serious' as const, blocks: true } : {}), source, against, ...seen }];
    });
  });
}

function compareField(field: FieldName, said: string | undefined, expected: string | undefined): Finding | null {
  if (said === undefined && expected === undefined) return null;
  if (said === undefined || expected === undefined) return makeFinding('FIELD_MISSING', { field, said, expected });
  if (said === expected) return null;
  // A coding of ours (male for 男), not something anybody wrote differently.
  if (field === 'sex' && normaliseSex(said) === normaliseSex(expected)) return null;
  const tolerated = toleranceBetween(field, said, expected);
  if (tolerated === null) return makeFinding('FIELD_DIFFERS', { field, said, expected });
  return makeFinding('FIELD_DIFFERS_IN_FORM_ONLY', { field, said, expected, tolerated: [...tolerated] });
}
