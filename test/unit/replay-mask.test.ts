import { describe, expect, test } from '@jest/globals';
import { holdsClientNumber, lookSearch, sessionSearch } from '../../contracts/http/replay.ts';
import { makeFinding } from '../../contracts/reading.ts';
import { maskFieldOf, maskFindingOf, maskReadingOf, maskText, namesIn } from '../../server/usecases/replay/mask.ts';

const NUMBER = '11010519491231002X';
const read = (text: string) => ({ text, confidence: 1, box: { x: 0, y: 0, width: 1, height: 1 } });

describe('what a replay shows of a person (R43)', () => {
  test('no two values together make up an ID number: of the birth date the year alone, of the number area and last four, compared or not', () => {
    expect(maskFieldOf('birthDate', '1949-12-31')).toBe('1949-**-**');
    expect(maskFieldOf('idNumber', NUMBER)).toBe('110105********002X');
    // The case's own page shows the digits that differ; here they would be the rest of the number.
    expect(maskFindingOf(makeFinding('FIELD_DIFFERS', { field: 'idNumber', said: '110105****1231002X', expected: '110105****1230002X' }), [])).toMatchObject({ said: '110105********002X', expected: '110105********002X' });
    const reading = maskReadingOf({ side: 'portrait', fields: { name: read('赵小静'), birthDate: read('1949-12-31'), idNumber: read(NUMBER), address: read('武昌区东湖路146号') }, findings: [makeFinding('FIELD_DIFFERS', { field: 'birthDate', said: '1949-12-31', expected: '1949-12-30' })] }, []);
    expect(JSON.stringify(reading)).not.toMatch(/12-3|1231|赵小/);
    expect(reading.fields.address?.text).toBe('武昌区东湖路146号');
  });

  test.each([
    ['证件号码为110105 19491231 002X，赵小静本人', '证件号码为****** ******** ****，赵**本人'],
    ['手机138-0013-8000', '手机***-****-****'],
    ['１１０１０５１９４９', '**********'],
    ['第 3 张照片，2 处模糊', '第 3 张照片，2 处模糊'],
  ])('in what somebody wrote, numbers and the client’s name are masked: %s', (text, masked) => {
    expect(maskText(text, ['赵小静'])).toBe(masked);
    expect(maskFindingOf(makeFinding('FIELD_DIFFERS', { decision: { by: '见证人', reason: text, at: '2026-11-22T08:00:00Z' } }), ['赵小静']).decision?.reason).toBe(masked);
  });

  test('the name is the form’s and the one that was read', () => {
    expect(namesIn({ name: '赵静' }, [{ reading: { side: 'portrait', fields: { name: read('赵小静') }, findings: [] } }, { reading: null }])).toEqual(['赵小静', '赵静']);
  });
});

describe('a client’s number typed in another field (R43)', () => {
  test.each([NUMBER, NUMBER.toLowerCase(), '110105 19491231 002X', '13800138000', '138-0013-8000', '赵静 13800138000'])('%s is refused as a case number and as a name', (text) => {
    for (const by of [{ caseNo: text }, { agent: text }]) expect(sessionSearch.safeParse(by).success).toBe(false);
    for (const by of [{ caseNo: text }, { person: text }]) expect(lookSearch.safeParse(by).success).toBe(false);
  });
  test.each(['20211122-000123', '11122-000123', '20211122', '000123', '-000123', '20191122-', '见证甲'])('%s is a case number or a name, or part of one', (text) => {
    expect(holdsClientNumber(text)).toBe(false);
  });
});
