import { REASONS, REASONS_VERSION } from '../../contracts/reasons/index.ts';
import type { STAFF_OPERATIONS } from '../../contracts/http/staff.ts';
import type { DocumentSide } from '../../contracts/http/common.ts';
import { STAFF_SESSION_SECONDS } from '../auth/staff.ts';
import type { StaffActor, StaffAuth } from '../auth/staff.ts';
import { STAFF_COOKIE } from '../auth/cookies.ts';
import type { Handlers } from '../http/router.ts';
import { batchRows, unparkCase } from '../usecases/batch/list.ts';
import type { BatchClock } from '../usecases/batch/list.ts';
import { decide } from '../usecases/call/decide.ts';
import { lineView } from '../usecases/call/lineview.ts';
import { OPEN_STATES, ownSession } from '../usecases/call/own.ts';
import { roomTicket } from '../usecases/call/room.ts';
import { takePhoto } from '../usecases/call/photo.ts';
import { closeDesk } from '../usecases/call/seat.ts';
import { tick } from '../usecases/call/tick.ts';
import type { Reader } from '../usecases/cases/access.ts';
import { documentImage, photoImage } from '../usecases/cases/images.ts';
import { uncover } from '../usecases/cases/uncover.ts';
import { caseView, openCase } from '../usecases/cases/view.ts';
import { askExport, sendExport } from '../usecases/evidence/export.ts';
import type { ExportPorts } from '../usecases/evidence/export.ts';
import { decideFinding } from '../usecases/findings/decide.ts';
import { addNegative, negativeList, removeNegative } from '../usecases/person/negative.ts';
import { askPoliceAgain, decidePolice } from '../usecases/police/decide.ts';
import { searchLooks } from '../usecases/looks/search.ts';
import { openReplay, readSegment, replayNews, uncoverName } from '../usecases/replay/open.ts';
import { searchSessions } from '../usecases/replay/search.ts';
import { decideReview } from '../usecases/review/decide.ts';
import { decideHold, holds } from '../usecases/review/holds.ts';
import { reviewList } from '../usecases/review/list.ts';
import { openReview } from '../usecases/review/open.ts';
import type { Services } from '../usecases/services.ts';

const readerOf = (actor: StaffActor): Reader => ({ staffId: actor.id, roles: actor.roles });

