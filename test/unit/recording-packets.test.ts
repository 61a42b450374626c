import { describe, expect, test } from '@jest/globals';
import { earlierPlaces } from '../../media/recording/decode.ts';
import { createFrameRing } from '../../media/recording/ring.ts';
import { VIDEO_REORDER, createReorderBuffer } from '../../media/recording/reorder.ts';
import type { RtpPacket } from '../../media/recording/rtp.ts';
import { createVp8Assembler } from '../../media/recording/vp8.ts';
import type { OrderedPacket, Vp8Frame } from '../../media/recording/vp8.ts';

/** First bytes of a key frame of 640 × 480 (RFC 6386 section 9.1). */
const KEY = Buffer.from([0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01, 7, 7]);
const DELTA = Buffer.from([0x11, 0, 0, 5, 5]);
const MORE = Buffer.from([9, 9, 9]);

const packet = (sequence: number, timestamp: number, data: Buffer, { start = true, marker = true } = {}): RtpPacket =>
  ({ payloadType: 96, sequence, timestamp, ssrc: 1, marker, payload: Buffer.concat([Buffer.from([start ? 0x10 : 0x00]), data]) });
const ordered = (one: RtpPacket, arrivedAtMs = 0): OrderedPacket => ({ packet: one, rtp: one.timestamp, arrivedAtMs });

describe('putting packets together to frames (R20, R40)', () => {
  test('a frame is the packets from its start to its marker', () => {
    const assembler = createVp8Assembler();
    expect(assembler.packet(ordered(packet(1, 0, KEY, { marker: false })))).toEqual([]);
    expect(assembler.packet(ordered(packet(2, 0, MORE, { start: false }), 5))).toEqual([
      { type: 'frame', frame: { data: Buffer.concat([KEY, MORE]), rtp: 0, key: true, width: 640, height: 480, receivedAtMs: 5 } },
    ]);
  });

  test('a frame whose end never came is lost even where the numbers have no hole, and nothing counts before the next key frame', () => {
    const assembler = createVp8Assembler();
    assembler.packet(ordered(packet(1, 0, KEY)));
    // The sender was paused in the middle of a frame; the SFU goes on counting without a hole.
    assembler.packet(ordered(packet(2, 3000, DELTA, { marker: false })));
    expect(assembler.packet(ordered(packet(3, 9000, DELTA)))).toEqual([{ type: 'lost', rtp: 3000 }, { type: 'lost', rtp: 9000 }]);
    expect(assembler.packet(ordered(packet(4, 12_000, KEY)))).toMatchObject([{ type: 'frame', frame: { rtp: 12_000, key: true } }]);
  });

  test('after a loss every frame is lost until a key frame', () => {
    const assembler = createVp8Assembler();
    assembler.packet(ordered(packet(1, 0, KEY)));
    expect(assembler.gap()).toEqual([{ type: 'lost', rtp: undefined }]);
    expect(assembler.packet(ordered(packet(5, 6000, DELTA)))).toEqual([{ type: 'lost', rtp: 6000 }]);
    expect(assembler.packet(ordered(packet(6, 9000, KEY)))).toMatchObject([{ type: 'frame' }]);
  });
});

describe('packets out of order', () => {
  const numbers = (events: ReturnType<ReturnType<typeof createReorderBuffer>['push']>) => events.map((e) => (e.type === 'gap' ? `gap ${e.packets}` : e.packet.packet.sequence));

  test('are put in order, across the wrap of the 16-bit numbers, and a second copy is dropped', () => {
    const buffer = createReorderBuffer(VIDEO_REORDER);
    const push = (sequence: number) => numbers(buffer.push(packet(sequence, 0, DELTA), 0));
    expect(push(65_534)).toEqual([65_534]);
    expect(push(0)).toEqual([]);
    expect(push(65_535)).toEqual([65_535, 0]);
    expect(push(65_535)).toEqual([]);
    expect(push(1)).toEqual([1]);
  });

  test('a hole is asked for at once, again after a pause, and given up after its time', () => {
    const buffer = createReorderBuffer(VIDEO_REORDER);
    buffer.push(packet(1, 0, DELTA), 0);
    buffer.push(packet(4, 0, DELTA), 0);
    expect(buffer.nacks(0)).toEqual([2, 3]);
    expect(buffer.nacks(VIDEO_REORDER.nackEveryMs - 1)).toEqual([]);
    expect(buffer.nacks(VIDEO_REORDER.nackEveryMs)).toEqual([2, 3]);
    expect(numbers(buffer.tick(VIDEO_REORDER.holdMs - 1))).toEqual([]);
    expect(numbers(buffer.tick(VIDEO_REORDER.holdMs))).toEqual(['gap 2', 4]);
    expect(buffer.stats).toMatchObject({ lost: 2, repaired: 0 });
  });
});

