/** Writes both sides' camera and microphone files into a folder, for hand tests: `cli.ts FOLDER [SEED] [AGE]`; without an age the person of `sampleClient.ts`. */
import { inventPerson } from '../cards/index.ts';
import { inventClient } from '../journey/persons.ts';
import { renderAgentCamera, renderClientCamera } from './render.ts';

const [dir, seed = '1', age] = process.argv.slice(2);
if (dir === undefined) {
  console.error('usage: cli.ts FOLDER [SEED] [AGE]');
  process.exit(2);
}
const person = age === undefined ? (await inventClient(Number(seed))).card : inventPerson(Number(seed), { ageYears: Number(age) });
const [client, agent] = [await renderClientCamera(dir, person), await renderAgentCamera(dir)];
console.log(JSON.stringify({ person, client, agent }, null, 2));
