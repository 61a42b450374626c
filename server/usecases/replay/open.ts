import { AppError } from '../../../contracts/errors.ts';
import type { PhotoView, ReplayView } from '../../../contracts/http/staff.ts';
import { newId } from '../../database/crypto.ts';
import type { Application, WitnessSession } from '../../database/index.ts';
import { audit, look } from '../../database/transact.ts';
import { mayReplay } from '../cases/access.ts';
import type { Capacity, Reader } from '../cases/access.ts';
import { sessionGaps } from '../call/gaps.ts';
import { caseFindings, afterCall } from '../cases/findings.ts';
import { sessionFacts } from '../cases/facts.ts';
import { maskName } from '../cases/mask.ts';
import { openForm } from '../cases/open.ts';
import { loadCaseFacts, photoView } from '../cases/view.ts';
import { findingDecisions } from '../findings/decisions.ts';
import type { Services } from '../services.ts';
import { consoleHistory } from './history.ts';
import { maskFindingOf, maskReadingOf, maskText, namesIn } from './mask.ts';
import { networkOf } from './network.ts';
import { eventText } from './texts.ts';

/**
 * Everything of a session on one clock (R46): milliseconds since its recording began. The look is logged with its purpose (R45).
 * @throws AppError SESSION_NOT_FOUND, SAME_PERSON (R5), CASE_NOT_YOURS
 */
export async function openReplay(services: Services, { sessionId, reader, purpose }: { sessionId: string; reader: Reader; purpose: string }): Promise<ReplayView> {
  const { db } = services;
  const session = await replayable(services, sessionId, reader);
  const { applicationId, capacity } = session;
  const id = newId();
  const purposeEnc = await services.cipher.seal({ subject: applicationId, table: 'look_log', column: 'why', row: id }, purpose);
  await look(db, { id, staffId: reader.staffId, applicationId, sessionId, what: 'replay', why: purposeEnc, capacity, at: services.now() });
  await audit(db, { actor: { kind: 'staff', id: reader.staffId }, action: 'session.replay', applicationId, sessionId });
  return viewOf(services, session);
}

/**
 * The same again for who opened it within the last hour: what has come since, while the call goes on.
 * @throws AppError as {@link openReplay}; PURPOSE_REQUIRED when it was not opened, or longer ago
 */
export async function replayOn(services: Services, { sessionId, reader }: { sessionId: string; reader: Reader }): Promise<ReplayView> {
  const session = await replayable(services, sessionId, reader);
  await openedBy(services, sessionId, reader);
  return viewOf(services, session);
}

/**
 * The client's name, masked in the replay, for who has opened it; logged (R43). Numbers stay masked here: only the case's own
 * witness and reviewer uncover those, on the case's page.
 * @throws AppError as {@link replayOn}; NOT_FOUND when the case has no form
 */
export async function uncoverName(services: Services, { sessionId, reader }: { sessionId: string; reader: Reader }): Promise<{ masked: string; name: string }> {
  const { db } = services;
  const { applicationId, application, capacity } = await replayable(services, sessionId, reader);
  await openedBy(services, sessionId, reader);
  const form = await openForm(services, application);
  if (form === null) throw new AppError('NOT_FOUND');
  await look(db, { staffId: reader.staffId, applicationId, sessionId, what: 'uncover.name', why: capacity, at: services.now() });
  await audit(db, { actor: { kind: 'staff', id: reader.staffId }, action: 'case.uncover', applicationId, sessionId, codes: { field: 'name' } });
  return { masked: maskName(form.name), name: form.name };
}

const withAll = { application: true, witness: { select: { name: true, licence: true } } } as const;
type Replayed = WitnessSession & { application: Application; witness: { name: string; licence: string | null } };

async function replayable(services: Services, sessionId: string, reader: Reader): Promise<Replayed & { capacity: Capacity }> {
  const session = await services.db.witnessSession.findUnique({ where: { id: sessionId }, include: withAll });
  if (!session) throw new AppError('SESSION_NOT_FOUND');
  return { ...session, capacity: mayReplay(reader, await loadCaseFacts(services, session.applicationId)) };
}

