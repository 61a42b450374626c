import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';

import type { DocumentReading } from '../../contracts/reading.ts';
import { createReader } from '../../review/checks/index.ts';
import type { Reader } from '../../review/checks/index.ts';
import { passport } from '../support/cards/badInput.ts';
import { cardScene, renderFrame, throughVp8 } from '../support/camera/index.ts';
import { cardOfSeed, fixturePortrait, inventPerson, photographCard, photographScreen, renderCard } from '../support/cards/index.ts';
import type { CardFace, InventedPerson } from '../support/cards/index.ts';

let reader: Reader;
let portrait: Buffer;
beforeAll(async () => {
  reader = createReader({ workers: 1 });
  portrait = await fixturePortrait();
});
afterAll(async () => { await reader.close(); });

const card = async (person: InventedPerson, side: 'portrait' | 'emblem', more: Partial<CardFace> = {}) => await renderCard({ ...person, side, portrait, heightPx: 900, ...more });
const texts = (reading: DocumentReading) => Object.fromEntries(Object.entries(reading.fields).map(([field, value]) => [field, value?.text]));
const codes = (reading: DocumentReading) => reading.findings.map((f) => f.code);
const portraitSide = (p: InventedPerson) => ({ name: p.name, sex: p.sex, ethnicity: p.ethnicity, birthDate: p.birth, address: p.address, idNumber: p.number });
const emblemSide = (p: InventedPerson) => ({ authority: p.authority, validFrom: p.validFrom, validTo: p.validTo === '长期' ? 'long-term' : p.validTo });

