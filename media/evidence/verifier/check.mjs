// @ts-check
// What is wrong with a bundle, by name. Nothing is read from disk here but the files whose hashes are compared.
import { hashFile } from './bundle.mjs';
import { leafHash, rootsAt, sha256 } from './hashes.mjs';
import { checkHandedOut, checkHead } from './keys.mjs';

/**
 * @typedef {'changed' | 'missing' | 'added' | 'repeated' | 'reordered' | 'swapped' | 'unreadable' | 'unsigned' | 'signature'} What
 * @typedef {{ what: What, where: string, why: string }} Problem
 * @typedef {{ case: string, seq: number, at: string, type: string, session?: string, ref: string, hash?: string, prev: string }} Entry
 * @typedef {{ entry: Entry, hash: Buffer }} Line
 * @typedef {import('./keys.mjs').Head} Head
 */

const ZERO = '0'.repeat(64);
const HEX = /^[0-9a-f]{64}$/;

/** @param {string} text @returns {Entry | null} */
function entryOf(text) {
  try {
    const value = JSON.parse(text);
    const good = typeof value === 'object' && value !== null && ['case', 'at', 'type', 'ref', 'prev'].every((name) => typeof value[name] === 'string')
      && Number.isSafeInteger(value.seq) && value.seq > 0 && HEX.test(value.prev) && (value.hash === undefined || HEX.test(value.hash));
    return good ? value : null;
  } catch {
    return null;
  }
}

/** Whose bundle it is, by its first entry that can be read. @param {import('./bundle.mjs').Bundle} bundle @returns {string | null} */
export function caseOf({ lines }) {
  // As the check itself: the entry with the lowest number speaks.
  return lines.map(entryOf).reduce((first, entry) => (entry !== null && (first === null || entry.seq < first.seq) ? entry : first), /** @type {Entry | null} */ (null))?.case ?? null;
}

/** @param {Entry} entry */
const named = ({ seq, type, ref }) => `entry ${seq} (${type}, ${ref})`;

/**
 * The lines in the order of their numbers, and what that order says.
 * @param {readonly string[]} texts @param {Problem[]} problems @returns {Line[]}
 */
function inOrder(texts, problems) {
  /** @type {Map<number, Line>} */
  const seen = new Map();
  let highest = 0;
  texts.forEach((text, i) => {
    const entry = entryOf(text);
    if (entry === null) return void problems.push({ what: 'unreadable', where: `line ${i + 1} of the manifest`, why: 'it is no entry' });
    if (seen.has(entry.seq)) return void problems.push({ what: 'repeated', where: named(entry), why: `line ${i + 1} has a number that was there before` });
    if (entry.seq < highest) problems.push({ what: 'reordered', where: named(entry), why: `it stands behind entry ${highest}` });
    highest = Math.max(highest, entry.seq);
    seen.set(entry.seq, { entry, hash: leafHash(Buffer.from(text)) });
  });
  const lines = [...seen.values()].sort((a, b) => a.entry.seq - b.entry.seq);
  let expected = 1;
  for (const { entry: { seq } } of lines) {
    if (seq > expected) problems.push({ what: 'missing', where: seq - expected === 1 ? `entry ${expected}` : `entries ${expected} to ${seq - 1}`, why: 'the manifest has a hole there' });
    expected = seq + 1;
  }
  return lines;
}

/**
 * Each line names the hash of the one before. Where one link is broken the earlier line was changed; where two in a row are, the line between them.
 * @param {readonly Line[]} lines @param {Problem[]} problems @returns {Set<number>} numbers of changed entries
 */
function checkLinks(lines, problems) {
  /** @type {Set<number>} */
  const changed = new Set();
  const broken = lines.map(({ entry }, i) => {
    const before = lines[i - 1];
    if (entry.seq === 1) return entry.prev !== ZERO;
    return before !== undefined && before.entry.seq === entry.seq - 1 && entry.prev !== before.hash.toString('hex');
  });
  lines.forEach(({ entry }, i) => {
    if (!broken[i]) return;
    const own = entry.seq === 1 || broken[i + 1] === true;
    const at = own ? entry : /** @type {Line} */ (lines[i - 1]).entry;
    if (changed.has(at.seq)) return;
    changed.add(at.seq);
    // Behind the last line nothing tells whether it names a wrong hash or the one before it has another.
    const either = !own && i === lines.length - 1 ? ` or ${named(entry)}` : '';
    problems.push({ what: 'changed', where: `${named(at)}${either}`, why: own ? 'the hashes on neither side of it fit' : `entry ${entry.seq} names another hash for it` });
    if (own) broken[i + 1] = false;
  });
  const [first] = lines;
  for (const { entry } of lines) if (first !== undefined && entry.case !== first.entry.case) problems.push({ what: 'swapped', where: named(entry), why: `it belongs to the case ${entry.case}` });
  return changed;
}

