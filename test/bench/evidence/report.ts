/** The table for people and the line of figures. A figure that was not measured is null and says why. */
import { loadavg } from 'node:os';
import { machine } from '../main.ts';
import type { Manipulated } from './manipulations.ts';
import type { BenchOptions, Part } from './options.ts';
import type { Searched } from './plaintext.ts';
import type { SeekFigures } from './seek.ts';
import type { VerifiedOne } from './verifyOne.ts';

export interface Outcomes {
  readonly options: BenchOptions;
  readonly manipulated: Manipulated | null;
  readonly verified: VerifiedOne | null;
  readonly searched: Searched | null;
  readonly seeks: SeekFigures | null;
  /** Why a part that was asked for measured nothing. */
  readonly why: Partial<Record<Part, string>>;
  readonly load: number;
  readonly seconds: number;
}

const PART_OF = { manipulations: 'manipulations', found: 'manipulations', named: 'manipulations', controls: 'manipulations', false_alarms: 'manipulations', verify_event_hashes: 'verify', open_ms_p95: 'seek', seek_ms_p95: 'seek', seek_exact_ms_p95: 'seek', plaintext_hits: 'plaintext' } as const;
const tidy = (value: number): number => Number(value.toPrecision(4));

export function figuresOf({ options, manipulated, verified, searched, seeks, why, load, seconds }: Outcomes): Record<string, unknown> {
  const sum = (field: 'tried' | 'found' | 'named'): number | null => (manipulated === null ? null : [...manipulated.kinds.values()].reduce((total, tally) => total + tally[field], 0));
  const measured: Record<keyof typeof PART_OF, number | null> = {
    manipulations: sum('tried'), found: sum('found'), named: sum('named'), controls: manipulated?.controls ?? null, false_alarms: manipulated?.falseAlarms ?? null,
    verify_event_hashes: verified?.long.hashes ?? null,
    open_ms_p95: seeks?.open_ms_p95 ?? null, seek_ms_p95: seeks?.seek_ms_p95 ?? null, seek_exact_ms_p95: seeks?.seek_exact_ms_p95 ?? null,
    // A search that does not see what was planted has found nothing out.
    plaintext_hits: searched === null || searched.unseen.length > 0 ? null : searched.hits.length + searched.media.length,
  };
  const reasons = Object.entries(measured).flatMap(([name, value]) => (value === null ? [[`why_${name}`, why[PART_OF[name as keyof typeof PART_OF]] ?? 'left out by --only']] : []));
  const costs = verified?.long.recordMs.map(({ ms }) => ms) ?? [];
  return {
    bench: 'evidence', quick: options.quick, seed: options.seed, ...measured, ...Object.fromEntries(reasons), verify_event_lines: verified?.long.lines ?? null, seeks: seeks?.seeks ?? null, seeks_over_1s: seeks?.over_1s ?? null, element: options.element, plaintext_planted: searched?.planted ?? null, plaintext_planted_found: searched === null ? null : searched.planted - searched.unseen.length,
    spread: { record_ms: costs.length === 0 ? null : { min: tidy(Math.min(...costs)), max: tidy(Math.max(...costs)) }, seek: seeks?.spread ?? null },
    machine: machine(), load_before: tidy(load), load_after: tidy(loadavg()[0]!),
    date: new Date().toISOString(), seconds: Math.round(seconds),
  };
}

const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string => [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

export function report({ manipulated, verified, searched, seeks }: Outcomes): string {
  const parts: string[] = [];
  if (manipulated !== null) {
    const rows = [...manipulated.kinds].sort(([, a], [, b]) => b.verifier.localeCompare(a.verifier));
    parts.push(
      `${manipulated.cases} cases of about ${manipulated.lines} lines; ${manipulated.controls} times nothing was spoiled, ${manipulated.falseAlarms} false alarms`,
      table(['manipulation', 'responsible', 'tried', 'found', 'named rightly'], rows.map(([kind, { verifier, tried, found, named }]) => [kind, verifier === 'offline' ? 'offline verifier' : 'verify:live', tried, found, named])),
    );
    if (manipulated.odd.length > 0) parts.push(`Not as it should be:\n${manipulated.odd.map((line) => `- ${line}`).join('\n')}`);
  }
  if (verified !== null) {
    const row = ({ lines, hashes, log2, receiptBytes, ms }: VerifiedOne['proven'][number]): (string | number)[] => [lines, hashes, log2.toFixed(1), receiptBytes, ms.toFixed(0)];
    parts.push(
      table(['lines of the case', 'hashes for one event', 'log2 of the lines under its head', 'bytes of the receipt', 'ms, process included'], [...verified.proven, verified.long].map(row)),
      `The last is a case of a call of ${verified.long.minutes} minutes, recorded every 10 s; one run of it, as the case grew:`,
      table(['lines', 'ms'], verified.long.recordMs.map(({ lines, ms }) => [lines, ms.toFixed(0)])),
    );
  }
  if (searched !== null) parts.push(`${searched.needles} texts of the client searched after the journey (${searched.logLines} log lines): ${searched.hits.length} hits${searched.hits.map((where) => `\n- ${where}`).join('')}; plain media: ${searched.media.length}; planted in files, database dump, Redis, its dump, log and temporary files as UTF-8, UTF-16, base64 and hex, and found: ${searched.planted - searched.unseen.length} of ${searched.planted}${searched.unseen.map((what) => `\n- not seen: ${what}`).join('')}`);
  if (seeks !== null) {
    const row = (what: string, name: 'open_ms' | 'seek_ms' | 'seek_exact_ms', asked: string): (string | number)[] => [what, seeks[`${name}_p95`], `${seeks.spread[name].min}–${seeks.spread[name].max}`, asked];
    parts.push(
      table(['replay', 'p95 ms', 'min–max', 'asked'], [row(`opening to the first picture, ${seeks.opens} times`, 'open_ms', '–'), row(`jump to the key frame’s picture, ${seeks.seeks} times`, 'seek_ms', '300'), row('jump to the exact frame', 'seek_exact_ms', '1000')]),
      `Exact frames after more than 1 s: ${seeks.over_1s} of ${seeks.seeks}`,
    );
  }
  return parts.join('\n\n');
}
