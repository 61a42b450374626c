import { AppError } from '../../contracts/errors.ts';
import { outboxEvent } from '../../contracts/events/index.ts';
import type { OutboxEvent } from '../../contracts/events/index.ts';
import type { AccountEvent, AccountState, AccountStep, ApplicationEvent, ApplicationState, SessionEvent, SessionState } from '../../contracts/states/index.ts';
import { FINAL_APPLICATION_STATES } from '../../contracts/states/index.ts';
import { transitionAccount } from '../../workflows/accounts/transition.ts';
import { transitionApplication } from '../../workflows/application/transition.ts';
import { transitionSession } from '../../workflows/session/transition.ts';
import { newId } from './crypto.ts';
import type { FieldCipher, Place } from './crypto.ts';
import type { AccountStepRow, Application, Database, Db, Prisma, WitnessSession } from './index.ts';

/** Who does it. */
export interface Actor { readonly kind: 'client' | 'staff' | 'system'; readonly id?: string }
/** Ids and codes only: this stays readable when the case's key is destroyed. */
export type Codes = Record<string, string | number | boolean | null | readonly string[]>;

/** Encrypted before its row is written: the row's number is taken first, so that the value opens nowhere else. */
export interface AuditDetail { readonly seq: bigint; readonly enc: string }
export const auditPlace = (applicationId: string, seq: bigint): Place => ({ subject: applicationId, table: 'audit', column: 'detail_enc', row: String(seq) });

/** Takes the number of an audit row to be and seals its detail to it. */
export async function sealAuditDetail(db: Database | Db, cipher: FieldCipher, applicationId: string, text: string): Promise<AuditDetail> {
  const [next] = await db.$queryRaw<{ seq: bigint }[]>`SELECT nextval(pg_get_serial_sequence('audit', 'seq')) AS seq`;
  const { seq } = next!;
  return { seq, enc: await cipher.seal(auditPlace(applicationId, seq), text) };
}

interface Change<E> {
  readonly event: E;
  readonly actor: Actor;
  /** The version the caller saw; STALE_VERSION when somebody else was faster. Without it the change is tried again. */
  readonly expectedVersion?: number;
  readonly codes?: Codes;
  /** More for the audit row, encrypted under the case's key at {@link auditPlace}. */
  readonly detail?: AuditDetail;
}
type Free<T> = Omit<T, 'id' | 'state' | 'version' | 'outcome'>;
export type ApplicationPatch = Free<Prisma.ApplicationUncheckedUpdateManyInput>;
export type SessionPatch = Free<Prisma.WitnessSessionUncheckedUpdateManyInput>;
export type PhotoPatch = Omit<Prisma.PhotoUncheckedUpdateManyInput, 'id' | 'readingEnc' | 'findingCodes'>;
export type AccountStepPatch = Free<Prisma.AccountStepUncheckedUpdateManyInput>;

/** Runs in the caller's transaction when `db` is one, else in one of its own. */
export function inTransaction<T>(db: Database | Db, work: (tx: Db) => Promise<T>): Promise<T> {
  return '$transaction' in db ? db.$transaction(work, { maxWait: 10_000, timeout: 20_000 }) : work(db);
}

/**
 * The only writer of an application's state: row, audit row and outbox row in one transaction.
 * @throws AppError STATE_NOT_ALLOWED, STALE_VERSION, NOT_FOUND
 */
export function changeApplication(db: Database | Db, change: Change<ApplicationEvent> & { applicationId: string; sessionId?: string }, patch: ApplicationPatch = {}): Promise<Application> {
  return untilFresh(db, change.expectedVersion, (tx) => applyApplication(tx, change, patch));
}

async function applyApplication(tx: Db, change: Change<ApplicationEvent> & { applicationId: string; sessionId?: string }, patch: ApplicationPatch): Promise<Application> {
  const { applicationId, event } = change;
  const row = found(await tx.application.findUnique({ where: { id: applicationId } }));
  if (change.expectedVersion !== undefined && change.expectedVersion !== row.version) throw new AppError('STALE_VERSION');
  const from = row.state as ApplicationState;
  const to = transitionApplication(from, event);
  // Nobody needs the passwords of a case that is over (R19).
  const over = (FINAL_APPLICATION_STATES as readonly ApplicationState[]).includes(to) ? { passwordsEnc: null } : {};
  const { count } = await tx.application.updateMany({
    where: { id: applicationId, version: row.version }, data: { ...patch, ...over, state: to, version: row.version + 1 },
  });
  if (count !== 1) throw new AppError('STALE_VERSION');
  await audit(tx, { ...change, action: `application.${event}`, from, to });
  await emit(tx, { type: 'application.changed', applicationId, event, from, to });
  return tx.application.findUniqueOrThrow({ where: { id: applicationId } });
}

/**
 * Saves data of an application without a change of state, so that a concurrent change of state and this one cannot both win.
 * @throws AppError STALE_VERSION when somebody was faster than `version`
 */
export function editApplication(
  db: Database | Db, edit: { applicationId: string; version: number; action: string; actor: Actor; codes?: Codes }, patch: ApplicationPatch,
): Promise<void> {
  return inTransaction(db, async (tx) => {
    const { count } = await tx.application.updateMany({ where: { id: edit.applicationId, version: edit.version }, data: { ...patch, version: edit.version + 1 } });
    if (count !== 1) throw new AppError('STALE_VERSION');
    await audit(tx, edit);
  });
}

