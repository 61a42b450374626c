/** The table for people and the line of figures. A figure that was not measured is null and says why. */
import { machine } from '../main.ts';
import type { BadOutcome } from './badInput.ts';
import type { CorruptedOutcome } from './corrupted.ts';
import { PHASES } from './options.ts';
import type { BenchOptions } from './options.ts';
import type { PlainOutcome, QualityOutcome, ReadingOutcome } from './phases.ts';
import type { PoolOutcome } from './poolWatch.ts';
import { quantile, share } from './score.ts';
import type { Scored } from './score.ts';

export type Outcomes = {
  readonly options: BenchOptions;
  readonly core: number | null;
  readonly reading: ReadingOutcome | null;
  readonly plain: readonly PlainOutcome[] | null;
  readonly quality: QualityOutcome | null;
  readonly corrupted: CorruptedOutcome | null;
  readonly pool: PoolOutcome | null;
  readonly bad: BadOutcome | null;
  /** Times of a folder's photos, instead of a reading. */
  readonly folder: { readonly photos: number; readonly times: readonly number[] } | null;
  readonly seconds: number;
};

type Band = 'large' | 'small';
const PERCENT = (value: number | null): string => (value === null ? '–' : `${(100 * value).toFixed(1)} %`);
const MS = (value: number | null): string => (value === null ? '–' : `${Math.round(value)} ms`);

const fronts = (list: readonly Scored[], band: Band): Scored[] => list.filter((one) => one.side === 'portrait' && one.band === band);
const plainFronts = (list: readonly PlainOutcome[], band: Band): PlainOutcome[] => list.filter((one) => one.side === 'portrait' && one.band === band);
const timesOf = (list: readonly { ms: number }[]): number[] => list.map(({ ms }) => ms);

export type Figures = Record<string, unknown>;

const readNumbers = (list: readonly Scored[]): Scored[] => list.filter((one) => one.numberRight);
const wrongNumbers = (list: readonly Scored[]): Scored[] => list.filter((one) => one.numberRead && !one.numberRight);

export function figuresOf(outcomes: Outcomes): Figures {
  const { options, reading, plain, quality, corrupted, pool, bad, folder } = outcomes;
  const scored = reading?.scored ?? [];
  const times = folder?.times ?? timesOf(scored);
  const byBand = (band: Band) => ({
    number: share(fronts(scored, band), (one) => one.numberRight),
    fields: share(scored.filter((one) => one.band === band), (one) => one.wrong.length === 0),
    plainNumber: share(plainFronts(plain ?? [], band), (one) => one.numberRight),
    plainFields: share((plain ?? []).filter((one) => one.band === band), (one) => one.fieldsRight),
  });
  const [large, small] = [byBand('large'), byBand('small')];
  const found = [...(quality?.found.values() ?? [])];
  const measured: Figures = {
    photos: folder?.photos ?? (reading === null ? null : scored.length),
    number_right_24: large.number, fields_right_24: large.fields, number_right_16: small.number, fields_right_16: small.fields,
    plain_number_right_24: large.plainNumber, plain_fields_right_24: large.plainFields, plain_number_right_16: small.plainNumber, plain_fields_right_16: small.plainFields,
    wrong_number_accepted: reading === null ? null : wrongNumbers(scored).filter((one) => !one.numberStopped).length,
    number_false_finding: share(readNumbers(scored), (one) => one.numberStopped),
    rare_photos: reading === null ? null : scored.filter((one) => one.rare).length,
    rare_unread: reading === null ? null : scored.filter((one) => one.rareUnread).length,
    plain_photos: plain === null ? null : plain.length,
    corrupted_tried: corrupted?.tried ?? null, corrupted_accepted: corrupted?.accepted ?? null,
    quality_found: quality === null ? null : found.reduce((sum, tally) => sum + tally.right, 0) / found.reduce((sum, tally) => sum + tally.of, 0),
    quality_false: quality === null ? null : quality.refused / quality.good,
    photo_ms_p50: quantile(times, 0.5), photo_ms_p95: quantile(times, 0.95), judge_ms_p95: quantile(quality?.ms ?? [], 0.95),
    plain_ms_p95: quantile(timesOf(plain ?? []), 0.95),
    loop_lag_ms_p99: pool === null ? null : Math.max(...pool.lagP99),
    pool_rss_mb: pool?.rssMb ?? null,
    bad_files: bad?.files ?? null, bad_wrong: bad === null ? null : [...bad.wrong.values()].reduce((sum, count) => sum + count, 0), bad_rss_growth_mb: bad === null ? null : bad.poolMb[1] - bad.poolMb[0],
  };
  const why = (name: string): string => {
    if (folder !== null) return 'a folder of photos has no truth to compare with';
    if (name === 'pool_rss_mb' && pool !== null) return 'this system has no /proc';
    return options.phases.size < PHASES.length ? 'left out by --only' : 'no such photo in this run';
  };
  const reasons = Object.fromEntries(Object.entries(measured).filter(([, value]) => value === null).map(([name]) => [`why_${name}`, why(name)]));
  return {
    bench: 'id', quick: options.quick, set: folder === null ? options.set : null, ...rounded(measured), ...reasons,
    pinned_core: outcomes.core, stolen_share: typeof reading?.stolen === 'number' ? tidy(reading.stolen) : null,
    spread: {
      photo_ms: range(times), plain_ms: range(timesOf(plain ?? [])), loop_lag_ms_p99: range(pool?.lagP99 ?? []), eight_photos_s: range(pool?.seconds ?? []),
      quality_found_by_defect: range(found.map((tally) => tally.right / tally.of)),
    },
    machine: machine(),
    date: new Date().toISOString(), seconds: Math.round(outcomes.seconds),
  };
}

