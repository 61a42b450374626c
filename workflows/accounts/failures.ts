import type { CorrectableStep } from '../../contracts/http/client.ts';

/** What happens after a refusal (R54): it is tried again by itself, the client has to do something, or a person looks. */
export type FailureClass = 'retry' | 'depository_hours' | 'bank_hours' | 'client' | 'person';

/** Known codes of the outside systems, and our own about them. A code that is not known is for a person. */
const CLASSES: Readonly<Record<string, FailureClass>> = {
  OUTSIDE_UNAVAILABLE: 'retry',
  DEPOSITORY_CLOSED: 'depository_hours',
  BANK_CLOSED: 'bank_hours',
  /** The bank does not accept the card: the client checks number and bank. */
  CUSTODY_ERROR: 'client',
  /** The link waits for the client's confirmation at the bank. */
  CONFIRM_AT_BANK: 'client',
  PASSWORD_WEAK: 'client',
  PASSWORDS_EQUAL: 'client',
  PASSWORD_UNREADABLE: 'client',
  PASSWORD_MISSING: 'client',
  CUSTOMER_EXISTS: 'person',
  RELATION_UNCONFIRMED: 'person',
  DATA_REFUSED: 'person',
  DATA_MISSING: 'person',
  /** Three accounts in this market already (一人三户). */
  ACCOUNT_LIMIT: 'person',
  KEY_REUSED: 'person',
  /** Asked for a whole day and still unknown. */
  STILL_UNKNOWN: 'person',
  /** On the negative list since the review (R16). */
  NEGATIVE_LIST: 'person',
  /** A fault of ours: the case's data cannot be worked on. */
  FAULT: 'person',
};

export const failureClass = (code: string): FailureClass => CLASSES[code] ?? 'person';

/** The page on which the client puts a refusal right; CONFIRM_AT_BANK is done at the bank, not here. */
const CORRECTED_BY: Readonly<Record<string, CorrectableStep>> = {
  CUSTODY_ERROR: 'custody', PASSWORD_WEAK: 'passwords', PASSWORDS_EQUAL: 'passwords', PASSWORD_UNREADABLE: 'passwords', PASSWORD_MISSING: 'passwords',
};
export const correctedBy = (code: string | null): CorrectableStep | null => (code === null ? null : CORRECTED_BY[code] ?? null);
