import { describe, expect, test } from '@jest/globals';

import { decideNumber, PROVES_ITSELF } from '../../../review/checks/reading/readNumber.ts';
import type { NumberReading } from '../../../review/checks/reading/readNumber.ts';

const zone = { left: 0, top: 0, right: 1, bottom: 1 };
const GOOD = '11010519491231002X';
const printed = { birthDate: '1949-12-31', sex: '女' };
const says = (by: NumberReading['by'], text: string, weakest = 0.99): NumberReading => ({ by, text, weakest, confidence: weakest, checks: text === GOOD || text === '440524188001010014' });
const codes = (readings: NumberReading[], beside: Parameters<typeof decideNumber>[1] = printed) => decideNumber(readings, beside, zone).findings.map(({ code, blocks }) => `${code}${blocks ? '!' : ''}`);

describe('the number is read by two engines (R12, R14)', () => {
  test('what both read the same, and whose check character fits, is taken without a word', () => {
    expect(decideNumber([says('ppocr', GOOD), says('tesseract', GOOD, 0.3)], {}, zone)).toMatchObject({ field: { text: GOOD, engine: 'both' }, findings: [] });
  });
  test('what both read the same though its check character is wrong is printed so: the rules tell, nothing is mended', () => {
    const wrong = '110105194912310021';
    expect(decideNumber([says('ppocr', wrong), says('tesseract', wrong)], printed, zone)).toMatchObject({ field: { text: wrong, engine: 'both' }, findings: [] });
  });
  test('two different numbers close approve', () => {
    expect(codes([says('ppocr', GOOD), says('tesseract', '440524188001010014')])).toEqual(['ID_READ_DIFFERENTLY!']);
  });
  test('one reading proves itself by check character, printed birth date, sex and sureness together; then the difference is only told', () => {
    const misread = says('tesseract', '11010519491231008X');
    expect(codes([says('ppocr', GOOD), misread])).toEqual(['ID_READ_DIFFERENTLY']);
    expect(codes([says('ppocr', GOOD)])).toEqual(['ID_READ_DIFFERENTLY']);
    expect(codes([says('ppocr', GOOD, PROVES_ITSELF - 0.01), misread])).toEqual(['ID_READ_DIFFERENTLY!']);
    expect(codes([says('ppocr', GOOD), misread], { ...printed, birthDate: '1949-12-30' })).toEqual(['ID_READ_DIFFERENTLY!']);
    expect(codes([says('ppocr', GOOD), misread], { ...printed, sex: '男' })).toEqual(['ID_READ_DIFFERENTLY!']);
    expect(codes([says('ppocr', GOOD), misread], {})).toEqual(['ID_READ_DIFFERENTLY!']);
    expect(codes([says('tesseract', GOOD)])).toEqual(['ID_READ_DIFFERENTLY!']);
  });
  test('a reading that no other confirms and whose check character is wrong is never taken', () => {
    expect(codes([says('ppocr', '110105194912310021')])).toEqual(['ID_READ_DIFFERENTLY!']);
    expect(decideNumber([], printed, zone)).toEqual({ findings: [] });
  });
});
