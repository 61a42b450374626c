/** A made-up case to spoil, the verifier run on it, and what must hold of whatever it answers. */
import { execFile } from 'node:child_process';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from '@jest/globals';
import { problemText } from '../../../media/evidence/verifier/words.mjs';
import { makeBundle } from './bundle.ts';
import type { MadeBundle } from './bundle.ts';

export const VERIFIER = join(import.meta.dirname, '../../../media/evidence/verifier/verify.mjs');

export interface Said { readonly code: number; readonly out: string; readonly err: string }
/** `told`: each problem as `what: where: why`; `text`: the same as a person reads it. */
export interface Verdict { readonly code: number; readonly told: string[]; readonly text: string; readonly complete: boolean }

export interface Hostile {
  readonly good: MadeBundle;
  /** Name of a photo or recording in `files/`. */
  readonly first: string;
  /** A path beside the bundle that nothing has yet. */
  place(name: string): string;
  /** A copy of the bundle that was spoiled. */
  copied(spoil: (folder: string) => Promise<unknown>): Promise<string>;
  spoilt(spoil: (folder: string) => Promise<unknown>, heads?: boolean): Promise<Verdict>;
  verified(args: readonly string[]): Promise<Verdict>;
  close(): Promise<void>;
}

/** Twenty seconds are for ever: a verifier that waits for a pipe is killed, and its code is none. */
export async function run(args: readonly string[]): Promise<Said> {
  return answered(await new Promise((done) => {
    execFile(process.execPath, ['--max-old-space-size=512', VERIFIER, ...args], { timeout: 20_000, killSignal: 'SIGKILL', maxBuffer: 1 << 28 }, (error, out, err) => {
      done({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, out, err });
    });
  }));
}

const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/** Whatever is handed over: an answer in words, no stack, nothing that a terminal obeys. */
function answered(said: Said): Said {
  expect([0, 1, 2]).toContain(said.code);
  expect(said.out + said.err).not.toMatch(/\n\s+at |node:internal|TypeError|RangeError|ENOENT|EISDIR/);
  expect(said.out + said.err).not.toMatch(OBEYED);
  return said;
}

export async function edit(folder: string, file: string, change: (lines: string[]) => string[]): Promise<void> {
  const lines = (await readFile(join(folder, file), 'utf8')).split('\n').slice(0, -1);
  await writeFile(join(folder, file), change(lines).map((line) => `${line}\n`).join(''));
}

export const editLine = (folder: string, file: string, n: number, change: (line: string) => string): Promise<void> => edit(folder, file, (lines) => lines.map((line, i) => (i === n - 1 ? change(line) : line)));
export const rows = (list: readonly unknown[]): string => list.map((one) => `${JSON.stringify(one)}\n`).join('');

export async function hostile(): Promise<Hostile> {
  const good = await makeBundle();
  const parent = dirname(good.folder);
  const place = (name: string): string => join(parent, `${name}-${Math.random().toString(36).slice(2)}`);
  const copied = async (spoil: (folder: string) => Promise<unknown>): Promise<string> => {
    const folder = place('spoilt');
    await cp(good.folder, folder, { recursive: true });
    await spoil(folder);
    return folder;
  };
  const verified = async (args: readonly string[]): Promise<Verdict> => {
    const { code, out } = await run([...args, '--json']);
    const { problems, complete } = JSON.parse(out) as { problems: Parameters<typeof problemText>[0][]; complete: boolean };
    const text = problems.map(problemText);
    for (const one of text) {
      expect(one.replace('\n', '')).not.toMatch(OBEYED);
      // What is told is told in Chinese too.
      expect(one).toMatch(/^\S+ [a-z ]+: .*\n {4}.*：.*[\u4e00-\u9fff]/);
    }
    return { code, complete, text: text.join('\n'), told: problems.map(({ what, where, why }) => `${what}: ${where}: ${why}`) };
  };
  return {
    good, place, copied, verified, first: (await readdir(join(good.folder, 'files'))).sort()[0]!,
    spoilt: async (spoil, heads = true) => await verified([await copied(spoil), '--trust', good.trust, ...(heads ? ['--heads', good.published] : [])]),
    close: () => rm(parent, { recursive: true, force: true }),
  };
}
