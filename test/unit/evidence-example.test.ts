import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { example, examplePage } from '../support/docs/evidenceExample.ts';

const VERIFIER = join(import.meta.dirname, '../../media/evidence/verifier/verify.mjs');

describe('The worked example of the evidence format (R42)', () => {
  let dir: string;
  const made = example();
  const lay = async (name: string, change: (files: Record<string, string>) => void = () => undefined): Promise<string> => {
    const files = { ...made.files };
    change(files);
    for (const [file, bytes] of Object.entries(files)) {
      await mkdir(dirname(join(dir, name, file)), { recursive: true });
      await writeFile(join(dir, name, file), bytes);
    }
    return join(dir, name);
  };
  const verify = (args: readonly string[]): Promise<{ code: number; out: string }> => new Promise((done) => {
    execFile(process.execPath, [VERIFIER, ...args, '--trust', join(dir, 'trust.json')], (error, out) => { done({ code: error === null ? 0 : Number(error.code), out }); });
  });
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'example-'));
    await writeFile(join(dir, 'trust.json'), JSON.stringify(made.trust));
    await writeFile(join(dir, 'published.jsonl'), made.published);
    await writeFile(join(dir, 'receipt.json'), JSON.stringify(made.receipt));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  test('the page holds what the program makes today, to the letter', async () => {
    expect(await readFile(join(import.meta.dirname, '../../docs/flow/evidence-example.md'), 'utf8')).toBe(examplePage());
  });

  test('the verifier says of it what the page says', async () => {
    const folder = await lay('whole');
    expect(await verify([folder, '--heads', join(dir, 'published.jsonl')])).toMatchObject({ code: 0, out: expect.stringContaining('完好 INTACT: case 00000000-0000-7000-8000-000000000001, 3 entries') });
    expect(await verify([folder])).toMatchObject({ code: 0, out: expect.stringContaining('INTACT TO ENTRY 3, COMPLETENESS NOT SHOWN') });
    const edited = await verify([await lay('edited', (files) => { files['contents.jsonl'] = files['contents.jsonl']!.replace('是', '否'); })]);
    expect(edited).toMatchObject({ code: 1, out: expect.stringContaining('changed: the content of entry 1') });
    expect(edited.out).toContain('changed: contents.jsonl');
    const cut = await verify([await lay('cut', (files) => { files['manifest.jsonl'] = files['manifest.jsonl']!.split('\n').slice(0, 2).map((line) => `${line}\n`).join(''); })]);
    expect(cut.code).toBe(1);
    expect(cut.out).toContain('missing: entries 3 to 3');
  });

  test('its receipt proves entry 1 without the bundle', async () => {
    expect(await verify([join(dir, 'receipt.json')])).toMatchObject({ code: 0, out: expect.stringContaining('PROVEN: entry 1 (answer)') });
  });
});
