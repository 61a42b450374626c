import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { policeAnswer } from '../../contracts/police.ts';
import type { PoliceAnswer } from '../../contracts/police.ts';
import { policeCheckJob } from '../../server/usecases/call/police.ts';
import { caseFindings } from '../../server/usecases/cases/findings.ts';
import { startTestSimulators } from '../support/simulators/index.ts';
import type { TestSimulators } from '../support/simulators/index.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseServices } from './case.support.ts';

let app: CaseServices;
let sim: TestSimulators;
let applicationId: string;
beforeAll(async () => {
  [app, sim] = await Promise.all([startCaseServices(), startTestSimulators()]);
  applicationId = (await makeCase(app.services, { until: 'submit', witnessId: await makeStaff(app.services, ['witness']) })).applicationId;
});
afterEach(() => sim.clear());
afterAll(async () => {
  await sim?.close();
  await app?.close();
});

const found = async () => caseFindings(app.services, await app.services.db.application.findUniqueOrThrow({ where: { id: applicationId } }), []);

const SHOWN: Record<PoliceAnswer, [string] | []> = {
  match: [], nameMismatch: ['POLICE_NAME_MISMATCH'], photoMismatch: ['POLICE_PHOTO_MISMATCH'], badImage: ['POLICE_BAD_IMAGE'],
  noPhoto: ['POLICE_NO_PHOTO'], noRecord: ['POLICE_NO_RECORD'], unavailable: ['POLICE_UNAVAILABLE'],
};

describe('the police check’s answers reach the agent (R22)', () => {
  test.each(policeAnswer.options)('%s is kept and shown by its own name', async (answer) => {
    if (answer === 'unavailable') await sim.put('police', { down: true });
    else if (answer !== 'match') await sim.put('police', { errorCode: answer });
    await policeCheckJob(app.services, sim.urls.police, { applicationId });
    const { police, warnings } = await found();
    expect(police?.answer).toBe(answer);
    expect(warnings.filter(({ rule }) => rule === 'R22').map(({ code }) => code)).toEqual(SHOWN[answer]);
  });

  test('a name that does not match closes approve', async () => {
    await sim.put('police', { errorCode: 'nameMismatch' });
    await policeCheckJob(app.services, sim.urls.police, { applicationId });
    expect((await found()).warnings).toEqual(expect.arrayContaining([expect.objectContaining({ code: 'POLICE_NAME_MISMATCH', severity: 'blocking' })]));
  });
});
