import { HttpError } from '../../../client/rtc/http.ts';
import type { Refusal } from '../../replay/retries.ts';

const BUSY = [408, 425, 429];
/** The server is in trouble or out of reach: the same may succeed later. */
const passes = (error: unknown): boolean => !(error instanceof HttpError) || error.status >= 500 || BUSY.includes(error.status);

/** What it means that bytes of a segment did not come: a file that is gone or damaged is passed over; who may not look (any more) has to act first. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof HttpError && (error.code === 'EVIDENCE_DAMAGED' || [404, 409, 410, 416].includes(error.status))) return 'skip';
  return passes(error) ? 'again' : 'stop';
}

/** How often a call that goes on is asked for what has come. */
const LIVE_MS = 3_000;
const MOST_MS = 60_000;

/** Milliseconds until a running call is asked for again: longer with every failure in a row; undefined when asking again cannot help. */
export function nextAskMs(failures: number, error?: unknown): number | undefined {
  if (error !== undefined && !passes(error)) return undefined;
  return Math.min(MOST_MS, LIVE_MS * 2 ** failures);
}
