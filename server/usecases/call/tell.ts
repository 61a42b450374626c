import type { Services } from '../services.ts';

/** Tells the session's witness that something of the case changed. */
export async function tellWitness({ db, hub }: Pick<Services, 'db' | 'hub'>, sessionId: string): Promise<void> {
  const session = await db.witnessSession.findUniqueOrThrow({ where: { id: sessionId }, select: { witnessId: true, applicationId: true } });
  await hub.publish(`staff:${session.witnessId}`, 'changed', { applicationId: session.applicationId });
}
