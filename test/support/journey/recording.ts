import { spawn } from 'node:child_process';
import type { Page } from 'playwright-core';
import type { ReplayView } from '../../../contracts/http/staff.ts';
import { dominantTone, readFrameNumber } from '../camera/index.ts';

type Side = 'client' | 'witness';
type Shot = (page: Page, name: string) => Promise<void>;

export interface DecodedFrame { readonly mediaMs: number; readonly number: number | null }
export interface PlayedSide { readonly frames: readonly DecodedFrame[]; readonly toneHz: number; readonly audioSeconds: number }
export interface PlayedRecording {
  readonly view: ReplayView;
  readonly sides: Readonly<Record<Side, PlayedSide>>;
  readonly seconds: number;
  /** Every segment decoded without an error, to its end. */
  readonly decodes: boolean;
  /** Segments that did not. */
  readonly problems: readonly string[];
}
export interface PlayedReplay { readonly ended: boolean; readonly decisionShown: boolean; readonly shownAtDecision: string }

const WIDTH = 320;
const HEIGHT = 180;

/** Runs ffmpeg on one segment through pipes. */
function ffmpeg(input: Buffer, args: readonly string[]): Promise<{ out: Buffer; errors: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const child = spawn('ffmpeg', ['-v', 'error', '-i', 'pipe:0', ...args, 'pipe:1']);
    const out: Buffer[] = [];
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => { errors += String(chunk); });
    child.once('error', reject);
    child.once('close', (code) => resolve({ out: Buffer.concat(out), errors, code }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

const errorOf = ({ errors, code }: { errors: string; code: number | null }): string => (errors !== '' ? errors.split('\n')[0]! : code === 0 ? '' : `exit ${code}`);

/** Presentation times in ms from the segment's start. */
async function frameTimes(input: Buffer): Promise<number[]> {
  const { out } = await new Promise<{ out: string }>((resolve, reject) => {
    const child = spawn('ffprobe', ['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'frame=pts_time', '-of', 'csv=p=0', 'pipe:0']);
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => { text += String(chunk); });
    child.once('error', reject);
    child.once('close', () => resolve({ out: text }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
  return out.split('\n').map((line) => Number.parseFloat(line)).filter((s) => Number.isFinite(s)).map((s) => s * 1000);
}

async function decodeVideo(bytes: Buffer, startMs: number): Promise<{ frames: DecodedFrame[]; error: string }> {
  const [raw, times] = await Promise.all([ffmpeg(bytes, ['-map', '0:v:0', '-vf', `scale=${WIDTH}:${HEIGHT}`, '-fps_mode', 'passthrough', '-enc_time_base', '-1', '-pix_fmt', 'gray', '-f', 'rawvideo']), frameTimes(bytes)]);
  const size = WIDTH * HEIGHT;
  const frames: DecodedFrame[] = [];
  for (let i = 0; (i + 1) * size <= raw.out.length; i++) {
    const data = raw.out.subarray(i * size, (i + 1) * size);
    frames.push({ mediaMs: startMs + (times[i] ?? 0), number: readFrameNumber({ data, width: WIDTH, height: HEIGHT, channels: 1 }) });
  }
  return { frames, error: errorOf(raw) };
}

async function decodeAudio(bytes: Buffer): Promise<{ pcm: Float32Array; error: string }> {
  const { out, errors, code } = await ffmpeg(bytes, ['-map', '0:a:0', '-ac', '1', '-ar', '48000', '-f', 'f32le']);
  return { pcm: new Float32Array(out.buffer, out.byteOffset, Math.floor(out.byteLength / 4)), error: errorOf({ errors, code }) };
}

/** Fetches every segment as the auditor's page does, and decodes both sides to the end. */
export async function playRecording(page: Page, view: ReplayView): Promise<PlayedRecording> {
  const origin = new URL(page.url()).origin;
  const problems: string[] = [];
  const side = async (name: Side): Promise<PlayedSide> => {
    const frames: DecodedFrame[] = [];
    const tones: number[] = [];
    let samples = 0;
    for (const segment of view.segments.filter((s) => s.side === name).sort((a, b) => a.startMs - b.startMs)) {
      const answer = await page.context().request.get(`${origin}/api/sessions/${view.sessionId}/segments/${segment.segmentId}`);
      if (!answer.ok()) throw new Error(`segment: ${answer.status()}`);
      const bytes = await answer.body();
      // Until the first key frame a side has sound only.
      const video = /vp8/i.test(segment.mimeType) ? await decodeVideo(bytes, segment.startMs) : { frames: [], error: '' };
      const audio = /opus/i.test(segment.mimeType) ? await decodeAudio(bytes) : { pcm: new Float32Array(), error: '' };
      for (const error of [video.error, audio.error]) if (error !== '') problems.push(`${name} ${segment.index}: ${error}`);
      frames.push(...video.frames);
      samples += audio.pcm.length;
      if (audio.pcm.length > 48_000) tones.push(dominantTone(audio.pcm.subarray(audio.pcm.length - 48_000), 48_000));
    }
    tones.sort((a, b) => a - b);
    return { frames, toneHz: tones[Math.floor(tones.length / 2)] ?? 0, audioSeconds: samples / 48_000 };
  };
  const sides = { client: await side('client'), witness: await side('witness') };
  const last = Math.max(...sides.client.frames.map((f) => f.mediaMs), ...sides.witness.frames.map((f) => f.mediaMs));
  return { view, sides, seconds: Math.round(last / 100) / 10, decodes: view.segments.length > 0 && problems.length === 0, problems };
}

/** Plays the replay in the page: jumps to the decision, then runs fast to the end. */
export async function playReplay(page: Page, shot: Shot): Promise<PlayedReplay> {
  await page.getByTestId('replay-page').waitFor({ timeout: 20_000 });
  const decision = page.locator('[data-testid^="replay-event-"][data-type="decision"]').first();
  const decisionShown = await decision.waitFor({ timeout: 10_000 }).then(() => true, () => false);
  if (decisionShown) await decision.click();
  await page.waitForTimeout(1_500);
  const shownAtDecision = await page.getByTestId('replay-time').innerText();
  await shot(page, 'replay-decision');
  await page.locator('[data-testid="replay-event-0"]').click();
  await page.getByTestId('replay-speed-4').click();
  const play = page.getByTestId('replay-play');
  if ((await play.getAttribute('data-playing')) !== 'true') await play.click();
  const ended = await page.waitForFunction(() => {
    const at = document.querySelector<HTMLElement>('[data-testid="replay-page"]')?.dataset;
    return at !== undefined && Number(at['now']) >= Number(at['duration']) - 100;
  }, undefined, { timeout: 120_000 }).then(() => true, () => false);
  return { ended, decisionShown, shownAtDecision };
}
