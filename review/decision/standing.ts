/** Which findings about what the uploads say still stand once the card has been seen in the call. Pure. */
import { wantsNewPhoto } from '../../contracts/reading.ts';
import type { DocumentReading, Finding } from '../../contracts/reading.ts';
import { textsOfReadings } from '../checks/compare.ts';
import type { FieldTexts } from '../checks/compare.ts';
import { toleranceBetween } from '../checks/tolerance.ts';
import { normaliseSex } from '../checks/idNumber.ts';

/**
 * The blocking findings of the uploads' readings. One about a field is overruled by the call: there the same field was
 * read off the card without a blocking finding, and it says what the form says. The pictures themselves were judged when
 * they were uploaded.
 */
export function standingInReadings(form: FieldTexts | null, uploads: readonly (DocumentReading | null)[], call: readonly (DocumentReading | null)[]): Finding[] {
  const seen = textsOfReadings(call);
  const doubted = new Set(call.flatMap((reading) => reading?.findings ?? []).filter((f) => f.blocks).map((f) => f.field));
  return uploads.flatMap((reading) => reading?.findings ?? []).filter((finding) => {
    if (!finding.blocks || wantsNewPhoto(finding)) return false;
    const { field } = finding;
    if (field === undefined || doubted.has(field)) return true;
    const [typed, read] = [form?.[field], seen[field]];
    if (typed === undefined || read === undefined) return true;
    return field === 'sex' ? normaliseSex(typed) !== normaliseSex(read) : toleranceBetween(field, typed, read) === null;
  });
}
