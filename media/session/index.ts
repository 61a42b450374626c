export { createMediaHost, FRAME_MAX_AGE_MS } from './mediaHost.ts';
export type { MediaHostOptions, SignalingHost } from './mediaHost.ts';
export { CONNECTION_TIMING, MEDIA_SOCKET_OPTIONS } from '../signaling/connection.ts';
