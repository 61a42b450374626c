/** The published heads as they lie outside the database: what the file proves by itself, line by line, without any row. */
import { appendLeaf, EMPTY_EDGE, isSignedBy, leafHash, parseHead, rootOf } from '../../../media/evidence/index.ts';
import type { Edge, Head, SignedHead } from '../../../media/evidence/index.ts';
import type { SigningKey } from '../../platform/config.ts';
import { digestOf, stampedIn } from './timestamp.ts';

/** A key that signed, and until when it counts. */
export interface TrustedKey extends SigningKey { readonly from?: Date | undefined; readonly until?: Date | undefined }
export const counts = ({ from, until }: TrustedKey, at: Date): boolean => (from === undefined || at >= from) && (until === undefined || at <= until);

/** What is wrong with a line: no line of ours, another number than its place, a signature that no key of ours made, or it does not follow from the lines before. */
export type HeadFault = 'unreadable' | 'place' | 'signature' | 'chain';

export interface PublishedLine {
  readonly n: number;
  readonly line: string;
  readonly kind: Head['kind'] | 'stamp' | null;
  readonly head: (Head & { readonly signed: SignedHead }) | null;
  /** The tree of all lines before this one. */
  readonly edge: Edge;
  readonly fault: HeadFault | null;
}

/** Reads on after a fault: each line is judged by itself. Holds the last head of each case, and no line. */
export async function* walkPublished(lines: AsyncIterable<string> | Iterable<string>, signing: readonly TrustedKey[]): AsyncGenerator<PublishedLine> {
  let [n, edge] = [0, EMPTY_EDGE];
  let log: { n: number; line: string } | undefined;
  const last = new Map<string, Head>();
  for await (const line of lines) {
    n += 1;
    const before = edge;
    const stamp = stampIn(line);
    if (stamp !== null) {
      // Of the last head over all before it, and of nothing else.
      const stamped = stampedIn(stamp.token);
      const fits = stamp.of === log?.n && stamped !== null && stamped.imprint.equals(digestOf(log.line));
      edge = appendLeaf(edge, leafHash(Buffer.from(line)));
      yield { n, line, kind: 'stamp', head: null, edge: before, fault: stamp.n !== n ? 'place' : fits ? null : 'chain' };
      continue;
    }
    const signed = signedIn(line);
    const told = signed === null ? null : parseHead(signed.text);
    const head = told === null || signed === null ? null : { ...told, signed: { text: signed.text, signature: signed.signature } };
    if (head?.kind === 'log') log = { n, line };
    else edge = appendLeaf(edge, leafHash(Buffer.from(line)));
    yield { n, line, kind: head?.kind ?? null, head, edge: before, fault: faultOf({ n, at: signed?.n, head, before, earlier: head === null ? undefined : last.get(head.caseId) }, signing) };
    if (head !== null && head.kind !== 'log') last.set(head.caseId, head);
  }
}

interface Judged { readonly n: number; readonly at: unknown; readonly head: PublishedLine['head']; readonly before: Edge; /** Of the same case. */ readonly earlier: Head | undefined }

function faultOf({ n, at, head, before, earlier }: Judged, signing: readonly TrustedKey[]): HeadFault | null {
  if (head === null) return 'unreadable';
  if (at !== n) return 'place';
  const key = signing.find(({ id }) => id === head.keyId);
  if (key === undefined || !counts(key, head.at) || !isSignedBy(head.signed, key.key)) return 'signature';
  if (head.kind === 'log') return head.size === before.size && head.root === rootOf(before).toString('hex') ? null : 'chain';
  // A case's manifest only grows, and ends with its destruction.
  return earlier === undefined || (earlier.kind !== 'destroyed' && head.size >= earlier.size && (head.size !== earlier.size || head.root === earlier.root)) ? null : 'chain';
}

/** A line that holds a stamp; null when it is another. */
export function stampIn(line: string): { n: number; of: number; token: Buffer } | null {
  const { n, of, token } = fieldsOf(line);
  return typeof n === 'number' && typeof of === 'number' && typeof token === 'string' && JSON.stringify({ n, of, token }) === line ? { n, of, token: Buffer.from(token, 'base64') } : null;
}

/** A line that holds a head; null when it is another. */
export function signedIn(line: string): (SignedHead & { n: unknown }) | null {
  const { n, text, signature } = fieldsOf(line);
  return typeof text === 'string' && typeof signature === 'string' ? { n, text, signature } : null;
}

function fieldsOf(line: string): Record<string, unknown> {
  try {
    const value = JSON.parse(line) as Record<string, unknown> | null;
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
