/** docs/flow/evidence-example.md, worked out by the program itself: `node test/support/docs/evidenceExample.ts > docs/flow/evidence-example.md`. All data is invented. */
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';

import { edgeOf, inclusionProof, leafHash, nextLine, rootOf, signHandedOut, signHead } from '../../../media/evidence/index.ts';
import type { ManifestLine, NewEntry } from '../../../media/evidence/index.ts';

const CASE = '00000000-0000-7000-8000-000000000001';
const SESSION = '00000000-0000-7000-8000-000000000002';
const SEED = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
const key = createPrivateKey({ key: Buffer.from(`302e020100300506032b657004220420${SEED}`, 'hex'), format: 'der', type: 'pkcs8' });

const rows = (list: readonly unknown[]): string => list.map((one) => `${typeof one === 'string' ? one : JSON.stringify(one)}\n`).join('');
const salted = (salt: string, content: Uint8Array | string): string => createHash('sha256').update(Buffer.from(salt, 'hex')).update(content).digest('hex');

/** Three entries: an answer as text, a file of five bytes, a moment that its facts say all about. */
export function example() {
  const [saltA, saltB] = ['a1'.repeat(32), 'b2'.repeat(32)];
  const text = '{"answer":"是","question":"q1"}';
  const file = Buffer.from('hello');
  const entries: NewEntry[] = [
    { at: new Date('2026-01-05T02:00:00.000Z'), type: 'answer', sessionId: SESSION, ref: 'answer:1', hash: salted(saltA, text), facts: { question: 'q1' } },
    { at: new Date('2026-01-05T02:00:01.500Z'), type: 'photo', sessionId: SESSION, ref: 'photo:1', hash: salted(saltB, file), facts: { kind: 'face', mediaTimeMs: 1500.25 } },
    { at: new Date('2026-01-05T02:00:02.000Z'), type: 'moment', sessionId: SESSION, ref: 'moment:1', facts: { kind: 'closed' } },
  ];
  const lines = entries.reduce<ManifestLine[]>((made, entry) => [...made, nextLine(CASE, made.at(-1), entry)], []);
  const leaves = lines.map(({ hash }) => Buffer.from(hash, 'hex'));
  const root = rootOf(edgeOf(leaves)).toString('hex');
  const head = signHead({ kind: 'seal', caseId: CASE, sessionId: SESSION, size: 3, root, at: new Date('2026-01-05T02:00:17.000Z'), keyId: 's1' }, key);
  const row = JSON.stringify({ n: 1, ...head });
  const logRoot = rootOf(edgeOf([leafHash(Buffer.from(row))])).toString('hex');
  const log = JSON.stringify({ n: 2, ...signHead({ kind: 'log', caseId: '-', size: 1, root: logRoot, at: new Date('2026-01-05T16:00:00.000Z'), keyId: 's1' }, key) });
  const trust = { keys: [{ id: 's1', publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString() }] };
  const files: Record<string, string> = {
    'manifest.jsonl': rows(lines.map(({ line }) => line)), 'heads.jsonl': rows([head]),
    'contents.jsonl': rows([{ seq: 1, salt: saltA, text }, { seq: 2, salt: saltB, file: 'files/000002-photo.jpg' }]), 'keys.json': rows([trust]), 'report.html': '<!doctype html><title>example</title>\n',
  };
  const sums = Object.entries(files).map(([name, bytes]) => ({ name, sha256: createHash('sha256').update(bytes).digest('hex') }));
  const handedOut = signHandedOut({ caseId: CASE, at: new Date('2026-01-05T03:00:00.000Z'), files: sums, keyId: 's1' }, key);
  const receipt = { line: lines[0]!.line, index: 0, size: 3, way: inclusionProof(leaves, 0).map((hash) => hash.toString('hex')), head, content: { salt: saltA, text } };
  return {
    lines, root, head, row, logRoot, log, trust, receipt,
    files: { ...files, 'handed-out.json': rows([handedOut]), 'files/000002-photo.jpg': 'hello' } as Readonly<Record<string, string>>, published: rows([row, log]), handedOutText: handedOut.text,
  };
}

const block = (text: string, language = ''): string => `\`\`\`${language}\n${text.replace(/\n$/, '')}\n\`\`\`\n`;

export function examplePage(): string {
  const { lines, root, head, files, published, receipt, logRoot, handedOutText } = example();
  const pairs = ['manifest.jsonl', 'heads.jsonl', 'contents.jsonl', 'handed-out.json', 'keys.json', 'report.html'].map((name) => `\`${name}\`:\n\n${block(files[name]!, 'json')}`).join('\n');
  return `# A bundle of three entries, worked out

Every value here is made by the program itself (\`node test/support/docs/evidenceExample.ts\`), and a test compares: what another verifier of [the format](evidence-bundle.md) makes of it should be the same. All of it is invented; the signing key is everybody's (Ed25519 seed \`${SEED}\`) and must never be trusted elsewhere.

Each line of each block ends with \`\\n\`, the last too; \`files/000002-photo.jpg\` holds the five bytes \`hello\`.

${pairs}
Trusted keys (\`--trust\`): the content of \`keys.json\`, from elsewhere. Published heads (\`--heads\`):

${block(published, 'json')}
## Step by step

| what | of | is |
| --- | --- | --- |
| salted hash | entry 1: 32 bytes \`a1\`, then the UTF-8 of its text | \`${(JSON.parse(lines[0]!.line) as { hash: string }).hash}\` |
| salted hash | entry 2: 32 bytes \`b2\`, then \`hello\` | \`${(JSON.parse(lines[1]!.line) as { hash: string }).hash}\` |
${lines.map(({ hash, seq, line }) => `| hash of line ${seq} | 0x00, then its ${Buffer.byteLength(line)} bytes | \`${hash}\` |`).join('\n')}
| node | 0x01, hash of line 1, hash of line 2 | \`${receipt.way.length === 2 ? rootOf(edgeOf(lines.slice(0, 2).map(({ hash }) => Buffer.from(hash, 'hex')))).toString('hex') : ''}\` |
| root | 0x01, that node, hash of line 3 | \`${root}\` |
| root of the \`log\` head | one leaf: 0x00, then the first published line | \`${logRoot}\` |

What the head signs (${Buffer.byteLength(head.text)} bytes, each line with its \`\\n\`), and the signature:

${block(head.text)}
${block(head.signature)}
What \`handed-out.json\` signs:

${block(handedOutText)}
## The receipt of entry 1

${block(JSON.stringify(receipt), 'json')}
## What a verifier says

With \`--heads\`: intact and complete, 3 entries. Without: intact to entry 3, completeness not shown. With \`是\` changed into \`否\` in \`contents.jsonl\`: the content of entry 1 is changed, and so is \`contents.jsonl\`. With the last line of the manifest taken away: entry 3 is missing, \`manifest.jsonl\` is changed.
`;
}

if (import.meta.main) process.stdout.write(examplePage());
