import { describe, expect, test } from '@jest/globals';
import { sameForBoth, weakness } from '../../client/join/rules/passwords.ts';

const known = { birthDate: '1990-01-31', idNumber: '11010519900131284X' };

describe('trading and fund passwords (R19)', () => {
  test.each(['111111', '111112', '121212', '123123', '112233', '000012'])('repeated digits are refused: %s', (password) => {
    expect(weakness(password, known)).toBe('repeated');
  });
  test.each(['123456', '654321', '923457', '098765'])('running digits are refused: %s', (password) => {
    expect(weakness(password, known)).toBe('running');
  });
  test.each(['900131', '310190', '199001', '013190'])('the birth date is refused in any order: %s', (password) => {
    expect(weakness(password, known)).not.toBeNull();
  });
  test('a piece of the ID number is refused', () => {
    expect(weakness('131284', known)).toBe('idNumber');
  });
  test.each(['12345', '1234567', 'abcdef', ''])('anything but six digits is refused: "%s"', (password) => {
    expect(weakness(password)).toBe('format');
  });
  test('one password for both is refused as soon as it is typed', () => {
    expect(sameForBoth('284617', '284617')).toBe(true);
    expect(sameForBoth('284617', '739205')).toBe(false);
    expect(sameForBoth('', '')).toBe(false);
  });
  test.each(['284617', '739205', '135790', '508316'])('an ordinary password is taken: %s', (password) => {
    expect(weakness(password, known)).toBeNull();
  });
});
