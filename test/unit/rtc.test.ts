import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { qualityOf } from '../../client/rtc/quality.ts';
import { RECONNECT, ReconnectPolicy } from '../../client/rtc/reconnectPolicy.ts';
import { TokenBucket } from '../../media/signaling/tokenBucket.ts';

describe('coming back after a lost connection', () => {
  test('the waits double up to a longest one', () => {
    const policy = new ReconnectPolicy({ jitter: 0 });
    expect(Array.from({ length: 8 }, () => policy.next(0))).toEqual([300, 600, 1200, 2400, 4800, 8000, 8000, 8000]);
  });

  test('it gives up after 3 minutes, and its last try lies at the limit itself (R30)', () => {
    const policy = new ReconnectPolicy({ jitter: 0 });
    let now = 1_000_000;
    const start = now;
    for (let wait = policy.next(now); wait !== undefined; wait = policy.next(now)) now += wait;
    expect(now - start).toBe(180_000);
    expect(policy.next(now)).toBeUndefined();
  });

  test('whatever is drawn, no wait is longer than its step nor than the time left', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 }), fc.nat(400_000), (draws, step) => {
      let at = 0;
      const policy = new ReconnectPolicy({}, () => draws[at++ % draws.length]!);
      let now = 0;
      for (let tries = 0; tries < 60; tries += 1) {
        const wait = policy.next(now);
        if (now >= RECONNECT.limitMs) expect(wait).toBeUndefined();
        if (wait === undefined) return;
        expect(wait).toBeGreaterThan(0);
        expect(wait).toBeLessThanOrEqual(Math.min(RECONNECT.longestMs, RECONNECT.limitMs - now));
        now += wait + (step % 5_000);
      }
    }));
  });

  test('a connection that held starts the next loss from the beginning', () => {
    const policy = new ReconnectPolicy({ jitter: 0 });
    policy.next(0);
    policy.next(300);
    policy.reset();
    expect(policy.next(500_000)).toBe(300);
  });
});

describe('figures of the network', () => {
  const outbound = (bytesSent: number) => [
    { type: 'transport', selectedCandidatePairId: 'p1' },
    { type: 'candidate-pair', id: 'p0', currentRoundTripTime: 9 },
    { type: 'candidate-pair', id: 'p1', currentRoundTripTime: 0.042 },
    { type: 'outbound-rtp', kind: 'video', bytesSent, frameWidth: 1280, targetBitrate: 1_200_000 },
    { type: 'remote-inbound-rtp', kind: 'video', fractionLost: 0.02 },
  ];
  const inbound = (packetsReceived: number, packetsLost: number) => [{ type: 'inbound-rtp', packetsReceived, packetsLost }];

  test('rates are differences between two looks, the round trip is that of the pair in use', () => {
    const first = qualityOf(outbound(0), inbound(0, 0), 0);
    expect(first.figures).toEqual({ rttMs: 42, lossUp: 0.02, frameWidth: 1280, targetBitrate: 1_200_000 });
    const second = qualityOf(outbound(250_000), inbound(90, 10), 2_000, first.counters);
    expect(second.figures).toMatchObject({ bitrateUp: 1_000_000, lossDown: 0.1 });
  });

  test('counters that start again after a reconnect give no negative figure', () => {
    const first = qualityOf(outbound(250_000), inbound(90, 10), 0);
    const second = qualityOf(outbound(0), inbound(0, 0), 2_000, first.counters);
    expect(second.figures.bitrateUp).toBe(0);
    expect(second.figures.lossDown).toBe(0);
  });

  test('an end that neither sends nor receives has no figures', () => {
    expect(qualityOf([], [], 0).figures).toEqual({});
  });
});

describe('messages a peer may send', () => {
  test('a burst passes, a flood does not, and patience is rewarded', () => {
    const bucket = new TokenBucket(10, 5);
    expect(Array.from({ length: 6 }, () => bucket.take(0))).toEqual([true, true, true, true, true, false]);
    expect(bucket.take(100)).toBe(true);
    expect(bucket.take(100)).toBe(false);
  });
});
