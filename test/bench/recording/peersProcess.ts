/** The light peers' own process: what sending costs is never counted as recording. Ends with its parent. */
import { performance } from 'node:perf_hooks';
import { clipFile, loadClip } from './clips.ts';
import type { Clip, ClipName } from './clips.ts';
import { openLightPeer } from './lightPeer.ts';
import type { LightPeer } from './lightPeer.ts';

export type PeerOrder =
  | { readonly do: 'open'; readonly clip: ClipName; readonly onPli: 'restart' | 'ignore'; readonly ppm?: number }
  | { readonly do: 'start'; readonly id: number; readonly port: number }
  | { readonly do: 'loss'; readonly id: number; readonly loss: number }
  | { readonly do: 'switch'; readonly id: number; readonly clip: ClipName }
  | { readonly do: 'close'; readonly id: number }
  | { readonly do: 'stats' };

const clips = new Map<ClipName, Clip>();
const peers = new Map<number, LightPeer>();
let nextId = 1;
/** How late the last round of sending was, at worst: a sender without processor time would be taken for a bad recorder. */
let latestMs = 0;
let lastMs = performance.now();

setInterval(() => {
  const now = performance.now();
  latestMs = Math.max(latestMs, now - lastMs - 5);
  lastMs = now;
  for (const peer of peers.values()) peer.tick(now);
}, 5);

const clipOf = async (name: ClipName): Promise<Clip> => {
  const clip = clips.get(name) ?? await loadClip(await clipFile(name));
  clips.set(name, clip);
  return clip;
};
const obey = async (order: PeerOrder): Promise<unknown> => {
  switch (order.do) {
    case 'open': {
      const peer = await openLightPeer(await clipOf(order.clip), order);
      const id = nextId++;
      peers.set(id, peer);
      return { id, port: peer.port, ssrc: peer.ssrc };
    }
    case 'start': peers.get(order.id)?.start(order.port); return {};
    case 'loss': peers.get(order.id)?.setLoss(order.loss); return {};
    case 'switch': peers.get(order.id)?.switchTo(await clipOf(order.clip)); return {};
    case 'close': peers.get(order.id)?.close(); peers.delete(order.id); return {};
    case 'stats': {
      const answer = { latestMs, peers: Object.fromEntries([...peers].map(([id, peer]) => [id, peer.stats()])) };
      latestMs = 0;
      return answer;
    }
  }
};
process.on('message', ({ id, order }: { id: number; order: PeerOrder }) => {
  obey(order).then((answer) => process.send?.({ id, answer }), (error: unknown) => process.send?.({ id, error: String(error) }));
});
process.on('disconnect', () => process.exit(0));
