import type { types } from 'mediasoup';

/** What sessions need of the media engine. mediasoup's own objects pass through as types; only this folder imports its code. */
export type Consumer = types.Consumer;
export type Producer = types.Producer;
export type PlainTransport = types.PlainTransport;
export type WebRtcTransport = types.WebRtcTransport;
export type RtpCapabilities = types.RtpCapabilities;
export type RtpParameters = types.RtpParameters;
export type DtlsParameters = types.DtlsParameters;

/** The router of one session. It closes with its worker; `onWorkerDied` is then called once. */
export interface MediaRouter {
  readonly workerPid: number;
  readonly closed: boolean;
  /** VP8 + Opus, without the phone's rotation: then the sender rotates, and a recorder need not know. */
  readonly rtpCapabilities: RtpCapabilities;
  /** What a recorder receives: plain VP8 and Opus, no retransmission of its own, key frames by request. */
  readonly recorderCapabilities: RtpCapabilities;
  canConsume(options: { producerId: string; rtpCapabilities: RtpCapabilities }): boolean;
  /** On the worker's one port, UDP first, TCP as the way out. */
  createWebRtcTransport(): Promise<WebRtcTransport>;
  /** Plain RTP from a loopback port, RTCP muxed; for the recorder. */
  createLoopbackTransport(): Promise<PlainTransport>;
  close(): void;
}

export interface EngineOptions {
  /** Worker processes; default 1. Each has one port for UDP and TCP. */
  readonly workers?: number;
  /** Port of the first worker; the following ones count up. 0 takes free ones. */
  readonly port?: number;
  /** Address told to browsers; a host name or IP. Default 127.0.0.1. */
  readonly announcedAddress?: string;
  /** Default 0.0.0.0, or 127.0.0.1 when a loopback address is announced. */
  readonly listenIp?: string;
  /** `tcp` where a network lets no UDP pass; default both, UDP first. */
  readonly protocols?: readonly ('udp' | 'tcp')[];
  /** Path of the mediasoup-worker binary; default MEDIASOUP_WORKER_BIN, else mediasoup's own. */
  readonly workerBin?: string;
  /** A worker process died; its routers have been told and a new one is on its way. */
  readonly onWorkerDied?: (event: { pid: number; port: number; routers: number }) => void;
  readonly onError?: (message: string) => void;
}

export interface Engine {
  /** On the worker with the fewest routers. `onWorkerDied` fires once when its worker dies. Errors: MEDIA_UNAVAILABLE. */
  openRouter(options: { onWorkerDied: () => void }): Promise<MediaRouter>;
  workers(): readonly { pid: number; port: number; routers: number }[];
  /** Closes all workers and with them all routers. Closing twice is harmless. */
  close(): Promise<void>;
}
