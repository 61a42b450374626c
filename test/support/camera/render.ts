/**
 * Renders the fake cameras and microphones of the browser tests: `--use-file-for-fake-video-capture=camera.mjpeg`,
 * `--use-file-for-fake-audio-capture=microphone.wav`. Chromium plays an MJPEG file at 30 frames a second and loops it.
 */
import { createHash } from 'node:crypto';
import { access, copyFile, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';

import { fixturePortrait, renderCard } from '../cards/index.ts';
import type { InventedPerson } from '../cards/index.ts';
import { frameBand } from './frameBand.ts';
import { agentScene, cardScene, faceScene, HEIGHT, WIDTH } from './scenes.ts';
import type { Scene } from './scenes.ts';
import { toneWav } from './tone.ts';

/** The rate at which Chromium's file camera plays MJPEG, whatever was meant. */
export const FPS = 30;
export const CLIENT_TONE_HZ = 440;
export const AGENT_TONE_HZ = 880;

/** Frame numbers, first and last inclusive. */
export type Section = readonly [from: number, to: number];

export type RenderedCamera = {
  readonly videoPath: string;
  readonly audioPath: string;
  /** Frames in one loop; the numbers in the picture run from 0 to frames − 1. */
  readonly frames: number;
  readonly fps: number;
  readonly toneHz: number;
};
export type ClientCamera = RenderedCamera & { readonly sections: { readonly face: Section; readonly portraitSide: Section; readonly emblemSide: Section } };

export type RenderOptions = {
  /** Seconds of face, portrait side and emblem side, each (default 4). */
  readonly sectionSeconds?: number;
  /** Another holder's portrait (default the fixture). */
  readonly portrait?: Buffer;
};

/** The client: a face that moves a little, then the card's portrait side, then its emblem side, held to the camera. */
export async function renderClientCamera(dir: string, person: InventedPerson, options: RenderOptions = {}): Promise<ClientCamera> {
  const perSection = Math.round((options.sectionSeconds ?? 4) * FPS);
  const portrait = options.portrait ?? (await fixturePortrait());
  const camera = await cachedCamera(dir, 'client', { person, perSection, portrait: sha256(portrait) }, CLIENT_TONE_HZ, async () => {
    const [portraitSide, emblemSide] = await Promise.all([
      renderCard({ ...person, side: 'portrait', portrait, heightPx: 800 }),
      renderCard({ ...person, side: 'emblem', heightPx: 800 }),
    ]);
    const scenes = await Promise.all([faceScene(portrait), cardScene(portraitSide, portrait), cardScene(emblemSide, portrait)]);
    return { scenes, perSection };
  });
  const section = (index: number): Section => [index * perSection, (index + 1) * perSection - 1];
  return { ...camera, frames: 3 * perSection, sections: { face: section(0), portraitSide: section(1), emblemSide: section(2) } };
}

/** A desk camera's usual size; nothing is read from it, and two 720p encoders are much for a small test machine. */
const AGENT_WIDTH = 640;

/** The agent: a drawn person before a backdrop that says 视频见证. */
export async function renderAgentCamera(dir: string, options: Pick<RenderOptions, 'sectionSeconds'> = {}): Promise<RenderedCamera> {
  const frames = Math.round((options.sectionSeconds ?? 4) * FPS) * 3;
  const camera = await cachedCamera(dir, 'agent', { frames }, AGENT_TONE_HZ, async () => ({ scenes: [await agentScene()], perSection: frames, width: AGENT_WIDTH }));
  return { ...camera, frames };
}

const sha256 = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');

/** Files are rendered once per content and per version of this code, and linked into the caller's folder. */
async function cachedCamera(
  dir: string,
  role: string,
  content: unknown,
  toneHz: number,
  scenes: () => Promise<{ scenes: readonly Scene[]; perSection: number; width?: number }>,
): Promise<Omit<RenderedCamera, 'frames'>> {
  const sources = ['render.ts', 'scenes.ts', 'frameBand.ts', 'tone.ts', '../cards/card.ts'].map(async (file) => await readFile(new URL(file, import.meta.url), 'utf8'));
  const key = sha256(JSON.stringify([role, content, toneHz, await Promise.all(sources)])).slice(0, 24);
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'video-witness', 'camera', `${role}-${key}`);
  const exists = await access(join(cache, 'microphone.wav')).then(() => true, () => false);
  if (!exists) {
    const fresh = `${cache}.${process.pid}.${Date.now()}`;
    await mkdir(fresh, { recursive: true });
    const { scenes: list, perSection, width } = await scenes();
    await writeFile(join(fresh, 'camera.mjpeg'), await renderFrames(list, perSection, width));
    await writeFile(join(fresh, 'microphone.wav'), toneWav(toneHz, Math.round((list.length * perSection) / FPS)));
    // Somebody may have finished the same content meanwhile; either copy is good.
    await rename(fresh, cache).catch(async () => { await rm(fresh, { recursive: true, force: true }); });
  }
  await mkdir(dir, { recursive: true });
  const videoPath = join(dir, `${role}.mjpeg`);
  const audioPath = join(dir, `${role}.wav`);
  await place(join(cache, 'camera.mjpeg'), videoPath);
  await place(join(cache, 'microphone.wav'), audioPath);
  return { videoPath, audioPath, fps: FPS, toneHz };
}

async function place(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  await link(from, to).catch(async () => { await copyFile(from, to); });
}

async function renderFrames(scenes: readonly Scene[], perSection: number, width = WIDTH): Promise<Buffer> {
  const frames = new Array<Buffer>(scenes.length * perSection);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < frames.length) {
      const number = next;
      next += 1;
      const scene = scenes[Math.floor(number / perSection)] as Scene;
      frames[number] = await renderFrame(scene, (number % perSection) / FPS, number, width);
    }
  };
  await Promise.all(Array.from({ length: 4 }, work));
  return Buffer.concat(frames);
}

/** One JPEG, 16:9, 1280 wide unless told, with its number along the top edge. */
export async function renderFrame(scene: Scene, seconds: number, number: number, width = WIDTH): Promise<Buffer> {
  const { base, overlays } = scene(seconds);
  return await sharp(base.data, { raw: { width: base.width, height: base.height, channels: 3 } })
    .extract({ left: base.left, top: base.top, width: WIDTH, height: HEIGHT })
    .composite([...overlays, frameBand(number, WIDTH)])
    .toColourspace('srgb')
    .png({ compressionLevel: 0 })
    .toBuffer()
    // Chromium takes the JPEG's full-range levels for video levels (16–235): without this a white card comes out burnt.
    .then((frame) => sharp(frame).resize({ width }).linear(219 / 255, 16)
    .jpeg({ quality: 82, chromaSubsampling: '4:2:0' })
    .toBuffer());
}
