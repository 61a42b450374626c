/**
 * What is said about a face (R17, R20): figures for a person, never a decision. Counting and finding faces keeps no
 * template and always runs; everything under `advice` exists only with the client's separate consent to face matching.
 */
import { z } from 'zod';
import { fieldBox, finding, photoFigures } from './reading.ts';

/** The pictures that a live face is compared with: the portrait printed on the card, a photo the client uploaded. */
export const FACE_REFERENCES = ['card', 'upload'] as const;
export const faceReference = z.enum(FACE_REFERENCES);
export type FaceReference = z.infer<typeof faceReference>;

export const faceAdvice = z.object({
  /** Degrees; 0 is frontal. Yaw > 0: turned to the picture's right; pitch > 0: chin up; roll > 0: leaning clockwise. */
  yawDeg: z.number(),
  pitchDeg: z.number(),
  rollDeg: z.number(),
  /** 0 (like the skin around) to 1 (surely not skin): eyes, mouth and nose. */
  eyesCovered: z.number(),
  mouthCovered: z.number(),
  /** 0…1 against each picture given; null where that picture shows no face. */
  similarity: z.array(z.object({ reference: faceReference, value: z.number().nullable() })),
});
export type FaceAdvice = z.infer<typeof faceAdvice>;

export const faceExamination = z.object({
  /** Size of the upright picture in pixels. */
  width: z.number(),
  height: z.number(),
  faces: z.number().int(),
  /** The largest face, from brows to chin, in shares of the picture. */
  box: fieldBox.optional(),
  figures: photoFigures.optional(),
  /** Whether the client's separate consent to face matching was there when it was examined (R17). */
  consent: z.boolean(),
  /** Absent without consent, and where no face could be described. */
  advice: faceAdvice.optional(),
  findings: z.array(finding),
});
export type FaceExamination = z.infer<typeof faceExamination>;

const REFERENCE_WORDS = { card: { zh: '身份证照片', en: 'the portrait on the card' }, upload: { zh: '上传的照片', en: 'the uploaded photo' } } as const;

/** The figures as sentences for the agent, in reading order. */
export function faceSentences({ faces, box, advice, consent }: Pick<FaceExamination, 'faces' | 'box' | 'advice' | 'consent'>): { zh: string; en: string }[] {
  if (faces === 0 || box === undefined) return [{ zh: '画面中没有找到人脸。', en: 'No face was found in the picture.' }];
  const share = Math.round(box.width * 100);
  const lines = [{ zh: `找到${faces}张人脸，最大的占画面宽度的${share}%。`, en: `${faces === 1 ? 'One face' : `${faces} faces`}; the largest takes ${share} % of the picture's width.` }];
  if (!consent) return [...lines, { zh: '客户未同意人脸比对，请人工核对。', en: 'The client does not consent to face matching: a person compares.' }];
  if (advice === undefined) return [...lines, { zh: '客户已同意人脸比对，但这张人脸未能测量，请人工核对。', en: 'The client consents to face matching, but this face could not be measured: a person compares.' }];
  const [yaw, pitch, roll] = [advice.yawDeg, advice.pitchDeg, advice.rollDeg].map(Math.round) as [number, number, number];
  lines.push({ zh: `头部左右转${Math.abs(yaw)}°，俯仰${Math.abs(pitch)}°，侧倾${Math.abs(roll)}°。`, en: `Head turned by ${Math.abs(yaw)}°, up or down by ${Math.abs(pitch)}°, leaning by ${Math.abs(roll)}°.` });
  lines.push({ zh: `眼部遮挡${advice.eyesCovered.toFixed(2)}，口鼻遮挡${advice.mouthCovered.toFixed(2)}（0为无，1为遮住）。`, en: `Eyes covered ${advice.eyesCovered.toFixed(2)}, mouth and nose covered ${advice.mouthCovered.toFixed(2)} (0 not at all, 1 fully).` });
  if (advice.similarity.length === 0) lines.push({ zh: '还没有可以比对的照片。', en: 'There is no picture to compare with yet.' });
  for (const { reference, value } of advice.similarity) {
    const { zh, en } = REFERENCE_WORDS[reference];
    lines.push(value === null
      ? { zh: `${zh}中没有找到人脸，无法比对。`, en: `No face was found in ${en}; nothing to compare.` }
      : { zh: `与${zh}的相似度为${value.toFixed(2)}（0至1），仅供参考，由人判断。`, en: `Similarity to ${en}: ${value.toFixed(2)} of 1. Advice only; a person decides.` });
  }
  return lines;
}
