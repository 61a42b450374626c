// Writes photos of invented cards with their truth, for looking at or for tuning:
//   node test/bench/id/sample.ts DIR [--set tuning|final] [--n 100] [--from 0] [--defect glare|…]
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { DOCUMENT_DEFECTS, cardOfSeed, photograph } from '../../support/cards/index.ts';
import type { DocumentDefect } from '../../support/cards/index.ts';
import { goodPhotos, take } from './sets.ts';

const { values, positionals: [folder] } = parseArgs({
  allowPositionals: true,
  options: { set: { type: 'string', default: 'tuning' }, n: { type: 'string', default: '100' }, from: { type: 'string', default: '0' }, defect: { type: 'string' } },
});
if (folder === undefined || (values.set !== 'tuning' && values.set !== 'final') || (values.defect !== undefined && !(values.defect in DOCUMENT_DEFECTS))) {
  process.stderr.write(`sample.ts DIR [--set tuning|final] [--n 100] [--from 0] [--defect ${Object.keys(DOCUMENT_DEFECTS).join('|')}]\n`);
  process.exit(2);
}
await mkdir(folder, { recursive: true });
for (const wanted of goodPhotos(values.set, Number(values.from) + Number(values.n)).slice(Number(values.from))) {
  const photo = values.defect === undefined ? await take(wanted) : await photograph(cardOfSeed(wanted.seed), { seed: wanted.seed, defect: values.defect as DocumentDefect });
  const file = `${wanted.seed}.jpg`;
  await writeFile(join(folder, file), photo.jpeg);
  await appendFile(join(folder, 'truth.jsonl'), `${JSON.stringify({ file, ...photo.truth })}\n`);
}
