import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stripTypeScriptTypes } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import type { SegmentInfo } from '../../media/ports.ts';
import { buildTimeline } from '../../review/replay/timeline.ts';
import { readFrameNumber } from '../support/camera/index.ts';
import { FPS, delay, openLink, openRig, sendPerson, until } from './recordingRig.ts';
import type { Rig } from './recordingRig.ts';

/** Recorded by the real recorder (killed once on the way), played by the real player in a real browser. */
let rig: Rig;
let browser: Browser;
let page: Page;
let server: ReturnType<typeof createServer>;
let segments: SegmentInfo[];
let timeline: ReturnType<typeof buildTimeline<SegmentInfo, { at: number; type: string }, never>>;
let cut: SegmentInfo;
/** So many of the requests that go on with a segment are answered with 503. */
let refusals = 0;
/** A segment is answered in pieces of so many bytes at most. */
let piece = Infinity;
const [caseId, sessionId] = ['case-replay', 'session-replay'];

const MODULE = /^\/[a-z]+\.ts$/;
beforeAll(async () => {
  rig = await openRig();
  const router = await rig.openRouter();
  const call = openLink({ sessionId, caseId, recorder: rig.recorder });
  await call.link.start();
  const people = await Promise.all([sendPerson({ side: 'client', router, toneHz: 440, keyEverySeconds: 2 }), sendPerson({ side: 'witness', router, toneHz: 880, keyEverySeconds: 2 })]);
  for (const person of people) { call.link.add(person.side, person.video, router); call.link.add(person.side, person.audio, router); }
  await until('the recorder to record', () => rig.recorder.running(sessionId));
  await delay(13_000);
  process.kill(rig.recorder.pid!, 'SIGKILL');
  await until('the death to be told', () => !rig.recorder.running(sessionId));
  await until('the recorder to record again', () => rig.recorder.running(sessionId), 30_000);
  cut = call.segments.filter((one) => one.side === 'client').at(-1)!;
  await delay(4_000);
  await Promise.all(people.map((person) => person.stop()));
  await call.link.close();
  segments = call.segments;
  timeline = buildTimeline({ segments, events: [{ at: segments[0]!.startMs + 6_000, type: 'photo' }], gaps: [] });
  server = createServer((request, response) => void (async () => {
    const path = new URL(request.url!, 'http://localhost').pathname;
    if (MODULE.test(path)) {
      response.setHeader('content-type', 'text/javascript');
      response.end(stripTypeScriptTypes(await readFile(new URL(`../../review/replay${path}`, import.meta.url), 'utf8')));
    } else if (path.startsWith('/segment/')) {
      if (refusals > 0 && !request.headers.range!.startsWith('bytes=0-')) {
        refusals -= 1;
        response.statusCode = 503;
        response.end();
        return;
      }
      const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range!)!;
      response.statusCode = 206;
      response.end((await rig.store.read({ caseId, fileId: segments.find((one) => one.segmentId === path.slice(9))!.fileId, start: Number(start), end: Math.min(Number(end), Number(start) + piece - 1) })).bytes);
    } else {
      response.setHeader('content-type', 'text/html');
      response.end(['client', 'witness'].map((side) => `<div style="position:relative;display:inline-block"><video id="${side}" muted></video></div>`).join(''));
    }
  })().catch(() => response.destroy()));
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  browser = await chromium.launch({ executablePath: process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--autoplay-policy=no-user-gesture-required', '--mute-audio'] });
  page = await openPlayer();
});

/** A new page with the player in it. `script` runs in it before everything else. */
async function openPlayer(script?: string): Promise<Page> {
  const page = await browser.newPage();
  if (script !== undefined) await page.addInitScript(script);
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.evaluate(`globalThis.readFrameNumber = ${readFrameNumber.toString()}`);
  await page.evaluate(async (list) => {
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
  }, timeline.segments as SegmentInfo[]);
  return page;
}
afterAll(async () => {
  await browser?.close();
  server?.close();
  await rig.close();
});

const state = () => page.evaluate(() => {
  const { player, shown, errors } = globalThis as unknown as { player: { positionMs: number; waiting: boolean; playing: boolean; drift(): Record<string, number | undefined> }; shown(id: string): number | null; errors: string[] };
  return { position: player.positionMs, waiting: player.waiting, playing: player.playing, drift: player.drift(), client: shown('client'), witness: shown('witness'), errors };
});
/** Whether a side's picture is the one that the replay decoded by itself, over the element. */
const overTheElement = (side: 'client' | 'witness'): Promise<boolean> => page.evaluate((id) => document.querySelector<HTMLCanvasElement>(`#${id} + canvas`)?.hidden === false, side);
const command = (text: string): Promise<unknown> => page.evaluate(`player.${text}`);
const seek = async (mediaMs: number): Promise<Awaited<ReturnType<typeof state>>> => {
  await command(`seek(${mediaMs})`);
  for (const end = Date.now() + 15_000; Date.now() < end;) {
    await delay(100);
    const now = await state();
    const drifts = Object.values(now.drift);
    if (!now.waiting && drifts.every((one) => one === undefined || Math.abs(one) < 60) && drifts.some((one) => one !== undefined)) { await delay(150); return state(); }
  }
  return state();
};

describe('the auditor replays a session (R46)', () => {
  test('both sides play from the same clock, less than 100 ms apart', async () => {
    const begin = await seek(4_000);
    expect(begin.errors).toEqual([]);
    await command('play()');
    await delay(2_500);
    const apart: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      await delay(300);
      const { drift } = await state();
      if (drift['client'] !== undefined && drift['witness'] !== undefined) apart.push(Math.abs(drift['client'] - drift['witness']));
    }
    await command('pause()');
    expect(apart.length).toBeGreaterThan(4);
    expect(apart.sort((a, b) => a - b)[Math.floor(apart.length / 2)]).toBeLessThan(100);
    expect((await state()).errors).toEqual([]);
  });

  test('a jump shows the picture of that time', async () => {
    const one = await seek(5_000);
    const two = await seek(9_000);
    expect(one.client).not.toBeNull();
    expect(Math.abs(two.client! - one.client! - 4 * FPS)).toBeLessThanOrEqual(FPS / 4);
    expect(Math.abs(two.witness! - one.witness! - 4 * FPS)).toBeLessThanOrEqual(FPS / 4);
  });

  test('a jump far into a segment shows its key frame at once, then the very frame; both are the camera’s pictures of their times', async () => {
    const key = timeline.segments.find(({ side }) => side === 'client')!;
    const wanted = key.startMs + 7_700;
    await seek(11_000);
    await page.evaluate(() => {
      const { shown } = globalThis as unknown as { shown(id: string): number | null };
      const pictures: { ms: number; number: number | null }[] = [];
      Object.assign(globalThis, { pictures });
      const canvas = document.querySelector<HTMLCanvasElement>('#client + canvas')!;
      new MutationObserver(() => { const ms = canvas.dataset['still']; if (ms !== undefined) pictures.push({ ms: Number(ms), number: shown('client') }); }).observe(canvas, { attributes: true, attributeFilter: ['data-still'] });
    });
    const { client } = await seek(wanted);
    const pictures = await page.evaluate(() => (globalThis as unknown as { pictures: { ms: number; number: number }[] }).pictures);
    const [first, last] = [pictures[0]!, pictures.at(-1)!];
    expect(pictures).toHaveLength(2);
    // A key frame each 2 s: it is the one before, and farther than what is decoded unseen.
    expect(wanted - first.ms).toBeGreaterThan(1_000);
    expect(wanted - first.ms).toBeLessThanOrEqual(2_000);
    expect(wanted - last.ms).toBeGreaterThanOrEqual(0);
    expect(wanted - last.ms).toBeLessThan(2 * 1000 / FPS);
    expect(last.number).toBe(client);
    expect(Math.abs((last.number! - first.number!) - (last.ms - first.ms) * FPS / 1000)).toBeLessThanOrEqual(1.5);
  });

  test('steps go on over the end of a segment, forward and back, and never the other way', async () => {
    const edge = timeline.segments.find(({ side, startMs }) => side === 'client' && startMs > 5_000)!.startMs;
    const numbers = [(await seek(edge - 2.5 * 1000 / FPS)).client!];
    const positions = [(await state()).position];
    for (const direction of [1, 1, 1, 1, 1, -1, -1, -1, -1, -1]) {
      await command(`stepFrame(${direction})`);
      const now = await state();
      numbers.push(now.client!);
      expect((now.position - positions.at(-1)!) * direction).toBeGreaterThan(0);
      positions.push(now.position);
    }
    expect(positions[5]).toBeGreaterThan(edge);
    expect(numbers.map((number) => number - numbers[0]!)).toEqual([0, 1, 2, 3, 4, 5, 4, 3, 2, 1, 0]);
  });

  test('what stood is what plays on: the element takes over from the picture that was decoded for it', async () => {
    const stood = await seek(5_000);
    expect(await overTheElement('client')).toBe(true);
    await command('play()');
    await until('the element to be seen', async () => !await overTheElement('client') && !await overTheElement('witness'), 10_000);
    const playing = await state();
    await command('pause()');
    expect(playing.client! - stood.client!).toBeGreaterThanOrEqual(0);
    expect(playing.client! - stood.client!).toBeLessThan(3 * FPS);
  });

  test('a browser that cannot decode by itself shows the same pictures by the element', async () => {
    const before = page;
    const decoded = (await seek(8_000)).client!;
    page = await openPlayer('delete globalThis.VideoDecoder;');
    try {
      const { client, errors } = await seek(8_000);
      expect(await page.locator('canvas').count()).toBe(0);
      expect(errors).toEqual([]);
      expect(Math.abs(client! - decoded)).toBeLessThanOrEqual(1);
    } finally {
      await page.close();
      page = before;
    }
  });

  test('requests that fail in the middle of a segment are made again: neither that segment nor the next one stays black', async () => {
    const before = page;
    [refusals, piece] = [2, 40_000];
    page = await openPlayer();
    try {
      const shown = await seek(9_000);
      expect(refusals).toBe(0);
      expect(shown.errors).toEqual(expect.arrayContaining([expect.stringContaining('503'), 'recovered']));
      expect(shown.client).not.toBeNull();
      expect((await seek(11_500)).client).not.toBeNull();
    } finally {
      piece = Infinity;
      await page.close();
      page = before;
    }
  });

  test('step by step, each press shows the next or the last frame, none twice and none left out', async () => {
    const shown = [(await seek(6_000)).client!];
    for (let n = 0; n < 5; n += 1) { await command('stepFrame(1)'); shown.push((await state()).client!); }
    for (let n = 0; n < 5; n += 1) { await command('stepFrame(-1)'); shown.push((await state()).client!); }
    const first = shown[0]!;
    expect(shown).toEqual([0, 1, 2, 3, 4, 5, 4, 3, 2, 1, 0].map((n) => first + n));
  });

  test('the last segment before a crash plays to its last second (R41)', async () => {
    const shown = await seek(cut.endMs - timeline.startedAt - 300);
    expect(shown.errors).toEqual([]);
    expect(shown.client).not.toBeNull();
  });

  test('at fourfold speed the clock runs through the gap to the end', async () => {
    await seek(timeline.durationMs - 8_000);
    await command('setRate(4)');
    await command('play()');
    const begun = Date.now();
    for (;;) {
      const now = await state();
      if (!now.playing || Date.now() - begun > 20_000) break;
      await delay(100);
    }
    const end = await state();
    expect(end.position).toBe(timeline.durationMs);
    expect(end.errors).toEqual([]);
  });
});
