import type { AccountEvent, AccountStep } from '../../contracts/states/account.ts';
import type { ApplicationEvent, ApplicationState } from '../../contracts/states/application.ts';
import type { Market, StepRow } from './steps.ts';

/** The client's data in clear, for the calls outside only. */
export interface AccountHolder {
  readonly name: string;
  readonly idNumber: string;
  readonly birthDate: string;
  readonly bankCode: string;
  readonly cardNumber: string;
}

export interface AccountCase {
  readonly applicationId: string;
  readonly state: ApplicationState;
  readonly markets: readonly Market[];
  readonly bankCode: string | null;
  /** Empty before the creation began. */
  readonly steps: readonly StepRow[];
}

export interface PasswordEnvelopes { readonly keyId: string; readonly trading: string; readonly fund: string }

export interface StepChange {
  readonly applicationId: string;
  readonly step: AccountStep;
  readonly event: AccountEvent;
  /** The version that was seen: AppError STALE_VERSION when another was faster. */
  readonly expectedVersion: number;
  readonly code?: string | null;
  readonly accountNo?: string | null;
  readonly attempts?: number;
  readonly sentAt?: Date | null;
  readonly nextAt?: Date | null;
}

/** What the batch needs of the database. Each change is one transaction: row, audit row, outbox row. */
export interface AccountsRepository {
  /** Null when there is no such application. */
  load(applicationId: string): Promise<AccountCase | null>;
  /** Decrypts; null when form, bank or card is missing. */
  holder(applicationId: string): Promise<AccountHolder | null>;
  /**
   * `begin_creation`, and the steps as `pending`, in one transaction; the key of a step is {@link idempotencyKey}. Or
   * `park`, when the person has come onto the negative list since the approval (R16).
   * @throws AppError STALE_VERSION or STATE_NOT_ALLOWED when it was withdrawn or begun by another
   */
  begin(applicationId: string, steps: readonly AccountStep[]): Promise<void>;
  /** Steps that are not there yet, as `pending`: a case that was parked before its creation began. Adding twice is harmless. */
  addSteps(applicationId: string, steps: readonly AccountStep[]): Promise<void>;
  /** @throws AppError STALE_VERSION, STATE_NOT_ALLOWED */
  changeStep(change: StepChange): Promise<StepRow>;
  /** Moves `nextAt` only; the state stays. */
  deferStep(change: { applicationId: string; step: AccountStep; nextAt: Date }): Promise<void>;
  /** @throws AppError STALE_VERSION, STATE_NOT_ALLOWED */
  changeApplication(change: { applicationId: string; event: ApplicationEvent; codes?: Record<string, string> }): Promise<void>;
  takePasswordEnvelopes(applicationId: string): Promise<PasswordEnvelopes | null>;
  /** Once the core has them (R19). Deleting twice is harmless. */
  deletePasswordEnvelopes(applicationId: string): Promise<void>;
}

/** The same for every attempt of a step: the outside systems know by it what they have already done (R53). */
export const idempotencyKey = (applicationId: string, step: AccountStep): string => `${applicationId}-${step}`;

export interface StepRequest extends AccountHolder {
  readonly applicationId: string;
  readonly oneCode: string | null;
  readonly fundAccountNo: string | null;
  readonly passwords: PasswordEnvelopes | null;
}

/**
 * done and awaiting_client: the outside system has it. refused: nothing was done. not_sent: it surely never got there.
 * unknown: it may or may not have it. processing and not_found answer a question only.
 */
export type OutsideReply =
  | { readonly state: 'done'; readonly accountNo: string | null }
  | { readonly state: 'awaiting_client'; readonly accountNo: string | null }
  | { readonly state: 'refused'; readonly code: string }
  | { readonly state: 'not_sent' }
  | { readonly state: 'unknown' };
export type OutsideAnswer = OutsideReply | { readonly state: 'processing' } | { readonly state: 'not_found' };

/** The outside systems; neither call ever throws for what an outside system does. */
export interface OutsidePort {
  send(step: AccountStep, request: StepRequest): Promise<OutsideReply>;
  /** Asks by key what became of a step. */
  ask(step: AccountStep, applicationId: string): Promise<OutsideAnswer>;
}
