import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..', '..');
let folder = '';

/** A small project in the shape of this one, without a fault. */
const CLEAN: Record<string, string> = {
  'contracts/word.ts': 'export const word = 1;',
  'workflows/flow.ts': `import { word } from '../contracts/word.ts'; export const flow = word;`,
  'media/room.ts': `import { word } from '../contracts/word.ts'; export const room = word;`,
  'review/check.ts': `import { word } from '../contracts/word.ts'; export const check = word;`,
  'client/rtc/link.ts': `import { word } from '../../contracts/word.ts'; export const link = word;`,
  'client/join/page.ts': `import { link } from '../rtc/link.ts'; export const page = link;`,
  'review/console/desk.ts': `import { link } from '../../client/rtc/link.ts'; export const desk = link;`,
  'server/database/index.ts': `import { PrismaPg } from '@prisma/adapter-pg'; export const database = PrismaPg;`,
  'server/app.ts': [
    `import express from 'express'; import { flow } from '../workflows/flow.ts'; import { room } from '../media/room.ts';`,
    `import { check } from '../review/check.ts'; import { database } from './database/index.ts'; export const app = [express, flow, room, check, database];`,
  ].join('\n'),
};

/** One forbidden import each, and the rule that must find it. */
const PLANTED: [title: string, file: string, text: string, rule: string][] = [
  ['contracts import workflows', 'contracts/planted.ts', `export { flow } from '../workflows/flow.ts';`, 'contracts-import-nothing'],
  ['workflows import media', 'workflows/planted.ts', `export { room } from '../media/room.ts';`, 'workflows-knows-contracts-only'],
  ['media import review', 'media/planted.ts', `export { check } from '../review/check.ts';`, 'media-knows-contracts-only'],
  ['review imports the server, if only a type', 'review/planted.ts', `import type { app } from '../server/app.ts'; export type App = typeof app;`, 'review-knows-contracts-only'],
  ['workflows import Prisma', 'workflows/prisma.ts', `export { PrismaPg } from '@prisma/adapter-pg';`, 'only-database-imports-prisma'],
  ['the server imports Prisma outside its database folder', 'server/usecase.ts', `export { PrismaPg } from '@prisma/adapter-pg';`, 'only-database-imports-prisma'],
  ['media import Express', 'media/express.ts', `export { default } from 'express';`, 'only-server-imports-express'],
  ["the client's page imports media", 'client/join/planted.ts', `export { room } from '../../media/room.ts';`, 'browser-knows-contracts-and-rtc'],
  ["the console imports the server side of review", 'review/console/planted.ts', `export { check } from '../check.ts';`, 'browser-knows-contracts-and-rtc'],
  ["the console imports the client's page", 'review/console/page.ts', `export { page } from '../../client/join/page.ts';`, 'pages-do-not-know-each-other'],
  ['a page imports a Node module', 'client/join/node.ts', `export { readFileSync } from 'node:fs';`, 'browser-runs-in-browsers'],
  ['the simulators import the server', 'simulators/main.ts', `export { app } from '../server/app.ts';`, 'only-server-starts-the-organs'],
  ['two files import each other', 'server/one.ts', `import { two } from './two.ts'; export const one = (): unknown => two;`, 'no-cycles'],
  ['an import leads nowhere', 'server/nowhere.ts', `export { gone } from './gone.ts';`, 'nothing-unresolvable'],
];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vw-import-rule-'));
  copyFileSync(join(ROOT, '.dependency-cruiser.cjs'), join(folder, '.dependency-cruiser.cjs'));
  copyFileSync(join(ROOT, 'tsconfig.json'), join(folder, 'tsconfig.json'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "dependencies": { "express": "*", "@prisma/adapter-pg": "*" } }');
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const [file, text] of Object.entries(CLEAN)) write(file, text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

type Violation = { from: string; rule: { name: string } };

function cruise(): { status: number | null; found: string[] } {
  const folders = ['client', 'contracts', 'media', 'review', 'server', 'simulators', 'workflows'].map((name) => {
    mkdirSync(join(folder, name), { recursive: true });
    return name;
  });
  const bin = join(ROOT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs');
  const run = (type: string) => spawnSync(process.execPath, [bin, '--config', '.dependency-cruiser.cjs', '--output-type', type, ...folders], { cwd: folder, encoding: 'utf8' });
  const { stdout, stderr } = run('json');
  if (stderr !== '') throw new Error(stderr);
  // Only the report for people, the one of `npm test`, ends with an exit code.
  const { status } = run('err');
  const { violations } = (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary;
  return { status, found: violations.map(({ from, rule }) => `${from}: ${rule.name}`) };
}

describe('the import rule', () => {
  test('a project that keeps it passes', () => {
    expect(cruise()).toEqual({ status: 0, found: [] });
  });

  describe('a planted import is found:', () => {
    let result = { status: 0 as number | null, found: [] as string[] };
    beforeAll(() => {
      for (const [, file, text] of PLANTED) write(file, text);
      write('server/two.ts', `import { one } from './one.ts'; export const two = (): unknown => one;`);
      result = cruise();
    });

    test.each(PLANTED)('%s', (_title, file, _text, rule) => {
      expect(result.status).not.toBe(0);
      expect(result.found).toContain(`${file}: ${rule}`);
    });
  });
});
