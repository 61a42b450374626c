import { describe, expect, test } from '@jest/globals';
import { makeFinding } from '../../contracts/reading.ts';
import type { DocumentView } from '../../contracts/http/client.ts';
import { placeOfField, placesOf } from '../../client/join/rules/fields.ts';
import { NOT_SENDING, anyUnanswered, isUnanswered } from '../../client/join/rules/uploads.ts';
import { clientFindings, clientPhotoFindings } from '../../server/usecases/client/findings.ts';

const box = { x: 0.2, y: 0.3, width: 0.3, height: 0.05 };
const card = { x: 0.1, y: 0.1, width: 0.7, height: 0.7 };
const reading = (more: Partial<NonNullable<DocumentView['reading']>> = {}): NonNullable<DocumentView['reading']> => ({ side: 'portrait', fields: {}, findings: [], ...more });

describe('a photo that was being sent when the page was loaded again', () => {
  test('is answered for until another one stands in its place', () => {
    const mark = { sending: true, before: '' };
    expect(isUnanswered(NOT_SENDING, undefined)).toBe(false);
    expect(isUnanswered(mark, undefined)).toBe(true);
    expect(isUnanswered(mark, 'new')).toBe(false);
    expect(isUnanswered({ sending: true, before: 'old' }, 'old')).toBe(true);
  });
  test('of either side brings the photos’ page back, also when the way had gone on', () => {
    const documents = [{ side: 'portrait', documentId: 'p' }, { side: 'emblem', documentId: 'e' }] as const;
    expect(anyUnanswered(documents, () => NOT_SENDING)).toBe(false);
    expect(anyUnanswered(documents, (side) => (side === 'emblem' ? { sending: true, before: 'e' } : NOT_SENDING))).toBe(true);
    expect(anyUnanswered(documents, (side) => (side === 'emblem' ? { sending: true, before: 'd' } : NOT_SENDING))).toBe(false);
  });
});

describe('the place in the photo beside a finding', () => {
  test('is the field’s: as read, or where the card has it (R14)', () => {
    const fields = { name: { text: '张三', confidence: 1, box } };
    const found = clientPhotoFindings('portrait', reading({ fields }), [makeFinding('FIELD_UNSURE', { field: 'name' }), makeFinding('FIELD_UNREADABLE', { field: 'address', evidence: { box: card } }), makeFinding('FIELD_MISSING', { field: 'sex' })]);
    expect(found.map((one) => one.evidence)).toEqual([{ picture: 'upload.portrait', box }, { picture: 'upload.portrait', box: card }, { picture: 'upload.portrait' }]);
    const documents = [{ reading: reading({ fields, findings: found }), findings: [] }] as unknown as DocumentView[];
    expect(placeOfField(documents, 'name')?.box).toEqual(box);
    expect(placeOfField(documents, 'address')?.box).toEqual(card);
    expect(placeOfField(documents, 'validTo')).toBeUndefined();
  });
  test('is shown once where two findings speak of the same, and not where it is the whole photo', () => {
    const glare = makeFinding('PHOTO_GLARE', { evidence: { box: card } });
    const whole = makeFinding('PHOTO_TOO_DARK', { evidence: { box: { x: 0.01, y: 0.01, width: 0.98, height: 0.98 } } });
    expect(placesOf([glare, makeFinding('PHOTO_BLURRED', { evidence: { box: card } }), whole, makeFinding('SIDE_WRONG')])).toEqual([card, undefined, undefined, undefined]);
  });
});

describe('what is for staff alone does not reach the client’s page', () => {
  test('no finding of police check, negative list, earlier cases, faces or backgrounds (R16, R17, R20, R22, R23)', () => {
    const staffOnly = ['POLICE_NAME_MISMATCH', 'POLICE_PENDING', 'NEGATIVE_LIST', 'CUSTOMER_EXISTS', 'EARLIER_REJECTION', 'RELATION_UNCONFIRMED', 'FACE_SIMILARITY_LOW', 'FACE_TURNED', 'BACKGROUND_DIFFERS', 'STILL_DOES_NOT_FIT'] as const;
    const own = ['PHOTO_GLARE', 'FIELD_UNREADABLE', 'ID_EXPIRED', 'AGE_UNDER_18', 'SIDE_WRONG', 'ID_AREA_UNKNOWN', 'ID_CHECK_CHARACTER_WRONG'] as const;
    expect(clientFindings([...staffOnly, ...own].map((code) => makeFinding(code))).map(({ code }) => code)).toEqual(own);
  });
  test('of a finding neither who decided on it nor the call’s pictures (R43)', () => {
    const finding = makeFinding('FIELD_DIFFERS', {
      field: 'name', said: '张三', expected: '张四', closesApprove: true, decideOn: { kind: 'photo', id: '00000000-0000-4000-8000-000000000001' },
      decision: { by: '李', reason: '逐字核对', at: '2026-03-10T02:00:00.000Z' }, evidence: { picture: 'upload.portrait', box }, againstEvidence: { picture: 'call.portraitSide', box },
    });
    expect(clientFindings([finding])).toEqual([{ rule: 'R14', code: 'FIELD_DIFFERS', severity: 'warning', blocks: false, field: 'name', said: '张三', expected: '张四', evidence: { picture: 'upload.portrait', box } }]);
    expect(clientPhotoFindings('portrait', null, [makeFinding('PHOTO_GLARE', { evidence: { picture: 'call.face', box } })])[0]?.evidence).toEqual({ picture: 'upload.portrait', box });
  });
});
