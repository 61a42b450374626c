import type { CaseView } from '../../../contracts/http/staff.ts';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import { pathOf } from '../../../client/rtc/http.ts';
import type { Evidence, FieldBox, Finding } from '../../../contracts/reading.ts';
import type { PhotoKind } from '../../../contracts/script.ts';
import { latestPhotos } from './compare.ts';

/** A picture on the screen: where it comes from and its size in pixels. */
export interface Shown { readonly src: string; readonly width: number; readonly height: number }

/** The picture that a finding speaks of; undefined when it is not there (any more). */
export function pictureOf(view: CaseView, { picture, record }: Evidence): Shown | undefined {
  if (picture === undefined) return undefined;
  const [place, name] = picture.split('.') as ['upload' | 'call', string];
  const { applicationId } = view;
  if (place === 'upload') {
    const document = view.documents.find(({ side }) => side === name);
    return document && { src: pathOf(STAFF_OPERATIONS.documentImage, { applicationId, side: document.side }), width: document.width, height: document.height };
  }
  const photo = latestPhotos(view.session?.photos ?? [])[name as PhotoKind];
  if (photo === undefined) return undefined;
  // Boxes are shares of the picture that was judged or read.
  const from = record ? 'record' : photo.readFrom;
  const still = from === 'still' ? photo.still : null;
  const size = still ?? photo;
  return { src: pathOf(STAFF_OPERATIONS.photoImage, { applicationId, photoId: photo.photoId, which: still ? 'still' : from === 'burst' ? 'read' : 'record' }), width: size.width, height: size.height };
}

const WHOLE: FieldBox = { x: 0, y: 0, width: 1, height: 1 };
/** Around a field, in shares of its own size: enough to see the print beside it. */
const MARGIN = { x: 0.06, y: 0.35 } as const;

/** The part of the picture to show: the field with a margin, inside the picture. */
export function cropOf(box: FieldBox | undefined): FieldBox {
  if (box === undefined) return WHOLE;
  const left = Math.max(0, box.x - box.width * MARGIN.x);
  const top = Math.max(0, box.y - box.height * MARGIN.y);
  const right = Math.min(1, box.x + box.width * (1 + MARGIN.x));
  const bottom = Math.min(1, box.y + box.height * (1 + MARGIN.y));
  return right > left && bottom > top ? { x: left, y: top, width: right - left, height: bottom - top } : WHOLE;
}

/** How to place the whole picture inside a frame that shows only the crop: moved by shares of its own size, since a pixel of the frame's border would be many of a thin crop's. */
export function placement(crop: FieldBox): { width: string; transform: string } {
  return { width: `${100 / crop.width}%`, transform: `translate(${-crop.x * 100}%, ${-crop.y * 100}%)` };
}

const ORDER = { serious: 0, warning: 1, info: 2 } as const;

/** Every finding of a case, each with the picture it speaks of: what closes approve now first, then by gravity (R14, R16, R21, R22, R23). */
export function allFindings(view: CaseView): Finding[] {
  const photos = Object.values(latestPhotos(view.session?.photos ?? []));
  const found = [
    ...view.warnings,
    ...view.documents.flatMap((d) => [...d.findings, ...(d.reading?.findings ?? [])]),
    ...photos.flatMap((p) => [...p.findings, ...(p.reading?.findings ?? []), ...(p.face?.findings ?? []).map((f) => ({ ...f, evidence: { picture: `call.${p.kind}` as const, ...f.evidence } }))]),
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
