/** The verifier against whoever would mislead it, or whoever reads its words: files that are none, lines that are none, names that a terminal obeys. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { appendFile, cp, link, mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { edgeOf, leafHash, rootOf, signHandedOut, signHead } from '../../media/evidence/index.ts';
import type { HeadKind, SignedHead } from '../../media/evidence/index.ts';
import { makeBundle } from '../support/evidence/bundle.ts';
import type { MadeBundle } from '../support/evidence/bundle.ts';

const program = join(import.meta.dirname, '../../media/evidence/verifier/verify.mjs');
interface Said { readonly code: number; readonly out: string; readonly err: string }
/** Ten seconds are for ever: a verifier that waits for a pipe is killed, and its code is none. */
async function run(args: readonly string[], memory = 512): Promise<Said> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [`--max-old-space-size=${memory}`, program, ...args], { timeout: 10_000, killSignal: 'SIGKILL', maxBuffer: 1 << 28 });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

describe('The offline verifier in hostile hands (R42)', () => {
  let good: MadeBundle;
  let parent: string;
  let first: string;
  beforeAll(async () => {
    good = await makeBundle();
    parent = dirname(good.folder);
    first = (await readdir(join(good.folder, 'files'))).sort()[0]!;
  });
  afterAll(() => rm(parent, { recursive: true, force: true }));

  const place = (name: string): string => join(parent, `${name}-${Math.random().toString(36).slice(2)}`);
  const copied = async (spoil: (folder: string) => Promise<unknown>): Promise<string> => {
    const folder = place('spoilt');
    await cp(good.folder, folder, { recursive: true });
    await spoil(folder);
    return folder;
  };
  /** Whatever is handed over: an answer in words, no stack, nothing that a terminal obeys. */
  const answered = ({ code, out, err }: Said): Said => {
    expect([0, 1, 2]).toContain(code);
    expect(out + err).not.toMatch(/\n\s+at |node:internal|TypeError|RangeError|ENOENT|EISDIR/);
    // eslint-disable-next-line no-control-regex -- that there are none is what is asked
    expect(out + err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    return { code, out, err };
  };
  const spoilt = async (spoil: (folder: string) => Promise<unknown>, heads = true): Promise<{ code: number; told: string[]; out: string }> => {
    const folder = await copied(spoil);
    const args = [folder, '--trust', good.trust, ...(heads ? ['--heads', good.published] : [])];
    const { code, out } = answered(await run(args));
    const asJson = answered(await run([...args, '--json']));
    const { problems } = JSON.parse(asJson.out) as { problems: { what: string; where: string; why: string }[] };
    expect(asJson.code).toBe(code);
    // What is told is told in Chinese too.
    const lines = out.split('\n');
    for (const [i, line] of lines.entries()) if (/^\S+ [a-z ]+: /.test(line)) expect(lines[i + 1]).toMatch(/^ {4}.*：.*[\u4e00-\u9fff]/);
    return { code, out, told: problems.map(({ what, where, why }) => `${what}: ${where}: ${why}`) };
  };
  const edit = async (folder: string, file: string, change: (lines: string[]) => string[]): Promise<void> => {
    const lines = (await readFile(join(folder, file), 'utf8')).split('\n').slice(0, -1);
    await writeFile(join(folder, file), change(lines).map((line) => `${line}\n`).join(''));
  };
  const editLine = (folder: string, file: string, n: number, change: (line: string) => string): Promise<void> => edit(folder, file, (lines) => lines.map((line, i) => (i === n - 1 ? change(line) : line)));
  const signed = (kind: HeadKind, size: number, at = '2026-11-22T08:00:40Z', key = good.key, caseId = good.caseId): SignedHead =>
    signHead({ kind, caseId, size, root: rootOf(edgeOf(good.lines.slice(0, size).map(({ hash }) => Buffer.from(hash, 'hex')))).toString('hex'), at: new Date(at), keyId: 's1' }, key);
  const rows = (list: readonly unknown[]): string => list.map((one) => `${JSON.stringify(one)}\n`).join('');

  describe('files that are none', () => {
    const names = ['manifest.jsonl', 'heads.jsonl', 'contents.jsonl', 'keys.json', 'report.html', 'handed-out.json'];
    const inPlace = async (folder: string, name: string, put: (path: string) => Promise<unknown>): Promise<void> => {
      await rm(join(folder, name), { force: true, recursive: true });
      await put(join(folder, name));
    };
    const fifo = async (path: string): Promise<unknown> => execFileSync('mkfifo', [path]);

    test.each([...names, 'files'])('a pipe in the place of %s is told and not waited for', async (name) => {
      const { code, told } = await spoilt((folder) => inPlace(folder, name, fifo));
      expect(code).toBe(1);
      expect(told).toContainEqual(name === 'files' ? 'added: files: it is no part of a bundle' : expect.stringMatching(new RegExp(`^(unreadable|signature): ${name}: it `)));
    });

    test.each(names)('a folder, a link to a device without an end, and a link to the true file in the place of %s are told', async (name) => {
      const kinds = [(path: string) => mkdir(path), (path: string) => symlink('/dev/zero', path), (path: string) => symlink(join(good.folder, 'manifest.jsonl'), path)];
      for (const put of kinds) {
        const { told } = await spoilt((folder) => inPlace(folder, name, put));
        expect(told).toContain(`unreadable: ${name}: it is no plain file`);
      }
    });

    test('a pipe, a folder and a device in the place of a photo or a recording are told by its name', async () => {
      for (const put of [fifo, (path: string) => mkdir(path), (path: string) => symlink('/dev/zero', path)]) {
        const { told } = await spoilt((folder) => inPlace(folder, join('files', first), put));
        expect(told).toEqual([`unreadable: files/${first}: it is no plain file`]);
      }
    });

    test('a folder of files that is a link is not followed, though the files behind it are the true ones', async () => {
      const { told } = await spoilt((folder) => inPlace(folder, 'files', (path) => symlink(join(good.folder, 'files'), path)));
      expect(told).toContain('added: files: it is no part of a bundle');
      expect(told).toContain(`unreadable: files/${first}: it is no plain file`);
    });

    test('a hard link is a plain file: what is in it counts, not how it came there', async () => {
      expect((await spoilt((folder) => inPlace(folder, join('files', first), (path) => link(join(good.folder, 'files', first), path)))).told).toEqual([]);
    });

    test.each(['manifest.jsonl', 'heads.jsonl', 'contents.jsonl'])('a missing and an empty %s are told by name, and end with 1', async (name) => {
      const missing = await spoilt((folder) => rm(join(folder, name)));
      expect(missing.code).toBe(1);
      expect(missing.told).toContain(`missing: ${name}: the bundle has no such file`);
      expect((await spoilt((folder) => truncate(join(folder, name)))).code).toBe(1);
    });

    test('a list of a size that no bundle has is told, and not taken into memory', async () => {
      for (const name of ['manifest.jsonl', 'contents.jsonl', 'handed-out.json']) {
        expect((await spoilt(async (folder) => { await appendFile(join(folder, name), ''); await truncate(join(folder, name), 40e9); })).told).toContain(`unreadable: ${name}: it is larger than a bundle’s can be`);
      }
      expect((await spoilt((folder) => writeFile(join(folder, 'heads.jsonl'), '\n'.repeat(1_000_001)))).told).toContain('unreadable: heads.jsonl: it is larger than a bundle’s can be');
    }, 60_000);

    test.each([['missing', 'there is no such file'], ['a folder', 'it is a folder']])('a bundle or trusted keys that are %s end with 2, in words', async (kind, words) => {
      const path = kind === 'missing' ? place('none') : parent;
      expect(answered(await run([good.folder, '--trust', path]))).toMatchObject({ code: 2, err: `the trusted keys, ${path}: ${words}\n` });
      expect(answered(await run([good.folder, '--trust', good.trust, '--heads', path]))).toMatchObject({ code: 2, err: `the published heads, ${path}: ${words}\n` });
    });
  });

  describe('names', () => {
    test.each([['../', 'files/../../outside'], ['absolute', '/etc/passwd'], ['files/ and absolute', 'files//etc/passwd'], ['backslash', 'files/..\\outside'], ['NUL', 'files/a\u0000.webm'], ['drive', 'C:\\outside'], ['dot', 'files/.'], ['deeper', 'files/a/b'],
      ['other script', 'files/\u0441.webm'], ['decomposed', 'files/e\u0301.webm'], ['empty', '']])('a content that names %s is not opened', async (_, name) => {
      const { told, out } = await spoilt((folder) => edit(folder, 'contents.jsonl', (lines) => lines.map((line) => (line.includes(first) ? JSON.stringify({ ...JSON.parse(line), file: name }) : line))));
      expect(told).toContain(`unreadable: ${name}: its name leads out of the bundle`);
      expect(out).not.toContain('root:');
    });

    test('names that differ in their letters’ case or their composition only are other names', async () => {
      const { told } = await spoilt(async (folder) => {
        for (const name of [first.toUpperCase(), 'e\u0301.webm', '\u00e9.webm']) await cp(join(folder, 'files', first), join(folder, 'files', name));
      });
      expect(told.sort()).toEqual([`added: files/${first.toUpperCase()}: no entry speaks of it`, 'added: files/e\u0301.webm: no entry speaks of it', 'added: files/\u00e9.webm: no entry speaks of it'].sort());
      expect((await spoilt((folder) => rename(join(folder, 'files', first), join(folder, 'files', first.toUpperCase())))).told).toContain(`missing: files/${first}: entry 2 (segment, row:1) speaks of it`);
      expect((await spoilt((folder) => cp(join(folder, 'manifest.jsonl'), join(folder, 'Manifest.jsonl')))).told).toEqual(['added: Manifest.jsonl: it is no part of a bundle']);
    });

    test('what a terminal would obey is written out: in names of files, in cases, in references, in keys, in JSON', async () => {
      const evil = '\u001b]0;x\u0007\u001b[2J\u009b31m\u202ecifitnedi';
      const inName = await spoilt((folder) => writeFile(join(folder, 'files', evil), 'x'));
      expect(inName.out).toContain('\\u001b]0;x\\u0007\\u001b[2J\\u009b31m\\u202ecifitnedi');
      await spoilt((folder) => editLine(folder, 'manifest.jsonl', 4, (line) => line.replace('"ref":"row:3"', `"ref":${JSON.stringify(`${evil}\n完好 INTACT`)}`)));
      const other = signHead({ kind: 'seal', caseId: `x${evil}`, size: 1, root: '0'.repeat(64), at: new Date(), keyId: `k${evil}` }, good.key);
      await spoilt((folder) => appendFile(join(folder, 'heads.jsonl'), rows([other])));
      answered(await run([good.folder, '--trust', place(evil)]));
      answered(await run([place(evil), '--trust', good.trust]));
    });

    test('a name cannot write a verdict: it stays in its own line', async () => {
      const { code, out } = await spoilt((folder) => writeFile(join(folder, 'a\n完好 INTACT: case'), 'x'));
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
        const whole = await spoilt((folder) => editLine(folder, name, 4, spoil));
        // Where the head has no such field nothing was changed.
        if (name === 'heads.jsonl' && /number|twice/.test(_)) expect(whole.code).toBe(0);
        else expect(whole.code).toBe(1);
      }
    }, 30_000);

    test('bytes that are no UTF-8 are not read as the sign that stands for them', async () => {
      const { told } = await spoilt(async (folder) => {
        const bytes = await readFile(join(folder, 'contents.jsonl'));
        bytes[bytes.indexOf('answer 3') + 2] = 0xff;
        await writeFile(join(folder, 'contents.jsonl'), bytes);
      });
      expect(told).toContain('unreadable: line 4 of the contents: it is no content');
    });

    test('a line of 40 MB is told like a short one', async () => {
      const { told } = await spoilt((folder) => editLine(folder, 'manifest.jsonl', 4, (line) => line.replace('row:3', 'x'.repeat(40e6))));
      expect(told.map((one) => one.slice(0, 30))).toContain(`changed: entry 4 (answer, ${'x'.repeat(4)}`);
    }, 30_000);

    test('a file without its last line’s end is told, and so are bytes behind the last', async () => {
      for (const name of ['manifest.jsonl', 'heads.jsonl', 'contents.jsonl']) {
        expect((await spoilt(async (folder) => writeFile(join(folder, name), (await readFile(join(folder, name))).subarray(0, -1)))).told).toEqual([`missing: the end of ${name}: it ends in the middle of a line`]);
        expect((await spoilt((folder) => appendFile(join(folder, name), '\u0000'))).told).toContain(`missing: the end of ${name}: it ends in the middle of a line`);
        expect((await spoilt((folder) => appendFile(join(folder, name), '\n'))).code).toBe(1);
      }
    });

    test('a content that stands twice is told as repeated', async () => {
      expect((await spoilt((folder) => edit(folder, 'contents.jsonl', (lines) => [...lines, lines[3]!]))).told).toEqual(['repeated: line 41 of the contents: entry 4 has a content already']);
    });

    test('many wrong lines end in a count, not in a flood', async () => {
      const { out } = await spoilt((folder) => appendFile(join(folder, 'contents.jsonl'), '{}\n'.repeat(5000)));
      expect(out).toContain('and 4500 more');
    });
  });

  describe('trusted keys', () => {
    const pem = (key: ReturnType<typeof createPublicKey>): string => key.export({ type: 'spki', format: 'pem' }).toString();
    const trusting = async (content: unknown): Promise<Said> => {
      const file = place('trust');
      await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
      return answered(await run([good.folder, '--trust', file]));
    };
    test('keys that do not say without a doubt whom to trust end with 2, in words', async () => {
      const own = pem(createPublicKey(good.key));
      const other = pem(generateKeyPairSync('ed25519').publicKey);
      const faults: [unknown, string][] = [
        [{ keys: [{ id: 's1', publicKey: own }, { id: 's1', publicKey: other }] }, 'the key s1 stands there twice'], [{ keys: [{ id: 's1', publicKey: pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey) }] }, 'key s1 is not Ed25519'],
        [{ keys: [{ id: 's1', publicKey: pem(generateKeyPairSync('x25519').publicKey) }] }, 'key s1 is not Ed25519'], [{ keys: [{ id: 's1', publicKey: good.key.export({ type: 'pkcs8', format: 'pem' }) }] }, 'key s1 is no public key in PEM'],
        [{ keys: [{ id: 's1', publicKey: '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n' }] }, 'key s1 cannot be read'], [{ keys: [null] }, 'a key without id or publicKey'], [{ keys: {} }, 'no keys in it'], [{ keys: [] }, 'no keys in it'], ['null', 'no keys in it'],
        ['', 'it is no JSON'], ['{"keys":', 'it is no JSON'], [{ keys: [{ id: 's1', publicKey: own, until: 'soon' }] }, 'a time of a key that cannot be read'], [{ keys: [{ id: 's1', publicKey: own }], timestampAuthorities: [{ certificate: 'x' }] }, 'a time stamp authority’s certificate cannot be read'],
      ];
      for (const [content, words] of faults) expect(await trusting(content)).toMatchObject({ code: 2, err: expect.stringContaining(words) });
    });

    test('keys out of the bundle itself are refused, also by a link', async () => {
      const folder = await copied((to) => cp(good.trust, join(to, 'keys.json')));
      const way = place('link');
      await symlink(join(folder, 'keys.json'), way);
      for (const trust of [join(folder, 'keys.json'), way]) expect(answered(await run([folder, '--trust', trust]))).toMatchObject({ code: 2, err: expect.stringContaining('it lies in the bundle itself') });
    });
  });

  describe('heads', () => {
    const published = async (text: string, folder = good.folder): Promise<{ code: number; told: string[]; complete: boolean }> => {
      const file = place('published');
      await writeFile(file, text);
      const { code, out } = answered(await run([folder, '--trust', good.trust, '--heads', file, '--json']));
      const { problems, complete } = JSON.parse(out) as { problems: { what: string; where: string; why: string }[]; complete: boolean };
      return { code, complete, told: problems.map(({ what, where, why }) => `${what}: ${where}: ${why}`) };
    };
    const seal = (): SignedHead => good.heads.at(-1)!;

    test('heads that are doubled, turned round or of the log are told', async () => {
      expect((await spoilt((folder) => edit(folder, 'heads.jsonl', (lines) => [...lines, lines[3]!]))).told).toEqual(['repeated: head 5: it was there before']);
      expect((await spoilt((folder) => edit(folder, 'heads.jsonl', ([a, b, ...rest]) => [b!, a!, ...rest]))).told).toEqual(['reordered: head 2: it stands behind a head over 20 entries']);
      expect((await spoilt((folder) => appendFile(join(folder, 'heads.jsonl'), rows([signed('log', 40, undefined, undefined, '-')])))).told).toEqual(['swapped: head 5: it is the head over published heads']);
    });

    test('an older head in the place of the last, and two heads that contradict each other, are told', async () => {
      expect((await spoilt((folder) => edit(folder, 'heads.jsonl', (lines) => [...lines.slice(0, 3), lines[2]!]), false)).told).toContain('unsigned: entries 31 to 40: no signed head covers the end');
      const other = signHead({ kind: 'later', caseId: good.caseId, size: 40, root: 'ab'.repeat(32), at: new Date('2026-11-22T08:01:00Z'), keyId: 's1' }, good.key);
      expect((await spoilt((folder) => appendFile(join(folder, 'heads.jsonl'), rows([other])), false)).code).toBe(1);
      expect((await published(rows([{ n: 1, ...seal() }, { n: 2, ...other }]))).told).toContain(`changed: entries 1 to 40: they are not those of the head published at 2026-11-22T08:01:00.000Z`);
    });

    test('a case whose call still runs is no alarm: to where it is signed it is intact, and nothing was published yet', async () => {
      const folder = await copied(async (to) => {
        await edit(to, 'heads.jsonl', (lines) => lines.slice(0, 3));
        for (const name of ['manifest.jsonl', 'contents.jsonl']) await edit(to, name, (lines) => lines.slice(0, 30));
        for (const name of await readdir(join(to, 'files'))) if (Number(name.slice(0, 6)) > 30) await rm(join(to, 'files', name));
      });
      const others = place('others');
      const other = signHead({ kind: 'seal', caseId: 'another', size: 3, root: '0'.repeat(64), at: new Date('2026-12-24T08:00:00Z'), keyId: 's1' }, good.key);
      await writeFile(others, rows([{ n: 1, ...other }]));
      expect(answered(await run([folder, '--trust', good.trust, '--heads', others]))).toMatchObject({ code: 0, out: expect.stringContaining('INTACT TO ENTRY 30, COMPLETENESS NOT SHOWN') });
      // Once its seal is published, the same folder lacks its end.
      expect((await published(rows([{ n: 1, ...seal() }]), folder)).told).toEqual(['missing: entries 31 to 40: a published head was signed over them']);
    });

    test('a seal that was never published shows, once published heads went on for a day; heads from before it only leave the end open', async () => {
      const of = (at: string): string => rows([{ n: 1, ...signHead({ kind: 'seal', caseId: 'another', size: 3, root: '0'.repeat(64), at: new Date(at), keyId: 's1' }, good.key) }]);
      expect(await published(of('2026-11-22T07:00:00Z'))).toMatchObject({ code: 0, complete: false, told: [] });
      expect(await published(of('2026-11-24T08:00:00Z'))).toMatchObject({ code: 1, told: ['unsigned: the head over 40 entries: it was never published, though published heads go on to 2026-11-24T08:00:00.000Z'] });
      expect(await published('')).toMatchObject({ code: 0, complete: false });
    });

    test('published lines that are doubled, turned round, cut, empty, rewritten or no heads are told', async () => {
      const line = rows([{ n: 1, ...seal() }]);
      const earlier = signed('seal', 10, '2026-11-22T08:00:10Z');
      expect((await published(line + rows([{ n: 2, ...seal() }]))).told).toEqual(['repeated: line 2 of the published heads: it was published before']);
      expect((await published(line + rows([{ n: 2, ...earlier }]))).told).toContain('reordered: line 2 of the published heads: it stands behind a head over 40 entries');
      expect((await published(line + rows([{ n: 2, ...good.heads[0]! }]))).told).toContain('added: line 2 of the published heads: a checkpoint is not published');
      expect((await published(line + line)).told).toContain('missing: line 2 of the published heads: it is numbered 1');
      expect((await published(line.slice(0, -1))).told).toEqual(['missing: line 1 of the published heads: it ends in the middle']);
      expect((await published(`${line}{"n":2,"te`)).told).toContain('missing: line 2 of the published heads: it ends in the middle');
      expect((await published(`\n${line}`)).code).toBe(1);
      expect((await published(line.replace('\n', '\r\n'))).told).toContain('signature: line 1 of the published heads: its end was rewritten (CR LF): take the file as it was published, byte by byte');
      expect((await published(line + `{"n":${'['.repeat(60_000)}${']'.repeat(60_000)},"text":"","signature":""}\n`)).code).toBe(1);
      expect((await published(`${line}${'x'.repeat(60e6)}\n`)).told).toContain('signature: line 2 of the published heads: it cannot be read');
      expect((await published(line + '{}\n'.repeat(3000))).told.at(-1)).toBe('unreadable: the published heads: 2000 more problems are not told one by one');
    }, 30_000);

    test('nothing follows the end of a destroyed case', async () => {
      const text = rows([signed('destroyed', 30, '2026-11-22T08:00:35Z'), seal()]);
      expect((await spoilt((folder) => writeFile(join(folder, 'heads.jsonl'), text), false)).told).toContain('added: entries 31 to 40: the case was destroyed at 2026-11-22T08:00:35.000Z');
    });

    test('a clock that stood still or a case that lies in the future is no alarm', async () => {
      const still = [...good.heads.slice(0, -1), signed('seal', 40, '2026-11-22T08:00:30Z'), signed('later', 40, '2099-01-01T00:00:00Z')];
      expect((await spoilt((folder) => writeFile(join(folder, 'heads.jsonl'), rows(still)), false)).told).toEqual([]);
    });

    test('the bundle of another case is told as swapped when the case is named', async () => {
      expect((await run([good.folder, '--trust', good.trust, '--case', good.caseId])).code).toBe(0);
      expect(answered(await run([good.folder, '--trust', good.trust, '--case', 'another']))).toMatchObject({ code: 1, out: expect.stringContaining('被调换 swapped: the bundle: it is not the case another that was asked for') });
    });

    test('what was handed out is signed: a list that names other files, or is of another case, is told', async () => {
      const list = (caseId: string, files: { name: string; sha256: string }[]): string => rows([signHandedOut({ caseId, at: new Date('2026-11-22T09:00:00Z'), files, keyId: 's1' }, good.key)]);
      expect((await spoilt((folder) => writeFile(join(folder, 'handed-out.json'), list('another', [])))).told).toContain('swapped: handed-out.json: it belongs to the case another');
      expect((await spoilt((folder) => writeFile(join(folder, 'handed-out.json'), list(good.caseId, [{ name: 'report.html', sha256: leafHash(Buffer.from('')).toString('hex') }])))).told).toContain('missing: report.html: it was handed out');
    });
  });

  test('a receipt that is a pipe, no JSON, or deep ends with an answer', async () => {
    const [pipe, text, deep] = [place('pipe'), place('text'), place('deep')];
    execFileSync('mkfifo', [pipe]);
    await writeFile(text, 'no');
    await writeFile(deep, JSON.stringify({ line: '{}', index: 0, way: [['x']], head: {} }));
    expect(answered(await run([pipe, '--trust', good.trust]))).toMatchObject({ code: 2, err: 'it is no plain file\n' });
    for (const path of [text, deep]) expect(answered(await run([path, '--trust', good.trust]))).toMatchObject({ code: 1, out: '不成立 NOT PROVEN: it is no receipt\n' });
  });

  test('it runs where nothing is installed: its files import each other and what Node itself has', async () => {
    const alone = place('alone');
    await cp(dirname(program), alone, { recursive: true });
    for (const name of await readdir(alone)) {
      for (const [, from] of (await readFile(join(alone, name), 'utf8')).matchAll(/(?:from|import) '([^']+)'/g)) expect(from).toMatch(/^node:|^\.\/[a-z]+\.mjs$/);
    }
    const child = spawn(process.execPath, [join(alone, 'verify.mjs'), good.folder, '--trust', good.trust, '--heads', good.published], { cwd: '/', env: {}, stdio: 'ignore' });
    expect(await new Promise((done) => { child.once('exit', done); })).toBe(0);
  });
});
