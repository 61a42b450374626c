import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RULES } from './rules.ts';
import type { RuleRow } from './rules.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

export interface NamedTest { readonly file: string; readonly title: string }

/** Titles of tests and of groups of tests; the title of a table of tests keeps its blanks (%s). */
const titlesIn = (source: string): string[] =>
  [...source.matchAll(/\b(?:test|it|describe)(?:\.each(?:<[^>]*>)?\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))?\(\s*(['"`])((?:(?!\1).)+)\1,/gs)].map((match) => match[2]!.replaceAll("\\'", "'"));

/** Every test of the project, by file. */
export const allTests = (): NamedTest[] =>
  readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' }).filter((file) => /\.test\.tsx?$/.test(file)).sort()
    .flatMap((file) => titlesIn(readFileSync(join(ROOT, 'test', file), 'utf8')).map((title) => ({ file: `test/${file}`, title })));

const names = (rule: string, title: string): boolean => new RegExp(`\\b${rule}\\b`).test(title);

/** The tests whose title names the rule, and those that the table adds because theirs does not. */
const testsOf = (row: RuleRow, tests: readonly NamedTest[]): NamedTest[] =>
  tests.filter(({ title }) => names(row.rule, title) || (row.alsoShownBy ?? []).includes(title));

const cell = (text: string): string => text.replaceAll('|', '\\|');

const line = (row: RuleRow, tests: readonly NamedTest[]): string => {
  const shown = Map.groupBy(testsOf(row, tests), ({ file }) => file);
  const evidence = [...shown].map(([file, list]) => `\`${file.replace(/^test\//, '')}\`: ${list.map(({ title }) => `“${cell(title)}”`).join(', ')}`).join('<br>');
  const where = row.where.map((file) => `[${file}](../../${file})`).join('<br>');
  return `| ${row.rule} | ${cell(row.says)} | ${row.state}${row.missing ? `: ${cell(row.missing)}` : ''} | ${where || '–'} | ${evidence || 'no test yet'} |`;
};

/** docs/operations/rules.md: each rule, how far it is kept, where, and the tests that show it. */
export const rulesPage = (tests: readonly NamedTest[] = allTests()): string => [
  '# The rules, where they are kept, and what shows it',
  'Written by `node test/support/docs/rulesPage.ts > docs/operations/rules.md` from `test/support/docs/rules.ts` and the titles of the tests; do not edit by hand.',
  '“In part” says what is missing. A test is listed when its title, or that of its group, names the rule. Test files are below `test/`.',
  ['| rule | in short | kept | where | shown by |', '| --- | --- | --- | --- | --- |', ...RULES.map((row) => line(row, tests))].join('\n'),
].join('\n\n') + '\n';

if (import.meta.main) process.stdout.write(rulesPage());
