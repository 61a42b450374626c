import { describe, expect, test } from '@jest/globals';

import { behind, parseAddress, parseAuthority, parseBirthDate, parseName, parseNumber, parseValidity } from '../../../review/checks/reading/fields.ts';
import { SURENESS } from '../../../review/checks/reading/readSides.ts';

const glyphs = (text: string, confidence = 0.95) => Array.from(text, (char) => ({ text: char, confidence }));

describe('from characters to fields: what does not parse is absent, never guessed (R14)', () => {
  test('a label before the value does not belong to it', () => {
    expect(behind(glyphs('有效期限2015'), /^.{0,3}限/).map((g) => g.text).join('')).toBe('2015');
    expect(parseAuthority(glyphs('签发机关武汉市公安局'))?.text).toBe('武汉市公安局');
  });
  test('the dot of a name stays, whatever dot the engine answers', () => {
    expect(parseName(glyphs('阿依古丽・买买提'))?.text).toBe('阿依古丽·买买提');
    expect(parseName(glyphs('·胡浩然'))?.text).toBe('胡浩然');
    expect(parseName(glyphs('胡'))).toBeNull();
  });
  test('one unsure character makes the whole name as unsure as itself', () => {
    expect(parseName([...glyphs('胡浩', 0.99), ...glyphs('然', 0.4)])).toMatchObject({ weakest: 0.4 });
  });
  test('3/4号, 1、2层, 10#, (东)2-1: what addresses have is kept, never run together to another number (R14)', () => {
    for (const address of ['武汉市洪山区文化路3/4号', '青山镇新华路8号1、2层', '和平街10#楼(东)2-1室', '人民路3号A&B座', '人民路3号B.2室']) {
      expect(parseAddress(glyphs(address, 0.99))).toMatchObject({ text: address, weakest: 0.99 });
    }
  });
  test('a character that no field has was not understood: what stands beside it is never shown as sure (R14)', () => {
    for (const parsed of [parseAddress(glyphs('武汉市文化路3|4号', 0.99)), parseName(glyphs('张E伟', 0.99)), parseName(glyphs('张伟7', 0.99)), parseAuthority(glyphs('武汉市公安局8昌分局', 0.99)), parseAddress(glyphs('武汉市文化路3号', 0.99), glyphs('5栋@室', 0.99))]) {
      expect(parsed?.weakest).toBeLessThan(SURENESS.unsure);
    }
  });
  test('a speck before the first and behind the last character of a row is no doubt', () => {
    expect(parseAddress(glyphs('|武汉市文化路3号。', 0.99), glyphs('.5栋|', 0.99))).toMatchObject({ text: '武汉市文化路3号5栋', weakest: 0.99 });
    expect(parseName(glyphs('|张伟。', 0.99))).toMatchObject({ text: '张伟', weakest: 0.99 });
  });
  test('a name with a character that hardly any name has, and rare ones are taken for, is never shown as sure', () => {
    expect(parseName(glyphs('纪文斑', 0.99))?.weakest).toBeLessThan(SURENESS.unsureName);
    expect(parseName(glyphs('纪文明', 0.99))?.weakest).toBeGreaterThan(SURENESS.unsureName);
  });
  test('a birth date that does not exist is absent', () => {
    expect(parseBirthDate(glyphs('1990年5月18日'))?.text).toBe('1990-05-18');
    expect(parseBirthDate(glyphs('1990年2月30日'))).toBeNull();
    expect(parseBirthDate(glyphs('1990年月18日'))).toBeNull();
  });
  test('a number needs 18 characters; a wrong check character is told, not mended (R12)', () => {
    expect(parseNumber(glyphs('11010519491231002X'))).toMatchObject({ checks: true });
    expect(parseNumber(glyphs('110105194912310021'))).toMatchObject({ text: '110105194912310021', checks: false });
    expect(parseNumber(glyphs('1101051949123100'))).toBeNull();
  });
  test('长期 is long-term, and an end before the beginning is absent', () => {
    expect(parseValidity(glyphs('2015.03.02-长期'))?.text).toBe('2015-03-02 long-term');
    expect(parseValidity(glyphs('2015.03.02-2035.03.02'))?.text).toBe('2015-03-02 2035-03-02');
    expect(parseValidity(glyphs('2035.03.02-2015.03.02'))).toBeNull();
  });
  test('an address keeps digits and drops noise; an authority is a public security organ', () => {
    expect(parseAddress(glyphs('东湖路１４６号|10栋。'))?.text).toBe('东湖路146号10栋');
    expect(parseAuthority(glyphs('武汉市公安局武昌分局'))?.text).toBe('武汉市公安局武昌分局');
    expect(parseAuthority(glyphs('武汉市武昌'))).toBeNull();
  });
});
