/** What a camera of a call shows for two seconds, as different networks bring it: the same frames, coded again for each. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import sharp from 'sharp';

import { cardScene, faceScene } from '../camera/scenes.ts';
import type { Scene } from '../camera/scenes.ts';
import { fixturePortrait, inventPerson, renderCard, seededRandom } from '../cards/index.ts';
import type { InventedPerson } from '../cards/index.ts';

const WIDTH = 1280;
const HEIGHT = 720;
export const FPS = 15;
/** The frame that the photo is taken of, and how many there are. */
export const PRESSED = 31;
const FRAMES = 33;

/** How much a network lets through. */
export const NETWORKS = {
  good: { width: 1280, kbps: 1500 },
  weak: { width: 1280, kbps: 400 },
  poor: { width: 640, kbps: 250 },
  bad: { width: 320, kbps: 120 },
} as const;
export type Network = keyof typeof NETWORKS;

export interface Picture { readonly data: Buffer; readonly width: number; readonly height: number }
export const pngOf = async ({ data, width, height }: Picture): Promise<Buffer> => await sharp(data, { raw: { width, height, channels: 3 } }).png({ compressionLevel: 1 }).toBuffer();

export type Shown = 'face' | 'portraitSide' | 'emblemSide';
/** `portrait`: the face, live or printed; `room`: whose picture colours the room. */
export interface Showing { readonly shown: Shown; readonly person: InventedPerson; readonly portrait: Buffer; readonly room: Buffer; readonly startSeconds: number }

/** Who holds what into the camera; the same seed always the same. */
export async function showingOf(seed: number): Promise<Showing> {
  const random = seededRandom(Math.imul(seed, 7919) ^ 0x9107);
  const person = inventPerson(seed, { today: new Date('2026-11-01') });
  const portrait = await portraitOf(random);
  return { shown: (['face', 'portraitSide', 'emblemSide'] as const)[seed % 3] as Shown, person, portrait, room: portrait, startSeconds: random() * 60 };
}

/** A holder: the one free portrait in other light and turned, or a drawn one. */
async function portraitOf(random: () => number): Promise<Buffer> {
  if (random() < 0.5) return await drawnPortrait(random);
  const one = sharp(await fixturePortrait()).modulate({ brightness: 0.85 + 0.3 * random(), saturation: 0.5 + 0.7 * random() });
  return await (random() < 0.5 ? one.flop() : one).jpeg({ quality: 92 }).toBuffer();
}

/** An invented face, drawn: two of them differ in skin, hair, eyes, mouth and clothes. */
export async function drawnPortrait(random: () => number): Promise<Buffer> {
  const n = (low: number, high: number): number => Math.round(low + random() * (high - low));
  const skin = `hsl(${n(18, 32)},${n(35, 60)}%,${n(58, 80)}%)`;
  const hair = `hsl(${n(10, 40)},${n(5, 40)}%,${n(8, 30)}%)`;
  const [eyes, eyeY, mouthY, wide] = [n(50, 70), n(205, 230), n(315, 340), n(95, 120)];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="500"><rect width="400" height="500" fill="hsl(${n(180, 240)},${n(10, 40)}%,${n(60, 85)}%)"/>
    <path d="M30 500q10-120 130-140h80q120 20 130 140z" fill="hsl(${n(0, 360)},${n(20, 60)}%,${n(20, 50)}%)"/><rect x="165" y="330" width="70" height="70" fill="${skin}"/>
    <ellipse cx="200" cy="235" rx="${wide}" ry="140" fill="${skin}"/><path d="M${200 - wide} 230q0-150 ${wide}-155t${wide} 155q-20-${n(60, 100)}-${wide}-${n(70, 100)}-80 10-${wide} 100z" fill="${hair}"/>
    ${[-1, 1].map((s) => `<ellipse cx="${200 + s * eyes * 0.75}" cy="${eyeY}" rx="20" ry="10" fill="#fff"/><circle cx="${200 + s * eyes * 0.75}" cy="${eyeY}" r="9" fill="hsl(${n(20, 220)},40%,20%)"/><path d="M${200 + s * eyes * 0.75 - 26} ${eyeY - 24}q26-${n(6, 16)} 52 0" stroke="${hair}" stroke-width="${n(5, 10)}" fill="none"/>`).join('')}
    <path d="M200 ${eyeY + 20}l-${n(8, 16)} 55h${n(20, 30)}" stroke="hsl(20,35%,45%)" stroke-width="4" fill="none"/><path d="M${200 - n(28, 45)} ${mouthY}q${n(35, 45)} ${n(8, 26)} ${n(70, 88)} 0" stroke="hsl(0,45%,40%)" stroke-width="${n(6, 11)}" fill="none"/></svg>`;
  return await sharp(Buffer.from(svg)).blur(1).jpeg({ quality: 92 }).toBuffer();
}

export async function sceneOf({ shown, person, portrait, room }: Showing): Promise<Scene> {
  if (shown === 'face') return await faceScene(portrait);
  return await cardScene(await renderCard({ ...person, side: shown === 'portraitSide' ? 'portrait' : 'emblem', portrait, heightPx: 800 }), room);
}

/** What the camera itself sees, before any network. */
export async function seen(scene: Scene, showing: Showing, frame: number): Promise<Picture> {
  const { base, overlays } = scene(showing.startSeconds + frame / FPS);
  const data = await sharp(base.data, { raw: { width: base.width, height: base.height, channels: 3 } })
    .extract({ left: base.left, top: base.top, width: WIDTH, height: HEIGHT }).composite([...overlays]).removeAlpha().toColourspace('srgb').raw().toBuffer();
  return { data, width: WIDTH, height: HEIGHT };
}

export const seenAll = async (scene: Scene, showing: Showing): Promise<Picture[]> => {
  const frames: Picture[] = [];
  for (let i = 0; i < FRAMES; i += 1) frames.push(await seen(scene, showing, i));
  return frames;
};

async function ffmpeg(args: readonly string[], pieces: readonly Buffer[]): Promise<Buffer> {
  const child = spawn('ffmpeg', ['-hide_banner', '-loglevel', 'error', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const out: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
  child.stdin.on('error', () => undefined);
  const done = once(child, 'close');
  for (const piece of pieces) if (!child.stdin.write(piece)) await Promise.race([once(child.stdin, 'drain'), done]);
  child.stdin.end();
  const [code] = await done as [number];
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
  return Buffer.concat(out);
}

/** VP8 in a call's settings, as WebM. The negative speed is a fixed one: a positive one would follow the load of the machine. */
export async function coded(frames: readonly Picture[], { width, kbps }: { width: number; kbps: number }): Promise<Buffer> {
  const rate = `${kbps}k`;
  return await ffmpeg(['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${WIDTH}x${HEIGHT}`, '-r', String(FPS), '-i', 'pipe:0', '-vf', `scale=${width}:-2`,
    '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '-8', '-b:v', rate, '-maxrate', rate, '-bufsize', rate, '-g', '300', '-auto-alt-ref', '0', '-f', 'webm', 'pipe:1'], frames.map(({ data }) => data));
}

/** Every frame of it, as a viewer sees it. */
export async function decoded(webm: Buffer, width: number): Promise<Picture[]> {
  const height = Math.round((width * HEIGHT) / WIDTH);
  const raw = await ffmpeg(['-f', 'webm', '-i', 'pipe:0', '-vsync', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'rgb24', 'pipe:1'], [webm]);
  const size = width * height * 3;
  return Array.from({ length: Math.floor(raw.length / size) }, (_, i) => ({ data: raw.subarray(i * size, (i + 1) * size), width, height }));
}
