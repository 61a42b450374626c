// @ts-check
// What signatures say of a bundle: its heads, what was handed out, and what was published of it.
import { rootsAt } from './hashes.mjs';
import { checkHandedOut, checkHead } from './keys.mjs';

/**
 * @typedef {import('./check.mjs').Problem} Problem
 * @typedef {import('./check.mjs').Line} Line
 * @typedef {import('./keys.mjs').Head} Head
 * @typedef {import('./keys.mjs').TrustedKey} TrustedKey
 */

/** So long after a head was signed it stands among the published ones, whatever a clock did. */
const PUBLISHED_BY_MS = 24 * 3_600_000;

/**
 * The heads of this case that count, and what is wrong with the others and with their order.
 * @param {import('./bundle.mjs').Bundle} bundle @param {readonly TrustedKey[]} trust @param {string | null} own @param {Problem[]} problems
 * @returns {Head[]}
 */
export function checkHeads({ heads: signedHeads }, trust, own, problems) {
  /** @type {Head[]} */
  const heads = [];
  /** @type {Set<string>} */
  const seen = new Set();
  signedHeads.forEach((signed, i) => {
    const where = `head ${i + 1}`;
    const found = signed === null ? { wrong: 'it cannot be read' } : checkHead(signed, trust);
    if ('wrong' in found) return void problems.push({ what: 'signature', where, why: found.wrong });
    const { head } = found;
    if (head.case !== own) return void problems.push({ what: 'swapped', where, why: head.kind === 'log' ? 'it is the head over published heads' : `it belongs to the case ${head.case}` });
    const before = heads.at(-1);
    if (seen.has(/** @type {import('./bundle.mjs').SignedHead} */ (signed).text)) problems.push({ what: 'repeated', where, why: 'it was there before' });
    else if (before !== undefined && head.size < before.size) problems.push({ what: 'reordered', where, why: `it stands behind a head over ${before.size} entries` });
    seen.add(/** @type {import('./bundle.mjs').SignedHead} */ (signed).text);
    heads.push(head);
  });
  return heads;
}

/**
 * @param {readonly Line[]} lines @param {readonly Head[]} heads @param {ReadonlySet<number>} changed @param {Problem[]} problems
 * @returns {number} up to which entry all is signed as it is
 */
export function checkRoots(lines, heads, changed, problems) {
  const whole = lines.every(({ entry }, i) => entry.seq === i + 1);
  const sorted = [...heads].sort((a, b) => a.size - b.size);
  const roots = whole ? rootsAt(lines.map(({ hash }) => hash), new Set(sorted.map(({ size }) => size))) : new Map();
  let good = 0;
  let told = !whole || changed.size > 0;
  for (const head of sorted) {
    if (head.size > lines.length) {
      // A hole before it is told already.
      if (whole) problems.push({ what: 'missing', where: `entries ${lines.length + 1} to ${head.size}`, why: `the head of ${head.at} was signed over ${head.size} entries` });
      break;
    }
    if (roots.get(head.size) === head.root) good = head.size;
    else {
      if (!told) problems.push({ what: 'changed', where: head.size > good ? `entries ${good + 1} to ${head.size}` : `entries 1 to ${head.size}`, why: `they are not those that were signed at ${head.at}` });
      told = true;
      break;
    }
  }
  const last = sorted.at(-1)?.size ?? 0;
  if (last < lines.length) problems.push({ what: 'unsigned', where: last + 1 === lines.length ? `entry ${last + 1}` : `entries ${last + 1} to ${lines.length}`, why: 'no signed head covers the end' });
  return good;
}

/** A destroyed case (R44) has nothing behind its end. @param {readonly Head[]} heads @param {number} entries @param {Problem[]} problems */
export function checkEnd(heads, entries, problems) {
  const end = heads.find(({ kind }) => kind === 'destroyed');
  if (end !== undefined && entries > end.size) problems.push({ what: 'added', where: end.size + 1 === entries ? `entry ${entries}` : `entries ${end.size + 1} to ${entries}`, why: `the case was destroyed at ${end.at}` });
}

/**
 * What lies there is what was handed out, byte by byte; heads and entries prove themselves without it.
 * @param {import('./bundle.mjs').Bundle} bundle @param {readonly TrustedKey[]} trust @param {string | null} own @param {Problem[]} problems
 * @returns {string | null} when it was handed out
 */
export function checkPages({ pages, handedOut, unread }, trust, own, problems) {
  if (handedOut === undefined) {
    for (const { name } of pages) if (!name.endsWith('.jsonl')) problems.push({ what: 'unsigned', where: name, why: 'there is no handed-out.json over it' });
    return null;
  }
  const found = handedOut === null ? { wrong: 'it cannot be read' } : checkHandedOut(handedOut, trust);
  if ('wrong' in found) {
    problems.push({ what: 'signature', where: 'handed-out.json', why: found.wrong });
    return null;
  }
  if (found.case !== own) problems.push({ what: 'swapped', where: 'handed-out.json', why: `it belongs to the case ${found.case}` });
  for (const { name, sha256 } of pages) {
    const signed = found.files.get(name);
    if (signed === undefined) problems.push({ what: 'added', where: name, why: 'it was not handed out' });
    else if (signed !== sha256) problems.push({ what: 'changed', where: name, why: 'it is not what was handed out' });
  }
  for (const name of found.files.keys()) if (![...pages, ...unread].some((page) => page.name === name)) problems.push({ what: 'missing', where: name, why: 'it was handed out' });
  return found.at;
}

/**
 * A head that was published and is not in the bundle shows what was taken away since; one in the bundle that never was published, that somebody else signed.
 * @param {{ entries: number, heads: readonly Head[], handedOutAt: string | null }} bundle @param {readonly Head[]} published of its case @param {number} until the latest time among all published heads @param {Problem[]} problems
 * @returns {boolean} whether nothing is missing behind the bundle's end
 */
export function checkPublished({ entries, heads, handedOutAt }, published, until, problems) {
  const furthest = published.reduce((most, head) => Math.max(most, head.size), 0);
  const before = handedOutAt === null ? '' : ` (the bundle says that it was handed out at ${handedOutAt})`;
  if (furthest > entries) problems.push({ what: 'missing', where: furthest === entries + 1 ? `entry ${furthest}` : `entries ${entries + 1} to ${furthest}`, why: `a published head was signed over them${before}` });
  const known = new Map(heads.map((head) => [head.size, head]));
  for (const head of published) {
    const own = known.get(head.size);
    if (own !== undefined && own.root !== head.root) problems.push({ what: 'changed', where: `entries 1 to ${head.size}`, why: `they are not those of the head published at ${head.at}` });
    else if (own === undefined && head.size <= entries) problems.push({ what: 'missing', where: `the head over ${head.size} entries`, why: `it was published at ${head.at}` });
  }
  const ends = heads.filter(({ kind }) => kind !== 'checkpoint');
  for (const { kind, size, root, at } of ends) {
    if (until - Date.parse(at) > PUBLISHED_BY_MS && !published.some((head) => head.kind === kind && head.size === size && head.root === root && head.at === at)) {
      problems.push({ what: 'unsigned', where: `the head over ${size} entries`, why: `it was never published, though published heads go on to ${new Date(until).toISOString()}` });
    }
  }
  // Published heads from before the bundle's end say nothing about that end: what only checkpoints cover may have been cut.
  return published.length > 0 && furthest >= ends.reduce((most, { size }) => Math.max(most, size), entries);
}
