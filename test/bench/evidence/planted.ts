/** Whether the search for personal data sees: a number planted in each kind of place, written in each way, must be found there. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import pg from 'pg';
import type { FreshInstance } from '../../support/journey/instance.ts';
import { findInFiles, findPersonalData, ownerUrlOf } from '../../support/journey/privacy.ts';

const FORMS: Readonly<Record<string, (text: string) => Buffer>> = {
  'UTF-8': (text) => Buffer.from(text),
  'UTF-16LE': (text) => Buffer.from(text, 'utf16le'),
  'UTF-16BE': (text) => Buffer.from(text, 'utf16le').swap16(),
  'base64': (text) => Buffer.from(Buffer.from(`#${text}#`).toString('base64')),
  'hex': (text) => Buffer.from(Buffer.from(text).toString('hex')),
};
const AROUND = Buffer.from('####');

/** Under which name the search tells of each place. */
const PLACES: Readonly<Record<string, (where: string) => boolean>> = {
  'file': (where) => where === `file ${join('evidence', 'planted')}`,
  'database': (where) => where === 'table public.planted',
  'Redis': (where) => where === 'Redis planted',
  'Redis dump': (where) => where.startsWith('file redis') && where.endsWith('.rdb'),
  'log': (where) => where.startsWith('log line') && where.endsWith('(planted)'),
  'temporary file': (where) => where === 'temporary file planted',
};

export interface SelfTest { readonly planted: number; /** Place and form of what was planted and not found. */ readonly unseen: readonly string[] }

/** Plants, searches and takes away again, one way of writing after the other. */
export async function plantAndFind(instance: FreshInstance, redis: Redis, temporary: string, number: string): Promise<SelfTest> {
  const owner = new pg.Client({ connectionString: ownerUrlOf(instance) });
  await owner.connect();
  const unseen: string[] = [];
  try {
    for (const [form, write] of Object.entries(FORMS)) {
      const bytes = Buffer.concat([AROUND, write(number), AROUND]);
      const files = [join(instance.dataDir, 'evidence', 'planted'), join(temporary, 'planted')];
      for (const file of files) await writeFile(file, bytes);
      await owner.query('CREATE TABLE public.planted (bytes bytea)');
      await owner.query('INSERT INTO public.planted VALUES ($1)', [bytes]);
      await redis.set('planted', bytes);
      await redis.save();
      // The number is of ASCII letters only: its bytes, and those of a null, are the same in a line.
      const line = instance.output.push(`planted: ${bytes.toString('latin1')}`);
      const found = [...await findPersonalData(instance, [number]), ...await findInFiles(temporary, [number], { named: 'temporary file' })];
      for (const [place, is] of Object.entries(PLACES)) if (!found.some(({ where }) => is(where))) unseen.push(`${place}, ${form}`);
      instance.output.splice(line - 1, 1);
      await redis.del('planted');
      await owner.query('DROP TABLE public.planted');
      for (const file of files) await rm(file);
    }
  } finally {
    await owner.end();
  }
  return { planted: Object.keys(FORMS).length * Object.keys(PLACES).length, unseen };
}