async function viewOf(services: Services, session: Replayed): Promise<ReplayView> {
  const { db } = services;
  const { id: sessionId, applicationId, application } = session;
  const [segments, events, gaps, facts, decisions, samples] = await Promise.all([
    db.recordingSegment.findMany({ where: { sessionId }, orderBy: [{ startMs: 'asc' }] }),
    db.sessionEvent.findMany({ where: { sessionId }, orderBy: { at: 'asc' } }),
    sessionGaps(services, session),
    sessionFacts(services, session),
    findingDecisions(services, sessionId),
    db.qualitySample.findMany({ where: { sessionId }, orderBy: { at: 'asc' }, select: { role: true, at: true, figures: true } }),
  ]);
  const found = afterCall(await caseFindings(services, application, facts.photos.map((p) => p.row), sessionId), { inReview: false });
  const name = found.form ? maskName(found.form.name) : '';
  const names = namesIn(found.form, [...found.photos, ...found.documents]);
  const reasons = new Map(decisions.map(({ id, reason }) => [id, maskText(reason, names)]));
  const said = { agent: session.witness.name, licence: session.witness.licence ?? '', name, cue: session.cue };
  // The first recorded instant, the zero of every media time; the recorder's own report of it comes a little later.
  const zero = segments[0]?.startMs ?? session.recordingStartedAt?.getTime() ?? session.offeredAt.getTime();
  const recordedMs = Math.max(zero, ...segments.map((s) => s.endMs));
  const live = session.state !== 'closed';
  const ended = Math.max(recordedMs, (live ? services.now() : session.endedAt)?.getTime() ?? 0);
  // What is noted as the call ends belongs to it; what comes hours later must not stretch the line.
  const end = Math.max(ended, ...events.map(({ at }) => at.getTime()).filter((at) => at <= ended + CLOSING_MS));
  return {
    sessionId, applicationId, caseNo: application.caseNo, zeroAt: new Date(zero).toISOString(), durationMs: end - zero, witnessName: session.witness.name, live,
    state: session.state as ReplayView['state'], outcome: session.outcome as ReplayView['outcome'],
    segments: segments.map((s) => ({ segmentId: s.id, side: s.side as 'client', index: s.index, startMs: s.startMs - zero, endMs: s.endMs - zero, mimeType: s.mimeType, byteLength: s.byteLength })),
    events: events.map((e) => ({ atMs: e.at.getTime() - zero, at: e.at.toISOString(), type: e.type, ...sideOf(e), text: eventText(e.type, e.codes, { ...said, reason: reasons.get(e.refId ?? '') }), ...(e.refId ? { refId: e.refId } : {}) })),
    gaps: gaps.map(({ fromMs, toMs, ...gap }) => ({ ...gap, fromMs: fromMs - zero, toMs: toMs - zero })),
    photos: facts.photos.map((p) => masked(photoView(p, found), names)),
    network: { client: networkOf(samples, 'client', zero), witness: networkOf(samples, 'witness', zero) },
    console: await consoleHistory(services, { session, application, events, gaps, zeroMs: zero }),
  };
}

/** So long after its end a call's last events are noted. */
const CLOSING_MS = 60_000;

const masked = (photo: PhotoView, names: readonly string[]): PhotoView => ({ ...photo, reading: photo.reading && maskReadingOf(photo.reading, names), findings: photo.findings.map((one) => maskFindingOf(one, names)) });

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
  await openedBy(services, sessionId, reader);
  const file = await services.store.read({ caseId: applicationId, fileId: segment.fileId, ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) });
  return { ...file, contentType: segment.mimeType };
}

/** @throws AppError PURPOSE_REQUIRED unless this person opened the replay, with a purpose, within the last hour (R45) */
async function openedBy(services: Services, sessionId: string, { staffId }: Reader): Promise<void> {
  const since = new Date(services.now().getTime() - 3_600_000);
  const opened = await services.db.lookLog.findFirst({ where: { staffId, sessionId, what: 'replay', at: { gt: since } }, select: { id: true } });
  if (!opened) throw new AppError('PURPOSE_REQUIRED');
}