describe('reading an ID card', () => {
  test.each([[1, -3], [4, 90], [6, 183], [8, 271]])('invented person %i on a photo turned by %i° is read right on both sides (R14)', async (seed, tiltDeg) => {
    const person = inventPerson(seed, { ageYears: 20 + seed * 6 });
    const front = await reader.read(await photographCard(await card(person, 'portrait'), { tiltDeg, scale: 0.7 }), { expect: 'portrait' });
    expect(texts(front)).toEqual(portraitSide(person));
    expect(front.fields.idNumber?.engine).toBe('both');
    expect(front.kind).toBe('residentId');
    expect(front.findings.filter((f) => f.severity !== 'info')).toEqual([]);
    const back = await reader.read(await photographCard(await card(person, 'emblem'), { tiltDeg, scale: 0.7 }), { expect: 'emblem' });
    expect(texts(back)).toEqual(emblemSide(person));
  });

  test('a card on a table of its own colour is found by its print (R14)', async () => {
    const person = inventPerson(5);
    expect(texts(await reader.read(await photographCard(await card(person, 'portrait'), { tiltDeg: 7, background: '#f0f3f2' })))).toEqual(portraitSide(person));
    expect(texts(await reader.read(await photographCard(await card(person, 'emblem'), { tiltDeg: 187, background: '#f0f3f2' })))).toEqual(emblemSide(person));
  });

  test('each field says where in the photo it stands (R14)', async () => {
    const photo = await photographCard(await card(inventPerson(2), 'portrait'), { scale: 0.8 });
    const { box } = (await reader.read(photo)).fields.idNumber ?? { box: undefined };
    // The card covers 0.1…0.9 of the width; the number its lower right.
    expect(box).toMatchObject({ x: expect.closeTo(0.1 + 0.8 * 0.33, 1), y: expect.closeTo(0.5 + 0.336 * 0.73, 1) });
  });

  test('the residence permit of people from Hong Kong, Macao and Taiwan is read on both sides, and called by its name (R12)', async () => {
    const person = { ...inventPerson(7), number: '830000199201300022' };
    const holder = { ...person, birth: '1992-01-30', sex: '女' as const, kind: 'residencePermit' as const, validFrom: '2024-03-07', validTo: '2029-03-07', passNumber: '12345678', issues: '02' };
    const front = await reader.read(await photographCard(await renderCard({ ...holder, side: 'portrait', portrait })), { expect: 'portrait' });
    expect(front).toMatchObject({ kind: 'residencePermit', side: 'portrait' });
    expect(front.fields.idNumber?.text).toBe(holder.number);
    // It prints no ethnic group, so none is missing.
    expect(front.findings.filter((f) => f.field === 'ethnicity')).toEqual([]);
    const back = await reader.read(await photographCard(await renderCard({ ...holder, side: 'emblem', portrait })), { expect: 'emblem' });
    expect(back.kind).toBe('residencePermit');
    expect(texts(back)).toEqual({ authority: holder.authority, validFrom: '2024-03-07', validTo: '2029-03-07' });
  });

  test.each(['portrait', 'emblem'] as const)('the %s side held to the camera is read out of a 1280×720 frame that went through VP8 (R20)', async (side) => {
    const person = inventPerson(1);
    const scene = await cardScene(await card(person, side), portrait);
    const shots = await Promise.all(Array.from({ length: 12 }, async (_, i) => await renderFrame(scene, 1 + i / 30, i)));
    const reading = await reader.read(await throughVp8(shots, 1500), { expect: side });
    expect(texts(reading)).toEqual(side === 'portrait' ? portraitSide(person) : emblemSide(person));
    expect(reading.findings.filter((f) => f.blocks)).toEqual([]);
  });

  test('the other side is named, and a printed number with a wrong check character is told, not mended (R12)', async () => {
    const person = inventPerson(3);
    const wrong = { ...person, number: person.number.slice(0, 17) + (person.number[17] === '5' ? '6' : '5') };
    const reading = await reader.read(await photographCard(await card(wrong, 'portrait')), { expect: 'emblem' });
    expect(reading.fields.idNumber?.text).toBe(wrong.number);
    expect(codes(reading)).toEqual(expect.arrayContaining(['SIDE_WRONG', 'ID_CHECK_CHARACTER_WRONG']));
  });

  test('a birth date that does not agree with the number is told as printed (R12)', async () => {
    const reading = await reader.read(await photographCard(await card({ ...inventPerson(3), birth: '1981-02-03' }, 'portrait')));
    expect(reading.fields.birthDate?.text).toBe('1981-02-03');
    expect(reading.findings.find((f) => f.code === 'ID_BIRTH_DATE_DIFFERS')).toMatchObject({ blocks: true });
  });

  test('a character that no engine knows is not given out as one that looks like it (R14, R25)', async () => {
    const reading = await reader.read(await photographCard(await card({ ...inventPerson(3), name: '陈䶮翾' }, 'portrait')));
    expect(reading.findings.find((f) => f.field === 'name')?.code).toMatch(/FIELD_UNSURE|FIELD_UNREADABLE/);
    expect(reading.fields.idNumber?.text).toBe(inventPerson(3).number);
  });

  test.each([
    ['both sides of one card', [[2, 'portrait'], [2, 'emblem']]], ['the cards of two people', [[2, 'portrait'], [3, 'portrait']]], ['one above the other', [[4, 'emblem'], [4, 'portrait']]],
  ] as const)('%s in one picture are told when it is judged, and when it is read (R14, R21)', async (how, cards) => {
    const faces = await Promise.all(cards.map(async ([seed, side]) => await sharp(await card(inventPerson(seed), side)).resize({ width: 900 }).png().toBuffer()));
    const stacked = how.includes('above');
    const photo = await sharp({ create: { width: stacked ? 1200 : 2000, height: stacked ? 1400 : 1000, channels: 3, background: '#4a3a2c' } })
      .composite(faces.map((input, i) => (stacked ? { input, left: 150, top: 60 + 660 * i } : { input, left: 50 + 1000 * i, top: 200 }))).jpeg().toBuffer();
    // Neither is “the other side”: which of them is meant nobody knows.
    expect((await reader.judge(photo, { kind: 'portraitSide', expect: 'portrait' })).findings.map(({ code }) => code)).toEqual(['SEVERAL_CARDS']);
    expect(codes(await reader.read(photo))).toContain('SEVERAL_CARDS');
  });

  test('an address of which a reflection hides the middle is not given out as the whole one, and where it stands is told (R14)', async () => {
    const person = inventPerson(4);
    const face = await card(person, 'portrait');
    const { width = 0, height = 0 } = await sharp(face).metadata();
    const spot = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs><radialGradient id="g"><stop offset="0.6" stop-color="#fff"/><stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient></defs><circle cx="${0.34 * width}" cy="${0.53 * height}" r="${0.12 * width}" fill="url(#g)"/></svg>`);
    const reading = await reader.read(await photographCard(await sharp(face).composite([{ input: spot }]).png().toBuffer(), { scale: 0.7 }), { expect: 'portrait' });
    expect(reading.fields.address).toBeUndefined();
    expect(reading.findings).toContainEqual(expect.objectContaining({ code: 'FIELD_UNREADABLE', field: 'address', evidence: { box: expect.anything() } }));
  });

  test('a driving licence is told as another document when it is judged, not as a tilted or cut-off card (R14, R21)', async () => {
    const rows = ['证号 310101199202149440', '姓名 吴思远 性别 女 国籍 中国', '住址 上海市黄浦区青年街79号4栋440室', '出生日期 1992-02-14', '初次领证日期 2015-06-01', '准驾车型 C1'];
    const licence = `<svg xmlns="http://www.w3.org/2000/svg" width="1100" height="740"><rect width="1100" height="740" rx="20" fill="#f4f1e6"/><g font-family="Noto Sans CJK SC" fill="#222">
      <text x="190" y="90" font-size="52">中华人民共和国机动车驾驶证</text><text x="230" y="140" font-size="30">Driving License of the People's Republic of China</text>
      ${rows.map((text, i) => `<text x="60" y="${230 + 80 * i}" font-size="40">${text}</text>`).join('')}</g></svg>`;
    const photo = await sharp({ create: { width: 1600, height: 1200, channels: 3, background: '#3c3c40' } }).composite([{ input: Buffer.from(licence), left: 250, top: 230 }]).jpeg().toBuffer();
    const { findings } = await reader.judge(photo, { kind: 'document', expect: 'portrait' });
    expect(findings.map(({ code }) => code)).toEqual(['OTHER_DOCUMENT']);
  });

  test('the emblem side of a residence permit in the place of the portrait side is the wrong side, not another document (R14)', async () => {
    const permit = { kind: 'residencePermit' as const, validFrom: '2024-03-07', validTo: '2029-03-07', passNumber: '12345678', issues: '02' };
    const photo = await photographCard(await card({ ...inventPerson(7), ...permit }, 'emblem'), { scale: 0.7 });
    expect((await reader.judge(photo, { kind: 'document', expect: 'portrait' })).findings.map(({ code }) => code)).toEqual(['SIDE_WRONG']);
  });

  test('the portrait of a card that is held into the camera is not the client’s face (R20)', async () => {
    const scene = await cardScene(await card(inventPerson(2), 'portrait'), portrait);
    const held = await throughVp8(await Promise.all(Array.from({ length: 12 }, async (_, i) => await renderFrame(scene, 1 + i / 30, i))), 1500);
    expect((await reader.judge(held, { kind: 'face' })).findings.map(({ code }) => code)).toContain('PHOTO_FACE_ON_CARD');
  });

  test('another document is called so (R14)', async () => {
    const reading = await reader.read(await passport(), { expect: 'portrait' });
    expect(reading).toMatchObject({ kind: 'unknown', fields: {} });
    expect(codes(reading)).toContain('OTHER_DOCUMENT');
  });

  // Moiré in colours on a monitor, and on a laptop.
  test.each([700_001, 700_009])('a photo of a display that shows a card is read like a card: no number is taken over wrong, and nothing is claimed of the display (R14; photo %i)', async (seed) => {
    const { jpeg, grid } = await photographScreen(cardOfSeed(seed), { seed });
    expect(grid).toBeGreaterThan(1);
    const { holder, side } = cardOfSeed(seed);
    const reading = await reader.read(jpeg, { expect: side });
    if (side === 'portrait') expect([holder.number, undefined]).toContain(reading.fields.idNumber?.text);
    expect(reading.side).toBe(side);
    expect((await reader.judge(jpeg, { kind: 'document', expect: side })).findings).toEqual([]);
  }, 240_000);

  test('a picture without a card has no fields and says so', async () => {
    const reading = await reader.read(portrait, { expect: 'portrait' });
    expect(reading).toMatchObject({ side: 'unknown', fields: {} });
    expect(codes(reading)).toEqual(expect.arrayContaining([expect.stringMatching(/CARD_NOT_FOUND|SIDE_UNKNOWN/)]));
  });
});
