import { describe, expect, test } from '@jest/globals';

import { FINDINGS } from '../../../contracts/findings.ts';
import { compareFields, formOfTexts, textsOfReadings } from '../../../review/checks/compare.ts';
import { ETHNICITIES, matchEthnicity } from '../../../review/checks/ethnicities.ts';

const box = { x: 0, y: 0, width: 1, height: 1 };

describe('form, uploads and call are compared field by field', () => {
  test('what agrees everywhere gives no finding (R14)', () => {
    const texts = { name: '胡浩然', idNumber: '420106199005182812' };
    expect(compareFields({ form: texts, upload: { ...texts }, call: { ...texts } })).toEqual([]);
  });
  test('every difference of every pair is listed, none hidden (R14)', () => {
    const found = compareFields({ form: { name: '胡浩然' }, upload: { name: '胡洁然' }, call: { name: '胡浩燃' } });
    expect(found.map((f) => [f.code, f.source, f.against, f.said, f.expected])).toEqual([
      ['FIELD_DIFFERS', 'form', 'upload', '胡浩然', '胡洁然'],
      ['FIELD_DIFFERS', 'form', 'call', '胡浩然', '胡浩燃'],
      ['FIELD_DIFFERS', 'upload', 'call', '胡洁然', '胡浩燃'],
    ]);
  });
  test('spaces and full-width forms are told as such, not hidden (R14)', () => {
    const found = compareFields({ form: { address: '东湖路１４６号 10栋' }, upload: { address: '东湖路146号10栋' } });
    expect(found).toEqual([expect.objectContaining({ code: 'FIELD_DIFFERS_IN_FORM_ONLY', severity: 'info', field: 'address', tolerated: ['fullWidth', 'spaces'] })]);
  });
  test('the dot inside a name is the same dot however it was typed (R14)', () => {
    const found = compareFields({ form: { name: '阿依古丽•买买提' }, upload: { name: '阿依古丽·买买提' } });
    expect(found.map((f) => f.code)).toEqual(['FIELD_DIFFERS_IN_FORM_ONLY']);
  });
  test('a field that one place lacks is named (R14)', () => {
    expect(compareFields({ form: { authority: '甲市公安局' }, upload: {} })).toEqual([expect.objectContaining({ code: 'FIELD_MISSING', field: 'authority' })]);
  });
  test('male and 男 are one value in two codings; male and 女 differ (R14)', () => {
    expect(compareFields({ form: { sex: 'male' }, upload: { sex: '男' } })).toEqual([]);
    expect(compareFields({ form: { sex: 'male' }, upload: { sex: '女' } }).map((f) => f.code)).toEqual(['FIELD_DIFFERS']);
  });
  test('a place that does not exist yet is not compared', () => {
    expect(compareFields({ form: { name: '胡浩然' } })).toEqual([]);
  });
  test('readings of both sides become one set of fields, in the form’s coding', () => {
    const texts = textsOfReadings([
      { side: 'portrait', fields: { name: { text: '胡浩然', confidence: 1, box }, sex: { text: '男', confidence: 1, box } }, findings: [] },
      { side: 'emblem', fields: { authority: { text: '甲市公安局', confidence: 1, box } }, findings: [] }, null,
    ]);
    expect(formOfTexts(texts)).toEqual({ name: '胡浩然', sex: 'male', authority: '甲市公安局' });
  });
});

test('there are 56 ethnic groups, each read with or without 族', () => {
  expect(new Set(ETHNICITIES).size).toBe(56);
  expect([matchEthnicity('维吾尔'), matchEthnicity('汉族'), matchEthnicity('维各尔'), matchEthnicity('族')]).toEqual(['维吾尔', '汉', null, null]);
});

test('every finding has words in both languages and names its rule', () => {
  for (const entry of Object.values(FINDINGS)) {
    expect(entry.rule).toMatch(/^R\d{2}$/);
    expect(entry.zh).toMatch(/[\u4e00-\u9fff]/);
    expect(entry.en.length).toBeGreaterThan(8);
  }
});
