import type { WebSocket } from 'ws';
import { z } from 'zod';
import { LINE_METHODS } from '../../contracts/signaling/desk.ts';
import { CLOSE_CODES } from '../../contracts/signaling/wire.ts';
import { clientTicket, joinLine, leaveLine } from '../usecases/call/joinline.ts';
import { findApplication } from '../usecases/client/case.ts';
import type { Services } from '../usecases/services.ts';
import { servePerson } from './socket.ts';

const endedSessions = z.object({ sessionIds: z.array(z.string()) });

/** All line sockets of this process: clients who wait, are called, and are told of changes. */
export function createLineSockets(services: Services) {
  const open = new Map<symbol, { applicationId: string; notify(name: string, data: unknown): void; close(code: number): void }>();

  const attach = async (socket: WebSocket, actor: { clientId: string; clientSessionId: string }): Promise<void> => {
    const { clientId, clientSessionId } = actor;
    // What a quick page sends before anybody listens would be lost: it waits in the socket.
    socket.pause();
    const application = await findApplication(services.db, clientId).finally(() => { socket.resume(); });
    // Closed meanwhile: its close has already been told, to nobody who would end what begins here.
    if (socket.readyState !== socket.OPEN) return;
    const key = Symbol('line');
    let detach = (): void => undefined;
    const person = servePerson({
      socket, methods: LINE_METHODS, log: services.log,
      handlers: {
        join: ({ ready }) => joinLine(services, { clientId, ready }),
        leave: async () => { await leaveLine(services, { clientId }); return {}; },
        ticket: async ({ sessionId }) => ({ ticket: await clientTicket(services, { clientId, sessionId }) }),
      },
      onClose: () => {
        detach();
        open.delete(key);
        // The place is kept for a while; who never comes back is offered to nobody (R30).
        if (![...open.values()].some((o) => o.applicationId === application.id)) services.line.away(application.id).catch((error: unknown) => services.log.error({ err: error }, 'client not marked away'));
      },
    });
    open.set(key, { applicationId: application.id, ...person });
    detach = services.hub.attach(`client:${application.id}`, {
      notify: (name, data) => {
        if (name !== 'takenOver') return person.notify(name, data);
        if (!endedSessions.parse(data).sessionIds.includes(clientSessionId)) return;
        person.notify('takenOver', {});
        person.close(CLOSE_CODES.takenOver);
      },
    });
  };

  return {
    attach,
    /** Tells everybody here their place; each asks for its own. */
    async placesChanged(): Promise<void> {
      await Promise.all([...open.values()].map(async ({ applicationId, notify }) => {
        const place = await services.line.place(applicationId);
        if (place) notify('place', place);
      }));
    },
    /** Something of this application changed: its page fetches it again. */
    changed: (applicationId: string): void => { for (const one of open.values()) if (one.applicationId === applicationId) one.notify('changed', {}); },
    close: () => { for (const { close } of open.values()) close(CLOSE_CODES.shutdown); },
  };
}
