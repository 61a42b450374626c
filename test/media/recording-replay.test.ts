import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SegmentInfo } from '../../media/ports.ts';
import { buildTimeline } from '../../review/replay/timeline.ts';
import { FPS, delay, openLink, openRig, sendPerson, until } from './recordingRig.ts';
import type { Rig } from './recordingRig.ts';
import { servePlayer } from './replayPage.ts';
import type { ReplayPage, Shown } from './replayPage.ts';

/** Recorded by the real recorder (killed once on the way), played by the real player in a real browser. */
let rig: Rig;
let served: Awaited<ReturnType<typeof servePlayer>>;
let replay: ReplayPage;
let segments: SegmentInfo[];
let timeline: ReturnType<typeof buildTimeline<SegmentInfo, { at: number; type: string }, never>>;
let cut: SegmentInfo;
/** So many of the requests that go on with a segment are answered with 503. */
let refusals = 0;
/** A segment is answered in pieces of so many bytes at most. */
let piece = Infinity;
/** Pictures of the clip from one key frame to the next. */
const KEY_EVERY = 2 * FPS;
const [caseId, sessionId] = ['case-replay', 'session-replay'];

beforeAll(async () => {
  rig = await openRig();
  const router = await rig.openRouter();
  const call = openLink({ sessionId, caseId, recorder: rig.recorder });
  await call.link.start();
  const people = await Promise.all([sendPerson({ side: 'client', router, toneHz: 440, keyEverySeconds: KEY_EVERY / FPS }), sendPerson({ side: 'witness', router, toneHz: 880, keyEverySeconds: KEY_EVERY / FPS })]);
  for (const person of people) { call.link.add(person.side, person.video, router); call.link.add(person.side, person.audio, router); }
  await until('the recorder to record', () => rig.recorder.running(sessionId));
  await delay(15_000);
  process.kill(rig.recorder.pid!, 'SIGKILL');
  await until('the death to be told', () => !rig.recorder.running(sessionId));
  await until('the recorder to record again', () => rig.recorder.running(sessionId), 30_000);
  cut = call.segments.filter((one) => one.side === 'client').at(-1)!;
  await delay(4_000);
  await Promise.all(people.map((person) => person.stop()));
  await call.link.close();
  segments = call.segments;
  timeline = buildTimeline({ segments, events: [{ at: segments[0]!.startMs + 6_000, type: 'photo' }], gaps: [] });
  served = await servePlayer(async (segmentId, { start, end }) => {
    if (refusals > 0 && start > 0) { refusals -= 1; return undefined; }
    return (await rig.store.read({ caseId, fileId: segments.find((one) => one.segmentId === segmentId)!.fileId, start, end: Math.min(end, start + piece - 1) })).bytes;
  });
  replay = await openPlayer();
});
afterAll(async () => {
  await served?.close();
  await rig.close();
});
/** A new page with the player in it. `script` runs in it before everything else. */
const openPlayer = (script?: string): Promise<ReplayPage> => served.open(timeline.segments, script);
/** Does the work in a page of its own, which it closes. */
const inAnother = async (script: string | undefined, work: () => Promise<void>): Promise<void> => {
  const before = replay;
  replay = await openPlayer(script);
  try {
    await work();
  } finally {
    await replay.close();
    replay = before;
  }
};
const state = (): Promise<Shown> => replay.state();
const command = (text: string): Promise<unknown> => replay.command(text);
const seek = (mediaMs: number): Promise<Shown> => replay.seek(mediaMs);

