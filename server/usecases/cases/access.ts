import { AppError } from '../../../contracts/errors.ts';
import type { StaffRole } from '../../../contracts/http/common.ts';

/** What decides who may see a case: pure facts, loaded by the caller. */
export interface CaseFacts {
  readonly state: string;
  /** Postponed until this day in China, YYYY-MM-DD (R50). */
  readonly postponedUntil?: string | null;
  /** The reviewer who holds the case now. */
  readonly reviewerId: string | null;
  /** Witnesses of the sessions that they accepted: who was only offered the case has no part in it (R43). */
  readonly sessions: readonly { readonly witnessId: string }[];
  /** Who has ever decided on it in second review. */
  readonly reviewerIds: readonly string[];
  /** Who has looked at it as its auditor: `auditorsOf` of the database. */
  readonly auditorIds: readonly string[];
}
export interface Reader { readonly staffId: string; readonly roles: readonly StaffRole[] }

/** Capacity in which somebody looks at a case; goes into the look log (R45). */
export type Capacity = 'witness' | 'reviewer' | 'lead' | 'inspector' | 'auditor';

/** Whether this person has accepted a call of the case, however it ended (R5). */
export const wasWitness = (facts: Pick<CaseFacts, 'sessions'>, staffId: string): boolean => facts.sessions.some((s) => s.witnessId === staffId);
/** Everybody who holds the case in second review or has decided on it. */
const reviewersOf = (facts: Pick<CaseFacts, 'reviewerId' | 'reviewerIds'>): string[] => [...new Set([...(facts.reviewerId ? [facts.reviewerId] : []), ...facts.reviewerIds])];
/** Who is never drawn as the case's witness: its reviewers and auditors (R5). */
export const excludedFromCall = (facts: Pick<CaseFacts, 'reviewerId' | 'reviewerIds' | 'auditorIds'>): string[] => [...new Set([...reviewersOf(facts), ...facts.auditorIds])];
const wasReviewer = (facts: CaseFacts, staffId: string): boolean => reviewersOf(facts).includes(staffId);

/**
 * In which capacity this person may read the case (R5, R43).
 * @throws AppError SAME_PERSON when an auditor was the case's witness or reviewer; CASE_NOT_YOURS otherwise
 */
export function capacityFor(reader: Reader, facts: CaseFacts): Capacity {
  const { staffId, roles } = reader;
  if (roles.includes('witness') && wasWitness(facts, staffId)) return 'witness';
  if (roles.includes('reviewer') && facts.reviewerId === staffId) return 'reviewer';
  if (roles.includes('auditor')) {
    if (wasWitness(facts, staffId) || wasReviewer(facts, staffId)) throw new AppError('SAME_PERSON');
    return 'auditor';
  }
  if (roles.includes('lead')) return 'lead';
  if (roles.includes('inspector')) return 'inspector';
  throw new AppError('CASE_NOT_YOURS');
}

/**
 * Whether this person may open the case's second review and decide there: never its own witness or auditor (R5).
 * @throws AppError SAME_PERSON
 */
export function mayReview(reader: Reader, facts: CaseFacts): void {
  if (wasWitness(facts, reader.staffId) || facts.auditorIds.includes(reader.staffId)) throw new AppError('SAME_PERSON');
}

/**
 * Whether this person may become the case's witness: never who reviews or has reviewed it, or looked at it as its auditor (R5).
 * @throws AppError SAME_PERSON
 */
export function mayWitness(staffId: string, facts: CaseFacts): void {
  if (excludedFromCall(facts).includes(staffId)) throw new AppError('SAME_PERSON');
}

/**
 * Whether this person may replay: not who witnessed or reviewed it, unless as the reviewer who holds it now (R5).
 * @throws AppError SAME_PERSON, CASE_NOT_YOURS
 */
export function mayReplay(reader: Reader, facts: CaseFacts): Capacity {
  // Holding ends with the decision: afterwards the case's reviewer is no auditor of it, whatever other roles there are.
  if (reader.roles.includes('reviewer') && facts.reviewerId === reader.staffId && ['in_review', 'postponed'].includes(facts.state)) return 'reviewer';
  if (wasWitness(facts, reader.staffId) || wasReviewer(facts, reader.staffId)) throw new AppError('SAME_PERSON');
  if (reader.roles.includes('auditor')) return 'auditor';
  if (reader.roles.includes('lead')) return 'lead';
  if (reader.roles.includes('inspector')) return 'inspector';
  throw new AppError('CASE_NOT_YOURS');
}

/**
 * Whether this person may audit who looked at the case: an auditor who had no part in it (R5).
 * @throws AppError SAME_PERSON, CASE_NOT_YOURS
 */
export function mayAudit(reader: Reader, facts: CaseFacts): void {
  if (wasWitness(facts, reader.staffId) || wasReviewer(facts, reader.staffId)) throw new AppError('SAME_PERSON');
  if (!reader.roles.includes('auditor')) throw new AppError('CASE_NOT_YOURS');
}
