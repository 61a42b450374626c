/** What a key frame every 10 s costs the live picture: the same pictures through the same encoder, with and without. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cameraInput, loadClip } from './clips.ts';
import type { Clip } from './clips.ts';

export interface KeyFramesOutcome {
  readonly seconds: number;
  readonly keyFrames: number;
  readonly keyFrameKb: number;
  readonly otherFrameKb: number;
  /** Of all bytes, those that the forced key frames take beyond what other frames in their place would. */
  readonly shareOfBytes: number;
  readonly kbpsWith: number;
  readonly kbpsWithout: number;
  /** Mean structural similarity to the camera's pictures, 0–1. */
  readonly ssimWith: number;
  readonly ssimWithout: number;
}
const run = promisify(execFile);
const FPS = 25;
const EVERY_S = 10;

export async function benchKeyFrames({ quick }: { quick: boolean }): Promise<KeyFramesOutcome> {
  const seconds = quick ? 11 : 61;
  const dir = await mkdtemp(join(tmpdir(), 'vw-bench-key-'));
  const input = await cameraInput();
  const encode = async (name: string, forced: readonly string[]): Promise<{ clip: Clip; ssim: number }> => {
    const path = join(dir, `${name}.webm`);
    // The rate control of a call: constant 1 Mbit/s, no look ahead, half a second of buffer.
    await run('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-y', ...input, '-map', '0:v', '-map', '1:a', '-t', String(seconds), '-r', String(FPS), '-pix_fmt', 'yuv420p', '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-lag-in-frames', '0',
      '-b:v', '1000k', '-minrate', '1000k', '-maxrate', '1000k', '-bufsize', '500k', '-g', '99999', '-keyint_min', '99999', '-auto-alt-ref', '0', ...forced, '-c:a', 'libopus', path]);
    const { stderr } = await run('ffmpeg', ['-hide_banner', '-t', String(seconds), '-i', path, ...input, '-t', String(seconds), '-lavfi', `[0:v]fps=${FPS},format=yuv420p[a];[1:v]fps=${FPS},format=yuv420p[b];[a][b]ssim`, '-f', 'null', '-'], { maxBuffer: 2 ** 26 });
    return { clip: await loadClip(path), ssim: Number(/All:([\d.]+)/.exec(stderr)?.[1]) };
  };
  try {
    const [without, with_] = [await encode('without', []), await encode('with', ['-force_key_frames', `expr:gte(t,n_forced*${EVERY_S})`])];
    const bytes = (clip: Clip): number => clip.video.reduce((sum, { data }) => sum + data.length, 0);
    // The first picture is a key frame in both.
    const keys = with_.clip.video.slice(1).filter(({ key }) => key);
    const others = with_.clip.video.slice(1).filter(({ key }) => !key);
    const mean = (list: readonly { data: Buffer }[]): number => list.reduce((sum, { data }) => sum + data.length, 0) / list.length;
    return {
      seconds, keyFrames: keys.length, keyFrameKb: mean(keys) / 1000, otherFrameKb: mean(others) / 1000, shareOfBytes: (keys.length * (mean(keys) - mean(others))) / bytes(with_.clip),
      kbpsWith: (bytes(with_.clip) * 8) / seconds / 1000, kbpsWithout: (bytes(without.clip) * 8) / seconds / 1000, ssimWith: with_.ssim, ssimWithout: without.ssim,
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
