import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { createLine } from '../../workflows/waiting/line.ts';
import type { Line, LineSettings, Offer } from '../../workflows/waiting/line.ts';
import { createTestRedis } from '../support/services/index.ts';
import type { TestRedis } from '../support/services/index.ts';

let store: TestRedis;
let redis: Redis;
const lines: Line[] = [];
let run = 0;

beforeAll(async () => {
  store = await createTestRedis();
  redis = new Redis(store.url);
});
afterEach(async () => { await Promise.all(lines.splice(0).map((line) => line.close())); });
afterAll(async () => {
  redis.disconnect();
  await store.drop();
});

/** One or more processes on the same line, with one clock that the test moves. */
const office = async (processes = 1, settings: Partial<LineSettings> = {}, random?: () => number) => {
  const clock = { ms: 1_000_000 };
  const offers: Offer[] = [];
  const gone: { sessionId: string; reason: string }[] = [];
  const lost: string[] = [];
  const state: { placesChanged: number; refuseOffers: boolean; refuse: string | undefined } = { placesChanged: 0, refuseOffers: false, refuse: undefined };
  const prefix = `line-${++run}`;
  const made = await Promise.all(Array.from({ length: processes }, () => createLine({
    redis, prefix, settings, now: () => clock.ms, tickMs: 0, ...(random ? { random } : {}),
    observer: {
      offered: (offer) => {
        if (state.refuseOffers || state.refuse === offer.applicationId) throw new Error('not stored');
        offers.push(offer);
      },
      offerGone: (offer) => void gone.push(offer),
      placeLost: ({ applicationId }) => void lost.push(applicationId),
      placesChanged: () => void (state.placesChanged += 1),
    },
  })));
  lines.push(...made);
  const pass = async (seconds: number) => {
    clock.ms += seconds * 1000;
    for (const seat of (await made[0]!.snapshot()).seats) if (!seat.silent) await made[0]!.heartbeat(seat.staffId);
    await made[0]!.tick();
  };
  return { line: made[0]!, lines: made, clock, offers, gone, lost, state, pass };
};

