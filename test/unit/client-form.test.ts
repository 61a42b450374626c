import { describe, expect, test } from '@jest/globals';
import { differs, doubtedFields, fieldOf, findingWords, formProblems, isAbout } from '../../client/join/rules/fields.ts';
import { placesFit } from '../../client/join/rules/places.ts';
import { errorBody } from '../../contracts/errors.ts';
import { FINDING_CODES } from '../../contracts/findings.ts';
import type { ClientForm, DocumentView } from '../../contracts/http/client.ts';
import { makeFinding } from '../../contracts/reading.ts';

describe('a refused field of the form', () => {
  test('loses its mark when it, or what it was judged with, changes (R11, R12)', () => {
    expect(isAbout(errorBody('ID_EXPIRED'), 'validTo')).toBe(true);
    expect(isAbout(errorBody('ID_VALIDITY_UNFIT', { field: 'validTo' }), 'validFrom')).toBe(true);
    expect(isAbout(errorBody('BIRTH_DATE_MISMATCH'), 'idNumber')).toBe(true);
    expect(isAbout(errorBody('BAD_REQUEST', { field: 'address' }), 'address')).toBe(true);
  });
  test('keeps its mark while other fields change', () => {
    expect(isAbout(errorBody('ID_EXPIRED'), 'name')).toBe(false);
    expect(isAbout(errorBody('OVERLOADED'), 'name')).toBe(false);
    expect(fieldOf(errorBody('ID_EXPIRED'))).toBe('validTo');
  });
});

describe('what was read and what is typed', () => {
  test('ways of writing that the server passes over are no difference on the phone either (R14)', () => {
    expect(differs('address', '街２１号12幢1067室', '街21号12栋1067室')).toBe(false);
    expect(differs('ethnicity', '汉族', '汉')).toBe(false);
    expect(differs('name', '阿依古丽•买买提', '阿依古丽·买买提')).toBe(false);
    expect(differs('address', '街21号13栋1067室', '街21号12栋1067室')).toBe(true);
    expect(differs('birthDate', '1990-01-02', '1990-01-01')).toBe(true);
  });
  test('a field that was not read, or not surely, says so where it is filled in (R14)', () => {
    const document = { reading: { side: 'portrait', fields: {}, findings: [makeFinding('FIELD_UNREADABLE', { field: 'name' }), makeFinding('FIELD_UNSURE', { field: 'address' }), makeFinding('ID_AREA_UNKNOWN', { field: 'idNumber' })] } } as unknown as DocumentView;
    expect(doubtedFields([document])).toEqual({ name: 'unread', address: 'unsure' });
  });
  test('a residence permit prints no ethnic group, and none is asked for', () => {
    const form = { name: '陈大文', sex: 'male', ethnicity: '', birthDate: '1990-01-01', address: '上海市黄浦区1号', authority: '上海市公安局', validFrom: '2024-01-01', validTo: '2029-01-01' };
    expect(formProblems({ ...form, idNumber: '810000199001010011' } as ClientForm)).not.toHaveProperty('ethnicity');
    expect(formProblems({ ...form, idNumber: '310101199001010011' } as ClientForm)).toHaveProperty('ethnicity');
    expect(formProblems({ ...form, idNumber: '810101199001010011' } as ClientForm)).toHaveProperty('ethnicity');
  });
  test('no finding tells a client to have a person check, and each is a whole sentence in both languages', () => {
    for (const code of FINDING_CODES.filter((one) => !/^(POLICE|NEGATIVE|CUSTOMER|RELATION|EARLIER|FACE|BACKGROUND|STILL|FIELD_(DIFFERS|MISSING))/.test(one))) {
      const { zh, en } = findingWords(makeFinding(code));
      expect([code, zh]).toEqual([code, expect.stringMatching(/^(?!.*人工).*。$/)]);
      expect([code, en]).toEqual([code, expect.stringMatching(/^(?!.*a person).*\.$/)]);
    }
  });
});

describe('an emblem side of another place than the portrait side (R14)', () => {
  const fits = (authority: string, address: string, idNumber = '110105194912310021'): boolean => placesFit({ authority, address, idNumber });
  test.each([
    ['北京市公安局朝阳分局', '北京市朝阳区建国路1号'], ['杭州市公安局西湖分局', '浙江省杭州市西湖区文三路2号'], ['安吉县公安局', '浙江省湖州市安吉县递铺镇'],
    ['南宁市公安局青秀分局', '广西南宁市青秀区民族大道3号'], ['浙江省杭州市公安局', '杭州市上城区1号'], ['延边朝鲜族自治州公安局', '吉林省延边朝鲜族自治州延吉市'], ['公安部', '上海市浦东新区'],
  ])('of the same place there is no hint: %s, %s', (authority, address) => {
    expect(fits(authority, address)).toBe(true);
  });
  test('is hinted at, as the two photos may be of two cards', () => {
    expect(fits('深圳市公安局南山分局', '北京市朝阳区建国路1号')).toBe(false);
    expect(fits('上海市公安局黄浦分局', '浙江省杭州市西湖区文三路2号', '330106199001012345')).toBe(false);
  });
  test('a client who moved: the number’s province is the authority’s', () => {
    expect(fits('北京市公安局朝阳分局', '浙江省杭州市西湖区文三路2号')).toBe(true);
  });
});