/** The only writer of a witness session's state and outcome. Errors as {@link changeApplication}, SESSION_NOT_FOUND. */
export function changeSession(db: Database | Db, change: Change<SessionEvent> & { sessionId: string }, patch: SessionPatch = {}): Promise<WitnessSession> {
  return untilFresh(db, change.expectedVersion, (tx) => applySession(tx, change, patch));
}

async function applySession(tx: Db, change: Change<SessionEvent> & { sessionId: string }, patch: SessionPatch): Promise<WitnessSession> {
  const { sessionId, event } = change;
  // Ticks and photos raise the version as well: who changes the state waits for them instead of being refused.
  await tx.$queryRaw`SELECT 1 FROM "witness_session" WHERE "id" = ${sessionId}::uuid FOR UPDATE`;
  const row = await tx.witnessSession.findUnique({ where: { id: sessionId } });
  if (row === null) throw new AppError('SESSION_NOT_FOUND');
  if (change.expectedVersion !== undefined && change.expectedVersion !== row.version) throw new AppError('STALE_VERSION');
  const from = row.state as SessionState;
  const { state: to, outcome } = transitionSession(from, event);
  const { count } = await tx.witnessSession.updateMany({
    where: { id: sessionId, version: row.version },
    data: { ...patch, state: to, version: row.version + 1, ...(outcome === undefined ? {} : { outcome, endedAt: patch.endedAt ?? new Date() }) },
  });
  if (count !== 1) throw new AppError('STALE_VERSION');
  const { applicationId } = row;
  await audit(tx, { ...change, applicationId, action: `session.${event}`, from, to: outcome === undefined ? to : `${to}:${outcome}` });
  await emit(tx, { type: 'session.changed', applicationId, sessionId, event, from, to, ...(outcome === undefined ? {} : { outcome }) });
  return tx.witnessSession.findUniqueOrThrow({ where: { id: sessionId } });
}

/** The only writer of an account step's state (R52). Errors as {@link changeApplication}. */
export function changeAccountStep(db: Database | Db, change: Change<AccountEvent> & { applicationId: string; step: AccountStep; code?: string }, patch: AccountStepPatch = {}): Promise<AccountStepRow> {
  return untilFresh(db, change.expectedVersion, (tx) => applyAccountStep(tx, change, patch));
}

async function applyAccountStep(tx: Db, change: Change<AccountEvent> & { applicationId: string; step: AccountStep; code?: string }, patch: AccountStepPatch): Promise<AccountStepRow> {
  const { applicationId, step, event, code } = change;
  const row = found(await tx.accountStep.findUnique({ where: { applicationId_step: { applicationId, step } } }));
  if (change.expectedVersion !== undefined && change.expectedVersion !== row.version) throw new AppError('STALE_VERSION');
  const from = row.state as AccountState;
  const to = transitionAccount(from, event);
  const { count } = await tx.accountStep.updateMany({
    where: { id: row.id, version: row.version }, data: { ...patch, state: to, version: row.version + 1, code: code ?? null },
  });
  if (count !== 1) throw new AppError('STALE_VERSION');
  await audit(tx, { ...change, action: `account.${event}`, from, to, codes: { ...change.codes, step, ...(code === undefined ? {} : { code }) } });
  await emit(tx, { type: 'account.changed', applicationId, step, to, ...(code === undefined ? {} : { code }) });
  return tx.accountStep.findUniqueOrThrow({ where: { id: row.id } });
}

/** Writes an audit row. Call it inside the transaction of the change it tells of. */
export async function audit(
  db: Database | Db,
  row: { actor: Actor; action: string; applicationId?: string; sessionId?: string; from?: string; to?: string; codes?: Codes; detail?: AuditDetail },
): Promise<void> {
  await db.audit.create({
    data: {
      actorKind: row.actor.kind, actorId: row.actor.id ?? null, action: row.action, applicationId: row.applicationId ?? null, sessionId: row.sessionId ?? null,
      fromState: row.from ?? null, toState: row.to ?? null, ...(row.detail === undefined ? {} : { seq: row.detail.seq, detailEnc: row.detail.enc }), ...(row.codes === undefined ? {} : { codes: row.codes as Prisma.InputJsonObject }),
    },
    select: { seq: true },
  });
}

/** Writes an outbox row; parsed, so that nothing but ids and codes gets in. */
export async function emit(db: Database | Db, event: OutboxEvent): Promise<void> {
  await db.outbox.create({ data: { id: newId(), type: event.type, payload: outboxEvent.parse(event) }, select: { id: true } });
}

/** Logs a look (R45): who, what, why; without a case, of one at the log itself or for a client. */
export async function look(db: Database | Db, row: { id?: string; staffId: string; applicationId?: string; sessionId?: string; what: string; why?: string; capacity?: string; at?: Date }): Promise<void> {
  await db.lookLog.create({ data: { id: newId(), ...row }, select: { id: true } });
}

async function untilFresh<T>(db: Database | Db, expectedVersion: number | undefined, work: (tx: Db) => Promise<T>): Promise<T> {
  // Inside somebody's transaction, or with a version that was seen, there is nothing to try again.
  const tries = expectedVersion === undefined && '$transaction' in db ? 4 : 1;
  for (let tried = 1; ; tried++) {
    try {
      return await inTransaction(db, work);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'STALE_VERSION') || tried >= tries) throw error;
    }
  }
}

function found<T>(row: T | null): T {
  if (row === null) throw new AppError('NOT_FOUND');
  return row;
}
