import { FINDINGS } from '../../../contracts/findings.ts';
import type { PhotoView } from '../../../contracts/http/staff.ts';

export type PhotoVerdict = 'missing' | 'inGap' | 'refused' | 'check' | 'reading' | 'comparing' | 'warned' | 'good';

type Missing = readonly { readonly code: string }[];

/** How a photo stands: a blocking finding refuses it (R21), one inside a recording gap does not count, and one on whose reading a person may decide is to be checked (R14). What the server names as missing for approve is never shown as good (R28). */
export function verdictOf(photo: PhotoView | undefined, missing: Missing = []): PhotoVerdict {
  if (photo === undefined) return 'missing';
  if (photo.insideGap) return 'inGap';
  // What is read off the card can refuse it too (the other side, an impossible number); the picture was judged on the photo of record.
  const against = [...photo.findings.filter((f) => f.blocks), ...(photo.reading?.findings ?? []).filter((f) => f.blocks && !f.code.startsWith('PHOTO_'))];
  if (against.length > 0) return against.every(({ code }) => FINDINGS[code].decidable) ? 'check' : 'refused';
  if (missing.some(({ code }) => code === `photo.${photo.kind}`)) return 'refused';
  if (missing.some(({ code }) => code === `reading.${photo.kind}`)) return 'reading';
  if (missing.some(({ code }) => code === `comparing.${photo.kind}`)) return 'comparing';
  const severities = [...photo.findings, ...(photo.reading?.findings ?? [])].map((f) => f.severity);
  return severities.some((s) => s !== 'info') ? 'warned' : 'good';
}
