import { AppError } from '../../../contracts/errors.ts';
import type { ReplayNews, ReplayView } from '../../../contracts/http/staff.ts';
import { isDestroyed } from '../../database/casekeys.ts';
import { newId } from '../../database/crypto.ts';
import { audit, look } from '../../database/transact.ts';
import { mayReplay } from '../cases/access.ts';
import type { Capacity, Reader } from '../cases/access.ts';
import { maskName } from '../cases/mask.ts';
import { loadCaseFacts } from '../cases/view.ts';
import { toldWhenRefused } from '../looks/refused.ts';
import type { Services } from '../services.ts';
import { formInCall } from './form.ts';
import { newsSince, quietly, viewFrom } from './news.ts';
import type { Replayed } from './view.ts';

/**
 * Everything of a session on one clock (R46): milliseconds since its recording began. The look is logged with its purpose (R45).
 * So is a refusal, with the purpose that was given.
 * @throws AppError SESSION_NOT_FOUND, SAME_PERSON (R5), CASE_NOT_YOURS, CASE_DESTROYED
 */
export async function openReplay(services: Services, { sessionId, reader, purpose }: { sessionId: string; reader: Reader; purpose: string }): Promise<ReplayView> {
  const { db } = services;
  const session = await found(services, sessionId);
  const { applicationId } = session;
  const capacity = await toldWhenRefused(services, { reader, applicationId, sessionId, what: 'replay', purpose }, () => allowed(services, session, reader));
  const id = newId();
  const purposeEnc = await services.cipher.seal({ subject: applicationId, table: 'look_log', column: 'why', row: id }, purpose);
  await look(db, { id, staffId: reader.staffId, applicationId, sessionId, what: 'replay', why: purposeEnc, capacity, at: services.now() });
  await audit(db, { actor: { kind: 'staff', id: reader.staffId }, action: 'session.replay', applicationId, sessionId });
  return viewFrom(services, session);
}

/**
 * What is new since a position, for who opened it within the last hour; all of it without one, or with one that is none of ours.
 * @throws AppError as {@link openReplay}; PURPOSE_REQUIRED when it was not opened, or longer ago
 */
export async function replayNews(services: Services, { sessionId, reader, since }: { sessionId: string; reader: Reader; since?: string | undefined }): Promise<ReplayNews> {
  const session = await found(services, sessionId);
  // Asked every few seconds: who may, and whether there is anything, at one time; nothing is told before the first is known.
  const [may, opened, quiet] = await Promise.allSettled([allowed(services, session, reader), openedBy(services, sessionId, reader), quietly(services, session, since)]);
  valueOf(may);
  valueOf(opened);
  return valueOf(quiet) ?? newsSince(services, session, since);
}

/** Of several that ran at one time the first in their order is the one that is told. */
function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

/**
 * The client's name, masked in the replay, for who has opened it; logged (R43). Numbers stay masked here: only the case's own
 * witness and reviewer uncover those, on the case's page.
 * @throws AppError as {@link replayNews}; NOT_FOUND when the case has no form
 */
export async function uncoverName(services: Services, { sessionId, reader }: { sessionId: string; reader: Reader }): Promise<{ masked: string; name: string }> {
  const { db } = services;
  const replayed = await found(services, sessionId);
  const { applicationId, application } = replayed;
  const capacity = await toldWhenRefused(services, { reader, applicationId, sessionId, what: 'uncover.name' }, () => allowed(services, replayed, reader));
  await openedBy(services, sessionId, reader);
  const { form } = await formInCall(services, application, replayed);
  if (form === null) throw new AppError('NOT_FOUND');
  await look(db, { staffId: reader.staffId, applicationId, sessionId, what: 'uncover.name', why: capacity, at: services.now() });
  await audit(db, { actor: { kind: 'staff', id: reader.staffId }, action: 'case.uncover', applicationId, sessionId, codes: { field: 'name' } });
  return { masked: maskName(form.name), name: form.name };
}

const withAll = { application: true, witness: { select: { name: true, licence: true } } } as const;

async function found({ db }: Services, sessionId: string): Promise<Replayed> {
  const session = await db.witnessSession.findUnique({ where: { id: sessionId }, include: withAll });
  if (!session) throw new AppError('SESSION_NOT_FOUND');
  return session;
}

async function allowed(services: Services, { applicationId }: { applicationId: string }, reader: Reader): Promise<Capacity> {
  const [facts, destroyed] = await Promise.all([loadCaseFacts(services, applicationId), isDestroyed(services.db, applicationId)]);
  const capacity = mayReplay(reader, facts);
  if (destroyed) throw new AppError('CASE_DESTROYED');
  return capacity;
}

/**
 * The plaintext of one segment, or a byte range of it; only for who opened the replay within the last hour (R45).
 * @throws AppError NOT_FOUND, SAME_PERSON, CASE_NOT_YOURS, PURPOSE_REQUIRED, RANGE_BEYOND, CASE_DESTROYED
 */
export async function readSegment(services: Services, { sessionId, segmentId, reader, start, end }: { sessionId: string; segmentId: string; reader: Reader; start?: number; end?: number }) {
  const segment = await services.db.recordingSegment.findFirst({ where: { id: segmentId, sessionId }, include: { session: { select: { applicationId: true } } } });
  if (!segment) throw new AppError('NOT_FOUND');
  const { applicationId } = segment.session;
  // Both are asked at once, since a jump waits for this; the first refusal counts.
  const opened = openedBy(services, sessionId, reader);
  opened.catch(() => undefined);
  await allowed(services, segment.session, reader);
  await opened;
  const file = await services.store.read({ caseId: applicationId, fileId: segment.fileId, ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) });
  if (start !== undefined && start >= file.size) throw new AppError('RANGE_BEYOND', { size: file.size });
  return { ...file, contentType: segment.mimeType };
}

/** @throws AppError PURPOSE_REQUIRED unless this person opened the replay, with a purpose, within the last hour (R45) */
async function openedBy(services: Services, sessionId: string, { staffId }: Reader): Promise<void> {
  const since = new Date(services.now().getTime() - 3_600_000);
  const opened = await services.db.lookLog.findFirst({ where: { staffId, sessionId, what: 'replay', at: { gt: since } }, select: { id: true } });
  if (!opened) throw new AppError('PURPOSE_REQUIRED');
}