/** Handlers of every operation that staff call. */
export function staffHandlers(services: Services, auth: StaffAuth, batch: BatchClock, evidence: ExportPorts): Handlers<typeof STAFF_OPERATIONS> {
  const asWitness = (actor: StaffActor, applicationId: string) => caseView(services, { applicationId, reader: readerOf(actor), capacity: 'witness' });
  return {
    login: async ({ body, address, setLogin }) => {
      const { token, staff } = await auth.login({ ...body, address });
      setLogin(STAFF_COOKIE, token, STAFF_SESSION_SECONDS);
      return staff;
    },
    logout: async ({ actor, setLogin }) => {
      await auth.logout(actor);
      setLogin(STAFF_COOKIE, '', 0);
      await closeDesk(services, { staffId: actor.id, staffSessionId: actor.sessionId });
      return { ok: true };
    },
    me: ({ actor }) => auth.view(actor.id),
    reasons: () => ({ version: REASONS_VERSION, reasons: [...REASONS] }),
    openCase: ({ actor, params }) => openCase(services, { applicationId: params['applicationId']!, reader: readerOf(actor) }),
    uncover: ({ actor, params, body }) => uncover(services, { applicationId: params['applicationId']!, reader: readerOf(actor), field: body.field }),
    documentImage: ({ actor, params }) => documentImage(services, { applicationId: params['applicationId']!, reader: readerOf(actor), side: params['side'] as DocumentSide }),
    photoImage: ({ actor, params }) => photoImage(services, { applicationId: params['applicationId']!, reader: readerOf(actor), photoId: params['photoId']!, which: params['which']! }),
    tick: async ({ actor, params, body }) => asWitness(actor, (await tick(services, { sessionId: params['sessionId']!, staffId: actor.id, ...body })).applicationId),
    contentHint: async ({ actor, params, body }) => {
      const { id } = await ownSession(services, { sessionId: params['sessionId']!, staffId: actor.id, states: OPEN_STATES });
      services.media.setDetail(id, body.detail);
      return { ok: true };
    },
    takePhoto: async ({ actor, params, body }) => asWitness(actor, (await takePhoto(services, { sessionId: params['sessionId']!, staffId: actor.id, ...body })).applicationId),
    decide: async ({ actor, params, body }) => asWitness(actor, (await decide(services, { sessionId: params['sessionId']!, staffId: actor.id, decision: body })).applicationId),
    askPolice: async ({ actor, params }) => asWitness(actor, (await askPoliceAgain(services, { sessionId: params['sessionId']!, staffId: actor.id })).applicationId),
    decidePolice: async ({ actor, params, body }) => asWitness(actor, (await decidePolice(services, { sessionId: params['sessionId']!, staffId: actor.id, ...body })).applicationId),
    decideFinding: async ({ actor, params, body }) => asWitness(actor, (await decideFinding(services, { sessionId: params['sessionId']!, staffId: actor.id, ...body })).applicationId),
    negativeList: async ({ actor }) => ({ rows: await negativeList(services, { staffId: actor.id }) }),
    searchNegative: async ({ actor, body }) => ({ rows: await negativeList(services, { staffId: actor.id, ...body }) }),
    addNegative: async ({ actor, body }) => {
      await addNegative(services, { staffId: actor.id, ...body });
      return { ok: true };
    },
    removeNegative: async ({ actor, params, body }) => {
      await removeNegative(services, { staffId: actor.id, entryId: params['entryId']!, ...body });
      return { ok: true };
    },
    mediaTicket: async ({ actor, params }) => {
      const session = await ownSession(services, { sessionId: params['sessionId']!, staffId: actor.id, states: OPEN_STATES });
      return { ticket: await roomTicket(services, { session, role: 'witness', personId: actor.id }) };
    },
    reviewList: async ({ actor }) => ({ rows: await reviewList(services, { reader: readerOf(actor) }) }),
    openReview: ({ actor, params }) => openReview(services, { applicationId: params['applicationId']!, reader: readerOf(actor) }),
    decideReview: ({ actor, params, body }) => decideReview(services, { applicationId: params['applicationId']!, reader: readerOf(actor), decision: body }),
    searchSessions: ({ actor, body }) => searchSessions(services, { reader: readerOf(actor), search: body }),
    searchLooks: ({ actor, body }) => searchLooks(services, { reader: readerOf(actor), search: body }),
    replayNews: ({ actor, params, query }) => replayNews(services, { sessionId: params['sessionId']!, reader: readerOf(actor), since: query.since }),
    uncoverReplay: ({ actor, params }) => uncoverName(services, { sessionId: params['sessionId']!, reader: readerOf(actor) }),
    replay: ({ actor, params, body }) => openReplay(services, { sessionId: params['sessionId']!, reader: readerOf(actor), purpose: body.purpose }),
    askExport: ({ actor, params, body }) => askExport(services, evidence, { applicationId: params['applicationId']!, reader: readerOf(actor), ...body }),
    fetchExport: async ({ actor, params }) => ({ ...(await sendExport(services, evidence, { exportId: params['exportId']!, reader: readerOf(actor) })), contentType: 'application/zip' }),
    segment: async ({ actor, params, range }) => {
      const file = await readSegment(services, { sessionId: params['sessionId']!, segmentId: params['segmentId']!, reader: readerOf(actor), ...range });
      return { bytes: file.bytes, contentType: file.contentType, ...(range ? { range: { start: range.start, size: file.size } } : {}) };
    },
    line: () => lineView(services),
    holds: async () => ({ rows: await holds(services) }),
    decideHold: async ({ actor, params, body }) => {
      await decideHold(services, { applicationId: params['applicationId']!, staffId: actor.id, ...body });
      return { ok: true };
    },
    batches: () => batchRows(services, batch),
    unpark: async ({ actor, params }) => {
      await unparkCase(services, { applicationId: params['applicationId']!, staffId: actor.id });
      return { ok: true };
    },
  };
}
