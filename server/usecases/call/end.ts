import type { Services } from '../services.ts';
import { tellSeat } from './seat.ts';

/** After a session has been closed in the database: the room is closed, the agent is free, both ends are told. */
export async function endCall(services: Services, { sessionId, applicationId, staffId, reason }: { sessionId: string; applicationId: string; staffId: string; reason: string }): Promise<void> {
  const { media, line, hub, log } = services;
  const settled = await Promise.allSettled([
    media.closeSession(sessionId, reason),
    line.free(staffId).then(() => tellSeat(services, staffId)),
    hub.publish(`client:${applicationId}`, 'changed', {}),
    hub.publish(`staff:${staffId}`, 'changed', { applicationId }),
  ]);
  // The decision stands. A seat that stayed busy is freed by the watch, a room with the program.
  for (const result of settled) if (result.status === 'rejected') log.error({ err: result.reason, sessionId }, 'call not ended cleanly');
}
