/**
 * What the agent's console showed, as changes on the session's clock (R46): worked out again from the rows by the rules that
 * the console itself goes by, so that an auditor sees what the agent saw, and what was not known yet.
 */
import type { ConsoleChange, ConsoleHistory, StandingFinding } from '../../../contracts/http/replay.ts';
import type { PoliceAnswer, PoliceQuestion } from '../../../contracts/police.ts';
import { FIELD_NAMES } from '../../../contracts/reading.ts';
import type { DocumentReading, Finding } from '../../../contracts/reading.ts';
import { CUES, SCRIPT, sayScript } from '../../../contracts/script.ts';
import type { PhotoKind, ScriptAnswer, ScriptItemId } from '../../../contracts/script.ts';
import type { ClientForm } from '../../../contracts/http/client.ts';
import { missingForApprove } from '../../../review/decision/missing.ts';
import { policeFindings, policeStanding } from '../../../review/decision/police.ts';
import type { Application, Photo, PhotoComparison, ScriptTick, SessionEventRow, WitnessSession } from '../../database/index.ts';
import type { Gap } from '../../../media/ports.ts';
import type { Stretch } from '../call/gaps.ts';
import { readPhoto } from '../call/photoNotes.ts';
import type { PhotoReading } from '../call/photoNotes.ts';
import { PHOTO_MS, TICK_MS } from '../cases/facts.ts';
import { judgeCase } from '../cases/findings.ts';
import type { SeenCase } from '../cases/findings.ts';
import { maskName } from '../cases/mask.ts';
import { openDocuments } from '../cases/open.ts';
import { findingDecisions } from '../findings/decisions.ts';
import { knownPerson } from '../person/known.ts';
import { faceConsent, identityCandidates } from '../police/standing.ts';
import type { Services } from '../services.ts';
import type { CallForm } from './form.ts';
import { maskFieldOf, maskFindingOf, namesIn } from './mask.ts';

type SeenPhoto = PhotoReading & { readonly row: Photo };
interface PoliceRow { readonly id: string; readonly at: Date; readonly kind: string; readonly answer: string; readonly photoId: string | null; readonly askedIndex: string | null; readonly decision: { readonly at: Date } | null }

/** Everything the changes are made of, opened once; times as they stand in the rows. */
interface Material {
  readonly session: WitnessSession;
  readonly endMs: number;
  readonly form: ClientForm | null;
  readonly events: readonly SessionEventRow[];
  readonly ticks: readonly ScriptTick[];
  readonly recorder: readonly { readonly running: boolean; readonly at: Date }[];
  readonly photos: readonly SeenPhoto[];
  readonly documents: SeenCase['documentRows'];
  readonly comparisons: readonly PhotoComparison[];
  readonly decisions: Awaited<ReturnType<typeof findingDecisions>>;
  readonly police: readonly PoliceRow[];
  readonly asked: readonly string[];
  readonly faceConsent: boolean;
  /** What was known of the person from each moment on, the earliest first. */
  readonly known: readonly { readonly fromMs: number; readonly findings: readonly Finding[] }[];
  readonly gaps: readonly Gap[];
}

export interface HistoryOf { readonly session: WitnessSession & { readonly witness: { readonly name: string; readonly licence: string | null } }; readonly application: Application; readonly callForm: CallForm; readonly events: readonly SessionEventRow[]; readonly gaps: readonly Gap[]; readonly zeroMs: number }

