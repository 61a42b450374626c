/** What the light peers send: encoded once by ffmpeg, kept in the machine's cache, looped for as long as is wanted. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { BufferSource, EncodedPacketSink, Input, WEBM } from 'mediabunny';
import { renderAgentCamera, renderClientCamera } from '../../support/camera/index.ts';
import { inventPerson } from '../../support/cards/index.ts';

export const CLIP_FPS = 25;
export const CLIP_SECONDS = 12;
/** Frames between two flashes of the clip `flash`: one a second, with a beep in the same instant. */
export const FLASH_EVERY = CLIP_FPS;

export type ClipName = 'client' | 'witness' | 'flash';
export interface Clip { readonly video: readonly { readonly data: Buffer; readonly key: boolean }[]; readonly audio: readonly Buffer[] }

const run = promisify(execFile);
const cacheDir = (): string => join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'video-witness');

/** VP8 as a call sends it: real time, constant rate; a key frame only at the beginning, or each second in the clip that flashes. */
const vp8 = (kbps: number, keyEvery: number): string[] => [
  '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', `${kbps}k`, '-minrate', `${kbps}k`, '-maxrate', `${kbps}k`, '-bufsize', `${kbps}k`, '-g', String(keyEvery), '-keyint_min', String(keyEvery), '-auto-alt-ref', '0', '-error-resilient', '1',
];
const OPUS = ['-c:a', 'libopus', '-ac', '2', '-b:a', '48k', '-frame_duration', '20'];

async function inputOf(name: ClipName): Promise<string[]> {
  if (name === 'flash') {
    // White for one frame at each full second; 1 kHz for the first 60 ms of it.
    return ['-f', 'lavfi', '-i', `color=black:s=320x180:r=${CLIP_FPS},geq=lum='if(eq(mod(N,${FLASH_EVERY}),0),235,16)':cb=128:cr=128`, '-f', 'lavfi', '-i', "aevalsrc='0.8*sin(2*PI*1000*t)*lt(mod(t,1),0.06)':s=48000"];
  }
  return await cameraInput(name);
}

/** What a person's camera and microphone give, without an end. */
export async function cameraInput(name: 'client' | 'witness' = 'client'): Promise<string[]> {
  const camera = name === 'client' ? await renderClientCamera(join(cacheDir(), 'bench-client'), inventPerson(1)) : await renderAgentCamera(join(cacheDir(), 'bench-agent'));
  return ['-stream_loop', '-1', '-i', camera.videoPath, '-stream_loop', '-1', '-i', camera.audioPath];
}

/** The clip's file; made when it is not there yet. */
export async function clipFile(name: ClipName): Promise<string> {
  const path = join(cacheDir(), 'recording', `bench-2-${name}.webm`);
  if (existsSync(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}.part`;
  const picture = name === 'client' ? vp8(1000, 9999) : name === 'witness' ? ['-vf', 'scale=320:180', ...vp8(150, 9999)] : vp8(300, CLIP_FPS);
  try {
    await run('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...await inputOf(name), '-map', '0:v', '-map', '1:a', '-t', String(CLIP_SECONDS), '-r', String(CLIP_FPS), '-pix_fmt', 'yuv420p', ...picture, ...OPUS, '-f', 'webm', part]);
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
  }
  return path;
}

/** Frames and packets of a clip, in order. */
export async function loadClip(path: string): Promise<Clip> {
  const input = new Input({ formats: [WEBM], source: new BufferSource(new Uint8Array(await readFile(path))) });
  const video: { data: Buffer; key: boolean }[] = [];
  const audio: Buffer[] = [];
  const [picture, sound] = [await input.getPrimaryVideoTrack(), await input.getPrimaryAudioTrack()];
  if (!picture || !sound) throw new Error(`not a clip: ${path}`);
  for await (const packet of new EncodedPacketSink(picture).packets()) video.push({ data: Buffer.from(packet.data), key: packet.type === 'key' });
  for await (const packet of new EncodedPacketSink(sound).packets()) audio.push(Buffer.from(packet.data));
  // Both loop in step: exactly as many 20 ms packets as the pictures last.
  return { video, audio: audio.slice(0, Math.floor((video.length / CLIP_FPS) * 50)) };
}
