import { HttpError, NetworkError } from '../../../client/rtc/http.ts';
import { errorBody } from '../../../contracts/errors.ts';
import type { ErrorBody } from '../../../contracts/errors.ts';

export interface SideSegment { readonly startMs: number; readonly endMs: number; readonly mimeType: string; readonly byteLength: number; readonly url: string }
export interface Range { readonly start: number; readonly end: number }

/** Asked for at once: some seconds of picture, so that playing begins before the whole file is here. */
export const PIECE_BYTES = 1_048_576;
/** Nearer than this to its end, a stretch is taken as over: a player that runs onto the very end stands still. */
const END_SECONDS = 0.06;
const START_SECONDS = 0.15;

/** A moment lies inside what is loaded (seconds). */
export const isLoaded = (ranges: readonly Range[], seconds: number): boolean => ranges.some((r) => seconds >= r.start - START_SECONDS && seconds < r.end - END_SECONDS);

/** The segment of a moment; where two touch, the later one. */
export const segmentAt = (segments: readonly SideSegment[], ms: number): SideSegment | undefined => segments.findLast((s) => ms >= s.startMs && ms < s.endMs);

/** What to load next for a viewer at `ms`: the first segment that is not yet over then. */
export const nextToLoad = (segments: readonly SideSegment[], loaded: ReadonlySet<SideSegment>, ms: number): SideSegment | undefined =>
  segments.find((s) => s.endMs > ms && !loaded.has(s));

/** One piece of a segment, by a range request with the login cookie. */
export async function fetchPiece(segment: SideSegment, from: number, signal: AbortSignal): Promise<ArrayBuffer> {
  const to = Math.min(segment.byteLength, from + PIECE_BYTES) - 1;
  const answer = await fetch(segment.url, { headers: { range: `bytes=${from}-${to}` }, credentials: 'same-origin', signal }).catch((cause: unknown) => {
    throw signal.aborted ? cause : new NetworkError({ cause });
  });
  if (!answer.ok) throw new HttpError(answer.status, (await answer.json().catch(() => errorBody('INTERNAL'))) as ErrorBody);
  const bytes = await answer.arrayBuffer();
  // A server that does not know ranges sends the whole file each time.
  return answer.status === 206 || bytes.byteLength <= to - from + 1 ? bytes : bytes.slice(from, to + 1);
}
