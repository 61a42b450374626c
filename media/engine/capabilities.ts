import type { types } from 'mediasoup';
import { VIDEO_BITRATE } from '../../contracts/signaling/media.ts';

/** VP8 and Opus only: what every browser can do and what the recorder can cut. */
export const MEDIA_CODECS: types.RouterRtpCodecCapability[] = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2 },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000, parameters: { 'x-google-start-bitrate': VIDEO_BITRATE.startKbps } },
];

const ROTATION = 'urn:3gpp:video-orientation';

/** Without the rotation extension the phone turns its pictures itself before it sends them. */
export const withoutRotation = (capabilities: types.RtpCapabilities): types.RtpCapabilities => ({
  ...capabilities,
  headerExtensions: (capabilities.headerExtensions ?? []).filter(({ uri }) => uri !== ROTATION),
});

/**
 * The recorder asks for key frames and, like a viewer, for packets that a full socket buffer lost on the loopback leg (plain
 * NACK, without an RTX stream of its own); it has no use for bandwidth estimation.
 */
export const forRecorder = (capabilities: types.RtpCapabilities): types.RtpCapabilities => ({
  codecs: (capabilities.codecs ?? [])
    .filter(({ mimeType }) => !/\/rtx$/i.test(mimeType))
    .map((codec) => ({ ...codec, rtcpFeedback: (codec.rtcpFeedback ?? []).filter(({ type, parameter }) => (type === 'nack' && (parameter === 'pli' || !parameter)) || (type === 'ccm' && parameter === 'fir')) })),
  headerExtensions: [],
});
