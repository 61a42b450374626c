/** A manifest's entries as the readable report draws on them, and where each stands in its call's recording (R46). Pure. */
import { z } from 'zod';
import { told as saidBy } from './kept.ts';

export interface ReportEntry { readonly line: string; readonly content: string | null; readonly file: string | null }
type Fields = Readonly<Record<string, unknown>>;
export interface Told { readonly seq: number; readonly at: Date; readonly type: string; readonly ref: string; readonly session?: string | undefined; readonly facts: Fields; readonly content: Fields | null; readonly file: string | null }

const fields = z.record(z.string(), z.unknown());
const saidLine = z.object({ seq: z.number().int().positive(), at: z.iso.datetime({ offset: true }), type: z.string(), ref: z.string(), session: z.string().optional(), facts: fields.nullish() });

/** An entry of the form that ours have; else null: it is handed out as it is, and the verifier names it. */
export function toldOf({ line, content, file }: ReportEntry): Told | null {
  const says = saidLine.safeParse(saidBy(line));
  if (!says.success) return null;
  const { at, facts, ...more } = says.data;
  return { ...more, at: new Date(at), facts: facts ?? {}, content: content === null ? null : contentOf(content), file };
}

/** Contents as fields; whatever else stands there as one value. */
function contentOf(text: string): Fields {
  const value = parsed(text);
  const read = fields.safeParse(value);
  return read.success ? read.data : { value };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A part of the recording with its file; times in Unix ms. */
export interface Part { readonly seq: number; readonly file: string; readonly side: string; readonly startMs: number; readonly endMs: number; readonly sound: boolean }
/** The recording of one call: the earliest instant is its zero, on the replay's clock. */
export interface Recording { readonly session: string; readonly zero: number; readonly end: number; readonly parts: readonly Part[] }

const partFacts = z.object({ side: z.string(), startMs: z.number(), endMs: z.number(), mimeType: z.string().optional() });

/** By call, in the order of time. */
export function recordingsOf(told: readonly Told[]): Recording[] {
  const calls = new Map<string, { zero: number; end: number; parts: Part[] }>();
  for (const { seq, type, session = '', facts, file } of told) {
    const read = partFacts.safeParse(facts);
    if (type !== 'segment' || !read.success) continue;
    const { side, startMs, endMs, mimeType = '' } = read.data;
    const call = calls.get(session) ?? { zero: Infinity, end: 0, parts: [] };
    calls.set(session, call);
    call.zero = Math.min(call.zero, Math.floor(startMs));
    call.end = Math.max(call.end, endMs);
    if (file !== null) call.parts.push({ seq, file, side, startMs, endMs, sound: mimeType.startsWith('audio/') });
  }
  return [...calls].map(([session, { parts, ...call }]) => ({ session, ...call, parts: parts.sort((a, b) => a.startMs - b.startMs) })).sort((a, b) => a.zero - b.zero);
}

/** Ms since its call's recording began; undefined for what is outside of it. */
export function msInRecording(recordings: readonly Recording[], { type, session, at }: Told): number | undefined {
  const call = session === undefined ? undefined : recordings.find((one) => one.session === session);
  if (call === undefined || type === 'segment') return undefined;
  const ms = at.getTime() - call.zero;
  return ms >= 0 && at.getTime() <= call.end + CLOSING_MS ? ms : undefined;
}
/** What ends a call is noted a little after its last frame. */
const CLOSING_MS = 5_000;
