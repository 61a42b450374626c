import { describe, expect, test } from '@jest/globals';

import { parseAddress, parseAuthority, parseBirthDate, parseName, parseNumber, parseValidity } from '../../../review/checks/reading/fields.ts';
import { elect } from '../../../review/checks/reading/readSides.ts';

const glyphs = (text: string, from = 150) => Array.from(text, (char, i) => ({ text: char, x: from + i * 20, confidence: 0.95 }));

describe('from characters to fields: what does not parse is absent, never guessed (R14)', () => {
  test('a label left of the value does not belong to it', () => {
    expect(parseName([...glyphs('姓名', 60), ...glyphs('胡浩然')], 145)?.text).toBe('胡浩然');
  });
  test('a birth date that does not exist is absent', () => {
    expect(parseBirthDate(glyphs('1990年5月18日'), 145)?.text).toBe('1990-05-18');
    expect(parseBirthDate(glyphs('1990年2月30日'), 145)).toBeNull();
    expect(parseBirthDate(glyphs('1990年月18日'), 145)).toBeNull();
  });
  test('a number needs 18 characters; a wrong check character is told, not mended', () => {
    expect(parseNumber(glyphs('11010519491231002X'))).toMatchObject({ checks: true });
    expect(parseNumber(glyphs('110105194912310021'))).toMatchObject({ text: '110105194912310021', checks: false });
    expect(parseNumber(glyphs('1101051949123100'))).toBeNull();
  });
  test('长期 is long-term, and an end before the beginning is absent', () => {
    expect(parseValidity(glyphs('2015.03.02-长期', 340), 334)?.text).toBe('2015-03-02 long-term');
    expect(parseValidity(glyphs('2015.03.02-2035.03.02', 340), 334)?.text).toBe('2015-03-02 2035-03-02');
    expect(parseValidity(glyphs('2035.03.02-2015.03.02', 340), 334)).toBeNull();
  });
  test('an address keeps digits and drops noise; an authority is a public security organ', () => {
    expect(parseAddress(glyphs('东湖路１４６号|10栋。'))?.text).toBe('东湖路146号10栋');
    expect(parseAuthority(glyphs('武汉市公安局武昌分局', 340), 334)?.text).toBe('武汉市公安局武昌分局');
    expect(parseAuthority(glyphs('武汉市武昌', 340), 334)).toBeNull();
  });
  test('when renditions disagree the majority is shown as unsure', () => {
    const vote = (text: string, confidence: number) => ({ text, confidence, weakest: confidence });
    expect(elect([vote('吴若兰', 0.9), vote('吴铝兰', 0.95), vote('吴若兰', 0.88)])).toMatchObject({ text: '吴若兰', confidence: 0.7 });
    expect(elect([])).toBeUndefined();
  });
});
