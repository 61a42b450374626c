import { describe, expect, test } from '@jest/globals';
import { FINDINGS, FINDING_CODES } from '../../contracts/findings.ts';
import { makeFinding } from '../../contracts/reading.ts';
import type { DocumentReading, FieldName, Finding } from '../../contracts/reading.ts';
import { PHOTO_KINDS, SCRIPT } from '../../contracts/script.ts';
import { cleanFields, compareFields, textsOfReadings } from '../../review/checks/compare.ts';
import { cardDates, kindsDiffer, numberNotRead, withDecision } from '../../review/decision/card.ts';
import type { FindingDecision, SeenCard } from '../../review/decision/card.ts';
import { missingForApprove } from '../../review/decision/missing.ts';

const box = { x: 0.1, y: 0.2, width: 0.3, height: 0.1 };
const reading = (side: 'portrait' | 'emblem', fields: Partial<Record<FieldName, string>>, findings: Finding[] = [], kind: DocumentReading['kind'] = 'residentId'): DocumentReading => ({
  side, kind, findings, fields: Object.fromEntries(Object.entries(fields).map(([field, text]) => [field, { text, confidence: 1, box }])),
});
const NUMBER = '110105199003070021';
const PERMIT = '810000199003070022';
const form = { name: '某人', sex: 'female', birthDate: '1990-03-07', idNumber: NUMBER, address: '某市某路1号', validFrom: '2016-03-07', validTo: '2036-03-07' };
const TODAY = '2026-03-10';
const portrait = reading('portrait', { name: '某人', sex: '女', birthDate: '1990-03-07', idNumber: NUMBER });
const emblem = reading('emblem', { validFrom: '2016-03-07', validTo: '2036-03-07' });
const card: SeenCard = { form, portrait, emblem };
const codes = (findings: readonly Finding[]): string[] => findings.map((f) => f.code);
const dates = (more: Partial<SeenCard>, settled: FieldName[] = []) => cardDates({ ...card, ...more }, new Set(settled), TODAY, {});

describe('a portrait side without its number (R14, R20)', () => {
  test('blocks approve, and the agent is told that a person may check it', () => {
    const [found] = numberNotRead(reading('portrait', { name: '某人' }));
    expect(found).toMatchObject({ code: 'ID_NUMBER_NOT_READ', field: 'idNumber', blocks: true });
    const facts = { recorderRunning: true, ticks: SCRIPT.map(({ id }) => ({ item: id, answer: 'clear_yes' as const, recorded: true })), photos: PHOTO_KINDS.map((kind) => ({ kind, recorded: true, findings: kind === 'portraitSide' ? [found!] : [] })), findings: [] };
    const missing = missingForApprove(facts);
    expect(missing.map((m) => m.code)).toEqual(['photo.portraitSide']);
    expect(missing[0]?.text.zh).toContain('人工核对');
  });
  test('with its number it is silent; where no card was found, that is told alone', () => {
    expect(numberNotRead(portrait)).toEqual([]);
    expect(numberNotRead(null)).toEqual([]);
    expect(numberNotRead(reading('portrait', {}, [makeFinding('CARD_NOT_FOUND')]))).toEqual([]);
    // That the picture which was read is blurred refuses nothing by itself.
    expect(codes(numberNotRead(reading('portrait', {}, [makeFinding('PHOTO_BLURRED')])))).toEqual(['ID_NUMBER_NOT_READ']);
  });
});

