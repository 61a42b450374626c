/** The tables for people and the line of figures. A figure that was not measured is null and says why. */
import { loadavg } from 'node:os';
import { machine } from '../main.ts';
import type { KeyFramesOutcome } from './keyframes.ts';
import type { KillsOutcome } from './kills.ts';
import type { LossPhase } from './loss.ts';
import type { MuxerRow } from './muxers.ts';
import type { BenchOptions } from './options.ts';
import type { SessionsRow } from './sessions.ts';
import type { SkewOutcome } from './skew.ts';

export interface Outcomes {
  readonly options: BenchOptions;
  readonly sessions: readonly SessionsRow[] | null;
  readonly kills: KillsOutcome | null;
  readonly loss: readonly LossPhase[] | null;
  readonly skew: SkewOutcome | null;
  readonly keyframes: KeyFramesOutcome | null;
  readonly muxers: readonly MuxerRow[] | null;
  /** The machine's load before the first measurement. */
  readonly loadBefore: number;
  readonly seconds: number;
}
export type Figures = Record<string, unknown>;

const sorted = (list: readonly number[]): number[] => [...list].sort((a, b) => a - b);
export const median = (list: readonly number[]): number | null => {
  const all = sorted(list);
  const middle = all.length / 2;
  return all.length === 0 ? null : all.length % 2 === 1 ? all[Math.floor(middle)]! : (all[middle - 1]! + all[middle]!) / 2;
};
const tidy = (value: unknown): unknown => (typeof value === 'number' ? Number(value.toPrecision(4)) : value);
const tidied = (figures: Figures): Figures => Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, tidy(value)]));
const range = (list: readonly number[] | undefined): unknown => (list && list.length > 0 ? { min: tidy(Math.min(...list)), max: tidy(Math.max(...list)) } : null);

const sessionFigures = (row: SessionsRow): Figures => ({
  ...tidied({
    n: row.n, cpu_per_participant: row.cpu, rss_mb_per_participant: row.rssMb, ffmpeg_cpu_per_participant: row.ffmpegCpu, ffmpeg_rss_mb_per_participant: row.ffmpegRssMb,
    rss_mb_added: row.addedRssMb, packets_received: row.received, packets_lost: row.lost, sender_late_ms: row.senderLateMs, sfu_cpu: row.workerCpu, sfu_cpu_ffmpeg: row.workerCpuFfmpeg,
  }),
  ...(row.whyFfmpeg === undefined ? {} : { why_ffmpeg_cpu_per_participant: row.whyFfmpeg, why_ffmpeg_rss_mb_per_participant: row.whyFfmpeg }),
});

export function figuresOf({ options, sessions, kills, loss, skew, keyframes, muxers, loadBefore, seconds }: Outcomes): Figures {
  const legs = loss ?? [];
  const measured: Figures = {
    sessions: sessions?.map(sessionFigures) ?? null,
    kills: kills?.kills ?? null, lost_s_max: kills ? Math.max(...kills.lostS) : null, lost_s_median: kills ? median(kills.lostS) : null, files_unplayable: kills?.unplayable.length ?? null,
    files: kills?.files ?? null, linked: kills?.linked ?? null, back_s_median: kills ? median(kills.backS) : null,
    loss5_frames_vs_viewer: loss ? Math.min(...legs.map(({ ratio }) => ratio)) : null,
    loss5_by_leg: loss ? Object.fromEntries(legs.map(({ leg, ratio, recorded, viewer }) => [leg, { ratio: tidy(ratio), recorded, viewer }])) : null,
    av_skew_ms: skew?.lastMs ?? null, av_skew_ms_worst: skew?.worstMs ?? null, skew_minutes: skew?.minutes ?? null,
    key_frames: keyframes ? tidied({ ...keyframes }) : null,
    muxers: muxers?.map((row) => tidied({ ...row })) ?? null,
  };
  const reasons = Object.fromEntries(Object.entries(measured).filter(([, value]) => value === null).map(([name]) => [`why_${name}`, 'left out by --only']));
  return {
    bench: 'recording', quick: options.quick, ...tidied(measured), ...reasons,
    spread: { lost_s: range(kills?.lostS), back_s: range(kills?.backS), loss5_frames_vs_viewer: range(loss?.map(({ ratio }) => ratio)) },
    load_before: tidy(loadBefore), load_after: tidy(loadavg()[0]),
    machine: machine(), date: new Date().toISOString(), seconds: Math.round(seconds),
  };
}

