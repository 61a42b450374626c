import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { checkCharacter, checkIdNumber, isRealDate, normaliseIdNumber, parseIdNumber } from '../../../review/checks/idNumber.ts';
import { inventPerson, withCheckCharacter } from '../../support/cards/index.ts';

const codes = (number: string, printed = {}) => checkIdNumber(number, printed).map((finding) => finding.code);

describe('the citizen identification number', () => {
  test.each(['11010519491231002X', '440524188001010014'])('%s is good (R12)', (number) => {
    expect(checkIdNumber(number)).toEqual([]);
  });

  test('a wrong check character is found, whichever digit was mistyped (R12)', () => {
    fc.assert(fc.property(fc.nat(10_000), fc.nat(16), fc.integer({ min: 1, max: 9 }), (seed, at, by) => {
      const good = inventPerson(seed).number;
      const digit = (Number(good[at]) + by) % 10;
      const wrong = good.slice(0, at) + digit + good.slice(at + 1);
      expect(codes(wrong)).toContain('ID_CHECK_CHARACTER_WRONG');
    }));
  });

  test('the check character agrees with a second, independent computation (R12)', () => {
    fc.assert(fc.property(fc.array(fc.nat(9), { minLength: 17, maxLength: 17 }), (digits) => {
      const body = digits.join('');
      expect(body + checkCharacter(body)).toBe(withCheckCharacter(body));
    }));
  });

  test.each(['', '1101051949123100', '11010519491231002Y', 'A1010519491231002X', '１１０１０５19491231002X'])('%j is not 17 digits and a check character (R12)', (number) => {
    expect(codes(number)).toEqual(['ID_FORMAT_WRONG']);
  });

  test('full-width digits, spaces and a small x are the writer’s habit (R12)', () => {
    expect(normaliseIdNumber('１１０１０５ 19491231 002x')).toBe('11010519491231002X');
  });

  test.each(['20230229', '19001301', '19990431', '20990101'])('a birth date %s that cannot be is found (R12)', (date) => {
    expect(codes(withCheckCharacter(`110105${date}002`), { today: '2026-06-01' })).toContain('ID_DATE_IMPOSSIBLE');
  });

  test('digits 7–14 must equal the printed birth date, digit 17 the printed sex (R12)', () => {
    expect(codes('11010519491231002X', { birthDate: '1949-12-31', sex: '女' })).toEqual([]);
    expect(codes('11010519491231002X', { birthDate: '1949-12-30', sex: 'male' })).toEqual(['ID_BIRTH_DATE_DIFFERS', 'ID_SEX_DIFFERS']);
  });

  test('an unknown area code sends the case to review and never rejects by itself (R13)', () => {
    const [finding, ...others] = checkIdNumber(withCheckCharacter('99999919900101001'));
    expect(finding).toMatchObject({ code: 'ID_AREA_UNKNOWN', rule: 'R13', severity: 'warning' });
    expect(others).toEqual([]);
  });

  test('a code that was abolished still counts: numbers are for life (R13)', () => {
    // 北京市崇文区 until 2010, 北京市昌平县 until 1999.
    for (const area of ['110103', '110221']) expect(codes(withCheckCharacter(`${area}19800101001`))).toEqual([]);
  });

  test('the parts are read', () => {
    expect(parseIdNumber('11010519491231002X')).toEqual({ areaCode: '110105', birthDate: '1949-12-31', sex: 'female' });
    expect([isRealDate('2000-02-29'), isRealDate('1900-02-29'), isRealDate('2024-2-9')]).toEqual([true, false, false]);
  });

  test('no finding quotes the number', () => {
    const wrong = '110105194912310021';
    expect(JSON.stringify(checkIdNumber(wrong, { birthDate: '1949-01-01', sex: '男' }))).not.toContain(wrong);
  });
});
