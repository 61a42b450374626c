import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inventClient } from '../journey/persons.ts';

/** For trying by hand: photos of both sides of an invented person's card, and what else the pages ask for: `sampleClient.ts FOLDER [SEED]`. */
const [folder, seed = '1'] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: sampleClient.ts FOLDER [SEED]');
  process.exit(2);
}
const { client } = await inventClient(Number(seed));
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'portrait.jpg'), client.portrait);
writeFileSync(join(folder, 'emblem.jpg'), client.emblem);
const { phone, bankCard, tradingPassword, fundPassword } = client;
console.log(JSON.stringify({ photos: ['portrait.jpg', 'emblem.jpg'].map((name) => join(folder, name)), phone, bankCard, tradingPassword, fundPassword }, null, 2));
