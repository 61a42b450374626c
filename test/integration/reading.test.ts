import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import type { DocumentReading } from '../../contracts/reading.ts';
import { createReader } from '../../review/checks/index.ts';
import type { Reader } from '../../review/checks/index.ts';
import { cardScene, renderFrame, throughVp8 } from '../support/camera/index.ts';
import { fixturePortrait, inventPerson, photographCard, renderCard } from '../support/cards/index.ts';
import type { InventedPerson } from '../support/cards/index.ts';

let reader: Reader;
let portrait: Buffer;
beforeAll(async () => {
  reader = createReader({ workers: 1 });
  portrait = await fixturePortrait();
});
afterAll(async () => { await reader.close(); });

const card = async (person: InventedPerson, side: 'portrait' | 'emblem') => await renderCard({ ...person, side, portrait, heightPx: 900 });
const texts = (reading: DocumentReading) => Object.fromEntries(Object.entries(reading.fields).map(([field, value]) => [field, value?.text]));
const portraitSide = (p: InventedPerson) => ({ name: p.name, sex: p.sex, ethnicity: p.ethnicity, birthDate: p.birth, address: p.address, idNumber: p.number });
const emblemSide = (p: InventedPerson) => ({ authority: p.authority, validFrom: p.validFrom, validTo: p.validTo === '长期' ? 'long-term' : p.validTo });

describe('reading an ID card', () => {
  test.each([[1, -3], [4, 0], [6, 3]])('invented person %i on a photo tilted by %i° is read right on both sides (R14)', async (seed, tiltDeg) => {
    const person = inventPerson(seed, { ageYears: 20 + seed * 6 });
    const front = await reader.read(await photographCard(await card(person, 'portrait'), { tiltDeg }), { expect: 'portrait' });
    expect(texts(front)).toEqual(portraitSide(person));
    expect(front.findings.filter((f) => f.severity !== 'info')).toEqual([]);
    const back = await reader.read(await photographCard(await card(person, 'emblem'), { tiltDeg }), { expect: 'emblem' });
    expect(texts(back)).toEqual(emblemSide(person));
  });

  test.each(['portrait', 'emblem'] as const)('the %s side held to the camera is read out of a 1280×720 frame that went through VP8 (R20)', async (side) => {
    const person = inventPerson(1);
    const scene = await cardScene(await card(person, side), portrait);
    const shots = await Promise.all(Array.from({ length: 12 }, async (_, i) => await renderFrame(scene, 1 + i / 30, i)));
    const reading = await reader.read(await throughVp8(shots, 1500), { expect: side });
    expect(texts(reading)).toEqual(side === 'portrait' ? portraitSide(person) : emblemSide(person));
    expect(reading.findings.filter((f) => f.blocks)).toEqual([]);
  });

  test('a card photographed upside down is turned and read', async () => {
    const person = inventPerson(2);
    expect(texts(await reader.read(await photographCard(await card(person, 'portrait'), { tiltDeg: 180 })))).toMatchObject({ idNumber: person.number, name: person.name });
  });

  test('the other side is named, and a printed number with a wrong check character is told, not mended (R12)', async () => {
    const person = inventPerson(3);
    const wrong = { ...person, number: person.number.slice(0, 17) + (person.number[17] === '5' ? '6' : '5') };
    const reading = await reader.read(await photographCard(await card(wrong, 'portrait')), { expect: 'emblem' });
    expect(reading.fields.idNumber?.text).toBe(wrong.number);
    expect(reading.findings.map((f) => f.code)).toEqual(expect.arrayContaining(['SIDE_WRONG', 'ID_CHECK_CHARACTER_WRONG']));
  });

  test('a picture without a card has no fields and says so', async () => {
    const reading = await reader.read(portrait, { expect: 'portrait' });
    expect(reading).toMatchObject({ side: 'unknown', fields: {} });
    expect(reading.findings.map((f) => f.code)).toEqual(expect.arrayContaining([expect.stringMatching(/CARD_NOT_FOUND|SIDE_UNKNOWN/)]));
  });

  test('what is no picture is refused, and the next picture is read', async () => {
    await expect(reader.read(Buffer.from('not a picture'))).rejects.toMatchObject({ code: 'UPLOAD_NOT_AN_IMAGE' });
  });

  test('beyond the queue’s bound a reading is refused, an abandoned one ends, and closing twice is harmless', async () => {
    const small = createReader({ workers: 1, queueLimit: 1 });
    const picture = await photographCard(await card(inventPerson(1), 'emblem'));
    const abort = new AbortController();
    const first = small.read(picture, { signal: abort.signal });
    const second = small.read(picture);
    await expect(small.read(picture)).rejects.toMatchObject({ code: 'OVERLOADED' });
    abort.abort(new Error('the agent went on'));
    await expect(first).rejects.toThrow('the agent went on');
    await expect(second).resolves.toMatchObject({ side: 'emblem' });
    await small.close();
    await small.close();
    await expect(small.read(picture)).rejects.toMatchObject({ code: 'OVERLOADED' });
  });
});
