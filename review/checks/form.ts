/** The rules of the form by itself, on a day (R10–R13). Pure. */
import type { Finding } from '../../contracts/reading.ts';
import { checkAge } from './age.ts';
import { checkIdNumber, documentKindOf } from './idNumber.ts';
import { checkValidity } from './validity.ts';

export interface FormFacts { readonly idNumber: string; readonly birthDate: string; readonly sex: string; readonly validFrom: string; readonly validTo: string }

/** @param today YYYY-MM-DD in China */
export const checkForm = (form: FormFacts, today: string, settings: { upperAge?: number | undefined } = {}): Finding[] => [
  ...checkIdNumber(form.idNumber, { birthDate: form.birthDate, sex: form.sex, today }),
  ...checkAge(form.birthDate, today, settings),
  ...checkValidity(form, form.birthDate, today, documentKindOf(form.idNumber)),
];
