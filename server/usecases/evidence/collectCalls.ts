/** What a case's calls left behind: who was drawn, what was asked and answered, photos, recording, gaps, network, decision. */
import { SCRIPT, SCRIPT_VERSION } from '../../../contracts/script.ts';
import type { Photo, PhotoComparison, WitnessSession } from '../../database/index.ts';
import { gapsOf, recordingRows } from '../call/gaps.ts';
import { changedIds, wholeRow } from './rows.ts';
import { isSettled } from './settled.ts';
import { superseded } from './superseded.ts';
import { factsOf, opened, openedJson } from './kept.ts';
import type { Kept, Source } from './kept.ts';

export async function collectCalls(source: Source): Promise<Kept[]> {
  const { db, applicationId } = source;
  const [sessions, draws] = await Promise.all([db.witnessSession.findMany({ where: { applicationId } }), db.draw.findMany({ where: { applicationId, id: changedIds(source, 'draw') } })]);
  const calls = await Promise.all(sessions.map(async (session) => [...await sessionItself(source, session), ...await spoken(source, session.id), ...await photos(source, session.id), ...await recording(source, session), ...await moments(source, session.id)]));
  return [
    ...draws.map(({ id, sessionId, eligible, chosenId, random, at }): Kept => ({ type: 'draw', ref: `draw:${id}`, at, sessionId: sessionId ?? undefined, content: { eligible, chosenId, random } })),
    ...calls.flat(),
  ];
}

async function sessionItself(source: Source, session: WitnessSession): Promise<Kept[]> {
  const { id, witnessId, cue, scriptVersion, scriptOrder, controlItems, offeredAt, decidedAt, decision, decisionCode } = session;
  const comment = await opened(source, { table: 'witness_session', column: 'comment_enc', row: id }, session.commentEnc);
  return [
    ...wholeRow(source, 'session', session, id),
    { type: 'call', ref: `session:${id}`, at: offeredAt, sessionId: id, facts: { witness: witnessId, script: scriptVersion }, content: { witnessId, cue, scriptVersion, scriptOrder, controlItems } },
    ...(decidedAt === null || decision === null ? [] : [{
      type: 'decision', ref: `session:${id}:decision`, at: decidedAt, sessionId: id, facts: { by: witnessId, decision, ...(decisionCode === null ? {} : { code: decisionCode }) },
      content: { witnessId, decision, code: decisionCode, comment },
    }]),
  ];
}

/** Each question in the words in which it stood in the script, with the answer. */
async function spoken(source: Source, sessionId: string): Promise<Kept[]> {
  const ticks = await source.db.scriptTick.findMany({ where: { sessionId, id: changedIds(source, 'tick') }, include: { session: { select: { scriptVersion: true } } } });
  return ticks.map(({ id, item, answer, at, mediaTimeMs, session }) => {
    const asked = session.scriptVersion === SCRIPT_VERSION ? SCRIPT.find((one) => one.id === item) : undefined;
    return { type: 'answer', ref: `tick:${id}`, at, sessionId, facts: { item, answer, mediaTimeMs }, content: { item, answer, mediaTimeMs }, shown: asked === undefined ? null : { zh: asked.zh, en: asked.en } };
  });
}

async function photos(source: Source, sessionId: string): Promise<Kept[]> {
  const [rows, comparisons] = await Promise.all([source.db.photo.findMany({ where: { sessionId, id: changedIds(source, 'photo') } }), source.db.photoComparison.findMany({ where: { sessionId, id: changedIds(source, 'photo_comparison') } })]);
  return [...superseded('photo', rows), ...rows.flatMap((row) => wholeRow(source, 'photo', row, sessionId)), ...(await Promise.all(rows.map(async (row) => await photo(source, row)))).flat(), ...comparisons.flatMap(compared)];
}

/** What comparing a photo with the recording said, and the recorded frame where they do not agree (R20). */
function compared({ id, photoId, sessionId, picture, fileId, sha256, verdict, figures, segmentId, mediaTimeMs, recordedFileId, recordedSha256, at }: PhotoComparison): Kept[] {
  return [
    { type: 'photo.compared', ref: `photo_comparison:${id}`, at, sessionId, facts: { of: photoId, picture, verdict }, content: { photoId, picture, fileId, sha256, verdict, figures, segmentId, mediaTimeMs } },
    ...(recordedFileId === null ? [] : [{ type: 'photo.recorded', ref: `photo_comparison:${id}:recorded`, at, sessionId, facts: { of: photoId }, file: { fileId: recordedFileId, saltedSha256: recordedSha256 ?? undefined } }]),
  ];
}

