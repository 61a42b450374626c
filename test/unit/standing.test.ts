import { describe, expect, test } from '@jest/globals';
import { makeFinding } from '../../contracts/reading.ts';
import type { DocumentReading, FieldName, Finding } from '../../contracts/reading.ts';
import { standingInReadings } from '../../review/decision/standing.ts';

const box = { x: 0, y: 0, width: 1, height: 1 };
const reading = (fields: Partial<Record<FieldName, string>>, findings: Finding[] = []): DocumentReading => ({
  side: 'portrait', findings, fields: Object.fromEntries(Object.entries(fields).map(([field, text]) => [field, { text, confidence: 1, box }])),
});
const NUMBER = '11010519491231002X';
const form = { idNumber: NUMBER, sex: 'female', name: '某人' };
const misread = reading({ idNumber: '11010519491281002X' }, [makeFinding('ID_CHECK_CHARACTER_WRONG', { field: 'idNumber' })]);
const standing = (call: DocumentReading[]) => standingInReadings(form, [misread], call).map(({ code }) => code);

describe('a number on the uploaded photo that cannot be (R12)', () => {
  test('closes approve for as long as the card was not seen in the call', () => {
    expect(standing([])).toEqual(['ID_CHECK_CHARACTER_WRONG']);
    expect(standing([reading({ name: '某人' })])).toEqual(['ID_CHECK_CHARACTER_WRONG']);
  });
  test('is overruled by the card in the call that says what the form says', () => {
    expect(standing([reading({ idNumber: NUMBER })])).toEqual([]);
  });
  test('stays when the card in the call says something else, or is doubtful itself', () => {
    expect(standing([reading({ idNumber: '440524188001010014' })])).toEqual(['ID_CHECK_CHARACTER_WRONG']);
    expect(standing([reading({ idNumber: NUMBER }, [makeFinding('ID_CHECK_CHARACTER_WRONG', { field: 'idNumber' })])])).toEqual(['ID_CHECK_CHARACTER_WRONG']);
  });
});

test('the sex is compared in either coding; findings about the picture were settled at the upload', () => {
  const upload = reading({}, [makeFinding('ID_SEX_DIFFERS', { field: 'sex' }), makeFinding('PHOTO_GLARE'), makeFinding('FIELD_UNSURE', { field: 'name' })]);
  expect(standingInReadings(form, [upload], [reading({ sex: '女' })])).toEqual([]);
  expect(standingInReadings(form, [upload], [reading({ sex: '男' })]).map(({ code }) => code)).toEqual(['ID_SEX_DIFFERS']);
});
