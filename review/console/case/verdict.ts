import type { PhotoView } from '../../../contracts/http/staff.ts';

export type PhotoVerdict = 'missing' | 'inGap' | 'refused' | 'reading' | 'warned' | 'good';

type Missing = readonly { readonly code: string }[];

/** How a photo stands: a blocking finding refuses it (R21), one inside a recording gap does not count. What the server names as missing for approve is never shown as good (R28). */
export function verdictOf(photo: PhotoView | undefined, missing: Missing = []): PhotoVerdict {
  if (photo === undefined) return 'missing';
  if (photo.insideGap) return 'inGap';
  if (missing.some(({ code }) => code === `photo.${photo.kind}`)) return 'refused';
  if (missing.some(({ code }) => code === `reading.${photo.kind}`)) return 'reading';
  const severities = [...photo.findings, ...(photo.reading?.findings ?? [])].map((f) => f.severity);
  // What is read off the card can refuse it too (the other side, an impossible number); the picture was judged on the photo of record.
  if (photo.findings.some((f) => f.blocks) || (photo.reading?.findings ?? []).some((f) => f.blocks && !f.code.startsWith('PHOTO_'))) return 'refused';
  return severities.some((s) => s !== 'info') ? 'warned' : 'good';
}
