/** R21: from figures to findings, in the order in which a person would name them. Pure. */
import { makeFinding } from '../../../contracts/reading.ts';
import type { Evidence, Finding, PhotoFigures } from '../../../contracts/reading.ts';
import type { FindingCode } from '../../../contracts/findings.ts';
import { QUALITY_LIMITS } from './limits.ts';

export interface Subject {
  readonly kind: 'document' | 'face';
  readonly cutOff: boolean;
  /** So little print lay as the design has it that its lean is only half known. */
  readonly leanUnsure?: boolean;
  /** Where in the picture it was measured. */
  readonly box?: Evidence['box'];
}

/** Empty when the photo is good. Darkness, burnt-out light and too few pixels soften every edge: then blur is not claimed. */
export function judgeFigures(figures: PhotoFigures, { kind, cutOff, leanUnsure = false, box }: Subject): Finding[] {
  const limits = QUALITY_LIMITS[kind];
  const codes: FindingCode[] = [];
  const small = figures.widthPx < limits.widthPx;
  const tilted = kind === 'document' && (figures.tiltDeg ?? 0) > (leanUnsure ? QUALITY_LIMITS.document.unsureTiltDeg : QUALITY_LIMITS.document.tiltDeg);
  if (cutOff) codes.push('PHOTO_CUT_OFF');
  if (small) codes.push('PHOTO_TOO_SMALL');
  if (tilted) codes.push('PHOTO_TILTED');
  if (figures.brightness < limits.tooDark) codes.push('PHOTO_TOO_DARK');
  else if (figures.blown > limits.overExposed) codes.push('PHOTO_OVER_EXPOSED');
  else {
    if (kind === 'document' && figures.glare > QUALITY_LIMITS.document.glare) codes.push('PHOTO_GLARE');
    if (!small && figures.sharpness < (tilted ? QUALITY_LIMITS.document.slantSharpness : limits.sharpness)) codes.push(figures.motion > limits.motion ? 'PHOTO_MOTION_BLURRED' : 'PHOTO_BLURRED');
  }
  return codes.map((code) => makeFinding(code, box === undefined ? {} : { evidence: { box } }));
}
