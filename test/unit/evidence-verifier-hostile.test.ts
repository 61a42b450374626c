/** The verifier against whoever would mislead it, or whoever reads its words: files that are none, lines that are none, names that a terminal obeys. */
import { execFileSync, spawn } from 'node:child_process';
import { appendFile, cp, link, mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signHead } from '../../media/evidence/index.ts';
import { makeBundle } from '../support/evidence/bundle.ts';
import type { MadeBundle } from '../support/evidence/bundle.ts';
import { edit, editLine, hostile, rows, run, VERIFIER } from '../support/evidence/hostile.ts';
import type { Hostile } from '../support/evidence/hostile.ts';

describe('The offline verifier in hostile hands (R42)', () => {
  let kit: Hostile;
  let good: MadeBundle;
  let first: string;
  beforeAll(async () => {
    kit = await hostile();
    ({ good, first } = kit);
  });
  afterAll(() => kit.close());

  describe('files that are none', () => {
    const names = ['manifest.jsonl', 'heads.jsonl', 'contents.jsonl', 'keys.json', 'report.html', 'handed-out.json'];
    const inPlace = async (folder: string, name: string, put: (path: string) => Promise<unknown>): Promise<void> => {
      await rm(join(folder, name), { force: true, recursive: true });
      await put(join(folder, name));
    };
    const fifo = async (path: string): Promise<unknown> => execFileSync('mkfifo', [path]);

    test.each([...names, 'files'])('a pipe in the place of %s is told and not waited for', async (name) => {
      const { code, told } = await kit.spoilt((folder) => inPlace(folder, name, fifo));
      expect(code).toBe(1);
      expect(told).toContainEqual(name === 'files' ? 'added: files: it is no part of a bundle' : expect.stringMatching(new RegExp(`^(unreadable|signature): ${name}: it `)));
    });

    test.each(names)('a folder, a link to a device without an end, and a link to the true file in the place of %s are told', async (name) => {
      const kinds = [(path: string) => mkdir(path), (path: string) => symlink('/dev/zero', path), (path: string) => symlink(join(good.folder, 'manifest.jsonl'), path)];
      for (const put of kinds) {
        const { told } = await kit.spoilt((folder) => inPlace(folder, name, put));
        expect(told).toContain(`unreadable: ${name}: it is no plain file`);
      }
    });

    test('a pipe, a folder and a device in the place of a photo or a recording are told by its name', async () => {
      for (const put of [fifo, (path: string) => mkdir(path), (path: string) => symlink('/dev/zero', path)]) {
        const { told } = await kit.spoilt((folder) => inPlace(folder, join('files', first), put));
        expect(told).toEqual([`unreadable: files/${first}: it is no plain file`]);
      }
    });

    test('a folder of files that is a link is not followed, though the files behind it are the true ones', async () => {
      const { told } = await kit.spoilt((folder) => inPlace(folder, 'files', (path) => symlink(join(good.folder, 'files'), path)));
      expect(told).toContain('added: files: it is no part of a bundle');
      expect(told).toContain(`unreadable: files/${first}: it is no plain file`);
    });

    test('a hard link is a plain file: what is in it counts, not how it came there', async () => {
      expect((await kit.spoilt((folder) => inPlace(folder, join('files', first), (path) => link(join(good.folder, 'files', first), path)))).told).toEqual([]);
    });

    test.each(['manifest.jsonl', 'heads.jsonl', 'contents.jsonl'])('a missing and an empty %s are told by name, and end with 1', async (name) => {
      const missing = await kit.spoilt((folder) => rm(join(folder, name)));
      expect(missing.code).toBe(1);
      expect(missing.told).toContain(`missing: ${name}: the bundle has no such file`);
      expect((await kit.spoilt((folder) => truncate(join(folder, name)))).code).toBe(1);
    });

    test('a list of a size that no bundle has is told, and not taken into memory', async () => {
      for (const name of ['manifest.jsonl', 'contents.jsonl', 'handed-out.json']) {
        expect((await kit.spoilt(async (folder) => { await appendFile(join(folder, name), ''); await truncate(join(folder, name), 40e9); })).told).toContain(`unreadable: ${name}: it is larger than a bundle’s can be`);
      }
      expect((await kit.spoilt((folder) => writeFile(join(folder, 'heads.jsonl'), '\n'.repeat(1_000_001)))).told).toContain('unreadable: heads.jsonl: it is larger than a bundle’s can be');
    }, 60_000);

    test.each([['missing', 'there is no such file'], ['a folder', 'it is a folder']])('a bundle or trusted keys that are %s end with 2, in words', async (kind, words) => {
      const path = kind === 'missing' ? kit.place('none') : dirname(good.folder);
      expect(await run([good.folder, '--trust', path])).toMatchObject({ code: 2, err: `the trusted keys, ${path}: ${words}\n` });
      expect(await run([good.folder, '--trust', good.trust, '--heads', path])).toMatchObject({ code: 2, err: `the published heads, ${path}: ${words}\n` });
    });
  });

  describe('names', () => {
    test.each([['../', 'files/../../outside'], ['absolute', '/etc/passwd'], ['files/ and absolute', 'files//etc/passwd'], ['backslash', 'files/..\\outside'], ['NUL', 'files/a\u0000.webm'], ['drive', 'C:\\outside'], ['dot', 'files/.'], ['deeper', 'files/a/b'],
      ['other script', 'files/\u0441.webm'], ['decomposed', 'files/e\u0301.webm'], ['empty', '']])('a content that names %s is not opened', async (_, name) => {
      const { told, text } = await kit.spoilt((folder) => edit(folder, 'contents.jsonl', (lines) => lines.map((line) => (line.includes(first) ? JSON.stringify({ ...JSON.parse(line), file: name }) : line))));
      expect(told).toContain(`unreadable: ${name}: its name leads out of the bundle`);
      expect(text).not.toContain('root:');
    });

    test('names that differ in their letters’ case or their composition only are other names', async () => {
      const { told } = await kit.spoilt(async (folder) => {
        for (const name of [first.toUpperCase(), 'e\u0301.webm', '\u00e9.webm']) await cp(join(folder, 'files', first), join(folder, 'files', name));
      });
      expect(told.sort()).toEqual([`added: files/${first.toUpperCase()}: no entry speaks of it`, 'added: files/e\u0301.webm: no entry speaks of it', 'added: files/\u00e9.webm: no entry speaks of it'].sort());
      expect((await kit.spoilt((folder) => rename(join(folder, 'files', first), join(folder, 'files', first.toUpperCase())))).told).toContain(`missing: files/${first}: entry 2 (segment, row:1) speaks of it`);
      expect((await kit.spoilt((folder) => cp(join(folder, 'manifest.jsonl'), join(folder, 'Manifest.jsonl')))).told).toEqual(['added: Manifest.jsonl: it is no part of a bundle']);
    });

    test('what a terminal would obey is written out: in names of files, in cases, in references, in keys, in JSON', async () => {
      const evil = '\u001b]0;x\u0007\u001b[2J\u009b31m\u202ecifitnedi';
      const inName = await kit.spoilt((folder) => writeFile(join(folder, 'files', evil), 'x'));
      expect(inName.text).toContain('\\u001b]0;x\\u0007\\u001b[2J\\u009b31m\\u202ecifitnedi');
      await kit.spoilt((folder) => editLine(folder, 'manifest.jsonl', 4, (line) => line.replace('"ref":"row:3"', `"ref":${JSON.stringify(`${evil}\n完好 INTACT`)}`)));
      const other = signHead({ kind: 'seal', caseId: `x${evil}`, size: 1, root: '0'.repeat(64), at: new Date(), keyId: `k${evil}` }, good.key);
      await kit.spoilt((folder) => appendFile(join(folder, 'heads.jsonl'), rows([other])));
      (await run([good.folder, '--trust', kit.place(evil)]));
      (await run([kit.place(evil), '--trust', good.trust]));
    });

    test('a name cannot write a verdict: it stays in its own line', async () => {
      const { code, out } = await run([await kit.copied((folder) => writeFile(join(folder, 'a\n完好 INTACT: case'), 'x')), '--trust', good.trust]);
      expect(code).toBe(1);
      expect(out).not.toMatch(/^完好 INTACT/m);
    });
  });

  describe('lines that are none', () => {
    const deep = (n: number): string => `${'['.repeat(n)}${']'.repeat(n)}`;
    test.each<[string, (line: string) => string]>([
      ['JSON a hundred thousand deep', () => deep(100_000)], ['a name twice', (line) => line.replace('"seq":4', '"seq":4,"seq":4')], ['__proto__', (line) => line.replace('{', '{"__proto__":{"hash":"x"},')], ['white space', (line) => line.replace(',', ', ')],
      ['a number beyond 2^53', (line) => line.replace('"seq":4', '"seq":9007199254740993')], ['a number as 4.0', (line) => line.replace('"seq":4', '"seq":4.0')], ['a number as 4e0', (line) => line.replace('"seq":4', '"seq":4e0')], ['a BOM', (line) => `\ufeff${line}`],
      ['CR LF', (line) => `${line}\r`], ['bytes behind it', (line) => `${line} `], ['nothing', () => ''], ['null', () => 'null'], ['a list', () => '[1]'], ['half', (line) => line.slice(0, 30)],
    ])('%s in the place of a line of the manifest, the heads or the contents is told', async (_, spoil) => {
      for (const name of ['manifest.jsonl', 'heads.jsonl', 'contents.jsonl']) {
        const whole = await kit.spoilt((folder) => editLine(folder, name, 4, spoil));
        // Where the head has no such field nothing was changed.
        if (name === 'heads.jsonl' && /number|twice/.test(_)) expect(whole.code).toBe(0);
        else expect(whole.code).toBe(1);
      }
    }, 30_000);

    test('bytes that are no UTF-8 are not read as the sign that stands for them', async () => {
      const { told } = await kit.spoilt(async (folder) => {
        const bytes = await readFile(join(folder, 'contents.jsonl'));
        bytes[bytes.indexOf('answer 3') + 2] = 0xff;
        await writeFile(join(folder, 'contents.jsonl'), bytes);
      });
      expect(told).toContain('unreadable: line 4 of the contents: it is no content');
    });

    test('a line of 40 MB is told like a short one', async () => {
      const { told } = await kit.spoilt((folder) => editLine(folder, 'manifest.jsonl', 4, (line) => line.replace('row:3', 'x'.repeat(40e6))));
      expect(told.map((one) => one.slice(0, 30))).toContain(`changed: entry 4 (answer, ${'x'.repeat(4)}`);
    }, 30_000);

    test('a reference of 10 MB that looks like the words around it is told at once, cut, in both languages', async () => {
      const folder = await kit.copied(async (to) => {
        await editLine(to, 'manifest.jsonl', 4, (line) => line.replace('row:3', ', '.repeat(5e6)));
        await editLine(to, 'contents.jsonl', 4, (line) => line.replace('answer 3', 'answer 4'));
      });
      const { code, out } = await run([folder, '--trust', good.trust]);
      expect(code).toBe(1);
      expect(out).toMatch(/已改动 changed: entry 4 \(answer, .*\n {4}第 4 条（answer, .*）：第 5 条所记的哈希与它不符\n/);
      expect(out).toMatch(/\n {4}第 4 条的内容：不是 第 4 条（answer, .*） 所记的内容\n/);
      expect(out.length).toBeLessThan(10_000);
    }, 30_000);

    test('a file without its last line’s end is told, and so are bytes behind the last', async () => {
      for (const name of ['manifest.jsonl', 'heads.jsonl', 'contents.jsonl']) {
        expect((await kit.spoilt(async (folder) => writeFile(join(folder, name), (await readFile(join(folder, name))).subarray(0, -1)))).told).toEqual([`missing: the end of ${name}: it ends in the middle of a line`]);
        expect((await kit.spoilt((folder) => appendFile(join(folder, name), '\u0000'))).told).toContain(`missing: the end of ${name}: it ends in the middle of a line`);
        expect((await kit.spoilt((folder) => appendFile(join(folder, name), '\n'))).code).toBe(1);
      }
    });

    test('a content that stands twice is told as repeated', async () => {
      expect((await kit.spoilt((folder) => edit(folder, 'contents.jsonl', (lines) => [...lines, lines[3]!]))).told).toEqual(['repeated: line 41 of the contents: entry 4 has a content already']);
    });

    test('many wrong lines end in a count, not in a flood', async () => {
      const { out } = await run([await kit.copied((folder) => appendFile(join(folder, 'contents.jsonl'), '{}\n'.repeat(5000))), '--trust', good.trust]);
      expect(out).toContain('and 4500 more');
    });
  });

  test('six hundred tiny files under wrong names are not all tried with all: opening costs, too', async () => {
    const many = await makeBundle({ entries: 1200, files: 600, key: good.key });
    for (const name of await readdir(join(many.folder, 'files'))) await writeFile(join(many.folder, 'files', name), 'x');
    expect((await kit.verified([many.folder, '--trust', many.trust])).told).toHaveLength(600);
    await rm(dirname(many.folder), { recursive: true, force: true });
  }, 60_000);

  test('a receipt that is a pipe, no JSON, or deep ends with an answer', async () => {
    const [pipe, text, deep] = [kit.place('pipe'), kit.place('text'), kit.place('deep')];
    execFileSync('mkfifo', [pipe]);
    await writeFile(text, 'no');
    await writeFile(deep, JSON.stringify({ line: '{}', index: 0, way: [['x']], head: {} }));
    expect(await run([pipe, '--trust', good.trust])).toMatchObject({ code: 2, err: 'it is no plain file\n' });
    expect(await run([text, '--trust', good.trust])).toMatchObject({ code: 2, err: expect.stringContaining('it is neither a bundle\'s folder nor a receipt') });
    expect(await run([deep, '--trust', good.trust])).toMatchObject({ code: 1, out: '不成立 NOT PROVEN: it is no receipt\n' });
  });

  test('it runs where nothing is installed: its files import each other and what Node itself has', async () => {
    const alone = kit.place('alone');
    await cp(dirname(VERIFIER), alone, { recursive: true });
    for (const name of await readdir(alone)) {
      for (const [, from] of (await readFile(join(alone, name), 'utf8')).matchAll(/(?:from|import) '([^']+)'/g)) expect(from).toMatch(/^node:|^\.\/[a-z]+\.mjs$/);
    }
    const child = spawn(process.execPath, [join(alone, 'verify.mjs'), good.folder, '--trust', good.trust, '--heads', good.published], { cwd: '/', env: {}, stdio: 'ignore' });
    expect(await new Promise((done) => { child.once('exit', done); })).toBe(0);
  });
});
