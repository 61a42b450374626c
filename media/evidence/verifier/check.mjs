// @ts-check
// What is wrong with a bundle, by name. Nothing is read from disk here but the files whose hashes are compared.
import { hashFile, isAsWritten, refusal } from './bundle.mjs';
import { leafHash, sha256 } from './hashes.mjs';
import { checkEnd, checkHeads, checkPages, checkPublished, checkRoots } from './signed.mjs';

/**
 * @typedef {'changed' | 'missing' | 'added' | 'repeated' | 'reordered' | 'swapped' | 'unreadable' | 'unsigned' | 'signature'} What
 * @typedef {{ what: What, where: string, why: string }} Problem
 * @typedef {{ case: string, seq: number, at: string, type: string, session?: string, ref: string, hash?: string, prev: string }} Entry
 * @typedef {{ entry: Entry, hash: Buffer }} Line
 * @typedef {import('./keys.mjs').Head} Head
 */

const ZERO = '0'.repeat(64);
const HEX = /^[0-9a-f]{64}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** @param {string | null} text @returns {Entry | null} */
function entryOf(text) {
  if (text === null) return null;
  try {
    const value = JSON.parse(text);
    const good = typeof value === 'object' && value !== null && ['case', 'at', 'type', 'ref', 'prev'].every((name) => typeof value[name] === 'string')
      && Number.isSafeInteger(value.seq) && value.seq > 0 && HEX.test(value.prev) && ['hash', 'session'].every((name) => value[name] === undefined || typeof value[name] === 'string')
      && (value.hash === undefined || HEX.test(value.hash)) && TIME.test(value.at);
    return good && isAsWritten(value, text) ? value : null;
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
 * @param {readonly (string | null)[]} texts @param {Problem[]} problems @returns {Line[]}
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
    seen.set(entry.seq, { entry, hash: leafHash(Buffer.from(/** @type {string} */ (text))) });
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

/** @param {import('./bundle.mjs').Content} content @param {string} folder */
const hashOf = async ({ salt, text, file }, folder) =>
  (file === undefined ? { hash: sha256(Buffer.from(salt, 'hex'), Buffer.from(/** @type {string} */ (text))).toString('hex') } : await hashFile(folder, file, salt));

/** How many bytes are read at most to find out whose files lie under others' names: all tried with all would take days. */
const SEARCH_BYTES = 4 * 1024 ** 3;
/** As long as it takes to open a file so many bytes are hashed: without it tiny files would be tried for ever. */
const OPENING_BYTES = 256 * 1024;

/**
 * The entry whose file lies under another's name: each has a salt of its own, so that all are tried.
 * @param {string} file @param {import('./bundle.mjs').Bundle} bundle @param {ReadonlyMap<number, Entry>} entries @param {{ left: number }} budget
 * @returns {Promise<Entry | undefined>}
 */
async function ownerOf(file, { folder, contents }, entries, budget) {
  for (const one of contents) {
    if (one?.file === undefined || one.file === file || budget.left <= 0) continue;
    const [entry, found] = [entries.get(one.seq), await hashFile(folder, file, one.salt)];
    if (!('hash' in found)) return undefined;
    budget.left -= found.bytes + OPENING_BYTES;
    if (entry !== undefined && found.hash === entry.hash) return entry;
  }
  return undefined;
}

/** What Finder and Explorer leave in each folder that somebody looks at. */
const LEFT_BEHIND = ['.ds_store', 'thumbs.db', 'desktop.ini'];

/** Who added a file without meaning any harm. It is told all the same: a bundle is nothing but its files. @param {string} name @returns {string | null} */
const addedBy = (name) => (LEFT_BEHIND.includes(name.toLowerCase()) ? 'the operating system creates it when a folder is looked at, it is no part of the evidence: remove it and try again' : null);

/**
 * Every entry's content has the hash that the entry tells; nothing else lies in the bundle.
 * @param {readonly Line[]} lines @param {import('./bundle.mjs').Bundle} bundle @param {Problem[]} problems
 * @param {boolean} closed the case was destroyed: its contents are nowhere any more. All of them or none: a bundle of before that lacks one lacks it.
 */
async function checkContents(lines, bundle, problems, closed) {
  const { contents, files, strange, folder, unread } = bundle;
  const budget = { left: SEARCH_BYTES };
  const hashes = new Map(lines.flatMap(({ entry }) => (entry.hash === undefined ? [] : [[entry.hash, entry]])));
  const entries = new Map(lines.map(({ entry }) => [entry.seq, entry]));
  const wanted = new Map(lines.filter(({ entry }) => entry.hash !== undefined).map(({ entry }) => [entry.seq, entry]));
  /** @type {Set<string>} */
  const used = new Set();
  /** @type {Set<number>} */
  const told = new Set();
  for (const [i, content] of contents.entries()) {
    if (content === null) { problems.push({ what: 'unreadable', where: `line ${i + 1} of the contents`, why: 'it is no content' }); continue; }
    const { seq, file } = content;
    const entry = wanted.get(seq);
    const where = file ?? `the content of entry ${seq}`;
    if (entry === undefined && told.has(seq)) { problems.push({ what: 'repeated', where: `line ${i + 1} of the contents`, why: `entry ${seq} has a content already` }); continue; }
    told.add(seq);
    if (entry === undefined) { problems.push({ what: 'added', where, why: `entry ${seq} has no such content` }); continue; }
    wanted.delete(seq);
    if (file !== undefined) used.add(file);
    const found = await hashOf(content, folder);
    if ('refused' in found) problems.push({ what: 'unreadable', where, why: found.refused });
    else if ('missing' in found) problems.push({ what: 'missing', where, why: `${named(entry)} speaks of it` });
    else if (found.hash !== entry.hash) {
      const other = hashes.get(found.hash) ?? (file === undefined ? undefined : await ownerOf(file, bundle, entries, budget));
      problems.push(other === undefined ? { what: 'changed', where, why: `it is not what ${named(entry)} speaks of` } : { what: 'swapped', where, why: `it is what ${named(other)} speaks of` });
    }
  }
  for (const name of strange) problems.push({ what: 'added', where: name, why: addedBy(name) ?? 'it is no part of a bundle' });
  // Where the contents could not be read that is told, not each entry that has none.
  if (unread.some(({ name }) => name === 'contents.jsonl')) return;
  if (!closed || contents.length > 0 || files.length > 0) for (const entry of wanted.values()) problems.push({ what: 'missing', where: `the content of ${named(entry)}`, why: 'the contents have no line for it' });
  for (const file of files) if (!used.has(file)) problems.push({ what: 'added', where: file, why: addedBy(file.slice('files/'.length)) ?? 'no entry speaks of it' });
}

/**
 * @param {import('./bundle.mjs').Bundle} bundle @param {readonly import('./keys.mjs').TrustedKey[]} trust
 * @param {{ heads: readonly Head[], until: number } | null} published heads from a place that the bundle's maker cannot change
 * @returns {Promise<{ problems: Problem[], entries: number, signedTo: number, case: string | null, complete: boolean, sealed: boolean, destroyed: string | null, handedOutAt: string | null }>}
 *   `sealed`: some chapter of it is closed; `destroyed`: when its key was destroyed (R44); `handedOutAt`: null where nothing is signed of that
 */
export async function checkBundle(bundle, trust, published) {
  /** @type {Problem[]} */
  const problems = [];
  for (const { name, reason } of bundle.unread) problems.push(reason === 'missing' ? { what: 'missing', where: name, why: 'the bundle has no such file' } : { what: 'unreadable', where: name, why: refusal(reason) });
  const lines = inOrder(bundle.lines, problems);
  const changed = checkLinks(lines, problems);
  const own = caseOf(bundle);
  const heads = checkHeads(bundle, trust, own, problems);
  if (lines.length === 0 && !bundle.unread.some(({ name }) => name === 'manifest.jsonl')) problems.push({ what: 'missing', where: 'the manifest', why: 'it has no entry' });
  const signedTo = checkRoots(lines, heads, changed, problems);
  const handedOutAt = checkPages(bundle, trust, own, problems);
  for (const name of bundle.torn) problems.push({ what: 'missing', where: `the end of ${name}`, why: 'it ends in the middle of a line' });
  const ours = (published?.heads ?? []).filter((head) => head.case === own);
  const ends = [...heads, ...ours];
  checkEnd(ends, Math.max(lines.length, ...ends.map(({ size }) => size)), problems);
  const destroyed = ends.find(({ kind }) => kind === 'destroyed')?.at ?? null;
  await checkContents(lines, bundle, problems, destroyed !== null);
  const complete = published !== null && checkPublished({ entries: lines.length, heads, handedOutAt }, ours, published.until, problems);
  return { problems, entries: lines.length, signedTo, case: own, complete, sealed: heads.some(({ kind }) => kind !== 'checkpoint'), destroyed, handedOutAt };
}
