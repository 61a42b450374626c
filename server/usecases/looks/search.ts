/** The log of looks as auditors read it (R45). Nobody edits it: the program's role may only add, and a trigger refuses the owner as well. */
import { z } from 'zod';
import { AppError } from '../../../contracts/errors.ts';
import type { LookRow, LookSearch, LookWhy } from '../../../contracts/http/replay.ts';
import { isDestroyed } from '../../database/casekeys.ts';
import { cursorOf, findLooks, placeOf } from '../../database/search.ts';
import { look } from '../../database/transact.ts';
import { mayAudit } from '../cases/access.ts';
import type { Reader } from '../cases/access.ts';
import { loadCaseFacts } from '../cases/view.ts';
import { whyPlace } from '../evidence/export.ts';
import { toldWhenRefused } from './refused.ts';
import { staffNamed } from '../replay/search.ts';
import type { Services } from '../services.ts';

export const LOOKS_A_PAGE = 50;
/** What `FieldCipher.seal` makes begins so; a capacity never does. */
const SEALED = /^v1\./;

export interface LooksPage { readonly rows: LookRow[]; readonly next: string | null }

/**
 * Who looked at what, when and why, newest first, a page at a time. Each page is itself a look, of the case when one is asked for.
 * @throws AppError NOT_FOUND no such case; SAME_PERSON it is the reader's own (R5); BAD_REQUEST for a cursor of somebody else's making
 */
export async function searchLooks(services: Services, { reader, search }: { reader: Reader; search: LookSearch }): Promise<LooksPage> {
  const { db } = services;
  const after = search.cursor === undefined ? undefined : placeOf(search.cursor);
  const applicationId = search.caseNo ? await auditedCase(services, reader, search.caseNo) : undefined;
  const staffIds = search.person ? await staffNamed(db, search.person) : undefined;
  const from = search.from === undefined ? undefined : new Date(search.from);
  // Read before it is written: the look that is being made is the next one's first row.
  const found = await findLooks(db, { readerId: reader.staffId, applicationId, staffIds, from, before: search.to === undefined ? undefined : new Date(search.to), after }, LOOKS_A_PAGE + 1);
  await look(db, { staffId: reader.staffId, ...(applicationId ? { applicationId } : {}), what: 'lookLog', why: 'auditor', at: services.now() });
  const page = found.slice(0, LOOKS_A_PAGE);
  const last = page.at(-1);
  return { rows: await rowsOf(services, page.map(({ id }) => id)), next: found.length > LOOKS_A_PAGE && last ? cursorOf(last) : null };
}

async function auditedCase(services: Services, reader: Reader, caseNo: string): Promise<string> {
  const found = await services.db.application.findUnique({ where: { caseNo }, select: { id: true } });
  if (found === null) throw new AppError('NOT_FOUND', { field: 'caseNo' });
  const facts = await loadCaseFacts(services, found.id);
  await toldWhenRefused(services, { reader, applicationId: found.id, what: 'lookLog' }, () => mayAudit(reader, facts));
  return found.id;
}

async function rowsOf(services: Services, ids: readonly string[]): Promise<LookRow[]> {
  const { db } = services;
  const rows = await db.lookLog.findMany({ where: { id: { in: [...ids] } } });
  const distinct = (values: readonly (string | null)[]): string[] => [...new Set(values.filter((value) => value !== null))];
  const [staff, cases] = await Promise.all([
    db.staff.findMany({ where: { id: { in: distinct(rows.map((r) => r.staffId)) } }, select: { id: true, name: true, username: true } }),
    db.application.findMany({ where: { id: { in: distinct(rows.map((r) => r.applicationId)) } }, select: { id: true, caseNo: true } }),
  ]);
  const [staffById, caseById, rowById] = [new Map(staff.map((s) => [s.id, s])), new Map(cases.map((c) => [c.id, c.caseNo])), new Map(rows.map((r) => [r.id, r]))];
  return Promise.all(ids.flatMap((id) => rowById.get(id) ?? []).map(async (row) => ({
    lookId: row.id, at: row.at.toISOString(), what: row.what, sessionId: row.sessionId,
    staffName: staffById.get(row.staffId)?.name ?? '', username: staffById.get(row.staffId)?.username ?? row.staffId,
    // The log outlives its cases (R44).
    caseNo: row.applicationId === null ? null : caseById.get(row.applicationId) ?? row.applicationId, why: await whyOf(services, row),
  })));
}

const exportWhy = z.object({ purpose: z.string(), receiver: z.string() });

/** A purpose is encrypted under its case's key: it ends with the case, that somebody looked does not (R44). One that does not open says so; the others stay readable. */
async function whyOf(services: Services, { id, staffId, applicationId, what, why }: { id: string; staffId: string; applicationId: string | null; what: string; why: string | null }): Promise<LookWhy> {
  if (why === null) return { kind: 'none' };
  if (applicationId === null || !SEALED.test(why)) return { kind: 'capacity', capacity: why };
  const { cipher, db } = services;
  try {
    if (what === 'export') return { kind: 'purpose', ...exportWhy.parse(await cipher.openJson(await whyPlace(services, { applicationId, exportId: id, staffId }), why)) };
    return { kind: 'purpose', purpose: await cipher.open({ subject: applicationId, table: 'look_log', column: 'why', row: id }, why) };
  } catch (error) {
    const closed = error instanceof AppError && error.code === 'KEY_UNAVAILABLE';
    if (!closed && !(error instanceof SyntaxError) && !(error instanceof z.ZodError)) throw error;
    return { kind: closed && await isDestroyed(db, applicationId) ? 'destroyed' : 'unreadable' };
  }
}
