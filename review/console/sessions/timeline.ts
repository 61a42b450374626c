import type { ReplayView } from '../../../contracts/http/staff.ts';

export type ReplayEvent = ReplayView['events'][number];
export const SPEEDS = [0.5, 1, 1.5, 2, 4] as const;

/** Where a moment lies on the timeline, 0…100 %; moments outside are put at its ends. */
export const percentAt = (ms: number, durationMs: number): number => (durationMs <= 0 ? 0 : Math.min(100, Math.max(0, (ms / durationMs) * 100)));

/** Unix ms of a moment of the recording (R46); undefined when the session has no recording. */
export const wallClock = (view: Pick<ReplayView, 'zeroAt'>, ms: number): number | undefined => (view.zeroAt === null ? undefined : Date.parse(view.zeroAt) + ms);

/** The last event at or before a moment, by its number in the list; -1 before the first. */
export function eventAt(events: readonly ReplayEvent[], ms: number): number {
  let found = -1;
  for (const [index, event] of events.entries()) if (event.atMs <= ms) found = index;
  return found;
}

/** How many of the changes, by time, have come at a moment. */
export const changesUntil = (changes: readonly { readonly atMs: number }[], ms: number): number => { const first = changes.findIndex(({ atMs }) => atMs > ms); return first === -1 ? changes.length : first; };

/** A side's picture that begins later than the other's by more than this is not waited for. */
const BEGIN_APART_MS = 10_000;
/** Where a replay begins: the first instant at which both sides have a picture, or the first of one. Media ms. */
export function firstPictureMs(segments: ReplayView['segments']): number {
  const starts = (['client', 'witness'] as const).flatMap((side) => segments.find((one) => one.side === side && one.mimeType.startsWith('video/'))?.startMs ?? []);
  const [first, last] = [Math.min(...starts), Math.max(...starts)];
  if (starts.length === 0) return 0;
  return last - first <= BEGIN_APART_MS ? last : first;
}

export type NoPicture = 'end' | 'before' | 'away' | 'recorder' | 'unknown';
/** So long after its last frame a side's picture is held and told to be the end. */
export const HELD_MS = 2_000;

/** Why a side has no running picture at a moment; undefined when it has one. */
export function noPictureAt(view: Pick<ReplayView, 'segments' | 'events' | 'gaps'>, side: 'client' | 'witness', ms: number): NoPicture | undefined {
  const own = view.segments.filter((s) => s.side === side);
  if (own.length === 0) return 'unknown';
  if (own.some((s) => s.startMs <= ms && ms < s.endMs)) return undefined;
  const end = Math.max(...own.map((s) => s.endMs));
  if (ms >= end && ms - end <= HELD_MS) return 'end';
  if (ms < Math.min(...own.map((s) => s.startMs))) return 'before';
  const seen = view.events.findLast((e) => e.side === side && e.atMs <= ms && ['joined', 'lost', 'left'].includes(e.type));
  if (seen !== undefined && seen.type !== 'joined') return 'away';
  if (view.gaps.some((g) => g.side === side && g.fromMs <= ms && ms < g.toMs)) return 'recorder';
  return 'unknown';
}

export type EventTone = 'decision' | 'photo' | 'gap' | 'script' | 'plain';

/** Why there is no picture, when a gap of this side says so. */
export const gapAt = (view: Pick<ReplayView, 'gaps'>, side: 'client' | 'witness', ms: number): ReplayView['gaps'][number] | undefined =>
  view.gaps.find((g) => g.side === side && g.kind === 'video' && g.fromMs <= ms && ms < g.toMs);

/** Gaps that begin within so little of the present count as the present one: a seek ends on a frame. */
const SAME_GAP_MS = 120;

/** Where the gap after or before a moment begins, of either side; undefined when there is none. */
export function nextGap(gaps: ReplayView['gaps'], ms: number, direction: 1 | -1): number | undefined {
  const starts = gaps.map(({ fromMs }) => Math.max(0, fromMs)).filter((from) => (from - ms) * direction > SAME_GAP_MS);
  return starts.length === 0 ? undefined : direction === 1 ? Math.min(...starts) : Math.max(...starts);
}

/** The speed after or before this one. */
export const speedAfter = (rate: number, direction: 1 | -1): number => {
  const speeds: readonly number[] = SPEEDS;
  return speeds[Math.min(speeds.length - 1, Math.max(0, speeds.indexOf(rate) + direction))] ?? 1;
};

export type NetworkSample = ReplayView['network']['client'][number];
/** A sample says how it was for so long; then nothing is known. */
const FRESH_MS = 6_000;

/** One end's network at a moment; undefined when nothing was told of it. */
export const networkAt = (samples: readonly NetworkSample[], ms: number): NetworkSample | undefined => {
  const last = samples.findLast((sample) => sample.atMs <= ms);
  return last !== undefined && ms - last.atMs <= FRESH_MS ? last : undefined;
};

/** Points `x,y` of an SVG line in a box of 1000 × 100, the largest value on top; runs of known values, a silence breaks the line. */
export function networkLine(samples: readonly NetworkSample[], value: (sample: NetworkSample) => number | null, { durationMs, most }: { durationMs: number; most: number }): string[] {
  const lines: string[][] = [];
  let before: number | undefined;
  for (const sample of samples) {
    const known = value(sample);
    if (known === null || sample.atMs < 0) { before = undefined; continue; }
    if (before === undefined || sample.atMs - before > FRESH_MS) lines.push([]);
    lines.at(-1)!.push(`${(percentAt(sample.atMs, durationMs) * 10).toFixed(1)},${(100 - Math.min(1, known / most) * 96).toFixed(1)}`);
    before = sample.atMs;
  }
  return lines.map((line) => line.join(' '));
}

/** How an event is drawn: decisions, photos, gaps and script ticks stand out. */
export function toneOf(type: string): EventTone {
  if (/decision|decide|approve|reject|fraud|passed/.test(type)) return 'decision';
  if (/photo|capture/.test(type)) return 'photo';
  if (/gap|interrupt|lost|drop|left|recorder_off|no_show/.test(type)) return 'gap';
  if (/script|tick/.test(type)) return 'script';
  return 'plain';
}