describe('what the form says otherwise than the card in the call (R14)', () => {
  const differing = (field: FieldName, text: string, doubts: Finding[] = []) => {
    const readings = [reading('portrait', { [field]: text }, doubts)];
    return compareFields({ form: { [field]: (form as Record<string, string>)[field] }, call: textsOfReadings(readings) }, {}, cleanFields(readings));
  };
  test.each([['idNumber', '110105199003070048'], ['birthDate', '1991-03-07'], ['sex', '男'], ['validFrom', '2015-03-07'], ['validTo', 'long-term'], ['name', '别人']] as const)('%s blocks approve', (field, text) => {
    expect(differing(field, text)).toMatchObject([{ code: 'FIELD_DIFFERS', field, blocks: true, severity: 'serious', source: 'form', against: 'call' }]);
  });
  test('the address, and what is only written differently, does not', () => {
    expect(differing('address', '某市别路2号')).toMatchObject([{ code: 'FIELD_DIFFERS', blocks: false, severity: 'warning' }]);
    expect(differing('name', '某 人')).toMatchObject([{ code: 'FIELD_DIFFERS_IN_FORM_ONLY', blocks: false }]);
  });
  test('where the reading itself is in doubt, that doubt blocks, not the difference', () => {
    expect(differing('idNumber', '110105199003070048', [makeFinding('ID_READ_DIFFERENTLY', { field: 'idNumber' })])).toMatchObject([{ blocks: false }]);
    expect(differing('idNumber', '110105199003070048', [makeFinding('ID_READ_DIFFERENTLY', { field: 'idNumber', severity: 'info', blocks: false })])).toMatchObject([{ blocks: true }]);
  });
  test('an upload alone stays a warning: the call decides', () => {
    const found = compareFields({ form: { idNumber: NUMBER }, upload: { idNumber: '110105199003070048' }, call: { idNumber: NUMBER } }, {}, new Set(['idNumber']));
    expect(found.map((f) => [f.source, f.against, f.blocks])).toEqual([['form', 'upload', false], ['upload', 'call', false]]);
  });
  test('the agent is told which field', () => {
    const missing = missingForApprove({ recorderRunning: true, ticks: [], photos: [], findings: differing('validTo', '2030-03-07') }).filter((m) => m.code === 'finding.FIELD_DIFFERS');
    expect(missing).toMatchObject([{ error: 'FINDING_BLOCKS', text: { zh: expect.stringContaining('有效期止'), en: expect.stringContaining('valid to') } }]);
  });
});

describe('age and validity by the dates on the card itself (R10, R11)', () => {
  test('a good card is silent', () => expect(dates({})).toEqual([]));
  test('a card that has expired blocks whatever was typed, beside its picture', () => {
    expect(dates({ emblem: reading('emblem', { validFrom: '2006-03-07', validTo: '2016-03-07' }) })).toMatchObject([{ code: 'ID_EXPIRED', blocks: true, evidence: { picture: 'call.emblemSide', box } }]);
  });
  test('its last day still counts, the day before its first does not', () => {
    expect(codes(dates({ emblem: reading('emblem', { validFrom: '2006-03-10', validTo: '2016-03-10' }) }))).toContain('ID_EXPIRED');
    expect(dates({ emblem: reading('emblem', { validFrom: '2006-03-10', validTo: TODAY }), form: null, portrait: null })).toEqual([]);
    expect(codes(dates({ emblem: reading('emblem', { validFrom: '2026-03-11', validTo: '2046-03-11' }) }))).toEqual(['ID_NOT_YET_VALID']);
  });
  test('a span that does not fit the age at issue, and an age under 18, block', () => {
    expect(codes(dates({ emblem: reading('emblem', { validFrom: '2016-03-07', validTo: '2026-09-07' }) }))).toEqual(['ID_VALIDITY_UNFIT']);
    expect(dates({ portrait: reading('portrait', { birthDate: '2009-03-07' }), emblem: null })).toMatchObject([{ code: 'AGE_UNDER_18', evidence: { picture: 'call.portraitSide' } }]);
  });
  test('a residence permit runs five years', () => {
    const of = (kind: DocumentReading['kind'], validTo: string) => codes(dates({ form: { ...form, idNumber: PERMIT }, portrait: reading('portrait', { idNumber: PERMIT }), emblem: reading('emblem', { validFrom: '2024-03-07', validTo }, [], kind) }));
    expect(of('residencePermit', '2029-03-07')).toEqual([]);
    expect(of('unknown', '2029-03-07')).toEqual([]);
    expect(of('unknown', '2044-03-07')).toEqual(['ID_VALIDITY_UNFIT']);
  });
  test('a date that a person has checked against the card is the form’s; one in doubt is not used', () => {
    const misread = reading('emblem', { validFrom: '2006-03-07', validTo: '2016-03-07' });
    expect(dates({ emblem: misread }, ['validFrom', 'validTo'])).toEqual([]);
    expect(dates({ portrait: reading('portrait', { birthDate: '2012-03-07' }, [makeFinding('ID_BIRTH_DATE_DIFFERS', { field: 'birthDate' })]) })).toEqual([]);
  });
  test('what was not photographed says nothing', () => expect(cardDates({ form, portrait: null, emblem: null }, new Set(), '2099-01-01')).toEqual([]));
});