describe('a recorder that stood still', () => {
  test('gives up no hole for the time it slept: the packet that came again waits in its socket (R41)', () => {
    const buffer = createReorderBuffer(VIDEO_REORDER);
    buffer.push(packet(1, 0, DELTA), 0);
    buffer.push(packet(3, 0, DELTA), 0);
    expect(buffer.tick(50)).toEqual([]);
    expect(buffer.tick(5_000)).toEqual([]);
    expect(buffer.push(packet(2, 0, DELTA), 5_001)).toHaveLength(2);
    expect(buffer.stats).toMatchObject({ lost: 0, repaired: 1 });
  });
});

describe('the frames kept for a photo (R20)', () => {
  const frame = (rtp: number, key: boolean, receivedAtMs: number): Vp8Frame => ({ data: KEY, rtp, key, width: 640, height: 480, receivedAtMs });
  const filled = () => {
    const ring = createFrameRing();
    for (let i = 0; i < 10; i += 1) ring.add(frame(2 ** 32 + i * 3000, i % 5 === 0, i * 33));
    return ring;
  };

  test('a frame comes with what it needs, back to its key frame', () => {
    const ring = createFrameRing();
    for (let i = 0; i < 100; i += 1) ring.add(frame(i * 3000, i % 40 === 0, i * 33));
    const { frame: found, chain } = ring.find(75 * 3000, 3_300)!;
    expect(found.rtp).toBe(75 * 3000);
    expect(chain.map(({ rtp }) => rtp / 3000)).toEqual(Array.from({ length: 36 }, (_, i) => 40 + i));
  });

  test('right after a key frame the second before it comes along, up to what was lost of it', () => {
    const places = (chain: readonly Vp8Frame[]) => earlierPlaces(chain, 3).map((place) => chain[place]!.rtp / 3000);
    const ring = createFrameRing();
    for (let i = 0; i <= 62; i += 1) {
      if (i === 58) ring.lost(i * 3000);
      else ring.add(frame(i * 3000, i % 20 === 0, i * 33));
    }
    const found = ring.find(61 * 3000, 2_100)!;
    expect(found.chain).toHaveLength(2);
    const chain = [...found.lead, ...found.chain];
    expect(chain[0]).toMatchObject({ key: true, rtp: 20 * 3000 });
    expect(chain.map(({ rtp }) => rtp / 3000)).toEqual([...Array.from({ length: 38 }, (_, i) => 20 + i), 60, 61]);
    expect(places(chain)).toEqual([53, 46, 38]);
  });

  test('a second in which the picture had another size is left out', () => {
    const ring = createFrameRing();
    for (let i = 0; i < 20; i += 1) ring.add({ ...frame(i * 3000, i === 0, i * 33), width: 320, height: 240 });
    for (let i = 20; i < 24; i += 1) ring.add(frame(i * 3000, i === 20, i * 33));
    expect(ring.find(22 * 3000, 800)).toMatchObject({ lead: [], chain: [{}, {}, {}] });
  });

  test('a time between two frames is no frame, one just ahead may still come, one far ahead never was', () => {
    const ring = filled();
    expect(() => ring.find(7 * 3000 + 1, 400)).toThrow(expect.objectContaining({ code: 'FRAME_UNKNOWN' }));
    expect(ring.find(10 * 3000, 400)).toBeUndefined();
    expect(() => ring.find(600 * 90_000, 400)).toThrow(expect.objectContaining({ code: 'FRAME_UNKNOWN' }));
  });

  test('a frame older than 5 s, and one after a loss, are refused by name', () => {
    const ring = filled();
    expect(() => ring.find(7 * 3000, 7 * 33 + 5_001)).toThrow(expect.objectContaining({ code: 'FRAME_TOO_OLD' }));
    ring.lost(2 ** 32 + 10 * 3000);
    ring.add(frame(2 ** 32 + 11 * 3000, false, 363));
    expect(() => ring.find(10 * 3000, 400)).toThrow(expect.objectContaining({ code: 'FRAME_INCOMPLETE' }));
    expect(() => ring.find(11 * 3000, 400)).toThrow(expect.objectContaining({ code: 'FRAME_INCOMPLETE' }));
  });
});