/** The console's history of a session; of one that goes on, up to now. Names and numbers masked (R43). */
export async function consoleHistory(services: Services, { session, application, callForm, events, gaps, zeroMs }: HistoryOf): Promise<ConsoleHistory> {
  const { form, from } = callForm;
  const material = await load(services, session, application, form, events, gaps);
  const day = { now: () => new Date(material.endMs), ...(services.upperAge === undefined ? {} : { upperAge: services.upperAge }) };
  const said = { agent: session.witness.name, licence: session.witness.licence ?? '', name: form ? maskName(form.name) : '' };
  const cue = CUES.find(({ id }) => id === session.cue);
  // What stood then cannot be said of a form that was not there yet: withheld rather than judged by today's.
  const { findings, changes } = changesOf(material, zeroMs, from === 'unknown' ? null : (atMs) => judgeCase(day, seenAt(material, atMs)));
  return {
    script: SCRIPT.map(({ id, rule, zh, en }) => ({ item: id, rule, text: { zh: sayScript(zh, { ...said, cue: cue?.zh ?? '' }), en: sayScript(en, { ...said, cue: cue?.en ?? '' }) } })),
    form: form === null ? [] : FIELD_NAMES.map((field) => ({ field, text: maskFieldOf(field, form[field]) })),
    formFrom: from, findings, changes,
  };
}

async function load(services: Services, session: WitnessSession, application: Application, form: ClientForm | null, events: readonly SessionEventRow[], gaps: readonly Gap[]): Promise<Material> {
  const { db } = services;
  const end = session.endedAt ?? services.now();
  const [ticks, recorder, rows, documents, decisions, comparisons, police, consent, lookups] = await Promise.all([
    db.scriptTick.findMany({ where: { sessionId: session.id }, orderBy: [{ at: 'asc' }, { id: 'asc' }] }),
    db.recorderFact.findMany({ where: { sessionId: session.id }, orderBy: { at: 'asc' }, select: { running: true, at: true } }),
    db.photo.findMany({ where: { sessionId: session.id }, orderBy: { receivedAt: 'asc' } }),
    openDocuments(services, application.id, { at: end }),
    findingDecisions(services, session.id),
    db.photoComparison.findMany({ where: { sessionId: session.id } }),
    db.policeCheck.findMany({ where: { applicationId: application.id, at: { lte: end } }, orderBy: [{ at: 'asc' }, { id: 'asc' }], include: { decision: { select: { at: true } } } }),
    faceConsent(services, application.id),
    db.personLookup.findMany({ where: { applicationId: application.id, at: { gt: session.offeredAt, lte: end } }, orderBy: { at: 'asc' }, select: { at: true } }),
  ]);
  const times = [session.acceptedAt ?? session.offeredAt, ...lookups.map(({ at }) => at)];
  const [photos, known] = await Promise.all([
    Promise.all(rows.map(async (row) => ({ row, ...(await readPhoto(services, row)) }))),
    Promise.all(times.map(async (at) => ({ fromMs: at.getTime(), findings: await knownPerson(services, application, form, at) }))),
  ]);
  return {
    session, endMs: end.getTime(), form, events, ticks, recorder, photos, documents, decisions, comparisons, police, known, gaps, faceConsent: consent,
    asked: form === null ? [] : identityCandidates(services, form),
  };
}

const until = (atMs: number) => (date: Date | null): boolean => date !== null && date.getTime() <= atMs;

/** The photos that counted at a moment: the newest of each kind, with what was known of it. */
function photosAt({ photos, events }: Material, atMs: number): SeenPhoto[] {
  const by = until(atMs);
  const newest = new Map(photos.filter(({ row }) => by(row.receivedAt)).map((photo) => [photo.row.kind, photo]));
  return [...newest.values()].map(({ row, reading, findings, face, ...rest }) => ({
    ...rest, row, reading: by(row.readAt) ? reading : null, findings: findings.filter(({ code }) => code !== 'STILL_DOES_NOT_FIT' || by(row.stillAt)),
    ...(face !== undefined && events.some(({ type, refId, at }) => type === 'face' && refId === row.id && by(at)) ? { face } : {}),
  }));
}

