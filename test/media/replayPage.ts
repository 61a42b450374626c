import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stripTypeScriptTypes } from 'node:module';
import { chromium } from 'playwright-core';
import type { Page } from 'playwright-core';
import type { PlayableSegment } from '../../review/replay/player.ts';
import { readFrameNumber } from '../support/camera/index.ts';
import { delay } from './recordingRig.ts';

export interface Shown {
  readonly position: number;
  readonly waiting: boolean;
  readonly playing: boolean;
  /** How far each side's picture is from the clock, ms; undefined in a gap. */
  readonly drift: Readonly<Record<string, number | undefined>>;
  /** The numbers in the pictures on the screen. */
  readonly client: number | null;
  readonly witness: number | null;
  readonly errors: readonly string[];
}

/** A page with the real player in it. Its user closes it. */
export interface ReplayPage {
  readonly page: Page;
  state(): Promise<Shown>;
  /** A call of the player's. */
  command(text: string): Promise<unknown>;
  /** Jumps, and waits until the pictures of that time are there. */
  seek(mediaMs: number): Promise<Shown>;
  /** Whether a side's picture is the one that the replay decoded by itself, over the element. */
  overTheElement(side: 'client' | 'witness'): Promise<boolean>;
  close(): Promise<void>;
}

const MODULE = /^\/[a-z]+\.ts$/;

/** Serves the player and the segments it asks for, and opens Chromium. `read`: a range of a segment, end inclusive; undefined is answered with 503. Owner of both; its user closes it. */
export const servePlayer = async (read: (segmentId: string, range: { start: number; end: number }) => Promise<Uint8Array | undefined>) => {
  const server = createServer((request, response) => void (async () => {
    const path = new URL(request.url!, 'http://localhost').pathname;
    if (MODULE.test(path)) {
      response.setHeader('content-type', 'text/javascript');
      response.end(stripTypeScriptTypes(await readFile(new URL(`../../review/replay${path}`, import.meta.url), 'utf8')));
    } else if (path.startsWith('/segment/')) {
      const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range!)!;
      const bytes = await read(path.slice(9), { start: Number(start), end: Number(end) });
      response.statusCode = bytes === undefined ? 503 : 206;
      response.end(bytes);
    } else {
      response.setHeader('content-type', 'text/html');
      response.end(['client', 'witness'].map((side) => `<div style="position:relative;display:inline-block"><video id="${side}" muted></video></div>`).join(''));
    }
  })().catch(() => response.destroy()));
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const browser = await chromium.launch({ executablePath: process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required', '--mute-audio'] });

  /** `script` runs in the page before everything else. */
  const open = async (segments: readonly PlayableSegment[], script?: string): Promise<ReplayPage> => {
    const page = await browser.newPage();
    if (script !== undefined) await page.addInitScript(script);
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.evaluate(`globalThis.readFrameNumber = ${readFrameNumber.toString()}`);
    await page.evaluate(startPlayer, segments as PlayableSegment[]);
    const state = (): Promise<Shown> => page.evaluate(() => {
      const { player, shown, errors } = globalThis as unknown as { player: { positionMs: number; waiting: boolean; playing: boolean; drift(): Record<string, number | undefined> }; shown(id: string): number | null; errors: string[] };
      return { position: player.positionMs, waiting: player.waiting, playing: player.playing, drift: player.drift(), client: shown('client'), witness: shown('witness'), errors };
    });
    const command = (text: string): Promise<unknown> => page.evaluate(`player.${text}`);
    return {
      page, state, command,
      async seek(mediaMs) {
        await command(`seek(${mediaMs})`);
        for (const end = Date.now() + 15_000; Date.now() < end;) {
          await delay(100);
          const now = await state();
          const drifts = Object.values(now.drift);
          if (!now.waiting && drifts.every((one) => one === undefined || Math.abs(one) < 60) && drifts.some((one) => one !== undefined)) { await delay(150); return state(); }
        }
        return state();
      },
      overTheElement: (side) => page.evaluate((id) => document.querySelector<HTMLCanvasElement>(`#${id} + canvas`)?.hidden === false, side),
      close: () => page.close(),
    };
  };
  return {
    open,
    async close(): Promise<void> {
      await browser.close();
      server.close();
    },
  };
};

/** Runs in the page. */
async function startPlayer(list: PlayableSegment[]): Promise<void> {
  const { createReplayPlayer } = await import('/player.ts' as string);
  const element = (id: string): HTMLVideoElement => document.getElementById(id) as HTMLVideoElement;
  const errors: string[] = [];
  const player = createReplayPlayer({
    segments: list, video: { client: element('client'), witness: element('witness') },
    fetchRange: async (segment: { segmentId: string }, range: { start: number; end: number }, signal: AbortSignal) => {
      const answer = await fetch(`/segment/${segment.segmentId}`, { headers: { range: `bytes=${range.start}-${range.end}` }, signal });
      if (!answer.ok) throw new Error(`refused ${answer.status}`);
      return answer.arrayBuffer();
    },
    onError: (error: unknown) => errors.push(String(error)),
    onRecovered: () => errors.push('recovered'),
  });
  Object.assign(globalThis, {
    player, errors,
    shown: (id: string) => {
      const video = element(id);
      const still = video.nextElementSibling as HTMLCanvasElement | null;
      const [source, width, height] = still === null || still.hidden ? [video, video.videoWidth, video.videoHeight] : [still, still.width, still.height];
      const canvas = new OffscreenCanvas(width || 1, height || 1);
      const context = canvas.getContext('2d')!;
      context.drawImage(source, 0, 0);
      return (globalThis as unknown as { readFrameNumber(pixels: unknown): number | null }).readFrameNumber({ ...pixelsOf(context.getImageData(0, 0, canvas.width, canvas.height)), channels: 4 });
      function pixelsOf(image: ImageData) { return { data: image.data, width: image.width, height: image.height }; }
    },
  });
}
