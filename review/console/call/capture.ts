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

interface ShownFrame { readonly rtpTimestamp: number; readonly canvas: HTMLCanvasElement }

declare global {
  interface Window { __lastCapture?: LastCapture; __shownFrame?: ShownFrame }
}

/** The test hook is on with `?e2e=1` in the address or `e2e` = `1` in localStorage; otherwise no copy of a frame is kept. */
export const e2eOn = (): boolean => new URLSearchParams(location.search).get('e2e') === '1' || localStorage.getItem('e2e') === '1';

/** Test hook, called as a frame is put on the screen: keeps that very frame, because at the press the next one may already be there. */
export function keepShownFrame(video: HTMLVideoElement | null, frame: NamedFrame): void {
  if (video === null || !e2eOn()) return;
  const canvas = window.__shownFrame?.canvas ?? document.createElement('canvas');
  if (canvas.width !== SHOWN_WIDTH) canvas.width = SHOWN_WIDTH;
  const height = Math.round((SHOWN_WIDTH * video.videoHeight) / video.videoWidth);
  if (canvas.height !== height) canvas.height = height;
  canvas.getContext('2d', { willReadFrequently: true })?.drawImage(video, 0, 0, canvas.width, canvas.height);
  window.__shownFrame = { rtpTimestamp: frame.rtpTimestamp, canvas };
}
const SHOWN_WIDTH = 640;

/** Test hook: keeps the frame that the press named in `window.__lastCapture`, in memory only. */
export function keepCapture(kind: PhotoKind, frame: NamedFrame): void {
  const shown = window.__shownFrame;
  if (!e2eOn() || shown?.rtpTimestamp !== frame.rtpTimestamp) return;
  const canvas = document.createElement('canvas');
  canvas.width = shown.canvas.width;
  canvas.height = shown.canvas.height;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context?.drawImage(shown.canvas, 0, 0);
  window.__lastCapture = {
    kind, rtpTimestamp: frame.rtpTimestamp, producerId: frame.producerId, width: canvas.width, height: canvas.height, canvas,
    pixels: () => context?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray(),
  };
}
