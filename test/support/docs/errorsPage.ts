import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS } from '../../../contracts/errors.ts';
import type { ErrorEntry } from '../../../contracts/errors.ts';

const CATALOGUE = join(import.meta.dirname, '..', '..', '..', 'contracts', 'errors.ts');

/** The catalogue's own headings (`// Uploads`), each with its codes. */
const groupsOf = (source: string): { title: string; codes: string[] }[] => {
  const groups: { title: string; codes: string[] }[] = [];
  for (const line of source.split('\n')) {
    const title = /^ {2}\/\/ (.+)$/.exec(line)?.[1];
    if (title !== undefined) groups.push({ title, codes: [] });
    const code = /^ {2}([A-Z][A-Z0-9_]+): e\(/.exec(line)?.[1];
    if (code !== undefined) groups.at(-1)?.codes.push(code);
  }
  return groups;
};

const row = (code: string, { status, zh, en, todoZh, todoEn }: ErrorEntry): string => `| \`${code}\` | ${status} | ${en}<br>${zh} | ${todoEn}<br>${todoZh} |`;

/** docs/errors.md, written from the one catalogue. */
export const errorsPage = (source = readFileSync(CATALOGUE, 'utf8')): string => {
  const entries: Readonly<Record<string, ErrorEntry>> = ERRORS;
  const tables = groupsOf(source).map(({ title, codes }) => [
    `## ${title}`, '', '| code | HTTP | what people read | what to do |', '| --- | --- | --- | --- |', ...codes.map((code) => row(code, entries[code]!)),
  ].join('\n'));
  return [
    '# Error codes',
    'Written from `contracts/errors.ts` by `node test/support/docs/errorsPage.ts > docs/errors.md`; do not edit by hand.',
    [
      'One shape for HTTP and sockets: `{"code", "message": {"zh", "en"}, "todo": {"zh", "en"}, "detail"?}`. `detail` holds names and codes only: `field`, `code`, `items` (what is',
      'missing or wrong, each by name), `retryAfterSeconds`. What was sent is never repeated. An HTTP error also carries `X-Request-Id`; a fault of ours (5xx) stands in the log under that id.',
    ].join('\n'),
    ...tables,
  ].join('\n\n') + '\n';
};

if (import.meta.main) process.stdout.write(errorsPage());
