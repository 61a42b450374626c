import type { WebSocket } from 'ws';
import { z } from 'zod';
import { AppError } from '../../contracts/errors.ts';
import { DESK_METHODS } from '../../contracts/signaling/desk.ts';
import type { HeldReason } from '../../contracts/signaling/desk.ts';
import { CLOSE_CODES } from '../../contracts/signaling/wire.ts';
import type { StaffActor } from '../auth/staff.ts';
import { acceptOffer, declineOffer } from '../usecases/call/offers.ts';
import { closeDesk, goOnline, leaveSeat, seatOf } from '../usecases/call/seat.ts';
import type { Services } from '../usecases/services.ts';
import { servePerson } from './socket.ts';

const loggedOut = z.object({ staffSessionId: z.string() });

/** All desk sockets of this process. */
export function createDeskSockets(services: Services) {
  const open = new Map<symbol, { notify(name: string, data: unknown): void; close(code: number): void }>();
  const waiting = async (): Promise<{ count: number; held?: HeldReason }> => {
    const held = services.space?.held();
    return { count: (await services.line.snapshot()).waiting.length, ...(held ? { held } : {}) };
  };

  /** @param authenticate who the socket's log-in is now; undefined when it has ended */
  const attach = async (socket: WebSocket, actor: StaffActor, authenticate: () => Promise<StaffActor | undefined>): Promise<void> => {
    const key = Symbol('desk');
    let detach = (): void => undefined;
    // A log-in ends by time, and a person is disabled, without this socket being told.
    const current = async (): Promise<StaffActor> => {
      const still = await authenticate();
      if (still) return still;
      await closeDesk(services, { staffId: actor.id, staffSessionId: actor.sessionId });
      throw new AppError('LOGIN_REQUIRED');
    };
    const person = servePerson({
      socket, methods: DESK_METHODS, log: services.log,
      handlers: {
        online: async ({ seatCheck }) => ({ state: await goOnline(services, await current(), seatCheck) }),
        heartbeat: async () => {
          await current();
          // Silent for too long, or exited elsewhere: the agent has to be told, or would wait for clients in vain (R2).
          if (!(await services.line.heartbeat(actor.id)) && (await seatOf(services, actor.id)).state !== 'busy') throw new AppError('SEAT_CHECK_REQUIRED');
          return {};
        },
        exit: async ({ reason }) => { await leaveSeat(services, actor, reason); return {}; },
        accept: async ({ sessionId }) => acceptOffer(services, { sessionId, staffId: (await current()).id }),
        decline: async ({ sessionId }) => { await declineOffer(services, { sessionId, staffId: actor.id }); return {}; },
      },
      onClose: () => { detach(); open.delete(key); },
    });
    open.set(key, person);
    detach = services.hub.attach(`staff:${actor.id}`, {
      notify: (name, data) => {
        if (name !== 'loggedOut') return person.notify(name, data);
        if (loggedOut.parse(data).staffSessionId === actor.sessionId) person.close(CLOSE_CODES.loginRequired);
      },
    });
    person.notify('seat', await seatOf(services, actor.id));
    person.notify('waiting', await waiting());
    if (socket.readyState !== socket.OPEN) detach();
  };

  return {
    attach,
    async placesChanged(): Promise<void> {
      if (open.size === 0) return;
      const told = await waiting();
      for (const { notify } of open.values()) notify('waiting', told);
    },
    close: () => { for (const { close } of open.values()) close(CLOSE_CODES.shutdown); },
  };
}
