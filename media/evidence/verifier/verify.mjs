#!/usr/bin/env node
// @ts-check
// Verifies a bundle of evidence: no server, no database, no network, nothing but this folder's files and Node 18 or newer.
// What it checks and why: docs/flow/evidence-bundle.md.
import { stat, writeFile } from 'node:fs/promises';
import process from 'node:process';

import { readBundle, refusal } from './bundle.mjs';
import { caseOf, checkBundle } from './check.mjs';
import { Refused } from './files.mjs';
import { readReceipt, refuseNoBundle } from './given.mjs';
import { readTrust, wordsOf } from './keys.mjs';
import { caseNumberOf, isNumber, NO_NUMBER, numberIn } from './number.mjs';
import { readPublished } from './published.mjs';
import { checkReceipt, receiptOf } from './receipt.mjs';
import { harmless, harmlessJson, harmlessText, problemText } from './words.mjs';

const USAGE = 'BUNDLE --trust KEYS [--heads FILE]... [--case CASE] [--json]';
const HELP = `npm run verify -- ${USAGE}
npm run verify -- BUNDLE --trust KEYS --event NUMBER [--receipt FILE] [--case CASE] [--json]
npm run verify -- RECEIPT --trust KEYS [--case CASE] [--json]
node media/evidence/verifier/verify.mjs ${USAGE}

BUNDLE   an exported folder. A ZIP is not read: unpack it first yourself, then give the folder. 存证包的文件夹；ZIP 压缩包须先自行解压
RECEIPT  what proves one event (a .json file)
--trust  the public keys that count, as their owner published them; keys inside a bundle are never trusted
--heads  the published heads; without them nobody can tell whether the end was cut off. Once for each part, the oldest first
--case   the id of the case that was asked for, or its number (20261123-000001); a bundle of another one is told as swapped, a receipt of another one is not proven
--event  only this entry of the bundle, by log2(n) hashes; --receipt writes what proves it into a new file, which is handed on and verified without the others
Ends with 0: intact; 1: not intact; 2: it could not be checked. 退出码 0：完好；1：不完好；2：无法核验。`;

/** So many problems are printed one by one. */
const PRINTED = 500;

/** @typedef {import('./keys.mjs').Trust} Trust */

/** @param {string} text */
const say = (text) => { process.stdout.write(`${text}\n`); };

/**
 * @param {ReturnType<typeof checkReceipt>} result @param {string | undefined} wanted @param {string | null} number the case's, as far as it is proven
 * @returns {ReturnType<typeof checkReceipt>} not proven where it is of another case
 * @throws Error in words when a number was asked for and none is proven
 */
function ofCase(result, wanted, number) {
  if ('wrong' in result || wanted === undefined || result.head.case === wanted) return result;
  if (!isNumber(wanted)) return { wrong: `it is of the case ${result.head.case}, not of the case ${wanted} that was asked for` };
  if (number === null) throw new Error(NO_NUMBER);
  return number === wanted ? result : { wrong: `it is of the case ${number}, not of the case ${wanted} that was asked for` };
}

/** @param {Record<string, unknown>} receipt @param {Trust} trust @param {{ wanted: string | undefined, asJson: boolean }} options */
function verifyReceipt(receipt, trust, { wanted, asJson }) {
  const result = checkReceipt(receipt, trust.keys);
  return sayReceipt(ofCase(result, wanted, numberIn(result)), asJson);
}

/** @param {string} folder @param {Trust} trust @param {{ event: string, receipt: string | undefined, wanted: string | undefined, asJson: boolean }} options */
async function verifyEvent(folder, trust, { event, receipt, wanted, asJson }) {
  if (!/^[1-9]\d{0,14}$/.test(event)) throw new Error(`--event takes the number of an entry, not "${event}"`);
  const bundle = await readBundle(folder);
  const made = receiptOf(bundle, Number(event), trust.keys);
  const result = ofCase(checkReceipt(made, trust.keys), wanted, isNumber(wanted) ? caseNumberOf(bundle, trust.keys) : null);
  if (receipt !== undefined && !('wrong' in result)) await writeFile(receipt, `${JSON.stringify(made)}\n`, { flag: 'wx' });
  return sayReceipt(result, asJson);
}

