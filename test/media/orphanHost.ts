/** A media host of its own process, so that a test can kill it: calls with a sending client, of which nothing that is told becomes a row. */
import { openPeers } from '../bench/recording/peers.ts';
import { openLink, openRig, until } from './recordingRig.ts';

const [dir, key, calls] = process.argv.slice(2) as [string, string, string];
const rig = await openRig({ dir, key: Buffer.from(key, 'hex') });
const peers = await openPeers();
const never = new Promise<boolean>(() => undefined);
for (let i = 0; i < Number(calls); i += 1) {
  const sessionId = `session-${i}`;
  const router = await rig.openRouter();
  const call = openLink({ sessionId, caseId: `case-${i}`, recorder: rig.recorder, kept: () => { process.send!({ told: call.segments.at(-1)!.segmentId }); return never; } });
  await call.link.start();
  const client = await peers.open(router, 'client');
  call.link.add('client', client.video, router);
  call.link.add('client', client.audio, router);
  await until('the recorder to record', () => rig.recorder.running(sessionId));
}
process.send!({ recording: rig.recorder.pid });
