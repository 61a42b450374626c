import { describe, expect, test } from '@jest/globals';
import { makeFinding } from '../../contracts/reading.ts';
import type { DocumentReading, FieldName, Finding } from '../../contracts/reading.ts';
import { standingInReadings } from '../../review/decision/standing.ts';
import type { SeenSide } from '../../review/decision/standing.ts';

const box = { x: 0, y: 0, width: 1, height: 1 };
const reading = (fields: Partial<Record<FieldName, string>>, findings: Finding[] = []): DocumentReading => ({
  side: 'portrait', findings, fields: Object.fromEntries(Object.entries(fields).map(([field, text]) => [field, { text, confidence: 1, box }])),
});
const NUMBER = '11010519491231002X';
const form = { idNumber: NUMBER, sex: 'female', name: '某人' };
const misread = reading({ idNumber: '11010519491281002X' }, [makeFinding('ID_CHECK_CHARACTER_WRONG', { field: 'idNumber' })]);
const seen = (one: DocumentReading | null, findings: Finding[] = [], side: SeenSide['side'] = 'portrait'): SeenSide => ({ side, reading: one, findings });
const standing = (call: DocumentReading[]) => standingInReadings(form, [seen(misread)], call.map((one) => seen(one))).map(({ code }) => code);

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

test('the sex is compared in either coding', () => {
  const upload = seen(reading({}, [makeFinding('ID_SEX_DIFFERS', { field: 'sex' }), makeFinding('FIELD_UNSURE', { field: 'name' })]));
  expect(standingInReadings(form, [upload], [seen(reading({ sex: '女' }))])).toEqual([]);
  expect(standingInReadings(form, [upload], [seen(reading({ sex: '男' }))]).map(({ code }) => code)).toEqual(['ID_SEX_DIFFERS']);
});

describe('an upload that turned out to show the other side, two cards or another document, when the client had gone on (R14, R28)', () => {
  const codes = ['SIDE_WRONG', 'SEVERAL_CARDS', 'OTHER_DOCUMENT', 'CARD_NOT_FOUND', 'SIDE_UNKNOWN'] as const;
  const stands = (call: SeenSide[]) => standingInReadings(form, [seen(reading({}), codes.map((code) => makeFinding(code)))], call).map(({ code }) => code);
  test('closes approve until the same side was read in the call', () => {
    expect(stands([])).toEqual(codes);
    expect(stands([seen(null)])).toEqual(codes);
    expect(stands([seen(reading({}), [], 'emblem')])).toEqual(codes);
    expect(stands([seen(reading({}))])).toEqual([]);
  });
  test('and the call’s photo has no such fault itself', () => {
    expect(stands([seen(reading({}, [makeFinding('SIDE_WRONG')]))])).toEqual(codes);
    expect(stands([seen(reading({}), [makeFinding('PHOTO_GLARE')])])).toEqual(codes);
    expect(stands([seen(reading({ name: '某人' }, [makeFinding('FIELD_UNSURE', { field: 'name' })]))])).toEqual([]);
  });
});
