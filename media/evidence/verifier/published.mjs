// @ts-check
// The file of published heads: one line for each, chained, kept where the maker of bundles cannot change it.
import { readFile } from 'node:fs/promises';
import { headOf } from './bundle.mjs';
import { leafHash, rootsAt } from './hashes.mjs';
import { checkHead } from './keys.mjs';
import { checkStamp, stampOf } from './timestamp.mjs';

/** @typedef {import('./keys.mjs').Head} Head */

/**
 * Each line is a signed head of a case; the lines are the leaves of a tree whose own head is published too (`log`), about once a day.
 * Beside a `log` there may be a time stamp of a third party over it (RFC 3161).
 * @param {string} path @param {readonly import('./keys.mjs').TrustedKey[]} trust @param {readonly import('node:crypto').X509Certificate[]} authorities
 * @returns {Promise<{ heads: Head[], loggedTo: string | null, unlogged: number, stamps: import('./timestamp.mjs').Stamp[], problems: import('./check.mjs').Problem[] }>} `loggedTo`: the time of the last head over all lines before it; `unlogged`: lines behind it
 */
export async function readPublished(path, trust, authorities = []) {
  /** @type {import('./check.mjs').Problem[]} */
  const problems = [];
  /** @type {Head[]} */
  const heads = [];
  /** @type {Head[]} */
  const logs = [];
  /** @type {import('./timestamp.mjs').Stamp[]} */
  const stamps = [];
  /** @type {{ n: number, line: string } | null} */
  let log = null;
  /** @type {Buffer[]} */
  const leaves = [];
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  for (const [i, line] of lines.entries()) {
    const where = `line ${i + 1} of the published heads`;
    const stamp = stampOf(line);
    if (stamp !== null) {
      if (stamp.n !== i + 1) problems.push({ what: 'missing', where, why: `it is numbered ${stamp.n}` });
      const checked = log === null || stamp.of !== log.n ? { wrong: 'it is no stamp of the head over all before it' } : checkStamp(stamp.token, log.line, authorities);
      if ('wrong' in checked) problems.push({ what: 'signature', where, why: checked.wrong });
      else stamps.push(checked);
      leaves.push(leafHash(Buffer.from(line)));
      continue;
    }
    const signed = headOf(line);
    if (signed !== null && signed.n !== i + 1) problems.push({ what: 'missing', where, why: `it is numbered ${signed.n ?? '–'}` });
    const found = signed === null ? { wrong: 'it cannot be read' } : checkHead(signed, trust);
    if ('wrong' in found) problems.push({ what: 'signature', where, why: found.wrong });
    else if (found.head.kind === 'log') {
      if (found.head.size > leaves.length) problems.push({ what: 'missing', where: `published heads ${leaves.length + 1} to ${found.head.size}`, why: `the log's head of ${found.head.at} was signed over them` });
      else if (found.head.size < leaves.length) problems.push({ what: 'reordered', where, why: 'it was signed before lines that stand in front of it' });
      logs.push(found.head);
      log = { n: i + 1, line };
      continue;
    }
    else heads.push(found.head);
    leaves.push(leafHash(Buffer.from(line)));
  }
  const roots = rootsAt(leaves, new Set(logs.map(({ size }) => size)));
  for (const { size, root, at } of logs) {
    if (size <= leaves.length && roots.get(size) !== root) problems.push({ what: 'changed', where: `published heads 1 to ${size}`, why: `they are not those of the log's head of ${at}` });
  }
  const last = logs.at(-1);
  return { heads, loggedTo: last?.at ?? null, unlogged: leaves.length - (last?.size ?? 0), stamps, problems };
}
