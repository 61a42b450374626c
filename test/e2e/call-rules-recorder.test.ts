import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ReplayView } from '../../contracts/http/staff.ts';
import { SCRIPT } from '../../contracts/script.ts';
import { staffApi } from '../support/journey/api.ts';
import { OPENING_MS, keepRecorderDown, openCallScene, recorderPid, untilRecorded } from '../support/journey/scene.ts';
import type { CallScene } from '../support/journey/scene.ts';
import { captureInSection, tickScript } from '../support/journey/staff.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** A tick counts with the seconds before it: they have to be recorded as well. */
const QUESTION_MS = 3_500;

// w2 is a witness who may review as well: one call whose recorder dies, and what becomes of the case afterwards.
describe('a call whose recorder dies', () => {
  let scene: CallScene;
  let killedAt = 0;
  let backAt = 0;
  const items = SCRIPT.map(({ id }) => id);
  const [asked, inGap] = [items.slice(0, -2), items.slice(-2)];
  const approve = () => scene.decide({ decision: 'approve' });

  beforeAll(async () => { scene = await openCallScene({ seed: 7, witness: 'w2' }); }, OPENING_MS);
  afterAll(async () => { await scene?.close(); });

  test('while the recorder is down approve is refused and nothing is lost or decided (R28, R40)', async () => {
    const { desk, sessionId } = scene;
    for (const kind of ['portraitSide', 'emblemSide'] as const) await goodPhoto(scene, kind);
    await tickScript(desk.page, asked);
    await goodPhoto(scene, 'face');
    const first = recorderPid(scene.instance);
    expect(first).toBeDefined();
    const down = keepRecorderDown(scene.instance);
    killedAt = down.killedAt;
    try {
      await desk.page.locator('[data-testid="recorder-state"][data-running="false"]').waitFor({ timeout: 10_000 });
      const before = await scene.standing();
      const answer = await approve();
      expect(answer).toMatchObject({ status: 409, code: 'RECORDING_MISSING' });
      expect(answer.items).toContain('recorder');
      // No frame can be taken out of what nobody holds.
      const photo = await scene.witness.post(`/api/sessions/${sessionId}/photos`, { kind: 'face', producerId: (await latestFace(scene)).producerId, rtpTimestamp: 1 });
      expect(photo).toMatchObject({ status: 503, code: 'MEDIA_UNAVAILABLE' });
      expect(await scene.standing()).toEqual(before);
      expect(await desk.page.getByTestId('call-state').getAttribute('data-phase')).toBe('connected');
      // The agent goes on asking, not having seen it.
      await tickScript(desk.page, inGap);
      expect(await approve()).toMatchObject({ status: 409, code: 'RECORDING_MISSING' });
    } finally {
      down.stop();
    }
    await untilRecorded(desk);
    backAt = Date.now();
    expect(recorderPid(scene.instance)).not.toBe(first);
  }, 480_000);

  test('when it records again approve stays refused until everything inside the gap was done again (R28, R40)', async () => {
    const before = await scene.standing();
    const answer = await approve();
    expect(answer).toMatchObject({ status: 409, code: 'RECORDING_GAP' });
    expect(answer.items).toEqual(expect.arrayContaining(inGap.map((id) => `gap.${id}`)));
    // What was asked long before is recorded and stays good.
    expect(answer.items).not.toContain(`gap.${asked[0]}`);
    expect(await scene.standing()).toEqual(before);
    const view = await scene.caseView();
    for (const { takenAt, insideGap, kind } of view.session!.photos) {
      const lead = killedAt - Date.parse(takenAt);
      if (lead > 3_000) expect([kind, insideGap]).toEqual([kind, false]);
    }
    await pause(Math.max(0, backAt + QUESTION_MS - Date.now()));
    const inGapStill = (one: typeof answer) => one.items.filter((item) => item.startsWith('gap.')).map((item) => item.slice(4));
    // Each is done again until one alone is left; a hiccup of the machine may bring another in.
    let still = answer;
    for (let rounds = 0; inGapStill(still).length > 1 && rounds < 5; rounds += 1) {
      for (const name of inGapStill(still).slice(1)) await doAgain(scene, name);
      still = await approve();
    }
    const [last] = inGapStill(still);
    expect(still).toMatchObject({ status: 409, code: 'RECORDING_GAP', items: [`gap.${last}`] });
    await doAgain(scene, last!);
    expect(await approve()).toMatchObject({ status: 200, body: { state: 'witnessed' } });
    expect(await scene.standing()).toMatchObject({ application: 'witnessed', session: 'closed', outcome: 'passed', decision: 'approve' });
  }, 480_000);

  test('the case’s own witness cannot open, decide or replay its second review (R5)', async () => {
    const { applicationId, sessionId, witness } = scene;
    const before = await scene.standing();
    const row = (await witness.get<{ rows: { applicationId: string; blockedForMe: boolean }[] }>('/api/review')).body.rows.find((r) => r.applicationId === applicationId);
    expect(row).toMatchObject({ blockedForMe: true });
    expect(await witness.post(`/api/review/${applicationId}/open`)).toMatchObject({ status: 403, code: 'SAME_PERSON' });
    expect(await witness.post(`/api/review/${applicationId}/decision`, { decision: 'approve' })).toMatchObject({ status: 403, code: 'SAME_PERSON' });
    expect(await witness.post(`/api/sessions/${sessionId}/replay`, { purpose: '复核' })).toMatchObject({ status: 403, code: 'SAME_PERSON' });
    expect(await scene.standing()).toEqual(before);
    const reviewer = await staffApi(scene.instance, 'r1');
    expect(await reviewer.post(`/api/review/${applicationId}/open`)).toMatchObject({ status: 200, body: { state: 'in_review' } });
    await reviewer.close();
  });

  test('the auditor’s replay names the gap, its cause and when the recorder stopped and ran again (R42, R46)', async () => {
    const auditor = await staffApi(scene.instance, 'a1');
    const { body } = await auditor.post<ReplayView>(`/api/sessions/${scene.sessionId}/replay`, { purpose: '例行稽核' });
    await auditor.close();
    const zero = Date.parse(body.zeroAt!);
    const [from, to] = [killedAt - zero, backAt - zero];
    for (const side of ['client', 'witness'] as const) for (const kind of ['video', 'audio'] as const) {
      const named = body.gaps.filter((gap) => gap.side === side && gap.kind === kind && gap.cause === 'recorder_down');
      const gap = named.find((g) => g.fromMs < to && g.toMs > from)!;
      expect([side, kind, gap]).toEqual([side, kind, expect.objectContaining({ cause: 'recorder_down' })]);
      expect(gap.fromMs).toBeLessThan(from + 1_000);
      expect(gap.toMs).toBeGreaterThan(to - 6_000);
      // No segment claims to hold what nobody recorded, and there is a recording on both ends of the gap.
      const segments = body.segments.filter((s) => s.side === side);
      expect(segments.some((s) => s.startMs < gap.fromMs && s.endMs > gap.toMs)).toBe(false);
      expect(segments.some((s) => s.endMs <= gap.fromMs + 500)).toBe(true);
      expect(segments.some((s) => s.startMs >= gap.fromMs)).toBe(true);
    }
    const types = body.events.map(({ type }) => type);
    expect(types.indexOf('recorder_off')).toBeGreaterThan(types.indexOf('recorder_on'));
    expect(types.lastIndexOf('recorder_on')).toBeGreaterThan(types.indexOf('recorder_off'));
    expect(types).toContain('decision');
  });
});