/** @param {ReturnType<typeof checkReceipt>} result @param {boolean} asJson */
function sayReceipt(result, asJson) {
  if (asJson) say(harmlessJson(result));
  else if ('wrong' in result) say(`不成立 NOT PROVEN: ${harmless(result.wrong)}`);
  else say(`成立 PROVEN: entry ${result.entry['seq']} (${harmless(String(result.entry['type']))}) of ${harmless(String(result.entry['at']))} of the case ${harmless(result.head.case)}, by the head of ${result.head.at}, ${result.hashes} hashes\n${harmlessText(result.content ?? '')}`);
  return 'wrong' in result ? 1 : 0;
}

/** How far a signed head over all published heads reaches. @param {Awaited<ReturnType<typeof readPublished>> | null} published */
const logged = (published) => (published === null || published.loggedTo === null ? 'no head over them yet' : published.unlogged === 0 ? `all under the head of ${published.loggedTo}` : `the last ${published.unlogged} of them not yet under a head of their own`);

/** What a third party says of the published heads. @param {readonly import('./timestamp.mjs').Stamp[]} stamps */
function stamped(stamps) {
  const last = stamps.at(-1);
  if (last === undefined) return '无第三方时间戳 NO THIRD PARTY’S TIME STAMP over the published heads';
  return last.by === null ? `时间戳 TIME STAMP of ${last.at}: 针对该日头，但未核验签名 it is of that head, its signature was not checked (${last.unchecked})` : `时间戳 TIME STAMP of ${last.at} by ${last.by}`;
}

/** @param {string} folder @param {Trust} trust @param {{ heads: readonly string[] | undefined, wanted: string | undefined, asJson: boolean }} options */
async function verifyBundle(folder, trust, { heads, wanted, asJson }) {
  const bundle = await readBundle(folder);
  const published = heads === undefined ? null : await readPublished(heads, trust, caseOf(bundle));
  const result = { ...await checkBundle(bundle, trust.keys, published), caseNumber: caseNumberOf(bundle, trust.keys) };
  const problems = [...result.problems, ...(published?.problems ?? [])];
  const other = otherCase(result, wanted, problems.length === 0);
  if (other !== null) problems.unshift(other);
  const intact = problems.length === 0;
  if (asJson) say(harmlessJson({ ...result, problems, intact, stamps: published?.stamps ?? [] }));
  else sayResult({ ...result, problems }, published, bundle.handedOut === undefined);
  return intact ? 0 : 1;
}

/**
 * What is told when the bundle is not of the case that was asked for.
 * @param {{ case: string | null, caseNumber: string | null }} result @param {string | undefined} wanted @param {boolean} intact nothing else is told
 * @returns {import('./check.mjs').Problem | null} @throws Error in words when a number was asked for and an intact bundle proves none
 */
function otherCase({ case: of, caseNumber }, wanted, intact) {
  if (wanted === undefined || wanted === of || wanted === caseNumber) return null;
  if (!isNumber(wanted) || caseNumber !== null) return { what: 'swapped', where: 'the bundle', why: `it is not the case ${wanted} that was asked for` };
  if (intact) throw new Error(NO_NUMBER);
  return { what: 'unreadable', where: 'the bundle', why: 'nothing in it proves its case number' };
}

/** @param {Awaited<ReturnType<typeof checkBundle>> & { caseNumber: string | null }} result @param {Awaited<ReturnType<typeof readPublished>> | null} published @param {boolean} bare nothing for reading lies in it */
function sayResult({ problems, case: of, caseNumber, entries, signedTo, complete, sealed, destroyed }, published, bare) {
  for (const problem of problems.slice(0, PRINTED)) say(problemText(problem));
  if (problems.length > PRINTED) say(`…… 另有 ${problems.length - PRINTED} 处 and ${problems.length - PRINTED} more`);
  if (bare) say('存证包中没有 handed-out.json，供阅读的页面不在其内 THERE IS NO handed-out.json: pages for reading are no part of what was checked');
  if (published !== null) say(harmless(stamped(published.stamps)));
  if (destroyed !== null) say(`已依 R44 销毁 DESTROYED on ${destroyed} under R44: what the entries speak of is closed for ever`);
  const name = `${harmless(String(of))}${caseNumber === null ? '' : ` (${caseNumber})`}`;
  if (problems.length > 0) say(`不完好 NOT INTACT: ${problems.length}`);
  else if (complete) say(`完好 INTACT: case ${name}, ${entries} entries, none missing by the published heads (${logged(published)})`);
  else say(`至第 ${signedTo} 条完好，是否完整未予证明 INTACT TO ENTRY ${signedTo}, COMPLETENESS NOT SHOWN: case ${name}${sealed ? published === null ? '' : '；公布的签名头早于存证包的末尾 the published heads are from before its end' : '；尚无封存的章节 no chapter of it is sealed yet, nothing of it was published'}`);
}

