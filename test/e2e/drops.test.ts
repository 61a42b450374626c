import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Pool } from 'pg';
import type { Page } from 'playwright-core';
import type { ReplayView } from '../../contracts/http/staff.ts';
import { logIn, tickScript } from '../support/journey/staff.ts';
import { openBrowser } from '../support/journey/browser.ts';
import { playRecording } from '../support/journey/recording.ts';
import { OPENING_MS, openCallScene, openPhone, untilRecorded } from '../support/journey/scene.ts';
import type { CallScene } from '../support/journey/scene.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const ASKED = ['agentShown', 'nameConfirmed', 'ownWill'] as const;

// One call of w1: the client's browser is killed and comes back; then both are killed.
describe('calls that break off', () => {
  let scene: CallScene;
  let profile = '';
  const opened: { close(): Promise<unknown> }[] = [];

  beforeAll(async () => {
    scene = await openCallScene({
      seed: 7, witness: 'w1',
      profile: (instance) => { profile = join(instance.dataDir, 'client-profile'); mkdirSync(profile); return profile; },
    });
  }, OPENING_MS);
  afterAll(async () => {
    for (const one of opened.reverse()) await one.close().catch(() => undefined);
    await scene?.close();
  });

  test('a client whose browser died comes back to the same agent at the same step; meanwhile nothing is decided (R30)', async () => {
    const { page } = scene.desk;
    await tickScript(page, [...ASKED]);
    const before = await scene.standing();
    expect(before).toMatchObject({ application: 'in_call', session: 'live', ticks: 3 });
    // Chromium writes cookies to the disk within 30 s: a log-in younger than that dies with the process.
    await pause(31_000);
    await scene.phone.kill();
    const killedAt = Date.now();
    await until(async () => (await scene.standing()).session === 'interrupted', 20_000);
    // Neither approved nor rejected, and approve does not pass.
    expect(await scene.standing()).toMatchObject({ application: 'in_call', applicationVersion: before.applicationVersion, session: 'interrupted', outcome: null, decision: null, ticks: 3 });
    expect(await scene.decide({ decision: 'approve' })).toMatchObject({ status: 409, code: 'SESSION_NOT_LIVE' });
    expect(await scene.standing()).toMatchObject({ application: 'in_call', session: 'interrupted', outcome: null, decision: null });

    scene.phone = await openPhone(scene.phoneFiles, profile);
    opened.push(scene.phone);
    await scene.phone.page.goto(`${scene.instance.url}/join/`);
    await scene.phone.page.locator('[data-testid="call-state"][data-state="connected"]').waitFor({ timeout: 60_000 })
      .catch(async (error: unknown) => { throw new Error(`not back in the call; the page says: ${await scene.phone.page.locator('body').innerText()}`, { cause: error }); });
    await until(async () => (await scene.standing()).session === 'live', 30_000);
    expect(Date.now() - killedAt).toBeLessThan(180_000);
    await untilRecorded(scene.desk);
    // Same session, same agent, same step.
    expect(await page.getByTestId('call-page').getAttribute('data-session')).toBe(scene.sessionId);
    expect(await scene.phone.page.getByTestId('call-agent').innerText()).toContain('张敏');
    for (const item of ASKED) expect(await page.getByTestId(`tick-${item}-state`).getAttribute('data-answer')).toBe('clear_yes');
    expect(await page.getByTestId('tick-riskKnown-state').getAttribute('data-answer')).toBe('');
    expect(await scene.standing()).toMatchObject({ application: 'in_call', applicationVersion: before.applicationVersion, session: 'live', outcome: null, decision: null, ticks: 3 });
    const { rows } = await scene.db.query('select id from witness_session where application_id = $1', [scene.applicationId]);
    expect(rows).toHaveLength(1);
  });

  test('when both browsers die the recording up to then plays on both sides (R41)', async () => {
    // Long enough after the return that the recording after it is on both sides.
    await pause(8_000);
    const killing = [scene.phone.kill(), scene.desk.kill()];
    const killedAt = Date.now();
    await Promise.all(killing);
    await until(async () => (await scene.standing()).session === 'interrupted', 20_000);
    expect(await scene.standing()).toMatchObject({ application: 'in_call', outcome: null, decision: null });

    const auditor = await openBrowser({ viewport: { width: 1366, height: 768 } });
    opened.push(auditor);
    await logIn(auditor.page, scene.instance, scene.instance.login('a1'));
    const { view, endMs } = await untilSealed(auditor.page, scene, killedAt);
    const recording = await playRecording(auditor.page, view);
    expect(recording.decodes).toBe(true);
    for (const side of ['client', 'witness'] as const) {
      const { frames, audioSeconds, toneHz } = recording.sides[side];
      const last = frames.at(-1)!;
      expect([side, endMs - last.mediaMs < 2_000]).toEqual([side, true]);
      const loop = side === 'client' ? scene.camera.frames : scene.agentCamera.frames;
      expect([side, risesThroughout(frames.filter((f) => f.number !== null) as { mediaMs: number; number: number }[], loop)]).toEqual([side, true]);
      // The number can be read in the last two seconds as well.
      expect([side, frames.some((f) => f.number !== null && endMs - f.mediaMs < 2_000)]).toEqual([side, true]);
      expect(audioSeconds).toBeGreaterThan(10);
      expect(Math.abs(toneHz - (side === 'client' ? 440 : 880))).toBeLessThan(15);
    }
    // The client's absence is a hole between its segments, not a stretched picture.
    expect(view.events.some(({ type }) => type === 'interrupted')).toBe(true);
  });
});

