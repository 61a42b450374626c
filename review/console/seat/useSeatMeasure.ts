import { useCallback, useEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import { SEAT_LIMITS, loudness, measurePicture } from './measure.ts';
import type { PictureMeasure } from './measure.ts';

export interface SeatMeasure {
  readonly video: RefObject<HTMLVideoElement | null>;
  readonly picture: PictureMeasure | undefined;
  /** Loudness now, 0…1. */
  readonly level: number;
  /** The microphone has been heard once since the page opened. */
  readonly heard: boolean;
  /** Camera or microphone could not be opened. */
  readonly failed: boolean;
  readonly retry: () => void;
}

/** Opens camera and microphone, measures five times a second, and gives both back when the page goes. */
export function useSeatMeasure(): SeatMeasure {
  const video = useRef<HTMLVideoElement>(null);
  const [picture, setPicture] = useState<PictureMeasure>();
  const [level, setLevel] = useState(0);
  const [heard, setHeard] = useState(false);
  const [failed, setFailed] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const retry = useCallback(() => { setFailed(false); setAttempt((n) => n + 1); }, []);

  useEffect(() => {
    let over = false;
    let stop = (): void => undefined;
    openDevices().then((stream) => {
      const end = (): void => { for (const track of stream.getTracks()) track.stop(); };
      if (over) { end(); return; }
      const element = video.current;
      if (element) element.srcObject = stream;
      const sound = listen(stream);
      const timer = setInterval(() => {
        if (element && element.videoWidth > 0) setPicture(look(element));
        const now = sound.level();
        setLevel(now);
        if (now >= SEAT_LIMITS.microphone) setHeard(true);
      }, 200);
      stop = () => { clearInterval(timer); sound.close(); end(); };
    }, () => { if (!over) setFailed(true); });
    return () => { over = true; stop(); };
  }, [attempt]);

  return { video, picture, level, heard, failed, retry };
}

const openDevices = async (): Promise<MediaStream> => {
  if (navigator.mediaDevices === undefined) throw new Error('insecure address');
  return navigator.mediaDevices.getUserMedia({ audio: true, video: { width: { ideal: 1280 }, height: { ideal: 720 } } });
};

function look(element: HTMLVideoElement): PictureMeasure {
  const width = 320;
  const height = Math.round((width * element.videoHeight) / element.videoWidth);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) return { light: 0, sharpness: 0 };
  context.drawImage(element, 0, 0, width, height);
  return measurePicture(context.getImageData(0, 0, width, height).data, width, height);
}

function listen(stream: MediaStream): { level: () => number; close: () => void } {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    level: () => {
      if (context.state === 'suspended') void context.resume();
      analyser.getFloatTimeDomainData(samples);
      return loudness(samples);
    },
    close: () => { void context.close(); },
  };
}
