/** Legal holds (法律保全, R44): while one stands, its case is not destroyed. */
import { AppError } from '../../../contracts/errors.ts';
import type { HoldRow } from '../../../contracts/http/retention.ts';
import { isDestroyed } from '../../database/casekeys.ts';
import { newId } from '../../database/crypto.ts';
import type { Place } from '../../database/crypto.ts';
import { isConflict } from '../../database/index.ts';
import { audit, inTransaction, sealAuditDetail } from '../../database/transact.ts';
import type { Services } from '../services.ts';
import { lockCase } from './destroy.ts';

type Parts = Pick<Services, 'db' | 'cipher' | 'now'>;
const place = (applicationId: string, holdId: string, column: 'reason_enc' | 'lift_reason_enc'): Place => ({ subject: applicationId, table: 'legal_hold', column, row: holdId });
const LONGEST = 500;

/** Those that stand first, then the lifted ones, newest first. Reasons of destroyed cases are gone with them. */
export async function legalHolds({ db, cipher }: Parts): Promise<HoldRow[]> {
  const rows = await db.legalHold.findMany({ orderBy: [{ liftedAt: { sort: 'desc', nulls: 'first' } }, { setAt: 'desc' }], take: LONGEST });
  const [cases, staff] = await Promise.all([
    db.application.findMany({ where: { id: { in: rows.map(({ applicationId }) => applicationId) } }, select: { id: true, caseNo: true } }),
    db.staff.findMany({ where: { id: { in: rows.flatMap(({ setById, liftedById }) => [setById, ...(liftedById === null ? [] : [liftedById])]) } }, select: { id: true, name: true } }),
  ]);
  const nameOf = (id: string): string => staff.find((one) => one.id === id)?.name ?? '';
  const text = async (at: Place, sealed: string): Promise<string | null> => await cipher.open(at, sealed).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'KEY_UNAVAILABLE') return null;
    throw error;
  });
  return await Promise.all(rows.map(async (row) => ({
    holdId: row.id, caseNo: cases.find(({ id }) => id === row.applicationId)?.caseNo ?? '', setBy: nameOf(row.setById), setAt: row.setAt.toISOString(),
    reason: await text(place(row.applicationId, row.id, 'reason_enc'), row.reasonEnc),
    lifted: row.liftedAt === null || row.liftedById === null || row.liftReasonEnc === null ? null
      : { by: nameOf(row.liftedById), at: row.liftedAt.toISOString(), reason: await text(place(row.applicationId, row.id, 'lift_reason_enc'), row.liftReasonEnc) },
  })));
}

/**
 * Sets a hold; an event of the case's manifest by its audit row.
 * @throws AppError NOT_FOUND, CASE_DESTROYED, HOLD_EXISTS
 */
export async function setHold({ db, cipher, now }: Parts, { staffId, caseNo, reason }: { staffId: string; caseNo: string; reason: string }): Promise<string> {
  const application = await db.application.findUnique({ where: { caseNo }, select: { id: true } });
  if (application === null) throw new AppError('NOT_FOUND', { field: 'caseNo' });
  const applicationId = application.id;
  // First: for a destroyed case nothing can be sealed.
  if (await isDestroyed(db, applicationId)) throw new AppError('CASE_DESTROYED');
  const holdId = newId();
  const [reasonEnc, detail] = [await cipher.seal(place(applicationId, holdId, 'reason_enc'), reason), await sealAuditDetail(db, cipher, applicationId, reason)];
  try {
    await inTransaction(db, async (tx) => {
      await lockCase(tx, applicationId);
      if (await isDestroyed(tx, applicationId)) throw new AppError('CASE_DESTROYED');
      await tx.legalHold.create({ data: { id: holdId, applicationId, reasonEnc, setById: staffId, setAt: now() } });
      await audit(tx, { actor: { kind: 'staff', id: staffId }, action: 'hold.set', applicationId, codes: { holdId }, detail });
    });
  } catch (error) {
    if (isConflict(error)) throw new AppError('HOLD_EXISTS');
    throw error;
  }
  return holdId;
}

/** @throws AppError NOT_FOUND when there is none, or it was lifted already */
export async function liftHold({ db, cipher, now }: Parts, { staffId, holdId, reason }: { staffId: string; holdId: string; reason: string }): Promise<void> {
  const hold = await db.legalHold.findFirst({ where: { id: holdId, liftedAt: null } });
  if (hold === null) throw new AppError('NOT_FOUND');
  const { applicationId } = hold;
  const [liftReasonEnc, detail] = [await cipher.seal(place(applicationId, holdId, 'lift_reason_enc'), reason), await sealAuditDetail(db, cipher, applicationId, reason)];
  await inTransaction(db, async (tx) => {
    await lockCase(tx, applicationId);
    const { count } = await tx.legalHold.updateMany({ where: { id: holdId, liftedAt: null }, data: { liftedAt: now(), liftedById: staffId, liftReasonEnc } });
    if (count !== 1) throw new AppError('NOT_FOUND');
    await audit(tx, { actor: { kind: 'staff', id: staffId }, action: 'hold.lifted', applicationId, codes: { holdId }, detail });
  });
}
