import type { NamedFrame } from '../../../client/rtc/index.ts';
import type { PhotoKind } from '../../../contracts/script.ts';

/** What a test reads back of the last press of a shutter. */
export interface LastCapture {
  readonly kind: PhotoKind;
  readonly rtpTimestamp: number;
  readonly producerId: string;
  readonly width: number;
  readonly height: number;
  /** The displayed picture at the press; `pixels()` are its RGBA bytes. */
  readonly canvas: HTMLCanvasElement;
  readonly pixels: () => Uint8ClampedArray;
}

declare global {
  interface Window { __lastCapture?: LastCapture }
}

// The address is read when the page opens: moving on inside of the console drops the query.
const asked = new URLSearchParams(location.search).get('e2e') === '1';

/** The test hook is on when the page was opened with `?e2e=1` or localStorage has `e2e` = `1`; otherwise no copy of a frame is kept. */
const e2eOn = (): boolean => asked || localStorage.getItem('e2e') === '1';

/** Test hook: keeps the picture that was on the screen at the press in `window.__lastCapture`, in memory only. */
export function keepCapture(kind: PhotoKind, video: HTMLVideoElement, frame: NamedFrame): void {
  if (!e2eOn()) return;
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context?.drawImage(video, 0, 0);
  window.__lastCapture = {
    kind, rtpTimestamp: frame.rtpTimestamp, producerId: frame.producerId, width: canvas.width, height: canvas.height, canvas,
    pixels: () => context?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray(),
  };
}
