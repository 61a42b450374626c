import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { AppError } from '../contracts/errors.ts';
import { openDatabase } from '../server/database/index.ts';
import { relationEnded } from '../server/usecases/retention/relations.ts';
import { failed, progress, say } from './launch/say.ts';
import { surroundings } from './launch/surroundings.ts';

// `npm run relations -- FILE`: the core's list of ended relations (R44). Ends with 0: all taken; 1: some lines were not; 2: nothing done.
const HELP = `npm run relations -- FILE
FILE has one line a client: CASE_NUMBER,YYYY-MM-DD (the day on which the relation ended) or CASE_NUMBER, (it goes on again).
Lines that are known already change nothing: the same list may be given again.`;
const LINE = /^\s*([A-Za-z0-9-]{3,40})\s*,\s*(\d{4}-\d\d-\d\d)?\s*$/;

async function main(): Promise<number> {
  const { positionals: [file] } = parseArgs({ allowPositionals: true });
  if (file === undefined) return say(HELP, 2);
  const { config, stop } = await surroundings({ ...process.env });
  const { prisma, close } = openDatabase(config.databaseUrl);
  let [at, taken, wrong] = [0, 0, 0];
  try {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      at++;
      if (line.trim() === '') continue;
      const match = LINE.exec(line);
      const why = match === null ? 'not a line of this form' : await take(match[1]!, match[2] ?? null);
      if (typeof why === 'string') { wrong++; say(`line ${at}: ${why}`); } else if (why) taken++;
      if (at % 100 === 0) progress(`${at} lines`);
    }
  } finally {
    await close();
    await stop();
  }
  return say(`已记录 ${taken} taken, ${at - taken - wrong} known before or empty, ${wrong} not taken`, wrong === 0 ? 0 : 1);

  async function take(caseNo: string, endedOn: string | null): Promise<boolean | string> {
    return await relationEnded({ db: prisma, now: () => new Date() }, { caseNo, endedOn, staffId: null }).catch((error: unknown) => {
      if (error instanceof AppError) return `${error.code}${error.detail?.field === undefined ? '' : ` (${error.detail.field})`}`;
      throw error;
    });
  }
}

process.exitCode = await main().catch(failed);
