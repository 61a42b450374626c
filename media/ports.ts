import type { MediaKind, MediaRole } from '../contracts/signaling/media.ts';

/** The two recorded sides of a session. */
export type Side = 'client' | 'witness';

/** Why a recorder stopped that nobody stopped. `nothing_came`: it runs, and neither side sends. */
export type StopCause = 'recorder_down' | 'store_unavailable' | 'disk_full' | 'nothing_came';

/** Facts that media reports; it knows no case and no database. Called at most once per change, in order. */
export interface SessionObserver {
  joined(sessionId: string, role: MediaRole): void;
  /** `interrupted`: the socket broke or the worker died; otherwise the person hung up. */
  left(sessionId: string, role: MediaRole, interrupted: boolean): void;
  /** Both client and witness send picture and sound. */
  live(sessionId: string): void;
  interrupted(sessionId: string, cause: 'worker_died' | 'peer_lost' | 'host_lost'): void;
  rebuilt(sessionId: string): void;
  /** The recorder of this session started or stopped recording (R40); `cause` of a stop that nobody asked for. */
  recording(sessionId: string, running: boolean, at: Date, cause?: StopCause): void;
  /** Resolves when it is written down; false: it is not, and is to be told again. */
  missed(sessionId: string, missed: Missed): Promise<boolean>;
  /** A side switched its picture or sound off, or on again. */
  muted(sessionId: string, side: Side, kind: MediaKind, muted: boolean): void;
  /** May be told more than once: taken by `segmentId`. Resolves when it is written down; false: it is not, and is to be told again. */
  segment(sessionId: string, segment: SegmentInfo): Promise<boolean>;
  quality(sessionId: string, role: MediaRole, figures: Record<string, number>): void;
}

/** RTP time ↔ wall clock of one track inside one segment: wall = wallClockMs + (rtp − rtpTimestamp)/clockRate (mod 2^32). */
export interface TrackAnchor {
  readonly kind: MediaKind;
  readonly producerId: string;
  readonly ssrc: number;
  readonly clockRate: number;
  readonly rtpTimestamp: number;
  readonly wallClockMs: number;
  /** Seconds on the segment's own time line of that anchor. */
  readonly fileSeconds: number;
}

/** One closed recording segment (about 10 s, opens by itself with a key frame). Times are Unix milliseconds. */
export interface SegmentInfo {
  readonly segmentId: string;
  readonly side: Side;
  readonly index: number;
  readonly fileId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly mimeType: string;
  readonly byteLength: number;
  readonly saltedSha256: string;
  readonly tracks: readonly TrackAnchor[];
  /** Which stretches of it hold packets of either kind; not told of files from before this was noted. */
  readonly held?: readonly { readonly kind: MediaKind; readonly fromMs: number; readonly toMs: number }[];
}

/** A stretch (Unix ms) that came and is not in the recording: more was lost than it may lack, or the store took nothing for too long. */
export interface Missed { readonly side: Side; readonly kind: MediaKind; readonly fromMs: number; readonly toMs: number; readonly cause: 'loss' | 'store_unavailable' | 'disk_full' }

/** A frame as the server received it (R20). */
export interface ReceivedFrame {
  readonly png: Buffer;
  readonly width: number;
  readonly height: number;
  readonly producerId: string;
  readonly rtpTimestamp: number;
  /** Wall clock at which the frame was received, Unix ms. */
  readonly receivedAtMs: number;
  /** Milliseconds since the session's recording began: the clock of the replay. */
  readonly mediaTimeMs: number;
  /** What came shortly before it, the newest first, as JPEG: one of them may show the card better. Empty unless asked for. */
  readonly earlier: readonly EarlierFrame[];
}
export interface EarlierFrame { readonly jpeg: Buffer; readonly rtpTimestamp: number; readonly mediaTimeMs: number }

/** A stretch in which a side's track was not recorded. */
export interface Gap { readonly side: Side; readonly kind: MediaKind; readonly fromMs: number; readonly toMs: number; readonly cause: string }
export interface Coverage { readonly status: 'covered' | 'partly' | 'missing'; readonly gaps: readonly Gap[] }

