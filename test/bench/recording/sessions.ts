/** What recording costs, beside plain `ffmpeg -c copy` of the same producers in the same run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';
import { delay, openRig, until } from '../../media/recordingRig.ts';
import { openCall, untilRecording } from './call.ts';
import type { BenchCall } from './call.ts';
import { startFfmpegCopy } from './ffmpegCopy.ts';
import type { FfmpegCopy } from './ffmpegCopy.ts';
import type { BenchOptions } from './options.ts';
import { openPeers } from './peers.ts';
import { usageOf, usageOfAll } from './usage.ts';

export interface SessionsRow {
  readonly n: number;
  /** Shares of one core, and MB, each divided by the recorded participants. */
  readonly cpu: number | null;
  readonly rssMb: number | null;
  readonly ffmpegCpu: number | null;
  readonly ffmpegRssMb: number | null;
  readonly whyFfmpeg?: string;
  /** Of the whole recorder process, beyond what it takes without a session. */
  readonly addedRssMb: number | null;
  /** Packets that never reached the recorder, of all it was sent. */
  readonly lost: number;
  readonly received: number;
  /** How late the senders' own clock was at worst: above 40 ms this machine, not the recorder, was short of time. */
  readonly senderLateMs: number;
  readonly workerCpu: number | null;
  readonly workerCpuFfmpeg: number | null;
}

const FFMPEG_MB = 60;

export async function benchSessions(options: BenchOptions): Promise<SessionsRow[]> {
  const rows: SessionsRow[] = [];
  for (const n of options.sessions) rows.push(await measure(n, options.measureMs));
  return rows;
}

async function measure(n: number, measureMs: number): Promise<SessionsRow> {
  const rig = await openRig();
  const peers = await openPeers();
  const calls: BenchCall[] = [];
  try {
    const idle = await usageOf(rig.recorder.pid!);
    for (let i = 0; i < n; i += 1) calls.push(await openCall(rig, peers, `load-${n}-${i}`));
    await untilRecording(rig.recorder, calls);
    await delay(Math.min(5_000, measureMs));
    const worker = calls[0]!.router.workerPid;
    await peers.stats();
    const [before, workerBefore, since] = [await rig.recorder.stats(), await usageOf(worker), performance.now()];
    await delay(measureMs);
    const [after, workerAfter, tookMs] = [await rig.recorder.stats(), await usageOf(worker), performance.now() - since];
    const { latestMs } = await peers.stats();
    const share = (from: { cpuMs: number } | undefined, to: { cpuMs: number } | undefined, ms: number): number | null => (from && to ? (to.cpuMs - from.cpuMs) / ms : null);
    const sum = (stats: typeof after, name: 'lost' | 'received'): number => stats.tracks.reduce((total, track) => total + track[name], 0);
    await Promise.all(calls.map(({ link }) => link.link.close()));
    const copied = await measureFfmpeg(calls, measureMs, worker);
    const rssMb = after.rssBytes / 2 ** 20;
    return {
      n, cpu: (after.cpuMs - before.cpuMs) / tookMs / (2 * n), rssMb: rssMb / (2 * n), addedRssMb: idle ? rssMb - idle.rssMb : null,
      lost: sum(after, 'lost') - sum(before, 'lost'), received: sum(after, 'received') - sum(before, 'received'), senderLateMs: latestMs,
      workerCpu: share(workerBefore, workerAfter, tookMs), ...copied,
    };
  } finally {
    for (const { router } of calls) router.close();
    peers.close();
    await rig.close();
  }
}

async function measureFfmpeg(calls: readonly BenchCall[], measureMs: number, worker: number): Promise<Pick<SessionsRow, 'ffmpegCpu' | 'ffmpegRssMb' | 'whyFfmpeg' | 'workerCpuFfmpeg'>> {
  const none = { ffmpegCpu: null, ffmpegRssMb: null, workerCpuFfmpeg: null };
  const participants = calls.length * 2;
  if (freemem() / 2 ** 20 < participants * FFMPEG_MB * 1.5) return { ...none, whyFfmpeg: `${participants} processes of about ${FFMPEG_MB} MB do not fit into the free memory` };
  const dir = await mkdtemp(join(tmpdir(), 'vw-bench-ffmpeg-'));
  const copies: FfmpegCopy[] = [];
  try {
    for (const [i, { router, people }] of calls.entries()) for (const [side, person] of people.entries()) copies.push(await startFfmpegCopy(router, person, join(dir, `${i}-${side}.mkv`)));
    let writing = false;
    await until('every ffmpeg to write', () => { void Promise.all(copies.map((one) => one.writing())).then((all) => { writing = all.every(Boolean); }); return writing; }, 60_000);
    const pids = copies.map(({ pid }) => pid);
    const [before, workerBefore, since] = [await usageOfAll(pids), await usageOf(worker), performance.now()];
    await delay(measureMs);
    const [after, workerAfter, tookMs] = [await usageOfAll(pids), await usageOf(worker), performance.now() - since];
    if (!before || !after) return { ...none, whyFfmpeg: 'an ffmpeg ended, or this system has no /proc' };
    return {
      ffmpegCpu: (after.cpuMs - before.cpuMs) / tookMs / participants, ffmpegRssMb: after.rssMb / participants,
      workerCpuFfmpeg: workerBefore && workerAfter ? (workerAfter.cpuMs - workerBefore.cpuMs) / tookMs : null,
    };
  } catch (error) {
    return { ...none, whyFfmpeg: error instanceof Error ? error.message : String(error) };
  } finally {
    await Promise.all(copies.map((one) => one.close()));
    await rm(dir, { recursive: true, force: true });
  }
}
