/** A case's evidence as files that the verifier checks without us (docs/flow/evidence-bundle.md). */
import { createHash, createPublicKey } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { signHandedOut } from '../../../media/evidence/index.ts';
import type { StoredFile } from '../../../media/ports.ts';
import { isDestroyed } from '../../database/casekeys.ts';
import type { SigningKey } from '../../platform/config.ts';
import type { Services } from '../services.ts';
import { contentPlace } from './kept.ts';
import type { TrustedKey } from './headsFile.ts';
import type { Sealed } from './kept.ts';
import { reportPage } from './report.ts';
import type { Cover, ReportEntry } from './report.ts';

export interface BundlePorts {
  /** All that ever signed, the one in use first, for a reader's convenience; whoever verifies has them from elsewhere. */
  readonly keys: readonly SigningKey[];
  readonly store: {
    verify(options: { caseId: string; fileId: string }): Promise<StoredFile & { complete: boolean }>;
    read(options: { caseId: string; fileId: string; start?: number; end?: number }): Promise<{ bytes: Buffer; size: number; contentType: string }>;
  };
}

export interface BundleFile {
  readonly name: string;
  /** To be read to its end before the next file is asked for. */
  readonly pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface OpenedBundle {
  readonly entries: number;
  readonly files: number;
  /** Of photos and recording together. */
  readonly bytes: number;
  read(): AsyncIterable<BundleFile>;
}

const ENDINGS: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg', 'image/png': 'png', 'image/webp': 'webp', 'video/webm': 'webm', 'audio/webm': 'webm', 'video/mp4': 'mp4', 'application/pdf': 'pdf', 'application/json': 'json', 'text/plain': 'txt',
};
/** What a file of this type is called where it is unpacked; the type may name its codecs (`video/webm; codecs="vp8,opus"`), in any case. */
const endingOf = (contentType: string): string => ENDINGS[contentType.split(';', 1).join('').trim().toLowerCase()] ?? 'bin';
/** Files are read in pieces: a long recording does not have to fit into memory. */
const PIECE = 1024 * 1024;

/**
 * Of a case whose key was destroyed (R44): lines and heads, without contents.
 * Looks at everything first, so that what cannot be handed out is said before the first byte leaves; then gives file by file, in order.
 * @throws AppError KEY_UNAVAILABLE, EVIDENCE_DAMAGED, NOT_FOUND
 */
export async function openBundle({ db, cipher }: Pick<Services, 'db' | 'cipher'>, { keys, store }: BundlePorts, { applicationId, cover }: { applicationId: string; cover: Cover }): Promise<OpenedBundle> {
  const [heads, lines] = await db.$transaction(async (tx) => {
    const signed = await tx.manifestHead.findMany({ where: { applicationId }, orderBy: [{ size: 'asc' }, { at: 'asc' }] });
    // What came in this moment is not signed yet: it belongs to the next bundle.
    return [signed, await tx.manifestLine.findMany({ where: { applicationId, seq: { lte: signed.at(-1)?.size ?? 0 } }, orderBy: { seq: 'asc' } })] as const;
  }, { isolationLevel: 'RepeatableRead' });
  const closed = await isDestroyed(db, applicationId);
  const contents: string[] = [];
  const entries: (ReportEntry & { readonly stored: StoredFile | null })[] = [];
  for (const { seq, line, ...sealed } of lines) {
    const { contentEnc, fileId } = closed ? { contentEnc: null, fileId: null } : sealed;
    const content = contentEnc === null ? null : await cipher.openJson<Sealed>(contentPlace(applicationId, seq), contentEnc);
    const stored = fileId === null ? null : await store.verify({ caseId: applicationId, fileId });
    const file = stored === null ? null : `files/${String(seq).padStart(6, '0')}-${stored.fileId}.${endingOf(stored.contentType)}`;
    if (content !== null) contents.push(JSON.stringify({ seq, ...content }));
    if (stored !== null) contents.push(JSON.stringify({ seq, salt: stored.salt, file }));
    entries.push({ line, content: content?.text ?? null, file, stored });
  }
  const files = async function* (): AsyncGenerator<BundleFile> {
    const text = (name: string, rows: readonly string[]): { name: string; bytes: Buffer } => ({ name, bytes: Buffer.from(rows.map((row) => `${row}\n`).join('')) });
    const parts = [
      text('manifest.jsonl', lines.map(({ line }) => line)), text('heads.jsonl', heads.map((head) => JSON.stringify({ text: head.text, signature: head.signature }))), text('contents.jsonl', contents),
      text('keys.json', [JSON.stringify(publicKeys(keys), null, 2)]), { name: 'report.html', bytes: Buffer.from(reportPage(cover, entries, heads.map((head) => head.text))) },
    ];
    for (const { name, bytes } of parts) yield { name, pieces: [bytes] };
    const hashes = parts.map(({ name, bytes }) => ({ name, sha256: createHash('sha256').update(bytes).digest('hex') }));
    const [active] = keys;
    if (active !== undefined) {
      const { name, bytes } = text('handed-out.json', [JSON.stringify(signHandedOut({ caseId: applicationId, at: cover.exportedAt, files: hashes, keyId: active.id }, active.key))]);
      yield { name, pieces: [bytes] };
    }
    for (const { file, stored } of entries) if (file !== null && stored !== null) yield { name: file, pieces: piecesOf(store, { caseId: applicationId, ...stored }) };
  };
  return { entries: lines.length, files: entries.filter(({ file }) => file !== null).length, bytes: entries.reduce((sum, { stored }) => sum + (stored?.size ?? 0), 0), read: files };
}

async function* piecesOf(store: BundlePorts['store'], { caseId, fileId, size }: { caseId: string; fileId: string; size: number }): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < size; start += PIECE) yield (await store.read({ caseId, fileId, start, end: Math.min(size, start + PIECE) - 1 })).bytes;
}

/** Into a folder. The contents are in the clear there: for who was handed the bundle. @returns how many files were written */
export async function writeBundle(files: AsyncIterable<BundleFile>, folder: string): Promise<number> {
  let count = 0;
  for await (const { name, pieces } of files) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const handle = await open(path, 'wx', 0o600);
    try {
      for await (const piece of pieces) await handle.write(piece);
    } finally {
      await handle.close();
    }
    count += 1;
  }
  await mkdir(join(folder, 'files'), { recursive: true, mode: 0o700 });
  return count;
}

/** What `--trust` takes. */
export const publicKeys = (signing: readonly TrustedKey[]): { keys: { id: string; publicKey: string; from?: string; until?: string }[] } => ({
  keys: signing.map(({ id, key, from, until }) => ({
    id, publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(), ...(from === undefined ? {} : { from: from.toISOString() }), ...(until === undefined ? {} : { until: until.toISOString() }),
  })),
});
