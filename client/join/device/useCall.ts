import { useCallback, useEffect, useRef, useState } from 'react';
import { AppError } from '../../../contracts/errors.ts';
import { CLIENT_OPERATIONS as api } from '../../../contracts/http/client.ts';
import { createCall, fullResolutionStill } from '../../rtc/index.ts';
import type { Call, CallState, RemoteTrack } from '../../rtc/index.ts';
import type { Http } from '../../rtc/http.ts';
import { SocketError } from '../../rtc/socket.ts';
import { socketAddress } from '../../rtc/socket.ts';
import type { Invitation } from '../state/line.tsx';
import { openDevices, stopStream } from './camera.ts';
import type { Opened } from './camera.ts';

export type CallPhase = 'opening' | 'no-device' | CallState['phase'];

export interface CallView {
  readonly phase: CallPhase;
  readonly opened: Opened | null;
  /** The server asks for the ID card to be held to the camera. */
  readonly detail: boolean;
  readonly recording: boolean;
  readonly agentHere: boolean;
  /** The browser wants a tap before it plays the agent's voice. */
  readonly muted: boolean;
  readonly local: MediaStream | null;
  readonly remote: MediaStream | null;
  hangUp(): void;
  retry(): void;
  unmute(): void;
}

interface Needs {
  readonly http: Http;
  readonly invitation: Invitation;
  readonly ticket: (sessionId: string) => Promise<string>;
  readonly onStillWanted: (listener: (photoId: string) => void) => () => void;
  readonly video: () => HTMLVideoElement | null;
}

/** The catalogue's code of a refused ticket, so that the call knows coming back is over. */
const asAppError = (error: unknown): unknown => (error instanceof SocketError ? new AppError(error.body.code) : error);

/** Owns camera, microphone and call while the call page is shown; all of it ends with the page. */
export const useCall = ({ http, invitation, ticket, onStillWanted, video }: Needs): CallView => {
  const [phase, setPhase] = useState<CallPhase>('opening');
  const [opened, setOpened] = useState<Opened | null>(null);
  const [detail, setDetail] = useState(false);
  const [recording, setRecording] = useState(false);
  const [agentHere, setAgentHere] = useState(false);
  const [muted, setMuted] = useState(false);
  const [remote, setRemote] = useState<MediaStream | null>(null);
  const [round, setRound] = useState(0);
  const call = useRef<Call | null>(null);
  const { sessionId } = invitation;
  const firstTicket = useRef(invitation.ticket);
  const play = useCallback(() => {
    const element = video();
    // The picture must not wait for the permission to play sound.
    void element?.play().then(() => { setMuted(element.muted); }, () => { element.muted = true; setMuted(true); void element.play().catch(() => undefined); });
  }, [video]);

  useEffect(() => {
    let gone = false;
    let stream: MediaStream | null = null;
    const heard = new MediaStream();
    setRemote(heard);
    const onRemoteTrack = (track: RemoteTrack): void => {
      if (track.role !== 'witness') return;
      for (const old of heard.getTracks()) if (old.kind === track.kind) heard.removeTrack(old);
      heard.addTrack(track.track);
      setAgentHere(true);
      play();
      void track.attached().catch(() => undefined);
    };
    const newTicket = async (): Promise<{ ticket: string }> => {
      try { return { ticket: await ticket(sessionId) }; } catch (error) { throw asAppError(error); }
    };
    const begin = async (): Promise<void> => {
      const devices = await openDevices();
      if (gone) { stopStream(devices.stream); return; }
      stream = devices.stream;
      setOpened(devices);
      if (devices.camera !== 'ok' || devices.microphone !== 'ok' || stream === null) { setPhase('no-device'); return; }
      setPhase('connecting');
      const first = firstTicket.current ?? (await untilTicket(newTicket, () => gone));
      // A ticket is good for one use: coming back asks for another.
      firstTicket.current = null;
      if (gone || first === null) return;
      call.current = createCall({
        url: socketAddress('/ws/media'), ticket: first, localStream: stream, getTicket: newTicket, onRemoteTrack,
        onState: (state) => { if (!gone) setPhase(state.phase); },
        onNotification: ({ name, data }) => {
          if (gone) return;
          if (name === 'contentHint') setDetail(data.detail);
          if (name === 'recorder') setRecording(data.running);
          if (name === 'peerJoined' && data.role === 'witness') setAgentHere(true);
          if (name === 'peerLeft' && data.role === 'witness') setAgentHere(false);
        },
      });
    };
    void begin().catch(() => { if (!gone) setPhase('failed'); });
    const stop = onStillWanted((photoId) => {
      const track = stream?.getVideoTracks()[0];
      if (!track) return;
      // The photo of record is the server's frame; a still that fails is only a sharper copy less (R20).
      void fullResolutionStill(track).then((file) => http(api.still, { params: { photoId }, file, fileName: 'still.jpg' })).catch(() => undefined);
    });
    // A page that goes away without hanging up is an interruption: the client can come back (R30).
    return () => { gone = true; stop(); call.current?.close(); stopStream(stream); };
  }, [sessionId, round, http, ticket, onStillWanted, play]);

  return {
    phase, opened, detail, recording, agentHere, muted, remote, local: opened?.stream ?? null,
    hangUp: () => { void call.current?.hangUp(); },
    retry: () => { setPhase('opening'); setRound((old) => old + 1); },
    unmute: () => { const element = video(); if (element) { element.muted = false; play(); } },
  };
};

/** Asks for a ticket until the line socket is there (after a reload it may still be connecting); null when the page left. */
const untilTicket = async (ask: () => Promise<{ ticket: string }>, gone: () => boolean): Promise<string | null> => {
  for (let tries = 0; ; tries += 1) {
    if (gone()) return null;
    try { return (await ask()).ticket; } catch (error) {
      if (error instanceof AppError || tries >= 20) throw error;
      await new Promise((resolve) => { setTimeout(resolve, 500); });
    }
  }
};