const range = (values: readonly number[]): { min: number; max: number } | null => (values.length === 0 ? null : { min: tidy(Math.min(...values)), max: tidy(Math.max(...values)) });
const tidy = (value: number): number => Number(value.toPrecision(4));
const rounded = (figures: Figures): Figures => Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, typeof value === 'number' ? tidy(value) : value]));

/** Rows of a table in Markdown, so that it can stand in a page as it is. */
function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

export function report(outcomes: Outcomes, figures: Figures): string {
  const parts: string[] = [];
  const { reading, plain, quality, corrupted, pool, bad } = outcomes;
  if (reading !== null) parts.push(readingTable(reading, plain ?? [], figures), fieldTable(reading.scored), numberLines(reading), timeLines(outcomes, figures));
  else if (plain !== null) parts.push(`Plain tesseract.js: p95 ${MS(figures['plain_ms_p95'] as number | null)} over ${plain.length} photos`);
  if (quality !== null) parts.push(qualityTable(quality));
  if (corrupted !== null) parts.push(table(['corrupted numbers', 'tried', 'accepted'], [...Object.entries(corrupted.byKind).map(([kind, { tried, accepted }]) => [kind, tried, accepted]), ['all', corrupted.tried, corrupted.accepted]]));
  if (pool !== null) parts.push(poolLines(pool));
  if (bad !== null) parts.push(badLines(bad));
  return parts.join('\n\n');
}

function readingTable({ scored }: ReadingOutcome, plain: readonly PlainOutcome[], figures: Figures): string {
  const rows = (['large', 'small'] as const).flatMap((band) => {
    const suffix = band === 'large' ? '24' : '16';
    const title = band === 'large' ? '≥ 24 px' : '16–23 px';
    return [
      [`number right, ${title}`, fronts(scored, band).length, PERCENT(figures[`number_right_${suffix}`] as number | null), PERCENT(figures[`plain_number_right_${suffix}`] as number | null), plainFronts(plain, band).length],
      [`all fields right, ${title}`, scored.filter((one) => one.band === band).length, PERCENT(figures[`fields_right_${suffix}`] as number | null), PERCENT(figures[`plain_fields_right_${suffix}`] as number | null), plain.filter((one) => one.band === band).length],
    ];
  });
  return table(['reading', 'photos', 'this reader', 'plain tesseract.js', 'its photos'], rows);
}

function fieldTable(scored: readonly Scored[]): string {
  const sides = { portrait: ['name', 'sex', 'ethnicity', 'birthDate', 'address', 'idNumber'], emblem: ['authority', 'validFrom', 'validTo'] } as const;
  const right = (side: keyof typeof sides, field: string, band: Band): string =>
    PERCENT(share(scored.filter((one) => one.side === side && one.band === band), (one) => !(one.wrong as readonly string[]).includes(field)));
  const rows = (Object.keys(sides) as (keyof typeof sides)[]).flatMap((side) => sides[side].map((field) => [field, right(side, field, 'large'), right(side, field, 'small')]));
  return table(['field right', '≥ 24 px', '16–23 px'], [
    ...rows,
    ['side told', PERCENT(share(scored.filter((one) => one.band === 'large'), (one) => one.sideRight)), PERCENT(share(scored.filter((one) => one.band === 'small'), (one) => one.sideRight))],
    ['ID card or permit told', PERCENT(share(scored.filter((one) => one.band === 'large'), (one) => one.kindRight)), PERCENT(share(scored.filter((one) => one.band === 'small'), (one) => one.kindRight))],
  ]);
}

