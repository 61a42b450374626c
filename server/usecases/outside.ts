import type { Log } from '../platform/log.ts';

/** Asking outside systems again: how long for, how often, with which pauses. */
export interface Patience {
  /** One try is given up after this many ms. */
  readonly timeoutMs: number;
  /** Pauses between the tries of one question, ms; as many tries as pauses, and one. */
  readonly pausesMs: readonly number[];
  readonly sleep?: (ms: number) => Promise<void>;
}
/** At most 14 s in all: an agent waits for it in the call. */
export const PATIENCE: Patience = { timeoutMs: 4_000, pausesMs: [500, 1_500] };

/** A question that got no answer is put again after these ms, as long as the decision is open. */
export const ROUNDS_MS: readonly number[] = [20_000, 60_000, 180_000, 600_000];

/** What one try brought: an answer; nothing, which may be better next time; or nothing, and asking again is no use. */
export type Try<T> = { readonly answer: T } | 'again' | 'never';

/** Tries until there is an answer, at most as patience has it. Null: there was none. */
export async function askPatiently<T>(patience: Patience, work: (signal: AbortSignal) => Promise<Try<T>>): Promise<{ answer: T | null; attempts: number }> {
  const sleep = patience.sleep ?? ((ms) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  for (let attempts = 1; ; attempts++) {
    const tried = await work(AbortSignal.timeout(patience.timeoutMs)).catch((): 'again' => 'again');
    if (typeof tried === 'object') return { answer: tried.answer, attempts };
    const pause = patience.pausesMs[attempts - 1];
    if (tried === 'never' || pause === undefined) return { answer: null, attempts };
    // Half of it by chance, so that a system that comes back is not asked by everybody at once.
    await sleep(pause * (0.5 + Math.random() / 2));
  }
}

/** How a try failed: for the operator, without a word of what was asked or answered. */
export interface Fault { readonly status?: number; readonly error?: string }
/** Writes a failed try to the log: a broken contract or a refused login would otherwise look like an outage for ever. */
export const faultLog = (log: Pick<Log, 'warn'>, system: string) => (fault: Fault): void => log.warn({ system, ...fault }, 'an outside system did not answer as agreed');

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

/** Posts JSON; the answer as it is parsed, or what its failure means for asking again. Never throws. */
export async function postJson<T>(url: string, body: unknown, { parse, signal, onFault }: { parse: (value: unknown) => Try<T>; signal: AbortSignal; onFault: (fault: Fault) => void }): Promise<Try<T>> {
  let status: number | undefined;
  try {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal });
    status = response.status;
    const text = await response.text();
    if (response.ok) return parse(JSON.parse(text));
  } catch (error) {
    onFault({ ...(status === undefined ? {} : { status }), error: nameOf(error) });
    return 'again';
  }
  onFault({ status });
  // Our data was refused: the same data will be refused again.
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? 'never' : 'again';
}
