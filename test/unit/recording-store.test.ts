import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../contracts/errors.ts';
import { createBacklogs, patiently, storeTrouble } from '../../media/recording/backlog.ts';
import { createHostClock } from '../../media/recording/hostclock.ts';
import { createLedger } from '../../media/recording/ledger.ts';
import { createLive } from '../../media/recording/live.ts';
import { LOSS_LIMIT, createLossWatch } from '../../media/recording/losswatch.ts';

describe('what waits for the store', () => {
  test('is full at its limit, and takes more only when half of it is written', () => {
    const side = createBacklogs(1_000).side();
    side.add(999);
    expect(side.full).toBe(false);
    side.add(1);
    expect(side.full).toBe(true);
    side.written(400);
    expect(side.full).toBe(true);
    side.written(101);
    expect(side.full).toBe(false);
  });
  test('one side’s backlog fills no other’s', () => {
    const backlogs = createBacklogs(1_000);
    const [client, witness] = [backlogs.side(), backlogs.side()];
    client.add(1_000);
    expect([client.full, witness.full, backlogs.bytes]).toEqual([true, false, 1_000]);
  });
  test('a failure that may pass is tried again until it has passed; one that will not is told at once', async () => {
    let tries = 0;
    const seen: string[] = [];
    const options = { onTrouble: (code: string) => { seen.push(code); }, givenUp: () => false };
    expect(await patiently(async () => {
      tries += 1;
      if (tries < 3) throw Object.assign(new Error(), { code: tries === 1 ? 'EIO' : 'ENOSPC' });
      return tries;
    }, options)).toBe(3);
    expect(seen).toEqual(['EIO', 'ENOSPC']);
    await expect(patiently(() => Promise.reject(new AppError('KEY_UNAVAILABLE')), options)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
    expect([new AppError('STORE_FULL'), new TypeError('x'), Object.assign(new Error(), { code: 'EBADF' })].map(storeTrouble)).toEqual(['STORE_FULL', undefined, undefined]);
  });
});

describe('a clock that somebody sets', () => {
  test('moves no time until it is followed', () => {
    let wall = 1_800_000_000_000;
    const clock = createHostClock(undefined, () => wall);
    const before = clock.now();
    wall -= 3_600_000;
    expect(clock.now()).toBeGreaterThanOrEqual(before);
    expect(clock.now() - before).toBeLessThan(1_000);
    expect(clock.aheadMs()).toBeLessThan(-3_599_000);
    clock.follow();
    expect(clock.now()).toBeLessThan(before - 3_590_000);
  });
  test('is the same in two processes that have its offset', () => {
    const clock = createHostClock();
    expect(Math.abs(createHostClock(clock.offsetMs, () => 0).now() - clock.now())).toBeLessThan(1_000);
  });
});

describe('loss above the limit (R40)', () => {
  test.each(['video', 'audio'] as const)('%s: a stretch of 5 s above it is named, one below it is not', (kind) => {
    const over = createLossWatch(kind);
    const under = createLossWatch(kind);
    const found: unknown[] = [];
    for (let second = 0; second <= 10; second += 1) {
      const told = over.note(second * 1_000, { good: 100, lost: (100 * LOSS_LIMIT[kind]) / (1 - LOSS_LIMIT[kind]) + 2 });
      if (told) found.push(told);
      expect(under.note(second * 1_000, { good: 100, lost: (100 * LOSS_LIMIT[kind]) / (1 - LOSS_LIMIT[kind]) - 2 })).toBeUndefined();
    }
    expect(found).toEqual([{ fromMs: 0, toMs: 5_000 }, { fromMs: 5_000, toMs: 10_000 }]);
  });
});

describe('what the supervisor knows of a session’s gaps (R28, R40)', () => {
  const track = { side: 'client', kind: 'video', producerId: 'p', mimeType: 'video/VP8', clockRate: 90_000, payloadType: 101, ssrc: 1 } as const;
  const held = (fromMs: number, toMs: number) => [{ side: 'client' as const, kind: 'video' as const, fromMs, toMs }];
  const gaps = (ledger: ReturnType<typeof createLedger>, wanted = { fromMs: 0, toMs: 60_000 }) =>
    ledger.coverage('client', 'video', wanted, wanted.toMs, false).gaps.map(({ fromMs, toMs, cause }) => `${fromMs}–${toMs} ${cause}`);

  test('a host that was away for a moment leaves a gap, however short it was', () => {
    const ledger = createLedger();
    ledger.hostLost(30_000);
    ledger.held(held(0, 30_000));
    ledger.trackAdded(track, 30_900);
    ledger.held(held(31_200, 31_700), 31_800);
    ledger.held(held(31_720, 60_000), 60_000);
    expect(gaps(ledger)).toEqual(['30000–31200 host_lost']);
  });
  test('a store that is away names what is missing, until it has caught up', () => {
    const ledger = createLedger();
    ledger.trackAdded(track, 0);
    ledger.held(held(0, 20_000), 20_000);
    ledger.storeAway(20_500, 'disk_full');
    expect(ledger.storeTrouble).toBe('disk_full');
    expect(gaps(ledger)).toEqual(['20000–60000 disk_full']);
    ledger.held(held(20_000, 60_000), 60_000);
    expect(ledger.storeTrouble).toBeUndefined();
    expect(gaps(ledger)).toEqual([]);
  });
  test('a side that lost the connection is away until its next track', () => {
    const ledger = createLedger();
    ledger.trackAdded(track, 0);
    ledger.held(held(0, 20_000), 20_000);
    ledger.away('client', 'peer_lost', 20_000);
    ledger.trackRemoved('p', 20_000);
    ledger.trackAdded({ ...track, producerId: 'q' }, 34_000);
    ledger.held(held(35_000, 60_000), 60_000);
    expect(gaps(ledger)).toEqual(['20000–35000 peer_lost']);
  });
  test('what came with too much loss is no recording, although something of it is held', () => {
    const ledger = createLedger();
    ledger.trackAdded(track, 0);
    ledger.held(held(0, 60_000), 60_000);
    // Also when it is told again, by an earlier host's notes.
    for (let times = 0; times < 2; times += 1) ledger.missed({ side: 'client', kind: 'video', fromMs: 20_000, toMs: 25_000, cause: 'loss' });
    expect(gaps(ledger)).toEqual(['20000–25000 loss']);
  });
});

describe('whether it records (R40)', () => {
  let at = 0;
  const told: string[] = [];
  const opened = () => {
    at = 100_000;
    told.length = 0;
    const live = createLive({
      caseId: 'c', clock: { ...createHostClock(), now: () => at },
      listener: { onRecording: (running, _, cause) => { told.push(cause ?? String(running)); }, onNeedKeyFrame: () => undefined, onExit: () => undefined, onRestart: () => undefined, onSegment: async () => true, onMissed: async () => true },
    });
    live.notice({ type: 'held', sessionId: 's', held: [{ side: 'client', kind: 'video', fromMs: at - 500, toMs: at }] });
    return live;
  };
  const watch = (live: ReturnType<typeof createLive>, seconds: number): void => {
    for (let i = 0; i < seconds; i += 1) { at += 1_000; live.checkStalled(at); }
  };
  test('a store that takes nothing is named before it is said that nothing came', () => {
    const live = opened();
    watch(live, 5);
    expect(told).toEqual(['true']);
    live.notice({ type: 'storeAway', sessionId: 's', code: 'EIO', sinceMs: at - 4_000 });
    watch(live, 1);
    expect(told).toEqual(['true', 'store_unavailable']);
  });
  test('nothing came', () => {
    watch(opened(), 7);
    expect(told).toEqual(['true', 'nothing_came']);
  });
  test('a host that stood still says nothing of its recorder until it has read what that told', () => {
    const live = opened();
    watch(live, 1);
    at += 9_000;
    live.checkStalled(at);
    expect(told).toEqual(['true']);
    watch(live, 1);
    expect(told).toEqual(['true', 'nothing_came']);
  });
});