describe('the line', () => {
  test('a client keeps the place over a reload; the next one stands behind (R60)', async () => {
    const { line } = await office();
    expect(await line.join('a')).toEqual({ place: 1, expectedSeconds: null });
    expect((await line.join('b')).place).toBe(2);
    expect((await line.join('a')).place).toBe(1);
    await line.leave('a');
    expect((await line.place('b'))?.place).toBe(1);
    expect(await line.place('a')).toBeNull();
    expect((await line.join('a')).place).toBe(2);
  });

  test('the head of the line is offered to an agent at once, and accepted once', async () => {
    const { line, offers } = await office();
    await line.online('s1');
    expect((await line.join('a')).expectedSeconds).toBe(5);
    await line.join('b');
    expect(offers).toHaveLength(1);
    const [offer] = offers as [Offer];
    expect(offer).toMatchObject({ applicationId: 'a', staffId: 's1', draw: { eligible: ['s1'], chosen: 's1' } });
    expect(await line.accept({ sessionId: offer.sessionId, staffId: 'thief' })).toBe(false);
    expect(await line.accept({ sessionId: offer.sessionId, staffId: 's1' })).toBe(true);
    expect(await line.accept({ sessionId: offer.sessionId, staffId: 's1' })).toBe(false);
    expect((await line.place('b'))?.place).toBe(1);
    await line.free('s1');
    expect(offers.at(-1)?.applicationId).toBe('b');
  });

  test('who gets whom is drawn at random among the eligible free agents, and the draw can be computed again (R3)', async () => {
    const { line, offers } = await office();
    for (const staff of ['s1', 's2', 's3', 's4']) await line.online(staff);
    for (let i = 0; i < 120; i++) {
      await line.join(`c${i}`, { excluded: ['s4'] });
      const { sessionId, staffId, draw } = offers.at(-1)!;
      expect(draw.eligible).toEqual(['s1', 's2', 's3']);
      expect(draw.eligible[Math.floor(draw.random * draw.eligible.length)]).toBe(staffId);
      await line.accept({ sessionId, staffId });
      await line.free(staffId);
    }
    const counts = Map.groupBy(offers, (o) => o.staffId);
    for (const staff of ['s1', 's2', 's3']) expect(counts.get(staff)!.length).toBeGreaterThan(15);
  });

  test('an offer that nobody answers goes to the next draw and the client keeps the place', async () => {
    const { line, offers, gone, pass } = await office();
    await line.online('s1');
    await line.join('a');
    await line.join('b');
    await pass(12);
    await pass(12);
    expect(gone).toMatchObject([{ sessionId: offers[0]!.sessionId, reason: 'expired' }]);
    expect(offers).toHaveLength(2);
    expect(offers[1]!.applicationId).toBe('a');
    expect(offers[1]!.sessionId).not.toBe(offers[0]!.sessionId);
    expect(await line.accept({ sessionId: offers[0]!.sessionId, staffId: 's1' })).toBe(false);
  });

  test('an agent who declined is offered the next client instead', async () => {
    const { line, offers } = await office();
    await line.online('s1');
    await line.join('a');
    await line.join('b');
    await line.decline({ sessionId: offers[0]!.sessionId, staffId: 's1' });
    expect(offers.at(-1)).toMatchObject({ applicationId: 'b', staffId: 's1' });
    expect((await line.place('a'))?.place).toBe(1);
    await line.online('s2');
    expect(offers.at(-1)).toMatchObject({ applicationId: 'a', staffId: 's2' });
  });

  test('a silent agent loses the offer and is offered nobody until heard again (R2)', async () => {
    const { line, offers, gone, clock } = await office(1, { offerSeconds: 60 });
    await line.online('s1');
    await line.join('a');
    clock.ms += 15_001;
    await line.tick();
    expect(gone).toMatchObject([{ reason: 'silent' }]);
    await line.join('b');
    expect(offers).toHaveLength(1);
    expect((await line.snapshot()).seats).toMatchObject([{ staffId: 's1', silent: true }]);
    expect(await line.heartbeat('s1')).toBe(true);
    expect(offers.at(-1)).toMatchObject({ applicationId: 'a', staffId: 's1' });
    clock.ms += 601_000;
    await line.tick();
    expect(await line.heartbeat('s1')).toBe(false);
  });

  test('an agent who leaves the seat is offered nobody; the client goes to another (R2)', async () => {
    const { line, offers, gone } = await office(1, {}, () => 0);
    await line.online('s1');
    await line.online('s2');
    await line.join('a');
    expect(offers[0]!.staffId).toBe('s1');
    await line.exit('s1');
    expect(gone).toMatchObject([{ reason: 'agent_left' }]);
    expect(offers.at(-1)).toMatchObject({ applicationId: 'a', staffId: 's2' });
  });

  test('a dropped client comes back to the old place and the same agent (R30)', async () => {
    const { line, offers, pass } = await office(1, {}, () => 0);
    await line.online('s1');
    await line.join('a');
    await line.accept({ sessionId: offers[0]!.sessionId, staffId: 's1' });
    await line.join('b');
    await line.join('c');
    await line.putBack({ applicationId: 'a', staffId: 's1' });
    await line.free('s1');
    // The seat waits for the dropped client; a colleague takes the next one.
    expect(offers).toHaveLength(1);
    await line.online('s0');
    expect(offers.at(-1)).toMatchObject({ applicationId: 'b', staffId: 's0' });
    await pass(10);
    await line.join('a');
    expect(offers.at(-1)).toMatchObject({ applicationId: 'a', staffId: 's1', draw: { eligible: ['s1'] } });
  });

  test('a client who dropped out of the line keeps the place for three minutes, no longer (R30)', async () => {
    const { line, offers, pass, lost } = await office(1, { dropSeconds: 10_000 });
    await line.join('a');
    await line.join('b');
    await line.away('a');
    await line.online('s1');
    expect(offers.at(-1)?.applicationId).toBe('b');
    await line.exit('s1');
    await pass(170);
    expect((await line.join('a')).place).toBe(1);
    await line.away('a');
    await pass(181);
    expect(lost).toEqual(['a']);
    expect((await line.join('a')).place).toBe(2);
  });

  test('an offer whose draw could not be stored is taken back, and the client is not lost (R3)', async () => {
    const { line, offers, gone, state, pass } = await office();
    state.refuseOffers = true;
    await line.online('s1');
    await line.join('a');
    expect(gone).toMatchObject([{ reason: 'not_stored' }]);
    state.refuseOffers = false;
    await pass(6);
    expect(offers).toMatchObject([{ applicationId: 'a' }]);
  });

  test('behind a client whose offer cannot be stored the next client is served, and that client a moment later (R60)', async () => {
    const { line, offers, state, pass } = await office();
    state.refuse = 'a';
    await line.join('a');
    await line.join('b');
    await line.online('s1');
    await line.tick();
    expect(offers).toMatchObject([{ applicationId: 'b', staffId: 's1' }]);
    expect((await line.place('a'))?.place).toBe(1);
    state.refuse = undefined;
    await line.online('s2');
    await pass(6);
    expect(offers.at(-1)).toMatchObject({ applicationId: 'a', staffId: 's2' });
  });

  test('an acceptance that came to nothing frees the agent, and the client stands in the old place as one who is there (R30)', async () => {
    const { line, offers, lost, pass } = await office();
    await line.online('s1');
    await line.join('a');
    await line.join('b');
    const { sessionId } = offers[0]!;
    await line.accept({ sessionId, staffId: 's1' });
    await line.release({ sessionId, applicationId: 'a', staffId: 's1', keep: true });
    expect((await line.snapshot()).waiting).toMatchObject([{ applicationId: 'a', state: 'waiting' }, { applicationId: 'b' }]);
    // The next client is served; the first follows, without having to come back.
    expect(offers.at(-1)).toMatchObject({ applicationId: 'b', staffId: 's1' });
    await line.online('s2');
    await pass(6);
    expect(offers.at(-1)).toMatchObject({ applicationId: 'a', staffId: 's2' });
    for (let i = 0; i < 20; i++) await pass(10);
    expect(lost).toEqual([]);
    expect((await line.snapshot()).seats.map((seat) => seat.state)).not.toContain('busy');
  });

  test('a client who went away while the acceptance failed is kept for as long as anybody else who is away (R30)', async () => {
    const { line, offers, lost, pass } = await office();
    await line.online('s1');
    await line.join('a');
    const { sessionId } = offers[0]!;
    await line.accept({ sessionId, staffId: 's1' });
    await line.away('a');
    await line.release({ sessionId, applicationId: 'a', staffId: 's1', keep: true });
    expect((await line.snapshot()).waiting).toMatchObject([{ applicationId: 'a', state: 'away' }]);
    await pass(181);
    expect(lost).toEqual(['a']);
  });

  test('a page that connects again while its client is just being called takes no second place (R30)', async () => {
    const { line, offers, clock } = await office();
    await line.online('s1');
    await line.join('a');
    await line.accept({ sessionId: offers[0]!.sessionId, staffId: 's1' });
    expect(await line.join('a')).toEqual({ place: 1, expectedSeconds: 5 });
    expect((await line.snapshot()).waiting).toEqual([]);
    // A call that ended, or of which nothing was heard again, lets the client in.
    await line.free('s1');
    await line.exit('s1');
    expect((await line.join('a')).place).toBe(1);
    expect((await line.snapshot()).waiting).toMatchObject([{ applicationId: 'a' }]);
    await line.online('s2');
    await line.accept({ sessionId: offers.at(-1)!.sessionId, staffId: 's2' });
    clock.ms += 31_000;
    await line.join('a');
    expect((await line.snapshot()).waiting).toMatchObject([{ applicationId: 'a' }]);
  });

  test('every process hears that places changed', async () => {
    const { lines: [first], state } = await office(2);
    await first!.join('a');
    for (let i = 0; i < 50 && state.placesChanged < 2; i++) await new Promise((done) => setTimeout(done, 20));
    expect(state.placesChanged).toBeGreaterThanOrEqual(2);
  });

  test('closing twice is harmless', async () => {
    const { line } = await office();
    await line.close();
    await line.close();
  });
});