async function photo(source: Source, row: Photo): Promise<Kept[]> {
  const { id, sessionId, kind, mediaTimeMs, producerId, rtpTimestamp, receivedAt } = row;
  const reading = await openedJson(source, { table: 'photo', column: 'reading_enc', row: id }, row.readingEnc);
  const other = row.readFileId !== null && row.readFileId !== row.fileId && row.readFileId !== row.stillFileId ? row.readFileId : null;
  return [
    { type: 'photo', ref: `photo:${id}`, at: receivedAt, sessionId, facts: { kind, mediaTimeMs, width: row.width, height: row.height }, file: { fileId: row.fileId, saltedSha256: row.sha256 } },
    { type: 'photo.taken', ref: `photo:${id}:taken`, at: receivedAt, sessionId, facts: { of: id }, content: { kind, producerId, rtpTimestamp: String(rtpTimestamp), mediaTimeMs, receivedAt } },
    ...(row.stillFileId === null ? [] : [{ type: 'photo.still', ref: `photo:${id}:still`, at: row.stillAt ?? receivedAt, sessionId, facts: { of: id, fits: row.stillFits ?? false }, file: { fileId: row.stillFileId, saltedSha256: row.stillSha256 ?? undefined } }]),
    ...(other === null ? [] : [{ type: 'photo.read', ref: `photo:${id}:read`, at: row.readAt ?? receivedAt, sessionId, facts: { of: id }, file: { fileId: other, saltedSha256: row.readSha256 ?? undefined } }]),
    ...(reading === null ? [] : [{ type: 'reading', ref: `photo:${id}:reading`, at: row.readAt ?? receivedAt, sessionId, facts: { of: id, findings: row.findingCodes.join(',') }, content: reading, grows: true }]),
  ];
}

/** Segments with the clocks of their tracks; what is missing has a name (R28, R40). */
async function recording(source: Source, session: WitnessSession): Promise<Kept[]> {
  const { db, now } = source;
  const { id: sessionId, endedAt } = session;
  const [segments, facts, rows] = await Promise.all([db.recordingSegment.findMany({ where: { sessionId, id: changedIds(source, 'segment') } }), db.recorderFact.findMany({ where: { sessionId }, orderBy: [{ at: 'asc' }, { id: 'asc' }] }), recordingRows(db, sessionId)]);
  const from = session.liveAt ?? session.acceptedAt;
  // The gaps of a call that goes on change with every second, and its last reports come a little late.
  const gaps = endedAt === null || from === null || !isSettled({ endedAt, recorderFacts: facts.toReversed() }, now) ? [] : gapsOf(rows, { fromMs: from.getTime(), untilMs: endedAt.getTime() });
  return [
    ...segments.flatMap(({ id, side, index, fileId, startMs, endMs, mimeType, byteLength, saltedSha256, tracks, held, createdAt }): Kept[] => [
      { type: 'segment', ref: `segment:${id}`, at: createdAt, sessionId, facts: { side, index, startMs, endMs, mimeType, byteLength }, file: { fileId, saltedSha256 } },
      { type: 'segment.tracks', ref: `segment:${id}:tracks`, at: createdAt, sessionId, facts: { of: id }, content: { tracks, ...(held === null ? {} : { held }) } },
    ]),
    ...facts.map(({ id, running, at, cause }): Kept => ({ type: 'recorder', ref: `recorder_fact:${id}`, at, sessionId, facts: { running, ...(cause === null ? {} : { cause }) } })),
    ...gaps.map(({ side, kind, fromMs, toMs, cause }): Kept => ({
      type: 'gap', ref: `gap:${sessionId}:${side}:${kind}:${Math.round(fromMs)}`, at: new Date(toMs), sessionId, facts: { side, kind, fromMs: Math.round(fromMs), toMs: Math.round(toMs), cause }, grows: true,
    })),
  ];
}

async function moments(source: Source, sessionId: string): Promise<Kept[]> {
  const { db } = source;
  const [events, samples] = await Promise.all([
    db.sessionEvent.findMany({ where: { sessionId, id: changedIds(source, 'session_event') } }), db.qualitySample.findMany({ where: { sessionId, id: changedIds(source, 'quality_sample') } }),
  ]);
  return [
    ...events.map(({ id, at, type, side, refId, codes }): Kept => ({
      type: 'moment', ref: `session_event:${id}`, at, sessionId, facts: { what: type, ...(side === null ? {} : { side }), ...(refId === null ? {} : { of: refId }) }, content: { type, side, refId, codes },
    })),
    ...samples.map(({ id, role, figures, at }): Kept => ({ type: 'network', ref: `quality_sample:${id}`, at, sessionId, facts: { role, ...factsOf(figures) } })),
  ];
}
