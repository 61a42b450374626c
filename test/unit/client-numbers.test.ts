import { describe, expect, test } from '@jest/globals';
import { cardNumberFits, idNumberFits, inFours, maskPhone, normalisePhone, phoneFits, phoneProblem, saidByIdNumber } from '../../client/join/rules/numbers.ts';

describe('numbers while they are typed', () => {
  test('the two good ID numbers of the standard are taken, X in either case (R12)', () => {
    expect(idNumberFits('11010519491231002X')).toBe(true);
    expect(idNumberFits('11010519491231002x')).toBe(true);
    expect(idNumberFits('440524188001010014')).toBe(true);
  });
  test('an ID number with one wrong digit or two swapped ones is marked at once (R12)', () => {
    expect(idNumberFits('110105194912310021')).toBe(false);
    expect(idNumberFits('11010519491213002X')).toBe(false);
    expect(idNumberFits('1101051949123100')).toBe(false);
  });
  test('the number says birth date and sex, and nothing when the date does not exist (R12)', () => {
    expect(saidByIdNumber('11010519491231002X')).toEqual({ birthDate: '1949-12-31', sex: 'female' });
    expect(saidByIdNumber('110105194902310026')).toBeNull();
  });
  test('a mistyped bank card number is marked by its check digit', () => {
    expect(cardNumberFits('4111 1111 1111 1111')).toBe(true);
    expect(cardNumberFits('4111111111111112')).toBe(false);
    expect(cardNumberFits('411111')).toBe(false);
  });
  test('a card number is shown in fours and a phone number must be a mobile one (R15)', () => {
    expect(inFours('6222000000000000000')).toBe('6222 0000 0000 0000 000');
    expect(phoneFits('13800138000')).toBe(true);
    expect(phoneFits('01088886666')).toBe(false);
  });
  test.each(['+86 139 1000 0001', '0086-139-1000-0001', '86 13910000001', '１３９１００００００１', '(139) 1000 0001', '\u202a13910000001\u202c'])('a mobile number is taken however it is written: %s (R15)', (written) => {
    expect(normalisePhone(written)).toBe('13910000001');
    expect(phoneFits(written)).toBe(true);
  });
  test('what is wrong with a mobile number is said: too short, too long, not a mobile one (R15)', () => {
    expect(phoneProblem('12345')).toBe('notMobile');
    expect(phoneProblem('12345678901')).toBe('notMobile');
    expect(phoneProblem('1391000')).toBe('short');
    expect(phoneProblem('139100000012')).toBe('long');
    expect(phoneProblem('139o0000001')).toBe('notDigits');
    expect(phoneProblem(' ')).toBe('empty');
    expect(maskPhone('+86 139 1000 0001')).toBe('139****0001');
  });
});
