import type { PhotoFigures } from './reading.ts';

type Both = { readonly zh: string; readonly en: string };
const percent = (share: number): number => Math.round(share * 100);

/**
 * What was measured of a photo as short sentences for people (R21), in reading order.
 * @param subject whose width `widthPx` is
 */
export function photoSentences(figures: PhotoFigures, subject: 'document' | 'face' = 'document'): Both[] {
  const { sharpness, motion, brightness, glare, blown, tiltDeg, widthPx } = figures;
  const lines: Both[] = [
    { zh: `清晰度${percent(sharpness)}分（满分100）`, en: `Sharpness ${percent(sharpness)} of 100` },
    ...(motion >= 0.05 ? [{ zh: `晃动程度${percent(motion)}%`, en: `movement ${percent(motion)} %` }] : []),
    { zh: `亮度${Math.round(brightness)}（0全黑，255全白）`, en: `brightness ${Math.round(brightness)} (0 black, 255 white)` },
    { zh: `最大反光点占${(glare * 100).toFixed(1)}%，过曝占${(blown * 100).toFixed(1)}%`, en: `largest reflection ${(glare * 100).toFixed(1)} %, burnt out ${(blown * 100).toFixed(1)} %` },
    ...(tiltDeg === undefined ? [] : [{ zh: `倾斜${Math.round(tiltDeg)}°`, en: `tilted by ${Math.round(tiltDeg)}°` }]),
    subject === 'face'
      ? { zh: `人脸宽${Math.round(widthPx)}像素`, en: `the face is ${Math.round(widthPx)} pixels wide` }
      : { zh: `证件宽${Math.round(widthPx)}像素`, en: `the card is ${Math.round(widthPx)} pixels wide` },
  ];
  return lines;
}

/** The sentences as one line. */
export const photoLine = (figures: PhotoFigures, subject: 'document' | 'face' = 'document'): Both => {
  const lines = photoSentences(figures, subject);
  return { zh: lines.map((line) => line.zh).join('，'), en: lines.map((line) => line.en).join(', ') };
};
