// @ts-check
// The files of published heads: one line for each, chained, kept where the maker of bundles cannot change them. Read line by line, however long they are.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { headOf } from './bundle.mjs';
import { grow, leafHash, rootOf } from './hashes.mjs';
import { checkHead } from './keys.mjs';
import { checkStamp, stampOf } from './timestamp.mjs';

/** @typedef {import('./keys.mjs').Head} Head */

/** Lines of several files, as if they were one. @param {readonly string[]} paths */
async function* linesOf(paths) {
  for (const path of paths) for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) if (line !== '') yield line;
}

/**
 * Each line is a signed head of a case; the lines are the leaves of a tree whose own head is published too (`log`), about once a day.
 * Beside a `log` there may be a time stamp of a third party over it (RFC 3161).
 * @param {readonly string[]} paths one file, or its parts in their order @param {readonly import('./keys.mjs').TrustedKey[]} trust @param {string | null} of the case whose heads are wanted
 * @param {readonly import('node:crypto').X509Certificate[]} authorities
 * @returns {Promise<{ heads: Head[], loggedTo: string | null, unlogged: number, stamps: import('./timestamp.mjs').Stamp[], problems: import('./check.mjs').Problem[] }>} `loggedTo`: the time of the last head over all lines before it; `unlogged`: lines behind it
 */
export async function readPublished(paths, trust, of, authorities = []) {
  /** @type {import('./check.mjs').Problem[]} */
  const problems = [];
  /** @type {Head[]} */
  const heads = [];
  /** @type {Head | null} */
  let last = null;
  /** @type {{ n: number, line: string } | null} */
  let log = null;
  /** @type {import('./timestamp.mjs').Stamp[]} */
  const stamps = [];
  /** @type {Buffer[]} */
  const stack = [];
  let [n, leaves] = [0, 0];
  for await (const line of linesOf(paths)) {
    n += 1;
    const where = `line ${n} of the published heads`;
    const stamp = stampOf(line);
    if (stamp !== null) {
      if (stamp.n !== n) problems.push({ what: 'missing', where, why: `it is numbered ${stamp.n}` });
      const checked = log === null || stamp.of !== log.n ? { wrong: 'it is no stamp of the head over all before it' } : checkStamp(stamp.token, log.line, authorities);
      if ('wrong' in checked) problems.push({ what: 'signature', where, why: checked.wrong });
      else stamps.push(checked);
      grow(stack, leaves, leafHash(Buffer.from(line)));
      leaves += 1;
      continue;
    }
    const signed = headOf(line);
    if (signed !== null && signed.n !== n) problems.push({ what: 'missing', where, why: `it is numbered ${signed.n ?? '–'}` });
    const found = signed === null ? { wrong: 'it cannot be read' } : checkHead(signed, trust);
    if ('wrong' in found) problems.push({ what: 'signature', where, why: found.wrong });
    else if (found.head.kind === 'log') {
      const { size, root, at } = found.head;
      if (size > leaves) problems.push({ what: 'missing', where: `published heads ${leaves + 1} to ${size}`, why: `the log's head of ${at} was signed over them` });
      else if (size < leaves) problems.push({ what: 'reordered', where, why: 'it was signed before lines that stand in front of it' });
      else if (rootOf(stack) !== root) problems.push({ what: 'changed', where: `published heads 1 to ${size}`, why: `they are not those of the log's head of ${at}` });
      last = found.head;
      log = { n, line };
      continue;
    }
    else if (found.head.case === of) heads.push(found.head);
    grow(stack, leaves, leafHash(Buffer.from(line)));
    leaves += 1;
  }
  return { heads, loggedTo: last?.at ?? null, unlogged: leaves - (last?.size ?? 0), stamps, problems };
}