describe('both sides are of one document (R14)', () => {
  const permitBack = reading('emblem', {}, [], 'residencePermit');
  test('a permit’s emblem side beside a resident card’s portrait side blocks, and the other way round', () => {
    expect(kindsDiffer({ ...card, emblem: permitBack })).toMatchObject([{ code: 'DOCUMENT_KINDS_DIFFER', blocks: true, evidence: { picture: 'call.emblemSide' }, againstEvidence: { picture: 'call.portraitSide', box } }]);
    expect(codes(kindsDiffer({ ...card, portrait: reading('portrait', { idNumber: PERMIT }) }))).toEqual(['DOCUMENT_KINDS_DIFFER']);
  });
  test('where the number was not read, the form’s number tells', () => {
    expect(codes(kindsDiffer({ ...card, portrait: reading('portrait', {}), emblem: permitBack }))).toEqual(['DOCUMENT_KINDS_DIFFER']);
    expect(kindsDiffer({ form: { ...form, idNumber: PERMIT }, portrait: reading('portrait', {}), emblem: permitBack })).toEqual([]);
  });
  test('one document, or a title that was not read, is silent', () => {
    expect(kindsDiffer(card)).toEqual([]);
    expect(kindsDiffer({ ...card, emblem: reading('emblem', {}, [], 'unknown') })).toEqual([]);
    expect(kindsDiffer({ form: null, portrait: null, emblem: permitBack })).toEqual([]);
  });
});

describe('a person decides on what a reader may have misread (R12, R14)', () => {
  const on = { kind: 'photo', id: '00000000-0000-4000-8000-000000000001' } as const;
  const made: FindingDecision = { on, code: 'ID_READ_DIFFERENTLY', field: 'idNumber', by: '张敏', at: '2026-03-10T02:00:00.000Z', reason: '逐字核对' };
  const finding = makeFinding('ID_READ_DIFFERENTLY', { field: 'idNumber' });
  test('decided on, it no longer blocks and says who, when and why', () => {
    expect(withDecision(finding, on, [made])).toMatchObject({ blocks: false, severity: 'warning', decision: { by: '张敏', at: made.at, reason: '逐字核对' } });
    expect(withDecision(finding, on, [])).toMatchObject({ blocks: true, decideOn: on });
  });
  test('the decision is on this photo and this finding, no other', () => {
    for (const other of [{ ...made, on: { ...on, id: '00000000-0000-4000-8000-000000000002' } }, { ...made, on: { ...on, kind: 'document' as const } }, { ...made, code: 'ID_NUMBER_NOT_READ' }, { ...made, field: 'name' }, { ...made, field: null }]) {
      expect(withDecision(finding, on, [other])).toMatchObject({ blocks: true });
    }
  });
  test('pictures, the police check, the negative list, expiry and age are no matter for such a decision', () => {
    const decidable = FINDING_CODES.filter((code) => FINDINGS[code].decidable);
    expect(decidable.filter((code) => /^(PHOTO_|CARD_|SIDE_|SEVERAL_|OTHER_|POLICE_|NEGATIVE_|AGE_|FACE_|ID_EXPIRED|ID_NOT_YET|ID_VALIDITY)/.test(code))).toEqual([]);
    expect(decidable).toEqual(expect.arrayContaining(['ID_NUMBER_NOT_READ', 'ID_READ_DIFFERENTLY', 'ID_CHECK_CHARACTER_WRONG', 'FIELD_DIFFERS', 'DOCUMENT_KINDS_DIFFER']));
    const expired = makeFinding('ID_EXPIRED', { field: 'validTo' });
    expect(withDecision(expired, on, [{ ...made, code: 'ID_EXPIRED', field: 'validTo' }])).toEqual(expired);
  });
  test('whatever tells people that a person may check it, a person may decide on', () => {
    for (const code of FINDING_CODES.filter((one) => FINDINGS[one].blocks && FINDINGS[one].zh.includes('或人工核对'))) expect([code, FINDINGS[code].decidable]).toEqual([code, true]);
  });
});
