import { createCall, createRemoteView, displayedFrame, fullResolutionStill, type Call, type Notification, type RemoteTrack } from '../../../client/rtc/index.ts';
import { readFrameNumber } from '../../support/camera/readFrameNumber.ts';

/** What a test asks of a page in a call: the program's own client code, with its results readable from outside. */
const remoteVideo = document.querySelector<HTMLVideoElement>('#remote')!;
const seen: { states: string[]; notifications: string[]; remotes: string[]; data: Notification[] } = { states: [], notifications: [], remotes: [], data: [] };
let call: Call | undefined;
let local: MediaStream | undefined;
let analyser: AnalyserNode | undefined;
const view = createRemoteView(remoteVideo);

const ticketOf = async (session: string, role: string): Promise<{ ticket: string } | undefined> => {
  const response = await fetch(`/ticket?session=${session}&role=${role}`, { method: 'POST' });
  return response.status === 404 ? undefined : (await response.json()) as { ticket: string };
};

const hear = (remote: RemoteTrack): void => {
  const context = new AudioContext();
  analyser = context.createAnalyser();
  analyser.fftSize = 8192;
  context.createMediaStreamSource(new MediaStream([remote.track])).connect(analyser);
};

const harness = {
  seen,
  async start(options: { session: string; role: string; send?: boolean; width?: number; protocols?: ('udp' | 'tcp')[] }): Promise<void> {
    if (options.send !== false) {
      local = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: { ideal: options.width ?? 1280 }, height: { ideal: ((options.width ?? 1280) * 9) / 16 } } });
    }
    const first = await ticketOf(options.session, options.role);
    call = createCall({
      url: `${location.origin.replace('http', 'ws')}/media`, ticket: first?.ticket ?? 'none-such-ticket-at-all',
      ...(local ? { localStream: local } : {}), ...(options.protocols ? { protocols: options.protocols } : {}),
      getTicket: () => ticketOf(options.session, options.role),
      onState: (state) => seen.states.push(state.phase),
      onNotification: (notification) => { seen.notifications.push(notification.name); seen.data.push(notification); },
      onRemoteTrack: (remote) => {
        seen.remotes.push(`${remote.role}/${remote.kind}`);
        if (remote.kind === 'audio') hear(remote);
        void view.add(remote);
      },
      onRemoteTrackEnded: (remote) => view.remove(remote),
    });
  },
  phase: () => call?.state.phase,
  hangUp: async () => { await call?.hangUp(); await call?.hangUp(); },
  lastFrame: () => view.lastFrame(),
  displayed: () => displayedFrame(remoteVideo),
  producerId: (kind: 'audio' | 'video') => call?.producerId(kind),
  /** The loudest frequency that comes from the other end, Hz. */
  tone: (): number => {
    if (!analyser) return 0;
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    const loudest = bins.reduce((best, value, index) => (value > (bins[best] ?? -Infinity) ? index : best), 0);
    return (bins[loudest] ?? -Infinity) < -70 ? 0 : (loudest * analyser.context.sampleRate) / analyser.fftSize;
  },
  /** The camera's frame number in the remote picture as it is shown now. */
  frameNumber: (): number | null => {
    if (remoteVideo.videoWidth === 0) return null;
    const canvas = document.createElement('canvas');
    canvas.width = remoteVideo.videoWidth;
    canvas.height = Math.ceil(remoteVideo.videoWidth / 32);
    const context = canvas.getContext('2d')!;
    context.drawImage(remoteVideo, 0, 0);
    const { width, height, data } = context.getImageData(0, 0, canvas.width, canvas.height);
    return readFrameNumber({ width, height, data, channels: 4 });
  },
  sender: async (): Promise<{ frameWidth: number; targetBitrate: number; framesPerSecond: number; protocol: string }> => {
    const { send } = (await call?.rawStats()) ?? { send: [] };
    const video = send.find(({ type, kind }) => type === 'outbound-rtp' && kind === 'video') ?? {};
    const transport = send.find(({ type }) => type === 'transport') ?? {};
    const pair = send.find(({ id }) => id === transport['selectedCandidatePairId']) ?? {};
    const candidate = send.find(({ id }) => id === pair['localCandidateId']) ?? {};
    return { frameWidth: Number(video['frameWidth'] ?? 0), targetBitrate: Number(video['targetBitrate'] ?? 0), framesPerSecond: Number(video['framesPerSecond'] ?? 0), protocol: String(candidate['protocol']) };
  },
  still: async (): Promise<{ type: string; size: number; width: number; height: number }> => {
    const blob = await fullResolutionStill(local!.getVideoTracks()[0]!);
    const { width, height } = await createImageBitmap(blob);
    return { type: blob.type, size: blob.size, width, height };
  },
  raw: () => call?.rawStats(),
  hint: () => local?.getVideoTracks()[0]?.contentHint,
};
export type Harness = typeof harness;

(globalThis as unknown as { harness: Harness }).harness = harness;