/**
 * @param {readonly Line[]} lines @param {readonly Head[]} heads @param {ReadonlySet<number>} changed @param {Problem[]} problems
 * @returns {number} up to which entry all is signed as it is
 */
function checkRoots(lines, heads, changed, problems) {
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
      if (!told) problems.push({ what: 'changed', where: `entries ${good + 1} to ${head.size}`, why: `they are not those that were signed at ${head.at}` });
      told = true;
      break;
    }
  }
  const last = sorted.at(-1)?.size ?? 0;
  if (last < lines.length) problems.push({ what: 'unsigned', where: last + 1 === lines.length ? `entry ${last + 1}` : `entries ${last + 1} to ${lines.length}`, why: 'no signed head covers the end' });
  return good;
}

/** @param {import('./bundle.mjs').Content} content @param {string} folder */
const hashOf = async ({ salt, text, file }, folder) =>
  (file === undefined ? { hash: sha256(Buffer.from(salt, 'hex'), Buffer.from(/** @type {string} */ (text))).toString('hex') } : await hashFile(folder, file, salt));

/**
 * The entry whose file lies under another's name: each has a salt of its own, so that all are tried.
 * @param {string} file @param {string} folder @param {readonly (import('./bundle.mjs').Content | null)[]} contents @param {ReadonlyMap<number, Entry>} entries
 * @returns {Promise<Entry | undefined>}
 */
async function ownerOf(file, folder, contents, entries) {
  for (const one of contents) {
    if (one?.file === undefined || one.file === file) continue;
    const [entry, found] = [entries.get(one.seq), await hashFile(folder, file, one.salt)];
    if (entry !== undefined && 'hash' in found && found.hash === entry.hash) return entry;
  }
  return undefined;
}

/**
 * Every entry's content has the hash that the entry tells; nothing else lies in the bundle.
 * @param {readonly Line[]} lines @param {import('./bundle.mjs').Bundle} bundle @param {Problem[]} problems
 * @param {boolean} closed the case was destroyed: its contents are nowhere any more. All of them or none: a bundle of before that lacks one lacks it.
 */
async function checkContents(lines, { contents, files, strange, folder }, problems, closed) {
  const hashes = new Map(lines.flatMap(({ entry }) => (entry.hash === undefined ? [] : [[entry.hash, entry]])));
  const entries = new Map(lines.map(({ entry }) => [entry.seq, entry]));
  const wanted = new Map(lines.filter(({ entry }) => entry.hash !== undefined).map(({ entry }) => [entry.seq, entry]));
  /** @type {Set<string>} */
  const used = new Set();
  for (const [i, content] of contents.entries()) {
    if (content === null) { problems.push({ what: 'unreadable', where: `line ${i + 1} of the contents`, why: 'it is no content' }); continue; }
    const { seq, file } = content;
    const entry = wanted.get(seq);
    const where = file ?? `the content of entry ${seq}`;
    if (entry === undefined) { problems.push({ what: 'added', where, why: `entry ${seq} has no such content` }); continue; }
    wanted.delete(seq);
    if (file !== undefined) used.add(file);
    const found = await hashOf(content, folder);
    if ('refused' in found) problems.push({ what: 'unreadable', where, why: found.refused });
    else if ('missing' in found) problems.push({ what: 'missing', where, why: `${named(entry)} speaks of it` });
    else if (found.hash !== entry.hash) {
      const other = hashes.get(found.hash) ?? (file === undefined ? undefined : await ownerOf(file, folder, contents, entries));
      problems.push(other === undefined ? { what: 'changed', where, why: `it is not what ${named(entry)} speaks of` } : { what: 'swapped', where, why: `it is what ${named(other)} speaks of` });
    }
  }
  if (!closed || contents.length > 0 || files.length > 0) for (const entry of wanted.values()) problems.push({ what: 'missing', where: `the content of ${named(entry)}`, why: 'the contents have no line for it' });
  for (const name of strange) problems.push({ what: 'added', where: name, why: 'it is no part of a bundle' });
  for (const file of files) if (!used.has(file)) problems.push({ what: 'added', where: file, why: 'no entry speaks of it' });
}

/**
 * What lies there is what was handed out, byte by byte; heads and entries prove themselves without it.
 * @param {import('./bundle.mjs').Bundle} bundle @param {readonly import('./keys.mjs').TrustedKey[]} trust @param {string | null} own @param {Problem[]} problems
 */
