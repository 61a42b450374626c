import { z } from 'zod';
import { ERRORS } from '../../contracts/errors.ts';
import type { ErrorCode } from '../../contracts/errors.ts';
import { mediaKind } from '../../contracts/signaling/media.ts';
import { heldInterval, missedInterval, segmentInfo } from './journal.ts';

/** What supervisor and recorder process say to each other, over Node's IPC with `serialization: 'advanced'`; parsed at both ends. */
const side = z.enum(['client', 'witness']);
/** Not `instanceof`: the bytes may come from another realm. */
const bytes = z.custom<Buffer>((value) => ArrayBuffer.isView(value));
const rtpTime = z.number().int().min(0).max(2 ** 32 - 1);
const sessionId = z.string().min(1).max(100);
/** Of asking for a session; each is higher than the one before. */
const attempt = z.number().int().positive();

const recorderTrack = z.object({
  side, kind: mediaKind, producerId: z.string(), mimeType: z.string(), clockRate: z.number().int().positive(), channels: z.number().int().optional(),
  payloadType: z.number().int(), ssrc: z.number().int(), cname: z.string().optional(),
});

export const REQUESTS = {
  startSession: z.object({ sessionId, caseId: z.string(), keyId: z.string(), key: bytes, clockOffsetMs: z.number(), attempt }),
  /** Who asked waits no longer: closed when it is open at last, unless it was asked for again since. */
  abandonSession: z.object({ sessionId, attempt }),
  addTrack: z.object({ sessionId, track: recorderTrack }),
  removeTrack: z.object({ sessionId, producerId: z.string() }),
  stopSession: z.object({ sessionId }),
  frameAt: z.object({ sessionId, side, producerId: z.string(), rtpTimestamp: rtpTime, earlier: z.number().int().min(0).max(5) }),
  /** Closes what an earlier life of the recorder left of a session, and tells all of it again; `over`: the session has ended, or no one comes back to it. */
  recover: z.object({ sessionId, caseId: z.string(), keyId: z.string(), key: bytes, over: z.boolean() }),
  stats: z.object({}),
  shutdown: z.object({}),
} as const;
export type RequestName = keyof typeof REQUESTS;
export type RequestData<N extends RequestName> = z.infer<(typeof REQUESTS)[N]>;

export const REPLIES = {
  startSession: z.object({ startedAt: z.number().optional(), held: z.array(heldInterval) }),
  abandonSession: z.object({}),
  addTrack: z.object({ port: z.number().int() }),
  removeTrack: z.object({}),
  /** `over`: everything of the session is closed and was told. */
  stopSession: z.object({ over: z.boolean() }),
  frameAt: z.object({ png: bytes, width: z.number(), height: z.number(), receivedAtMs: z.number(), wallMs: z.number(), earlier: z.array(z.object({ jpeg: bytes, rtpTimestamp: rtpTime, wallMs: z.number() })) }),
  recover: z.object({ over: z.boolean() }),
  stats: z.object({
    rssBytes: z.number(), cpuMs: z.number(), backlogBytes: z.number(),
    tracks: z.array(z.object({ producerId: z.string(), received: z.number(), late: z.number(), repaired: z.number(), lost: z.number(), ringBytes: z.number() })),
  }),
  shutdown: z.object({}),
} as const satisfies Record<RequestName, z.ZodType>;
export type ReplyData<N extends RequestName> = z.infer<(typeof REPLIES)[N]>;

export const request = z.object({ request: z.enum(Object.keys(REQUESTS) as [RequestName, ...RequestName[]]), id: z.number().int(), data: z.unknown() });

const errorCode = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]);
export const fromRecorder = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('reply'), id: z.number().int(), data: z.unknown() }),
  z.object({ type: z.literal('error'), id: z.number().int(), code: errorCode }),
  z.object({ type: z.literal('needKeyFrame'), sessionId, producerId: z.string() }),
  z.object({ type: z.literal('opened'), sessionId, side, startMs: z.number() }),
  z.object({ type: z.literal('held'), sessionId, held: z.array(heldInterval) }),
  z.object({ type: z.literal('segment'), sessionId, segment: segmentInfo }),
  z.object({ type: z.literal('missed'), sessionId, missed: missedInterval }),
  /** The store takes nothing since then; what comes is kept in memory and written later. */
  z.object({ type: z.literal('storeAway'), sessionId, code: z.string(), sinceMs: z.number() }),
  /** Writing failed for good, or another recorder has the session: ids and codes only. */
  z.object({ type: z.literal('fault'), sessionId, code: z.string() }),
]);
export type FromRecorder = z.infer<typeof fromRecorder>;
