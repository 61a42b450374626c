import { trackFrames, type FrameTracker, type NamedFrame } from './frames.ts';
import type { RemoteTrack } from './mediaLink.ts';

/** One remote person on one video element: sound and picture attached, the shown frame followed. */
export interface RemoteView {
  /** Puts the track on the element and asks for the media. */
  add(remote: RemoteTrack): Promise<void>;
  remove(remote: RemoteTrack): void;
  /** The frame now on the screen with its producer, to be named at the press of the shutter (R20). */
  lastFrame(): NamedFrame | undefined;
  close(): void;
}

/** A browser that lets no sound play before a touch keeps the picture; `onBlocked` then asks for the touch. */
export const createRemoteView = (video: HTMLVideoElement, options: { onFrame?: (frame: NamedFrame) => void; onBlocked?: () => void } = {}): RemoteView => {
  const stream = new MediaStream();
  let tracker: FrameTracker | undefined;
  let shown: string | undefined;
  const stop = (): void => { tracker?.stop(); tracker = undefined; };
  video.playsInline = true;
  return {
    add: async (remote) => {
      for (const old of stream.getTracks()) if (old.kind === remote.kind) stream.removeTrack(old);
      stream.addTrack(remote.track);
      // Not before there is a track: an empty stream holds up the page's load event.
      if (video.srcObject !== stream) video.srcObject = stream;
      if (remote.kind === 'video') {
        stop();
        shown = remote.producerId;
        tracker = trackFrames(video, remote.producerId, options.onFrame);
      }
      const playing = video.play().catch((error: unknown) => {
        if (error instanceof DOMException && error.name === 'NotAllowedError') options.onBlocked?.();
      });
      await remote.attached();
      await playing;
    },
    remove: (remote) => {
      stream.removeTrack(remote.track);
      if (remote.kind === 'video' && shown === remote.producerId) stop();
    },
    lastFrame: () => tracker?.last(),
    close: () => {
      stop();
      video.srcObject = null;
    },
  };
};