describe('the auditor replays a session (R46)', () => {
  test('both sides play from the same clock, less than 100 ms apart', async () => {
    const begin = await seek(4_000);
    expect(begin.errors).toEqual([]);
    await command('play()');
    await delay(2_500);
    const apart: number[] = [];
    for (let i = 0; i < 60 && apart.length < 8; i += 1) {
      await delay(300);
      const { drift } = await state();
      if (drift['client'] !== undefined && drift['witness'] !== undefined) apart.push(Math.abs(drift['client'] - drift['witness']));
    }
    await command('pause()');
    expect(apart).toHaveLength(8);
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
    const segment = timeline.segments.find(({ side }) => side === 'client')!;
    // Which of the clip's pictures the recording began with is chance: the one wanted is the 30th after a key frame of the clip's.
    const { client: number } = await seek(segment.startMs + 5_000);
    const stood = Number(await replay.page.locator('#client + canvas').getAttribute('data-still'));
    const wanted = stood + (((30 - number! % KEY_EVERY) + KEY_EVERY) % KEY_EVERY + 0.5) * 1000 / FPS;
    await seek(11_000);
    await replay.page.evaluate(() => {
      const { shown } = globalThis as unknown as { shown(id: string): number | null };
      const pictures: { ms: number; number: number | null }[] = [];
      Object.assign(globalThis, { pictures });
      const canvas = document.querySelector<HTMLCanvasElement>('#client + canvas')!;
      new MutationObserver(() => { const ms = canvas.dataset['still']; if (ms !== undefined) pictures.push({ ms: Number(ms), number: shown('client') }); }).observe(canvas, { attributes: true, attributeFilter: ['data-still'] });
    });
    const { client } = await seek(wanted);
    expect(client! % KEY_EVERY).toBe(30);
    const pictures = await replay.page.evaluate(() => (globalThis as unknown as { pictures: { ms: number; number: number }[] }).pictures);
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

  /** From wherever a picture stands, the element's first one is that or a later one. */
  const playsOn = async (): Promise<void> => {
    await replay.page.evaluate(() => {
      const { shown } = globalThis as unknown as { shown(id: string): number | null };
      const taken: (number | null)[] = [];
      Object.assign(globalThis, { taken });
      const canvas = document.querySelector<HTMLCanvasElement>('#client + canvas')!;
      new MutationObserver(() => { if (canvas.hidden) taken.push(shown('client')); }).observe(canvas, { attributes: true, attributeFilter: ['hidden'] });
    });
    const apart: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const stood = await seek(5_000 + n * 310);
      expect(await replay.overTheElement('client')).toBe(true);
      await command('play()');
      await until('the element to be seen', async () => !await replay.overTheElement('client') && !await replay.overTheElement('witness'), 20_000);
      await command('pause()');
      const first = await replay.page.evaluate(() => (globalThis as unknown as { taken: number[] }).taken.splice(0)[0]);
      apart.push(first! - stood.client!);
    }
    expect(Math.min(...apart)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...apart)).toBeLessThan(FPS);
  };

  test('what stood is what plays on: the element takes over from the picture that was decoded for it', () => playsOn());

  // As browsers do it where pictures are of uneven length.
  test('an element that begins a picture early is not seen before it has come to the one that stood there', () => inAnother(`
    const { get, set } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'currentTime');
    Object.defineProperty(HTMLMediaElement.prototype, 'currentTime', { get, set(seconds) { set.call(this, seconds - ${1 / FPS}); } });`, playsOn));

  test('the picture that stood does not stay while the clock runs on, also where the element will not play', () => inAnother(`
    HTMLMediaElement.prototype.play = () => Promise.reject(new DOMException('not now', 'NotAllowedError'));`, async () => {
    const stood = await seek(5_000);
    await command('play()');
    await until('the clock to run on', async () => (await state()).position > 8_000, 20_000);
    const now = await state();
    await command('pause()');
    expect(now.client! - stood.client!).toBeGreaterThan(FPS);
    expect(now.errors).toEqual(expect.arrayContaining([expect.stringContaining('not now')]));
  }));

  test('a browser that cannot decode by itself shows the same pictures by the element', async () => {
    const decoded = (await seek(8_000)).client!;
    await inAnother('delete globalThis.VideoDecoder;', async () => {
      const { client, errors } = await seek(8_000);
      expect(await replay.page.locator('canvas').count()).toBe(0);
      expect(errors).toEqual([]);
      expect(Math.abs(client! - decoded)).toBeLessThanOrEqual(1);
    });
  });

  test('requests that fail in the middle of a segment are made again: neither that segment nor the next one stays black', async () => {
    [refusals, piece] = [2, 40_000];
    try {
      await inAnother(undefined, async () => {
        const shown = await seek(9_000);
        expect(refusals).toBe(0);
        expect(shown.errors).toEqual(expect.arrayContaining([expect.stringContaining('503'), 'recovered']));
        expect(shown.client).not.toBeNull();
        expect((await seek(11_500)).client).not.toBeNull();
      });
    } finally { piece = Infinity; }
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
