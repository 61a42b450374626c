/** A made-up case as the program would export it: lines, heads, contents, files. For tests that spoil it. */
import { createHash, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { EMPTY_EDGE, appendLeaf, edgeOf, leafHash, nextLine, rootOf, signHead } from '../../../media/evidence/index.ts';
import type { HeadKind, ManifestLine, SignedHead } from '../../../media/evidence/index.ts';

export interface MadeBundle {
  readonly folder: string;
  readonly caseId: string;
  readonly lines: readonly ManifestLine[];
  readonly heads: readonly SignedHead[];
  /** Paths of what `--trust` and `--heads` take. */
  readonly trust: string;
  readonly published: string;
  readonly key: KeyObject;
}

const salted = (salt: Buffer, bytes: Uint8Array): string => createHash('sha256').update(salt).update(bytes).digest('hex');

export interface MakeOptions { readonly entries?: number; readonly files?: number; readonly key?: KeyObject; readonly keyId?: string; readonly at?: Date }

export async function makeBundle({ entries = 40, files = 6, key = generateKeyPairSync('ed25519').privateKey, keyId = 's1', at = new Date('2026-11-22T08:00:00Z') }: MakeOptions = {}): Promise<MadeBundle> {
  const parent = await mkdtemp(join(tmpdir(), 'bundle-'));
  const folder = join(parent, 'bundle');
  await mkdir(join(folder, 'files'), { recursive: true });
  const caseId = `00000000-0000-7000-8000-${randomBytes(6).toString('hex')}`;
  const lines: ManifestLine[] = [];
  const contents: string[] = [];
  const heads: SignedHead[] = [];
  let edge = EMPTY_EDGE;
  const sign = (kind: HeadKind, sessionId?: string): void => {
    heads.push(signHead({ kind, caseId, sessionId, size: lines.length, root: rootOf(edge).toString('hex'), at: new Date(at.getTime() + lines.length * 1000), keyId }, key));
  };
  for (let i = 0; i < entries; i += 1) {
    const salt = randomBytes(32);
    const isFile = i % Math.max(1, Math.floor(entries / files)) === 1;
    const bytes = isFile ? randomBytes(500 + i) : Buffer.from(JSON.stringify({ said: `answer ${i}` }));
    lines.push(nextLine(caseId, lines.at(-1), { at: new Date(at.getTime() + i * 1000), type: isFile ? 'segment' : 'answer', sessionId: 'one', ref: `row:${i}`, hash: salted(salt, bytes), facts: { index: i, side: 'client' } }));
    edge = appendLeaf(edge, Buffer.from(lines[i]!.hash, 'hex'));
    const name = `files/${String(i + 1).padStart(6, '0')}.webm`;
    if (isFile) await writeFile(join(folder, name), bytes);
    contents.push(JSON.stringify({ seq: i + 1, salt: salt.toString('hex'), ...(isFile ? { file: name } : { text: bytes.toString() }) }));
    if (i % 10 === 9 && i < entries - 1) sign('checkpoint');
  }
  sign('seal', 'one');
  const text = (rows: readonly string[]): string => rows.map((row) => `${row}\n`).join('');
  await writeFile(join(folder, 'manifest.jsonl'), text(lines.map(({ line }) => line)));
  await writeFile(join(folder, 'heads.jsonl'), text(heads.map((head) => JSON.stringify(head))));
  await writeFile(join(folder, 'contents.jsonl'), text(contents));
  const [trust, published] = [join(parent, 'keys.json'), join(parent, 'published.jsonl')];
  await writeFile(trust, JSON.stringify({ keys: [{ id: keyId, publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }) }] }));
  const row = JSON.stringify({ n: 1, ...heads.at(-1)! });
  const log = signHead({ kind: 'log', caseId: '-', size: 1, root: rootOf(edgeOf([leafHash(Buffer.from(row))])).toString('hex'), at, keyId }, key);
  await writeFile(published, text([row, JSON.stringify({ n: 2, ...log })]));
  return { folder, caseId, lines, heads, trust, published, key };
}
