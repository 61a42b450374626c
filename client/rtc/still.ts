const PHOTO_MS = 4_000;
/** A photo that comes later shows another moment than the photo of record; the frame grabbed at once is better. */
const SAME_MOMENT_MS = 1_000;

/**
 * The sharpest still that this phone gives of its camera (R20: it stands beside the photo of record, never in its place).
 * `ImageCapture.takePhoto` where there is one, else a full-resolution frame of the track. JPEG.
 */
export const fullResolutionStill = async (track: MediaStreamTrack): Promise<Blob> => {
  if (track.readyState === 'ended') throw new Error('the camera has ended');
  if ('ImageCapture' in globalThis) {
    const capture = new ImageCapture(track);
    const grabbed = within(capture.grabFrame(), PHOTO_MS).catch(() => undefined);
    const photo = await within(capture.takePhoto(), SAME_MOMENT_MS).catch(() => undefined);
    if (photo && photo.size > 0) return photo;
    const bitmap = await grabbed;
    if (bitmap) return drawn(bitmap, bitmap.width, bitmap.height);
  }
  return frameOf(track);
};

const frameOf = async (track: MediaStreamTrack): Promise<Blob> => {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  try {
    await within(video.play(), PHOTO_MS);
    return await drawn(video, video.videoWidth, video.videoHeight);
  } finally {
    video.srcObject = null;
  }
};

const drawn = (source: CanvasImageSource, width: number, height: number): Promise<Blob> => new Promise((resolve, reject) => {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  canvas.getContext('2d')?.drawImage(source, 0, 0);
  canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('the frame could not be kept'))), 'image/jpeg', 0.95);
});

const within = <T>(promise: Promise<T>, ms: number): Promise<T> => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error('the camera does not answer')), ms);
  promise.then(resolve, reject).finally(() => clearTimeout(timer));
});