describe('whatever happens in whatever order in two processes', () => {
  const clients = ['a', 'b', 'c', 'd', 'e', 'f'];
  const staff = ['s1', 's2', 's3'];
  const move = fc.oneof(
    fc.record({ do: fc.constantFrom('join', 'join', 'away', 'leave'), who: fc.constantFrom(...clients) }),
    fc.record({ do: fc.constantFrom('online', 'exit', 'free', 'accept', 'accept', 'decline', 'drop'), who: fc.constantFrom(...staff) }),
    fc.record({ do: fc.constant('pass'), who: fc.constantFrom('1', '7', '16', '25') }),
  );

  test('nobody is claimed twice, nobody is lost, places are kept (200 random interleavings)', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(move, fc.boolean()), { minLength: 10, maxLength: 40 }), async (moves) => {
      const { lines: [first, second], clock, offers } = await office(2);
      const inCall = new Map<string, string>();
      let pending: Promise<unknown>[] = [];
      for (const [m, other] of moves) {
        const line = (other ? second : first)!;
        const offer = offers.findLast((o) => o.staffId === m.who);
        const act = async (): Promise<void> => {
          if (m.do === 'join' && ![...inCall.values()].includes(m.who)) await line.join(m.who);
          else if (m.do === 'away') await line.away(m.who);
          else if (m.do === 'leave' && ![...inCall.values()].includes(m.who)) await line.leave(m.who);
          else if (m.do === 'online') await line.online(m.who);
          else if (m.do === 'exit' && !inCall.has(m.who)) await line.exit(m.who);
          else if (m.do === 'free') {
            inCall.delete(m.who);
            await line.free(m.who);
          } else if (m.do === 'drop' && inCall.has(m.who)) {
            const applicationId = inCall.get(m.who)!;
            inCall.delete(m.who);
            await line.putBack({ applicationId, staffId: m.who });
            await line.free(m.who);
          } else if (m.do === 'accept' && offer) {
            const both = await Promise.all([first!, second!].map((l) => l.accept({ sessionId: offer.sessionId, staffId: m.who })));
            expect(both.filter(Boolean).length).toBeLessThanOrEqual(1);
            if (both.some(Boolean)) {
              expect([...inCall.values()]).not.toContain(offer.applicationId);
              expect(inCall.has(m.who)).toBe(false);
              inCall.set(m.who, offer.applicationId);
            }
          } else if (m.do === 'decline' && offer) await line.decline({ sessionId: offer.sessionId, staffId: m.who });
          else if (m.do === 'pass') {
            clock.ms += Number(m.who) * 1000;
            await line.tick();
          }
        };
        // Acts of clients and agents overlap; only calls are told one after the other, so that the test knows who is in one.
        if (['online', 'join', 'away', 'pass'].includes(m.do)) pending.push(act());
        else {
          await Promise.all(pending);
          pending = [];
          await act();
        }
      }
      await Promise.all(pending);

      const { waiting, seats } = await first!.snapshot();
      const offered = seats.filter((s) => s.state === 'offered');
      expect(new Set(offered.map((s) => s.applicationId)).size).toBe(offered.length);
      expect(waiting.filter((w) => w.state === 'offered').map((w) => w.applicationId).sort()).toEqual(offered.map((s) => s.applicationId).sort());
      for (const applicationId of inCall.values()) expect(waiting.map((w) => w.applicationId)).not.toContain(applicationId);

      // Everybody who still waits is served in the end, each once, in the order of the line.
      const order = waiting.map((w) => w.applicationId);
      const from = offers.length - offered.length;
      for (const id of order) await first!.join(id);
      for (const s of staff) await first!.exit(s);
      await first!.online('last');
      const served: string[] = [];
      for (let i = 0; i < order.length; i++) {
        const offer = offers.at(-1)!;
        served.push(offer.applicationId);
        expect(await second!.accept({ sessionId: offer.sessionId, staffId: 'last' })).toBe(true);
        await first!.free('last');
      }
      expect(from).toBeGreaterThanOrEqual(0);
      expect(served).toEqual(order);
      expect((await first!.snapshot()).waiting).toEqual([]);
      await Promise.all([first!.close(), second!.close()]);
      // Every draw that was made can be computed again (R3).
      for (const { draw } of offers) expect(draw.eligible[Math.floor(draw.random * draw.eligible.length)]).toBe(draw.chosen);
    }), { numRuns: 200 });
  });
});
