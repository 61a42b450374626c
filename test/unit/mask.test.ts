import { describe, expect, test } from '@jest/globals';
import { makeFinding } from '../../contracts/reading.ts';
import { maskFinding } from '../../server/usecases/cases/mask.ts';

const shown = (said: string, expected: string) => {
  const finding = maskFinding({ ...makeFinding('ID_CHECK_CHARACTER_WRONG'), field: 'idNumber', said, expected });
  return [finding.said, finding.expected];
};

describe('two ID numbers that differ, on a screen (R43)', () => {
  test('the few positions that differ are shown, so that the difference is understood (R14)', () => {
    expect(shown('110105194912310021', '110105194912330021')).toEqual(['110105*******10021', '110105*******30021']);
  });
  test('the numbers of two different people are masked as everywhere, not shown almost in clear', () => {
    expect(shown('11010519491231002X', '110105200305070021')).toEqual(['110105********002X', '110105********0021']);
  });
  test('a number that is too short is masked too', () => {
    expect(shown('1101051949123100', '11010519491231002X')).toEqual(['110105******3100', '110105********002X']);
  });
});