/** Rows of a table in Markdown, so that it can stand in a page as it is. */
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string => [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
const percent = (value: number | null): string => (value === null ? '–' : `${(100 * value).toFixed(2)} %`);
const fixed = (value: number | null, digits: number, unit = ''): string => (value === null || Number.isNaN(value) ? '–' : `${value.toFixed(digits)}${unit}`);

export function report({ sessions, kills, loss, skew, keyframes, muxers }: Outcomes): string {
  const parts: string[] = [];
  if (sessions) {
    parts.push(table(
      ['sessions', 'recorder, of a core each', 'ffmpeg copy', 'recorder, MB each', 'ffmpeg copy', 'recorder grew by', 'packets lost', 'SFU, of a core', 'senders late'],
      sessions.map((row) => [row.n, percent(row.cpu), percent(row.ffmpegCpu), fixed(row.rssMb, 1), fixed(row.ffmpegRssMb, 1), fixed(row.addedRssMb, 0, ' MB'), `${row.lost} of ${row.received}`, percent(row.workerCpu), fixed(row.senderLateMs, 0, ' ms')]),
    ), ...sessions.flatMap(({ n, whyFfmpeg }) => (whyFfmpeg ? [`ffmpeg at ${n} sessions: ${whyFfmpeg}`] : [])));
  }
  if (kills) {
    parts.push(table(['killed', 'lost, at worst', 'median', 'back after (median)', 'files', 'not playable', 'went on, gap named'], [[
      kills.kills, fixed(Math.max(...kills.lostS), 2, ' s'), fixed(median(kills.lostS), 2, ' s'), fixed(median(kills.backS), 2, ' s'), kills.files, kills.unplayable.length, kills.linked,
    ]]), ...kills.unplayable.slice(0, 5));
  }
  if (loss) {
    parts.push(table(['5 % lost between', 'seconds', 'recorded', 'viewer decoded', 'share', 'packets dropped', 'viewer froze', 'recorder: repaired', 'given up'],
      loss.map((one) => [one.leg === 'sender' ? 'sender and SFU' : 'SFU and recorder', one.seconds, one.recorded, one.viewer, one.ratio.toFixed(4), one.dropped, one.viewerFreezes, one.recorderRepaired, one.recorderLost])));
  }
  if (skew) {
    parts.push(table(['minutes', 'flashes', 'last 30 s, at worst', 'all, at worst', 'median first 30 s', 'median last 30 s', 'sent'], [[
      fixed(skew.minutes, 1), skew.flashes, fixed(skew.lastMs, 1, ' ms'), fixed(skew.worstMs, 1, ' ms'), fixed(skew.firstMedianMs, 1, ' ms'), fixed(skew.lastMedianMs, 1, ' ms'), fixed(skew.sentMs, 1, ' ms'),
    ]]));
  }
  if (keyframes) {
    parts.push(table(['key frame every 10 s', 'key frame', 'other frame', 'share of all bytes', 'kbit/s', 'SSIM'], [
      ['with', fixed(keyframes.keyFrameKb, 1, ' kB'), fixed(keyframes.otherFrameKb, 1, ' kB'), percent(keyframes.shareOfBytes), fixed(keyframes.kbpsWith, 0), fixed(keyframes.ssimWith, 5)],
      ['without', '–', '–', '–', fixed(keyframes.kbpsWithout, 0), fixed(keyframes.ssimWithout, 5)],
    ]));
  }
  if (muxers) parts.push(table(['step, in one process', 'of a core each', 'in memory when killed'], muxers.map(({ way, cpu, heldS }) => [way, percent(cpu), fixed(heldS, 2, ' s')])));
  return parts.join('\n\n');
}
