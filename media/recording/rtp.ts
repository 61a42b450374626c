/**
 * The little of RTP and RTCP that a recorder needs (RFC 3550, RFC 4585), without copying the payload.
 * Own parsing instead of a library: it runs for every packet, and needs no SRTP, DTLS or ICE.
 */
export interface RtpPacket {
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly marker: boolean;
  /** Lies inside the datagram that was parsed. */
  readonly payload: Buffer;
}

/** RTP and RTCP share a port: RTCP's packet types lie where RTP would have marker + 64…95 (RFC 5761). */
export const isRtcp = (datagram: Buffer): boolean => datagram.length >= 8 && datagram[1]! >= 192 && datagram[1]! <= 223;

/** Undefined when this is no RTP packet. */
export const parseRtp = (datagram: Buffer): RtpPacket | undefined => {
  if (datagram.length < 12 || datagram[0]! >> 6 !== 2) return undefined;
  let start = 12 + (datagram[0]! & 0x0f) * 4;
  if (datagram[0]! & 0x10) {
    if (datagram.length < start + 4) return undefined;
    start += 4 + datagram.readUInt16BE(start + 2) * 4;
  }
  const end = datagram.length - (datagram[0]! & 0x20 ? datagram[datagram.length - 1]! : 0);
  if (start > end) return undefined;
  return {
    payloadType: datagram[1]! & 0x7f,
    marker: (datagram[1]! & 0x80) !== 0,
    sequence: datagram.readUInt16BE(2),
    timestamp: datagram.readUInt32BE(4),
    ssrc: datagram.readUInt32BE(8),
    payload: datagram.subarray(start, end),
  };
};

/** Generic NACK (RFC 4585 section 6.2.1) for these sequence numbers of `mediaSsrc`. */
export const buildNack = (senderSsrc: number, mediaSsrc: number, sequences: readonly number[]): Buffer => {
  const items: { pid: number; mask: number }[] = [];
  for (const sequence of sequences) {
    const last = items.at(-1);
    const distance = last ? (sequence - last.pid) & 0xffff : 0;
    if (last && distance >= 1 && distance <= 16) last.mask |= 1 << (distance - 1);
    else items.push({ pid: sequence & 0xffff, mask: 0 });
  }
  const out = Buffer.alloc(12 + items.length * 4);
  out[0] = 0x81;
  out[1] = 205;
  out.writeUInt16BE(out.length / 4 - 1, 2);
  out.writeUInt32BE(senderSsrc, 4);
  out.writeUInt32BE(mediaSsrc, 8);
  items.forEach(({ pid, mask }, i) => {
    out.writeUInt16BE(pid, 12 + i * 4);
    out.writeUInt16BE(mask, 14 + i * 4);
  });
  return out;
};

/** Makes a counter of `bits` bits that wraps into one that does not. Tolerates reordering of up to half the range. */
export const createUnwrapper = (bits: 16 | 32): ((value: number) => number) => {
  const range = 2 ** bits;
  let last: number | undefined;
  return (value) => {
    if (last === undefined) {
      // One range up: a packet that came before the first one still counts above zero.
      last = value + range;
      return last;
    }
    let delta = (value - (last % range) + range) % range;
    if (delta >= range / 2) delta -= range;
    const unwrapped = last + delta;
    if (unwrapped > last) last = unwrapped;
    return unwrapped;
  };
};

/** Milliseconds of sound in one Opus packet (RFC 6716 section 3.1). */
export const opusDurationMs = (packet: Uint8Array): number => {
  if (packet.length === 0) return 0;
  const toc = packet[0]!;
  const config = toc >> 3;
  const frame = config < 12 ? [10, 20, 40, 60][config % 4]! : config < 16 ? [10, 20][config % 2]! : [2.5, 5, 10, 20][config % 4]!;
  const code = toc & 3;
  return frame * (code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 1) & 0x3f);
};
