import { AppError } from '../../../contracts/errors.ts';
import type { SessionRow, SessionSearch } from '../../../contracts/http/replay.ts';
import type { Database } from '../../database/index.ts';
import { cursorOf, findSessions, placeOf } from '../../database/search.ts';
import { audit, inTransaction, look } from '../../database/transact.ts';
import type { Reader } from '../cases/access.ts';
import type { Services } from '../services.ts';

export const SESSIONS_A_PAGE = 50;

export interface SessionsPage { readonly rows: SessionRow[]; readonly next: string | null }

/**
 * Accepted sessions that fit everything asked for, newest first, a page at a time. Looking for a client by a number is
 * logged with the cases it led to, each page anew: where a page begins is what its reader says (R45); the number itself is kept nowhere (R43).
 * @throws AppError BAD_REQUEST for a cursor of somebody else's making
 */
export async function searchSessions(services: Services, { reader, search }: { reader: Reader; search: SessionSearch }): Promise<SessionsPage> {
  const { db } = services;
  if (search.minSeconds !== undefined && search.maxSeconds !== undefined && search.minSeconds > search.maxSeconds) throw new AppError('BAD_REQUEST', { field: 'maxSeconds' });
  const after = search.cursor === undefined ? undefined : placeOf(search.cursor);
  const [witnessIds, applicationIds] = await Promise.all([
    search.agent ? staffNamed(db, search.agent) : undefined,
    search.client === undefined ? undefined : casesOf(services, search.client),
  ]);
  if (search.client !== undefined && applicationIds !== undefined) await logClientSearch(services, reader, search.client, applicationIds);
  const found = await findSessions(db, {
    ...(search.caseNo ? { caseNo: search.caseNo } : {}), witnessIds, applicationIds, code: search.code, minSeconds: search.minSeconds, maxSeconds: search.maxSeconds, after,
    from: search.from === undefined ? undefined : new Date(search.from), before: search.to === undefined ? undefined : new Date(search.to),
  }, SESSIONS_A_PAGE + 1);
  const page = found.slice(0, SESSIONS_A_PAGE);
  const last = page.at(-1);
  return { rows: await rowsOf(db, page.map(({ id }) => id), reader), next: found.length > SESSIONS_A_PAGE && last ? cursorOf(last) : null };
}

/** Staff by a part of the name, or by the user name. */
export async function staffNamed(db: Database, text: string): Promise<string[]> {
  const rows = await db.staff.findMany({ where: { OR: [{ name: { contains: text, mode: 'insensitive' } }, { username: { equals: text, mode: 'insensitive' } }] }, select: { id: true } });
  return rows.map(({ id }) => id);
}

/** Every case of a mobile or ID number, by its blind index. */
async function casesOf({ db, blindIndex }: Services, client: string): Promise<string[]> {
  const rows = client.length === 11
    ? await db.application.findMany({ where: { client: { phoneIndex: { in: blindIndex.candidates('phone', client) } } }, select: { id: true } })
    : await db.application.findMany({ where: { idNumberIndex: { in: blindIndex.candidates('idNumber', client) } }, select: { id: true } });
  return rows.map(({ id }) => id);
}

/** A row for each case that was found; one without a case when there was none. */
async function logClientSearch({ db, now }: Services, { staffId, roles }: Reader, client: string, applicationIds: readonly string[]): Promise<void> {
  const by = client.length === 11 ? 'phone' : 'idNumber';
  const why = (['auditor', 'lead', 'inspector'] as const).find((role) => roles.includes(role));
  await inTransaction(db, async (tx) => {
    for (const applicationId of applicationIds.length > 0 ? applicationIds : [undefined]) await look(tx, { staffId, ...(applicationId ? { applicationId } : {}), what: `search.${by}`, ...(why ? { why } : {}), at: now() });
    await audit(tx, { actor: { kind: 'staff', id: staffId }, action: 'session.client_searched', codes: { by, found: applicationIds.length } });
  });
}

async function rowsOf(db: Database, ids: readonly string[], { staffId }: Reader): Promise<SessionRow[]> {
  const rows = await db.witnessSession.findMany({
    where: { id: { in: [...ids] } },
    include: {
      witness: { select: { name: true } },
      application: { select: { caseNo: true, reviewerId: true, reviews: { where: { reviewerId: staffId }, select: { id: true }, take: 1 }, witnessSessions: { where: { witnessId: staffId, acceptedAt: { not: null } }, select: { id: true }, take: 1 } } },
    },
  });
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []).map((s) => ({
    sessionId: s.id, applicationId: s.applicationId, caseNo: s.application.caseNo, witnessName: s.witness.name, state: s.state as SessionRow['state'], outcome: s.outcome as SessionRow['outcome'], code: s.decisionCode,
    startedAt: s.liveAt?.toISOString() ?? null, endedAt: s.endedAt?.toISOString() ?? null, seconds: s.liveAt && s.endedAt ? Math.floor((s.endedAt.getTime() - s.liveAt.getTime()) / 1000) : null,
    own: s.application.reviewerId === staffId || s.application.reviews.length > 0 || s.application.witnessSessions.length > 0,
  }));
}
