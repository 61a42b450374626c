import type { Services } from '../services.ts';

/** Tells the session's witness that something of the case changed. */
export async function tellWitness({ db, hub }: Pick<Services, 'db' | 'hub'>, sessionId: string): Promise<void> {
  const session = await db.witnessSession.findUniqueOrThrow({ where: { id: sessionId }, select: { witnessId: true, applicationId: true } });
  await hub.publish(`staff:${session.witnessId}`, 'changed', { applicationId: session.applicationId });
}

/** Tells the witness of the case's call that something came, if there is a call just now. */
export async function tellCaseWitness({ db, hub }: Pick<Services, 'db' | 'hub'>, applicationId: string): Promise<void> {
  const session = await db.witnessSession.findFirst({ where: { applicationId, state: { in: ['live', 'interrupted'] } }, select: { id: true } });
  if (session) await tellWitness({ db, hub }, session.id);
}
