import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ERRORS } from '../../contracts/errors.ts';
import { errorsPage } from '../support/docs/errorsPage.ts';
import { RULES } from '../support/docs/rules.ts';
import { allTests, rulesPage } from '../support/docs/rulesPage.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const PAGES = ['README.md', ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`)].sort();

/** The pictures are taken by the browser journey; they are checked as soon as the folder is there. */
const SCREENSHOTS = join(ROOT, 'docs', 'screenshots');

/** Links and pictures of a page to files, without what stands in code. */
const linksOf = (text: string): string[] => {
  const prose = text.replace(/^```[^]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)].map((match) => (match[1] ?? match[2])!).filter((link) => !/^[a-z]+:|^#/.test(link)).map((link) => link.replace(/#.*$/, ''));
};

/** The variables that a file reads from its environment. */
const settingsIn = (source: string): string[] => [...new Set([...source.matchAll(/env(?:ironment)?\[?\.?'?([A-Z][A-Z_]{2,})'?\]?/g)].map((match) => match[1]!))];

describe('error codes', () => {
  test('every code of the catalogue is documented, and the page is not older than the catalogue (node test/support/docs/errorsPage.ts > docs/errors.md)', () => {
    const page = read('docs/errors.md');
    for (const code of Object.keys(ERRORS)) expect(page).toContain(`| \`${code}\` |`);
    expect(page).toBe(errorsPage());
  });

  test('a code that is not under a heading of the catalogue would be missed, and is found', () => {
    const listed = [...errorsPage().matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map((match) => match[1]);
    expect(listed).toEqual(Object.keys(ERRORS));
  });
});

describe('the page of rules', () => {
  const page = read('docs/operations/rules.md');

  test('each rule of the domain has its row', () => {
    const numbers = [[1, 6], [10, 30], [40, 46], [50, 62]].flatMap(([from, to]) => Array.from({ length: to! - from! + 1 }, (_, i) => from! + i));
    expect(RULES.map(({ rule }) => rule)).toEqual(numbers.map((n) => `R${n}`));
    for (const { rule } of RULES) expect(page).toContain(`\n| ${rule} | `);
  });

  test('what it says of each rule is what the table says (node test/support/docs/rulesPage.ts > docs/operations/rules.md)', () => {
    const withoutTests = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('| R')).map((line) => line.split(' | ').slice(0, 4).join(' | '));
    expect(withoutTests(page)).toEqual(withoutTests(rulesPage([])));
  });

  test('it names no test that does not exist any more (node test/support/docs/rulesPage.ts > docs/operations/rules.md)', () => {
    const titles = new Set(allTests().map(({ title }) => title.replaceAll('|', '\\|')));
    const rows = page.split('\n').filter((line) => line.startsWith('| R')).map((line) => line.split(' | ').slice(4).join(' | '));
    const named = rows.flatMap((row) => [...row.matchAll(/[:,] “(.*?)”(?=, “|<br>| \|$)/g)].map((match) => match[1]!));
    expect(named.length).toBeGreaterThan(100);
    expect(named.filter((title) => !titles.has(title))).toEqual([]);
  });
});

describe('README and pages', () => {
  test.each(PAGES)('%s leads to files that exist', (page) => {
    const missing = linksOf(read(page)).filter((link) => {
      const target = resolve(ROOT, dirname(page), link);
      return !existsSync(target) && (existsSync(SCREENSHOTS) || !target.startsWith(`${SCREENSHOTS}/`));
    });
    expect(missing).toEqual([]);
  });

  test.each(PAGES)('%s names no machine, no registry and not how the work was shared out', (page) => {
    // Addresses for everybody (localhost, 127.0.0.1) are fine; folders of one machine are not.
    expect(read(page)).not.toMatch(/(?<![\w.~}])\/(work|root|home|Users|mnt)\/\w|\.\.\/shared\b|\bissue [A-Z]\b|\bregistry\.[a-z]|\b(helpers?|work tree)\b/);
  });

  test('every setting of the program is in the README’s table', () => {
    const names = [...read('server/platform/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map((match) => match[1]!);
    expect(names.length).toBeGreaterThan(20);
    const launch = settingsIn(read('scripts/launch/launch.ts'));
    const readme = read('README.md');
    expect([...new Set([...names, ...launch])].filter((name) => !readme.includes(`| \`${name}\``) && !readme.includes(`, \`${name}\``))).toEqual([]);
  });
});
