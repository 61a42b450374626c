import type { Coverage, Missed, ReceivedFrame, SegmentInfo, Side, StopCause } from '../ports.ts';
import type { MediaKind } from '../../contracts/signaling/media.ts';

/** A track that a session hands to the recorder. The packets come as plain RTP over loopback, RTCP muxed. */
export interface RecorderTrack {
  readonly side: Side;
  readonly kind: MediaKind;
  /** Names the track: the producer of the sender. A new producer of the same side and kind follows the old one. */
  readonly producerId: string;
  readonly mimeType: string;
  readonly clockRate: number;
  readonly channels?: number;
  readonly payloadType: number;
  readonly ssrc: number;
  /** The sender's CNAME, the same for its sound and picture. */
  readonly cname?: string;
}

/** What the recorder tells a session; what comes after `stopSession` has resolved goes to the orphans' observer. */
export interface RecorderListener {
  /** The recorder has no key frame to start from, or the last one is 10 s old; answered with a PLI to the sender. */
  onNeedKeyFrame(producerId: string): void;
  /** Began (first packets of the session reach the disk) or stopped to record; `cause` of a stop that nobody asked for. */
  onRecording(running: boolean, at: Date, cause?: StopCause): void;
  /** This came and is not in the recording. */
  onMissed(missed: Missed): Promise<boolean>;
  /** Both resolve when it is written down; false: it is told again. */
  onSegment(segment: SegmentInfo): Promise<boolean>;
  /** The recorder process died; every port it gave is dead. */
  onExit(): void;
  /** Its supervisor has started it again and the session is known to it: add every track again. */
  onRestart(): void;
}

/**
 * The recorder as sessions see it: a supervised process of its own. Its UDP ports listen on 127.0.0.1 only.
 * Every method throws MEDIA_UNAVAILABLE while the process is down.
 */
export interface Recorder {
  /** Idempotent. The session may be rebuilt under the same id without being started again. */
  startSession(options: { sessionId: string; caseId: string; listener: RecorderListener }): Promise<void>;
  /** Opens a loopback UDP port (RTCP muxed) for this one track. The sender is the caller's plain transport. */
  addTrack(options: { sessionId: string; track: RecorderTrack }): Promise<{ ip: '127.0.0.1'; port: number }>;
  /** The track has ended (or paused for good); what was received is sealed. Unknown ones are ignored. */
  removeTrack(options: { sessionId: string; producerId: string }): Promise<void>;
  /** The sender paused or resumed the track: a gap then is `muted`, not `peer_lost`. Unknown ones are ignored. */
  setPaused(options: { sessionId: string; producerId: string; paused: boolean }): Promise<void>;
  /** A side is gone, and why; it is back with its next track. Unknown sessions are ignored. */
  setAway(options: { sessionId: string; side: Side; cause: 'peer_lost' | 'left' | 'worker_died' }): Promise<void>;
  /**
   * Seals the last segments of the session; all `onSegment` calls come before it resolves. Idempotent. While the process is being
   * started again it waits for it (at most 8 s): its crash-cut segments are reported first. While the store is away it waits for that
   * (at most 80 s); MEDIA_UNAVAILABLE then, and the session is closed when it is back.
   */
  stopSession(sessionId: string): Promise<void>;
  /** Errors: FRAME_UNKNOWN, FRAME_TOO_OLD, FRAME_INCOMPLETE, FRAME_NOT_OF_CLIENT_TRACK. */
  frameAt(options: { sessionId: string; side: Side; producerId: string; rtpTimestamp: number; earlier?: number }): Promise<ReceivedFrame>;
  coverage(sessionId: string, side: Side, kind: MediaKind, fromMs: number, toMs: number): Promise<Coverage>;
  /** The process lives and packets of this session reach the disk. */
  running(sessionId: string): boolean;
  /** Unix ms of the clock on which recordings stand. */
  now(): number;
  /** Unix ms of the first recorded instant of the session. */
  startedAt(sessionId: string): number | undefined;
  close(): Promise<void>;
}
