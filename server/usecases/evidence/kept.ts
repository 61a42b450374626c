/** What the manifest has to hold of a case: one of these for each thing that happened or was kept. */
import { createHash } from 'node:crypto';
import { AppError } from '../../../contracts/errors.ts';
import type { FieldCipher, Place } from '../../database/crypto.ts';
import type { Db, Prisma } from '../../database/index.ts';
import type { RowChange } from './rows.ts';

export interface Kept {
  readonly type: string;
  /** Table and row, and which part of it: names the thing for ever. */
  readonly ref: string;
  readonly at: Date;
  readonly sessionId?: string | undefined;
  /** Ids, codes, figures and times only. */
  readonly facts?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** What it says, personal data included; kept encrypted. */
  readonly content?: Readonly<Record<string, unknown>> | undefined;
  /** The words that stood on the page then, beside the content: they are today's to tell, and not compared later. */
  readonly shown?: unknown;
  /** An evidence file instead; its salted hash where its row tells it. */
  readonly file?: { readonly fileId: string; readonly saltedSha256?: string | undefined } | undefined;
  /** It may say something else later (a reading that was corrected): each wording is a line of its own. */
  readonly grows?: boolean;
}

/** What collecting reads with. */
export interface Source {
  readonly db: Db;
  readonly cipher: FieldCipher;
  readonly applicationId: string;
  readonly now: Date;
  /** The newest write to each row, by the row's name. */
  readonly changes: ReadonlyMap<string, RowChange>;
  /** Names of the rows that changed; without it all are read. */
  readonly only?: ReadonlySet<string>;
}

/** JSON with sorted keys: the same content has the same bytes whenever it is written. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((one) => canonical(one ?? null)).join(',')}]`;
  if (value instanceof Date) return JSON.stringify(value.toISOString());
  if (typeof value === 'bigint') return String(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`;
}

/** Stands for a value that does not open where it stands: it was changed, or belongs elsewhere. Never recorded. */
export const UNREADABLE = '\u0000 does not open';

/** A value of the case, opened; null where there is none. */
export async function opened({ cipher, applicationId }: Pick<Source, 'cipher' | 'applicationId'>, { table, column, row }: { table: string; column: string; row: string }, sealed: string | null): Promise<string | null> {
  if (sealed === null) return null;
  return await cipher.open({ subject: applicationId, table, column, row }, sealed).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'KEY_UNAVAILABLE') return UNREADABLE;
    throw error;
  });
}

export const openedJson = async (source: Source, place: { table: string; column: string; row: string }, sealed: string | null): Promise<Record<string, unknown> | null> => {
  const text = await opened(source, place, sealed);
  return text === null ? null : text === UNREADABLE ? { value: UNREADABLE } : JSON.parse(text) as Record<string, unknown>;
};

export const isUnreadable = ({ content }: Kept): boolean => content !== undefined && canonical(content).includes(JSON.stringify(UNREADABLE).slice(1, -1));

/** Codes of a row as facts: lists are joined, what is empty is left out, what has parts stands as JSON. */
export const factsOf = (codes: Prisma.JsonValue | null): Record<string, string | number | boolean> =>
  Object.fromEntries(Object.entries((codes ?? {}) as Record<string, unknown>).flatMap(([name, value]) => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return [[name, value]];
    if (Array.isArray(value)) return [[name, value.join(',')]];
    return value === null || value === undefined ? [] : [[name, canonical(value)]];
  }));

/** What is hashed, and the salt that keeps its hash from being guessed. */
export interface Sealed { readonly salt: string; readonly text: string }

export const saltedHash = ({ salt, text }: Sealed): string => createHash('sha256').update(Buffer.from(salt, 'hex')).update(text).digest('hex');
export const contentPlace = (applicationId: string, seq: number): Place => ({ subject: applicationId, table: 'manifest_line', column: 'content_enc', row: String(seq) });

/** A line as it is stored. */
export interface Line { readonly seq: number; readonly ref: string; readonly line: string; readonly hash: string; readonly contentEnc: string | null; readonly fileId: string | null }

/** What is written into a line's content. */
export const textOf = ({ content, shown }: Kept): string => canonical(shown === undefined ? content : { ...content, shown });

/** The stored content of a line; null when it has none, or what stands there does not open or is not what was hashed. */
export async function contentOf({ cipher, applicationId }: Pick<Source, 'cipher' | 'applicationId'>, { seq, line, contentEnc }: Line): Promise<Sealed | null> {
  if (contentEnc === null) return null;
  const sealed = await cipher.openJson<Sealed>(contentPlace(applicationId, seq), contentEnc).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'KEY_UNAVAILABLE') return null;
    throw error;
  });
  return sealed !== null && saltedHash(sealed) === told(line)?.hash ? sealed : null;
}

export interface Told { readonly case: string; readonly seq: number; readonly at: string; readonly type: string; readonly session?: string; readonly ref: string; readonly hash?: string; readonly facts?: unknown; readonly prev: string }
/** What a line says; null when somebody wrote something else there. */
export function told(line: string): Told | null {
  try {
    const value = JSON.parse(line) as Told | null;
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}

/** Whether a line still says what its row says. */
export async function agrees(source: Pick<Source, 'cipher' | 'applicationId'>, line: Line, { at, type, sessionId, facts, content, file }: Kept): Promise<boolean> {
  const says = told(line.line);
  if (says === null || says.at !== at.toISOString() || says.type !== type || says.session !== sessionId || canonical(says.facts ?? null) !== canonical(facts ?? null)) return false;
  if ((file?.fileId ?? null) !== line.fileId || (file?.saltedSha256 !== undefined && file.saltedSha256 !== says.hash)) return false;
  if (line.contentEnc === null) return content === undefined;
  const stored = await contentOf(source, line);
  if (stored === null) return false;
  const { shown: _shown, ...compared } = JSON.parse(stored.text) as Record<string, unknown>;
  // A column that came later is told of with the row's next write.
  const now = type === 'row' ? Object.fromEntries(Object.entries(content ?? {}).filter(([name]) => name in compared)) : content ?? {};
  return canonical(compared) === canonical(now);
}
