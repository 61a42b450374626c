import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Prisma } from '../../server/database/generated/client.ts';
import { openDatabase } from '../../server/database/index.ts';
import { createTestDatabase } from '../support/services/index.ts';
import type { TestDatabase } from '../support/services/index.ts';

let database: TestDatabase;
let db: ReturnType<typeof openDatabase>;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openDatabase(database.url);
});
afterAll(async () => {
  await db?.close();
  await database?.drop();
});

describe('the database', () => {
  test('every table of the schema can be read by the program', async () => {
    const models = Object.keys(Prisma.ModelName).map((name) => name.charAt(0).toLowerCase() + name.slice(1));
    expect(models.length).toBeGreaterThan(30);
    for (const model of models) {
      const found = await (db.prisma as unknown as Record<string, { findFirst(): Promise<unknown> }>)[model]?.findFirst();
      expect([model, found]).toEqual([model, null]);
    }
  });
});
