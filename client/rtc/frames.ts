/** The frame that is on the screen, by the RTP time stamp that viewer, recorder and sender share (R20). */
export interface DisplayedFrame {
  readonly rtpTimestamp: number;
  readonly width: number;
  readonly height: number;
  /** Unix ms at which the browser put it on the screen. */
  readonly presentedAt: number;
}
export interface NamedFrame extends DisplayedFrame { readonly producerId: string }

type Metadata = VideoFrameCallbackMetadata & { rtpTimestamp?: number };

const toFrame = (metadata: Metadata): DisplayedFrame | undefined => (metadata.rtpTimestamp === undefined ? undefined : {
  rtpTimestamp: metadata.rtpTimestamp, width: metadata.width, height: metadata.height,
  presentedAt: Math.round(performance.timeOrigin + metadata.presentationTime),
});

/** The next frame that this video shows. Rejects when none comes in time (a still picture has no new frames). */
export const displayedFrame = (video: HTMLVideoElement, timeoutMs = 2_000): Promise<DisplayedFrame> => new Promise((resolve, reject) => {
  let handle = 0;
  const timer = setTimeout(() => { video.cancelVideoFrameCallback(handle); reject(new Error('no frame was shown')); }, timeoutMs);
  const look = (): void => {
    handle = video.requestVideoFrameCallback((_now, metadata) => {
      const frame = toFrame(metadata);
      if (!frame) return look();
      clearTimeout(timer);
      resolve(frame);
    });
  };
  look();
});

export interface FrameTracker {
  /** The frame now on the screen, with the producer it came from; undefined before the first one. */
  last(): NamedFrame | undefined;
  stop(): void;
}

/** Follows every shown frame, so that a press names the frame that the eye saw and not the one after it. */
export const trackFrames = (video: HTMLVideoElement, producerId: string, onFrame?: (frame: NamedFrame) => void): FrameTracker => {
  let last: NamedFrame | undefined;
  let stopped = false;
  let handle = 0;
  const follow = (): void => {
    handle = video.requestVideoFrameCallback((_now, metadata) => {
      if (stopped) return;
      const frame = toFrame(metadata);
      if (frame) {
        last = { ...frame, producerId };
        onFrame?.(last);
      }
      follow();
    });
  };
  follow();
  return { last: () => last, stop: () => { stopped = true; video.cancelVideoFrameCallback(handle); } };
};
