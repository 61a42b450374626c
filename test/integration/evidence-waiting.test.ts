import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../server/database/crypto.ts';
import { recordJob, publishJob } from '../../server/usecases/evidence/jobs.ts';
import { waitingToBeRecorded } from '../../server/usecases/evidence/waiting.ts';
import type { MadeCase } from './case.support.ts';
import { startEvidence } from './evidence.support.ts';
import type { EvidenceKit } from './evidence.support.ts';

let kit: EvidenceKit;
beforeAll(async () => { kit = await startEvidence(); });
afterAll(() => kit?.close());

const HOUR_S = 3600;
const now = (): void => { kit.app.clock.at = new Date(); };
async function recorded(): Promise<MadeCase> {
  now();
  const made = await kit.witnessed();
  kit.wait(20);
  await recordJob(kit.services, kit.app.evidence, made.applicationId);
  now();
  return made;
}
/** As the program writes one, under its own log-in. */
const answer = (sessionId: string, at = kit.app.clock.at) => kit.services.db.scriptTick.create({ data: { id: newId(), sessionId, item: 'riskKnown', answer: 'clear_yes', mediaTimeMs: 3000, at } });
const waiting = (applicationId: string) => waitingToBeRecorded(kit.services.db, { applicationId });

describe('What is written and not in the manifest yet (R42)', () => {
  test('is counted, is no finding while the recorder is seconds behind, and is gone once it is recorded', async () => {
    const { applicationId, sessionId } = await recorded();
    expect(await waiting(applicationId)).toEqual({ rows: 0, since: null });
    await answer(sessionId);
    expect(await waiting(applicationId)).toEqual({ rows: 1, since: expect.any(Date) });
    expect(await kit.live(applicationId)).toEqual([]);
    await publishJob(kit.services, kit.app.evidence);
    expect(await waiting(applicationId)).toEqual({ rows: 0, since: null });
    expect(await kit.live(applicationId)).toEqual([]);
  });

  test('is a finding when it waits longer than an hour: a job that stopped, or was stopped, is seen', async () => {
    const { applicationId, sessionId } = await recorded();
    const { id } = await answer(sessionId);
    kit.wait(HOUR_S - 60);
    expect(await kit.live(applicationId)).toEqual([]);
    kit.wait(120);
    expect(await kit.live(applicationId)).toEqual([{ what: 'late', where: `tick:${id}` }]);
    await recordJob(kit.services, kit.app.evidence, applicationId);
    expect(await kit.live(applicationId)).toEqual([]);
  });

  test('is a finding too when a row says that it is of tomorrow: how long it waits is told by its write, not by the row', async () => {
    const { applicationId, sessionId } = await recorded();
    const { id } = await answer(sessionId, new Date(Date.now() + 30 * 24 * HOUR_S * 1000));
    kit.wait(HOUR_S + 60);
    expect(await kit.live(applicationId)).toEqual([{ what: 'late', where: `tick:${id}` }]);
  });

  test('is found within minutes when somebody took it off the list of what is to be recorded', async () => {
    const { applicationId, sessionId } = await recorded();
    const { id } = await answer(sessionId, new Date(Date.now() + 30 * 24 * HOUR_S * 1000));
    await kit.services.db.manifestDue.deleteMany({ where: { applicationId } });
    kit.wait(240);
    expect(await kit.live(applicationId)).toEqual([{ what: 'unrecorded', where: `tick:${id}` }]);
  });

  test('a row that was changed long after its line, and whose change waits, is late and not taken for edited', async () => {
    const { applicationId, sessionId } = await recorded();
    await kit.services.db.photo.updateMany({ where: { sessionId }, data: { supersededAt: kit.app.clock.at } });
    kit.wait(HOUR_S + 60);
    expect((await kit.live(applicationId)).map(({ what, where }) => `${what}: ${where.split(':', 1)[0]}`)).toEqual(['late: photo']);
  });

  test('a damaged thing that stays on the list is named once, as what it is', async () => {
    const { applicationId, sessionId } = await recorded();
    await kit.asSuperuser(() => kit.owner.query(`UPDATE script_tick SET answer = 'unclear' WHERE session_id = $1`, [sessionId]));
    kit.wait(2 * HOUR_S);
    await recordJob(kit.services, kit.app.evidence, applicationId);
    expect((await kit.live(applicationId)).map(({ what }) => what)).toEqual(['edited']);
  });

  test('of a destroyed case nothing waits', async () => {
    const { applicationId } = await recorded();
    const { destroyCase } = await import('../../server/usecases/retention/destroy.ts');
    await destroyCase(kit.app.services, { keys: kit.app.services.keys, evidence: kit.app.evidence }, { applicationId, actor: { kind: 'system' } });
    expect(await waiting(applicationId)).toEqual({ rows: 0, since: null });
    kit.wait(2 * HOUR_S);
    expect((await kit.live(applicationId)).filter(({ what }) => what === 'late')).toEqual([]);
  });
});
