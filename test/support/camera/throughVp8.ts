/** Sends frames through ffmpeg's VP8 encoder as a call would, and gives back what a viewer sees. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The negative speed is a fixed one: a positive one would follow the load of the machine.
 * @returns the last of the frames as PNG, after `kbps` of VP8 in real-time settings. */
export async function throughVp8(frames: readonly Buffer[], kbps: number): Promise<Buffer> {
  const dir = await mkdtemp(join(tmpdir(), 'vp8-'));
  try {
    const [input, coded, output] = [join(dir, 'in.mjpeg'), join(dir, 'coded.webm'), join(dir, 'out.png')];
    await writeFile(input, Buffer.concat(frames));
    const rate = `${kbps}k`;
    await run('ffmpeg', ['-v', 'error', '-f', 'mjpeg', '-r', '30', '-i', input, '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '-8', '-b:v', rate, '-maxrate', rate, '-bufsize', rate, '-g', '300', coded]);
    await run('ffmpeg', ['-v', 'error', '-i', coded, '-vf', `select='eq(n,${frames.length - 1})'`, '-vsync', '0', '-frames:v', '1', output]);
    return await readFile(output);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
