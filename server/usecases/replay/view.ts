/** Everything of a session on one clock, from its rows (R46). */
import type { PhotoView, ReplayView } from '../../../contracts/http/staff.ts';
import type { Application, WitnessSession } from '../../database/index.ts';
import { sessionGaps } from '../call/gaps.ts';
import { mediaZero } from '../call/zero.ts';
import { caseFindings, afterCall } from '../cases/findings.ts';
import { sessionFacts } from '../cases/facts.ts';
import { maskName } from '../cases/mask.ts';
import { photoView } from '../cases/view.ts';
import { findingDecisions } from '../findings/decisions.ts';
import type { Services } from '../services.ts';
import { formInCall } from './form.ts';
import { consoleHistory } from './history.ts';
import { maskFindingOf, maskReadingOf, maskText, namesIn } from './mask.ts';
import { networkOf } from './network.ts';
import { eventText } from './texts.ts';

export type Replayed = WitnessSession & { application: Application; witness: { name: string; licence: string | null } };
/** Without the place on it that news are asked from. */
export type PlainView = Omit<ReplayView, 'position'>;

/** So long after its end a call's last events are noted. */
const CLOSING_MS = 60_000;
/** So long after its end the last segments, comparisons and readings of a call may come. */
const SETTLING_MS = 60_000;

export async function viewOf(services: Services, session: Replayed): Promise<PlainView> {
  const { db } = services;
  const { id: sessionId, applicationId, application } = session;
  const [segments, events, gaps, facts, decisions, network, callForm, zero] = await Promise.all([
    db.recordingSegment.findMany({ where: { sessionId }, orderBy: [{ startMs: 'asc' }, { id: 'asc' }] }),
    db.sessionEvent.findMany({ where: { sessionId }, orderBy: [{ at: 'asc' }, { id: 'asc' }] }),
    sessionGaps(services, session),
    sessionFacts(services, session),
    findingDecisions(services, sessionId),
    samplesOf(services, sessionId),
    formInCall(services, application, session),
    mediaZero(services, session),
  ]);
  const found = afterCall(await caseFindings(services, application, facts.photos.map((p) => p.row), sessionId), { inReview: false });
  const name = callForm.form ? maskName(callForm.form.name) : '';
  const names = [callForm.form, found.form].flatMap((form) => namesIn(form, [...found.photos, ...found.documents]));
  const reasons = new Map(decisions.map(({ id, reason }) => [id, maskText(reason, names)]));
  const said = { agent: session.witness.name, licence: session.witness.licence ?? '', name, cue: session.cue };
  return {
    sessionId, applicationId, caseNo: application.caseNo, zeroAt: new Date(zero).toISOString(), witnessName: session.witness.name, ...lengthOf(services, session, { zero, segments, events }),
    state: session.state as ReplayView['state'], outcome: session.outcome as ReplayView['outcome'],
    segments: segments.map((s) => ({ segmentId: s.id, side: s.side as 'client', index: s.index, startMs: s.startMs - zero, endMs: s.endMs - zero, mimeType: s.mimeType, byteLength: s.byteLength })),
    events: events.map((e) => ({ atMs: e.at.getTime() - zero, at: e.at.toISOString(), type: e.type, ...sideOf(e), text: eventText(e.type, e.codes, { ...said, reason: reasons.get(e.refId ?? '') }), ...(e.refId ? { refId: e.refId } : {}) })),
    gaps: onClock(gaps, zero),
    photos: facts.photos.map((p) => masked(photoView(p, found), names)),
    network: { client: networkOf(network, 'client', zero), witness: networkOf(network, 'witness', zero) },
    console: await consoleHistory(services, { session, application, callForm, events, gaps, zeroMs: zero }),
  };
}

/** How long the session is on its clock, and whether it goes on. */
function lengthOf({ now }: Pick<Services, 'now'>, { state, endedAt }: WitnessSession, { zero, segments, events }: { zero: number; segments: readonly { endMs: number }[]; events: readonly { at: Date }[] }): Pick<PlainView, 'durationMs' | 'live' | 'more'> {
  const live = state !== 'closed';
  const nowMs = now().getTime();
  const ended = Math.max(zero, ...segments.map((s) => s.endMs), live ? nowMs : endedAt?.getTime() ?? 0);
  // What is noted as the call ends belongs to it; what comes hours later must not stretch the line.
  const end = Math.max(ended, ...events.map(({ at }) => at.getTime()).filter((at) => at <= ended + CLOSING_MS));
  return { durationMs: end - zero, live, more: live || (endedAt !== null && nowMs - endedAt.getTime() < SETTLING_MS) };
}

export const samplesOf = ({ db }: Pick<Services, 'db'>, sessionId: string) => db.qualitySample.findMany({ where: { sessionId }, orderBy: [{ at: 'asc' }, { id: 'asc' }], select: { role: true, at: true, figures: true } });

/** Gaps on media time. */
export const onClock = (gaps: Awaited<ReturnType<typeof sessionGaps>>, zero: number): ReplayView['gaps'] => gaps.map(({ fromMs, toMs, ...gap }) => ({ ...gap, fromMs: fromMs - zero, toMs: toMs - zero }));

const masked = (photo: PhotoView, names: readonly string[]): PhotoView => ({ ...photo, reading: photo.reading && maskReadingOf(photo.reading, names), findings: photo.findings.map((one) => maskFindingOf(one, names)) });

/** Whose event it is: of somebody who came or went, that person's side. */
function sideOf({ side, codes }: { side: string | null; codes: unknown }): { side?: 'client' | 'witness' | 'server' } {
  const { role } = (codes ?? {}) as { role?: string };
  if (role === 'client' || role === 'witness') return { side: role };
  return side ? { side: side as 'server' } : {};
}
