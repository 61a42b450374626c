/** Photos of a face as a client's front camera takes them: one person, nobody, or two. Built from the one free portrait. */
import sharp from 'sharp';
import type { OverlayOptions } from 'sharp';

import type { FindingCode } from '../../../contracts/findings.ts';
import { fixturePortrait } from './card.ts';
import { blurred, expose } from './optics.ts';
import { seededRandom } from './person.ts';
import { drawScene } from './scenery.ts';
import type { SceneName } from './scenery.ts';

export const FACE_DEFECTS = { noFace: 'PHOTO_NO_FACE', twoFaces: 'PHOTO_TWO_FACES' } as const satisfies Record<string, FindingCode>;
export type FaceDefect = keyof typeof FACE_DEFECTS;

/** Ranges, as for cards: phones held at arm's length, and laptops. */
const FACES = {
  sizes: [[720, 1280], [1280, 720], [960, 1280], [1080, 1920], [640, 480]] as const,
  /** Height of head and shoulders as a share of the picture's; the second person's beside the first's. */
  height: [0.62, 0.95] as const,
  second: [0.75, 1.05] as const,
  exposure: [0.75, 1.05] as const,
  noise: [1, 4] as const,
  jpeg: [55, 90] as const,
  walls: ['wood', 'stone', 'whiteTable', 'cloth', 'darkDesk'] as const satisfies readonly SceneName[],
  /** What a camera that looks elsewhere sees as well. */
  things: ['hand', 'keyboard', 'printedPaper'] as const satisfies readonly SceneName[],
} as const;

export type FacePhoto = { readonly jpeg: Buffer; readonly truth: { readonly seed: number; readonly defect: FaceDefect | null; readonly finding: FindingCode | null; readonly width: number; readonly height: number } };

/** The same seed always takes the same photo. */
export async function photographFace(seed: number, defect: FaceDefect | null = null): Promise<FacePhoto> {
  const random = seededRandom(Math.imul(seed, 31_337) ^ 0xface);
  const between = ([low, high]: readonly [number, number]): number => low + random() * (high - low);
  const [width, height] = FACES.sizes[Math.floor(random() * FACES.sizes.length)] as (typeof FACES.sizes)[number];
  const walls: readonly SceneName[] = defect === 'noFace' ? [...FACES.walls, ...FACES.things] : FACES.walls;
  const wall = walls[Math.floor(random() * walls.length)] as SceneName;
  const room = await drawScene(wall, width, height, seed, null);
  const people = defect === 'noFace' ? 0 : defect === 'twoFaces' ? 2 : 1;
  const tall = Math.min(between(FACES.height) * height, (width / people) * 1.2);
  const overlays: OverlayOptions[] = [];
  for (let i = 0; i < people; i += 1) {
    const figure = await person(Math.round(i === 0 ? tall : Math.min(height, tall * between(FACES.second))), random);
    const middle = people === 1 ? width * (0.5 + (random() - 0.5) * 0.16) : width * (i === 0 ? 0.27 : 0.73);
    overlays.push(await within(figure, Math.round(middle - figure.width / 2), height - figure.height, width, height));
  }
  const composed = await sharp(room.data, { raw: { width, height, channels: 3 } }).blur(4).composite(overlays).removeAlpha().raw().toBuffer();
  const picture = await blurred({ data: composed, width, height }, { radius: 0.8 + random() * 0.8, length: 0, towardsDeg: 0 });
  const light = { exposure: between(FACES.exposure), veil: 0, vignette: random() * 0.2, warmth: 0.95 + random() * 0.1, gradient: { depth: random() * 0.25, towardsDeg: random() * 360 }, spots: [] };
  expose(picture, light, between(FACES.noise), seed);
  const jpeg = await sharp(picture.data, { raw: { width, height, channels: 3 } }).jpeg({ quality: Math.round(between(FACES.jpeg)) }).toBuffer();
  return { jpeg, truth: { seed, defect, finding: defect === null ? null : FACE_DEFECTS[defect], width, height } };
}

type Figure = { readonly data: Buffer; readonly width: number; readonly height: number };

/** Head and shoulders with soft borders, mirrored or not. */
async function person(height: number, random: () => number): Promise<Figure> {
  const portrait = sharp(await fixturePortrait()).resize({ height });
  const { data, info } = await (random() < 0.5 ? portrait.flop() : portrait).modulate({ saturation: 0.6 + random() * 0.5, brightness: 0.9 + random() * 0.15 }).png({ compressionLevel: 0 }).toBuffer({ resolveWithObject: true });
  const mask = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${info.width}" height="${info.height}"><defs><linearGradient id="f"><stop offset="0" stop-opacity="0"/><stop offset="0.14"/><stop offset="0.86"/><stop offset="1" stop-opacity="0"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#f)"/></svg>`);
  const soft = await sharp(data).ensureAlpha().composite([{ input: mask, blend: 'dest-in' }]).png({ compressionLevel: 0 }).toBuffer();
  return { data: soft, width: info.width, height: info.height };
}

/** A layer may not stand out of its picture: what does is cut away. */
async function within(figure: Figure, left: number, top: number, width: number, height: number): Promise<OverlayOptions> {
  const [x0, y0] = [Math.max(0, -left), Math.max(0, -top)];
  const [w, h] = [Math.min(figure.width, width - left) - x0, Math.min(figure.height, height - top) - y0];
  return { input: await sharp(figure.data).extract({ left: x0, top: y0, width: w, height: h }).toBuffer(), left: left + x0, top: top + y0 };
}
