/** Ways to spoil an exported bundle. Each says what a verifier has to say then. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { copyFile, readFile, readdir, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { edgeOf, nextLine, parseHead, rootOf, signHandedOut, signHead } from '../../../media/evidence/index.ts';
import type { ManifestLine } from '../../../media/evidence/index.ts';
import type { Dice } from './options.ts';

/** @param folder a copy to spoil @param other another case's bundle, left as it is @returns what one of the told problems has to look like */
export type SpoilBundle = (folder: string, dice: Dice, other: string) => Promise<RegExp>;

const TEXTS = ['manifest.jsonl', 'heads.jsonl', 'contents.jsonl', 'keys.json', 'report.html', 'handed-out.json'] as const;
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const linesOf = async (folder: string, name: string): Promise<string[]> => (await readFile(join(folder, name), 'utf8')).split('\n').slice(0, -1);
const write = (folder: string, name: string, lines: readonly string[]): Promise<void> => writeFile(join(folder, name), lines.map((line) => `${line}\n`).join(''));
const edit = async (folder: string, name: string, change: (lines: string[]) => string[]): Promise<void> => write(folder, name, change(await linesOf(folder, name)));
const filesOf = async (folder: string): Promise<string[]> => (await readdir(join(folder, 'files'))).sort().map((name) => `files/${name}`);
/** The list of what was handed out stays behind no change: a forger takes it away, and what only it signs. */
const unlisted = async (folder: string): Promise<void> => { for (const name of ['handed-out.json', 'report.html', 'keys.json']) await rm(join(folder, name)); };

async function flip(path: string, dice: Dice): Promise<void> {
  const bytes = await readFile(path);
  const at = dice.below(bytes.length);
  bytes[at] = bytes[at]! ^ (1 << dice.below(8));
  await writeFile(path, bytes);
}

/** What names the file itself, whatever else is told. */
const names = (name: string): RegExp => (name.startsWith('files/') ? new RegExp(`^(changed|swapped): ${escaped(name)}:`) : name === 'handed-out.json' ? /^signature: handed-out\.json:/ : new RegExp(`^changed: ${escaped(name)}:`));

const perFile = (of: (folder: string) => Promise<string[]>, work: (path: string, dice: Dice) => Promise<unknown>, told: (name: string) => RegExp = names): SpoilBundle => async (folder, dice) => {
  const name = dice.pick(await of(folder));
  await work(join(folder, name), dice);
  return told(name);
};
const cut = async (path: string, dice: Dice): Promise<void> => truncate(path, dice.below((await stat(path)).size));
const named = (name: string) => async (): Promise<string[]> => [name];

/** Lines chained anew, as a forger can who has no key. */
function rechained(lines: readonly string[]): ManifestLine[] {
  const made: ManifestLine[] = [];
  for (const line of lines) {
    const { case: caseId, at, session, type, ref, hash, facts } = JSON.parse(line) as { case: string; at: string; session?: string; type: string; ref: string; hash?: string; facts?: Record<string, string> };
    made.push(nextLine(caseId, made.at(-1), { at: new Date(at), type, ref, sessionId: session, hash, facts }));
  }
  return made;
}

/** Up to an earlier head: lines, contents, files and heads fit each other. */
async function cutBack(folder: string, dice: Dice): Promise<{ size: number; all: number }> {
  const heads = (await linesOf(folder, 'heads.jsonl')).map((line) => ({ line, size: parseHead((JSON.parse(line) as { text: string }).text)!.size }));
  const lines = await linesOf(folder, 'manifest.jsonl');
  const { size } = dice.pick(heads.filter((head) => head.size < lines.length));
  await write(folder, 'manifest.jsonl', lines.slice(0, size));
  await write(folder, 'heads.jsonl', heads.filter((head) => head.size <= size).map(({ line }) => line));
  const contents = await linesOf(folder, 'contents.jsonl');
  const kept = contents.map((line) => JSON.parse(line) as { seq: number; file?: string });
  for (const { seq, file } of kept) if (seq > size && file !== undefined) await rm(join(folder, file));
  await write(folder, 'contents.jsonl', contents.filter((_, i) => kept[i]!.seq <= size));
  await unlisted(folder);
  return { size, all: lines.length };
}

const manifest = (change: (lines: string[], at: number, dice: Dice) => string[], told: (seq: number) => RegExp): SpoilBundle => async (folder, dice) => {
  const lines = await linesOf(folder, 'manifest.jsonl');
  // Not the last: behind it nothing tells which of two it is.
  const at = dice.below(lines.length - 2) + 1;
  await write(folder, 'manifest.jsonl', change(lines, at, dice));
  return told(at + 1);
};
const put = (lines: readonly string[], at: number, ...more: string[]): string[] => [...lines.slice(0, at), ...more, ...lines.slice(at)];

