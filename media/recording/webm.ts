/**
 * WebM written piece by piece (RFC 8794, RFC 9559), for VP8 and Opus only. Own writing instead of the muxing library: that one
 * ends a cluster only where every track has a key frame (here: every 10 s) and holds one track back while the other is silent;
 * what a crash may take would be 10 s instead of 1. See docs/decisions/0002-recorder.md. Pure.
 */
const element = (id: readonly number[], data: Uint8Array): Buffer => Buffer.concat([Buffer.from(id), size(data.length), data]);

const size = (length: number): Buffer => {
  if (length < 0x7f) return Buffer.from([0x80 | length]);
  if (length < 0x3fff) return Buffer.from([0x40 | (length >> 8), length & 0xff]);
  const out = Buffer.alloc(8);
  out.writeBigUInt64BE(BigInt(length) | (1n << 56n));
  return out;
};

const uint = (id: readonly number[], value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  const first = bytes.findIndex((byte) => byte !== 0);
  return element(id, bytes.subarray(first < 0 ? 7 : first));
};
const text = (id: readonly number[], value: string): Buffer => element(id, Buffer.from(value, 'latin1'));
const float = (id: readonly number[], value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return element(id, bytes);
};
const group = (id: readonly number[], children: readonly Buffer[]): Buffer => element(id, Buffer.concat(children));

const UNKNOWN_SIZE = Buffer.from([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
const SEGMENT = [0x18, 0x53, 0x80, 0x67];
const CLUSTER = [0x1f, 0x43, 0xb6, 0x75];
const CLUSTER_TIME = [0xe7];
const SIMPLE_BLOCK = [0xa3];
/** Nanoseconds from the Unix epoch to 2001-01-01, where Matroska's dates begin. */
const EPOCH_2001 = 978_307_200_000n * 1_000_000n;

export const TRACK_NUMBER = { video: 1, audio: 2 } as const;

export interface WebmTracks {
  readonly video?: { readonly width: number; readonly height: number };
  readonly audio?: { readonly channels: number };
}

export const webmMimeType = (tracks: WebmTracks): string =>
  tracks.video ? `video/webm; codecs="${tracks.audio ? 'vp8,opus' : 'vp8'}"` : 'audio/webm; codecs="opus"';

/** RFC 7845 section 5.1; no pre-skip: the stream is joined in its middle. */
const opusHead = (channels: number): Buffer => {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 'latin1');
  head[8] = 1;
  head[9] = channels;
  head.writeUInt32LE(48_000, 12);
  return head;
};

/** Everything before the first cluster; the segment's length is left unknown, so a file without its end is whole. */
export const webmHeader = (tracks: WebmTracks, startMs: number): Buffer => {
  const date = Buffer.alloc(8);
  date.writeBigInt64BE(BigInt(Math.round(startMs)) * 1_000_000n - EPOCH_2001);
  const entries: Buffer[] = [];
  if (tracks.video) {
    entries.push(group([0xae], [
      uint([0xd7], TRACK_NUMBER.video), uint([0x73, 0xc5], TRACK_NUMBER.video), uint([0x83], 1), uint([0x9c], 0), text([0x86], 'V_VP8'),
      group([0xe0], [uint([0xb0], tracks.video.width), uint([0xba], tracks.video.height)]),
    ]));
  }
  if (tracks.audio) {
    entries.push(group([0xae], [
      uint([0xd7], TRACK_NUMBER.audio), uint([0x73, 0xc5], TRACK_NUMBER.audio), uint([0x83], 2), uint([0x9c], 0), text([0x86], 'A_OPUS'),
      uint([0x56, 0xbb], 80_000_000), element([0x63, 0xa2], opusHead(tracks.audio.channels)),
      group([0xe1], [float([0xb5], 48_000), uint([0x9f], tracks.audio.channels)]),
    ]));
  }
  return Buffer.concat([
    group([0x1a, 0x45, 0xdf, 0xa3], [
      uint([0x42, 0x86], 1), uint([0x42, 0xf7], 1), uint([0x42, 0xf2], 4), uint([0x42, 0xf3], 8),
      text([0x42, 0x82], 'webm'), uint([0x42, 0x87], 4), uint([0x42, 0x85], 2),
    ]),
    Buffer.from(SEGMENT), UNKNOWN_SIZE,
    group([0x15, 0x49, 0xa9, 0x66], [
      uint([0x2a, 0xd7, 0xb1], 1_000_000), element([0x44, 0x61], date), text([0x4d, 0x80], 'video-witness'), text([0x57, 0x41], 'video-witness'),
    ]),
    group([0x16, 0x54, 0xae, 0x6b], entries),
  ]);
};

export interface WebmBlock {
  readonly track: 1 | 2;
  /** On the segment's own time line, not falling from block to block. */
  readonly timeMs: number;
  readonly key: boolean;
  readonly data: Uint8Array;
}

/** One cluster; blocks in the order of their time, all within 32 s of the first. */
export const webmCluster = (blocks: readonly WebmBlock[]): Buffer => {
  const startMs = blocks[0]?.timeMs ?? 0;
  const parts = blocks.map((block) => {
    const head = Buffer.alloc(4);
    head[0] = 0x80 | block.track;
    head.writeInt16BE(block.timeMs - startMs, 1);
    head[3] = block.key ? 0x80 : 0;
    return Buffer.concat([Buffer.from(SIMPLE_BLOCK), size(block.data.length + 4), head, block.data]);
  });
  return group(CLUSTER, [uint(CLUSTER_TIME, startMs), ...parts]);
};

const readVint = (bytes: Buffer, at: number, keepMarker: boolean): { value: number; length: number } | undefined => {
  const first = bytes[at];
  if (first === undefined || first === 0) return undefined;
  const length = Math.clz32(first) - 23;
  if (at + length > bytes.length) return undefined;
  let value = keepMarker ? first : first & (0xff >> length);
  for (let i = 1; i < length; i += 1) value = value * 256 + bytes[at + i]!;
  return { value, length };
};

/**
 * Last time stamp (ms) per track of a WebM file written by us, and where its last whole block ends: what a crash left.
 * Only this writer's own layout is understood.
 */
export const scanWebm = (bytes: Buffer): Map<number, { firstMs: number; lastMs: number; blocks: number }> => {
  const tracks = new Map<number, { firstMs: number; lastMs: number; blocks: number }>();
  let at = 0;
  let clusterMs = 0;
  for (;;) {
    const id = readVint(bytes, at, true);
    const length = id && readVint(bytes, at + id.length, false);
    if (!id || !length) return tracks;
    const data = at + id.length + length.length;
    const enter = id.value === 0x18538067 || id.value === 0x1f43b675;
    if (!enter && data + length.value > bytes.length) return tracks;
    if (id.value === 0xe7) clusterMs = bytes.readUIntBE(data, Math.min(6, length.value));
    if (id.value === 0xa3) {
      const track = bytes[data]! & 0x7f;
      const timeMs = clusterMs + bytes.readInt16BE(data + 1);
      const known = tracks.get(track);
      tracks.set(track, { firstMs: known?.firstMs ?? timeMs, lastMs: timeMs, blocks: (known?.blocks ?? 0) + 1 });
    }
    at = enter ? data : data + length.value;
  }
};