/**
 * What was asked for. (`parseArgs` of node:util is not yet there in Node 18.0.)
 * @param {readonly string[]} words @returns {{ path: string, trust: string, heads: string[] | undefined, wanted: string | undefined, event: string | undefined, receipt: string | undefined, asJson: boolean }}
 * @throws Error with the usage
 */
function asked(words) {
  /** @type {Map<string, string[]>} */
  const given = new Map();
  let onlyPaths = false;
  for (let i = 0; i < words.length; i += 1) {
    const [, name, joined] = onlyPaths ? [] : /^--([a-z]+)(?:=(.*))?$/s.exec(/** @type {string} */ (words[i])) ?? [];
    if (words[i] === '--' && !onlyPaths) onlyPaths = true;
    else if (name === undefined && !onlyPaths && words[i]?.startsWith('-')) throw new Error(`${words[i]}?\n${HELP}`);
    else if (name === undefined || name === 'json') given.set(name ?? '', [...given.get(name ?? '') ?? [], /** @type {string} */ (words[i])]);
    else if (!['trust', 'heads', 'case', 'event', 'receipt'].includes(name)) throw new Error(`--${name}?\n${HELP}`);
    else {
      const value = joined ?? words[i += 1];
      if (value === undefined || (joined === undefined && value.startsWith('--')) || (name !== 'heads' && given.has(name))) throw new Error(`--${name}?\n${HELP}`);
      given.set(name, [...given.get(name) ?? [], value]);
    }
  }
  /** @param {string} name */
  const one = (name) => given.get(name)?.[0];
  const [path, trust] = [one(''), one('trust')];
  if (path === undefined || given.get('')?.length !== 1 || trust === undefined) throw new Error(HELP);
  return { path, trust, heads: given.get('heads'), wanted: one('case'), event: one('event'), receipt: one('receipt'), asJson: given.has('json') };
}

/**
 * An option that would do nothing is refused: whoever gave it would believe that it was checked.
 * @param {boolean} bundle a bundle, not a receipt @param {ReturnType<typeof asked>} options @throws Error in words
 */
function refuseIdle(bundle, { heads, event, receipt }) {
  if (heads !== undefined && !bundle) throw new Error('--heads 核验单条凭证时无作用 does nothing with a receipt');
  if (heads !== undefined && event !== undefined) throw new Error('--heads 与 --event 同用时无作用 does nothing beside --event');
  if (event !== undefined && !bundle) throw new Error('--event 核验单条凭证时无作用 does nothing with a receipt');
  if (receipt !== undefined && (event === undefined || !bundle)) throw new Error('--receipt 没有 --event 时无作用 does nothing without --event');
}

async function main() {
  const options = asked(process.argv.slice(2));
  const { path, trust: trustFile, heads, wanted, event, receipt, asJson } = options;
  const found = await stat(path).catch((error) => { throw new Error(`${path}: ${wordsOf(error)}`); });
  // First of all whether it is what it was taken for: words about options would lead astray.
  const given = found.isDirectory() ? await refuseNoBundle(path) : await readReceipt(path);
  refuseIdle(found.isDirectory(), options);
  const trust = await readTrust(trustFile, found.isDirectory() ? path : undefined);
  if (given !== undefined) return verifyReceipt(given, trust, { wanted, asJson });
  if (event !== undefined) return await verifyEvent(path, trust, { event, receipt, wanted, asJson });
  return await verifyBundle(path, trust, { heads, wanted, asJson });
}

/** @param {unknown} error */
const fault = (error) => (error instanceof Refused && error.reason !== 'missing' ? refusal(error.reason) : wordsOf(error));

process.exitCode = await main().catch((error) => {
  // Line by line: what stands in a name stays in its line.
  process.stderr.write(`${fault(error).split('\n').map(harmlessText).join('\n')}\n`);
  return 2;
});