/** What the checks had to go by at a moment. */
function seenAt(material: Material, atMs: number): SeenCase {
  const by = until(atMs);
  const photosRead = photosAt(material, atMs);
  const face = photosRead.find(({ row }) => row.kind === 'face');
  const counts = material.police.filter(({ at, askedIndex, kind, photoId }) => by(at) && askedIndex !== null && material.asked.includes(askedIndex) && (kind === 'identity' || photoId === (face?.row.id ?? null)));
  const standing = policeStanding(counts.map(({ id, kind, answer, decision }) => ({ id, question: kind as PoliceQuestion, answer: answer as PoliceAnswer, decided: by(decision?.at ?? null) })));
  return {
    form: material.form, photosRead, documentRows: material.documents,
    decisions: material.decisions.filter(({ at }) => Date.parse(at) <= atMs),
    comparisons: material.comparisons.filter(({ at }) => by(at)),
    policeFindings: policeFindings(standing, { faceAsked: material.faceConsent && face !== undefined }),
    known: material.known.findLast(({ fromMs }) => fromMs <= atMs)?.findings ?? material.known[0]?.findings ?? [],
  };
}

type Judged = ReturnType<typeof judgeCase>;

/** Every change on the session's clock, and the findings they name; without `judge` neither these nor what closed approve. Pure. */
function changesOf(material: Material, zeroMs: number, judge: ((atMs: number) => Judged) | null): Pick<ConsoleHistory, 'findings' | 'changes'> {
  const { session, endMs, gaps } = material;
  const liveMs = session.liveAt?.getTime() ?? 0;
  const inGap = ({ fromMs, toMs }: Stretch, among = gaps): boolean => among.some((gap) => gap.fromMs < toMs && gap.toMs > fromMs);
  const ofPhotos = gaps.filter(({ side, kind }) => side === 'client' && kind === 'video');
  const tickInGap = ({ at }: ScriptTick): boolean => inGap({ fromMs: Math.min(at.getTime(), Math.max(liveMs, at.getTime() - TICK_MS)), toMs: at.getTime() });
  const photoInGap = ({ receivedAt }: Photo): boolean => inGap({ fromMs: receivedAt.getTime() - PHOTO_MS, toMs: receivedAt.getTime() + PHOTO_MS }, ofPhotos);
  const changes: ConsoleChange[] = [];
  const at = (date: Date): { atMs: number } => ({ atMs: date.getTime() - zeroMs });

  const calls = material.events.flatMap((event) => connection(event));
  for (const call of calls) changes.push({ ...at(call.at), kind: 'call', connected: call.connected });
  for (const fact of material.recorder) changes.push({ ...at(fact.at), kind: 'recorder', running: fact.running });
  for (const tick of material.ticks) changes.push({ ...at(tick.at), kind: 'tick', item: tick.item as ScriptItemId, answer: tick.answer as ScriptAnswer, insideGap: tickInGap(tick) });
  for (const { row, reading } of material.photos) {
    changes.push({ ...at(row.receivedAt), kind: 'photo', photoId: row.id, photo: row.kind as PhotoKind, insideGap: photoInGap(row) });
    if (row.stillAt && row.stillFits !== null) changes.push({ ...at(row.stillAt), kind: 'still', photoId: row.id, fits: row.stillFits });
    if (row.readAt && reading) changes.push({ ...at(row.readAt), kind: 'read', photoId: row.id, values: valuesOf(reading) });
  }
  for (const check of material.police) changes.push({ ...at(check.at), kind: 'police', question: check.kind as PoliceQuestion, answer: check.answer as PoliceAnswer });
  if (session.decision !== null && session.decidedAt !== null) changes.push({ ...at(session.decidedAt), kind: 'decision', decision: session.decision, code: session.decisionCode });

  const findings: StandingFinding[] = [];
  const places = new Map<string, number>();
  const place = (one: StandingFinding): number => {
    const key = JSON.stringify(one);
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, findings.length);
    return findings.push(one) - 1;
  };
  const beginMs = Math.min(...[session.acceptedAt ?? session.offeredAt, session.liveAt ?? session.offeredAt].map((date) => date.getTime()));
  const face = material.events.filter(({ type }) => type === 'face').map((event) => event.at.getTime());
  const dated = [...material.decisions.map((d) => Date.parse(d.at)), ...material.comparisons.map((c) => c.at.getTime()), ...material.police.flatMap((p) => (p.decision ? [p.decision.at.getTime()] : [])), ...material.known.map((k) => k.fromMs), ...face];
  const moments = [...new Set([beginMs, ...changes.map(({ atMs }) => atMs + zeroMs), ...dated])].filter((ms) => ms >= beginMs && ms <= endMs).sort((a, b) => a - b);
  const names = namesIn(material.form, [...material.photos, ...material.documents]);
  let [told, named] = ['', ''];
  if (judge !== null) for (const ms of moments) {
    const judged = judge(ms);
    const standing = standingOf(judged, names).map(place);
    if (told !== (told = JSON.stringify(standing))) changes.push({ atMs: ms - zeroMs, kind: 'findings', standing });
    const missing = missingAt(material, judged, ms, { calls, tickInGap, photoInGap }).map(({ code, text }) => ({ code, text }));
    if (named !== (named = JSON.stringify(missing))) changes.push({ atMs: ms - zeroMs, kind: 'missing', items: missing });
  }
  return { findings, changes: changes.sort((a, b) => a.atMs - b.atMs) };
}

