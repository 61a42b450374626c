import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { clientForm } from '../../../contracts/http/client.ts';
import { checkIdNumber, documentKindOf, normaliseIdNumber } from '../../../review/checks/idNumber.ts';
import { inventPerson, withCheckCharacter } from '../../support/cards/index.ts';
import { corrupt, CORRUPTIONS, seeded } from '../../support/ids/corrupt.ts';
import type { Corruption } from '../../support/ids/corrupt.ts';

/** Taken as it is after everything we do to a number before we believe it. */
const isAccepted = (text: string): boolean => !checkIdNumber(normaliseIdNumber(text)).some((finding) => finding.blocks);

describe('10,000 corrupted numbers (R12, ISO 7064 MOD 11-2)', () => {
  const random = seeded(20_260_101);
  const numbers = Array.from({ length: 500 }, (_, seed) => inventPerson(seed).number);
  const tried = new Map<Corruption, { tried: number; accepted: string[] }>(CORRUPTIONS.map((kind) => [kind, { tried: 0, accepted: [] }]));
  for (let i = 0, made = 0; made < 10_000; i += 1) {
    const kind = CORRUPTIONS[i % CORRUPTIONS.length] as Corruption;
    const wrong = corrupt(numbers[Math.floor(random() * numbers.length)] as string, kind, random);
    if (wrong === null) continue;
    made += 1;
    const count = tried.get(kind)!;
    count.tried += 1;
    if (isAccepted(wrong)) count.accepted.push(wrong);
  }

  test('the numbers themselves are all accepted', () => {
    expect(numbers.filter((number) => !isAccepted(number))).toEqual([]);
  });
  test.each(CORRUPTIONS)('%s: none is accepted', (kind) => {
    const { tried: count, accepted } = tried.get(kind)!;
    expect(count).toBeGreaterThan(1_500);
    expect(accepted).toEqual([]);
  });
});

test('any one digit changed and any two neighbours swapped are found, in every number (R12)', () => {
  fc.assert(fc.property(fc.array(fc.nat(9), { minLength: 17, maxLength: 17 }), fc.nat(17), fc.integer({ min: 1, max: 9 }), (digits, at, by) => {
    const good = withCheckCharacter(digits.join(''));
    const codes = (number: string) => checkIdNumber(number).map((finding) => finding.code);
    const changed = good.slice(0, at) + (/\d/.test(good[at]!) ? (Number(good[at]) + by) % 10 : by) + good.slice(at + 1);
    expect(codes(changed)).toContain('ID_CHECK_CHARACTER_WRONG');
    if (at < 17 && good[at] !== good[at + 1]) {
      const swapped = good.slice(0, at) + good[at + 1] + good[at] + good.slice(at + 2);
      expect(codes(swapped).some((code) => code === 'ID_CHECK_CHARACTER_WRONG' || code === 'ID_FORMAT_WRONG')).toBe(true);
    }
  }), { numRuns: 2_000 });
});

test('a letter in the place of a digit is never made a digit, neither here nor in the form (R12)', () => {
  for (const wrong of ['11O10519491231002X', '1I010519491231002X', '11010519491231OO2X', 'l1010519491231002X']) {
    expect(checkIdNumber(normaliseIdNumber(wrong)).map((finding) => finding.code)).toEqual(['ID_FORMAT_WRONG']);
    const typed = clientForm.shape.idNumber.safeParse(wrong);
    expect(typed.success && checkIdNumber(typed.data).every((finding) => !finding.blocks)).toBe(false);
  }
});

describe('the area code', () => {
  const area = (code: string) => checkIdNumber(withCheckCharacter(`${code}19700101001`)).map((finding) => finding.code);
  test('every code of today’s districts and of the tables since 1980 is known (R13)', () => {
    // 浦东新区, 雄安 (2017), 三沙 (2012); abolished: 北京崇文区, 四川重庆市辖区 before 1997, 河北南宫县 in the 1980s, 广东海南行政区.
    for (const code of ['310115', '130629', '460321', '110103', '510202', '132101', '442721']) expect([code, area(code)]).toEqual([code, []]);
  });
  test('residence permits for Hong Kong, Macao and Taiwan residents begin with 81, 82, 83 (R12, R13)', () => {
    for (const code of ['810000', '820000', '830000']) {
      expect(area(code)).toEqual([]);
      expect(documentKindOf(withCheckCharacter(`${code}19700101001`))).toBe('residencePermit');
    }
    expect(documentKindOf('11010519491231002X')).toBe('residentId');
  });
  test.each(['000000', '990000', '310199', '840000', '123456'])('%s was never one: a person reviews it, nothing is rejected (R13)', (code) => {
    const findings = checkIdNumber(withCheckCharacter(`${code}19700101001`));
    expect(findings).toEqual([expect.objectContaining({ code: 'ID_AREA_UNKNOWN', blocks: false })]);
  });
});
