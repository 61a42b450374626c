import { custodyBank } from '../../contracts/banks.ts';
import { AppError } from '../../contracts/errors.ts';
import type { AccountStep } from '../../contracts/states/account.ts';
import { bankCalendar, nextOpening } from './calendar.ts';
import type { Calendar } from './calendar.ts';
import { failureClass } from './failures.ts';
import type { AccountCase, AccountsRepository, OutsideAnswer, OutsidePort } from './ports.ts';
import { nextSteps, progressOf, retryDelay, wantedSteps } from './steps.ts';
import type { DueStep, StepRow } from './steps.ts';

export interface AccountSettings {
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
  /** After so many sends a person looks. */
  readonly maxAttempts: number;
  /** A step in `sent` for longer has lost its sender; must be longer than the outside calls' time limit. */
  readonly leaseMs: number;
  /** Unknown for longer: a person looks. */
  readonly unknownMs: number;
  /** How often a bank is asked whether the client has confirmed. */
  readonly confirmEveryMs: number;
}
export const ACCOUNT_DEFAULTS: AccountSettings = { retryBaseMs: 5_000, retryMaxMs: 600_000, maxAttempts: 8, leaseMs: 60_000, unknownMs: 24 * 3600_000, confirmEveryMs: 60_000 };

export interface OpenAccountsOptions {
  readonly applicationId: string;
  readonly ports: { readonly repository: AccountsRepository; readonly outside: OutsidePort };
  readonly calendar: Calendar;
  readonly settings?: Partial<AccountSettings>;
  readonly now?: () => Date;
}

/** `later`: something is to be done at `nextAt`; `busy`: another worker has it; `none`: not a case for the batch. */
export interface OpenAccountsResult {
  readonly state: 'opened' | 'awaiting_client' | 'parked' | 'later' | 'busy' | 'none';
  readonly nextAt: Date | null;
}

/**
 * Takes one approved application as far as it goes (R51–R54): every due step is written as `sent` before its call,
 * what timed out is asked about before it is sent again. Can be stopped anywhere and called again, by several at once.
 */
export const openAccounts = async (options: OpenAccountsOptions): Promise<OpenAccountsResult> => {
  try {
    return await work({ ...options, settings: { ...ACCOUNT_DEFAULTS, ...options.settings }, now: options.now ?? (() => new Date()) });
  } catch (error) {
    // Another worker was faster, or the client withdrew: whoever changed it goes on with it.
    if (error instanceof AppError && (error.code === 'STALE_VERSION' || error.code === 'STATE_NOT_ALLOWED')) return { state: 'busy', nextAt: null };
    throw error;
  }
};

type Context = Required<Omit<OpenAccountsOptions, 'settings'>> & { readonly settings: AccountSettings };

const work = async (context: Context): Promise<OpenAccountsResult> => {
  const { applicationId, ports: { repository }, now } = context;
  for (;;) {
    const found = await repository.load(applicationId);
    if (found === null || !['approved', 'creating', 'awaiting_client'].includes(found.state)) {
      return { state: found?.state === 'opened' || found?.state === 'parked' ? found.state : 'none', nextAt: null };
    }
    const opening = nextOpening(context.calendar, now());
    if (opening === null || opening > now()) return { state: found.state === 'awaiting_client' ? 'awaiting_client' : 'later', nextAt: opening };
    if (found.state === 'approved') {
      await repository.begin(applicationId, wantedSteps(found.markets));
      continue;
    }
    const missing = found.state === 'creating' ? wantedSteps(found.markets).filter((step) => !found.steps.some((row) => row.step === step)) : [];
    if (missing.length > 0) {
      await repository.addSteps(applicationId, missing);
      continue;
    }
    // The process may have ended between the core's answer and this.
    if (found.steps.some((row) => row.step === 'fund' && row.state === 'done')) await repository.deletePasswordEnvelopes(applicationId);

    const plan = nextSteps(found.steps, found.markets, { now: now(), leaseMs: context.settings.leaseMs }).map((due) => withBankHours(context, found, due));
    const due = plan.find((step) => step.at <= now());
    if (due !== undefined) {
      await perform(context, found, due);
      continue;
    }
    await keepBankHours(context, found, plan);
    const nextAt = plan.length === 0 ? null : new Date(Math.min(...plan.map((step) => step.at.getTime())));
    const settled = await settle(context, found);
    if (settled === 'again') continue;
    return { state: settled, nextAt: settled === 'later' || settled === 'awaiting_client' ? nextAt : null };
  }
};

/** Brings the application's state in line with its steps. */
const settle = async ({ applicationId, ports: { repository } }: Context, found: AccountCase): Promise<OpenAccountsResult['state'] | 'again'> => {
  const progress = progressOf(found.steps, found.markets);
  if (found.state === 'awaiting_client') {
    if (progress === 'awaiting_client') return 'awaiting_client';
    await repository.changeApplication({ applicationId, event: progress === 'parked' ? 'park' : 'client_confirmed' });
    return progress === 'parked' ? 'parked' : 'again';
  }
  if (progress === 'working') return 'later';
  const event = progress === 'done' ? 'all_done' : progress === 'parked' ? 'park' : 'wait_client';
  await repository.changeApplication({ applicationId, event });
  return progress === 'done' ? 'opened' : progress;
};

const withBankHours = ({ calendar, now }: Context, found: AccountCase, due: DueStep): DueStep => {
  const bank = due.step === 'custody' && found.bankCode !== null ? custodyBank(found.bankCode) : undefined;
  if (bank === undefined || due.action !== 'send') return due;
  const opening = nextOpening(bankCalendar(calendar, bank), now());
  return opening !== null && opening > due.at ? { ...due, at: opening } : due;
};

