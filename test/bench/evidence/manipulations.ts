/** Spoils really made cases in every way there is, one at a time, and asks the verifier that is responsible. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publishJob } from '../../../server/usecases/evidence/jobs.ts';
import { publicKeys } from '../../../server/usecases/evidence/bundle.ts';
import type { MadeCase } from '../../integration/case.support.ts';
import type { EvidenceKit } from '../../integration/evidence.support.ts';
import type { Progress } from '../progress.ts';
import { wholeCase } from './cases.ts';
import type { Dice } from './options.ts';
import { BUNDLE_KINDS } from './spoilBundle.ts';
import { LIVE_KINDS } from './spoilLive.ts';

export interface Tally { readonly verifier: 'offline' | 'live'; tried: number; found: number; named: number }
export interface Manipulated {
  readonly kinds: ReadonlyMap<string, Tally>;
  /** What was not found, or named otherwise than it should be. */
  readonly odd: readonly string[];
  readonly controls: number;
  readonly falseAlarms: number;
  readonly cases: number;
  readonly lines: number;
}

const PROGRAM = join(import.meta.dirname, '../../../media/evidence/verifier/verify.mjs');
/** After so many, nothing is spoiled and both have to say so. */
const CONTROL_EVERY = 25;

export async function manipulate(kit: EvidenceKit, dice: Dice, count: number, bar: Progress): Promise<Manipulated> {
  const made = [await wholeCase(kit), await wholeCase(kit), await wholeCase(kit)];
  await publishJob(kit.services, kit.app.evidence);
  kit.wait(3600);
  const folders = await Promise.all(made.map(({ applicationId }) => kit.exported(applicationId)));
  await writeFile(join(kit.dir, 'trust.json'), JSON.stringify(publicKeys(kit.signers)));
  const kinds = [...Object.keys(BUNDLE_KINDS).map((kind) => ['offline', kind] as const), ...Object.keys(LIVE_KINDS).map((kind) => ['live', kind] as const)];
  const tallies = new Map<string, Tally>();
  const odd: string[] = [];
  let [controls, falseAlarms] = [0, 0];
  const control = async (): Promise<void> => {
    for (const [i, { applicationId }] of made.entries()) {
      const told = [...await offline(kit, folders[i]!), ...await liveProblems(kit, applicationId)];
      controls += 2;
      if (told.length > 0) { falseAlarms += 1; odd.push(`untouched: ${told.join('; ')}`); }
    }
  };
  await control();
  // Rows in the database have the most ways to be spoiled: a third of all.
  for (let i = 0; i < count; i++) {
    const [verifier, kind] = i % 3 === 0 ? ['live', dice.pick(['edited row', 'edited row, triggers off'])] as const : kinds[i % kinds.length]!;
    const tally = tallies.get(kind) ?? { verifier, tried: 0, found: 0, named: 0 };
    tallies.set(kind, tally);
    const which = dice.below(made.length);
    const [one, other] = [made[which]!, made[(which + 1) % made.length]!];
    const { told, expected } = verifier === 'offline' ? await spoilBundle(kit, kind, dice, folders[which]!, folders[(which + 1) % made.length]!) : await spoilLive(kit, kind, dice, one, other);
    tally.tried += 1;
    if (told.length > 0) tally.found += 1;
    if (told.some((line) => expected.test(line))) tally.named += 1;
    else odd.push(`${kind} (number ${i}): wanted ${expected.source}, told ${told.slice(0, 5).join('; ') || 'nothing'}`);
    if (i % CONTROL_EVERY === CONTROL_EVERY - 1) await control();
    bar.tick();
  }
  return { kinds: tallies, odd, controls, falseAlarms, cases: made.length, lines: (await kit.linesOf(made[0]!.applicationId)).length };
}

/** As an auditor runs it: a process of its own, given the folder, the keys and the published heads. */
async function offline(kit: EvidenceKit, folder: string): Promise<string[]> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM, folder, '--trust', join(kit.dir, 'trust.json'), '--heads', kit.app.evidence.headsFile, '--json'], { env: {}, maxBuffer: 64 * 2 ** 20 }).catch((error: { stdout: string; stderr: string }) => error);
  if (stdout === '') return [`could not be checked: ${stderr.trim()}`];
  const { problems, complete } = JSON.parse(stdout) as { problems: { what: string; where: string; why: string }[]; complete: boolean };
  return [...problems.map(({ what, where, why }) => `${what}: ${where}: ${why}`), ...(complete ? [] : ['completeness not shown'])];
}

async function spoilBundle(kit: EvidenceKit, kind: string, dice: Dice, folder: string, other: string): Promise<{ told: string[]; expected: RegExp }> {
  const parent = await mkdtemp(join(kit.dir, 'spoilt-'));
  const copy = join(parent, 'bundle');
  await cp(folder, copy, { recursive: true });
  try {
    const expected = await BUNDLE_KINDS[kind]!(copy, dice, other);
    return { told: await offline(kit, copy), expected };
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}

/** What `npm run verify:live` tells of this case and of the published heads. */
async function liveProblems(kit: EvidenceKit, applicationId: string): Promise<string[]> {
  return [...(await kit.live(applicationId)).map(({ what, where }) => `${what}: ${where}`), ...(await kit.publishedFile()).problems.map((problem) => `published: ${problem}`)];
}

async function spoilLive(kit: EvidenceKit, kind: string, dice: Dice, made: MadeCase, other: MadeCase): Promise<{ told: string[]; expected: RegExp }> {
  const { told: expected, undo } = await LIVE_KINDS[kind]!(kit, made, other, dice);
  try {
    return { told: await liveProblems(kit, made.applicationId).catch((error: unknown) => { throw new Error(`${kind} could not be compared`, { cause: error }); }), expected };
  } finally {
    await undo();
  }
}
