import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { FIELD_NAMES } from '../../../contracts/reading.ts';
import type { FieldName, Tolerated } from '../../../contracts/reading.ts';
import { compareFields, evidenceOfReadings } from '../../../review/checks/compare.ts';
import { toleranceBetween } from '../../../review/checks/tolerance.ts';

describe('texts that mean the same are told as such, with what was passed over (R14)', () => {
  test.each<[FieldName, string, string, Tolerated[]]>([
    ['name', '張建國', '张建国', ['traditional']],
    ['name', '於建國', '於建国', ['traditional']],
    ['name', '阿依古丽•买买提', '阿依古丽·买买提', ['middleDot']],
    ['name', '阿依古丽・买买提', '阿依古丽．买买提', ['middleDot']],
    ['name', '阿依古丽 · 买买提', '阿依古丽·买买提', ['spaces']],
    ['address', '东湖路１４６号', '东湖路146号', ['fullWidth']],
    ['address', '东湖路146号 10栋', '东湖路146号10栋', ['spaces']],
    ['address', '东湖路146号10幢', '东湖路146号10栋', ['houseWord']],
    ['address', '东湖路146号10号楼', '东湖路146号10幢', ['houseWord']],
    ['address', '東湖路146號10棟b座', '东湖路146号10号楼B座', ['traditional', 'houseWord', 'letterCase']],
    ['idNumber', '11010519491231002x', '11010519491231002X', ['letterCase']],
    ['ethnicity', '維吾爾族', '维吾尔', ['traditional', 'ethnicSuffix']],
    ['authority', '上海市公安局浦東分局', '上海市公安局浦东分局', ['traditional']],
  ])('%s: %s and %s, passing over %j', (field, left, right, expected) => {
    expect([...toleranceBetween(field, left, right) ?? ['differs']].sort()).toEqual([...expected].sort());
    expect([...toleranceBetween(field, right, left) ?? ['differs']].sort()).toEqual([...expected].sort());
    const [found] = compareFields({ form: { [field]: left }, upload: { [field]: right } });
    expect(found).toMatchObject({ code: 'FIELD_DIFFERS_IN_FORM_ONLY', severity: 'info', blocks: false, said: left, expected: right });
    expect([...found!.tolerated!].sort()).toEqual([...expected].sort());
  });
});

describe('a true difference is never hidden (R14)', () => {
  test.each<[FieldName, string, string]>([
    ['name', '王建国', '王建囯民'], ['name', '张伟', '张玮'], ['name', '於明', '于明'], ['name', '锺文', '钟文'], ['name', '李昇', '李升'], ['name', '徐徵', '徐征'], ['name', '阿依古丽买买提', '阿依古丽·买买提'],
    ['address', '东湖路146号10栋', '东湖路146号11栋'], ['address', '东湖路146号10栋', '东湖路146号10室'], ['address', '东湖路146号', '东湖路164号'],
    ['idNumber', '110105194912310021', '11010519491231002X'], ['idNumber', '11O10519491231002X', '11010519491231002X'],
    ['birthDate', '1990-01-02', '1990-01-20'], ['validTo', 'long-term', '2040-01-01'], ['sex', 'male', 'female'],
  ])('%s: %s and %s differ', (field, left, right) => {
    expect(compareFields({ form: { [field]: left }, upload: { [field]: right } })).toEqual([expect.objectContaining({ code: 'FIELD_DIFFERS', severity: 'warning', said: left, expected: right })]);
  });
  test('a changed digit of an address or a changed character of a name differs, wherever it stands', () => {
    const characters = [...'浩然东湖路栋号楼幢0123456789ABX'];
    fc.assert(fc.property(fc.array(fc.constantFrom(...characters), { minLength: 2, maxLength: 20 }), fc.nat(19), fc.constantFrom(...[...'陈李赵孙7890']), (text, at, by) => {
      const place = at % text.length;
      fc.pre(text[place] !== by);
      const other = text.map((c, i) => (i === place ? by : c)).join('');
      for (const field of ['name', 'address', 'authority', 'idNumber'] as const) {
        const tolerated = toleranceBetween(field, text.join(''), other);
        // 号楼 and 栋 are one word: only what touches that word may agree again.
        if (tolerated !== null) expect(tolerated).toContain('houseWord');
      }
    }), { numRuns: 500 });
  });
  test('equal texts need no tolerance, and none is named', () => {
    fc.assert(fc.property(fc.constantFrom(...FIELD_NAMES), fc.string(), (field, text) => { expect(toleranceBetween(field, text, text)).toEqual([]); }));
  });
});

test('a difference says in which picture and where it stands; of two pictures both (R14)', () => {
  const at = (x: number) => ({ x, y: 0.1, width: 0.2, height: 0.05 });
  const reading = (text: string, x: number) => ({ side: 'portrait' as const, fields: { name: { text, confidence: 1, box: at(x) } }, findings: [] });
  const [upload, call] = [reading('胡浩然', 0.1), reading('胡洁然', 0.3)];
  const where = { upload: evidenceOfReadings([{ picture: 'upload.portrait', reading: upload }]), call: evidenceOfReadings([{ picture: 'call.portraitSide', reading: call }]) };
  const found = compareFields({ form: { name: '胡浩燃' }, upload: { name: '胡浩然' }, call: { name: '胡洁然' } }, where);
  expect(found.map(({ source, against, evidence, againstEvidence }) => [source, against, evidence, againstEvidence])).toEqual([
    ['form', 'upload', { picture: 'upload.portrait', box: at(0.1) }, undefined],
    ['form', 'call', { picture: 'call.portraitSide', box: at(0.3) }, undefined],
    ['upload', 'call', { picture: 'upload.portrait', box: at(0.1) }, { picture: 'call.portraitSide', box: at(0.3) }],
  ]);
});
