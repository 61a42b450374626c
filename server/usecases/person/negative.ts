import { AppError } from '../../../contracts/errors.ts';
import type { NegativeRow } from '../../../contracts/http/staff.ts';
import { checkIdNumber } from '../../../review/checks/idNumber.ts';
import { newId } from '../../database/crypto.ts';
import { isConflict } from '../../database/index.ts';
import type { Db } from '../../database/index.ts';
import { audit, inTransaction } from '../../database/transact.ts';
import { factsCame } from '../call/own.ts';
import { tellWitness } from '../call/tell.ts';
import { maskIdNumber } from '../cases/mask.ts';
import type { Services } from '../services.ts';

type Parts = Pick<Services, 'db' | 'cipher' | 'blindIndex' | 'now' | 'hub'>;
/** An entry belongs to no case: it has a key of its own. */
const place = (entryId: string, column: 'id_number_enc' | 'reason_enc' | 'remove_reason_enc') => ({ subject: entryId, table: 'negative_entry', column, row: entryId });

const LONGEST = 500;

/**
 * The negative list (负面名单, R16): who stands on it first, then who was taken off, newest first; with a number only its
 * own entries, however old. Each look is logged.
 */
export async function negativeList({ db, cipher, blindIndex }: Parts, { staffId, idNumber }: { staffId: string; idNumber?: string | undefined }): Promise<NegativeRow[]> {
  await audit(db, { actor: { kind: 'staff', id: staffId }, action: 'negative.listed', codes: { byNumber: idNumber !== undefined } });
  const rows = await db.negativeEntry.findMany({
    where: idNumber === undefined ? {} : { idNumberIndex: { in: blindIndex.candidates('idNumber', idNumber) } },
    orderBy: [{ removedAt: { sort: 'desc', nulls: 'first' } }, { addedAt: 'desc' }], take: LONGEST, include: { addedBy: { select: { name: true } }, removedBy: { select: { name: true } } },
  });
  return Promise.all(rows.map(async (row) => ({
    entryId: row.id, addedBy: row.addedBy?.name ?? null, addedAt: row.addedAt.toISOString(),
    idNumberMasked: maskIdNumber(await cipher.open(place(row.id, 'id_number_enc'), row.idNumberEnc)),
    reason: await cipher.open(place(row.id, 'reason_enc'), row.reasonEnc),
    removed: row.removedAt && row.removedBy && row.removeReasonEnc
      ? { by: row.removedBy.name, at: row.removedAt.toISOString(), reason: await cipher.open(place(row.id, 'remove_reason_enc'), row.removeReasonEnc) } : null,
  })));
}

/**
 * Puts a number on the list; who and why is kept.
 * @param staffId null only for the demo's own entries
 * @throws AppError ID_NUMBER_INVALID, NEGATIVE_ENTRY_EXISTS
 */
export async function addNegative({ db, cipher, blindIndex, now, hub }: Parts, { staffId, idNumber, reason }: { staffId: string | null; idNumber: string; reason: string }): Promise<string> {
  // A mistyped number would stand there for nobody, or for somebody else.
  if (checkIdNumber(idNumber).some((finding) => finding.blocks)) throw new AppError('ID_NUMBER_INVALID', { field: 'idNumber' });
  const candidates = blindIndex.candidates('idNumber', idNumber);
  if ((await db.negativeEntry.count({ where: { idNumberIndex: { in: candidates }, removedAt: null } })) > 0) throw new AppError('NEGATIVE_ENTRY_EXISTS');
  const id = newId();
  const [idNumberEnc, reasonEnc] = await Promise.all([cipher.seal(place(id, 'id_number_enc'), idNumber), cipher.seal(place(id, 'reason_enc'), reason)]);
  try {
    await inTransaction(db, async (tx) => {
      await touchCases(tx, candidates);
      await tx.negativeEntry.create({ data: { id, idNumberIndex: blindIndex.of('idNumber', idNumber), idNumberEnc, reasonEnc, addedById: staffId, addedAt: now() } });
      await audit(tx, { actor: staffId === null ? { kind: 'system' } : { kind: 'staff', id: staffId }, action: 'negative.added', codes: { entryId: id } });
    });
  } catch (error) {
    if (isConflict(error)) throw new AppError('NEGATIVE_ENTRY_EXISTS');
    throw error;
  }
  await tellWitnesses({ db, hub }, candidates);
  return id;
}

/** Calls with this number check again before approve; whoever decides or creates accounts at this moment comes before it or sees it. */
async function touchCases(tx: Db, candidates: string[]): Promise<void> {
  await factsCame(tx, { application: { idNumberIndex: { in: candidates } } });
  await tx.$queryRaw`SELECT 1 FROM "application" WHERE "id_number_index" = ANY(${candidates}) ORDER BY "id" FOR NO KEY UPDATE`;
}

/** The witnesses of calls with this number see the list's change at once. */
async function tellWitnesses({ db, hub }: Pick<Services, 'db' | 'hub'>, candidates: string[]): Promise<void> {
  const sessions = await db.witnessSession.findMany({ where: { application: { idNumberIndex: { in: candidates } }, state: { in: ['live', 'interrupted'] } }, select: { id: true } });
  for (const { id } of sessions) await tellWitness({ db, hub }, id);
}

/**
 * Takes an entry off the list; it stays as history.
 * @throws AppError NOT_FOUND when there is none, or it was taken off already
 */
export async function removeNegative({ db, cipher, blindIndex, now, hub }: Parts, { staffId, entryId, reason }: { staffId: string; entryId: string; reason: string }): Promise<void> {
  // First: a key is made for whatever is sealed, and there should be none for an entry that is not there.
  const entry = await db.negativeEntry.findFirst({ where: { id: entryId, removedAt: null } });
  if (entry === null) throw new AppError('NOT_FOUND');
  // The keys may have been changed since it was put there.
  const candidates = blindIndex.candidates('idNumber', await cipher.open(place(entryId, 'id_number_enc'), entry.idNumberEnc));
  const removeReasonEnc = await cipher.seal(place(entryId, 'remove_reason_enc'), reason);
  await inTransaction(db, async (tx) => {
    const { count } = await tx.negativeEntry.updateMany({ where: { id: entryId, removedAt: null }, data: { removedAt: now(), removedById: staffId, removeReasonEnc } });
    if (count !== 1) throw new AppError('NOT_FOUND');
    await touchCases(tx, candidates);
    await audit(tx, { actor: { kind: 'staff', id: staffId }, action: 'negative.removed', codes: { entryId } });
  });
  await tellWitnesses({ db, hub }, candidates);
}

/** Invented numbers, so that a demonstration has a hit: a client with one of them is on the list. Area codes of places, nobody's. */
export const DEMO_NEGATIVE = ['110105198001010104', '31011519750505021X'] as const;

/** Puts the demo's invented persons on the list, once (DEMO=1 only). */
export async function seedDemoNegativeList(parts: Parts): Promise<void> {
  for (const body of DEMO_NEGATIVE) {
    const known = await parts.db.negativeEntry.count({ where: { idNumberIndex: { in: parts.blindIndex.candidates('idNumber', body) } } });
    if (known === 0) await addNegative(parts, { staffId: null, idNumber: body, reason: '演示用虚构人员：曾提供虚假材料' });
  }
}
