import { makeFinding } from '../../contracts/reading.ts';
import type { Finding } from '../../contracts/reading.ts';

/**
 * Full years on a day. Who was born on 29 February comes of age on 1 March of a common year.
 * @param birthDate YYYY-MM-DD
 * @param day YYYY-MM-DD
 */
export function ageOn(birthDate: string, day: string): number {
  const years = Number(day.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return day.slice(5) >= birthDate.slice(5) ? years : years - 1;
}

/** R10: 18 or older on the day; 16–17 and under 16 are told apart; an upper limit only when one is set. */
export function checkAge(birthDate: string, today: string, settings: { upperAge?: number | undefined } = {}): Finding[] {
  const age = ageOn(birthDate, today);
  if (age < 16) return [makeFinding('AGE_UNDER_16', { field: 'birthDate' })];
  if (age < 18) return [makeFinding('AGE_UNDER_18', { field: 'birthDate' })];
  if (settings.upperAge !== undefined && age > settings.upperAge) return [makeFinding('AGE_OVER_LIMIT', { field: 'birthDate' })];
  return [];
}
