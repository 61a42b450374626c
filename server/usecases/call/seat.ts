import { AppError } from '../../../contracts/errors.ts';
import type { SeatCheck } from '../../../contracts/http/staff.ts';
import type { SeatState } from '../../../contracts/signaling/desk.ts';
import type { StaffActor } from '../../auth/staff.ts';
import { newId } from '../../database/crypto.ts';
import { audit, inTransaction } from '../../database/transact.ts';
import type { Services } from '../services.ts';

export interface Seat { readonly state: SeatState; readonly sessionId: string | null; readonly applicationId: string | null; /** When the seat check was passed; null: offline. */ readonly onlineSince: string | null; /** Calls accepted since. */ readonly accepted: number }

/** The agent's seat; a running call counts whatever the line says, so that a reload finds its way back. */
export async function seatOf(services: Services, staffId: string): Promise<Seat> {
  const session = await services.db.witnessSession.findFirst({ where: { witnessId: staffId, state: { in: ['joining', 'live', 'interrupted'] } }, orderBy: { offeredAt: 'desc' } });
  if (session) return { state: 'busy', sessionId: session.id, applicationId: session.applicationId, ...(await sinceOnline(services, staffId)) };
  const seat = (await services.line.snapshot()).seats.find((s) => s.staffId === staffId);
  const since = seat && seat.state !== 'offline' ? await sinceOnline(services, staffId) : { onlineSince: null, accepted: 0 };
  return { state: seat?.state ?? 'offline', sessionId: seat?.sessionId ?? null, applicationId: seat?.applicationId ?? null, ...since };
}

/** Kept in the database, so that a reload of the page forgets nothing. */
async function sinceOnline({ db }: Services, staffId: string): Promise<{ onlineSince: string | null; accepted: number }> {
  const check = await db.seatCheck.findFirst({ where: { staffId, passed: true }, orderBy: { at: 'desc' }, select: { at: true } });
  if (!check) return { onlineSince: null, accepted: 0 };
  return { onlineSince: check.at.toISOString(), accepted: await db.witnessSession.count({ where: { witnessId: staffId, acceptedAt: { gte: check.at } } }) };
}

export async function tellSeat(services: Services, staffId: string): Promise<void> {
  await services.hub.publish(`staff:${staffId}`, 'seat', await seatOf(services, staffId));
}

/**
 * The agent goes online after the seat check (R1), with a valid qualification and training (R4).
 * @throws AppError ROLE_NOT_ALLOWED, QUALIFICATION_EXPIRED, SEAT_CHECK_REQUIRED that names what failed
 */
export async function goOnline(services: Services, actor: StaffActor, check: SeatCheck): Promise<SeatState> {
  if (!actor.roles.includes('witness')) throw new AppError('ROLE_NOT_ALLOWED');
  if (!actor.qualified) throw new AppError('QUALIFICATION_EXPIRED');
  const failed = Object.entries(check).filter(([, ok]) => !ok).map(([name]) => name);
  await inTransaction(services.db, async (tx) => {
    await tx.seatCheck.create({ data: { id: newId(), staffId: actor.id, result: { ...check }, passed: failed.length === 0 } });
    await audit(tx, { actor: { kind: 'staff', id: actor.id }, action: failed.length === 0 ? 'seat.online' : 'seat.check_failed', codes: { failed } });
  });
  if (failed.length > 0) throw new AppError('SEAT_CHECK_REQUIRED', { items: failed });
  const state = await services.line.online(actor.id);
  await tellSeat(services, actor.id);
  return state;
}

/** The agent leaves the seat and says why (R2). */
export async function leaveSeat(services: Services, actor: Pick<StaffActor, 'id'>, reason: string): Promise<void> {
  await services.line.exit(actor.id);
  await inTransaction(services.db, async (tx) => {
    await tx.seatLeave.create({ data: { id: newId(), staffId: actor.id, reason } });
    await audit(tx, { actor: { kind: 'staff', id: actor.id }, action: 'seat.exit', codes: { reason } });
  });
  await tellSeat(services, actor.id);
}

/**
 * A log-in ended: by its person, by time, or because the person was disabled. The seat is given up, so that no client is
 * offered to an empty chair (R2), and the desks of that log-in are closed.
 */
export async function closeDesk(services: Services, { staffId, staffSessionId }: { staffId: string; staffSessionId: string }): Promise<void> {
  if ((await seatOf(services, staffId)).state !== 'offline') await leaveSeat(services, { id: staffId }, 'logged_out');
  await services.hub.publish(`staff:${staffId}`, 'loggedOut', { staffSessionId });
}