/** What the server needs of the media host. Implemented by media/session. Errors: MEDIA_UNAVAILABLE, SESSION_NOT_FOUND, FRAME_*. */
export interface MediaHost {
  /** Creates the router and the recorder of a session; idempotent. */
  openSession(options: { sessionId: string; caseId: string }): Promise<void>;
  closeSession(sessionId: string, reason: string): Promise<void>;
  /** The frame of the client's (or witness's) current video track with this RTP time stamp; at most 5 s old. `earlier`: how many of the second before it. */
  frameAt(options: { sessionId: string; side: Side; producerId?: string; rtpTimestamp: number; earlier?: number }): Promise<ReceivedFrame>;
  /** Whether [fromMs, toMs] (Unix ms) of a side's track is on disk or in the recorder's hands. */
  coverage(sessionId: string, side: Side, kind: MediaKind, fromMs: number, toMs: number): Promise<Coverage>;
  recorderRunning(sessionId: string): boolean;
  /** Unix ms of the first recorded instant, the zero of media time; undefined before. */
  recordingStartedAt(sessionId: string): number | undefined;
  /** Card steps: the client's sender is told to send detail (1280 px wide). */
  setDetail(sessionId: string, detail: boolean): void;
  close(): Promise<void>;
}

/** What lies in the recording of one moment of the client's picture. */
export interface RecordedMoment {
  readonly segmentId: string;
  /** The frame with that RTP time stamp, or, where it was not recorded, the nearest one: `offsetMs` is how much later it is (0: that very frame). */
  readonly png: Buffer;
  readonly offsetMs: number;
  /** Unix ms of that frame by the segment's clock. */
  readonly wallMs: number;
  /** Other moments near it, as JPEG, with how much later than the wanted one each is. */
  readonly around: readonly { readonly offsetMs: number; readonly jpeg: Buffer }[];
}
/** Reads single pictures out of recordings, of running calls too: up to what the recorder has put on disk. Errors: EVIDENCE_DAMAGED, KEY_UNAVAILABLE, MEDIA_UNAVAILABLE. */
export interface RecordedFrames {
  /**
   * @param wide also what was seen up to 10 s before and after, a picture each half second; else only the second before
   * @returns undefined when nothing within half a second of it is on disk (yet)
   */
  momentAt(options: { caseId: string; sessionId: string; producerId: string; rtpTimestamp: number; wide?: boolean }): Promise<RecordedMoment | undefined>;
}

/** The key of a case, 32 bytes; the caller never stores it. */
export interface CaseKeys { keyFor(caseId: string): Promise<{ keyId: string; key: Buffer }> }

/** A single-use ticket is taken (and thereby spent) by the server; undefined when wrong, old or spent. */
export interface TakeTicket { (ticket: string): Promise<{ sessionId: string; role: MediaRole; personId: string } | undefined> }

/** Encrypted, write-once files of a case. `kind` e.g. `photo`, `upload`, `segment`, `text`. */
export interface EvidenceStore {
  put(options: { caseId: string; kind: string; contentType: string; bytes: Buffer }): Promise<StoredFile>;
  /** Whole plaintext, or the byte range [start, end] inclusive; only the chunks needed are opened. */
  read(options: { caseId: string; fileId: string; start?: number; end?: number }): Promise<{ bytes: Buffer; size: number; contentType: string }>;
  remove(options: { caseId: string; fileId: string }): Promise<void>;
  /** All files of a case. Only where the rules let it go (R44). */
  removeCase(caseId: string): Promise<void>;
  /** Files that a crash left half-written before this time; answers how many. */
  removeUnfinished(before: Date): Promise<number>;
}

/** Salt is 32 random bytes; SHA-256(salt ‖ plaintext) in hex. The salt is kept inside the encrypted file's header. */
export interface StoredFile { readonly fileId: string; readonly size: number; readonly saltedSha256: string; readonly salt: string; readonly contentType: string }
