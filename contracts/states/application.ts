import { z } from 'zod';

/** States of an application (开户申请), design: one table drives the program, the docs page and the property tests. */
export const APPLICATION_STATES = [
  'draft', 'submitted', 'waiting', 'in_call', 'witnessed', 'in_review', 'postponed', 'approved',
  'creating', 'awaiting_client', 'parked', 'opened', 'repair', 'held', 'rejected', 'withdrawn', 'expired',
] as const;
export const applicationState = z.enum(APPLICATION_STATES);
export type ApplicationState = z.infer<typeof applicationState>;

export const APPLICATION_EVENTS = [
  'submit', 'join_line', 'leave_line', 'accept', 'call_dropped', 'no_show', 'pass', 'flag_fraud',
  'reject_repairable', 'reject_final', 'release_hold', 'open_review', 'postpone', 'resume_review', 'review_approve',
  'review_reject_repairable', 'review_reject_final', 'repaired_call', 'repaired_review',
  'begin_creation', 'wait_client', 'client_confirmed', 'park', 'unpark', 'all_done', 'withdraw', 'expire',
] as const;
export const applicationEvent = z.enum(APPLICATION_EVENTS);
export type ApplicationEvent = z.infer<typeof applicationEvent>;

type Table = Record<ApplicationState, Partial<Record<ApplicationEvent, ApplicationState>>>;

/** from-state → event → to-state. What does not stand here cannot happen. */
export const APPLICATION_TABLE: Table = {
  draft: { submit: 'submitted', withdraw: 'withdrawn', expire: 'expired' },
  submitted: { join_line: 'waiting', withdraw: 'withdrawn', expire: 'expired' },
  waiting: { accept: 'in_call', leave_line: 'submitted', withdraw: 'withdrawn', expire: 'expired' },
  in_call: {
    call_dropped: 'waiting', no_show: 'waiting', pass: 'witnessed', flag_fraud: 'held',
    reject_repairable: 'repair', reject_final: 'rejected',
  },
  held: { release_hold: 'submitted', reject_final: 'rejected' },
  witnessed: { open_review: 'in_review', withdraw: 'withdrawn' },
  in_review: {
    review_approve: 'approved', postpone: 'postponed', review_reject_repairable: 'repair',
    review_reject_final: 'rejected', withdraw: 'withdrawn',
  },
  postponed: { resume_review: 'in_review', withdraw: 'withdrawn' },
  repair: { repaired_call: 'submitted', repaired_review: 'in_review', withdraw: 'withdrawn', expire: 'expired' },
  approved: { begin_creation: 'creating', park: 'parked', withdraw: 'withdrawn' },
  creating: { wait_client: 'awaiting_client', park: 'parked', all_done: 'opened' },
  awaiting_client: { client_confirmed: 'creating', park: 'parked' },
  parked: { unpark: 'creating' },
  opened: {},
  rejected: {},
  withdrawn: {},
  expired: {},
};

export const FINAL_APPLICATION_STATES = ['opened', 'rejected', 'withdrawn', 'expired'] as const satisfies readonly ApplicationState[];
