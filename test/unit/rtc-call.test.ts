import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createCall } from '../../client/rtc/call.ts';
import type { CallState } from '../../client/rtc/call.ts';
import { ReconnectPolicy } from '../../client/rtc/reconnectPolicy.ts';
import { AppError } from '../../contracts/errors.ts';
import { CLOSE_CODES } from '../../contracts/signaling/wire.ts';

/** A server that was started anew: it knows no room, says so and closes. */
class Restarted extends EventTarget {
  static readonly OPEN = 1;
  static joins: string[] = [];
  readyState = 0;
  readonly url: string;
  constructor(url: string) {
    super();
    this.url = url;
    setTimeout(() => { this.readyState = 1; this.dispatchEvent(new Event('open')); });
  }
  send(text: string): void {
    const { id, data } = JSON.parse(text) as { id: number; data: { ticket: string } };
    Restarted.joins.push(data.ticket);
    setTimeout(() => {
      this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify({ id, ok: false, error: { code: 'SESSION_NOT_FOUND', message: { zh: '', en: '' }, todo: { zh: '', en: '' } } }) }));
      this.close(CLOSE_CODES.sessionClosed);
    });
  }
  close(code = 1000): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    setTimeout(() => this.dispatchEvent(Object.assign(new Event('close'), { code })));
  }
}

const before = globalThis.WebSocket;
beforeEach(() => { Restarted.joins = []; globalThis.WebSocket = Restarted as unknown as typeof WebSocket; });
afterEach(() => { globalThis.WebSocket = before; });

describe('a ticket whose room is gone since the server was started anew (R30)', () => {
  const states = async (getTicket: () => Promise<{ ticket: string } | undefined>): Promise<CallState[]> => {
    const seen: CallState[] = [];
    await new Promise<void>((done) => {
      createCall({
        url: 'wss://host/ws/media', ticket: 'first', getTicket, onRemoteTrack: () => undefined, policy: new ReconnectPolicy({ firstMs: 1, longestMs: 1 }),
        onState: (state) => { seen.push(state); if (['ended', 'failed'].includes(state.phase)) done(); },
      });
    });
    return seen;
  };

  test('the page asks for another ticket instead of giving up', async () => {
    let asked = 0;
    const seen = await states(async () => { asked += 1; return asked < 3 ? { ticket: `next-${asked}` } : undefined; });
    expect(Restarted.joins).toEqual(['first', 'next-1', 'next-2']);
    expect(seen).toEqual([{ phase: 'reconnecting' }, { phase: 'ended', reason: 'closed' }]);
  });

  test('it gives up when the server says that there is no such call', async () => {
    expect((await states(async () => { throw new AppError('SESSION_NOT_FOUND'); })).at(-1)).toEqual({ phase: 'failed', code: 'SESSION_NOT_FOUND' });
  });
});
