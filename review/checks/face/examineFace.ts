/**
 * A live face examined (R17, R20, R21). Counting, finding and judging the picture keep no template and always run. Head
 * pose, cover and similarity run only with the client's separate consent; descriptions never leave this function.
 */
import { makeFinding } from '../../../contracts/reading.ts';
import type { Evidence, Finding } from '../../../contracts/reading.ts';
import type { FaceAdvice, FaceExamination, FaceReference } from '../../../contracts/face.ts';
import type { PpOcr } from '../reading/engines/ppocr.ts';
import { openPicture, shrink } from '../reading/picture.ts';
import { FACE_SEARCH } from '../quality/judgeImage.ts';
import { judgeFace } from '../quality/judgeFace.ts';
import { portraitOf } from './cardPortrait.ts';
import { coverage } from './covered.ts';
import type { DescribedFace, FaceModels, FacePixels } from './models.ts';

export interface FaceRequest {
  /** The photo of the call, or any photo of a face. */
  readonly live: Uint8Array;
  /** To face matching (R17), as recorded for this client. */
  readonly consent: boolean;
  /** Photos of the card's portrait side, or of a face, to compare with. */
  readonly against?: readonly { readonly reference: FaceReference; readonly image: Uint8Array }[];
}

/** Loaded when first asked for. */
export interface ExaminingModels {
  ppocr(): Promise<PpOcr>;
  faces(): Promise<FaceModels>;
}

/** When advice is worth a word. Measured: docs/decisions/0016-faces-as-advice.md. None of them closes anything. */
export const FACE_LIMITS = {
  turnedDeg: 20,
  covered: 0.5,
  /** Of 153 pairs of one person none was lower, of 1278 pairs of strangers two thirds were. */
  similarityLow: 0.35,
} as const;

/** @throws AppError UPLOAD_* when a picture cannot be read. */
export async function examineFace(models: ExaminingModels, { live, consent, against = [] }: FaceRequest, checkpoint: () => void = () => undefined): Promise<FaceExamination> {
  const picture = await openPicture(live);
  const pixels = await shrink(picture.pixels, FACE_SEARCH, FACE_SEARCH);
  const faces = await models.faces();
  checkpoint();
  const judged = await judgeFace(pixels, (picture.shrunk * picture.pixels.width) / pixels.width, await faces.find(pixels));
  const basic = { width: Math.round(picture.pixels.width * picture.shrunk), height: Math.round(picture.pixels.height * picture.shrunk), consent, ...judged, findings: [...judged.findings] };
  if (!consent || judged.faces === 0) return basic;
  checkpoint();
  const face = largest(await faces.describe(pixels));
  if (face === undefined) return basic;
  const similarity: FaceAdvice['similarity'] = [];
  for (const { reference, image } of against) {
    checkpoint();
    const other = await referenceFace(models, faces, image);
    similarity.push({ reference, value: other === undefined ? null : rounded(faces.similarity(face.description, other.description), 100) });
  }
  const advice: FaceAdvice = { ...posed(face), ...covered(pixels, face), similarity };
  return { ...basic, advice, findings: [...basic.findings, ...adviceFindings(advice, judged.box)] };
}

const largest = (faces: readonly DescribedFace[]): DescribedFace | undefined => [...faces].sort((a, b) => b.box.width - a.box.width)[0];
/** Never −0, which is not the same when it comes back as JSON. */
const rounded = (value: number, steps: number): number => Math.round(value * steps) / steps + 0;

/** The printed portrait when the picture shows a card, else the face in it. */
async function referenceFace(models: ExaminingModels, faces: FaceModels, image: Uint8Array): Promise<DescribedFace | undefined> {
  const picture = await openPicture(image);
  const portrait = await portraitOf(await models.ppocr(), picture);
  const onCard = portrait === null ? undefined : largest(await faces.describe(portrait));
  return onCard ?? largest(await faces.describe(await shrink(picture.pixels, FACE_SEARCH, FACE_SEARCH)));
}

/** Radians of the models' own axes to the contract's; a head that looks straight ahead measures 8° down. */
const STRAIGHT_PITCH = 8;
function posed({ angle: { yaw, pitch, roll } }: DescribedFace): Pick<FaceAdvice, 'yawDeg' | 'pitchDeg' | 'rollDeg'> {
  const degrees = (radians: number): number => (radians * 180) / Math.PI;
  return { yawDeg: rounded(-degrees(yaw), 1), pitchDeg: rounded(STRAIGHT_PITCH - degrees(pitch), 1), rollDeg: rounded(degrees(roll), 1) };
}

function covered(pixels: FacePixels, { mesh }: DescribedFace): Pick<FaceAdvice, 'eyesCovered' | 'mouthCovered'> {
  const { eyesCovered, mouthCovered } = coverage(pixels, mesh);
  return { eyesCovered: rounded(eyesCovered, 100), mouthCovered: rounded(mouthCovered, 100) };
}

/** What is worth a person's look; pure. */
export function adviceFindings(advice: FaceAdvice, box: Evidence['box']): Finding[] {
  const evidence: Evidence = { picture: 'call.face', ...(box === undefined ? {} : { box }) };
  const { yawDeg, pitchDeg, rollDeg, eyesCovered, mouthCovered, similarity } = advice;
  const findings: Finding[] = [];
  if (Math.max(Math.abs(yawDeg), Math.abs(pitchDeg), Math.abs(rollDeg)) > FACE_LIMITS.turnedDeg) findings.push(makeFinding('FACE_TURNED', { evidence }));
  if (eyesCovered >= FACE_LIMITS.covered) findings.push(makeFinding('FACE_EYES_COVERED', { evidence }));
  if (mouthCovered >= FACE_LIMITS.covered) findings.push(makeFinding('FACE_MOUTH_COVERED', { evidence }));
  for (const { reference, value } of similarity) {
    if (value === null) continue;
    findings.push(makeFinding(value < FACE_LIMITS.similarityLow ? 'FACE_SIMILARITY_LOW' : 'FACE_SIMILARITY', { said: value.toFixed(2), source: 'call', against: reference, evidence }));
  }
  return findings;
}
