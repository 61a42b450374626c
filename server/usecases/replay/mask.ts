/**
 * What a replay shows of a person (R43): less than the case's own pages. Who replays uncovers the name only, so no two things
 * on its screen together make up a number: of a birth date the year, of an ID number area and last four, also in a comparison;
 * and in what somebody wrote neither numbers nor the name.
 */
import type { DocumentReading, FieldName, Finding } from '../../../contracts/reading.ts';
import { maskIdNumber, maskName } from '../cases/mask.ts';

/** `1990-**-**` */
const maskBirthDate = (text: string): string => `${text.slice(0, 4)}${text.slice(4).replace(/\p{Nd}/gu, '*')}`;
const BY_FIELD: Partial<Record<FieldName, (text: string) => string>> = { name: maskName, idNumber: maskIdNumber, birthDate: maskBirthDate };
export const maskFieldOf = (field: FieldName, text: string): string => BY_FIELD[field]?.(text) ?? text;

/** Four digits or more, however they are spaced, with the check character X. */
const NUMBER = /\p{Nd}(?:[^\p{L}\p{Nd}]{0,2}\p{Nd}){3,}(?:[^\p{L}\p{Nd}]{0,2}[XxＸｘ])?/gu;

/** The names that the form and the readings give the client, the longest first. */
export const namesIn = (form: { readonly name: string } | null, read: readonly { readonly reading: DocumentReading | null }[]): string[] =>
  [...new Set([form?.name ?? '', ...read.map(({ reading }) => reading?.fields.name?.text ?? '')])].filter((name) => [...name].length > 1).sort((a, b) => b.length - a.length);

/** What a person wrote, without numbers and the client's names. */
export const maskText = (text: string, names: readonly string[]): string =>
  names.reduce((masked, name) => masked.replaceAll(name, maskName(name)), text).replace(NUMBER, (number) => number.replace(/[\p{Nd}XxＸｘ]/gu, '*'));

/** A finding with its two values and the reason of a decision on it masked. */
export function maskFindingOf({ said, expected, decision, ...finding }: Finding, names: readonly string[]): Finding {
  const { field } = finding;
  const masked = (text: string): string => (field === undefined ? text : maskFieldOf(field, text));
  return {
    ...finding, ...(said === undefined ? {} : { said: masked(said) }), ...(expected === undefined ? {} : { expected: masked(expected) }),
    ...(decision === undefined ? {} : { decision: { ...decision, reason: maskText(decision.reason, names) } }),
  };
}

/** A reading with its fields and findings masked. */
export function maskReadingOf(reading: DocumentReading, names: readonly string[]): DocumentReading {
  const fields = Object.fromEntries(Object.entries(reading.fields).map(([field, read]) => [field, { ...read, text: maskFieldOf(field as FieldName, read.text) }]));
  return { ...reading, fields, findings: reading.findings.map((one) => maskFindingOf(one, names)) };
}
