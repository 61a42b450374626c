import { AppError } from '../../../contracts/errors.ts';
import type { StaffRole } from '../../../contracts/http/common.ts';

/** What decides who may see a case: pure facts, loaded by the caller. */
export interface CaseFacts {
  readonly state: string;
  /** The reviewer who holds the case now. */
  readonly reviewerId: string | null;
  /** Witnesses of its sessions, with whether that session is still open or the newest. */
  readonly sessions: readonly { readonly witnessId: string; readonly state: string }[];
  /** Who has ever decided on it in second review. */
  readonly reviewerIds: readonly string[];
}
export interface Reader { readonly staffId: string; readonly roles: readonly StaffRole[] }

/** Capacity in which somebody looks at a case; goes into the look log (R45). */
export type Capacity = 'witness' | 'reviewer' | 'lead' | 'inspector' | 'auditor';

const wasWitness = (facts: CaseFacts, staffId: string): boolean => facts.sessions.some((s) => s.witnessId === staffId && s.state !== 'offered');
const wasReviewer = (facts: CaseFacts, staffId: string): boolean => facts.reviewerId === staffId || facts.reviewerIds.includes(staffId);

/**
 * In which capacity this person may read the case (R5, R43).
 * @throws AppError SAME_PERSON when an auditor was the case's witness or reviewer; CASE_NOT_YOURS otherwise
 */
export function capacityFor(reader: Reader, facts: CaseFacts): Capacity {
  const { staffId, roles } = reader;
  if (roles.includes('witness') && facts.sessions.some((s) => s.witnessId === staffId && ['joining', 'live', 'interrupted', 'closed'].includes(s.state))) return 'witness';
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
 * Whether this person may open the case's second review: never its own witness (R5).
 * @throws AppError SAME_PERSON
 */
export function mayReview(reader: Reader, facts: CaseFacts): void {
  if (wasWitness(facts, reader.staffId)) throw new AppError('SAME_PERSON');
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
