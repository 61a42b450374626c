import type { CaseView } from '../../../contracts/http/staff.ts';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import { pathOf } from '../../../client/rtc/http.ts';
import type { Evidence, Finding } from '../../../contracts/reading.ts';
import type { PhotoKind } from '../../../contracts/script.ts';
import { latestPhotos } from './compare.ts';
import { portraitBox } from './portrait.ts';

/** A picture on the screen: where it comes from and its size in pixels. */
export interface Shown { readonly src: string; readonly width: number; readonly height: number }

/** The picture that a finding speaks of; undefined when it is not there (any more). */
export function pictureOf(view: CaseView, { picture, record }: Evidence): Shown | undefined {
  if (picture === undefined) return undefined;
  const [place, name] = picture.split('.') as ['upload' | 'call' | 'recorded', string];
  const { applicationId } = view;
  if (place === 'upload') {
    const document = view.documents.find(({ side }) => side === name);
    return document && { src: pathOf(STAFF_OPERATIONS.documentImage, { applicationId, side: document.side }), width: document.width, height: document.height };
  }
  const photo = latestPhotos(view.session?.photos ?? [])[name as PhotoKind];
  if (photo === undefined) return undefined;
  if (place === 'recorded') return { src: pathOf(STAFF_OPERATIONS.photoImage, { applicationId, photoId: photo.photoId, which: 'recorded' }), width: photo.width, height: photo.height };
  // Boxes are shares of the picture that was judged or read.
  const from = record ? 'record' : photo.readFrom;
  const still = from === 'still' ? photo.still : null;
  const size = still ?? photo;
  return { src: pathOf(STAFF_OPERATIONS.photoImage, { applicationId, photoId: photo.photoId, which: still ? 'still' : from === 'burst' ? 'read' : 'record' }), width: size.width, height: size.height };
}

const COMPARED = { card: 'call.portraitSide', upload: 'upload.portrait' } as const;

/** Beside a live face the one that it was compared with: the card's portrait, or the uploaded one (R17). */
function comparedWith(view: CaseView, { code, against }: Finding): Pick<Finding, 'againstEvidence'> {
  if ((code !== 'FACE_SIMILARITY' && code !== 'FACE_SIMILARITY_LOW') || (against !== 'card' && against !== 'upload')) return {};
  const picture = COMPARED[against];
  const size = pictureOf(view, { picture });
  const reading = against === 'upload' ? view.documents.find(({ side }) => side === 'portrait')?.reading : latestPhotos(view.session?.photos ?? []).portraitSide?.reading;
  const box = size && portraitBox(reading, size);
  return { againstEvidence: { picture, ...(box ? { box } : {}) } };
}

const ORDER = { serious: 0, warning: 1, info: 2 } as const;

/** Every finding of a case, each with the picture it speaks of: what closes approve now first, then by gravity (R14, R16, R21, R22, R23). */
export function allFindings(view: CaseView): Finding[] {
  const photos = Object.values(latestPhotos(view.session?.photos ?? []));
  const found = [
    ...view.warnings,
    ...view.documents.flatMap((d) => [...d.findings, ...(d.reading?.findings ?? [])]),
    ...photos.flatMap((p) => [...p.findings, ...(p.reading?.findings ?? []), ...(p.face?.findings ?? []).map((f) => ({ ...f, evidence: { picture: `call.${p.kind}` as const, ...f.evidence }, ...comparedWith(view, f) }))]),
    ...view.differences,
  ];
  const seen = new Set<string>();
  return found.filter((finding) => {
    const key = JSON.stringify([finding.code, finding.field, finding.evidence?.picture, finding.evidence?.record, finding.said, finding.expected, finding.source, finding.against]);
    return seen.has(key) ? false : seen.add(key);
  }).sort((a, b) => Number(b.closesApprove ?? false) - Number(a.closesApprove ?? false) || Number(b.blocks) - Number(a.blocks) || ORDER[a.severity] - ORDER[b.severity]);
}

/** How many findings close approve now, and how many there are to look at. */
export const findingCounts = (view: CaseView): { blocking: number; attend: number } => {
  const findings = allFindings(view);
  return { blocking: findings.filter((f) => f.closesApprove).length, attend: findings.filter((f) => f.severity !== 'info').length };
};
