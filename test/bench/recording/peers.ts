/** Light peers in a process of their own, brought into a router through plain transports. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { MediaRouter, PlainTransport, Producer } from '../../../media/engine/port.ts';
import type { ClipName } from './clips.ts';
import { clipFile } from './clips.ts';
import { PAYLOAD } from './lightPeer.ts';
import type { LightPeer } from './lightPeer.ts';
import type { PeerOrder } from './peersProcess.ts';

export interface Sender { readonly id: number; readonly video: Producer; readonly audio: Producer; readonly transport: PlainTransport }
export interface PeersStats { readonly latestMs: number; readonly peers: Record<string, ReturnType<LightPeer['stats']>> }

export interface Peers {
  open(router: MediaRouter, clip: ClipName, options?: { onPli?: 'restart' | 'ignore'; ppm?: number; cname?: string }): Promise<Sender>;
  setLoss(sender: Sender, loss: number): Promise<void>;
  /** The picture goes on with another clip inside the same track. */
  switchTo(sender: Sender, clip: ClipName): Promise<void>;
  /** The sender is gone, as one whose browser was closed. */
  leave(sender: Sender): Promise<void>;
  stats(): Promise<PeersStats>;
  close(): void;
}

export async function openPeers(): Promise<Peers> {
  for (const clip of ['client', 'witness', 'flash'] as const) await clipFile(clip);
  const child = fork(fileURLToPath(new URL('./peersProcess.ts', import.meta.url)), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  let nextId = 1;
  child.on('message', ({ id, answer, error }: { id: number; answer?: unknown; error?: string }) => {
    if (error === undefined) waiting.get(id)?.resolve(answer);
    else waiting.get(id)?.reject(new Error(error));
    waiting.delete(id);
  });
  child.on('exit', () => { for (const { reject } of waiting.values()) reject(new Error('the light peers died')); });
  const ask = <T>(order: PeerOrder): Promise<T> => new Promise((resolve, reject) => {
    const id = nextId++;
    waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
    child.send({ id, order });
  });
  return {
    async open(router, clip, { onPli = 'restart', ppm = 0, cname = clip } = {}) {
      const { id, port, ssrc } = await ask<{ id: number; port: number; ssrc: { video: number; audio: number } }>({ do: 'open', clip, onPli, ppm });
      const transport = await router.createLoopbackTransport();
      await transport.connect({ ip: '127.0.0.1', port });
      const video = await transport.produce({ kind: 'video', rtpParameters: {
        codecs: [{ mimeType: 'video/VP8', payloadType: PAYLOAD.video, clockRate: 90_000, rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }] }], encodings: [{ ssrc: ssrc.video }], rtcp: { cname },
      } });
      const audio = await transport.produce({ kind: 'audio', rtpParameters: {
        codecs: [{ mimeType: 'audio/opus', payloadType: PAYLOAD.audio, clockRate: 48_000, channels: 2, rtcpFeedback: [{ type: 'nack' }] }], encodings: [{ ssrc: ssrc.audio }], rtcp: { cname },
      } });
      await ask({ do: 'start', id, port: transport.tuple.localPort });
      return { id, video, audio, transport };
    },
    setLoss: ({ id }, loss) => ask({ do: 'loss', id, loss }),
    switchTo: ({ id }, clip) => ask({ do: 'switch', id, clip }),
    async leave({ id, transport }) {
      await ask({ do: 'close', id });
      transport.close();
    },
    stats: () => ask({ do: 'stats' }),
    close: () => { if (child.connected) child.disconnect(); },
  };
}
