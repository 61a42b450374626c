import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { webmCluster, webmHeader, webmMimeType } from '../../media/recording/webm.ts';
import type { PlayableSegment } from '../../review/replay/player.ts';
import { FIRST_BYTES } from '../../review/replay/runplayer.ts';
import { FPS, clipsOf, until } from './recordingRig.ts';
import { servePlayer } from './replayPage.ts';
import type { ReplayPage } from './replayPage.ts';

/** The real player over segments that the recorder's own writer wrote, with what a recorder would not write by itself. */
interface Picture { readonly data: Buffer; readonly key: boolean }
interface Size { readonly width: number; readonly height: number }
const SMALL = { width: 320, height: 180 }, LARGE = { width: 640, height: 360 };
const FRAME_MS = 1000 / FPS;

/** Numbered pictures as they were encoded, a key frame each 2 s: the place is the number. */
async function picturesOf({ width, height }: Size): Promise<Picture[]> {
  const ivf = await readFile((await clipsOf(440, width, height, FPS, 2)).video);
  const pictures: Picture[] = [];
  for (let at = 32; at + 12 <= ivf.length;) {
    const data = ivf.subarray(at + 12, at + 12 + ivf.readUInt32LE(at));
    pictures.push({ data, key: (data[0]! & 1) === 0 });
    at += 12 + data.length;
  }
  return pictures;
}
const files = new Map<string, Buffer>();
/** A segment of these pictures, one after the other from `startMs` on. */
function segmentOf(side: 'client' | 'witness', startMs: number, pictures: readonly Picture[], size: Size = SMALL): PlayableSegment {
  const segmentId = `${side}-${startMs}-${files.size}`;
  const bytes = Buffer.concat([webmHeader({ video: size }, startMs), webmCluster(pictures.map(({ data, key }, i) => ({ track: 1, timeMs: Math.round(i * FRAME_MS), key, data })))]);
  files.set(segmentId, bytes);
  return { segmentId, side, startMs, endMs: startMs + pictures.length * FRAME_MS, mimeType: webmMimeType({ video: size }), byteLength: bytes.length };
}

let served: Awaited<ReturnType<typeof servePlayer>>;
let small: Picture[];
beforeAll(async () => {
  small = await picturesOf(SMALL);
  served = await servePlayer(async (segmentId, { start, end }) => files.get(segmentId)!.subarray(start, end + 1));
});
afterAll(() => served?.close());
const replayed = async (segments: readonly PlayableSegment[], look: (replay: ReplayPage) => Promise<void>): Promise<void> => {
  const replay = await served.open(segments);
  try { await look(replay); } finally { await replay.close(); }
};
const sizeOfStill = (replay: ReplayPage): Promise<Size> => replay.page.evaluate(() => { const { width, height } = document.querySelector<HTMLCanvasElement>('#client + canvas')!; return { width, height }; });

describe('a picture out of the ordinary is replayed as what it is (R46)', () => {
  test('a picture that changes its size in the middle of a segment is shown in the size it has, forward and back', async () => {
    const large = await picturesOf(LARGE);
    const both = [...small.slice(0, 40), ...large.slice(40, 80)];
    await replayed([segmentOf('client', 0, both)], async (replay) => {
      for (const [number, size] of [[30, SMALL], [70, LARGE], [10, SMALL]] as const) {
        expect((await replay.seek(number * FRAME_MS + 1)).client).toBe(number);
        expect(await sizeOfStill(replay)).toEqual(size);
      }
      await replay.seek(39 * FRAME_MS + 1);
      await replay.command('stepFrame(1)');
      expect((await replay.state()).client).toBe(40);
      expect(await sizeOfStill(replay)).toEqual(LARGE);
    });
  });

  test('a picture that cannot be decoded takes away what is built on it, not what is before it or behind the next key frame; the reader is told', async () => {
    // A key frame without its start code (RFC 6386 section 9.1), as a client's program might send it.
    const spoilt = small.slice(0, 160).map((one, i) => (i === 80 ? { ...one, data: Buffer.concat([one.data.subarray(0, 3), Buffer.alloc(3), one.data.subarray(6)]) } : one));
    await replayed([segmentOf('client', 0, spoilt), segmentOf('client', 8_000, small.slice(160, 240))], async (replay) => {
      expect((await replay.seek(50 * FRAME_MS + 1)).client).toBe(50);
      await replay.command(`seek(${100 * FRAME_MS + 1})`);
      await until('the trouble to be told', async () => (await replay.state()).errors.some((error) => error.includes('does not play')));
      await until('nothing to be waited for', async () => !(await replay.state()).waiting);
      expect((await replay.state()).client).toBeNull();
      expect((await replay.seek(60 * FRAME_MS + 1)).client).toBe(60);
      expect((await replay.seek(130 * FRAME_MS + 1)).client).toBe(130);
      expect((await replay.seek(200 * FRAME_MS + 1)).client).toBe(200);
    });
  });

  test('the first jump goes behind a picture that cannot be decoded: what the key frame after it brings is shown, and only the spoilt stretch is not', async () => {
    const large = await picturesOf(LARGE);
    const spoilt = large.slice(0, 160).map((one, i) => (i === 0 ? { ...one, data: Buffer.concat([one.data.subarray(0, 3), Buffer.alloc(3), one.data.subarray(6)]) } : one));
    const segment = segmentOf('client', 0, spoilt, LARGE);
    expect(segment.byteLength).toBeGreaterThan(FIRST_BYTES);
    await replayed([segment, segmentOf('witness', 0, small.slice(0, 160))], async (replay) => {
      expect((await replay.seek(150 * FRAME_MS + 1)).client).toBe(150);
      expect((await replay.seek(50 * FRAME_MS + 1)).client).toBe(50);
      await replay.command(`seek(${10 * FRAME_MS + 1})`);
      await until('nothing to be waited for', async () => { const { waiting, witness } = await replay.state(); return !waiting && witness === 10; });
      expect((await replay.state()).client).toBeNull();
      expect((await replay.seek(130 * FRAME_MS + 1)).client).toBe(130);
    });
  });

  test('where nobody has a picture a step goes over the gap, and back over it', async () => {
    await replayed([segmentOf('client', 0, small.slice(0, 40)), segmentOf('client', 6_000, small.slice(120, 160))], async (replay) => {
      const shown = [(await replay.seek(38 * FRAME_MS + 1)).client];
      for (const direction of [1, 1, 1, -1, -1, -1]) {
        await replay.command(`stepFrame(${direction})`);
        shown.push((await replay.state()).client);
      }
      expect(shown).toEqual([38, 39, 120, 121, 120, 39, 38]);
      expect((await replay.state()).position).toBeLessThan(2_000);
    });
  });

  test('in one side’s gap a step shows the other side’s next picture, and that side nothing', async () => {
    const segments = [segmentOf('client', 0, small.slice(0, 40)), segmentOf('client', 6_000, small.slice(120, 160)), segmentOf('witness', 0, small.slice(0, 160))];
    await replayed(segments, async (replay) => {
      await replay.seek(39 * FRAME_MS + 1);
      const steps: { client: number | null; witness: number | null }[] = [];
      for (let n = 0; n < 3; n += 1) {
        await replay.command('stepFrame(1)');
        const { client, witness } = await replay.state();
        steps.push({ client, witness });
      }
      expect(steps).toEqual([40, 41, 42].map((witness) => ({ client: null, witness })));
    });
  });
});
