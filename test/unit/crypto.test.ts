import { describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { createBlindIndex, createFieldCipher, newId } from '../../server/database/crypto.ts';
import type { Place } from '../../server/database/crypto.ts';

const key = randomBytes(32);
const cipher = createFieldCipher({ keyFor: async (id) => ({ keyId: id, key }) });
const place: Place = { subject: 'case-1', table: 'application', column: 'form_enc', row: 'row-1' };

describe('encrypted fields (R43)', () => {
  test('a value opens in its own place', async () => {
    expect(await cipher.openJson(place, await cipher.sealJson(place, { name: '测试' }))).toEqual({ name: '测试' });
  });
  test.each(['subject', 'table', 'column', 'row'])('a value moved to another %s does not open', async (part) => {
    const sealed = await cipher.seal(place, 'secret');
    await expect(cipher.open({ ...place, [part]: 'other' }, sealed)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
  });
  test('a changed byte, or another key, does not open', async () => {
    const sealed = await cipher.seal(place, 'secret');
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    bytes[14]! ^= 1;
    await expect(cipher.open(place, `v1.${bytes.toString('base64url')}`)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
    const foreign = createFieldCipher({ keyFor: async (id) => ({ keyId: id, key: randomBytes(32) }) });
    await expect(foreign.open(place, sealed)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
  });
  test('a value that is written otherwise does not open, also where its bytes would be the same: an edited row is told (R45)', async () => {
    for (const text of ['a', 'ab', 'abc']) {
      const sealed = await cipher.seal(place, text);
      for (const written of [`${sealed}x`, `${sealed}=`, `${sealed}.x`, ` ${sealed}`, `${sealed}\n`]) await expect(cipher.open(place, written)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
      expect(await cipher.open(place, sealed)).toBe(text);
    }
  });
  test('the same value never looks the same twice', async () => {
    expect(await cipher.seal(place, 'x')).not.toBe(await cipher.seal(place, 'x'));
  });
});

describe('the blind index', () => {
  const [first, second] = [{ id: 'b1', key: randomBytes(32) }, { id: 'b2', key: randomBytes(32) }];
  test('finds a number however it is written, by kind, and after a rotation', () => {
    const index = createBlindIndex([second, first]);
    expect(index.of('idNumber', '11010519491231002x')).toBe(index.of('idNumber', ' １1010519491231002X '));
    expect(index.of('phone', '13900000000')).not.toBe(index.of('idNumber', '13900000000'));
    expect(index.candidates('phone', '13900000000')).toContain(createBlindIndex([first]).of('phone', '13900000000'));
    expect(index.of('phone', '13900000000')).not.toContain('139');
  });
});

test('ids are UUIDs of version 7 in the order of their making', () => {
  const ids = [1, 2, 3].map((n) => newId(1_800_000_000_000 + n));
  expect([...ids].sort()).toEqual(ids);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