/** The bank's opening is kept, so that nobody looks at the case before it. */
const keepBankHours = async ({ applicationId, ports: { repository } }: Context, found: AccountCase, plan: readonly DueStep[]): Promise<void> => {
  const custody = plan.find(({ step, action }) => step === 'custody' && action === 'send');
  const kept = found.steps.find(({ step }) => step === 'custody')?.nextAt ?? null;
  if (custody !== undefined && (kept === null || kept < custody.at)) await repository.deferStep({ applicationId, step: 'custody', nextAt: custody.at });
};

const perform = async (context: Context, found: AccountCase, due: DueStep): Promise<void> => {
  const { applicationId, ports: { repository, outside }, now, settings } = context;
  const row = found.steps.find((r) => r.step === due.step)!;
  const change = (event: Parameters<typeof repository.changeStep>[0]['event'], from: StepRow, more: object = {}): Promise<StepRow> =>
    repository.changeStep({ applicationId, step: due.step, event, expectedVersion: from.version, ...more });

  if (due.action === 'retry') return void (await change('retry', row, { code: row.code }));
  if (due.action === 'take_over') return void (await change('time_out', row));
  if (due.action === 'ask') return answered(context, row, await outside.ask(due.step, applicationId));

  const numberOf = (step: AccountStep): string | null => found.steps.find((r) => r.step === step)?.accountNo ?? null;
  // Before anything is written: data that cannot be opened is no attempt, and leaves nothing to be asked about.
  const holder = await repository.holder(applicationId);
  const passwords = due.step === 'fund' ? await repository.takePasswordEnvelopes(applicationId) : null;
  // Written before the call: whatever happens to this process, somebody asks before it is sent again (R53).
  const sent = await change('send', row, { attempts: row.attempts + 1, sentAt: now(), nextAt: null });
  if (holder === null) return refused(context, sent, 'DATA_MISSING');
  if (due.step === 'fund' && passwords === null) return refused(context, sent, 'PASSWORD_MISSING');
  const reply = await outside.send(due.step, { ...holder, applicationId, oneCode: numberOf('oneCode'), fundAccountNo: numberOf('fund'), passwords });

  if (reply.state === 'refused') return refused(context, sent, reply.code);
  if (reply.state === 'not_sent') return refused(context, sent, 'OUTSIDE_UNAVAILABLE');
  if (reply.state === 'unknown') return void (await change('time_out', sent, { nextAt: later(now(), retryDelay(sent.attempts, settings.retryBaseMs, settings.retryMaxMs)) }));
  if (reply.state === 'awaiting_client') return void (await change('need_client', sent, { code: 'CONFIRM_AT_BANK', accountNo: reply.accountNo, nextAt: later(now(), settings.confirmEveryMs) }));
  await change('acknowledge', sent, { accountNo: reply.accountNo });
  if (due.step === 'fund') await repository.deletePasswordEnvelopes(applicationId);
};

/** What became of a step that was asked about. */
const answered = async (context: Context, row: StepRow, answer: OutsideAnswer): Promise<void> => {
  const { applicationId, ports: { repository }, now, settings } = context;
  const { step } = row;
  const change = { applicationId, step, expectedVersion: row.version };
  if (row.state === 'awaiting_client') {
    if (answer.state === 'done') await repository.changeStep({ ...change, event: 'acknowledge', accountNo: answer.accountNo });
    else await repository.deferStep({ applicationId, step, nextAt: later(now(), settings.confirmEveryMs) });
    return;
  }
  if (answer.state === 'done') {
    await repository.changeStep({ ...change, event: 'found', accountNo: answer.accountNo });
    if (step === 'fund') await repository.deletePasswordEnvelopes(applicationId);
    return;
  }
  // Not there, or there and waiting for the client: sent again under the same key it makes no second one.
  if (answer.state === 'not_found' || answer.state === 'awaiting_client') return void (await repository.changeStep({ ...change, event: 'not_found', nextAt: null }));
  if (row.sentAt !== null && now().getTime() - row.sentAt.getTime() > settings.unknownMs) return void (await repository.changeStep({ ...change, event: 'park', code: 'STILL_UNKNOWN' }));
  await repository.deferStep({ applicationId, step, nextAt: later(now(), retryDelay(row.attempts, settings.retryBaseMs, settings.retryMaxMs)) });
};

/** Nothing was done outside: by the code's class it is tried again, the client is asked, or a person looks (R54). */
const refused = async (context: Context, sent: StepRow, code: string): Promise<void> => {
  const { applicationId, ports: { repository }, now, settings, calendar } = context;
  const change = { applicationId, step: sent.step };
  const kind = failureClass(code);
  if (kind === 'client') return void (await repository.changeStep({ ...change, event: 'need_client', expectedVersion: sent.version, code }));
  const failed = await repository.changeStep({ ...change, event: 'fail', expectedVersion: sent.version, code, nextAt: retryAt() });
  if (kind === 'person' || sent.attempts >= settings.maxAttempts) await repository.changeStep({ ...change, event: 'park', expectedVersion: failed.version, code });

  /** Closed although our calendar says open: theirs has an exception we do not know; tried again after the longest pause. */
  function retryAt(): Date {
    const closed = kind === 'depository_hours' || kind === 'bank_hours';
    const soonest = later(now(), closed ? settings.retryMaxMs : retryDelay(sent.attempts, settings.retryBaseMs, settings.retryMaxMs));
    return nextOpening(calendar, soonest) ?? soonest;
  }
};

const later = (now: Date, ms: number): Date => new Date(now.getTime() + ms);
