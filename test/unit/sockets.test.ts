import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { WebSocket } from 'ws';
import { Connection } from '../../media/signaling/connection.ts';
import type { StaffActor } from '../../server/auth/staff.ts';
import { createDeskSockets } from '../../server/sockets/desk.ts';
import type { Address, Hub, Listener } from '../../server/sockets/hub.ts';
import { createLineSockets } from '../../server/sockets/line.ts';
import { servePerson } from '../../server/sockets/socket.ts';
import type { Services } from '../../server/usecases/services.ts';

/** A socket whose peer is this test. */
class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  readonly sent: { id?: number; ok?: boolean; notify?: string; error?: { code: string } }[] = [];
  closedWith: number | undefined;
  send(text: string): void { this.sent.push(JSON.parse(text)); }
  ping(): void { /* the peer lives */ }
  pause(): void { /* nothing is read */ }
  resume(): void { /* read on */ }
  terminate(): void { this.close(1006); }
  close(code: number): void {
    this.closedWith = code;
    this.readyState = 3;
    this.emit('close', code);
  }
  get ws(): WebSocket { return this as unknown as WebSocket; }
}

afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});
const settled = async (): Promise<void> => { for (let i = 0; i < 20; i++) await Promise.resolve(); };

/** A hub within this process. */
const localHub = (): Hub => {
  const listeners = new Map<Address, Set<Listener>>();
  return {
    publish: async (to, name, data) => { for (const listener of listeners.get(to) ?? []) listener.notify(name, data); },
    attach: (to, listener) => { listeners.set(to, (listeners.get(to) ?? new Set()).add(listener)); return () => void listeners.get(to)?.delete(listener); },
    close: async () => undefined,
  };
};

describe('a client’s line socket', () => {
  test('that closed while its case was looked up leaves no timer and is told nothing any more', async () => {
    jest.useFakeTimers();
    const found = Promise.withResolvers<{ id: string }>();
    const asked: string[] = [];
    const sockets = createLineSockets({ db: { application: { findFirst: () => found.promise } }, line: { place: async (id: string) => { asked.push(id); return null; } }, hub: localHub() } as unknown as Services);
    const socket = new FakeSocket();
    const attaching = sockets.attach(socket.ws, { clientId: 'c', clientSessionId: 's' });
    socket.close(1006);
    found.resolve({ id: 'a' });
    await attaching;
    expect(jest.getTimerCount()).toBe(0);
    await sockets.placesChanged();
    expect(asked).toEqual([]);
  });
});

describe('an agent’s desk', () => {
  const actor = (sessionId: string): StaffActor => ({ kind: 'staff', id: 'zhang', sessionId, username: 'zhang', name: '张敏', licence: 'S1', roles: ['witness'], qualified: true });
  const office = () => {
    const done: string[] = [];
    const tx = {
      witnessSession: { findFirst: async () => null }, seatCheck: { findFirst: async () => null }, seatLeave: { create: async ({ data }: { data: { reason: string } }) => void done.push(`left: ${data.reason}`) }, audit: { create: async () => undefined },
    };
    const services = {
      db: tx, hub: localHub(), log: { error: () => undefined },
      line: { snapshot: async () => ({ waiting: [], seats: done.includes('exit') ? [] : [{ staffId: 'zhang', state: 'free', sessionId: null, applicationId: null }] }), exit: async () => void done.push('exit'), heartbeat: async () => true },
    } as unknown as Services;
    return { services, done, desks: createDeskSockets(services) };
  };
  const beat = async (socket: FakeSocket): Promise<void> => {
    socket.emit('message', JSON.stringify({ id: 7, method: 'heartbeat', data: {} }), false);
    await settled();
  };

  test('is closed and its seat given up when the log-in ended or the person was disabled (R2)', async () => {
    jest.useFakeTimers();
    const { desks, done } = office();
    let who: StaffActor | undefined = actor('s1');
    const socket = new FakeSocket();
    await desks.attach(socket.ws, actor('s1'), async () => who);
    await beat(socket);
    expect(socket.sent.at(-1)).toMatchObject({ id: 7, ok: true });
    who = undefined;
    await beat(socket);
    expect([socket.closedWith, done]).toEqual([4004, ['exit', 'left: logged_out']]);
    expect(jest.getTimerCount()).toBe(0);
  });

  test('another log-in of the same person keeps its desk', async () => {
    jest.useFakeTimers();
    const { desks, services } = office();
    const [first, second] = [new FakeSocket(), new FakeSocket()];
    for (const [socket, id] of [[first, 's1'], [second, 's2']] as const) await desks.attach(socket.ws, actor(id), async () => actor(id));
    await services.hub.publish('staff:zhang', 'loggedOut', { staffSessionId: 's1' });
    expect([first.closedWith, second.closedWith]).toEqual([4004, undefined]);
    expect(second.sent.map(({ notify }) => notify)).not.toContain('loggedOut');
    desks.close();
  });
});

describe('who is silent is cut, who only waits for a server that stood still is not (R30)', () => {
  test.each<[string, (socket: FakeSocket) => void]>([
    ['a person’s socket', (socket) => { servePerson({ socket: socket.ws, methods: {}, handlers: {}, log: { error: () => undefined } as unknown as Services['log'], onClose: () => undefined }); }],
    ['the media socket', (socket) => { new Connection(socket.ws, { onJoin: async () => Promise.reject(new Error('nobody joins')), onRequest: async () => ({}), onClose: () => undefined, onFault: () => undefined, timing: { joinMs: 3_600_000 } }); }],
  ])('%s', (_, serve) => {
    let atMs = 1_000;
    jest.useFakeTimers({ doNotFake: ['performance'] });
    jest.spyOn(performance, 'now').mockImplementation(() => atMs);
    const socket = new FakeSocket();
    serve(socket);
    /** The next beat, which comes after so long. */
    const beat = (ms: number): number | undefined => {
      atMs += ms;
      jest.advanceTimersByTime(5_000);
      return socket.closedWith;
    };
    expect([beat(5_000), beat(60_000)]).toEqual([undefined, undefined]);
    expect([beat(5_000), beat(5_000), beat(5_000)]).toEqual([undefined, undefined, undefined]);
    expect(beat(5_000)).toBe(1006);
  });
});
