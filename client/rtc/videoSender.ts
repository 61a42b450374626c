import type { Producer } from 'mediasoup-client/types';
import { VIDEO_BITRATE } from '../../contracts/signaling/media.ts';

/** How our one video layer is sent: starts near 1 Mbit/s, at most 2.5. */
export const VIDEO_OPTIONS = {
  encodings: [{ maxBitrate: VIDEO_BITRATE.maxBps }],
  codecOptions: { videoGoogleStartBitrate: VIDEO_BITRATE.startKbps },
};

const FULL_WIDTH: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 } };

/**
 * Card steps want full width even at a few frames a second (`detail`), the rest smooth pictures (`motion`).
 * A camera that refuses the size keeps its own: the hint still holds.
 */
export const applyDetail = async (producer: Producer, detail: boolean): Promise<void> => {
  const { track, rtpSender } = producer;
  if (!track || track.readyState === 'ended') return;
  track.contentHint = detail ? 'detail' : 'motion';
  if (rtpSender) await preferResolution(rtpSender, detail).catch(() => undefined);
  if (detail && (track.getSettings().width ?? 0) < 1280) await track.applyConstraints(FULL_WIDTH).catch(() => undefined);
};

const preferResolution = async (sender: RTCRtpSender, detail: boolean): Promise<void> => {
  const parameters = sender.getParameters() as RTCRtpSendParameters & { degradationPreference?: string };
  parameters.degradationPreference = detail ? 'maintain-resolution' : 'balanced';
  await sender.setParameters(parameters);
};