export const BUNDLE_KINDS: Readonly<Record<string, SpoilBundle>> = {
  ...Object.fromEntries(TEXTS.map((name) => [`bit flip in ${name}`, perFile(named(name), flip)])),
  'bit flip in a photo or upload': perFile(async (folder) => (await filesOf(folder)).filter((name) => name.endsWith('.jpg') || name.endsWith('.png')), flip),
  'bit flip in a segment': perFile(async (folder) => (await filesOf(folder)).filter((name) => name.endsWith('.webm')), flip),
  'truncated text': perFile(async () => [...TEXTS], cut),
  'truncated file': perFile(filesOf, cut),
  'deleted file': perFile(filesOf, (path) => rm(path), (name) => new RegExp(`^missing: ${escaped(name)}:`)),
  'deleted page': perFile(async () => ['keys.json', 'report.html'], (path) => rm(path), (name) => new RegExp(`^missing: ${escaped(name)}:`)),
  'deleted list of what was handed out': perFile(named('handed-out.json'), (path) => rm(path), () => /^unsigned: (report\.html|keys\.json):/),
  'deleted manifest, heads or contents': perFile(async () => ['manifest.jsonl', 'heads.jsonl', 'contents.jsonl'], (path) => rm(path), (name) => new RegExp(escaped(name))),
  'deleted line of the manifest': manifest((lines, at) => lines.filter((_, i) => i !== at), (seq) => new RegExp(`^missing: entry ${seq}:`)),
  'deleted line of heads or contents': async (folder, dice) => {
    const name = dice.pick(['heads.jsonl', 'contents.jsonl']);
    await edit(folder, name, (lines) => { lines.splice(dice.below(lines.length), 1); return lines; });
    return names(name);
  },
  'two lines in another order': manifest((lines, at) => [...lines.slice(0, at), lines[at + 1]!, lines[at]!, ...lines.slice(at + 2)], (seq) => new RegExp(`^reordered: entry ${seq} `)),
  'heads or contents in another order': async (folder, dice) => {
    const name = dice.pick(['heads.jsonl', 'contents.jsonl']);
    await edit(folder, name, (lines) => [...lines.slice(1), lines[0]!]);
    return names(name);
  },
  'a line twice': manifest((lines, at) => put(lines, at, lines[at]!), (seq) => new RegExp(`^repeated: entry ${seq} `)),
  'a content or head twice': async (folder, dice) => {
    const name = dice.pick(['heads.jsonl', 'contents.jsonl']);
    await edit(folder, name, (lines) => put(lines, dice.below(lines.length), dice.pick(lines)));
    return names(name);
  },
  'a line of another case': async (folder, dice, other) => {
    const [lines, strange] = [await linesOf(folder, 'manifest.jsonl'), await linesOf(other, 'manifest.jsonl')];
    const at = dice.below(Math.min(lines.length, strange.length) - 2) + 1;
    await write(folder, 'manifest.jsonl', lines.map((line, i) => (i === at ? strange[at]! : line)));
    return new RegExp(`^swapped: entry ${at + 1} `);
  },
  'a line of another session, chained anew': async (folder, dice) => {
    await edit(folder, 'manifest.jsonl', (lines) => {
      const own = lines.flatMap((line, i) => (line.includes('"session":') ? [i] : []));
      const at = dice.pick(own);
      return rechained(lines.map((line, i) => (i === at ? line.replace(/"session":"[^"]*"/, '"session":"00000000-0000-7000-8000-000000000000"') : line))).map(({ line }) => line);
    });
    return /^changed: entries \d+ to \d+:/;
  },
  'a photo or segment of another case': async (folder, dice, other) => {
    const name = dice.pick(await filesOf(folder));
    const ending = name.slice(name.lastIndexOf('.'));
    await copyFile(join(other, dice.pick((await filesOf(other)).filter((one) => one.endsWith(ending)))), join(folder, name));
    return names(name);
  },
  'two files exchanged': async (folder, dice) => {
    const files = await filesOf(folder);
    const first = dice.pick(files);
    const second = dice.pick(files.filter((name) => name !== first));
    await rename(join(folder, first), join(folder, 'aside'));
    await rename(join(folder, second), join(folder, first));
    await rename(join(folder, 'aside'), join(folder, second));
    return new RegExp(`^swapped: ${escaped(first)}:`);
  },
  'two contents exchanged': async (folder, dice) => {
    let told = /$^/;
    await edit(folder, 'contents.jsonl', (lines) => {
      const texts = lines.flatMap((line, i) => ('text' in (JSON.parse(line) as object) ? [i] : []));
      const one = dice.pick(texts);
      const two = dice.pick(texts.filter((i) => i !== one));
      const [a, b] = [JSON.parse(lines[one]!) as { seq: number }, JSON.parse(lines[two]!) as { seq: number }];
      told = new RegExp(`^swapped: the content of entry ${a.seq}:`);
      return lines.map((line, i) => (i === one ? JSON.stringify({ ...b, seq: a.seq }) : i === two ? JSON.stringify({ ...a, seq: b.seq }) : line));
    });
    return told;
  },
  'an edited event': manifest((lines, at) => lines.map((line, i) => (i === at ? line.replace(/"at":"(....)/, '"at":"2001') : line)), (seq) => new RegExp(`^changed: entry ${seq} `)),
  'an edited event, chained anew': manifest((lines, at) => rechained(lines.map((line, i) => (i === at ? line.replace(/"at":"(....)/, '"at":"2001') : line))).map(({ line }) => line), () => /^changed: entries \d+ to \d+:/),
  'an edited answer': async (folder, dice) => {
    let seq = 0;
    await edit(folder, 'contents.jsonl', (lines) => {
      const at = dice.pick(lines.flatMap((line, i) => ('text' in (JSON.parse(line) as object) ? [i] : [])));
      const content = JSON.parse(lines[at]!) as { seq: number; text: string };
      seq = content.seq;
      return lines.map((line, i) => (i === at ? JSON.stringify({ ...content, text: `${content.text} ` }) : line));
    });
    return new RegExp(`^changed: the content of entry ${seq}:`);
  },
  'a broken line': manifest((lines, at, dice) => lines.map((line, i) => (i === at ? line.slice(0, dice.below(line.length)) : line)), (seq) => new RegExp(`^unreadable: line ${seq} of the manifest:`)),
  'a name twice in a line': async (folder, dice) => {
    let at = 0;
    await edit(folder, 'contents.jsonl', (lines) => { at = dice.below(lines.length); return lines.map((line, i) => (i === at ? line.replace('"salt":', '"salt":"0","salt":') : line)); });
    return new RegExp(`^unreadable: line ${at + 1} of the contents:`);
  },
  'the end cut off, with its heads': async (folder, dice) => {
    const { size, all } = await cutBack(folder, dice);
    return all === size + 1 ? new RegExp(`^missing: entry ${all}:`) : new RegExp(`^missing: entries ${size + 1} to ${all}:`);
  },
  'old signed heads put back': async (folder, dice) => {
    const lines = await linesOf(folder, 'manifest.jsonl');
    await edit(folder, 'heads.jsonl', (heads) => heads.slice(0, 1 + dice.below(heads.length - 1)));
    await unlisted(folder);
    return new RegExp(`^unsigned: entr(y|ies \\d+ to) ${lines.length}:`);
  },
  'a head of another case': async (folder, dice, other) => {
    const strange = dice.pick(await linesOf(other, 'heads.jsonl'));
    let at = 0;
    await edit(folder, 'heads.jsonl', (heads) => { at = dice.below(heads.length + 1); return put(heads, at, strange); });
    return new RegExp(`^swapped: head ${at + 1}:`);
  },
  'keys replaced, and all signed anew with them': async (folder) => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const lines = rechained((await linesOf(folder, 'manifest.jsonl')).map((line) => line.replace('"approve"', '"reject"')));
    await write(folder, 'manifest.jsonl', lines.map(({ line }) => line));
    const { caseId } = parseHead((JSON.parse((await linesOf(folder, 'heads.jsonl'))[0]!) as { text: string }).text)!;
    const root = rootOf(edgeOf(lines.map(({ hash }) => Buffer.from(hash, 'hex')))).toString('hex');
    await write(folder, 'heads.jsonl', [JSON.stringify(signHead({ kind: 'later', caseId, size: lines.length, root, at: new Date(), keyId: 's1' }, privateKey))]);
    await writeFile(join(folder, 'keys.json'), JSON.stringify({ keys: [{ id: 's1', publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }) }] }));
    await write(folder, 'handed-out.json', [JSON.stringify(signHandedOut({ caseId, at: new Date(), files: [], keyId: 's1' }, privateKey))]);
    return /^signature: head 1:/;
  },
  'keys of somebody else in the bundle': async (folder) => {
    await writeFile(join(folder, 'keys.json'), JSON.stringify({ keys: [{ id: 's1', publicKey: generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) }] }));
    return names('keys.json');
  },
  'a name that leads out': async (folder, dice) => {
    let name = '';
    await edit(folder, 'contents.jsonl', (lines) => {
      const at = dice.pick(lines.flatMap((line, i) => (line.includes('"file":"files/') ? [i] : [])));
      const way = dice.pick(['files/../../', 'files/../files/', '../', '/etc/', 'files/./']);
      const content = JSON.parse(lines[at]!) as { file: string };
      name = content.file.replace('files/', way);
      return lines.map((line, i) => (i === at ? JSON.stringify({ ...content, file: name }) : line));
    });
    return new RegExp(`^unreadable: ${escaped(name)}:`);
  },
  'a link instead of a file': async (folder, dice) => {
    const name = dice.pick(await filesOf(folder));
    await rename(join(folder, name), join(dirname(folder), `aside-${dice.below(2 ** 30)}`));
    await symlink('/etc/hostname', join(folder, name));
    return new RegExp(`^unreadable: ${escaped(name)}:`);
  },
  'a file put in': async (folder, dice) => {
    const name = dice.pick(['files/000999-extra.webm', 'read me first.txt']);
    await writeFile(join(folder, name), 'x');
    return new RegExp(`^added: ${escaped(name)}:`);
  },
};
