/** The recorder is killed at random moments of a call: what is lost, whether the files play, whether the recording goes on. */
import type { SegmentInfo } from '../../../media/ports.ts';
import { delay, openRig, until } from '../../media/recordingRig.ts';
import { openCall, untilRecording } from './call.ts';
import type { BenchOptions } from './options.ts';
import { openPeers } from './peers.ts';
import { play } from './playable.ts';
import type { Played } from './playable.ts';

export interface KillsOutcome {
  readonly kills: number;
  /** Per kill the worst of the four tracks: from the last packet received to the end of the last one that plays. */
  readonly lostS: readonly number[];
  /** From the kill until bytes of the call reach the disk again. */
  readonly backS: readonly number[];
  readonly files: number;
  readonly unplayable: readonly string[];
  /** Kills after which every side's numbers went on without a hole and the gap was named. */
  readonly linked: number;
}

interface Kill { readonly atMs: number; readonly backMs: number; readonly linked: boolean }
const SIDES = ['client', 'witness'] as const;
const FRAME_S = 0.04;
const PACKET_S = 0.02;

export async function benchKills(options: BenchOptions): Promise<KillsOutcome> {
  const rig = await openRig();
  const peers = await openPeers();
  try {
    const call = await openCall(rig, peers, 'kills');
    const { sessionId, link: { link, segments } } = call;
    const killed: Kill[] = [];
    for (let i = 0; i < options.kills; i += 1) {
      await untilRecording(rig.recorder, [call]);
      // Anywhere in a segment's 10 s, its first second and its change included.
      await delay(400 + Math.random() * (options.quick ? 2_500 : 11_000));
      const { pid } = rig.recorder;
      process.kill(pid!, 'SIGKILL');
      const atMs = Date.now();
      await until('the death to be seen', () => rig.recorder.pid !== pid, 10_000);
      await until('the call to be recorded again', () => rig.recorder.running(sessionId), 30_000);
      killed.push({ atMs, backMs: Date.now(), linked: await gapNamed(atMs) });
    }
    await delay(2_000);
    await link.close();
    return { ...await weigh(killed, segments), kills: killed.length };

    async function gapNamed(atMs: number): Promise<boolean> {
      const answers = await Promise.all(SIDES.flatMap((side) => (['video', 'audio'] as const).map((kind) => rig.recorder.coverage(sessionId, side, kind, atMs - 3_000, Date.now()))));
      return answers.every(({ gaps }) => gaps.some((gap) => gap.cause === 'recorder_down' && gap.fromMs <= atMs && gap.toMs >= atMs));
    }
    async function weigh(kills: readonly Kill[], all: readonly SegmentInfo[]): Promise<Omit<KillsOutcome, 'kills'>> {
      const played = new Map<string, Played>();
      for (const one of all) played.set(one.segmentId, await play((await rig.store.read({ caseId: call.caseId, fileId: one.fileId })).bytes));
      const unplayable = all.flatMap(({ segmentId, side, index }) => (played.get(segmentId)!.playable ? [] : [`${side} ${index}: ${played.get(segmentId)!.why}`]));
      const ofSide = (side: string): SegmentInfo[] => all.filter((one) => one.side === side).sort((a, b) => a.index - b.index);
      const numbered = SIDES.every((side) => ofSide(side).every((one, i) => one.index === i));
      /** Where what plays of a track ends before a moment, Unix s. */
      const endBefore = (side: string, kind: 'video' | 'audio', atMs: number): number => Math.max(...ofSide(side).filter(({ startMs }) => startMs < atMs).map(({ segmentId, startMs }) => {
        const { lastVideo, lastAudio } = played.get(segmentId)!;
        const last = kind === 'video' ? lastVideo : lastAudio;
        return last === undefined ? -Infinity : startMs / 1000 + last + (kind === 'video' ? FRAME_S : PACKET_S);
      }));
      return {
        lostS: kills.map(({ atMs }) => Math.max(...SIDES.flatMap((side) => (['video', 'audio'] as const).map((kind) => atMs / 1000 - endBefore(side, kind, atMs))))),
        backS: kills.map(({ atMs, backMs }) => (backMs - atMs) / 1000), files: all.length, unplayable, linked: numbered ? kills.filter((kill) => kill.linked).length : 0,
      };
    }
  } finally {
    peers.close();
    await rig.close();
  }
}
