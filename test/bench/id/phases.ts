/** Reading, plain reading and quality, photo by photo. */
import type { DocumentReading, Finding } from '../../../contracts/reading.ts';
import type { FailureSink } from './failures.ts';
import { inBatches } from './photographers.ts';
import type { Photographers } from './photographers.ts';
import type { Progress } from '../progress.ts';
import { DEFECTS, take } from './sets.ts';
import type { Defect, QualityPhoto, SetName, Wanted } from './sets.ts';
import { score, wrongFields } from './score.ts';
import type { Scored } from './score.ts';
import { StationError } from './station.ts';
import type { Station } from './station.ts';
import { watchStolen } from './stolen.ts';

/** A photo that broke is a photo read wrong: nothing of it came out. */
const NOTHING: DocumentReading = { kind: 'unknown', side: 'unknown', fields: {}, findings: [] };

export type ReadingOutcome = { readonly scored: readonly Scored[]; readonly errors: ReadonlyMap<string, number>; readonly coldMs: number; readonly stolen: number | null };

/** Engines load at their first use, and a service is warm: two photos of no set are read first. @returns ms of the first. */
export async function warmUp(station: Station): Promise<number> {
  const [first, second] = await Promise.all([take({ seed: 990_001, band: 'large' }), take({ seed: 990_002, band: 'large' })]);
  const { ms } = await station.read(first.jpeg, first.truth.side);
  await station.read(second.jpeg, second.truth.side);
  return ms;
}

export async function readPhotos(station: Station, photographers: Photographers, photos: readonly Wanted[], progress: Progress, failures: FailureSink): Promise<ReadingOutcome> {
  const scored: Scored[] = [];
  const errors = new Map<string, number>();
  const coldMs = await warmUp(station);
  const stolen = watchStolen(station.core);
  await inBatches(photos, photographers.good, async ({ jpeg, truth }) => {
    const { ms, result } = await stolen.timed(async () => await station.read(jpeg, truth.side)).catch((error: unknown) => {
      if (!(error instanceof StationError)) throw error;
      errors.set(error.message, (errors.get(error.message) ?? 0) + 1);
      return { ms: error.ms, result: NOTHING };
    });
    const one = score(truth, result, ms);
    scored.push(one);
    if (one.wrong.length > 0 || one.anyBlocking) await failures.reading({ jpeg, truth }, result, one);
    progress.tick();
  });
  return { scored, errors, coldMs, stolen: stolen.share() };
}

export type PlainOutcome = { readonly band: 'large' | 'small'; readonly side: 'portrait' | 'emblem'; readonly numberRight: boolean; readonly fieldsRight: boolean; readonly ms: number };

export async function readPlainly(station: Station, photographers: Photographers, photos: readonly Wanted[], progress: Progress): Promise<PlainOutcome[]> {
  const outcomes: PlainOutcome[] = [];
  await station.plain((await take({ seed: 990_001, band: 'large' })).jpeg);
  await inBatches(photos, photographers.good, async ({ jpeg, truth }) => {
    const { ms, result } = await station.plain(jpeg);
    outcomes.push({
      band: truth.textPx >= 24 ? 'large' : 'small', side: truth.side, ms,
      numberRight: result.fields.idNumber === truth.fields.idNumber, fieldsRight: wrongFields(truth.fields, result.fields).length === 0,
    });
    progress.tick();
  });
  return outcomes;
}

export type QualityOutcome = {
  readonly found: ReadonlyMap<Defect, { readonly right: number; readonly of: number; readonly said: ReadonlyMap<string, number> }>;
  /** Good photos refused, by what was said of them. */
  readonly good: number;
  readonly refused: number;
  readonly refusedFor: ReadonlyMap<string, number>;
  readonly ms: readonly number[];
};

/** Refused: sent back to the client. */
const refuses = (finding: Finding): boolean => finding.blocks;

export async function judgeQuality(station: Station, photographers: Photographers, set: SetName, counts: { perDefect: number; good: readonly Wanted[] }, progress: Progress, failures: FailureSink): Promise<QualityOutcome> {
  const found = new Map<Defect, { right: number; of: number; said: Map<string, number> }>();
  const refusedFor = new Map<string, number>();
  const times: number[] = [];
  let refused = 0;
  const judged = async (photo: QualityPhoto): Promise<readonly Finding[]> => {
    const { ms, result } = await station.judge(photo.jpeg, photo.kind).catch((error: unknown) => {
      if (!(error instanceof StationError)) throw error;
      return { ms: error.ms, result: { findings: [] as Finding[] } };
    });
    times.push(ms);
    progress.tick();
    return result.findings;
  };
  const defects = DEFECTS.flatMap((defect) => Array.from({ length: counts.perDefect }, (_, index) => ({ defect, index })));
  await inBatches(defects, async ({ defect, index }) => await photographers.defect(set, defect, index), async (photo, { defect }) => {
    const findings = await judged(photo);
    const tally = found.get(defect) ?? { right: 0, of: 0, said: new Map<string, number>() };
    found.set(defect, tally);
    tally.of += 1;
    const right = findings.some((finding) => finding.code === photo.finding);
    if (right) tally.right += 1;
    else await failures.quality(photo, defect, findings);
    for (const code of new Set(findings.map((finding) => finding.code))) tally.said.set(code, (tally.said.get(code) ?? 0) + 1);
  });
  const goodOnes: (() => Promise<QualityPhoto>)[] = [
    ...counts.good.map((wanted) => async (): Promise<QualityPhoto> => {
      const { jpeg, truth } = await photographers.good(wanted);
      return { jpeg, kind: truth.side === 'portrait' ? 'portraitSide' : 'emblemSide', finding: null, seed: truth.seed };
    }),
    ...Array.from({ length: counts.perDefect }, (_, index) => async () => await photographers.face(set, index)),
  ];
  await inBatches(goodOnes, async (make) => await make(), async (photo) => {
    const findings = (await judged(photo)).filter(refuses);
    if (findings.length === 0) return;
    refused += 1;
    for (const { code } of findings) refusedFor.set(code, (refusedFor.get(code) ?? 0) + 1);
    await failures.quality(photo, 'good', findings);
  });
  return { found, good: goodOnes.length, refused, refusedFor, ms: times };
}
