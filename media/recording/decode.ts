import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
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

/** Time between the frames of a burst: a hand that shakes shows the card differently by then. */
const BURST_STEP = 0.25 * 90_000;
/** Before that is another moment: where frames were lost, the burst is shorter. */
const BURST_SPAN = 1.25 * 90_000;

/** The places in a chain of up to `count` frames of the same size before its last, about 250 ms apart, the newest first. */
export const earlierPlaces = (chain: readonly Pick<Vp8Frame, 'rtp' | 'width' | 'height'>[], count: number): number[] => {
  const last = chain.at(-1)!;
  const places: number[] = [];
  for (let i = chain.length - 2; i >= 0 && places.length < count; i -= 1) {
    const frame = chain[i]!;
    if (frame.width !== last.width || frame.height !== last.height || last.rtp - frame.rtp > BURST_SPAN) break;
    if (last.rtp - frame.rtp >= BURST_STEP * (places.length + 1)) places.push(i);
  }
  return places;
};

const PICK = ['-vsync', 'passthrough', '-f', 'image2pipe'];

/**
 * Decodes a key frame and what follows: the last frame as PNG, those at `places` as JPEG in that order. Pipes only: no picture
 * ever touches the disk in clear.
 * @throws AppError FRAME_INCOMPLETE, MEDIA_UNAVAILABLE
 */
export const decodeFrames = (frames: readonly Vp8Frame[], places: readonly number[], ffmpeg = 'ffmpeg'): Promise<{ png: Buffer; jpegs: Buffer[] }> => new Promise((resolve, reject) => {
  const last = frames.length - 1;
  const child = spawn(ffmpeg, [
    '-hide_banner', '-loglevel', 'error', '-probesize', '32', '-analyzeduration', '0', '-f', 'ivf', '-i', 'pipe:0',
    '-vf', `select=gte(pts\\,${last})`, '-frames:v', '1', '-pix_fmt', 'rgb24', '-c:v', 'png', '-compression_level', '3', '-pred', 'up', ...PICK, 'pipe:1',
    ...(places.length === 0 ? [] : ['-vf', `select=${places.map((place) => `eq(pts\\,${place})`).join('+')}`, '-c:v', 'mjpeg', '-q:v', '2', '-pix_fmt', 'yuvj420p', ...PICK, 'pipe:3']),
  ], { stdio: ['pipe', 'pipe', 'ignore', 'pipe'], env: { PATH: process.env['PATH'] } });
  const png: Buffer[] = [];
  const jpegs: Buffer[] = [];
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
  child.stdout!.on('data', (bytes: Buffer) => png.push(bytes));
  (child.stdio[3] as Readable).on('data', (bytes: Buffer) => jpegs.push(bytes));
  // ffmpeg may close its end early, once it has the frame.
  child.stdin!.on('error', () => undefined);
  child.on('error', (cause) => { clearTimeout(timer); reject(new AppError('MEDIA_UNAVAILABLE', undefined, { cause })); });
  child.on('close', () => {
    clearTimeout(timer);
    const burst = splitJpegs(Buffer.concat(jpegs));
    if (png.length === 0) reject(new AppError('FRAME_INCOMPLETE'));
    // Written in the order of the stream, the oldest first. A burst that is not whole is none: its places would be guessed.
    else resolve({ png: Buffer.concat(png), jpegs: burst.length === places.length ? burst.reverse() : [] });
  });
  child.stdin!.end(ivf(frames));
});

const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);

/** Pictures one behind the other; inside one, 0xFF of the coded data is always followed by 0x00 or a restart mark (ITU-T T.81 B.1.1). */
const splitJpegs = (bytes: Buffer): Buffer[] => {
  const out: Buffer[] = [];
  for (let from = 0, end = bytes.indexOf(END_OF_IMAGE); end >= 0; end = bytes.indexOf(END_OF_IMAGE, from)) {
    out.push(bytes.subarray(from, end + 2));
    from = end + 2;
  }
  return out;
};
