#!/usr/bin/env node
// @ts-check
// Verifies a bundle of evidence: no server, no database, no network, nothing but this folder's files and Node 18 or newer.
// What it checks and why: docs/flow/evidence-bundle.md.
import { readFile, stat } from 'node:fs/promises';
import process from 'node:process';
import { parseArgs } from 'node:util';

import { readBundle } from './bundle.mjs';
import { checkBundle } from './check.mjs';
import { readTrust } from './keys.mjs';
import { readPublished } from './published.mjs';
import { checkReceipt } from './receipt.mjs';

const HELP = `npm run verify -- BUNDLE --trust KEYS [--heads FILE] [--json]
node media/evidence/verifier/verify.mjs BUNDLE --trust KEYS [--heads FILE] [--json]

BUNDLE   an exported folder, or the receipt of one event (a .json file)
--trust  the public keys that count, as their owner published them; keys inside a bundle are never trusted
--heads  the published heads; without them nobody can tell whether the end was cut off
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
  const result = checkReceipt(JSON.parse(await readFile(path, 'utf8')), trust);
  if (asJson) say(JSON.stringify(result));
  else if ('wrong' in result) say(`不成立 NOT PROVEN: ${result.wrong}`);
  else say(`成立 PROVEN: entry ${result.entry['seq']} (${result.entry['type']}) of ${result.entry['at']}, by the head of ${result.head.at}, ${result.hashes} hashes\n${result.content ?? ''}`);
  return 'wrong' in result ? 1 : 0;
}

/** How far a signed head over all published heads reaches. @param {Awaited<ReturnType<typeof readPublished>> | null} published */
const logged = (published) => (published === null || published.loggedTo === null ? 'no head over them yet' : published.unlogged === 0 ? `all under the head of ${published.loggedTo}` : `the last ${published.unlogged} of them not yet under a head of their own`);

/** @param {string} folder @param {readonly import('./keys.mjs').TrustedKey[]} trust @param {string | undefined} headsFile @param {boolean} asJson */
async function verifyBundle(folder, trust, headsFile, asJson) {
  const published = headsFile === undefined ? null : await readPublished(headsFile, trust);
  const result = await checkBundle(await readBundle(folder), trust, published?.heads ?? null);
  const problems = [...result.problems, ...(published?.problems ?? [])];
  const intact = problems.length === 0;
  if (asJson) say(JSON.stringify({ ...result, problems, intact }));
  else {
    for (const { what, where, why } of problems) say(`${WORDS[what]}: ${where}: ${why}`);
    if (result.destroyed !== null) say(`已依 R44 销毁 DESTROYED on ${result.destroyed} under R44: what the entries speak of is closed for ever`);
    if (!intact) say(`不完好 NOT INTACT: ${problems.length}`);
    else if (result.complete) say(`完好 INTACT: case ${result.case}, ${result.entries} entries, none missing by the published heads (${logged(published)})`);
    else say(`至第 ${result.signedTo} 条完好，是否完整未予证明 INTACT TO ENTRY ${result.signedTo}, COMPLETENESS NOT SHOWN: case ${result.case}`);
  }
  return intact ? 0 : 1;
}

async function main() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { trust: { type: 'string' }, heads: { type: 'string' }, json: { type: 'boolean', default: false } } });
  const [path] = positionals;
  if (path === undefined || positionals.length > 1 || values.trust === undefined) throw new Error(HELP);
  const trust = await readTrust(values.trust);
  return (await stat(path)).isDirectory() ? await verifyBundle(path, trust, values.heads, values.json) : await verifyReceipt(path, trust, values.json);
}

process.exitCode = await main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return 2;
});
