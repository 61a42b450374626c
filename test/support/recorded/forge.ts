/** Photos that were not in the picture at their second, as somebody would make them who wants to get away with it. */
import sharp from 'sharp';

import { seededRandom, withCheckCharacter } from '../cards/index.ts';
import { drawnPortrait, sceneOf, seen, PRESSED } from './clips.ts';
import type { Picture, Showing } from './clips.ts';

export const FORGERIES = ['swapped', 'earlier', 'mirrored', 'digit', 'face'] as const;
export type Forgery = (typeof FORGERIES)[number];

export const mirrored = async ({ data, width, height }: Picture): Promise<Picture> => ({ data: await sharp(data, { raw: { width, height, channels: 3 } }).flop().raw().toBuffer(), width, height });

/** One digit of the number, or of the validity, is another. */
function withOtherDigit(showing: Showing, random: () => number): Showing {
  const { person } = showing;
  const other = (digit: string): string => String((Number(digit) + 1 + Math.floor(random() * 9)) % 10);
  if (showing.shown === 'emblemSide') {
    const at = 2 + Math.floor(random() * 2);
    return { ...showing, person: { ...person, validFrom: person.validFrom.slice(0, at) + other(person.validFrom[at] as string) + person.validFrom.slice(at + 1) } };
  }
  const at = 14 + Math.floor(random() * 3);
  const body = person.number.slice(0, at) + other(person.number[at] as string) + person.number.slice(at + 1, 17);
  // A lazy forger leaves the check character: one digit is all that differs.
  return { ...showing, person: { ...person, number: withCheckCharacter(body).slice(0, 17) + (person.number[17] as string) } };
}

/** Another face, or another portrait on the card. */
const withOtherFace = async (showing: Showing, random: () => number): Promise<Showing> => ({ ...showing, portrait: await drawnPortrait(random) });

/** What is to be pasted, and how much of it shows at each pixel (0…1). */
interface Patch { readonly picture: Picture; readonly mask: Float32Array }

/** Whatever of the camera's own picture would differ; its edges are soft. */
async function patchOf(showing: Showing, forged: Showing): Promise<Patch> {
  const [was, is] = [await seen(await sceneOf(showing), showing, PRESSED), await seen(await sceneOf(forged), forged, PRESSED)];
  const { width, height } = was;
  const differs = Buffer.alloc(width * height);
  for (let i = 0; i < differs.length; i += 1) {
    const d = Math.abs((was.data[3 * i] as number) - (is.data[3 * i] as number)) + Math.abs((was.data[3 * i + 1] as number) - (is.data[3 * i + 1] as number)) + Math.abs((was.data[3 * i + 2] as number) - (is.data[3 * i + 2] as number));
    differs[i] = d > 24 ? 255 : 0;
  }
  const soft = await sharp(differs, { raw: { width, height, channels: 1 } }).blur(2.5).linear(6, 0).greyscale().raw().toBuffer();
  return { picture: is, mask: Float32Array.from(soft, (v) => v / 255) };
}

/** The face in the middle of the picture only: the room of the other one would give it away. */
async function facePatch(forged: Showing): Promise<Patch> {
  const picture = await seen(await sceneOf(forged), forged, PRESSED);
  const { width, height } = picture;
  const ellipse = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%"/><ellipse cx="${width / 2}" cy="${height * 0.5}" rx="150" ry="190" fill="#fff"/></svg>`);
  const soft = await sharp(ellipse).greyscale().blur(8).raw().toBuffer();
  return { picture, mask: Float32Array.from(soft, (v) => v / 255) };
}

/** The pasted place is as sharp and as coded as the photo around it. */
async function pasted(photo: Picture, { picture, mask }: Patch, network: { kbps: number }): Promise<Picture> {
  const { width, height } = photo;
  const size = { width, height };
  const quality = network.kbps > 1000 ? 80 : network.kbps > 300 ? 45 : 35;
  const jpeg = await sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: 3 } }).resize({ ...size, fit: 'fill' }).jpeg({ quality }).toBuffer();
  const over = await sharp(jpeg).removeAlpha().raw().toBuffer();
  const fit = await sharp(Buffer.from(mask.map((v) => v * 255)), { raw: { width: picture.width, height: picture.height, channels: 1 } }).resize({ ...size, fit: 'fill' }).greyscale().raw().toBuffer();
  const data = Buffer.from(photo.data);
  for (let i = 0; i < width * height; i += 1) {
    const share = (fit[i] as number) / 255;
    if (share === 0) continue;
    for (let c = 0; c < 3; c += 1) data[3 * i + c] = Math.round((1 - share) * (data[3 * i + c] as number) + share * (over[3 * i + c] as number));
  }
  return { data, width, height };
}

/** The patches of one showing, for whatever photo of it: `digit` is null for a face, `face` for an emblem side. */
export async function forgerOf(showing: Showing, seed: number) {
  const random = seededRandom(Math.imul(seed, 104_729) ^ 0xf0f0);
  const digit = showing.shown === 'face' ? null : await patchOf(showing, withOtherDigit(showing, random));
  const face = showing.shown === 'emblemSide' ? null : showing.shown === 'face' ? await facePatch(await withOtherFace(showing, random)) : await patchOf(showing, await withOtherFace(showing, random));
  return {
    digit: async (photo: Picture, network: { kbps: number }): Promise<Picture | null> => digit && await pasted(photo, digit, network),
    face: async (photo: Picture, network: { kbps: number }): Promise<Picture | null> => face && await pasted(photo, face, network),
  };
}
