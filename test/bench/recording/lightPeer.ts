/** A participant without a browser: loops a clip as RTP, answers NACK and key frame requests as a browser does. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { randomInt } from 'node:crypto';
import { CLIP_FPS } from './clips.ts';
import type { Clip } from './clips.ts';

const MTU = 1_150;
const HISTORY = 2_048;
export const PAYLOAD = { video: 101, audio: 100 } as const;

interface Stream { readonly ssrc: number; readonly payloadType: number; sequence: number; readonly history: (Buffer | undefined)[] }

export interface LightPeer {
  readonly port: number;
  readonly ssrc: { readonly video: number; readonly audio: number };
  start(targetPort: number): void;
  /** Sends all that is due at this moment of the monotonic clock, in ms. */
  tick(nowMs: number): void;
  /** Share of packets, both ways, that never arrive. */
  setLoss(loss: number): void;
  /** From the next frame on another clip, as a camera that changes its size inside its track. */
  switchTo(clip: Clip): void;
  stats(): { sent: number; dropped: number; repeated: number; keyFrames: number; videoBytes: number };
  close(): void;
}

/** @param onPli `restart`: the loop begins again with its key frame; `ignore`: the clip has one each second. @param ppm how much faster than the host the sender's clock runs */
export async function openLightPeer(first: Clip, { onPli, ppm = 0 }: { onPli: 'restart' | 'ignore'; ppm?: number }): Promise<LightPeer> {
  const socket: Socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const stream = (payloadType: number): Stream => ({ ssrc: randomInt(1, 2 ** 31), payloadType, sequence: randomInt(0, 2 ** 16), history: new Array<Buffer | undefined>(HISTORY) });
  const video = stream(PAYLOAD.video);
  const audio = stream(PAYLOAD.audio);
  const base = { video: randomInt(0, 2 ** 32), audio: randomInt(0, 2 ** 32) };
  const counts = { sent: 0, dropped: 0, repeated: 0, keyFrames: 0, videoBytes: 0 };
  const speed = 1 + ppm / 1e6;
  let target: number | undefined;
  let startMs: number | undefined;
  let loss = 0;
  let frames = 0;
  let packets = 0;
  /** Place in the clip of the next frame; runs apart from `frames` where the loop was begun again. */
  let place = 0;
  let restart = false;
  let clip = first;

  const transmit = (packet: Buffer): void => {
    if (loss > 0 && Math.random() < loss) counts.dropped += 1;
    else socket.send(packet, target!, '127.0.0.1');
  };
  const send = (of: Stream, timestamp: number, marker: boolean, payload: readonly Buffer[]): void => {
    const head = Buffer.alloc(12);
    head[0] = 0x80;
    head[1] = of.payloadType | (marker ? 0x80 : 0);
    head.writeUInt16BE(of.sequence, 2);
    head.writeUInt32BE(timestamp % 2 ** 32, 4);
    head.writeUInt32BE(of.ssrc, 8);
    const packet = Buffer.concat([head, ...payload]);
    of.history[of.sequence % HISTORY] = packet;
    of.sequence = (of.sequence + 1) % 2 ** 16;
    counts.sent += 1;
    transmit(packet);
  };
  const sendFrame = (): void => {
    if (restart) place = 0;
    restart = false;
    const { data, key } = clip.video[place]!;
    const timestamp = base.video + (frames * 90_000) / CLIP_FPS;
    for (let at = 0; at < data.length; at += MTU) {
      send(video, timestamp, at + MTU >= data.length, [Buffer.from([at === 0 ? 0x10 : 0x00]), data.subarray(at, at + MTU)]);
    }
    if (key) counts.keyFrames += 1;
    counts.videoBytes += data.length;
    frames += 1;
    place = (place + 1) % clip.video.length;
  };
  const sendSound = (): void => {
    send(audio, base.audio + packets * 960, packets === 0, [clip.audio[packets % clip.audio.length]!]);
    packets += 1;
  };

  const repeat = (ssrc: number, sequence: number): void => {
    const packet = (ssrc === video.ssrc ? video : audio).history[sequence % HISTORY];
    if (packet?.readUInt16BE(2) !== sequence) return;
    counts.repeated += 1;
    transmit(packet);
  };
  /** RTCP, one report after the other (RFC 4585): NACK, PLI, FIR. */
  const feedback = (bytes: Buffer): void => {
    for (let at = 0; at + 8 <= bytes.length;) {
      const [format, type, length] = [bytes[at]! & 0x1f, bytes[at + 1]!, (bytes.readUInt16BE(at + 2) + 1) * 4];
      if (type === 205 && format === 1) {
        const ssrc = bytes.readUInt32BE(at + 8);
        for (let item = at + 12; item + 4 <= at + length; item += 4) {
          const [first, mask] = [bytes.readUInt16BE(item), bytes.readUInt16BE(item + 2)];
          for (let bit = -1; bit < 16; bit += 1) if (bit < 0 || mask & (1 << bit)) repeat(ssrc, (first + bit + 1) % 2 ** 16);
        }
      }
      if (type === 206 && (format === 1 || format === 4) && onPli === 'restart') restart = true;
      at += length;
    }
  };
  socket.on('message', (bytes) => { if (target !== undefined && (loss === 0 || Math.random() >= loss)) feedback(bytes); });

  return {
    port: socket.address().port, ssrc: { video: video.ssrc, audio: audio.ssrc },
    start(targetPort) { target = targetPort; },
    tick(nowMs) {
      if (target === undefined) return;
      startMs ??= nowMs;
      const elapsed = (nowMs - startMs) * speed;
      while ((frames * 1000) / CLIP_FPS <= elapsed || packets * 20 <= elapsed) {
        if ((frames * 1000) / CLIP_FPS <= packets * 20) sendFrame();
        else sendSound();
      }
    },
    setLoss(share) { loss = share; },
    switchTo(next) {
      clip = next;
      restart = true;
    },
    stats: () => ({ ...counts }),
    close() { target = undefined; socket.close(); },
  };
}