// One call of w1 on a system that is stopped and started under it.
describe('the program is stopped and started in a call', () => {
  let scene: CallScene;
  let db: Pool | undefined;
  beforeAll(async () => { scene = await openCallScene({ seed: 9, witness: 'w1' }); }, OPENING_MS);
  afterAll(async () => {
    await db?.end();
    await scene?.close();
  });

  test('both come back by themselves, into the same call at the same step, and the recording goes on behind a gap (R30, R40)', async () => {
    const { desk, phone, instance, sessionId } = scene;
    await tickScript(desk.page, ['agentShown']);
    await instance.restart();
    await untilRecorded(desk, 120_000);
    await phone.page.locator('[data-testid="call-state"][data-state="connected"]').waitFor({ timeout: 60_000 });
    // The database has another address now.
    db = new Pool({ connectionString: instance.env['DATABASE_URL'], max: 1 });
    const standing = async () => (await db!.query('select s.id, s.state, a.state as application from witness_session s join application a on a.id = s.application_id where a.id = $1', [scene.applicationId])).rows;
    await until(async () => (await standing())[0].state === 'live', 30_000);
    expect(await standing()).toEqual([{ id: sessionId, state: 'live', application: 'in_call' }]);
    expect(await desk.page.getByTestId('call-page').getAttribute('data-session')).toBe(sessionId);
    expect(await desk.page.getByTestId('tick-agentShown-state').getAttribute('data-answer')).toBe('clear_yes');
    await tickScript(desk.page, ['nameConfirmed']);
    const { rows: reports } = await db.query<{ running: boolean }>('select running from recorder_fact where session_id = $1 order by at', [sessionId]);
    const told = reports.map(({ running }) => running);
    // Stopped once; a machine that starts everything again beside two browsers may stop it once more.
    expect([told[0], told.includes(false), told.at(-1), told.length <= 5]).toEqual([true, true, true, true]);
    // Numbers of segments go on: none of before the stop is written over.
    const { rows: segments } = await db.query<{ side: string; index: number }>('select side, index from recording_segment where session_id = $1', [sessionId]);
    expect(new Set(segments.map(({ side, index }) => `${side} ${index}`)).size).toBe(segments.length);
  });
});

async function until(done: () => Promise<boolean>, ms: number): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await done())) {
    if (Date.now() > deadline) throw new Error('it did not happen in time');
    await pause(250);
  }
}

/** The replay once both sides' last segments are there; `endMs` is the kill on the replay's clock. */
async function untilSealed(page: Page, { instance, sessionId }: CallScene, killedAt: number): Promise<{ view: ReplayView; endMs: number }> {
  for (let tries = 0; tries < 40; tries++) {
    const answer = await page.context().request.post(`${instance.url}/api/sessions/${sessionId}/replay`, { headers: { origin: instance.url }, data: { purpose: '例行稽核' } });
    const view = await answer.json() as ReplayView;
    const endMs = killedAt - Date.parse(view.zeroAt!);
    const sealed = (['client', 'witness'] as const).every((side) => view.segments.some((s) => s.side === side && s.endMs > endMs - 2_000));
    if (sealed) return { view, endMs };
    await pause(500);
  }
  throw new Error('the last segments were not sealed');
}

/**
 * The camera loops over its file: numbers are unwrapped. A browser that was opened again begins its file anew, which looks
 * like one more loop; within half a loop a number never falls.
 */
function risesThroughout(frames: readonly { mediaMs: number; number: number }[], loop: number): boolean {
  return frames.length > 50 && frames.every((frame, i) => {
    const before = frames[i - 1];
    if (before === undefined || frame.mediaMs - before.mediaMs > 2_000) return true;
    const step = (frame.number - before.number + loop) % loop;
    return step < loop / 2;
  });
}
