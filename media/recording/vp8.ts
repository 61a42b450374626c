import type { RtpPacket } from './rtp.ts';

/** VP8 over RTP (RFC 7741): payload descriptor, frame header, and packets put together to frames. Pure. */
export interface Vp8Payload { readonly start: boolean; readonly partition: number; readonly data: Buffer }

/** Undefined when the descriptor is cut off. */
export const parseVp8 = (payload: Buffer): Vp8Payload | undefined => {
  if (payload.length < 1) return undefined;
  const first = payload[0]!;
  let at = 1;
  if (first & 0x80) {
    const extension = payload[at] ?? 0;
    at += 1;
    if (extension & 0x80) at += (payload[at] ?? 0) & 0x80 ? 2 : 1;
    if (extension & 0x40) at += 1;
    if (extension & 0x30) at += 1;
  }
  if (at >= payload.length) return undefined;
  return { start: (first & 0x10) !== 0, partition: first & 0x07, data: payload.subarray(at) };
};

/** Key frame and its size, from a frame's first bytes (RFC 6386 section 9.1). */
export const vp8FrameHeader = (frame: Uint8Array): { key: boolean; width?: number; height?: number } => {
  const key = frame.length > 0 && (frame[0]! & 1) === 0;
  if (!key || frame.length < 10) return { key };
  return { key, width: (frame[6]! | (frame[7]! << 8)) & 0x3fff, height: (frame[8]! | (frame[9]! << 8)) & 0x3fff };
};

export interface Vp8Frame {
  readonly data: Buffer;
  /** Unwrapped RTP time stamp. */
  readonly rtp: number;
  readonly key: boolean;
  readonly width: number;
  readonly height: number;
  /** Unix ms at which its last packet came. */
  readonly receivedAtMs: number;
}

/** `lost`: a frame of which packets are missing, or that needs one; nothing decodes before the next key frame. */
export type AssemblerEvent = { readonly type: 'frame'; readonly frame: Vp8Frame } | { readonly type: 'lost'; readonly rtp: number | undefined };

export interface OrderedPacket { readonly packet: RtpPacket; readonly rtp: number; readonly arrivedAtMs: number }

/** Puts packets that come in order together to frames. After a loss every frame is `lost` until a key frame. */
export const createVp8Assembler = (): { packet(packet: OrderedPacket): AssemblerEvent[]; gap(): AssemblerEvent[] } => {
  let parts: Buffer[] = [];
  let current: number | undefined;
  let arrivedAtMs = 0;
  let whole = false;
  let waitingForKey = true;
  let width = 0;
  let height = 0;

  /** `marked`: the packet that ends every frame (RFC 7741 section 4.1) has come. */
  const finish = (marked: boolean): AssemblerEvent[] => {
    if (current === undefined) return [];
    const rtp = current;
    const complete = whole && marked;
    const data = complete ? Buffer.concat(parts) : undefined;
    parts = [];
    current = undefined;
    const header = data ? vp8FrameHeader(data) : undefined;
    if (header?.key && header.width && header.height) {
      waitingForKey = false;
      width = header.width;
      height = header.height;
    }
    if (!data || waitingForKey) {
      waitingForKey = true;
      return [{ type: 'lost', rtp }];
    }
    return [{ type: 'frame', frame: { data, rtp, key: header?.key ?? false, width, height, receivedAtMs: arrivedAtMs } }];
  };

  return {
    packet({ packet, rtp, arrivedAtMs: at }) {
      const payload = parseVp8(packet.payload);
      if (!payload) return [];
      // The SFU renumbers when it leaves packets out (pause, change of layer): numbers in order do not make a frame whole.
      const events = current !== undefined && current !== rtp ? finish(false) : [];
      if (current === undefined) {
        current = rtp;
        whole = payload.start && payload.partition === 0;
      }
      parts.push(payload.data);
      arrivedAtMs = at;
      return packet.marker ? [...events, ...finish(true)] : events;
    },
    gap() {
      whole = false;
      waitingForKey = true;
      return current === undefined ? [{ type: 'lost', rtp: undefined }] : finish(false);
    },
  };
};
