import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createCaseKeys } from '../../server/database/casekeys.ts';
import { newId } from '../../server/database/crypto.ts';
import { openDatabase } from '../../server/database/index.ts';
import type { Database } from '../../server/database/index.ts';
import { keyCounts, rotateKeys } from '../../server/database/rotation.ts';
import { createTestDatabase } from '../support/services/index.ts';
import type { TestDatabase } from '../support/services/index.ts';

let database: TestDatabase;
let opened: ReturnType<typeof openDatabase>;
let db: Database;
const master = (id: string) => ({ id, key: randomBytes(32) });
const [old, fresh] = [master('m1'), master('m2')];

beforeAll(async () => {
  database = await createTestDatabase();
  opened = openDatabase(database.url);
  db = opened.prisma;
});
afterAll(async () => {
  await opened?.close();
  await database?.drop();
});
beforeEach(async () => {
  await db.$executeRaw`UPDATE keys.case_key SET wrapped = NULL, destroyed_at = now() WHERE destroyed_at IS NULL`;
});

/** Keys of so many cases under the old master key, with what each of them is. */
async function cases(count: number): Promise<Map<string, Buffer>> {
  const keys = createCaseKeys(db, [old]);
  const made = await Promise.all(Array.from({ length: count }, async () => { const id = newId(); return [id, (await keys.keyFor(id)).key] as const; }));
  return new Map(made);
}
const opensBy = async (keys: readonly { id: string; key: Buffer }[], made: ReadonlyMap<string, Buffer>): Promise<boolean> => {
  const ring = createCaseKeys(db, keys);
  for (const [id, key] of made) if (!(await ring.keyFor(id)).key.equals(key)) return false;
  return true;
};

describe('master keys rotate without rewriting a file (R43)', () => {
  test('every case key is the same as before, under the new master key alone; how far it is is told', async () => {
    const made = await cases(450);
    const told: string[] = [];
    expect(await rotateKeys(db, [fresh, old], { onProgress: (done, of) => told.push(`${done}/${of}`) })).toEqual({ changed: 450, damaged: [] });
    expect(told.at(0)).toBe('200/450');
    expect(told.at(-1)).toBe('450/450');
    expect(await keyCounts(db)).toEqual(new Map([['m2', 450]]));
    expect(await opensBy([fresh], made)).toBe(true);
  });

  test('broken off in the middle, both kinds open, and a second run does the rest', async () => {
    const made = await cases(300);
    await expect(rotateKeys(db, [fresh, old], { onProgress: () => { throw new Error('broken off'); } })).rejects.toThrow('broken off');
    expect(await keyCounts(db)).toEqual(new Map([['m1', 100], ['m2', 200]]));
    expect(await opensBy([fresh, old], made)).toBe(true);
    expect(await rotateKeys(db, [fresh, old])).toEqual({ changed: 100, damaged: [] });
    expect(await opensBy([fresh], made)).toBe(true);
  });

  test('an old master key that is missing is named, with how many keys it wraps, and nothing is changed', async () => {
    const made = await cases(3);
    await expect(rotateKeys(db, [fresh])).rejects.toThrow('the master key m1 is missing in MASTER_KEYS: it still wraps 3 keys');
    expect(await keyCounts(db)).toEqual(new Map([['m1', 3]]));
    expect(await opensBy([old], made)).toBe(true);
  });

  test('a wrong master key under the right name is said, and nothing is damaged', async () => {
    const made = await cases(3);
    await expect(rotateKeys(db, [fresh, { id: 'm1', key: randomBytes(32) }])).rejects.toThrow('the master key m1 in MASTER_KEYS is not the one that wraps 3 keys');
    // Also the active one, which would wrap what nobody opens again.
    await rotateKeys(db, [fresh, old]);
    await expect(rotateKeys(db, [{ id: 'm2', key: randomBytes(32) }, old])).rejects.toThrow('the master key m2 in MASTER_KEYS is not the one');
    expect(await opensBy([fresh], made)).toBe(true);
  });

  test('one damaged key keeps no other from being rotated; it is named and left as it is', async () => {
    const made = await cases(3);
    const [broken] = [...made.keys()];
    await db.$executeRaw`UPDATE keys.case_key SET wrapped = 'AAAA' || substr(wrapped, 5) WHERE subject_id = ${broken}::uuid`;
    expect(await rotateKeys(db, [fresh, old])).toEqual({ changed: 2, damaged: [broken] });
    expect(await keyCounts(db)).toEqual(new Map([['m1', 1], ['m2', 2]]));
  });

  test('a destroyed key is no key any more: it is not rotated, does not come back, and holds no old master key up (R44)', async () => {
    const made = await cases(2);
    const [gone] = [...made.keys()];
    await createCaseKeys(db, [old]).destroy(gone!);
    expect(await rotateKeys(db, [fresh, old])).toEqual({ changed: 1, damaged: [] });
    await expect(createCaseKeys(db, [fresh, old]).keyFor(gone!)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
    await expect(db.$executeRaw`UPDATE keys.case_key SET wrapped = 'x', destroyed_at = NULL WHERE subject_id = ${gone}::uuid`).rejects.toThrow('does not come back');
  });
});
