import { z } from 'zod';
import { method } from './wire.ts';

/** Who sits in a session. The recorder is no peer of this socket. */
export const mediaRole = z.enum(['client', 'witness', 'listener']);
export type MediaRole = z.infer<typeof mediaRole>;
export const mediaKind = z.enum(['audio', 'video']);
export type MediaKind = z.infer<typeof mediaKind>;

/** mediasoup's own structures pass through as they are: mediasoup checks them itself. */
const opaque = z.record(z.string(), z.unknown());

export const transportOptions = z.object({ id: z.string(), iceParameters: opaque, iceCandidates: z.array(opaque), dtlsParameters: opaque });
export type TransportOptions = z.infer<typeof transportOptions>;

/** Requests of a peer on the media socket. The first message must be `join` with the single-use ticket. */
export const MEDIA_METHODS = {
  join: method(
    z.object({ ticket: z.string().min(16).max(200) }),
    z.object({ sessionId: z.string(), role: mediaRole, peerId: z.string(), routerRtpCapabilities: opaque, detail: z.boolean() }),
  ),
  /** Creates the two WebRTC transports and tells what this end can receive; consumers follow as notifications. */
  setup: method(
    z.object({ rtpCapabilities: opaque }),
    z.object({ send: transportOptions, receive: transportOptions }),
  ),
  connectTransport: method(z.object({ transportId: z.string(), dtlsParameters: opaque }), z.object({})),
  restartIce: method(z.object({ transportId: z.string() }), z.object({ iceParameters: opaque })),
  produce: method(
    z.object({ transportId: z.string(), kind: mediaKind, rtpParameters: opaque }),
    z.object({ producerId: z.string() }),
  ),
  closeProducer: method(z.object({ producerId: z.string() }), z.object({})),
  pauseProducer: method(z.object({ producerId: z.string() }), z.object({})),
  resumeProducer: method(z.object({ producerId: z.string() }), z.object({})),
  /** Consumers start paused; the receiver asks for them when it is ready. */
  resumeConsumer: method(z.object({ consumerId: z.string() }), z.object({})),
  /** The end's own view of the network, about every 2 s; kept as an event for the replay. */
  reportQuality: method(
    z.object({ rttMs: z.number().min(0).max(60_000).optional(), lossUp: z.number().min(0).max(1).optional(), lossDown: z.number().min(0).max(1).optional(), bitrateUp: z.number().min(0).optional(), frameWidth: z.number().int().min(0).optional(), targetBitrate: z.number().min(0).optional() }),
    z.object({}),
  ),
  /** Leaves for good (hang up); a socket that merely breaks is an interruption. */
  leave: method(z.object({}), z.object({})),
} as const;
export type MediaMethod = keyof typeof MEDIA_METHODS;

/** Notifications of the server to a peer. */
export const MEDIA_NOTIFICATIONS = {
  consumer: z.object({ consumerId: z.string(), producerId: z.string(), peerRole: mediaRole, kind: mediaKind, rtpParameters: opaque, paused: z.boolean() }),
  consumerClosed: z.object({ consumerId: z.string() }),
  peerJoined: z.object({ role: mediaRole }),
  peerLeft: z.object({ role: mediaRole, interrupted: z.boolean() }),
  /** The media worker died: everything of this socket's media is gone; a `rebuilt` follows. */
  interrupted: z.object({ cause: z.enum(['worker_died', 'peer_lost', 'host_lost']) }),
  /** Same session, new worker: call `setup` and `produce` again with these capabilities. */
  rebuilt: z.object({ routerRtpCapabilities: opaque }),
  /** Card steps want `contentHint = 'detail'` and full width, the rest `'motion'`. */
  contentHint: z.object({ detail: z.boolean() }),
  recorder: z.object({ running: z.boolean() }),
  closed: z.object({ reason: z.string() }),
} as const;
export type MediaNotification = keyof typeof MEDIA_NOTIFICATIONS;

/** Start bitrate of the video sender, about 1 Mbit/s; the limit keeps a call usable on 4G. */
export const VIDEO_BITRATE = { startKbps: 1000, maxBps: 2_500_000 } as const;
