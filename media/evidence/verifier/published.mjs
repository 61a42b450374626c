// @ts-check
// The files of published heads: one line for each, chained, kept where the maker of bundles cannot change them. Read line by line, however long they are.
import { headOf } from './bundle.mjs';
import { longLinesOf } from './files.mjs';
import { grow, leafHash, rootOf } from './hashes.mjs';
import { checkHead, wordsOf } from './keys.mjs';
import { checkStamp, stampOf } from './timestamp.mjs';

/** @typedef {import('./keys.mjs').Head} Head */

/** So many problems are told one by one: the file may have any length. */
const TOLD = 1000;

/**
 * Each line is a signed head of a case; the lines are the leaves of a tree whose own head is published too (`log`), about once a day.
 * Beside a `log` there may be a time stamp of a third party over it (RFC 3161).
 * @param {readonly string[]} paths one file, or its parts in their order @param {import('./keys.mjs').Trust} trust @param {string | null} of the case whose heads are wanted
 * @returns {Promise<{ heads: Head[], until: number, loggedTo: string | null, unlogged: number, stamps: import('./timestamp.mjs').Stamp[], problems: import('./check.mjs').Problem[] }>}
 *   `until`: the latest time that any of them tells; `loggedTo`: the time of the last head over all lines before it; `unlogged`: lines behind it
 * @throws Error in words when a file cannot be read, or has no line at all that is a published head: it is another file, not a spoilt one
 */
export async function readPublished(paths, trust, of) {
  const reader = new Reader(trust, of);
  for (const path of paths) if (!await readPart(path, reader)) throw new Error(`${path}：其中没有公布的签名头 ${path} holds no published heads`);
  const { heads, until, last, leaves, stamps, problems, untold } = reader;
  if (untold > 0) problems.push({ what: 'unreadable', where: 'the published heads', why: `${untold} more problems are not told one by one` });
  return { heads, until, loggedTo: last?.at ?? null, unlogged: leaves - (last?.size ?? 0), stamps, problems };
}

/** @param {string} path @param {Reader} reader @returns {Promise<boolean>} whether any line of it has the form of a published head, or of a stamp over one */
async function readPart(path, reader) {
  let any = false;
  try {
    for await (const { line, torn } of longLinesOf(path)) {
      reader.take(line, torn);
      any ||= line !== null && (headOf(line.replace(/\r$/, '')) !== null || stampOf(line) !== null);
    }
  } catch (error) {
    throw new Error(`the published heads, ${path}: ${wordsOf(error)}`);
  }
  return any;
}

class Reader {
  /** @type {import('./check.mjs').Problem[]} */
  problems = [];
  untold = 0;
  /** @type {Head[]} */
  heads = [];
  /** @type {import('./timestamp.mjs').Stamp[]} */
  stamps = [];
  until = -Infinity;
  /** @type {Head | null} */
  last = null;
  leaves = 0;
  #n = 0;
  /** @type {{ n: number, line: string } | null} */
  #log = null;
  /** @type {Set<string>} */
  #seen = new Set();
  /** @type {Buffer[]} */
  #stack = [];
  #trust;
  #of;

  /** @param {import('./keys.mjs').Trust} trust @param {string | null} of */
  constructor(trust, of) {
    this.#trust = trust;
    this.#of = of;
  }

  /** @param {string | null} line @param {boolean} torn */
  take(line, torn) {
    this.#n += 1;
    if (torn) this.#tell('missing', `it ends in the middle`);
    const stamp = line === null ? null : stampOf(line);
    if (stamp !== null) return this.#takeStamp(/** @type {string} */ (line), stamp);
    const signed = headOf(line);
    if (signed !== null && signed.n !== this.#n) this.#tell('missing', `it is numbered ${signed.n ?? '–'}`);
    const found = signed === null ? { wrong: line?.endsWith('\r') === true ? 'its end was rewritten (CR LF): take the file as it was published, byte by byte' : 'it cannot be read' } : checkHead(signed, this.#trust.keys);
    if ('wrong' in found) this.#tell('signature', found.wrong);
    else {
      this.until = Math.max(this.until, Date.parse(found.head.at));
      if (found.head.kind === 'log') return this.#takeLog(/** @type {string} */ (line), found.head);
      if (found.head.kind === 'checkpoint') this.#tell('added', 'a checkpoint is not published');
      else if (found.head.case === this.#of) this.#takeOwn(found.head);
    }
    return this.#grow(line ?? '');
  }

  /** @param {Head} head */
  #takeOwn(head) {
    const before = this.heads.at(-1);
    const [place, whole] = [`${head.kind} ${head.size} ${head.at}`, `${head.kind} ${head.size} ${head.at} ${head.root}`];
    if (this.#seen.has(place)) this.#tell('repeated', 'it was published before');
    else if (before !== undefined && head.size < before.size) this.#tell('reordered', `it stands behind a head over ${before.size} entries`);
    // One with another root contradicts what the bundle has: that is told, too.
    if (!this.#seen.has(whole)) this.heads.push(head);
    this.#seen.add(place).add(whole);
  }

  /** @param {string} line @param {Head} head */
  #takeLog(line, head) {
    const { size, root, at } = head;
    if (size > this.leaves) this.#tell('missing', `the log's head of ${at} was signed over them`, `published heads ${this.leaves + 1} to ${size}`);
    else if (size < this.leaves) this.#tell('reordered', 'it was signed before lines that stand in front of it');
    else if (rootOf(this.#stack) !== root) this.#tell('changed', `they are not those of the log's head of ${at}`, `published heads 1 to ${size}`);
    this.last = head;
    this.#log = { n: this.#n, line };
  }

  /** @param {string} line @param {{ n: number, of: number, token: Buffer }} stamp */
  #takeStamp(line, stamp) {
    if (stamp.n !== this.#n) this.#tell('missing', `it is numbered ${stamp.n}`);
    const checked = this.#log === null || stamp.of !== this.#log.n ? { wrong: 'it is no stamp of the head over all before it' } : checkStamp(stamp.token, this.#log.line, this.#trust.authorities);
    if ('wrong' in checked) this.#tell('signature', checked.wrong);
    else this.stamps.push(checked);
    this.#grow(line);
  }

  /** @param {string} line */
  #grow(line) {
    grow(this.#stack, this.leaves, leafHash(Buffer.from(line)));
    this.leaves += 1;
  }

  /** About the line that is read, if nothing else is named. @param {import('./check.mjs').What} what @param {string} why @param {string} [where] */
  #tell(what, why, where = `line ${this.#n} of the published heads`) {
    if (this.problems.length < TOLD) this.problems.push({ what, where, why });
    else this.untold += 1;
  }
}
