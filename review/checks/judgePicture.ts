/** R21 for a whole picture: decodes, measures, judges. Cards in documents are judged by the reader, on the card itself. */
import sharp from 'sharp';

import type { Finding } from '../../contracts/reading.ts';
import { judgeQuality, measureQuality, QUALITY_WIDTH } from './photoQuality.ts';
import { locateCard } from './reading/locateCard.ts';

/** A document is measured where the card lies, or as a whole when none is found. */
export async function judgePicture(image: Uint8Array, kind: 'face' | 'document'): Promise<Finding[]> {
  const picture = sharp(image, { limitInputPixels: 50_000_000 }).autoOrient().flatten({ background: '#808080' }).toColourspace('srgb');
  const { width, height } = await picture.metadata().then((meta) => meta.autoOrient);
  let area = { left: 0, top: 0, width, height };
  let cutOff = false;
  if (kind === 'document') {
    const { data, info } = await picture.clone().resize({ width: Math.min(640, width) }).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const outline = info.channels === 3 ? locateCard({ data, width: info.width, height: info.height }) : null;
    if (outline !== null) {
      cutOff = outline.cutOff;
      const [xs, ys] = [outline.corners.map((p) => p.x), outline.corners.map((p) => p.y)];
      const left = Math.max(0, Math.floor(Math.min(...xs) * width));
      const top = Math.max(0, Math.floor(Math.min(...ys) * height));
      area = { left, top, width: Math.min(width, Math.ceil(Math.max(...xs) * width)) - left, height: Math.min(height, Math.ceil(Math.max(...ys) * height)) - top };
    }
  }
  const upright = await picture.clone().extract(area).greyscale().resize({ width: QUALITY_WIDTH }).raw().toBuffer({ resolveWithObject: true });
  const grey = { data: upright.data, width: upright.info.width, height: upright.info.height };
  return judgeQuality(measureQuality(grey), { kind, sourceWidth: area.width, cutOff });
}
