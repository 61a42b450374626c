/** R14: what the client typed, what the uploads say and what the call's photos say, field by field. Pure. */
import { FIELD_NAMES, makeFinding } from '../../contracts/reading.ts';
import type { DocumentReading, FieldName, Finding } from '../../contracts/reading.ts';
import { normaliseSex } from './idNumber.ts';

export type FieldTexts = Partial<Record<FieldName, string>>;

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

/** The same texts in the form's own coding (sex male/female), to prefill it. */
export function formOfTexts(texts: FieldTexts): FieldTexts {
  return texts.sex === undefined ? texts : { ...texts, sex: normaliseSex(texts.sex) };
}

/** Only the way of writing: full-width forms, spaces, case. */
const loose = (text: string): string => text.normalize('NFKC').replace(/[\s\u00b7\u2022\u30fb]/g, (c) => (/\s/.test(c) ? '' : '·')).toUpperCase();

/**
 * Every difference of every pair of places, none hidden. A difference of spaces or full-width forms only is told as
 * such; a field that one place has and the other lacks is named too.
 */
export function compareFields(places: Places): Finding[] {
  const pairs = [['form', 'upload'], ['form', 'call'], ['upload', 'call']] as const;
  return pairs.flatMap(([source, against]) => {
    const [left, right] = [places[source], places[against]];
    if (left === undefined || right === undefined) return [];
    return FIELD_NAMES.flatMap((field) => {
      const finding = compareField(field, left[field], right[field]);
      return finding === null ? [] : [{ ...finding, source, against }];
    });
  });
}

function compareField(field: FieldName, said: string | undefined, expected: string | undefined): Finding | null {
  if (said === undefined && expected === undefined) return null;
  if (said === undefined || expected === undefined) return makeFinding('FIELD_MISSING', { field, said, expected });
  if (said === expected) return null;
  // A coding of ours (male for 男), not something anybody wrote differently.
  if (field === 'sex' && normaliseSex(said) === normaliseSex(expected)) return null;
  const sameLoosely = loose(said) === loose(expected);
  return makeFinding(sameLoosely ? 'FIELD_DIFFERS_IN_FORM_ONLY' : 'FIELD_DIFFERS', { field, said, expected });
}