function numberLines({ scored, errors }: ReadingOutcome): string {
  const [wrong, right] = [wrongNumbers(scored), readNumbers(scored)];
  const rare = scored.filter((one) => one.rare);
  return [
    `- Wrong numbers read: ${wrong.length}; without a blocking finding on the number: ${wrong.filter((one) => !one.numberStopped).length}; without any blocking finding: ${wrong.filter((one) => !one.anyBlocking).length}`,
    `- Right numbers read: ${right.length}; with a blocking finding on the number: ${right.filter((one) => one.numberStopped).length}; with any blocking finding: ${right.filter((one) => one.anyBlocking).length}`,
    `- Photos with a rare character: ${rare.length}; all fields right: ${rare.filter((one) => one.wrong.length === 0).length}; its field said to be unreadable: ${rare.filter((one) => one.rareUnread).length}`,
    ...[...errors].map(([code, count]) => `- Not read at all, ${code}: ${count}`),
  ].join('\n');
}

function timeLines({ reading, core }: Outcomes, figures: Figures): string {
  const where = core === null ? 'not pinned (no taskset, or one core)' : `pinned to core ${core}`;
  const stolen = typeof reading?.stolen !== 'number' ? '' : ` (of that core's busy time ${PERCENT(reading.stolen)} went to other machines)`;
  return `One photo to all fields, one at a time, warm, ${where}${stolen}: p50 ${MS(figures['photo_ms_p50'] as number)}, p95 ${MS(figures['photo_ms_p95'] as number)}; the first, cold: ${MS(reading?.coldMs ?? null)}; plain tesseract.js p95 ${MS(figures['plain_ms_p95'] as number | null)}`;
}

function qualityTable({ found, good, refused, refusedFor, ms }: QualityOutcome): string {
  const list = (counts: ReadonlyMap<string, number>): string => [...counts].sort((a, b) => b[1] - a[1]).map(([code, count]) => `${code} ${count}`).join(', ') || '–';
  return table(['deliberate defect', 'photos', 'found by name', 'what was said'], [
    ...[...found].map(([defect, { right, of, said }]) => [defect, of, PERCENT(right / of), list(said)]),
    ['none: good photos refused', good, PERCENT(refused / good), list(refusedFor)],
  ]) + `\n\nJudging one photo: p50 ${MS(quantile(ms, 0.5))}, p95 ${MS(quantile(ms, 0.95))}`;
}

function poolLines(pool: PoolOutcome): string {
  const list = (values: readonly number[], digits: number): string => values.map((value) => value.toFixed(digits)).join(', ');
  return [
    `- Eight photos at once, ${pool.seconds.length} rounds: ${list(pool.seconds, 1)} s; event loop p99 ${list(pool.lagP99, 1)} ms, largest ${pool.lagMax.toFixed(1)} ms (timer of 1 ms included)`,
    `- Pool: ${pool.processes} process${pool.processes === 1 ? '' : 'es'}, together at most ${pool.rssMb ?? '–'} MiB resident, peaks ${pool.peaksMb.join(' + ') || '–'} MiB; the program beside it ${pool.ownRssMb} MiB`,
  ].join('\n');
}

function badLines({ files, kinds, wrong, poolMb, ownMb, died, renewed }: BadOutcome): string {
  return [
    `- Bad input: ${files} files of ${kinds} kinds; told otherwise than by its name: ${[...wrong.values()].reduce((sum, count) => sum + count, 0)}`,
    ...[...wrong].map(([what, count]) => `  - ${what}: ${count}`),
    `- Memory over them, median of the first and the last of them: pool ${poolMb.join(' → ')} MiB, the program beside it ${ownMb.join(' → ')} MiB; processes that died ${died}, renewed for their size ${renewed}`,
  ].join('\n');
}
