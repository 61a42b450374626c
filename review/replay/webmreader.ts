/** One coded picture of a segment. */
export interface CodedFrame {
  /** On the segment's own time line. */
  readonly timeMs: number;
  readonly key: boolean;
  /** False for one that only helps to decode others. */
  readonly shown: boolean;
  readonly data: Uint8Array;
}

const SEGMENT = 0x18538067, TRACKS = 0x1654ae6b, TRACK = 0xae, CLUSTER = 0x1f43b675;
/** What is gone into; everything else is taken, or passed over, as a whole. */
const ENTERED: readonly number[] = [SEGMENT, TRACKS, TRACK, CLUSTER];
const TRACK_NUMBER = 0xd7, TRACK_TYPE = 0x83, CODEC = 0x86, CLUSTER_TIME = 0xe7, SIMPLE_BLOCK = 0xa3;
const VIDEO = 1;

const vint = (bytes: Uint8Array, at: number, marked: boolean): { value: number; length: number } | undefined => {
  const first = bytes[at];
  if (first === undefined || first === 0) return undefined;
  const length = Math.clz32(first) - 23;
  if (at + length > bytes.length) return undefined;
  let value = marked ? first : first & (0xff >> length);
  for (let i = 1; i < length; i += 1) value = value * 256 + bytes[at + i]!;
  return { value, length };
};
const uint = (bytes: Uint8Array): number => bytes.reduce((value, byte) => value * 256 + byte, 0);
const joined = (one: Uint8Array, two: Uint8Array): Uint8Array => {
  if (one.length === 0) return two;
  const both = new Uint8Array(one.length + two.length);
  both.set(one);
  both.set(two, one.length);
  return both;
};

/**
 * The coded pictures of a segment as its bytes come, in pieces cut anywhere. Own reading, not the media library's: that one asks
 * for bytes where this is handed them, and is many times as large as all the rest of the player. Understands what the recorder
 * writes (media/recording/webm.ts); a file that ends in the middle of a block ends with the block before. Pure.
 */
export const createWebmReader = () => {
  const frames: CodedFrame[] = [];
  let rest: Uint8Array = new Uint8Array();
  let clusterMs = 0;
  let track = { number: 0, type: 0 };
  let video: { number: number; codec: string } | undefined;

  const block = (data: Uint8Array): void => {
    // RFC 9559 section 10.2: track, time from the cluster's, flags.
    if (data.length <= 4 || (data[0]! & 0x7f) !== video?.number) return;
    const picture = data.subarray(4);
    // RFC 6386 section 9.1: the lowest bit of a key frame is 0; bit 4: it is shown.
    frames.push({ timeMs: clusterMs + (((data[1]! << 8) | data[2]!) << 16 >> 16), key: (picture[0]! & 1) === 0, shown: (picture[0]! & 0x10) !== 0, data: picture });
  };
  const whole = (id: number, data: Uint8Array): void => {
    if (id === TRACK_NUMBER) track = { number: uint(data), type: 0 };
    else if (id === TRACK_TYPE) track.type = uint(data);
    else if (id === CODEC && track.type === VIDEO) video ??= { number: track.number, codec: String.fromCharCode(...data) };
    else if (id === CLUSTER_TIME) clusterMs = uint(data);
    else if (id === SIMPLE_BLOCK) block(data);
  };

  return {
    /** All that have come whole, in the order of the file; grows. */
    frames: frames as readonly CodedFrame[],
    /** As WebM names it; undefined before it was read, or without a picture. */
    get codec(): string | undefined { return video?.codec; },
    push(bytes: Uint8Array): void {
      rest = joined(rest, bytes);
      let at = 0;
      for (;;) {
        const id = vint(rest, at, true);
        const size = id && vint(rest, at + id.length, false);
        if (!id || !size) break;
        const data = at + id.length + size.length;
        if (ENTERED.includes(id.value)) { at = data; continue; }
        if (data + size.value > rest.length) break;
        whole(id.value, rest.subarray(data, data + size.value));
        at = data + size.value;
      }
      rest = rest.subarray(at);
    },
  };
};
