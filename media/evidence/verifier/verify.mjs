#!/usr/bin/env node
// @ts-check
// Verifies a bundle of evidence: no server, no database, no network, nothing but this folder's files and Node 18 or newer.
// What it checks and why: docs/flow/evidence-bundle.md.
import { readFile, stat, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { parseArgs } from 'node:util';

import { readBundle } from './bundle.mjs';
import { caseOf, checkBundle } from './check.mjs';
import { readAuthorities, readTrust } from './keys.mjs';
import { readPublished } from './published.mjs';
import { checkReceipt, receiptOf } from './receipt.mjs';

const HELP = `npm run verify -- BUNDLE --trust KEYS [--heads FILE]... [--event NUMBER [--receipt FILE]] [--json]
node media/evidence/verifier/verify.mjs BUNDLE --trust KEYS [--heads FILE]... [--event NUMBER [--receipt FILE]] [--json]

BUNDLE   an exported folder, or the receipt of one event (a .json file)
--trust  the public keys that count, as their owner published them; keys inside a bundle are never trusted
--heads  the published heads; without them nobody can tell whether the end was cut off. Once for each part, the oldest first
--event  only this entry of the bundle, by log2(n) hashes; --receipt writes what proves it into a new file, which is handed on and verified without the others
Ends with 0: intact; 1: not intact; 2: it could not be checked.`;

/** What was found, in the words of both languages. */
const WORDS = {
  changed: '已改动 changed', missing: '缺失 missing', added: '多出 added', repeated: '重复 repeated', reordered: '次序被调换 reordered',
  swapped: '被调换 swapped', unreadable: '无法读取 unreadable', unsigned: '未签名 unsigned', signature: '签名无效 signature not valid',
};

/** @param {string} text */
const say = (text) => { process.stdout.write(`${text}\n`); };

/** @param {string} path @param {readonly import('./keys.mjs').TrustedKey[]} trust @param {boolean} asJson */
async function verifyReceipt(path, trust, asJson) {
  return sayReceipt(checkReceipt(JSON.parse(await readFile(path, 'utf8')), trust), asJson);
}

/** @param {string} folder @param {readonly import('./keys.mjs').TrustedKey[]} trust @param {{ event: string, receipt: string | undefined, asJson: boolean }} options */
async function verifyEvent(folder, trust, { event, receipt, asJson }) {
  if (!/^[1-9]\d{0,14}$/.test(event)) throw new Error(`--event takes the number of an entry, not "${event}"`);
  const made = receiptOf(await readBundle(folder), Number(event), trust);
  const result = checkReceipt(made, trust);
  if (receipt !== undefined && !('wrong' in result)) await writeFile(receipt, `${JSON.stringify(made)}\n`, { flag: 'wx' });
  return sayReceipt(result, asJson);
}

/** @param {ReturnType<typeof checkReceipt>} result @param {boolean} asJson */
function sayReceipt(result, asJson) {
  if (asJson) say(JSON.stringify(result));
  else if ('wrong' in result) say(`不成立 NOT PROVEN: ${result.wrong}`);
  else say(`成立 PROVEN: entry ${result.entry['seq']} (${result.entry['type']}) of ${result.entry['at']}, by the head of ${result.head.at}, ${result.hashes} hashes\n${result.content ?? ''}`);
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

/** @param {string} folder @param {string} trustFile @param {readonly string[] | undefined} headsFiles @param {boolean} asJson */
async function verifyBundle(folder, trustFile, headsFiles, asJson) {
  const trust = await readTrust(trustFile);
  const bundle = await readBundle(folder);
  const published = headsFiles === undefined ? null : await readPublished(headsFiles, trust, caseOf(bundle), await readAuthorities(trustFile));
  const result = await checkBundle(bundle, trust, published?.heads ?? null);
  const problems = [...result.problems, ...(published?.problems ?? [])];
  const intact = problems.length === 0;
  if (asJson) say(JSON.stringify({ ...result, problems, intact, stamps: published?.stamps ?? [] }));
  else {
    for (const { what, where, why } of problems) say(`${WORDS[what]}: ${where}: ${why}`);
    if (published !== null) say(stamped(published.stamps));
    if (result.destroyed !== null) say(`已依 R44 销毁 DESTROYED on ${result.destroyed} under R44: what the entries speak of is closed for ever`);
    if (!intact) say(`不完好 NOT INTACT: ${problems.length}`);
    else if (result.complete) say(`完好 INTACT: case ${result.case}, ${result.entries} entries, none missing by the published heads (${logged(published)})`);
    else say(`至第 ${result.signedTo} 条完好，是否完整未予证明 INTACT TO ENTRY ${result.signedTo}, COMPLETENESS NOT SHOWN: case ${result.case}`);
  }
  return intact ? 0 : 1;
}

async function main() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { trust: { type: 'string' }, heads: { type: 'string', multiple: true }, event: { type: 'string' }, receipt: { type: 'string' }, json: { type: 'boolean', default: false } } });
  const [path] = positionals;
  if (path === undefined || positionals.length > 1 || values.trust === undefined) throw new Error(HELP);
  if (values.event !== undefined) return await verifyEvent(path, await readTrust(values.trust), { event: values.event, receipt: values.receipt, asJson: values.json });
  return (await stat(path)).isDirectory() ? await verifyBundle(path, values.trust, values.heads, values.json) : await verifyReceipt(path, await readTrust(values.trust), values.json);
}

process.exitCode = await main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 2;
});
