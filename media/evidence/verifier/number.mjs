// @ts-check
// The number of a case, as every screen and the report show it. Lines know the case by its id; the number stands in what they were made of.
import { checkReceipt, receiptOf } from './receipt.mjs';

const NUMBER = /^\d{8}-\d{6,}$/;

/** Whether somebody asked for a case by its number. @param {string | undefined} wanted @returns {wanted is string} */
export const isNumber = (wanted) => wanted !== undefined && NUMBER.test(wanted);

/** Entries whose content has the number: what was handed in of the case, and its row. @param {unknown} entry */
function tellsNumber(entry) {
  const { case: of, type, ref } = /** @type {Record<string, unknown>} */ (entry ?? {});
  return (type === 'given' && ref === `application:${of}:case`) || (type === 'row' && ref === `application:${of}:row`);
}

/**
 * The number that a proven receipt tells. @param {ReturnType<typeof checkReceipt>} result
 * @returns {string | null} null where it is not of such an entry, or not proven
 */
export function numberIn(result) {
  if ('wrong' in result || result.content === null || !tellsNumber(result.entry)) return null;
  try {
    const number = JSON.parse(result.content)?.caseNo;
    return typeof number === 'string' && NUMBER.test(number) ? number : null;
  } catch {
    return null;
  }
}

/** @param {string | null} line */
function lineTells(line) {
  // Most lines are not parsed: there may be a million.
  if (line === null || !line.includes('"ref":"application:')) return false;
  try { return tellsNumber(JSON.parse(line)); } catch { return false; }
}

/**
 * The number of a bundle's case: the first entry that tells it, proven by a trusted head over it and by the salted hash of its content.
 * @param {import('./bundle.mjs').Bundle} bundle @param {readonly import('./keys.mjs').TrustedKey[]} trust
 * @returns {string | null} null where nothing proves one: no such entry, its content is gone (R44) or another, no head over it
 */
export function caseNumberOf(bundle, trust) {
  const seq = bundle.lines.findIndex(lineTells) + 1;
  if (seq === 0) return null;
  try { return numberIn(checkReceipt(receiptOf(bundle, seq, trust), trust)); } catch { return null; }
}

/** Why a number that was asked for is compared with nothing. */
export const NO_NUMBER = '--case：没有内容能证明业务编号，请改用案件标识（清单各行中的 case）nothing proves a case number here: give the id of the case, which stands as "case" in the manifest\'s lines';
