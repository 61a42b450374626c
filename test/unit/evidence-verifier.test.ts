import { execFile } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { cp, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { edgeOf, inclusionProof, leafHash, nextLine, rootOf, signHead } from '../../media/evidence/index.ts';
import type { ManifestLine } from '../../media/evidence/index.ts';
import { makeBundle } from '../support/evidence/bundle.ts';
import type { MadeBundle } from '../support/evidence/bundle.ts';

type Result = { intact: boolean; complete: boolean; entries: number; signedTo: number; problems: { what: string; where: string; why: string }[] };

const program = join(import.meta.dirname, '../../media/evidence/verifier/verify.mjs');
const run = async (args: readonly string[]): Promise<{ code: number; out: string; err: string }> => {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args]);
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
};
const verified = async ({ folder, trust, published }: Pick<MadeBundle, 'folder' | 'trust' | 'published'>, heads = true): Promise<Result> =>
  JSON.parse((await run([folder, '--trust', trust, '--json', ...(heads ? ['--heads', published] : [])])).out) as Result;

describe('The offline verifier (R42)', () => {
  let good: MadeBundle;
  beforeAll(async () => { good = await makeBundle(); });
  afterAll(async () => { await rm(dirname(good.folder), { recursive: true, force: true }); });

  /** A copy to spoil; `spoil` gets its folder. */
  const spoiled = async (spoil: (folder: string) => Promise<void>, heads = true): Promise<Result> => {
    const folder = `${good.folder}-${Math.random().toString(36).slice(2)}`;
    await cp(good.folder, folder, { recursive: true });
    await spoil(folder);
    return await verified({ ...good, folder }, heads);
  };
  const edit = async (folder: string, file: string, change: (lines: string[]) => string[]): Promise<void> => {
    const lines = (await readFile(join(folder, file), 'utf8')).split('\n').slice(0, -1);
    await writeFile(join(folder, file), change(lines).map((line) => `${line}\n`).join(''));
  };
  const told = ({ problems }: Result): string[] => problems.map(({ what, where }) => `${what}: ${where}`);
  /** Lines as a forger would make them who knows the format and has no key. */
  const rechained = (lines: readonly string[]): string[] => {
    const made: ManifestLine[] = [];
    for (const line of lines) {
      const { case: caseId, at, session, prev: _prev, seq: _seq, ...rest } = JSON.parse(line) as { case: string; at: string; session?: string; prev: string; seq: number; type: string; ref: string; hash?: string };
      made.push(nextLine(caseId, made.at(-1), { ...rest, at: new Date(at), sessionId: session }));
    }
    return made.map(({ line }) => line);
  };

  test('an untouched bundle is intact; that nothing is missing is said only with the published heads', async () => {
    expect(await verified(good)).toMatchObject({ intact: true, complete: true, entries: 40, signedTo: 40, problems: [] });
    expect(await verified(good, false)).toMatchObject({ intact: true, complete: false });
    const said = await run([good.folder, '--trust', good.trust]);
    expect(said.code).toBe(0);
    expect(said.out).toContain('INTACT TO ENTRY 40, COMPLETENESS NOT SHOWN');
    expect((await run([good.folder, '--trust', good.trust, '--heads', good.published])).out).toContain('完好 INTACT');
  });

  test('an entry that was edited is named', async () => {
    expect(told(await spoiled((folder) => edit(folder, 'manifest.jsonl', (lines) => lines.map((line, i) => (i === 11 ? line.replace('"index":11', '"index":99') : line)))))).toEqual(['changed: entry 12 (answer, row:11)']);
  });

  test('an entry whose neighbours were made to fit is found by the signed heads', async () => {
    const result = await spoiled((folder) => edit(folder, 'manifest.jsonl', (lines) => rechained(lines.map((line, i) => (i === 11 ? line.replace('"index":11', '"index":99') : line)))));
    expect(told(result)).toContain('changed: entries 11 to 20');
    expect(result.signedTo).toBe(10);
  });

  test('a manifest signed anew by somebody else is not believed, whatever keys lie in the bundle', async () => {
    const forger = generateKeyPairSync('ed25519').privateKey;
    const result = await spoiled(async (folder) => {
      const root = rootOf(edgeOf(good.lines.map(({ hash }) => Buffer.from(hash, 'hex')))).toString('hex');
      const forged = signHead({ kind: 'seal', caseId: good.caseId, size: 40, root, at: new Date('2026-11-22T08:00:40Z'), keyId: 'forger' }, forger);
      await writeFile(join(folder, 'heads.jsonl'), `${JSON.stringify(forged)}\n`);
      await writeFile(join(folder, 'keys.json'), JSON.stringify({ keys: [{ id: 'forger', publicKey: createPublicKey(forger).export({ type: 'spki', format: 'pem' }) }] }));
    });
    expect(result.problems.map(({ why }) => why)).toContain('it is signed by the key forger, which is not trusted');
    const borrowed = await spoiled(async (folder) => {
      const root = rootOf(edgeOf(good.lines.map(({ hash }) => Buffer.from(hash, 'hex')))).toString('hex');
      await writeFile(join(folder, 'heads.jsonl'), `${JSON.stringify(signHead({ kind: 'seal', caseId: good.caseId, size: 40, root, at: new Date('2026-11-22T08:00:40Z'), keyId: 's1' }, forger))}\n`);
    });
    expect(borrowed.problems.map(({ why }) => why)).toContain('its signature is wrong');
  });

  test('entries that were left out, doubled, turned round or added are named', async () => {
    const change = async (how: (lines: string[]) => string[]): Promise<string[]> => told(await spoiled((folder) => edit(folder, 'manifest.jsonl', how)));
    expect(await change((lines) => lines.filter((_, i) => i !== 4 && i !== 5))).toContain('missing: entries 5 to 6');
    expect(await change((lines) => [...lines.slice(0, 8), lines[7]!, ...lines.slice(8)])).toEqual([expect.stringContaining('repeated: entry 8')]);
    expect(await change((lines) => [...lines.slice(0, 8), lines[9]!, lines[8]!, ...lines.slice(10)])).toEqual([expect.stringContaining('reordered: entry 9')]);
    expect(await change((lines) => [...lines, nextLine(good.caseId, good.lines.at(-1), { at: new Date(), type: 'answer', ref: 'row:40' }).line])).toEqual(['unsigned: entry 41']);
  });

  test('an end that was cut off shows by the published heads, and by nothing else', async () => {
    const cut = async (folder: string): Promise<void> => {
      await edit(folder, 'manifest.jsonl', (lines) => lines.slice(0, 30));
      await edit(folder, 'heads.jsonl', (lines) => lines.slice(0, 3));
      const contents = (await readFile(join(folder, 'contents.jsonl'), 'utf8')).split('\n').slice(0, -1);
      for (const line of contents.slice(30)) { const { file } = JSON.parse(line) as { file?: string }; if (file !== undefined) await rm(join(folder, file)); }
      await edit(folder, 'contents.jsonl', (lines) => lines.slice(0, 30));
    };
    expect(await spoiled(cut, false)).toMatchObject({ intact: true, complete: false, signedTo: 30 });
    expect(told(await spoiled(cut))).toEqual(['missing: entries 31 to 40']);
    // An old signed head put back in the place of the last.
    expect(told(await spoiled((folder) => edit(folder, 'heads.jsonl', (lines) => lines.slice(0, 3)), false))).toEqual(['unsigned: entries 31 to 40']);
  });

  test('a file that was changed, exchanged, taken away or laid beside is named', async () => {
    const files = (await readdir(join(good.folder, 'files'))).sort();
    const [first, second] = files as [string, string];
    expect(told(await spoiled(async (folder) => {
      const bytes = await readFile(join(folder, 'files', first));
      bytes[100]! ^= 1;
      await writeFile(join(folder, 'files', first), bytes);
    }))).toEqual([`changed: files/${first}`]);
    expect(told(await spoiled(async (folder) => {
      await rename(join(folder, 'files', first), join(folder, 'files', 'aside'));
      await rename(join(folder, 'files', second), join(folder, 'files', first));
      await rename(join(folder, 'files', 'aside'), join(folder, 'files', second));
    }))).toEqual([`swapped: files/${first}`, `swapped: files/${second}`]);
    expect(told(await spoiled((folder) => edit(folder, 'contents.jsonl', (lines) => {
      const [a, b] = [lines.findIndex((line) => line.includes(first)), lines.findIndex((line) => line.includes(second))];
      const exchanged = [...lines];
      exchanged[a] = lines[b]!.replace(/"seq":\d+/, `"seq":${a + 1}`);
      exchanged[b] = lines[a]!.replace(/"seq":\d+/, `"seq":${b + 1}`);
      return exchanged;
    })))).toEqual([`swapped: files/${second}`, `swapped: files/${first}`]);
    expect(told(await spoiled((folder) => rm(join(folder, 'files', second))))).toEqual([`missing: files/${second}`]);
    expect(told(await spoiled((folder) => writeFile(join(folder, 'files', 'more.webm'), 'x')))).toEqual(['added: files/more.webm']);
    expect(told(await spoiled((folder) => edit(folder, 'contents.jsonl', (lines) => lines.map((line, i) => (i === 3 ? line.replace('answer 3', 'answer 4') : line)))))).toEqual(['changed: the content of entry 4']);
    expect(told(await spoiled((folder) => edit(folder, 'contents.jsonl', (lines) => lines.filter((_, i) => i !== 3))))).toEqual([expect.stringContaining('missing: the content of entry 4')]);
  });

  test('a line, a head or a file of another case is told', async () => {
    const other = await makeBundle({ key: good.key });
    expect(told(await spoiled((folder) => edit(folder, 'manifest.jsonl', (lines) => lines.map((line, i) => (i === 11 ? other.lines[11]!.line : line)))))).toEqual(
      expect.arrayContaining([expect.stringContaining('swapped: entry 12')]));
    expect(told(await spoiled((folder) => edit(folder, 'heads.jsonl', (lines) => [...lines, JSON.stringify(other.heads.at(-1))])))).toEqual(['swapped: head 5']);
    expect(told(await spoiled(async (folder) => {
      const [file] = (await readdir(join(folder, 'files'))).sort();
      await cp(join(other.folder, 'files', file!), join(folder, 'files', file!));
    }))).toEqual([expect.stringContaining('changed: files/')]);
    await rm(dirname(other.folder), { recursive: true, force: true });
  });

  test('names that lead out of the bundle and links are not followed', async () => {
    expect(told(await spoiled((folder) => edit(folder, 'contents.jsonl', (lines) => lines.map((line, i) => (i === 1 ? line.replace('files/', 'files/../../') : line)))))).toEqual(
      expect.arrayContaining([expect.stringContaining('unreadable: files/../../')]));
    expect(told(await spoiled(async (folder) => {
      const [file] = (await readdir(join(folder, 'files'))).sort();
      await rename(join(folder, 'files', file!), join(dirname(folder), 'outside'));
      await symlink(join(dirname(folder), 'outside'), join(folder, 'files', file!));
    }))).toEqual([expect.stringContaining('unreadable: files/')]);
  });

  test('an empty bundle, words that stand twice in a line and files laid around it are told', async () => {
    const empty = await spoiled(async (folder) => {
      for (const file of ['manifest.jsonl', 'heads.jsonl', 'contents.jsonl']) await writeFile(join(folder, file), '');
      await rm(join(folder, 'files'), { recursive: true });
    }, false);
    expect(told(empty)).toEqual(['missing: the manifest']);
    expect(told(await spoiled((folder) => edit(folder, 'contents.jsonl', (lines) => lines.map((line, i) => (i === 3 ? line.replace('"text":', '"text":"what a reader sees","text":') : line)))))).toEqual(
      ['unreadable: line 4 of the contents', expect.stringContaining('missing: the content of entry 4')]);
    expect(told(await spoiled((folder) => writeFile(join(folder, 'read me first.txt'), 'x')))).toEqual(['added: read me first.txt']);
  });

  test('a broken line is told and the rest is still checked', async () => {
    expect(told(await spoiled((folder) => edit(folder, 'manifest.jsonl', (lines) => lines.map((line, i) => (i === 20 ? line.slice(0, 50) : line)))))).toEqual(
      expect.arrayContaining(['unreadable: line 21 of the manifest', 'missing: entry 21']));
    expect(told(await spoiled((folder) => edit(folder, 'heads.jsonl', (lines) => ['{', ...lines])))).toEqual(['signature: head 1']);
    expect(told(await spoiled((folder) => edit(folder, 'contents.jsonl', (lines) => ['[]', ...lines])))).toEqual(['unreadable: line 1 of the contents']);
  });

  test('after the signing key was changed, old records are still proven by the old key, within its time', async () => {
    const keys = (until: string) => JSON.stringify({ keys: [
      { id: 's1', publicKey: createPublicKey(good.key).export({ type: 'spki', format: 'pem' }), until },
      { id: 's2', publicKey: generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }), from: until },
    ] });
    const trust = join(dirname(good.folder), 'rolled.json');
    await writeFile(trust, keys('2026-12-01T00:00:00Z'));
    expect(await verified({ ...good, trust })).toMatchObject({ intact: true });
    // A head that claims a time after the key was put away was made with a stolen key.
    await writeFile(trust, keys('2026-11-22T08:00:25Z'));
    expect((await verified({ ...good, trust })).problems.map(({ why }) => why)).toContain('the key s1 does not count at 2026-11-22T08:00:40.000Z');
  });

  test('published heads that were changed or cut are told by the head over them', async () => {
    const published = join(dirname(good.folder), 'spoiled.jsonl');
    const lines = (await readFile(good.published, 'utf8')).split('\n').slice(0, -1);
    await writeFile(published, `${lines[1]}\n`);
    expect(told(await verified({ ...good, published }))).toEqual(['missing: line 1 of the published heads', 'missing: published heads 1 to 1']);
    await writeFile(published, `${lines[0]!.replace('"n":1', '"n":3')}\n${lines[1]}\n`);
    expect(told(await verified({ ...good, published }))).toEqual(['missing: line 1 of the published heads', 'changed: published heads 1 to 1']);
    // Without the head over them the heads are still signed one by one, and that is said.
    await writeFile(published, `${lines[0]}\n`);
    expect((await run([good.folder, '--trust', good.trust, '--heads', published])).out).toContain('no head over them yet');
    expect((await run([good.folder, '--trust', good.trust, '--heads', good.published])).out).toContain('all under the head of');
  });

  test('published heads that were cut into parts, one a year, are read as one, in their order', async () => {
    const lines = (await readFile(good.published, 'utf8')).split('\n').slice(0, -1);
    const parts = await Promise.all(lines.map(async (line, i) => {
      const part = join(dirname(good.folder), `part-${i}.jsonl`);
      await writeFile(part, `${line}\n`);
      return part;
    }));
    const withParts = async (paths: readonly string[]): Promise<Result> => JSON.parse((await run([good.folder, '--trust', good.trust, '--json', ...paths.flatMap((path) => ['--heads', path])])).out) as Result;
    expect(await withParts(parts)).toMatchObject({ intact: true, complete: true, problems: [] });
    expect(told(await withParts([...parts].reverse()))).toContain('missing: line 1 of the published heads');
    expect(told(await withParts(parts.slice(1)))).toContain('missing: published heads 1 to 1');
  });

  test.each([1, 2, 17, 32, 33, 40])('entry %i is proven out of the bundle by about log2(n) hashes, and by its receipt without the bundle', async (seq) => {
    const receipt = join(dirname(good.folder), `receipt-${seq}.json`);
    const said = await run([good.folder, '--trust', good.trust, '--event', String(seq), '--receipt', receipt, '--json']);
    const proven = JSON.parse(said.out) as { hashes: number; head: { size: number } };
    expect(said.code).toBe(0);
    expect(proven.hashes).toBeLessThanOrEqual(Math.ceil(Math.log2(proven.head.size)) + 2);
    expect((await run([receipt, '--trust', good.trust])).out).toContain(`成立 PROVEN: entry ${seq} (`);
    const { way } = JSON.parse(await readFile(receipt, 'utf8')) as { way: string[] };
    // The program's own way, made apart from the verifier's.
    expect(way).toEqual(inclusionProof(good.lines.slice(0, proven.head.size).map(({ hash }) => Buffer.from(hash, 'hex')), seq - 1).map((hash) => hash.toString('hex')));
  });

  test('an entry that was edited, or that is not there, is not proven and no receipt is written', async () => {
    const folder = `${good.folder}-event`;
    await cp(good.folder, folder, { recursive: true });
    await edit(folder, 'manifest.jsonl', (lines) => lines.map((line, i) => (i === 3 ? line.replace('answer', 'consent') : line)));
    const receipt = join(folder, 'receipt.json');
    expect(await run([folder, '--trust', good.trust, '--event', '4', '--receipt', receipt])).toMatchObject({ code: 1, out: expect.stringContaining('NOT PROVEN') });
    expect(await readdir(folder)).not.toContain('receipt.json');
    expect(await run([folder, '--trust', good.trust, '--event', '41'])).toMatchObject({ code: 2, err: expect.stringContaining('no entry 41') });
    expect(await run([folder, '--trust', good.trust, '--event', '-1'])).toMatchObject({ code: 2 });
    await edit(folder, 'heads.jsonl', (lines) => lines.slice(0, 1));
    expect(await run([folder, '--trust', good.trust, '--event', '30'])).toMatchObject({ code: 2, err: expect.stringContaining('no signed head covers') });
  });

  test('one event is proven by itself, with its words', async () => {
    const leaves = good.lines.map(({ hash }) => Buffer.from(hash, 'hex'));
    const [, , , content] = (await readFile(join(good.folder, 'contents.jsonl'), 'utf8')).split('\n');
    const { salt, text } = JSON.parse(content!) as { salt: string; text: string };
    const receipt = { line: good.lines[3]!.line, index: 3, size: 40, way: inclusionProof(leaves, 3).map((hash) => hash.toString('hex')), head: good.heads.at(-1), content: { salt, text } };
    const file = join(dirname(good.folder), 'receipt.json');
    await writeFile(file, JSON.stringify(receipt));
    const said = await run([file, '--trust', good.trust]);
    expect(said.code).toBe(0);
    expect(said.out).toContain('成立 PROVEN: entry 4 (answer)');
    expect(leafHash(Buffer.from(receipt.line)).toString('hex')).toBe(good.lines[3]!.hash);
    for (const wrong of [{ ...receipt, line: good.lines[4]!.line }, { ...receipt, content: { salt, text: '{"said":"no"}' } }, { ...receipt, index: 4 }, { ...receipt, way: receipt.way.slice(1) },
      // The beginning of the text moved into the salt: the same bytes, other words.
      { ...receipt, content: { salt: salt + Buffer.from(text.slice(0, 9)).toString('hex'), text: text.slice(9) } }]) {
      await writeFile(file, JSON.stringify(wrong));
      expect(await run([file, '--trust', good.trust])).toMatchObject({ code: 1, out: expect.stringContaining('NOT PROVEN') });
    }
  });

  test('the receipt of another case than the one that was asked for is not proven, and no such receipt is written', async () => {
    const [receipt, none] = [join(dirname(good.folder), 'of-case.json'), join(dirname(good.folder), 'of-another.json')];
    const made = await run([good.folder, '--trust', good.trust, '--case', good.caseId, '--event', '4', '--receipt', receipt]);
    expect(made).toMatchObject({ code: 0, out: expect.stringContaining(`of the case ${good.caseId}`) });
    expect(await run([receipt, '--trust', good.trust, '--case', good.caseId])).toEqual(made);
    const wrong = { code: 1, out: `不成立 NOT PROVEN: it is of the case ${good.caseId}, not of the case another that was asked for\n` };
    expect(await run([receipt, '--trust', good.trust, '--case', 'another'])).toMatchObject(wrong);
    expect(await run([good.folder, '--trust', good.trust, '--case', 'another', '--event', '4', '--receipt', none])).toMatchObject(wrong);
    expect(await readdir(dirname(good.folder))).not.toContain('of-another.json');
  });

  test('an option that would do nothing ends with 2 in words: nobody believes that it was checked', async () => {
    const receipt = join(dirname(good.folder), 'plain.json');
    await run([good.folder, '--trust', good.trust, '--event', '4', '--receipt', receipt]);
    for (const [option, args] of [['--heads', [receipt, '--heads', good.published]], ['--event', [receipt, '--event', '4']], ['--receipt', [receipt, '--receipt', `${receipt}.new`]],
      ['--heads', [good.folder, '--event', '4', '--heads', good.published]], ['--receipt', [good.folder, '--receipt', `${receipt}.new`]]] as const) {
      expect(await run([...args, '--trust', good.trust])).toMatchObject({ code: 2, out: '', err: expect.stringMatching(new RegExp(`^${option}.*无作用.*does nothing`)) });
    }
  });

  test('what cannot be checked ends with 2 and says why', async () => {
    expect(await run([good.folder])).toMatchObject({ code: 2, err: expect.stringContaining('--trust') });
    expect(await run([join(good.folder, 'none'), '--trust', good.trust])).toMatchObject({ code: 2 });
    expect(await run([good.folder, '--trust', join(good.folder, 'manifest.jsonl')])).toMatchObject({ code: 2 });
  });
});