const latestFace = async ({ db, sessionId }: CallScene): Promise<{ producerId: string }> =>
  (await db.query<{ producerId: string }>(`select producer_id as "producerId" from photo where session_id = $1 and kind = 'face' and superseded_at is null`, [sessionId])).rows[0]!;

/** Takes the photo until the server has nothing against it, as an agent would: a small picture at first, or the card not yet in it. */
async function goodPhoto(scene: CallScene, kind: 'face' | 'portraitSide' | 'emblemSide'): Promise<void> {
  let against: string[] = [];
  // As an agent does who wants small print: sharp rather than smooth.
  const detail = scene.desk.page.getByTestId('detail-toggle');
  if ((await detail.getAttribute('aria-checked') === 'true') !== (kind !== 'face')) await detail.click();
  for (let tries = 0; tries < 8; tries++) {
    await captureInSection(scene.desk.page, kind, scene.camera.sections[kind]);
    for (let reads = 0; reads < 60; reads++) {
      const missing = (await scene.caseView()).session!.missing.filter(({ code }) => code.endsWith(`.${kind}`));
      against = missing.map(({ code, text }) => `${code} ${text.en}`);
      if (missing.length === 0) return;
      if (!missing.some(({ code }) => [`reading.${kind}`, `comparing.${kind}`].includes(code))) break;
      await pause(500);
    }
  }
  throw new Error(`no good photo: ${kind} ${against.join()}`);
}

async function doAgain(scene: CallScene, name: string): Promise<void> {
  if (name === 'face' || name === 'portraitSide' || name === 'emblemSide') return goodPhoto(scene, name);
  const { at: before } = (await scene.caseView()).session!.ticks.find(({ item }) => item === name)!;
  await scene.desk.page.getByTestId(`tick-${name}-clear_yes`).click();
  for (let tries = 0; tries < 40; tries++) {
    const tick = (await scene.caseView()).session!.ticks.find(({ item }) => item === name)!;
    if (tick.at !== before) return;
    await pause(250);
  }
  throw new Error(`not ticked again: ${name}`);
}
