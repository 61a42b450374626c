import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { once } from 'node:events';
import { randomInt } from 'node:crypto';
import { createTrackClock } from './clock.ts';
import type { Interval } from './coverage.ts';
import type { HostClock } from './hostclock.ts';
import { createLossWatch } from './losswatch.ts';
import type { RecorderTrack } from './port.ts';
import { AUDIO_REORDER, VIDEO_REORDER, createReorderBuffer } from './reorder.ts';
import type { ReorderEvent } from './reorder.ts';
import { createFrameRing } from './ring.ts';
import { buildNack, isRtcp, opusDurationMs, parseRtp } from './rtp.ts';
import type { SideBlock } from './side.ts';
import { createVp8Assembler } from './vp8.ts';

/** A frame's share of time when the next one is not known yet. */
const VIDEO_FRAME_MS = 33;
/** Packets of sound, 20 ms each: longer than a sender's pause that counts as none. */
const LONG_HOLE = 30;
const RECEIVE_BUFFER = 4 * 1024 * 1024;

export interface TrackReceiver {
  readonly track: RecorderTrack;
  readonly port: number;
  readonly ring: ReturnType<typeof createFrameRing>;
  readonly clock: ReturnType<typeof createTrackClock>;
  readonly stats: ReturnType<typeof createReorderBuffer>['stats'];
  tick(nowMs: number): void;
  /** Hands out what is held and closes the port. Twice is harmless. */
  close(): void;
}

/** One UDP port on loopback for one track: RTP in, NACK out, frames and packets in order to `onBlock`. */
export const createTrackReceiver = async (options: {
  track: RecorderTrack;
  host: HostClock;
  onBlock(block: SideBlock): void;
  onNeedKeyFrame(): void;
  /** More was lost for good in this stretch than a recording may lack. */
  onLoss(stretch: Interval): void;
}): Promise<TrackReceiver> => {
  const { track, onBlock } = options;
  const socket: Socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  try { socket.setRecvBufferSize(RECEIVE_BUFFER); } catch { /* the system's own limit has to do */ }
  const reorder = createReorderBuffer(track.kind === 'video' ? VIDEO_REORDER : AUDIO_REORDER);
  const assembler = createVp8Assembler();
  const ring = createFrameRing();
  const clock = createTrackClock(track.clockRate);
  const senderSsrc = randomInt(1, 2 ** 32 - 1);
  let remote: RemoteInfo | undefined;
  const watch = createLossWatch(track.kind);
  let waitingForKey = track.kind === 'video';
  let pictured = false;
  let closed = false;

  const count = (what: { good?: number; lost?: number }): void => {
    const stretch = watch.note(options.host.now(), what);
    if (stretch) options.onLoss(stretch);
  };
  const handle = (events: readonly ReorderEvent[]): void => {
    for (const event of events) {
      if (track.kind === 'audio') {
        // A long hole is a gap by itself; counted as loss it would take what came after it along.
        if (event.type === 'packet') count({ good: 1 });
        else if (event.packets <= LONG_HOLE) count({ lost: event.packets });
        if (event.type === 'gap' || event.packet.packet.payload.length === 0) continue;
        const data = event.packet.packet.payload;
        onBlock({ track, clock, rtp: event.packet.rtp, key: true, durationMs: opusDurationMs(data), data });
        continue;
      }
      for (const made of event.type === 'gap' ? assembler.gap() : assembler.packet(event.packet)) {
        if (made.type === 'lost') {
          // Before the first picture nothing was lost: the sender has still to be asked for one.
          if (pictured) count({ lost: 1 });
          ring.lost(made.rtp);
          waitingForKey = true;
          options.onNeedKeyFrame();
          continue;
        }
        const { frame } = made;
        waitingForKey = false;
        pictured = true;
        count({ good: 1 });
        ring.add(frame);
        onBlock({ track, clock, rtp: frame.rtp, key: frame.key, durationMs: VIDEO_FRAME_MS, data: frame.data, width: frame.width, height: frame.height });
      }
    }
  };

  const askAgain = (nowMs: number): void => {
    const wanted = reorder.nacks(nowMs);
    if (wanted.length > 0 && remote) socket.send(buildNack(senderSsrc, track.ssrc, wanted), remote.port, remote.address, () => undefined);
  };

  socket.on('message', (datagram, from) => {
    if (closed || isRtcp(datagram)) return;
    const packet = parseRtp(datagram);
    if (!packet || packet.ssrc !== track.ssrc || packet.payloadType !== track.payloadType) return;
    // The first sender is the session's transport; nobody else on this host may speak into the recording.
    remote ??= from;
    if (from.port !== remote.port || from.address !== remote.address) return;
    // Padding-only packets keep the sequence but carry no time of a frame.
    const nowMs = options.host.now();
    const events = reorder.push(packet, nowMs);
    for (const event of events) if (event.type === 'packet') clock.observe(event.packet.rtp, event.packet.arrivedAtMs);
    handle(events);
    askAgain(nowMs);
  });
  socket.on('error', () => undefined);

  return {
    track, ring, clock, stats: reorder.stats,
    port: socket.address().port,
    tick(nowMs) {
      if (closed) return;
      const events = reorder.tick(nowMs);
      for (const event of events) if (event.type === 'packet') clock.observe(event.packet.rtp, event.packet.arrivedAtMs);
      handle(events);
      askAgain(nowMs);
      if (waitingForKey && remote) options.onNeedKeyFrame();
    },
    close() {
      if (closed) return;
      handle(reorder.drain());
      closed = true;
      socket.close();
    },
  };
};
