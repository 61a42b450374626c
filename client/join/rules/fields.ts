import { isPermitNumber } from '../../../contracts/http/client.ts';
import type { ClientForm, DocumentView } from '../../../contracts/http/client.ts';
import type { ErrorBody, ErrorCode } from '../../../contracts/errors.ts';
import { FINDINGS } from '../../../contracts/findings.ts';
import type { FindingCode } from '../../../contracts/findings.ts';
import { wantsNewPhoto } from '../../../contracts/reading.ts';
import type { FieldBox, FieldName, Finding } from '../../../contracts/reading.ts';
import { cropOf } from '../../../contracts/crop.ts';
import { PLAIN_PASSES, PLAIN_TOLERATED } from '../../../contracts/tolerance.ts';
import type { Both } from '../state/language.tsx';
import { idNumberFits, saidByIdNumber } from './numbers.ts';

export const FIELD_LABELS: Readonly<Record<FieldName, Both>> = {
  name: { zh: '姓名', en: 'Name' }, sex: { zh: '性别', en: 'Sex' }, ethnicity: { zh: '民族', en: 'Ethnic group' },
  birthDate: { zh: '出生日期', en: 'Date of birth' }, address: { zh: '住址', en: 'Address' }, idNumber: { zh: '身份证号码', en: 'ID number' },
  authority: { zh: '签发机关', en: 'Issuing authority' }, validFrom: { zh: '有效期起始', en: 'Valid from' }, validTo: { zh: '有效期截止', en: 'Valid until' },
};

/** A document's own findings and its reading's, each once. */
export const findingsOf = (document: DocumentView): Finding[] => {
  const seen = new Set<string>();
  return [...document.findings, ...(document.reading?.findings ?? [])].filter((one) => {
    const key = `${one.code} ${one.field ?? ''}`;
    return seen.has(key) ? false : seen.add(key);
  });
};

/** A crop that is nearly the whole photo shows nothing that the photo does not. */
const NEARLY_WHOLE = 0.9;

/** The place in the photo to be shown beside each finding; undefined where it has none of its own, or another shows the same already. */
export const placesOf = (findings: readonly Finding[]): (FieldBox | undefined)[] => {
  const shown = new Set<string>();
  return findings.map(({ evidence }) => {
    const box = evidence?.box;
    if (box === undefined) return undefined;
    const crop = cropOf(box);
    const key = JSON.stringify(box);
    if (crop.width * crop.height > NEARLY_WHOLE || shown.has(key)) return undefined;
    shown.add(key);
    return box;
  });
};

/** Where a field stands on the uploaded photos: as read, or where its finding says that it should stand. */
export const placeOfField = (documents: readonly DocumentView[], field: FieldName): { readonly document: DocumentView; readonly box: FieldBox } | undefined => {
  for (const document of documents) {
    const box = document.reading?.fields[field]?.box ?? findingsOf(document).find((one) => one.field === field && one.evidence?.box !== undefined)?.evidence?.box;
    if (box !== undefined) return { document, box };
  }
  return undefined;
};

/** Findings for which only a new photo helps; the rest can be settled by the client in the form. */
export const needsNewPhoto = (finding: Finding): boolean => wantsNewPhoto(finding);

/** Findings about the person or the card itself: another photo of it changes nothing (R10, R11). */
export const stops = ({ code }: Finding): boolean => code.startsWith('AGE_') || code === 'ID_EXPIRED' || code === 'ID_NOT_YET_VALID';

const CHECK: Both = { zh: '，下一步请核对。', en: '. Check it in the next step.' };
/** What the client does about a finding, where the catalogue speaks to staff. */
const FOR_CLIENTS: Readonly<Partial<Record<FindingCode, Both>>> = {
  FIELD_UNREADABLE: { zh: '没有读出，请在下一步自己填写。', en: 'could not be read: fill it in yourself in the next step.' },
  FIELD_UNSURE: { zh: '可能没有读准，下一步请核对。', en: 'may have been misread: check it in the next step.' },
  ID_NUMBER_NOT_READ: { zh: '没有读出，请在下一步自己填写。', en: 'could not be read: fill it in yourself in the next step.' },
  ID_READ_DIFFERENTLY: { zh: '可能没有读准，请在下一步逐位核对。', en: 'may have been misread: check it digit by digit in the next step.' },
  ID_AREA_UNKNOWN: { zh: '前六位不常见，请在下一步核对；无误可继续。', en: 'begins with an unusual area code: check it in the next step; if it is right, go on.' },
  DOCUMENT_KINDS_DIFFER: { zh: '两面不是同一种证件，请把不对的一面重新拍照。', en: 'The two sides are of different documents: take the wrong one again.' },
  ID_EXPIRED: { zh: '身份证已过期。请换有效的身份证重新拍照；没有的话，换领新证后再来。', en: 'This ID card has expired. Take photos of a valid one; without one, come back once it was renewed.' },
  ID_NOT_YET_VALID: { zh: '身份证有效期尚未开始，请换有效的身份证重新拍照。', en: 'This ID card is not valid yet. Take photos of a valid one.' },
};

/** A finding in words for the client: what it is, and what to do about it. */
export const findingWords = (finding: Finding): Both => {
  const own = FOR_CLIENTS[finding.code];
  if (own) return own;
  const { zh, en } = FINDINGS[finding.code];
  // Those words say where to go already.
  const next: Both = finding.code.startsWith('AGE_') ? { zh: '。', en: '.' } : needsNewPhoto(finding) ? { zh: '。请重新拍照。', en: '. Take the photo again.' } : CHECK;
  return { zh: `${zh}${next.zh}`, en: `${en}${next.en}` };
};

