/**
 * 5 % of the packets lost, once between sender and SFU and once between SFU and recorder: frames in the files that decode,
 * beside the frames that a browser decoded of the same producer in the same time.
 */
import type { Recorder } from '../../../media/recording/index.ts';
import { delay, lossyRecorder, openRig, until } from '../../media/recordingRig.ts';
import { openCall, untilRecording } from './call.ts';
import type { BenchOptions } from './options.ts';
import { openPeers } from './peers.ts';
import { play } from './playable.ts';
import { openViewer } from './viewer.ts';

export interface LossPhase {
  readonly leg: 'sender' | 'recorder';
  readonly seconds: number;
  readonly viewer: number;
  readonly recorded: number;
  readonly ratio: number;
  readonly dropped: number;
  readonly viewerFreezes: number;
  readonly recorderLost: number;
  readonly recorderRepaired: number;
}
const LOSS = 0.05;
/** Without loss before and after, so that where counting begins and ends weighs one frame at most. */
const QUIET_MS = 2_500;

export async function benchLoss(options: BenchOptions): Promise<LossPhase[]> {
  if (options.quick) return Promise.all([measure('sender', options.lossMs), measure('recorder', options.lossMs)]);
  return [await measure('sender', options.lossMs), await measure('recorder', options.lossMs)];
}

async function measure(leg: LossPhase['leg'], ms: number): Promise<LossPhase> {
  const rig = await openRig();
  const peers = await openPeers();
  let share = 0;
  const lossy = lossyRecorder(rig.recorder, () => share);
  let closeViewer: (() => Promise<void>) | undefined;
  try {
    const recorder: Recorder = leg === 'recorder' ? lossy.recorder : rig.recorder;
    const call = await openCall(rig, peers, `loss-${leg}`, recorder);
    const [client] = call.people;
    const viewer = await openViewer(call.router, client!.video);
    closeViewer = viewer.close;
    await untilRecording(rig.recorder, [call]);
    let seen = 0;
    await until('the viewer to decode', () => { void viewer.decoded().then(({ decoded }) => { seen = decoded; }); return seen > 30; }, 40_000);
    await delay(QUIET_MS);
    const [fromMs, before] = [Date.now(), await viewer.decoded()];
    await delay(QUIET_MS);
    const setLoss = async (loss: number): Promise<void> => {
      if (leg === 'recorder') share = loss;
      else await peers.setLoss(client!, loss);
    };
    await setLoss(LOSS);
    await delay(ms);
    await setLoss(0);
    await delay(QUIET_MS);
    const [toMs, after] = [Date.now(), await viewer.decoded()];
    const stats = (await rig.recorder.stats()).tracks.find(({ producerId }) => producerId === client!.video.id)!;
    const sent = (await peers.stats()).peers[client!.id]!;
    await delay(1_500);
    await call.link.link.close();
    let recorded = 0;
    for (const segment of call.link.segments.filter(({ side, startMs, endMs }) => side === 'client' && endMs > fromMs && startMs < toMs)) {
      const { playable, why, times } = await play((await rig.store.read({ caseId: call.caseId, fileId: segment.fileId })).bytes);
      if (!playable) throw new Error(`a recorded file does not play: ${why}`);
      recorded += times.filter((seconds) => segment.startMs + seconds * 1000 >= fromMs && segment.startMs + seconds * 1000 < toMs).length;
    }
    const decoded = after.decoded - before.decoded;
    return {
      leg, seconds: ms / 1000, viewer: decoded, recorded, ratio: recorded / decoded, dropped: leg === 'recorder' ? lossy.lost() : sent.dropped,
      viewerFreezes: after.freezes - before.freezes, recorderLost: stats.lost, recorderRepaired: stats.repaired,
    };
  } finally {
    await closeViewer?.();
    lossy.close();
    peers.close();
    await rig.close();
  }
}
