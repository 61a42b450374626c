import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshInstance } from '../support/journey/instance.ts';
import type { FreshInstance } from '../support/journey/instance.ts';
import { journeyOn, stepper } from '../support/journey/journey.ts';
import type { JourneyResult } from '../support/journey/journey.ts';
import { findPersonalData, findPlainMedia } from '../support/journey/privacy.ts';
import { CLIENT_TONE_HZ, AGENT_TONE_HZ } from '../support/camera/index.ts';

/** Frame numbers run over the camera file's loop: made to rise for ever. */
function unwrap(numbers: readonly number[], loop: number): number[] {
  let laps = 0;
  return numbers.map((number, i) => {
    if (i > 0 && number < numbers[i - 1]! - loop / 2) laps += 1;
    return number + laps * loop;
  });
}
/** Distance on the loop. */
const apart = (a: number, b: number, loop: number): number => Math.min((a - b + loop) % loop, (b - a + loop) % loop);

describe('a client opens an account: phone, call, review, batch, replay', () => {
  const opened: { close(): Promise<unknown> }[] = [];
  let instance: FreshInstance;
  let temporary: string;
  let result: JourneyResult;

  beforeAll(async () => {
    temporary = mkdtempSync(join(tmpdir(), 'witness-temporary-'));
    instance = await freshInstance({ TMPDIR: temporary });
    const screenshots = process.env['SCREENSHOTS'];
    result = await journeyOn(instance, opened, stepper({}), { ...(screenshots ? { screenshots } : {}) });
  }, 600_000);
  afterAll(async () => {
    for (const one of opened.reverse()) await one.close().catch(() => undefined);
    await instance?.dispose();
    rmSync(temporary, { recursive: true, force: true });
  }, 60_000);

  test('the number that was read in the call equals the card’s, and nothing differs (R14)', () => {
    expect(result.shownNumber).toEqual({ form: result.card.number, call: result.card.number, differs: 'false' });
  });

  test('every account is there: fund, custody, Shanghai, Shenzhen, each with its number (R52)', () => {
    expect(result.accountStates).toEqual({ one_code: 'done', relation: 'done', fund: 'done', custody: 'done', sh: 'done', sz: 'done' });
    expect(result.accountNumbers['sh']).toMatch(/^A\d{9}$/);
    expect(result.accountNumbers['sz']).toMatch(/^0\d{9}$/);
  });

  test.each(['client', 'witness'] as const)('frame numbers rise through the recording of the %s from the first second to the last (R40)', (side) => {
    const { frames } = result.recording.sides[side];
    const loop = side === 'client' ? result.clientCamera.frames : result.agentCamera.frames;
    const read = frames.filter((f) => f.number !== null);
    expect(read.length).toBeGreaterThan(frames.length * 0.9);
    const numbers = unwrap(read.map((f) => f.number!), loop);
    for (let i = 1; i < numbers.length; i++) expect(numbers[i]!).toBeGreaterThanOrEqual(numbers[i - 1]!);
    // From near the beginning to near the end of what the replay shows.
    expect(read[0]!.mediaMs).toBeLessThan(6_000);
    expect(result.recording.view.durationMs - read.at(-1)!.mediaMs).toBeLessThan(3_000);
    // The camera shows 30 frames a second, a busy machine fewer: the numbers advance with the clock.
    const seconds = (read.at(-1)!.mediaMs - read[0]!.mediaMs) / 1000;
    const perSecond = (numbers.at(-1)! - numbers[0]!) / seconds;
    expect(perSecond).toBeGreaterThan(12);
    expect(perSecond).toBeLessThan(32);
  });

  test('each side’s own tone is on its own side (R40)', () => {
    expect(Math.abs(result.recording.sides.client.toneHz - CLIENT_TONE_HZ)).toBeLessThan(15);
    expect(Math.abs(result.recording.sides.witness.toneHz - AGENT_TONE_HZ)).toBeLessThan(15);
  });

  test('the case’s own bundle is intact and complete for a program that knows only keys and published heads; nothing in database and store differs (R42)', () => {
    expect(result.evidence).toMatchObject({ intact: true, complete: true, problems: [], live: [] });
    expect(result.evidence.report).toContain('某某人民法院');
    for (const type of ['given', 'upload', 'consent', 'signature', 'police', 'draw', 'call', 'answer', 'photo', 'reading', 'segment', 'recorder', 'network', 'decision', 'review', 'account', 'event']) expect(result.evidence.types).toHaveProperty(type);
  });

  test('every segment of the recording decodes, and the replay runs to its end (R46)', () => {
    expect(result.recording.problems).toEqual([]);
    expect(result.replay.ended).toBe(true);
  });

  test('each photo is the frame that the agent saw at the press, and the recording’s at its media time (R20)', () => {
    const loop = result.clientCamera.frames;
    const { photos } = result.recording.view;
    for (const press of result.presses) {
      const photo = photos.find((p) => p.kind === press.kind && p.rtpTimestamp === press.rtpTimestamp);
      expect(photo).toBeDefined();
      const number = result.photoNumbers[press.kind];
      expect(number).not.toBeNull();
      expect(press.frameNumber).not.toBeNull();
      expect(apart(number!, press.frameNumber!, loop)).toBeLessThanOrEqual(1);
      const nearest = result.recording.sides.client.frames.filter((f) => f.number !== null)
        .reduce((best, f) => (Math.abs(f.mediaMs - photo!.mediaTimeMs) < Math.abs(best.mediaMs - photo!.mediaTimeMs) ? f : best));
      expect(apart(number!, nearest.number!, loop)).toBeLessThanOrEqual(1);
    }
  });

  test('the replay lists the decision at its time (R46)', () => {
    const decision = result.recording.view.events.find((e) => e.type === 'decision');
    expect(decision).toBeDefined();
    expect(result.replay.decisionShown).toBe(true);
    expect(decision!.atMs).toBeGreaterThan(0);
    expect(decision!.atMs).toBeLessThanOrEqual(result.recording.view.durationMs + 1_000);
    expect(Math.abs(Date.parse(decision!.at) - Date.parse(result.recording.view.zeroAt!) - decision!.atMs)).toBeLessThan(2);
  });

  test('no number, name or phone of the client stands in logs, Redis, the database or a file (R43)', async () => {
    const { card, client } = result;
    const found = await findPersonalData(instance, [card.number, client.phone, card.name, client.bankCard, card.address, client.tradingPassword, client.fundPassword]);
    expect(found).toEqual([]);
  });

  test('no picture or sound lies in clear under the data folder or the temporary folder (R43)', async () => {
    const cameras = ['client-camera', 'agent-camera'].map((name) => join(instance.dataDir, name));
    expect(await findPlainMedia([instance.dataDir, temporary], { except: cameras })).toEqual([]);
  });
});
