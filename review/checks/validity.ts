import { makeFinding } from '../../contracts/reading.ts';
import type { Finding } from '../../contracts/reading.ts';
import { ageOn } from './age.ts';

export interface Validity {
  /** YYYY-MM-DD */
  readonly validFrom: string;
  /** YYYY-MM-DD or `long-term` (长期) */
  readonly validTo: string;
}

/** Years a residence permit for Hong Kong, Macao and Taiwan residents runs, at every age (港澳台居民居住证申领发放办法, article 5). */
const RESIDENCE_PERMIT_YEARS = 5;

/** Years a card issued at that age runs, or `long-term` (R11). */
export function validitySpan(ageAtIssue: number): 5 | 10 | 20 | 'long-term' {
  if (ageAtIssue < 16) return 5;
  if (ageAtIssue <= 25) return 10;
  if (ageAtIssue <= 45) return 20;
  return 'long-term';
}

/** The days on which a card issued on `from` may end: the same day, and either neighbour of a missing 29 February. */
function ends(from: string, years: number): string[] {
  const year = Number(from.slice(0, 4)) + years;
  const same = `${year}${from.slice(4)}`;
  return from.endsWith('-02-29') ? [same, `${year}-02-28`, `${year}-03-01`] : [same];
}

/**
 * R11: an expired card blocks; its last day still counts. The span must fit the age at issue; a residence permit's is
 * always the same.
 * @param today YYYY-MM-DD
 */
export function checkValidity(card: Validity, birthDate: string | undefined, today: string, kind: 'residentId' | 'residencePermit' = 'residentId'): Finding[] {
  const findings: Finding[] = [];
  if (card.validFrom > today) findings.push(makeFinding('ID_NOT_YET_VALID', { field: 'validFrom' }));
  if (card.validTo !== 'long-term' && card.validTo < today) findings.push(makeFinding('ID_EXPIRED', { field: 'validTo' }));
  if (birthDate === undefined) return findings;
  const span = kind === 'residencePermit' ? RESIDENCE_PERMIT_YEARS : validitySpan(ageOn(birthDate, card.validFrom));
  const expected = span === 'long-term' ? ['long-term'] : ends(card.validFrom, span);
  if (!expected.includes(card.validTo) || card.validFrom < birthDate) {
    findings.push(makeFinding('ID_VALIDITY_UNFIT', { field: 'validTo', said: card.validTo, expected: expected[0] as string }));
  }
  return findings;
}
