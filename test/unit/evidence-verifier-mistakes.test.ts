/** The verifier for somebody who has it for the first time: what was taken by mistake is said in words, not told as tampering. */
import { createHash } from 'node:crypto';
import { appendFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { edgeOf, nextLine, rootOf, signHead } from '../../media/evidence/index.ts';
import type { MadeBundle } from '../support/evidence/bundle.ts';
import { edit, hostile, rows, run } from '../support/evidence/hostile.ts';
import type { Hostile, Said } from '../support/evidence/hostile.ts';

const REFUSED = { code: 2, out: '' };
/** How a ZIP begins; what follows is not looked at. */
const ZIP = Buffer.from('504b0304140000000800', 'hex');

describe('The offline verifier, handed the wrong thing (R42)', () => {
  let kit: Hostile;
  let good: MadeBundle;
  beforeAll(async () => {
    kit = await hostile();
    ({ good } = kit);
  });
  afterAll(() => kit.close());
  const file = async (name: string, content: string | Uint8Array): Promise<string> => {
    const path = kit.place(name);
    await writeFile(path, content);
    return path;
  };
  const verify = (path: string, ...more: string[]): Promise<Said> => run([path, '--trust', good.trust, ...more]);

  describe('a file', () => {
    test('a ZIP ends with 2 and the words to unpack it first, in Chinese and English, whatever options stand beside it', async () => {
      const zip = await file('case.zip', ZIP);
      for (const more of [[], ['--heads', good.published], ['--event', '4'], ['--json'], ['--case', good.caseId]]) {
        expect(await verify(zip, ...more)).toMatchObject({ ...REFUSED, err: `${zip}：这是 ZIP 压缩包，请先解压，再指定解压后的文件夹 it is a ZIP: unpack it first, then give the folder\n` });
      }
    });

    test.each<[string, string]>([['a page of text', '# README\n'], ['an empty file', ''], ['the manifest itself', '{"a":1}\n{"a":2}\n'], ['a list', '[]'], ['null', 'null'], ['a number', '7']])('%s is neither a bundle’s folder nor a receipt: 2', async (_, content) => {
      const path = await file('other', content);
      for (const more of [[], ['--heads', good.published]]) expect(await verify(path, ...more)).toMatchObject({ ...REFUSED, err: `${path}：既不是存证包的文件夹，也不是单条凭证 it is neither a bundle's folder nor a receipt\n` });
    });

    test('an object that proves nothing is a receipt that does not hold: 1', async () => {
      expect(await verify(await file('receipt.json', '{}'))).toMatchObject({ code: 1, out: '不成立 NOT PROVEN: it is no receipt\n' });
    });

    test('the usage says that whoever verifies unpacks the ZIP', async () => {
      expect((await run([])).err).toMatch(/A ZIP is not read: unpack it first yourself.*ZIP 压缩包须先自行解压/);
    });
  });

  describe('a folder', () => {
    test('without anything of a bundle in it ends with 2: no bundle lies there', async () => {
      const [empty, other] = [kit.place('empty'), kit.place('other')];
      for (const folder of [empty, other]) await mkdir(folder);
      await writeFile(join(other, 'notes.txt'), 'x');
      await mkdir(join(other, 'pictures'));
      for (const folder of [empty, other]) for (const more of [[], ['--event', '1']]) expect(await verify(folder, ...more)).toMatchObject({ ...REFUSED, err: `${folder}：此文件夹中没有存证包 no bundle lies there\n` });
    });

    test('one level too high asks for the folder below it, also where trusted keys and other folders lie beside the bundle', async () => {
      const above = kit.place('above');
      await cp(good.folder, join(above, '20261123-000001'), { recursive: true });
      await mkdir(join(above, '__MACOSX'));
      await cp(good.trust, join(above, 'keys.json'));
      const meant = { ...REFUSED, err: `${above}：此文件夹中没有存证包，是否应为 ${join(above, '20261123-000001')}？no bundle lies there; did you mean ${join(above, '20261123-000001')}?\n` };
      expect(await verify(above)).toMatchObject(meant);
      await rm(join(above, 'keys.json'));
      expect(await verify(above)).toMatchObject(meant);
      await cp(good.folder, join(above, 'another'), { recursive: true });
      expect(await verify(above)).toMatchObject({ ...REFUSED, err: expect.stringContaining('no bundle lies there\n') });
    });

    test.each(['manifest.jsonl', 'heads.jsonl', 'contents.jsonl', 'keys.json', 'report.html', 'handed-out.json', 'files'])('with nothing but %s of a bundle left is one that was taken apart: 1', async (name) => {
      const folder = kit.place('taken-apart');
      await mkdir(join(folder, ...(name === 'files' ? [name] : [])), { recursive: true });
      if (name !== 'files') await writeFile(join(folder, name), '{}\n');
      expect(await verify(folder)).toMatchObject({ code: 1, out: expect.stringContaining('NOT INTACT') });
    });

    test('whose manifest was moved into a folder below stays a bundle that was taken apart', async () => {
      const { code, told } = await kit.spoilt(async (folder) => {
        await mkdir(join(folder, 'deeper'));
        await cp(join(folder, 'manifest.jsonl'), join(folder, 'deeper', 'manifest.jsonl'));
        await rm(join(folder, 'manifest.jsonl'));
      });
      expect(code).toBe(1);
      expect(told).toContain('missing: manifest.jsonl: the bundle has no such file');
    });

    test.each(['.DS_Store', 'Thumbs.db', 'desktop.ini'])('%s is told as added, and that nobody forged anything: it is removed and the bundle checked again', async (name) => {
      const why = 'the operating system creates it when a folder is looked at, it is no part of the evidence: remove it and try again';
      const { code, told, text } = await kit.spoilt(async (folder) => {
        for (const place of [name, join('files', name)]) await writeFile(join(folder, place), 'x');
      });
      expect(code).toBe(1);
      expect(told).toEqual([`added: ${name}: ${why}`, `added: files/${name}: ${why}`]);
      expect(text).toContain(`${name}：由操作系统在查看文件夹时自动生成，不是证据的一部分：请删除后重新核验`);
    });
  });

  describe('published heads', () => {
    test.each<[string, string | Uint8Array]>([['a page of text', '# README\n\nwords\n'.repeat(300)], ['a ZIP', ZIP], ['an empty file', ''], ['empty lines', '\n\n'], ['objects of another kind', '{}\n{"n":1}\n']])('%s ends with 2: it holds no published heads', async (_, content) => {
      const path = await file('heads', content);
      for (const more of [[], ['--json']]) expect(await verify(good.folder, '--heads', path, ...more)).toMatchObject({ ...REFUSED, err: `${path}：其中没有公布的签名头 ${path} holds no published heads\n` });
      // Beside a part that is one, too: nobody believes that it was read.
      expect(await verify(good.folder, '--heads', good.published, '--heads', path)).toMatchObject({ ...REFUSED, err: expect.stringContaining(`${path} holds no published heads`) });
    });

    test('with some good and some bad lines are checked line by line: 1', async () => {
      const path = await file('heads', `${await readFile(good.published, 'utf8')}words\n`);
      expect(await verify(good.folder, '--heads', path)).toMatchObject({ code: 1, out: expect.stringContaining('line 3 of the published heads') });
      const rewritten = await file('heads', (await readFile(good.published, 'utf8')).replaceAll('\n', '\r\n'));
      expect(await verify(good.folder, '--heads', rewritten)).toMatchObject({ code: 1, out: expect.stringContaining('CR LF') });
    });
  });

  describe('the number of a case', () => {
    const [NUMBER, OTHER] = ['20261123-000001', '20261123-000002'];
    /** The made-up bundle with one more entry, which tells its number as the program's does. */
    const numbered = async (text = JSON.stringify({ business: 'open_account', caseNo: NUMBER, language: 'zh' }), { type = 'given', ref = `application:${good.caseId}:case` } = {}): Promise<string> => await kit.copied(async (folder) => {
      const salt = createHash('sha256').update(ref).digest();
      const hash = createHash('sha256').update(salt).update(text).digest('hex');
      const line = nextLine(good.caseId, good.lines.at(-1), { at: new Date('2026-11-22T08:00:41Z'), type, ref, hash });
      const root = rootOf(edgeOf([...good.lines, line].map((one) => Buffer.from(one.hash, 'hex')))).toString('hex');
      await appendFile(join(folder, 'manifest.jsonl'), `${line.line}\n`);
      await appendFile(join(folder, 'contents.jsonl'), rows([{ seq: 41, salt: salt.toString('hex'), text }]));
      await appendFile(join(folder, 'heads.jsonl'), rows([signHead({ kind: 'later', caseId: good.caseId, size: 41, root, at: new Date('2026-11-22T08:00:42Z'), keyId: 's1' }, good.key)]));
    });

    test.each([['given', 'case'], ['row', 'row']])('is accepted as well as its id, and stands in the verdict, where the entry %s proves it', async (type, part) => {
      const folder = await numbered(undefined, { type, ref: `application:${good.caseId}:${part}` });
      for (const asked of [NUMBER, good.caseId]) expect(await verify(folder, '--case', asked)).toMatchObject({ code: 0, out: expect.stringContaining(`case ${good.caseId} (${NUMBER})`) });
      expect(JSON.parse((await verify(folder, '--json')).out)).toMatchObject({ case: good.caseId, caseNumber: NUMBER });
      expect(await verify(folder, '--case', OTHER)).toMatchObject({ code: 1, out: expect.stringContaining(`swapped: the bundle: it is not the case ${OTHER} that was asked for`) });
    });

    test('that a bundle does not prove is asked for as an id: 2; the verdict shows none', async () => {
      const answer = await verify(good.folder, '--case', NUMBER);
      expect(answer).toMatchObject({ ...REFUSED, err: expect.stringMatching(/没有内容能证明业务编号.*nothing proves a case number here: give the id of the case/) });
      expect((await verify(good.folder)).out).not.toContain(`${good.caseId} (`);
      // What anybody may write into an answer, or of another case, is no number of this one.
      for (const ref of ['answer:1', 'application:another:case']) expect(await verify(await numbered(undefined, { ref }), '--case', NUMBER)).toMatchObject({ code: 2 });
      for (const text of ['no JSON', 'null', '{"caseNo":7}', '{"caseNo":"\\u001b[2J"}']) expect(await verify(await numbered(text), '--case', NUMBER)).toMatchObject({ code: 2 });
    });

    test('that somebody wrote into the contents afterwards is not believed: 1', async () => {
      const folder = await numbered();
      await edit(folder, 'contents.jsonl', (lines) => lines.map((line) => line.replace(NUMBER, OTHER)));
      for (const asked of [NUMBER, OTHER]) {
        const { code, out } = await verify(folder, '--case', asked);
        expect(code).toBe(1);
        expect(out).toContain('changed: the content of entry 41');
        expect(out).toContain('unreadable: the bundle: nothing in it proves its case number');
        expect(out).not.toContain(`(${OTHER})`);
      }
    });

    test('is compared for one event out of the bundle; a receipt by itself shows it only where it is of the entry that tells it', async () => {
      const folder = await numbered();
      const [answer, own, none] = [kit.place('answer.json'), kit.place('own.json'), kit.place('none.json')];
      expect((await verify(folder, '--event', '4', '--case', NUMBER, '--receipt', answer)).code).toBe(0);
      expect((await verify(folder, '--event', '41', '--receipt', own)).code).toBe(0);
      expect(await verify(folder, '--event', '4', '--case', OTHER, '--receipt', none)).toMatchObject({ code: 1, out: `不成立 NOT PROVEN: it is of the case ${NUMBER}, not of the case ${OTHER} that was asked for\n` });
      expect((await verify(own, '--case', NUMBER)).code).toBe(0);
      expect((await verify(own, '--case', OTHER)).code).toBe(1);
      expect(await verify(answer, '--case', NUMBER)).toMatchObject({ ...REFUSED, err: expect.stringContaining('nothing proves a case number here') });
    });
  });
});
