/** A recorded call of light peers: client and witness in one router, the real link, the real recorder. */
import type { MediaRouter } from '../../../media/engine/port.ts';
import type { Recorder } from '../../../media/recording/index.ts';
import { openLink, until } from '../../media/recordingRig.ts';
import type { Rig } from '../../media/recordingRig.ts';
import type { Peers, Sender } from './peers.ts';

export interface BenchCall {
  readonly sessionId: string;
  readonly caseId: string;
  readonly router: MediaRouter;
  readonly people: readonly Sender[];
  readonly link: ReturnType<typeof openLink>;
}

export async function openCall(rig: Rig, peers: Peers, name: string, recorder: Recorder = rig.recorder): Promise<BenchCall> {
  const [sessionId, caseId] = [`session-${name}`, `case-${name}`];
  const router = await rig.openRouter();
  const link = openLink({ sessionId, caseId, recorder });
  await link.link.start();
  const people: Sender[] = [];
  for (const side of ['client', 'witness'] as const) {
    const person = await peers.open(router, side);
    people.push(person);
    link.link.add(side, person.video, router);
    link.link.add(side, person.audio, router);
  }
  return { sessionId, caseId, router, people, link };
}

export const untilRecording = (recorder: Recorder, calls: readonly BenchCall[], ms = 60_000): Promise<void> =>
  until('every call to be recorded', () => calls.every(({ sessionId }) => recorder.running(sessionId)), ms);
