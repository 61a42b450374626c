/** Sound against picture in the files, beside what was sent: a flash and a beep in the same instant, each second. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BufferSource, EncodedPacketSink, Input, WEBM } from 'mediabunny';
import { delay, openLink, openRig, until } from '../../media/recordingRig.ts';
import { CLIP_FPS, clipFile, loadClip } from './clips.ts';
import { webmCluster, webmHeader } from '../../../media/recording/webm.ts';
import type { BenchOptions } from './options.ts';
import { openPeers } from './peers.ts';

export interface SkewOutcome {
  readonly minutes: number;
  readonly flashes: number;
  /** Sound after picture (ms) of the recording's last 30 s, at worst, against the same of what was sent. */
  readonly lastMs: number;
  readonly worstMs: number;
  readonly sentMs: number;
  /** Sound after picture, each flash: median of the first and of the last 30 s. */
  readonly firstMedianMs: number;
  readonly lastMedianMs: number;
}
/** A phone's clock against the server's. */
const PPM = 80;
const WINDOW_MS = 30_000;

async function raw(webm: Buffer, args: readonly string[]): Promise<Buffer> {
  const child = spawn('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-i', 'pipe:0', ...args, 'pipe:1'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const out: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
  child.stdin.on('error', () => undefined);
  child.stdin.end(webm);
  await once(child, 'close');
  return Buffer.concat(out);
}

async function timesOf(webm: Buffer, kind: 'video' | 'audio'): Promise<number[]> {
  const input = new Input({ formats: [WEBM], source: new BufferSource(new Uint8Array(webm)) });
  const track = kind === 'video' ? await input.getPrimaryVideoTrack() : await input.getPrimaryAudioTrack();
  const times: number[] = [];
  if (track) for await (const packet of new EncodedPacketSink(track).packets()) times.push(packet.timestamp);
  return times;
}

/** Where the picture turns white and where the tone begins, seconds on the file's own time line. */
export async function marksOf(webm: Buffer): Promise<{ flashes: number[]; beeps: number[] }> {
  const [pictures, sounds] = [await timesOf(webm, 'video'), await timesOf(webm, 'audio')];
  const luma = await raw(webm, ['-map', '0:v', '-vf', 'scale=1:1:flags=area', '-vsync', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'gray']);
  const flashes = pictures.filter((_, i) => luma[i]! > 128 && (i === 0 || luma[i - 1]! <= 128));
  const pcm = await raw(webm, ['-map', '0:a', '-ac', '1', '-ar', '48000', '-f', 's16le']);
  const beeps: number[] = [];
  let silentSince = 0;
  for (let i = 0; i * 2 + 1 < pcm.length; i += 1) {
    if (Math.abs(pcm.readInt16LE(i * 2)) < 4_000) continue;
    // The first loud sample after 300 ms of silence; each packet holds 960 of them.
    if (i - silentSince > 14_400) beeps.push((sounds[Math.floor(i / 960)] ?? NaN) + (i % 960) / 48_000);
    silentSince = i;
  }
  return { flashes, beeps };
}

/** Sound after picture at each flash, in ms. */
const offsets = ({ flashes, beeps }: { flashes: readonly number[]; beeps: readonly number[] }): { at: number; ms: number }[] => flashes.flatMap((at) => {
  const nearest = beeps.reduce((best, one) => (Math.abs(one - at) < Math.abs(best - at) ? one : best), Infinity);
  return Math.abs(nearest - at) < 0.5 ? [{ at, ms: (nearest - at) * 1000 }] : [];
});
const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? NaN;

/** The same of the clip itself, its packets at exactly the times that the sender gives them. */
async function sentOffset(): Promise<number> {
  const clip = await loadClip(await clipFile('flash'));
  const blocks = [
    ...clip.video.map(({ data, key }, i) => ({ track: 1 as const, timeMs: (i * 1000) / CLIP_FPS, key, data })),
    ...clip.audio.map((data, i) => ({ track: 2 as const, timeMs: i * 20, key: true, data })),
  ].sort((a, b) => a.timeMs - b.timeMs);
  const file = Buffer.concat([webmHeader({ video: { width: 320, height: 180 }, audio: { channels: 2 } }, 0), webmCluster(blocks)]);
  // The decoder's own beginning is no measure: the first flash is left out.
  return median(offsets(await marksOf(file)).filter(({ at }) => at > 0.5).map(({ ms }) => ms));
}

export async function benchSkew(options: BenchOptions): Promise<SkewOutcome> {
  const sentMs = await sentOffset();
  const rig = await openRig();
  const peers = await openPeers();
  try {
    const [sessionId, caseId] = ['session-skew', 'case-skew'];
    const router = await rig.openRouter();
    const { link, segments } = openLink({ sessionId, caseId, recorder: rig.recorder });
    await link.start();
    const sender = await peers.open(router, 'flash', { onPli: 'ignore', ppm: PPM });
    link.add('client', sender.video, router);
    link.add('client', sender.audio, router);
    await until('the call to be recorded', () => rig.recorder.running(sessionId), 30_000);
    await delay(options.skewMs + 2_000);
    await link.close();
    const all: { atMs: number; ms: number }[] = [];
    for (const segment of segments.filter(({ mimeType }) => mimeType.startsWith('video/')).sort((a, b) => a.index - b.index)) {
      const marks = await marksOf((await rig.store.read({ caseId, fileId: segment.fileId })).bytes);
      // A beep whose packet begins right at a segment's edge may lie in the file before: only what stands inside is paired.
      all.push(...offsets(marks).filter(({ at }) => at > 0.2).map(({ at, ms }) => ({ atMs: segment.startMs + at * 1000, ms })));
    }
    const [first, last] = [all[0]?.atMs ?? 0, all.at(-1)?.atMs ?? 0];
    const ending = all.filter(({ atMs }) => atMs > last - WINDOW_MS).map(({ ms }) => ms);
    const worst = (list: readonly number[]): number => Math.max(...list.map((ms) => Math.abs(ms - sentMs)));
    return {
      minutes: (last - first) / 60_000, flashes: all.length, lastMs: worst(ending), worstMs: worst(all.map(({ ms }) => ms)), sentMs,
      firstMedianMs: median(all.filter(({ atMs }) => atMs < first + WINDOW_MS).map(({ ms }) => ms)), lastMedianMs: median(ending),
    };
  } finally {
    peers.close();
    await rig.close();
  }
}
