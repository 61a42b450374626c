/** Destroying a case (R44): its key, its blind indexes, its files; what stays tells that it was destroyed, when and by whom. */
import { AppError } from '../../../contracts/errors.ts';
import { isDestroyed } from '../../database/casekeys.ts';
import type { KeyRing } from '../../database/casekeys.ts';
import type { Db } from '../../database/index.ts';
import { audit, inTransaction } from '../../database/transact.ts';
import type { Actor, Codes } from '../../database/transact.ts';
import { lockManifest, recordCase, signDestroyed } from '../evidence/record.ts';
import type { EvidencePorts } from '../evidence/record.ts';
import type { Services } from '../services.ts';
import { eraseCase, eraseClient } from './erase.ts';

export interface DestroyPorts {
  readonly keys: Pick<KeyRing, 'destroy'>;
  readonly evidence: EvidencePorts;
}
export type DestroyServices = Pick<Services, 'db' | 'cipher' | 'store' | 'now'>;

export interface Destruction {
  readonly applicationId: string;
  readonly actor: Actor;
  readonly codes?: Codes;
  /** The last word, while nobody else can change the case: what it answers is why it stays. */
  readonly refuse?: (tx: Db) => Promise<string | null>;
  /** Told in the transaction that destroys. */
  readonly alsoWrite?: (tx: Db) => Promise<unknown>;
  /** The client's own key goes too when no other case of the client has one. Default true. */
  readonly client?: boolean;
}

/** The row is locked until the end: a hold that is set in this moment comes before, or is refused. */
export const lockCase = (tx: Db, applicationId: string): Promise<unknown> => tx.$queryRaw`SELECT 1 FROM "application" WHERE "id" = ${applicationId}::uuid FOR UPDATE`;

export const isHeld = async (tx: Db, applicationId: string): Promise<boolean> => (await tx.legalHold.count({ where: { applicationId, liftedAt: null } })) > 0;

/**
 * Everything in the database in one transaction, with the last line and the last head of the manifest; then the files. Cut
 * off in between, the files are ciphertext without a key: call {@link removeFiles} again.
 * @returns null, or why the case stays: `held`, `gone` (destroyed before), or what `refuse` said
 */
export async function destroyCase(services: DestroyServices, ports: DestroyPorts, destruction: Destruction): Promise<string | null> {
  const { applicationId, actor, codes } = destruction;
  const stays = await inTransaction(services.db, async (tx) => {
    await lockManifest(tx, applicationId);
    await lockCase(tx, applicationId);
    if (await isDestroyed(tx, applicationId)) return 'gone';
    if (await isHeld(tx, applicationId)) return 'held';
    const refused = await destruction.refuse?.(tx) ?? null;
    if (refused !== null) return refused;
    await audit(tx, { actor, action: 'case.destroyed', applicationId, ...(codes === undefined ? {} : { codes }) });
    await recordLast(tx, services, ports, applicationId);
    await ports.keys.destroy(applicationId, tx);
    await eraseCase(tx, applicationId);
    if (destruction.client !== false) await destroyClient(tx, ports, { applicationId, actor });
    await destruction.alsoWrite?.(tx);
    await signDestroyed(tx, { signing: ports.evidence.signing, applicationId, now: services.now() });
    return null;
  });
  if (stays === null) await services.store.removeCase(applicationId);
  return stays;
}

/** A case whose key does not open any more has no last line; its end is told by its head alone. */
async function recordLast(tx: Db, { cipher, now }: DestroyServices, ports: DestroyPorts, applicationId: string): Promise<void> {
  if (await tx.caseKey.count({ where: { subjectId: applicationId, wrapped: { not: null } } }) === 0) return;
  await recordCase({ db: tx, cipher, now }, ports.evidence, applicationId);
}

/** A client with another case that lives keeps its own key. */
export async function destroyClient(tx: Db, { keys }: Pick<DestroyPorts, 'keys'>, { applicationId, actor }: { applicationId: string; actor: Actor }): Promise<void> {
  const application = await tx.application.findUnique({ where: { id: applicationId }, select: { clientId: true } });
  if (application === null) throw new AppError('NOT_FOUND');
  const { clientId } = application;
  // Whoever begins a new application waits for this row, and sees that the number is nobody's.
  await tx.$queryRaw`SELECT 1 FROM "client" WHERE "id" = ${clientId}::uuid FOR UPDATE`;
  const [living] = await tx.$queryRaw<{ count: bigint }[]>`
    SELECT count(*) FROM "application" a LEFT JOIN "keys"."case_key" k ON k."subject_id" = a."id" WHERE a."client_id" = ${clientId}::uuid AND k."destroyed_at" IS NULL`;
  if (living!.count > 0n) return;
  await keys.destroy(clientId, tx);
  await eraseClient(tx, clientId);
  await audit(tx, { actor, action: 'client.destroyed', codes: { clientId } });
}