function checkPages({ pages, handedOut }, trust, own, problems) {
  if (handedOut === undefined) return void pages.forEach(({ name }) => { if (!name.endsWith('.jsonl')) problems.push({ what: 'unsigned', where: name, why: 'there is no handed-out.json over it' }); });
  const found = handedOut === null ? { wrong: 'it cannot be read' } : checkHandedOut(handedOut, trust);
  if ('wrong' in found) return void problems.push({ what: 'signature', where: 'handed-out.json', why: found.wrong });
  if (found.case !== own) problems.push({ what: 'swapped', where: 'handed-out.json', why: `it belongs to the case ${found.case}` });
  for (const { name, sha256 } of pages) {
    const signed = found.files.get(name);
    if (signed === undefined) problems.push({ what: 'added', where: name, why: 'it was not handed out' });
    else if (signed !== sha256) problems.push({ what: 'changed', where: name, why: 'it is not what was handed out' });
  }
  for (const name of found.files.keys()) if (!pages.some((page) => page.name === name)) problems.push({ what: 'missing', where: name, why: 'it was handed out' });
}

/**
 * @param {import('./bundle.mjs').Bundle} bundle @param {readonly import('./keys.mjs').TrustedKey[]} trust
 * @param {readonly Head[] | null} published heads from a place that the bundle's maker cannot change
 * @returns {Promise<{ problems: Problem[], entries: number, signedTo: number, case: string | null, complete: boolean, destroyed: string | null }>} `destroyed`: when its key was destroyed (R44)
 */
export async function checkBundle(bundle, trust, published) {
  /** @type {Problem[]} */
  const problems = [];
  const lines = inOrder(bundle.lines, problems);
  const changed = checkLinks(lines, problems);
  const own = caseOf(bundle);
  /** @type {Head[]} */
  const heads = [];
  bundle.heads.forEach((signed, i) => {
    const found = signed === null ? { wrong: 'it cannot be read' } : checkHead(signed, trust);
    if ('wrong' in found) problems.push({ what: 'signature', where: `head ${i + 1}`, why: found.wrong });
    else if (found.head.case !== own) problems.push({ what: 'swapped', where: `head ${i + 1}`, why: `it belongs to the case ${found.head.case}` });
    else heads.push(found.head);
  });
  if (lines.length === 0) problems.push({ what: 'missing', where: 'the manifest', why: 'it has no entry' });
  const signedTo = checkRoots(lines, heads, changed, problems);
  checkPages(bundle, trust, own, problems);
  for (const name of bundle.torn) problems.push({ what: 'missing', where: `the end of ${name}`, why: 'it ends in the middle of a line' });
  const ours = (published ?? []).filter((head) => head.case === own);
  const destroyed = [...heads, ...ours].find(({ kind }) => kind === 'destroyed')?.at ?? null;
  await checkContents(lines, bundle, problems, destroyed !== null);
  if (published !== null) checkPublished(lines, heads, ours, problems);
  // Published heads from before the bundle's end say nothing about that end.
  const [furthest, last] = [ours, heads.filter(({ kind }) => kind !== 'checkpoint')].map((list) => list.reduce((most, { size }) => Math.max(most, size), 0));
  return { problems, entries: lines.length, signedTo, case: own, complete: ours.length > 0 && /** @type {number} */ (furthest) >= /** @type {number} */ (last), destroyed };
}

/**
 * A head that was published and is not in the bundle shows what was taken away since.
 * @param {readonly Line[]} lines @param {readonly Head[]} heads @param {readonly Head[]} published @param {Problem[]} problems
 */
function checkPublished(lines, heads, published, problems) {
  const furthest = published.reduce((most, head) => Math.max(most, head.size), 0);
  if (published.length === 0) problems.push({ what: 'missing', where: 'the published heads', why: 'none of them is of this case' });
  if (furthest > lines.length) problems.push({ what: 'missing', where: furthest === lines.length + 1 ? `entry ${furthest}` : `entries ${lines.length + 1} to ${furthest}`, why: 'a published head was signed over them' });
  const known = new Map(heads.map((head) => [head.size, head]));
  for (const head of published) {
    const own = known.get(head.size);
    if (own !== undefined && own.root !== head.root) problems.push({ what: 'changed', where: `entries 1 to ${head.size}`, why: `they are not those of the head published at ${head.at}` });
    else if (own === undefined && head.size <= lines.length) problems.push({ what: 'missing', where: `the head over ${head.size} entries`, why: `it was published at ${head.at}` });
  }
}
