import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { maySmallDisk, smallDisk } from '../support/store/smalldisk.ts';
import { decodePictures, delay, openLink, openRig, sendPerson, until } from './recordingRig.ts';
import type { Rig } from './recordingRig.ts';

const small = maySmallDisk();
const disk = small ? smallDisk(64 << 20) : undefined;
let rig: Rig;
beforeAll(async () => { rig = await openRig(disk === undefined ? {} : { within: disk.dir }); });
afterAll(async () => {
  await rig?.close();
  disk?.close();
});

/** As another program would. */
async function fill(): Promise<() => Promise<void>> {
  const path = join(disk!.dir, 'others');
  const { bavail, bsize } = await statfs(disk!.dir);
  await writeFile(path, Buffer.alloc(Math.max(0, bavail * bsize - 4096)));
  return () => rm(path);
}

(small ? test : test.skip)('others fill the disk during a call: the call counts as not recorded, what was recorded plays, and with room again it is recorded on (R28, R40)', async () => {
  const [caseId, sessionId] = ['case-disk', 'session-disk'];
  const router = await rig.openRouter();
  const call = openLink({ sessionId, caseId, recorder: rig.recorder });
  await call.link.start();
  const person = await sendPerson({ side: 'client', router, toneHz: 440 });
  call.link.add('client', person.video, router);
  call.link.add('client', person.audio, router);
  await until('the recorder to record', () => rig.recorder.running(sessionId));
  await delay(3_000);
  const empty = await fill();
  const filledAt = Date.now();
  await until('the call to count as not recorded', () => !rig.recorder.running(sessionId), 20_000);
  const unrecordedAfter = Date.now() - filledAt;
  // In the middle of it the store says why, and nothing vouches for these seconds: approve stays closed.
  expect((await statfs(disk!.dir)).bavail * 4096).toBeLessThan(4 << 20);
  expect((await rig.recorder.coverage(sessionId, 'client', 'video', filledAt + 2_000, filledAt + 3_000)).status).toBe('missing');
  await empty();
  await until('the recorder to record again', () => rig.recorder.running(sessionId), 30_000);
  await delay(3_000);
  await person.stop();
  await call.link.close();
  expect(unrecordedAfter).toBeLessThan(15_000);
  const segments = call.segments.filter(({ side }) => side === 'client').sort((a, b) => a.index - b.index);
  expect(segments.length).toBeGreaterThanOrEqual(2);
  for (const segment of segments) {
    const numbers = await decodePictures((await rig.store.read({ caseId, fileId: segment.fileId })).bytes) as number[];
    expect(numbers.length).toBeGreaterThan(10);
  }
}, 90_000);
