import { setTimeout as delay } from 'node:timers/promises';
import type { Services } from '../services.ts';
import { tellSeat } from './seat.ts';

/** The recording may have to wait for its store, longer than a person waits for an answer: its closing goes on by itself. */
const CLOSE_WAIT_MS = 5_000;

/** After a session has been closed in the database: the room is closed, the agent is free, both ends are told. */
export async function endCall(services: Services, { sessionId, applicationId, staffId, reason }: { sessionId: string; applicationId: string; staffId: string; reason: string }): Promise<void> {
  const { media, line, hub, log } = services;
  const closing = media.closeSession(sessionId, reason).catch((error: unknown) => log.error({ err: error, sessionId }, 'the room was not closed cleanly'));
  const settled = await Promise.allSettled([
    Promise.race([closing, delay(CLOSE_WAIT_MS, undefined, { ref: false })]),
    line.free(staffId).then(() => tellSeat(services, staffId)),
    hub.publish(`client:${applicationId}`, 'changed', {}),
    hub.publish(`staff:${staffId}`, 'changed', { applicationId }),
  ]);
  // The decision stands. A seat that stayed busy is freed by the watch, a room with the program.
  for (const result of settled) if (result.status === 'rejected') log.error({ err: result.reason, sessionId }, 'call not ended cleanly');
}
