import { describe, expect, test } from '@jest/globals';

import { ageOn, checkAge } from '../../../review/checks/age.ts';
import { checkValidity } from '../../../review/checks/validity.ts';
import { inventPerson } from '../../support/cards/index.ts';

const codes = (validFrom: string, validTo: string, birth: string | undefined, today: string) => checkValidity({ validFrom, validTo }, birth, today).map((f) => f.code);

describe('age on the day', () => {
  test('a client turns 18 on the birthday, not the day before (R10)', () => {
    expect(checkAge('2008-06-02', '2026-06-01').map((f) => f.code)).toEqual(['AGE_UNDER_18']);
    expect(checkAge('2008-06-02', '2026-06-02')).toEqual([]);
  });
  test('16–17 and under 16 are told apart (R10)', () => {
    expect(checkAge('2010-06-02', '2026-06-02').map((f) => f.code)).toEqual(['AGE_UNDER_18']);
    expect(checkAge('2010-06-03', '2026-06-02').map((f) => f.code)).toEqual(['AGE_UNDER_16']);
  });
  test('who was born on 29 February is a year older on 1 March (R10)', () => {
    expect([ageOn('2008-02-29', '2026-02-28'), ageOn('2008-02-29', '2026-03-01')]).toEqual([17, 18]);
  });
  test('there is no upper age unless one is set (R10)', () => {
    expect(checkAge('1930-01-01', '2026-01-01')).toEqual([]);
    expect(checkAge('1930-01-01', '2026-01-01', { upperAge: 70 }).map((f) => f.code)).toEqual(['AGE_OVER_LIMIT']);
  });
});

describe('the period of validity', () => {
  test('a card is good on its last day and expired on the next (R11)', () => {
    expect(codes('2016-03-02', '2036-03-02', '1985-01-01', '2036-03-02')).toEqual([]);
    expect(codes('2016-03-02', '2036-03-02', '1985-01-01', '2036-03-03')).toEqual(['ID_EXPIRED']);
  });
  test('a card that begins tomorrow is not valid yet (R11)', () => {
    expect(codes('2026-06-02', '2046-06-02', '1985-01-01', '2026-06-01')).toEqual(['ID_NOT_YET_VALID']);
  });
  test.each([
    ['2020-06-01', '2025-06-01', '2004-06-02'], ['2020-06-01', '2030-06-01', '2004-06-01'], ['2020-06-01', '2030-06-01', '1994-06-02'],
    ['2020-06-01', '2040-06-01', '1994-06-01'], ['2020-06-01', '2040-06-01', '1974-06-02'], ['2020-06-01', 'long-term', '1974-06-01'],
  ])('issued %s until %s to somebody born %s fits (R11)', (from, to, birth) => {
    expect(codes(from, to, birth, '2021-01-01')).toEqual([]);
  });
  test('a span that does not fit the age at issue is found, with the one expected (R11)', () => {
    expect(checkValidity({ validFrom: '2020-06-01', validTo: 'long-term' }, '1990-01-01', '2021-01-01')).toEqual([
      expect.objectContaining({ code: 'ID_VALIDITY_UNFIT', field: 'validTo', said: 'long-term', expected: '2040-06-01' }),
    ]);
  });
  test('a card issued on 29 February may end beside the missing day (R11)', () => {
    for (const end of ['2030-02-28', '2030-03-01']) expect(codes('2020-02-29', end, '2000-01-01', '2021-01-01')).toEqual([]);
  });
  test('a residence permit of Hong Kong, Macao and Taiwan residents runs five years at every age (R11)', () => {
    for (const birth of ['1950-01-01', '1990-01-01', '2007-01-01']) {
      expect(checkValidity({ validFrom: '2024-06-01', validTo: '2029-06-01' }, birth, '2026-01-01', 'residencePermit')).toEqual([]);
      expect(checkValidity({ validFrom: '2024-06-01', validTo: 'long-term' }, birth, '2026-01-01', 'residencePermit').map((f) => f.code)).toEqual(['ID_VALIDITY_UNFIT']);
    }
  });
  test('every invented person’s card fits, and an expired one is only expired (R11)', () => {
    const today = new Date(2026, 5, 1);
    for (let seed = 0; seed < 60; seed += 1) {
      const person = inventPerson(seed, { ageYears: 17 + seed, today });
      const to = person.validTo === '长期' ? 'long-term' : person.validTo;
      expect(codes(person.validFrom, to, person.birth, '2026-06-01')).toEqual([]);
      expect(ageOn(person.birth, '2026-06-01')).toBe(17 + seed);
    }
    const gone = inventPerson(3, { ageYears: 40, today, expired: true });
    expect(codes(gone.validFrom, gone.validTo, gone.birth, '2026-06-01')).toEqual(['ID_EXPIRED']);
  });
});
