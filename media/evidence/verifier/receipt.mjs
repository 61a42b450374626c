// @ts-check
// One event by itself: its line, what it says, and the way from the line to a signed head. log₂(n) hashes, no other entry needed.
import { leafHash, rootByWay, sha256, wayOf } from './hashes.mjs';
import { checkHead } from './keys.mjs';

const HEX = /^[0-9a-f]{64}$/;

/**
 * @param {unknown} receipt `{ line, index, size, way, head: { text, signature }, content?: { salt, text } }`
 * @param {readonly import('./keys.mjs').TrustedKey[]} trust
 * @returns {{ entry: Record<string, unknown>, head: import('./keys.mjs').Head, content: string | null, hashes: number } | { wrong: string }}
 */
export function checkReceipt(receipt, trust) {
  const { line, index, way, head: signed, content } = /** @type {any} */ (receipt ?? {});
  if (typeof line !== 'string' || !Number.isSafeInteger(index) || !Array.isArray(way) || !way.every((one) => typeof one === 'string' && HEX.test(one))) return { wrong: 'it is no receipt' };
  if (typeof signed?.text !== 'string' || typeof signed.signature !== 'string') return { wrong: 'it has no signed head' };
  const checked = checkHead(signed, trust);
  if ('wrong' in checked) return { wrong: `its head: ${checked.wrong}` };
  const { head } = checked;
  if (head.kind === 'log') return { wrong: 'its head is one over published heads' };
  const found = rootByWay(leafHash(Buffer.from(line)), index, head.size, way.map((one) => Buffer.from(one, 'hex')));
  if (found === null || found.root !== head.root) return { wrong: 'its line is not among those that the head was signed over' };
  const entry = JSON.parse(line);
  if (entry.case !== head.case || entry.seq !== index + 1) return { wrong: 'its line is of another case or place' };
  if (content === undefined) return { entry, head, content: null, hashes: found.hashes + 1 };
  // A salt of another length would let the text's beginning hide in it.
  if (typeof content?.salt !== 'string' || !HEX.test(content.salt) || typeof content.text !== 'string') return { wrong: 'its content cannot be read' };
  if (sha256(Buffer.from(content.salt, 'hex'), Buffer.from(content.text)).toString('hex') !== entry.hash) return { wrong: 'its content is not what its line speaks of' };
  return { entry, head, content: content.text, hashes: found.hashes + 2 };
}

/**
 * The receipt of one event, made from a bundle. Nothing of it is checked here.
 * @param {import('./bundle.mjs').Bundle} bundle @param {number} seq @param {readonly import('./keys.mjs').TrustedKey[]} trust
 * @returns {Record<string, unknown>}
 * @throws Error when the bundle has no such entry, or no head over it
 */
export function receiptOf({ lines, heads, contents }, seq, trust) {
  const line = lines[seq - 1];
  if (line === undefined || line === null) throw new Error(`the bundle has no entry ${seq}`);
  // The head that was signed first after it: of several, its time says most.
  const over = heads.flatMap((signed) => {
    const found = signed === null ? { wrong: '' } : checkHead(signed, trust);
    return 'wrong' in found || found.head.size < seq || found.head.size > lines.length ? [] : [{ signed, size: found.head.size }];
  }).sort((a, b) => a.size - b.size)[0];
  if (over === undefined) throw new Error(`no signed head covers entry ${seq}`);
  const content = contents.find((one) => one !== null && one.seq === seq && one.text !== undefined);
  return {
    line, index: seq - 1, size: over.size, way: wayOf(lines.slice(0, over.size).map((one) => leafHash(Buffer.from(one ?? ''))), seq - 1), head: over.signed,
    ...(content === undefined || content === null ? {} : { content: { salt: content.salt, text: content.text } }),
  };
}
