import { AppError } from '../../../contracts/errors.ts';
import type { ReplayView } from '../../../contracts/http/staff.ts';
import { newId } from '../../database/crypto.ts';
import { audit, look } from '../../database/transact.ts';
import { mayReplay } from '../cases/access.ts';
import type { Reader } from '../cases/access.ts';
import { TRACKS, gapCause, sessionGaps } from '../call/gaps.ts';
import { caseFindings, afterCall } from '../cases/findings.ts';
import { sessionFacts } from '../cases/facts.ts';
import { loadCaseFacts, photoView } from '../cases/view.ts';
import { findingDecisions } from '../findings/decisions.ts';
import type { Services } from '../services.ts';
import { eventText } from './texts.ts';

/**
 * Everything of a session on one clock (R46): milliseconds since its recording began. The look is logged with its purpose (R45).
 * @throws AppError SESSION_NOT_FOUND, SAME_PERSON (R5), CASE_NOT_YOURS
 */
export async function openReplay(services: Services, { sessionId, reader, purpose }: { sessionId: string; reader: Reader; purpose: string }): Promise<ReplayView> {
  const { db } = services;
  const session = await db.witnessSession.findUnique({ where: { id: sessionId }, include: { application: true, witness: { select: { name: true, licence: true } } } });
  if (!session) throw new AppError('SESSION_NOT_FOUND');
  const { applicationId, application } = session;
  mayReplay(reader, await loadCaseFacts(services, applicationId));
  const id = newId();
  const purposeEnc = await services.cipher.seal({ subject: applicationId, table: 'look_log', column: 'why', row: id }, purpose);
  await look(db, { id, staffId: reader.staffId, applicationId, sessionId, what: 'replay', why: purposeEnc });
  await audit(db, { actor: { kind: 'staff', id: reader.staffId }, action: 'session.replay', applicationId, sessionId });
  const [segments, events, gaps, facts, decisions] = await Promise.all([
    db.recordingSegment.findMany({ where: { sessionId }, orderBy: [{ startMs: 'asc' }] }),
    db.sessionEvent.findMany({ where: { sessionId }, orderBy: { at: 'asc' } }),
    sessionGaps(services, session),
    sessionFacts(services, session),
    findingDecisions(services, sessionId),
  ]);
  const found = afterCall(await caseFindings(services, application, facts.photos.map((p) => p.row), sessionId), { inReview: false });
  const said = { agent: session.witness.name, licence: session.witness.licence ?? '', name: found.form?.name ?? '', cue: session.cue };
  // The first recorded instant, the zero of every media time; the recorder's own report of it comes a little later.
  const zero = segments[0]?.startMs ?? session.recordingStartedAt?.getTime() ?? session.offeredAt.getTime();
  const end = Math.max(zero, ...segments.map((s) => s.endMs), session.endedAt?.getTime() ?? 0);
  return {
    sessionId, applicationId, caseNo: application.caseNo, zeroAt: new Date(zero).toISOString(), durationMs: end - zero, witnessName: session.witness.name,
    state: session.state as ReplayView['state'], outcome: session.outcome as ReplayView['outcome'],
    segments: segments.map((s) => ({ segmentId: s.id, side: s.side as 'client', index: s.index, startMs: s.startMs - zero, endMs: s.endMs - zero, mimeType: s.mimeType, byteLength: s.byteLength })),
    events: events.map((e) => ({ atMs: e.at.getTime() - zero, at: e.at.toISOString(), type: e.type, ...sideOf(e), text: eventText(e.type, e.codes, { ...said, reason: decisions.find(({ id: made }) => made === e.refId)?.reason }), ...(e.refId ? { refId: e.refId } : {}) })),
    gaps: gaps.flatMap((gap) => TRACKS.map(([side, kind]) => ({ side, kind, fromMs: gap.fromMs - zero, toMs: gap.toMs - zero, cause: gapCause(gap) }))),
    photos: facts.photos.map((p) => photoView(p, found)),
  };
}

/** Whose event it is: of somebody who came or went, that person's side. */
function sideOf({ side, codes }: { side: string | null; codes: unknown }): { side?: 'client' | 'witness' | 'server' } {
  const { role } = (codes ?? {}) as { role?: string };
  if (role === 'client' || role === 'witness') return { side: role };
  return side ? { side: side as 'server' } : {};
}

/** The plaintext of one segment, or a byte range of it; only for who opened the replay within the last hour (R45). */
export async function readSegment(services: Services, { sessionId, segmentId, reader, start, end }: { sessionId: string; segmentId: string; reader: Reader; start?: number; end?: number }) {
  const segment = await services.db.recordingSegment.findFirst({ where: { id: segmentId, sessionId }, include: { session: { select: { applicationId: true } } } });
  if (!segment) throw new AppError('NOT_FOUND');
  const { applicationId } = segment.session;
  mayReplay(reader, await loadCaseFacts(services, applicationId));
  const since = new Date(services.now().getTime() - 3_600_000);
  const opened = await services.db.lookLog.findFirst({ where: { staffId: reader.staffId, sessionId, what: 'replay', at: { gt: since } }, select: { id: true } });
  if (!opened) throw new AppError('PURPOSE_REQUIRED');
  const file = await services.store.read({ caseId: applicationId, fileId: segment.fileId, ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) });
  return { ...file, contentType: segment.mimeType };
}