/** Whether an event of the session says that both ends are connected, or no longer. */
function connection({ type, at, codes }: SessionEventRow): { at: Date; connected: boolean }[] {
  const { role } = (codes ?? {}) as { role?: string };
  if (type === 'live') return [{ at, connected: true }];
  if (type === 'interrupted' || type === 'drop' || ((type === 'lost' || type === 'left') && role !== 'listener')) return [{ at, connected: false }];
  return [];
}

/** Everything that stood against approve at a moment, by the rules of the desk (R28). */
function missingAt({ ticks, recorder }: Material, judged: Judged, atMs: number, { calls, tickInGap, photoInGap }: { calls: readonly { at: Date; connected: boolean }[]; tickInGap(tick: ScriptTick): boolean; photoInGap(row: Photo): boolean }) {
  const by = until(atMs);
  const newest = new Map(ticks.filter(({ at }) => by(at)).map((tick) => [tick.item, tick]));
  return missingForApprove({
    clientAway: calls.findLast(({ at }) => by(at))?.connected !== true,
    recorderRunning: recorder.findLast(({ at }) => by(at))?.running ?? false,
    ticks: [...newest.values()].map((tick) => ({ item: tick.item as ScriptItemId, answer: tick.answer as ScriptAnswer, recorded: !tickInGap(tick) })),
    photos: judged.photos.map(({ row, reading, findings, comparing }) => ({
      kind: row.kind as PhotoKind, recorded: !photoInGap(row), beingCompared: comparing, beingRead: row.kind !== 'face' && reading === null, findings: [...findings, ...(reading?.findings ?? [])].filter((f) => f.closesApprove),
    })),
    findings: [...judged.warnings, ...judged.differences, ...judged.documents.flatMap((d) => [...d.findings, ...(d.reading?.findings ?? [])])].filter((f) => f.closesApprove),
  });
}

function standingOf({ warnings, differences, documents, photos }: Judged, names: readonly string[]): StandingFinding[] {
  const all = (of: StandingFinding['of'], findings: readonly Finding[]): StandingFinding[] => findings.map((finding) => ({ of, finding: shown(finding, names) }));
  return [
    ...photos.flatMap(({ row, findings, reading, face }) => all(row.kind as PhotoKind, [...findings, ...(reading?.findings ?? []), ...(face?.findings ?? [])])),
    ...all('case', [...differences, ...warnings]),
    ...documents.flatMap(({ findings, reading }) => all('upload', [...findings, ...(reading?.findings ?? [])])),
  ];
}

/** For a screen (R43); where on a picture it stands is left to the case's own page. */
const shown = ({ evidence: _, againstEvidence: __, decideOn: ___, ...finding }: Finding, names: readonly string[]): Finding => maskFindingOf(finding, names);

const valuesOf = ({ fields }: DocumentReading) => FIELD_NAMES.flatMap((field) => { const text = fields[field]?.text; return text === undefined ? [] : [{ field, text: maskFieldOf(field, text) }]; });
