/** Which findings about the uploads still stand once the card has been seen in the call. Pure. */
import type { DocumentSide } from '../../contracts/http/common.ts';
import { wantsNewPhoto } from '../../contracts/reading.ts';
import type { DocumentReading, Finding } from '../../contracts/reading.ts';
import { textsOfReadings } from '../checks/compare.ts';
import type { FieldTexts } from '../checks/compare.ts';
import { toleranceBetween } from '../checks/tolerance.ts';
import { normaliseSex } from '../checks/idNumber.ts';

/** One side of the card, uploaded or shown in the call: how the picture was judged, and what was read of it. */
export interface SeenSide { readonly side: DocumentSide; readonly reading: DocumentReading | null; readonly findings: readonly Finding[] }

/**
 * The blocking findings of the uploads. One about a field is overruled by the call: there the same field was read off the
 * card without a blocking finding, and it says what the form says. One about the picture (the other side, two cards, no
 * card), which may have come with the reading when the client had long gone on, stands until the same side was read in
 * the call without such a finding.
 */
export function standingInReadings(form: FieldTexts | null, uploads: readonly SeenSide[], call: readonly SeenSide[]): Finding[] {
  const seen = textsOfReadings(call.map(({ reading }) => reading));
  const doubted = new Set(call.flatMap(({ reading }) => reading?.findings ?? []).filter((f) => f.blocks).map((f) => f.field));
  const shown = call.filter(({ reading, findings }) => reading !== null && ![...findings, ...reading.findings].some(wantsNewPhoto)).map(({ side }) => side);
  return uploads.flatMap(({ side, reading, findings }) => [...findings, ...(reading?.findings ?? [])].filter((finding) => {
    if (!finding.blocks) return false;
    if (wantsNewPhoto(finding)) return !shown.includes(side);
    const { field } = finding;
    if (field === undefined || doubted.has(field)) return true;
    const [typed, read] = [form?.[field], seen[field]];
    if (typed === undefined || read === undefined) return true;
    return field === 'sex' ? normaliseSex(typed) !== normaliseSex(read) : toleranceBetween(field, typed, read) === null;
  }));
}
