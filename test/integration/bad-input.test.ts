import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { AppError } from '../../contracts/errors.ts';
import { createReader } from '../../review/checks/index.ts';
import type { Reader } from '../../review/checks/index.ts';
import { badInputs } from '../support/cards/badInput.ts';
import { inventPerson } from '../support/cards/index.ts';

const inputs = await badInputs();
let reader: Reader;
beforeAll(() => { reader = createReader({ workers: 1 }); });
afterAll(async () => { await reader.close(); });

/** As an upload goes: made plain, then judged. The code of its refusal, or what was found. */
const judged = async (bytes: Buffer): Promise<string | readonly string[]> => {
  try {
    const { jpeg } = await reader.inspect(bytes);
    return (await reader.judge(jpeg, { kind: 'portraitSide', expect: 'portrait' })).findings.map(({ code }) => code);
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
};
const read = async (bytes: Buffer): Promise<string | readonly string[]> =>
  await reader.read(bytes, { expect: 'portrait' }).then(({ findings }) => findings.map(({ code }) => code), (error: unknown) => (error as AppError).code);

describe('bad input has a name, and costs nothing', () => {
  test.each(inputs.map((one) => ({ ...one, told: one.says ?? 'accepted' })))('$name: $told when it is uploaded (R14, R21)', async ({ bytes, says }) => {
    const said = await judged(bytes);
    if (says === null) expect(said).toEqual([]);
    else if (says.startsWith('UPLOAD_')) expect(said).toBe(says);
    else expect(said).toContain(says);
  }, 30_000);

  test.each(inputs.filter(({ name }) => /EXIF|CMYK|animated WebP|behind it/.test(name)))('$name: read as any other, or refused as at the upload (R14)', async ({ bytes, says }) => {
    if (says !== null) return expect(await read(bytes)).toBe(says);
    expect((await reader.read(bytes)).fields.idNumber?.text).toBe(inventPerson(1).number);
  }, 30_000);

  test('what reaches the reader all the same has the same name there', async () => {
    for (const { name, bytes, says } of inputs.filter((one) => one.says?.startsWith('UPLOAD_') ?? false)) expect([name, await read(bytes)]).toEqual([name, says]);
    for (const { name, bytes, says } of inputs.filter((one) => /passport|country|two people|both sides/.test(one.name))) expect([name, await read(bytes)]).toEqual([name, expect.arrayContaining([says])]);
    for (const { name, bytes } of inputs.filter((one) => one.says === 'CARD_NOT_FOUND')) expect([name, await read(bytes)]).toEqual([name, ['CARD_NOT_FOUND']]);
  }, 120_000);

  test('a dog is nobody’s face (R21)', async () => {
    for (const { bytes } of inputs.filter(({ name }) => name === 'a dog')) expect((await reader.judge(bytes, { kind: 'face' })).findings.map(({ code }) => code)).toContain('PHOTO_NO_FACE');
  }, 30_000);

  test('memory stays flat over many of them (1,000: npm run bench:id -- --only bad)', async () => {
    const rss = () => Math.max(...reader.load().processes.map(({ rssMb }) => rssMb));
    for (const { bytes } of inputs) await judged(bytes);
    const before = rss();
    for (let i = 0; i < 2; i += 1) for (const { bytes } of inputs) await judged(bytes);
    expect(rss() - before).toBeLessThan(120);
    expect(reader.load()).toMatchObject({ died: 0, renewed: 0 });
  }, 240_000);
});
