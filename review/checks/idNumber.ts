/** The citizen identification number (公民身份号码) by GB 11643-1999. Pure; source of the rules: R12, R13. */
import { isPermitNumber } from '../../contracts/http/client.ts';
import { makeFinding } from '../../contracts/reading.ts';
import type { Finding } from '../../contracts/reading.ts';
import { isKnownAreaCode } from './areaCodes.ts';

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const;
const CHECK_CHARACTERS = '10X98765432';

export interface IdNumber {
  readonly areaCode: string;
  /** YYYY-MM-DD; not yet known to be a real date. */
  readonly birthDate: string;
  readonly sex: 'male' | 'female';
}

/** Spaces, full-width forms and a small x are the writer's habit, not a fault. */
export const normaliseIdNumber = (text: string): string => text.normalize('NFKC').replace(/\s/g, '').toUpperCase();

/** The check character of the first 17 digits. */
export function checkCharacter(number: string): string {
  const sum = WEIGHTS.reduce((total, weight, i) => total + weight * Number(number[i]), 0);
  return CHECK_CHARACTERS.charAt(sum % 11);
}

/** The number's parts, or null when it is not 17 digits and a digit or X. */
export function parseIdNumber(number: string): IdNumber | null {
  if (!/^\d{17}[\dX]$/.test(number)) return null;
  return {
    areaCode: number.slice(0, 6),
    birthDate: `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`,
    sex: Number(number[16]) % 2 === 1 ? 'male' : 'female',
  };
}

/** The kind of card that a number stands on: its first six digits tell. */
export const documentKindOf = (number: string): 'residentId' | 'residencePermit' => (isPermitNumber(number) ? 'residencePermit' : 'residentId');

/** Whether YYYY-MM-DD is a day that existed. */
export function isRealDate(date: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (match === null) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= ([31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] as number);
}

/** 男/女 and male/female mean the same; anything else is left as it is. */
export const normaliseSex = (sex: string): string => ({ 男: 'male', 女: 'female' })[sex.trim()] ?? sex.trim();

export interface Printed {
  /** YYYY-MM-DD */
  readonly birthDate?: string | undefined;
  /** 男, 女, male or female */
  readonly sex?: string | undefined;
  /** YYYY-MM-DD: a birth date after this day is impossible. */
  readonly today?: string | undefined;
}

/**
 * R12: form, check character, date, and agreement with the printed birth date and sex; R13: the area code, which only
 * sends to review. The findings carry no number, so that they may be shown where the number is masked.
 */
export function checkIdNumber(number: string, printed: Printed = {}): Finding[] {
  const parts = parseIdNumber(number);
  if (parts === null) return [makeFinding('ID_FORMAT_WRONG', { field: 'idNumber' })];
  const findings: Finding[] = [];
  if (checkCharacter(number) !== number[17]) findings.push(makeFinding('ID_CHECK_CHARACTER_WRONG', { field: 'idNumber' }));
  if (!isRealDate(parts.birthDate) || (printed.today !== undefined && parts.birthDate > printed.today)) {
    findings.push(makeFinding('ID_DATE_IMPOSSIBLE', { field: 'idNumber' }));
  } else if (printed.birthDate !== undefined && printed.birthDate !== parts.birthDate) {
    findings.push(makeFinding('ID_BIRTH_DATE_DIFFERS', { field: 'birthDate' }));
  }
  if (printed.sex !== undefined && normaliseSex(printed.sex) !== parts.sex) findings.push(makeFinding('ID_SEX_DIFFERS', { field: 'sex' }));
  if (!isKnownAreaCode(parts.areaCode)) findings.push(makeFinding('ID_AREA_UNKNOWN', { field: 'idNumber' }));
  return findings;
}
