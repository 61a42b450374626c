import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openPeers } from '../bench/recording/peers.ts';
import type { Peers } from '../bench/recording/peers.ts';
import { play } from '../bench/recording/playable.ts';
import { maySmallDisk, smallDisk } from '../support/store/smalldisk.ts';
import { coverageUpToNow, delay, openLink, openRig, until } from './recordingRig.ts';
import type { Rig } from './recordingRig.ts';

// A disk of its own that really is full, not one that says so.
let disk: ReturnType<typeof smallDisk>;
let peers: Peers | undefined;
let rig: Rig | undefined;

/** Others fill the disk to its last byte. */
const fill = async (): Promise<void> => {
  for (let part = 0; ; part += 1) {
    const { bavail, bsize } = await statfs(disk.dir);
    if (bavail === 0) return;
    await writeFile(join(disk.dir, `others-${part}`), Buffer.alloc(bavail * bsize)).catch(() => undefined);
  }
};
const free = async (): Promise<void> => { for (let part = 0; part < 100; part += 1) await rm(join(disk.dir, `others-${part}`), { force: true }); };

// Linux, as root.
(maySmallDisk() ? describe : describe.skip)('a store on a small disk of its own', () => {
  // Encodes what the peers send, where this machine has not done so before.
  beforeAll(async () => { (await openPeers()).close(); }, 180_000);
  beforeEach(async () => {
    disk = smallDisk(48 << 20);
    peers = await openPeers();
  });
  afterEach(async () => {
    // A disk that stays mounted would fill the machine's memory.
    try {
      await rig?.close();
      peers?.close();
    } finally {
      disk.close();
      rig = undefined;
    }
  });

  test.each([
    ['what fits into memory waits and is all there when there is room again', undefined, []],
    ['what is more than memory holds is a gap that names the full disk', 600_000, ['disk_full']],
  ] as const)('a disk that others filled stops the recording under that name: %s (R28, R40)', async (_, backlogBytes, causes) => {
    const own = rig = await openRig({ dir: disk.dir, ...(backlogBytes === undefined ? {} : { backlogBytes }) });
    const [sessionId, caseId] = ['session-disk', 'case-disk'];
    const router = await own.openRouter();
    const call = openLink({ sessionId, caseId, recorder: own.recorder });
    await call.link.start();
    const client = await peers!.open(router, 'client');
    for (const kind of ['video', 'audio'] as const) call.link.add('client', client[kind], router);
    await until('the recorder to record', () => own.recorder.running(sessionId));
    await delay(2_000);
    const fromMs = own.recorder.now();
    await fill();
    await until('the full disk to be told', () => !own.recorder.running(sessionId), 15_000);
    expect(call.recording.at(-1)).toMatchObject({ running: false, cause: 'disk_full' });
    await delay(14_000);
    // While it is full nothing counts as recorded: approve is closed.
    const meanwhile = await own.recorder.coverage(sessionId, 'client', 'video', fromMs + 2_000, own.recorder.now());
    expect([meanwhile.status, ...meanwhile.gaps.map(({ cause }) => cause)]).toEqual(['missing', 'disk_full']);
    await free();
    await until('it to be recorded again', () => own.recorder.running(sessionId), 15_000);
    await delay(3_000);
    const { gaps } = await coverageUpToNow(own.recorder, sessionId, 'client', 'video', fromMs);
    expect(gaps.map(({ cause }) => cause)).toEqual(causes);
    expect(call.missed.filter(({ kind }) => kind === 'video').map(({ cause }) => cause)).toEqual(causes);
    await call.link.close();
    // Two that ended while the disk was full are closed in either order.
    expect(call.segments.map(({ index }) => index).sort((a, b) => a - b)).toEqual(call.segments.map((_one, i) => i));
    for (const { fileId, saltedSha256 } of call.segments) {
      expect(await own.store.verify({ caseId, fileId })).toMatchObject({ complete: true, saltedSha256 });
      expect((await play((await own.store.read({ caseId, fileId })).bytes)).why).toBeUndefined();
    }
  }, 90_000);
});
