import { describe, expect, test } from '@jest/globals';

import { checkIdNumber, checkValidity, documentKindOf, ETHNICITIES, isKnownAreaCode } from '../../../review/checks/index.ts';
import { inventHolder } from '../../support/cards/index.ts';
import { HOLDERS_TODAY } from '../../support/cards/holder.ts';
import { PLACES } from '../../support/cards/places.ts';

const HOLDERS = Array.from({ length: 3000 }, (_, i) => inventHolder(1 + i));
const codes = (findings: readonly { code: string }[]): string[] => findings.map(({ code }) => code);
const validityOf = (holder: (typeof HOLDERS)[number]) => ({ validFrom: holder.validFrom, validTo: holder.validTo === '长期' ? 'long-term' : holder.validTo });

describe('invented holders of cards', () => {
  test('every number obeys GB 11643-1999 and agrees with the printed birth date and sex (R12)', () => {
    for (const holder of HOLDERS) expect(codes(checkIdNumber(holder.number, { birthDate: holder.birth, sex: holder.sex, today: HOLDERS_TODAY }))).toEqual([]);
  });

  test('every area is one of a GB/T 2260 table, and all 31 provincial divisions occur (R13)', () => {
    expect(PLACES.filter((place) => !isKnownAreaCode(place.code))).toEqual([]);
    expect(new Set(HOLDERS.filter((holder) => holder.kind === 'residentId').map((holder) => holder.number.slice(0, 2))).size).toBe(31);
  });

  test('a resident’s card runs as long as the age at issue says, and every span occurs (R11)', () => {
    const cards = HOLDERS.filter((holder) => holder.kind === 'residentId');
    for (const holder of cards) expect(codes(checkValidity(validityOf(holder), holder.birth, HOLDERS_TODAY))).not.toEqual(expect.arrayContaining([expect.stringMatching(/UNFIT|NOT_YET/)]));
    const spans = cards.map((holder) => (holder.validTo === '长期' ? '长期' : String(Number(holder.validTo.slice(0, 4)) - Number(holder.validFrom.slice(0, 4)))));
    expect([...new Set(spans)].sort()).toEqual(['10', '20', '5', '长期']);
  });

  test('residence permits have numbers of 81, 82 and 83 and run five years', () => {
    const permits = HOLDERS.filter((holder) => holder.kind === 'residencePermit');
    expect([...new Set(permits.map((holder) => holder.number.slice(0, 6)))].sort()).toEqual(['810000', '820000', '830000']);
    for (const holder of permits) {
      expect(documentKindOf(holder.number)).toBe('residencePermit');
      expect(Number(holder.validTo.slice(0, 4)) - Number(holder.validFrom.slice(0, 4))).toBe(5);
      expect(holder.passNumber).toMatch(/^[HM]?\d{8}$/);
    }
  });

  test('all 56 ethnic groups occur, names with the middle dot among them, and about 3 % of the cards carry a rare character', () => {
    expect(new Set(HOLDERS.map((holder) => holder.ethnicity))).toEqual(new Set(ETHNICITIES));
    expect(HOLDERS.some((holder) => /^\p{Script=Han}+·\p{Script=Han}+$/u.test(holder.name))).toBe(true);
    const rare = HOLDERS.filter((holder) => holder.rare).length / HOLDERS.length;
    expect(rare).toBeGreaterThan(0.02);
    expect(rare).toBeLessThan(0.04);
  });

  test('names have two to four characters, or more with a middle dot or in a people’s own form', () => {
    for (const holder of HOLDERS.filter((h) => h.ethnicity === '汉')) expect([...holder.name].length).toBeGreaterThanOrEqual(2);
    for (const holder of HOLDERS.filter((h) => h.ethnicity === '汉')) expect([...holder.name].length).toBeLessThanOrEqual(4);
    expect(Math.max(...HOLDERS.map((h) => [...h.name].length))).toBeGreaterThan(6);
  });

  test('addresses fill one to four lines of eleven characters', () => {
    const ems = (text: string): number => [...text].reduce((sum, c) => sum + (c.charCodeAt(0) < 256 ? 0.56 : 1), 0);
    const lines = new Set(HOLDERS.map((holder) => Math.ceil(ems(holder.address) / 11)));
    expect([...lines].sort()).toEqual([1, 2, 3, 4]);
  });

  test('the same seed is the same holder', () => {
    expect(inventHolder(77)).toEqual(inventHolder(77));
    expect(inventHolder(77)).not.toEqual(inventHolder(78));
  });
});
