import type { NetworkSample } from '../../../contracts/http/replay.ts';

export interface KeptSample { readonly role: string; readonly at: Date; readonly figures: unknown }
/** A quarter of an hour at one report every two seconds; longer calls are thinned out. */
export const MOST_SAMPLES = 450;

const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const sampleOf = ({ at, figures }: KeptSample, zeroMs: number): NetworkSample => {
  const { lossUp, lossDown, rttMs, bitrateUp } = (figures ?? {}) as Record<string, unknown>;
  return { atMs: at.getTime() - zeroMs, lossUp: number(lossUp), lossDown: number(lossDown), rttMs: number(rttMs), bitrateUp: number(bitrateUp) };
};
const worst = (a: number | null, b: number | null, pick: (...values: number[]) => number): number | null => (a === null ? b : b === null ? a : pick(a, b));

/** One end's network over the session (R46); of neighbours that are drawn as one point the worst figures stay. @param samples oldest first */
export function networkOf(samples: readonly KeptSample[], role: 'client' | 'witness', zeroMs: number): NetworkSample[] {
  const own = samples.filter((sample) => sample.role === role).map((sample) => sampleOf(sample, zeroMs));
  const together = Math.ceil(own.length / MOST_SAMPLES);
  if (together <= 1) return own;
  return Array.from({ length: Math.ceil(own.length / together) }, (_, i) => own.slice(i * together, (i + 1) * together).reduce((kept, one) => ({
    atMs: kept.atMs, lossUp: worst(kept.lossUp, one.lossUp, Math.max), lossDown: worst(kept.lossDown, one.lossDown, Math.max), rttMs: worst(kept.rttMs, one.rttMs, Math.max), bitrateUp: worst(kept.bitrateUp, one.bitrateUp, Math.min),
  })));
}