/** A value as the reading writes it, in the form's way of writing. */
export const asForm = (field: FieldName, text: string): string => {
  if (field === 'sex') return text === '男' ? 'male' : text === '女' ? 'female' : text;
  return text;
};

/** A form's value for people. */
export const shownValue = (field: FieldName, value: string): Both => {
  if (field === 'sex') return value === 'male' ? { zh: '男', en: 'Male' } : value === 'female' ? { zh: '女', en: 'Female' } : { zh: value, en: value };
  if (field === 'validTo' && value === 'long-term') return { zh: '长期', en: 'Long-term' };
  return { zh: value, en: value };
};

/** Fields of the photos that were not read, or not surely. */
export const doubtedFields = (documents: readonly DocumentView[]): Partial<Record<FieldName, 'unread' | 'unsure'>> => {
  const doubts: Partial<Record<FieldName, 'unread' | 'unsure'>> = {};
  for (const { code, field } of documents.flatMap((document) => document.reading?.findings ?? [])) {
    if (field !== undefined && code === 'FIELD_UNREADABLE') doubts[field] = 'unread';
    else if (field !== undefined && (code === 'FIELD_UNSURE' || code === 'ID_READ_DIFFERENTLY')) doubts[field] ??= 'unsure';
  }
  return doubts;
};

/** What was read from the photos, by field. */
export const readValues = (documents: readonly DocumentView[]): Partial<Record<FieldName, string>> => {
  const values: Partial<Record<FieldName, string>> = {};
  for (const document of documents) {
    for (const [field, reading] of Object.entries(document.reading?.fields ?? {})) if (reading) values[field as FieldName] = asForm(field as FieldName, reading.text);
  }
  return values;
};

const flat = (field: FieldName, value: string): string => PLAIN_TOLERATED[field].reduce((text, kind) => PLAIN_PASSES[kind](text), value);
/** True when what is typed says something else than what was read (R14); the server passes over traditional characters besides. */
export const differs = (field: FieldName, typed: string, read: string | undefined): boolean => read !== undefined && typed !== '' && flat(field, typed) !== flat(field, read);

/** Fields that a refusal is about, the one it is shown at first: when one of them changes, the refusal is no longer true. */
const ABOUT: Readonly<Partial<Record<ErrorCode, readonly [FieldName, ...FieldName[]]>>> = {
  ID_NUMBER_INVALID: ['idNumber'], BIRTH_DATE_MISMATCH: ['birthDate', 'idNumber'], SEX_MISMATCH: ['sex', 'idNumber'],
  AGE_UNDER_16: ['birthDate'], AGE_UNDER_18: ['birthDate'], AGE_OVER_LIMIT: ['birthDate'],
  ID_EXPIRED: ['validTo'], ID_NOT_YET_VALID: ['validFrom'], ID_VALIDITY_UNFIT: ['validTo', 'validFrom', 'birthDate'],
};
/** The field a server's refusal is shown at. */
export const fieldOf = ({ code, detail }: ErrorBody): string | undefined => detail?.field ?? ABOUT[code]?.[0];
/** True when a refusal says something about this field. */
export const isAbout = (error: ErrorBody, field: FieldName): boolean => fieldOf(error) === field || ABOUT[error.code]?.includes(field) === true;

/** What is plainly wrong in the form while it is being filled; the server judges again and decides (R10–R12). */
export const formProblems = (form: ClientForm): Partial<Record<FieldName, Both>> => {
  const problems: Partial<Record<FieldName, Both>> = {};
  const need = (field: FieldName, least: number, words: Both): void => { if (form[field].trim().length < least) problems[field] = words; };
  need('name', 2, { zh: '请填写姓名，与身份证一致', en: 'Enter the name as on the card' });
  if (!isPermitNumber(form.idNumber)) need('ethnicity', 1, { zh: '请填写民族', en: 'Enter the ethnic group' });
  need('birthDate', 10, { zh: '请选择出生日期', en: 'Choose the date of birth' });
  need('address', 6, { zh: '请填写完整住址', en: 'Enter the whole address' });
  need('authority', 4, { zh: '请填写签发机关', en: 'Enter the issuing authority' });
  need('validFrom', 10, { zh: '请选择起始日期', en: 'Choose the first day' });
  need('validTo', 9, { zh: '请选择截止日期，或打开“长期”', en: 'Choose the last day, or switch on "long-term"' });
  const said = saidByIdNumber(form.idNumber);
  if (!idNumberFits(form.idNumber)) problems.idNumber = { zh: '号码有误，请逐位核对（18 位）', en: 'Not a valid number: check it digit by digit (18)' };
  else if (said && form.birthDate.length === 10 && said.birthDate !== form.birthDate) problems.birthDate = { zh: '与身份证号码中的出生日期不一致', en: 'Does not agree with the date in the ID number' };
  if (said && said.sex !== form.sex) problems.sex = { zh: '与身份证号码不一致', en: 'Does not agree with the ID number' };
  if (form.validTo !== 'long-term' && form.validFrom.length === 10 && form.validTo.length === 10 && form.validTo <= form.validFrom) problems.validTo = { zh: '截止日期应晚于起始日期', en: 'Must be after the first day' };
  return problems;
};
