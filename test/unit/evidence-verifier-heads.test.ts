/** Trusted keys that do not say whom to trust, and heads that were doubled, turned round, put back, cut or never published. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { appendFile, cp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { edgeOf, leafHash, rootOf, signHandedOut, signHead } from '../../media/evidence/index.ts';
import type { HeadKind, SignedHead } from '../../media/evidence/index.ts';
import type { MadeBundle } from '../support/evidence/bundle.ts';
import { edit, hostile, rows, run } from '../support/evidence/hostile.ts';
import type { Hostile, Said, Verdict } from '../support/evidence/hostile.ts';

describe('The offline verifier, keys and heads (R42)', () => {
  let kit: Hostile;
  let good: MadeBundle;
  beforeAll(async () => {
    kit = await hostile();
    ({ good } = kit);
  });
  afterAll(() => kit.close());
  const signed = (kind: HeadKind, size: number, at = '2026-11-22T08:00:40Z', key = good.key, caseId = good.caseId): SignedHead =>
    signHead({ kind, caseId, size, root: rootOf(edgeOf(good.lines.slice(0, size).map(({ hash }) => Buffer.from(hash, 'hex')))).toString('hex'), at: new Date(at), keyId: 's1' }, key);
  describe('trusted keys', () => {
    const pem = (key: ReturnType<typeof createPublicKey>): string => key.export({ type: 'spki', format: 'pem' }).toString();
    const trusting = async (content: unknown): Promise<Said> => {
      const file = kit.place('trust');
      await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
      return (await run([good.folder, '--trust', file]));
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
      const folder = await kit.copied((to) => cp(good.trust, join(to, 'keys.json')));
      const way = kit.place('link');
      await symlink(join(folder, 'keys.json'), way);
      for (const trust of [join(folder, 'keys.json'), way]) expect(await run([folder, '--trust', trust])).toMatchObject({ code: 2, err: expect.stringContaining('it lies in the bundle itself') });
    });
  });

  describe('heads', () => {
    const published = async (text: string, folder = good.folder): Promise<Verdict> => {
      const file = kit.place('published');
      await writeFile(file, text);
      return await kit.verified([folder, '--trust', good.trust, '--heads', file]);
    };
    const seal = (): SignedHead => good.heads.at(-1)!;

    test('heads that are doubled, turned round or of the log are told', async () => {
      expect((await kit.spoilt((folder) => edit(folder, 'heads.jsonl', (lines) => [...lines, lines[3]!]))).told).toEqual(['repeated: head 5: it was there before']);
      expect((await kit.spoilt((folder) => edit(folder, 'heads.jsonl', ([a, b, ...rest]) => [b!, a!, ...rest]))).told).toEqual(['reordered: head 2: it stands behind a head over 20 entries']);
      expect((await kit.spoilt((folder) => appendFile(join(folder, 'heads.jsonl'), rows([signed('log', 40, undefined, undefined, '-')])))).told).toEqual(['swapped: head 5: it is the head over published heads']);
    });

    test('an older head in the place of the last, and two heads that contradict each other, are told', async () => {
      expect((await kit.spoilt((folder) => edit(folder, 'heads.jsonl', (lines) => [...lines.slice(0, 3), lines[2]!]), false)).told).toContain('unsigned: entries 31 to 40: no signed head covers the end');
      const other = signHead({ kind: 'later', caseId: good.caseId, size: 40, root: 'ab'.repeat(32), at: new Date('2026-11-22T08:01:00Z'), keyId: 's1' }, good.key);
      expect((await kit.spoilt((folder) => appendFile(join(folder, 'heads.jsonl'), rows([other])), false)).code).toBe(1);
      expect((await published(rows([{ n: 1, ...seal() }, { n: 2, ...other }]))).told).toContain(`changed: entries 1 to 40: they are not those of the head published at 2026-11-22T08:01:00.000Z`);
    });

    test('a case whose call still runs is no alarm: to where it is signed it is intact, and nothing was published yet', async () => {
      const folder = await kit.copied(async (to) => {
        await edit(to, 'heads.jsonl', (lines) => lines.slice(0, 3));
        for (const name of ['manifest.jsonl', 'contents.jsonl']) await edit(to, name, (lines) => lines.slice(0, 30));
        for (const name of await readdir(join(to, 'files'))) if (Number(name.slice(0, 6)) > 30) await rm(join(to, 'files', name));
      });
      const others = kit.place('others');
      const other = signHead({ kind: 'seal', caseId: 'another', size: 3, root: '0'.repeat(64), at: new Date('2026-12-24T08:00:00Z'), keyId: 's1' }, good.key);
      await writeFile(others, rows([{ n: 1, ...other }]));
      expect(await run([folder, '--trust', good.trust, '--heads', others])).toMatchObject({ code: 0, out: expect.stringContaining('INTACT TO ENTRY 30, COMPLETENESS NOT SHOWN') });
      // Once its seal is published, the same folder lacks its end.
      expect((await published(rows([{ n: 1, ...seal() }]), folder)).told).toEqual(['missing: entries 31 to 40: a published head was signed over them']);
    });

    test('a second chapter that is still open shows no completeness, though the first one was published: its end may have been cut off', async () => {
      const [first, open] = [signed('seal', 20, '2026-11-22T08:00:20Z'), [signed('checkpoint', 30, '2026-11-22T08:00:30Z'), signed('checkpoint', 40)]];
      const folder = await kit.copied((to) => writeFile(join(to, 'heads.jsonl'), rows([good.heads[0]!, first, ...open])));
      expect(await published(rows([{ n: 1, ...first }]), folder)).toMatchObject({ code: 0, complete: false, told: [] });
      expect(await published(rows([{ n: 1, ...first }, { n: 2, ...signed('seal', 40) }]), folder)).toMatchObject({ code: 0, complete: true });
    });

    test('a seal that was never published shows, once published heads went on for a day; heads from before it only leave the end open', async () => {
      const of = (at: string): string => rows([{ n: 1, ...signHead({ kind: 'seal', caseId: 'another', size: 3, root: '0'.repeat(64), at: new Date(at), keyId: 's1' }, good.key) }]);
      expect(await published(of('2026-11-22T07:00:00Z'))).toMatchObject({ code: 0, complete: false, told: [] });
      expect(await published(of('2026-11-24T08:00:00Z'))).toMatchObject({ code: 1, told: ['unsigned: the head over 40 entries: it was never published, though published heads go on to 2026-11-24T08:00:00.000Z'] });
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

    test('many wrong heads over published heads, and one head published many times, end in a count, too', async () => {
      const many = (head: SignedHead): string => rows([{ n: 1, ...seal() }, ...Array.from({ length: 3000 }, (_, i) => ({ n: i + 2, ...head }))]);
      const logs = await published(many(signed('log', 9, undefined, undefined, '-')));
      expect(logs.told).toHaveLength(1001);
      const other = signHead({ kind: 'later', caseId: good.caseId, size: 40, root: 'ab'.repeat(32), at: new Date('2026-11-22T08:01:00Z'), keyId: 's1' }, good.key);
      const { told } = await published(many(other));
      expect(told.filter((one) => one.startsWith('changed'))).toEqual(['changed: entries 1 to 40: they are not those of the head published at 2026-11-22T08:01:00.000Z']);
      expect(told).toHaveLength(1002);
    }, 30_000);

    test('nothing follows the end of a destroyed case', async () => {
      const text = rows([signed('destroyed', 30, '2026-11-22T08:00:35Z'), seal()]);
      expect((await kit.spoilt((folder) => writeFile(join(folder, 'heads.jsonl'), text), false)).told).toContain('added: entries 31 to 40: the case was destroyed at 2026-11-22T08:00:35.000Z');
    });

    test('a clock that stood still or a case that lies in the future is no alarm', async () => {
      const still = [...good.heads.slice(0, -1), signed('seal', 40, '2026-11-22T08:00:30Z'), signed('later', 40, '2099-01-01T00:00:00Z')];
      expect((await kit.spoilt((folder) => writeFile(join(folder, 'heads.jsonl'), rows(still)), false)).told).toEqual([]);
    });

    test('the bundle of another case is told as swapped when the case is named', async () => {
      expect((await run([good.folder, '--trust', good.trust, '--case', good.caseId])).code).toBe(0);
      expect(await run([good.folder, '--trust', good.trust, '--case', 'another'])).toMatchObject({ code: 1, out: expect.stringContaining('被调换 swapped: the bundle: it is not the case another that was asked for') });
    });

    test('what was handed out is signed: a list that names other files, or is of another case, is told', async () => {
      const list = (caseId: string, files: { name: string; sha256: string }[]): string => rows([signHandedOut({ caseId, at: new Date('2026-11-22T09:00:00Z'), files, keyId: 's1' }, good.key)]);
      expect((await kit.spoilt((folder) => writeFile(join(folder, 'handed-out.json'), list('another', [])))).told).toContain('swapped: handed-out.json: it belongs to the case another');
      expect((await kit.spoilt((folder) => writeFile(join(folder, 'handed-out.json'), list(good.caseId, [{ name: 'report.html', sha256: leafHash(Buffer.from('')).toString('hex') }])))).told).toContain('missing: report.html: it was handed out');
    });
  });
});
