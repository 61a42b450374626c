/** One event proven by itself, of cases from small to large: how many hashes, how long, how large the receipt. */
import { execFile } from 'node:child_process';
import { rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { newId } from '../../../server/database/crypto.ts';
import { publicKeys } from '../../../server/usecases/evidence/bundle.ts';
import { recordJob } from '../../../server/usecases/evidence/jobs.ts';
import { makeBundle } from '../../support/evidence/bundle.ts';
import type { EvidenceKit } from '../../integration/evidence.support.ts';
import type { Progress } from '../progress.ts';

export interface Proven { readonly lines: number; readonly hashes: number; readonly log2: number; readonly receiptBytes: number; readonly ms: number }
export interface VerifiedOne {
  readonly proven: readonly Proven[];
  /** Of a really recorded case with a long call: lines, hashes, and what recording it cost while it grew. */
  readonly long: Proven & { readonly minutes: number; readonly recordMs: readonly { readonly lines: number; readonly ms: number }[] };
}

const PROGRAM = join(import.meta.dirname, '../../../media/evidence/verifier/verify.mjs');

export async function verifyOne(kit: EvidenceKit, quick: boolean, bar: Progress): Promise<VerifiedOne> {
  const proven: Proven[] = [];
  for (const entries of quick ? [10, 100, 1000] : [10, 100, 1000, 10_000, 100_000]) {
    const made = await makeBundle({ entries, files: 1 });
    proven.push(await prove(made.folder, made.trust, entries, Math.ceil(entries / 2)));
    await rm(dirname(made.folder), { recursive: true, force: true });
    bar.tick();
  }
  return { proven, long: await longCase(kit, quick ? 4 : 60, bar) };
}

/** By the receipt alone, as somebody does who was handed nothing else. */
async function prove(folder: string, trust: string, lines: number, seq: number): Promise<Proven> {
  const receipt = join(dirname(folder), `receipt-${newId()}.json`);
  const run = promisify(execFile);
  await run(process.execPath, [PROGRAM, folder, '--trust', trust, '--event', String(seq), '--receipt', receipt], { env: {}, maxBuffer: 2 ** 26 });
  const began = performance.now();
  const { stdout } = await run(process.execPath, [PROGRAM, receipt, '--trust', trust, '--json'], { env: {} });
  const ms = performance.now() - began;
  const { hashes, head } = JSON.parse(stdout) as { hashes: number; head: { size: number } };
  const { size } = await stat(receipt);
  await rm(receipt);
  return { lines, hashes, log2: Math.log2(head.size), receiptBytes: size, ms };
}

/** A call of so many minutes, broken off and gone on with twice, recorded every ten seconds of it as the clock does. */
async function longCase(kit: EvidenceKit, minutes: number, bar: Progress): Promise<VerifiedOne['long']> {
  const { applicationId, sessionId } = await kit.witnessed('accept');
  const { db } = kit.services;
  const { fileId, saltedSha256 } = await db.photo.findFirstOrThrow({ where: { sessionId } }).then(({ fileId: id, sha256 }) => ({ fileId: id, saltedSha256: sha256 }));
  const recordMs: { lines: number; ms: number }[] = [];
  const rounds = minutes * 6;
  for (let i = 0; i < rounds; i++) {
    const { at } = kit.app.clock;
    await db.recordingSegment.createMany({ data: ['client', 'witness'].map((side) => ({ id: newId(), sessionId, side, index: i + 1, fileId, startMs: i * 10_000, endMs: (i + 1) * 10_000, mimeType: 'video/webm', byteLength: 1_500_000, saltedSha256, tracks: [{ kind: 'video', rtpTimestamp: i * 900_000 }] })) });
    await db.qualitySample.createMany({ data: ['client', 'witness', 'client', 'witness'].map((role) => ({ id: newId(), sessionId, role, figures: { lossShare: 0.01, roundTripMs: 40 + i }, at })) });
    if (i % 3 === 0) await db.scriptTick.create({ data: { id: newId(), sessionId, item: 'ownWill', answer: 'clear_yes', mediaTimeMs: i * 10_000, at } });
    if (i % Math.ceil(rounds / 3) === 1) for (const running of [false, true]) await db.recorderFact.create({ data: { id: newId(), sessionId, running, at: new Date(at.getTime() + (running ? 3_000 : 0)) } });
    kit.wait(10);
    const began = performance.now();
    await recordJob(kit.services, kit.app.evidence, applicationId);
    const ms = performance.now() - began;
    if (i % Math.max(1, Math.floor(rounds / 6)) === 0 || i === rounds - 1) recordMs.push({ lines: await db.manifestLine.count({ where: { applicationId } }), ms });
  }
  await kit.decided({ applicationId, sessionId } as never);
  kit.wait(20);
  const began = performance.now();
  await recordJob(kit.services, kit.app.evidence, applicationId);
  const lines = await db.manifestLine.count({ where: { applicationId } });
  recordMs.push({ lines, ms: performance.now() - began });
  bar.tick();
  const folder = await kit.exported(applicationId);
  const trust = join(kit.dir, 'trust-long.json');
  await writeFile(trust, JSON.stringify(publicKeys(kit.signers)));
  return { ...await prove(folder, trust, lines, Math.ceil(lines / 2)), minutes, recordMs };
}

