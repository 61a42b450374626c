import { spawn } from 'node:child_process';
import { AppError } from '../../contracts/errors.ts';
import type { Vp8Frame } from './vp8.ts';

const TIMEOUT_MS = 5_000;

/** The frames as an IVF file; the time stamp is the frame's place, so that the last one can be named. */
export const ivf = (frames: readonly Vp8Frame[]): Buffer => {
  const first = frames[0]!;
  const head = Buffer.alloc(32);
  head.write('DKIF', 'latin1');
  head.writeUInt16LE(32, 6);
  head.write('VP80', 8, 'latin1');
  head.writeUInt16LE(first.width, 12);
  head.writeUInt16LE(first.height, 14);
  head.writeUInt32LE(1000, 16);
  head.writeUInt32LE(1, 20);
  head.writeUInt32LE(frames.length, 24);
  const parts: Buffer[] = [head];
  frames.forEach((frame, i) => {
    const one = Buffer.alloc(12);
    one.writeUInt32LE(frame.data.length);
    one.writeUInt32LE(i, 4);
    parts.push(one, frame.data);
  });
  return Buffer.concat(parts);
};

/** Decodes a key frame and what follows, and yields the last frame as PNG. Pipes only: no picture ever touches the disk in clear. */
export const decodeLast = (frames: readonly Vp8Frame[], ffmpeg = 'ffmpeg'): Promise<Buffer> => new Promise((resolve, reject) => {
  const last = frames.length - 1;
  const child = spawn(ffmpeg, [
    '-hide_banner', '-loglevel', 'error', '-probesize', '32', '-analyzeduration', '0', '-f', 'ivf', '-i', 'pipe:0',
    '-vf', `select=gte(pts\\,${last})`, '-vsync', 'passthrough', '-frames:v', '1', '-pix_fmt', 'rgb24', '-c:v', 'png', '-compression_level', '3', '-pred', 'up', '-f', 'image2pipe', 'pipe:1',
  ], { stdio: ['pipe', 'pipe', 'ignore'], env: { PATH: process.env['PATH'] } });
  const out: Buffer[] = [];
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
  // ffmpeg may close its end early, once it has the frame.
  child.stdin.on('error', () => undefined);
  child.on('error', (cause) => { clearTimeout(timer); reject(new AppError('MEDIA_UNAVAILABLE', undefined, { cause })); });
  child.on('close', () => {
    clearTimeout(timer);
    const png = Buffer.concat(out);
    if (png.length === 0) reject(new AppError('FRAME_INCOMPLETE'));
    else resolve(png);
  });
  child.stdin.end(ivf(frames));
});
