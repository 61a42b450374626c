import type { DocumentReading, Finding } from '../../../contracts/reading.ts';

/** `110105********002X`: area and the last four stay (R43). */
export const maskIdNumber = (text: string): string => (text.length < 10 ? '*'.repeat(text.length) : `${text.slice(0, 6)}${'*'.repeat(text.length - 10)}${text.slice(-4)}`);
/** `138****5678` */
export const maskPhone = (text: string): string => (text.length < 8 ? '*'.repeat(text.length) : `${text.slice(0, 3)}****${text.slice(-4)}`);
/** The last four of a bank card. */
export const maskCard = (text: string): string => `**** **** ${text.slice(-4)}`;
/** The last three of a customer number. */
export const maskCustomerNo = (text: string): string => `****${text.slice(-3)}`;
/** 张** for lists that only need to tell rows apart. */
export const maskName = (text: string): string => `${[...text][0] ?? ''}${'*'.repeat(Math.max(1, [...text].length - 1))}`;

/** A reading for a screen: the number is masked wherever it stands. */
export function maskReading(reading: DocumentReading): DocumentReading {
  const { idNumber } = reading.fields;
  return {
    ...reading,
    fields: idNumber ? { ...reading.fields, idNumber: { ...idNumber, text: maskIdNumber(idNumber.text) } } : reading.fields,
    findings: reading.findings.map(maskFinding),
  };
}

/** A finding about the number shows the digits that differ and the last four, so that it can be understood masked. */
export function maskFinding(finding: Finding): Finding {
  if (finding.field !== 'idNumber') return finding;
  const { said, expected } = finding;
  if (said === undefined || expected === undefined) return { ...finding, ...(said ? { said: maskIdNumber(said) } : {}), ...(expected ? { expected: maskIdNumber(expected) } : {}) };
  return { ...finding, said: maskButDifferences(said, expected), expected: maskButDifferences(expected, said) };
}

const maskButDifferences = (text: string, other: string): string =>
  [...text].map((c, i) => (i < 6 || i >= text.length - 4 || other[i] !== c ? c : '*')).join('');
