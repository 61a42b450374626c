import { useCallback, useEffect, useRef, useState } from 'react';
import type { RefObject } from 'react';
import { HttpError } from '../../../client/rtc/http.ts';
import { createCall, createRemoteView } from '../../../client/rtc/index.ts';
import type { CallState, NamedFrame, QualityFigures, RemoteView } from '../../../client/rtc/index.ts';
import { socketAddress } from '../../../client/rtc/socket.ts';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import { http } from '../api/http.ts';
import { problemOf } from '../api/problem.ts';
import type { Problem } from '../api/problem.ts';
import { keepShownFrame } from './capture.ts';

export interface LiveCall {
  readonly clientVideo: RefObject<HTMLVideoElement | null>;
  readonly ownVideo: RefObject<HTMLVideoElement | null>;
  readonly state: CallState;
  /** No camera, no ticket: the call could not begin. */
  readonly problem: Problem | undefined;
  readonly clientThere: boolean;
  /** As told by the media socket; undefined until it was. */
  readonly recorder: boolean | undefined;
  readonly frameWidth: number;
  readonly quality: QualityFigures;
  /** The browser lets no sound play before a click. */
  readonly soundBlocked: boolean;
  readonly playSound: () => void;
  /** The client's frame now on the screen (R20). */
  readonly lastFrame: () => NamedFrame | undefined;
  readonly again: () => void;
}

const CAMERA: MediaStreamConstraints = {
  audio: { echoCancellation: true, noiseSuppression: true },
  video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25, max: 30 } },
};
const OVER: readonly string[] = ['SESSION_NOT_FOUND', 'CASE_NOT_YOURS', 'DECISION_ALREADY_MADE'];

/** Owns camera, call and remote picture of one session from mount to unmount. */
export function useLiveCall(sessionId: string, takeTicket: (sessionId: string) => string | undefined): LiveCall {
  const clientVideo = useRef<HTMLVideoElement>(null);
  const ownVideo = useRef<HTMLVideoElement>(null);
  const view = useRef<RemoteView>(undefined);
  const [state, setState] = useState<CallState>({ phase: 'connecting' });
  const [problem, setProblem] = useState<Problem>();
  const [clientThere, setClientThere] = useState(false);
  const [recorder, setRecorder] = useState<boolean>();
  const [frameWidth, setFrameWidth] = useState(0);
  const [quality, setQuality] = useState<QualityFigures>({});
  const [soundBlocked, setSoundBlocked] = useState(false);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    let stop = (): void => undefined;
    let over = false;
    setProblem(undefined);
    setState({ phase: 'connecting' });
    const freshTicket = async () => http(STAFF_OPERATIONS.mediaTicket, { params: { sessionId } });
    const begin = async (): Promise<void> => {
      const stream = await navigator.mediaDevices.getUserMedia(CAMERA);
      const release = (): void => { for (const track of stream.getTracks()) track.stop(); };
      stop = release;
      if (over || clientVideo.current === null) { release(); return; }
      if (ownVideo.current) ownVideo.current.srcObject = stream;
      const ticket = takeTicket(sessionId) ?? (await freshTicket()).ticket;
      if (over) { release(); return; }
      const remote = createRemoteView(clientVideo.current, {
        onBlocked: () => setSoundBlocked(true),
        onFrame: (frame) => { setFrameWidth(frame.width); keepShownFrame(clientVideo.current, frame); },
      });
      view.current = remote;
      const call = createCall({
        url: socketAddress('/ws/media'), ticket, localStream: stream,
        getTicket: async () => {
          try {
            return await freshTicket();
          } catch (error) {
            if (error instanceof HttpError && OVER.includes(error.code)) return undefined;
            throw error;
          }
        },
        onState: setState,
        onRemoteTrack: (track) => {
          // A lead who listens is not the client: only the client's picture may be photographed.
          if (track.role !== 'client') return;
          setClientThere(true);
          void remote.add(track).catch(() => undefined);
        },
        onRemoteTrackEnded: (track) => { if (track.role === 'client') remote.remove(track); },
        onQuality: setQuality,
        onNotification: ({ name, data }) => {
          if (name === 'recorder') setRecorder(data.running);
          else if (name === 'peerLeft' && data.role === 'client') { setClientThere(false); setFrameWidth(0); }
          else if (name === 'peerJoined' && data.role === 'client') setClientThere(true);
        },
      });
      stop = () => {
        view.current = undefined;
        void call.hangUp();
        remote.close();
        release();
      };
    };
    begin().catch((error: unknown) => {
      stop();
      if (!over) setProblem(error instanceof DOMException ? NO_CAMERA : problemOf(error));
    });
    return () => { over = true; stop(); };
  }, [sessionId, attempt, takeTicket]);

  return {
    clientVideo, ownVideo, state, problem, clientThere, recorder, frameWidth, quality, soundBlocked,
    playSound: useCallback(() => { setSoundBlocked(false); void clientVideo.current?.play(); }, []),
    lastFrame: useCallback(() => view.current?.lastFrame(), []),
    again: useCallback(() => setAttempt((n) => n + 1), []),
  };
}

const NO_CAMERA: Problem = {
  code: 'UNKNOWN',
  message: { zh: '没有可用的摄像头或麦克风', en: 'No camera or microphone can be used' },
  todo: { zh: '请插好设备，并在浏览器地址栏允许使用摄像头和麦克风，然后重试', en: 'Plug the devices in, allow camera and microphone in the address bar, then try again' },
};
