/** Lays a rendered card on a table and photographs it, as a client's upload. */
import sharp from 'sharp';
import type { OverlayOptions } from 'sharp';

export type PhotographOptions = {
  /** Clockwise tilt in degrees (default 0). */
  tiltDeg?: number;
  /** Card width as a share of the picture's width (default 0.8). */
  scale?: number;
  /** Any CSS colour (default a dark wood). */
  background?: string;
  width?: number;
  height?: number;
  /** JPEG quality (default 85). */
  quality?: number;
  /** Gaussian sigma in pixels of the photograph. */
  blur?: number;
  /** 1 leaves the light as it is; 0.2 is a dark room, 1.8 over-exposed. */
  light?: number;
  /** A white reflection of this radius (share of the width) over the card's middle. */
  glare?: number;
  /** Moves the card out of the middle, as shares of the picture's size. */
  shift?: { x: number; y: number; };
};

/** @returns a JPEG of the size asked for (default 1600 × 1200). */
export async function photographCard(card: Buffer, options: PhotographOptions = {}): Promise<Buffer> {
  const { tiltDeg = 0, scale = 0.8, background = '#5b4636', width = 1600, height = 1200, quality = 85, blur = 0, light = 1 } = options;
  const shift = options.shift ?? { x: 0, y: 0 };
  const layer = await sharp(card).resize({ width: Math.round(width * scale) }).rotate(tiltDeg, { background: '#00000000' }).png({ compressionLevel: 1 }).toBuffer();
  const size = await sharp(layer).metadata();
  // The table is drawn larger than the picture so that a card may hang over the edge.
  const margin = Math.max(size.width, size.height);
  const left = Math.round(margin + (width - size.width) / 2 + shift.x * width);
  const top = Math.round(margin + (height - size.height) / 2 + shift.y * height);
  const overlays: OverlayOptions[] = [{ input: layer, left, top }];
  if (options.glare !== undefined) {
    const r = Math.round(options.glare * width);
    const spot = `<svg xmlns="http://www.w3.org/2000/svg" width="${2 * r}" height="${2 * r}"><defs><radialGradient id="g"><stop offset="0.6" stop-color="#fff"/><stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient></defs><circle cx="${r}" cy="${r}" r="${r}" fill="url(#g)"/></svg>`;
    overlays.push({ input: Buffer.from(spot), left: left + Math.round(size.width * 0.35) - r, top: top + Math.round(size.height * 0.5) - r });
  }
  const table = await sharp({ create: { width: width + 2 * margin, height: height + 2 * margin, channels: 3, background } })
    .composite(overlays).png({ compressionLevel: 1 }).toBuffer();
  let photo = sharp(table).extract({ left: margin, top: margin, width, height });
  if (blur > 0) photo = photo.blur(blur);
  if (light !== 1) photo = photo.linear(light, 0);
  return await photo.jpeg({ quality }).toBuffer();
}
