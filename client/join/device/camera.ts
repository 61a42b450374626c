/** What keeps a camera or microphone from being used, told apart so that each gets its own plain fix (R61). */
export type DeviceState = 'ok' | 'missing' | 'refused' | 'busy';
export type Surroundings = 'ok' | 'insecure' | 'in-app';

/** Whether this page can have a camera at all: not on plain HTTP, not in an in-app browser without getUserMedia. */
export const surroundings = (): Surroundings => {
  if (!globalThis.isSecureContext) return 'insecure';
  return typeof navigator.mediaDevices?.getUserMedia === 'function' ? 'ok' : 'in-app';
};

/** A getUserMedia failure in our words. */
export const deviceStateOf = (error: unknown): Exclude<DeviceState, 'ok'> => {
  const name = error instanceof DOMException || error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError' || name === 'PermissionDeniedError') return 'refused';
  if (name === 'NotFoundError' || name === 'DevicesNotFoundError' || name === 'OverconstrainedError') return 'missing';
  return 'busy';
};

const VIDEO: MediaTrackConstraints = { facingMode: 'user', width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25, max: 30 } };
const AUDIO: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export interface Opened { readonly camera: DeviceState; readonly microphone: DeviceState; readonly stream: MediaStream | null }

/** Opens camera and microphone; when both together fail, each alone, to say which of them it is. The caller stops the tracks. */
export const openDevices = async (): Promise<Opened> => {
  if (surroundings() !== 'ok') return { camera: 'missing', microphone: 'missing', stream: null };
  const ask = (constraints: MediaStreamConstraints): Promise<MediaStream> => navigator.mediaDevices.getUserMedia(constraints);
  try {
    return { camera: 'ok', microphone: 'ok', stream: await ask({ video: VIDEO, audio: AUDIO }) };
  } catch (both) {
    const video = await ask({ video: VIDEO }).catch(deviceStateOf);
    const audio = await ask({ audio: AUDIO }).catch(deviceStateOf);
    const tracks = [video, audio].flatMap((one) => (typeof one === 'string' ? [] : one.getTracks()));
    const state = (one: MediaStream | DeviceState): DeviceState => (typeof one === 'string' ? one : 'ok');
    // Each alone works: what failed is the two at once, most often another app's grip on one of them.
    if (state(video) === 'ok' && state(audio) === 'ok') return { camera: 'ok', microphone: 'ok', stream: new MediaStream(tracks) };
    if (tracks.length === 0 && deviceStateOf(both) === 'refused') return { camera: 'refused', microphone: 'refused', stream: null };
    return { camera: state(video), microphone: state(audio), stream: tracks.length > 0 ? new MediaStream(tracks) : null };
  }
};

/** Stops every track: the camera's light goes out. Harmless twice. */
export const stopStream = (stream: MediaStream | null | undefined): void => { stream?.getTracks().forEach((track) => { track.stop(); }); };

/** Mean brightness 0…255 (Rec. 601 luma) of the picture, or null while there is none. */
export const brightnessOf = (video: HTMLVideoElement): number | null => {
  if (video.videoWidth === 0) return null;
  const canvas = document.createElement('canvas');
  canvas.width = 64;
  canvas.height = 48;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return null;
  context.drawImage(video, 0, 0, 64, 48);
  const { data } = context.getImageData(0, 0, 64, 48);
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum += 0.299 * (data[i] ?? 0) + 0.587 * (data[i + 1] ?? 0) + 0.114 * (data[i + 2] ?? 0);
  return sum / (data.length / 4);
};
/** Below, faces and card text drown; above, they wash out. */
export const lightOf = (brightness: number): 'ok' | 'dark' | 'bright' => (brightness < 45 ? 'dark' : brightness > 225 ? 'bright' : 'ok');

/** Reports the loudness 0…1 of a stream about 15 times a second until the returned function is called. */
export const watchLevel = (stream: MediaStream, onLevel: (level: number) => void): (() => void) => {
  if (stream.getAudioTracks().length === 0) return () => undefined;
  const context = new AudioContext();
  void context.resume();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  const source = context.createMediaStreamSource(stream);
  source.connect(analyser);
  const samples = new Uint8Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getByteTimeDomainData(samples);
    const power = samples.reduce((sum, one) => sum + ((one - 128) / 128) ** 2, 0) / samples.length;
    onLevel(Math.min(1, Math.sqrt(power) * 4));
  }, 66);
  return () => { clearInterval(timer); source.disconnect(); void context.close().catch(() => undefined); };
};
