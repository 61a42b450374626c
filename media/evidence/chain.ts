/**
 * The manifest of a case (存证清单, R42): one line of JSON for each thing that happened or was kept. Every line names the hash
 * of the one before; the lines are the leaves of a Merkle tree whose root is signed. Pure. Format: docs/flow/evidence-bundle.md.
 */
import { leafHash } from './merkle.ts';

export interface NewEntry {
  /** When it happened, as its row says. */
  readonly at: Date;
  /** e.g. `segment`, `photo`, `consent`, `decision`, `gap`. */
  readonly type: string;
  readonly sessionId?: string | undefined;
  /** What it speaks of, e.g. `photo:<id>`: with it the row is found again. */
  readonly ref: string;
  /** SHA-256(salt ‖ content) of the file or of the event's text, hex. */
  readonly hash?: string | undefined;
  /** Ids, codes, figures and times only: this stays readable when the case's key is destroyed. */
  readonly facts?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** Where a chain ends. */
export interface ChainEnd { readonly seq: number; readonly hash: string }

export interface ManifestLine extends ChainEnd {
  /** The exact bytes that were hashed, without a line's end. */
  readonly line: string;
}

export const ZERO_HASH = '0'.repeat(64);

/** The line that follows `end` (undefined: the case's first). */
export function nextLine(caseId: string, end: ChainEnd | undefined, entry: NewEntry): ManifestLine {
  const seq = (end?.seq ?? 0) + 1;
  const line = JSON.stringify({
    case: caseId, seq, at: entry.at.toISOString(), type: entry.type, session: entry.sessionId, ref: entry.ref, hash: entry.hash,
    facts: entry.facts === undefined ? undefined : Object.fromEntries(Object.entries(entry.facts).sort(([a], [b]) => (a < b ? -1 : 1))),
    prev: end?.hash ?? ZERO_HASH,
  });
  return { seq, line, hash: leafHash(Buffer.from(line)).toString('hex') };
}
