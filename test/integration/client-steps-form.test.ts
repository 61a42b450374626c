import { beforeAll, describe, expect, test } from '@jest/globals';
import { withCheckCharacter } from '../support/cards/index.ts';
import { newPerson, openClientApp } from './client-steps.support.ts';
import type { Browser } from './client-steps.support.ts';

const { anna, uploaded } = await openClientApp();

describe('the form', () => {
  let browser: Browser;
  beforeAll(async () => { browser = await uploaded(anna); }, 180_000);
  const save = (form: unknown) => browser.put('/api/client/form', form);

  test('a client of 17 is told to visit a branch (R10)', async () => {
    expect(await save((await newPerson(11, { ageYears: 17, today: new Date() })).form)).toMatchObject({ status: 422, code: 'AGE_UNDER_18' });
  });
  test('a client of 15 is told to come with a guardian (R10)', async () => {
    expect(await save((await newPerson(12, { ageYears: 15, today: new Date() })).form)).toMatchObject({ status: 422, code: 'AGE_UNDER_16' });
  });
  test('an expired card blocks opening (R11)', async () => {
    expect(await save((await newPerson(13, { ageYears: 40, expired: true })).form)).toMatchObject({ status: 422, code: 'ID_EXPIRED' });
  });
  test('a validity that does not fit the age at issue is refused (R11)', async () => {
    expect(await save({ ...anna.form, validTo: 'long-term' })).toMatchObject({ status: 422, code: 'ID_VALIDITY_UNFIT' });
  });
  test('a wrong check character is refused (R12)', async () => {
    const { idNumber } = anna.form;
    const wrong = idNumber.slice(0, 17) + (idNumber.endsWith('0') ? '1' : '0');
    expect(await save({ ...anna.form, idNumber: wrong })).toMatchObject({ status: 422, code: 'ID_NUMBER_INVALID' });
  });
  test('birth date and sex must agree with the number (R12)', async () => {
    expect(await save({ ...anna.form, birthDate: '1990-01-01' })).toMatchObject({ code: 'BIRTH_DATE_MISMATCH' });
    expect(await save({ ...anna.form, sex: anna.form.sex === 'male' ? 'female' : 'male' })).toMatchObject({ code: 'SEX_MISMATCH' });
  });
  test('an unknown area code goes on to a person and does not reject (R13)', async () => {
    const idNumber = withCheckCharacter(`990000${anna.form.idNumber.slice(6, 17)}`);
    const answer = await save({ ...anna.form, idNumber });
    expect(answer.status).toBe(200);
    expect(answer.body.differences.map(({ code }) => code)).toContain('ID_AREA_UNKNOWN');
  });
  test('each difference between form and card is shown (R14)', async () => {
    const answer = await save({ ...anna.form, name: '王不同' });
    expect(answer.body.differences).toEqual(expect.arrayContaining([expect.objectContaining({ code: 'FIELD_DIFFERS', field: 'name', said: '王不同', expected: anna.person.name })]));
  });
  test('an error names the field and repeats nothing that was sent', async () => {
    const answer = await save({ ...anna.form, idNumber: '12' });
    expect(answer).toMatchObject({ status: 400, code: 'BAD_REQUEST', items: ['idNumber'] });
    expect(JSON.stringify(answer.body)).not.toContain(anna.person.name);
  });
});
