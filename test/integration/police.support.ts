import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import type { PoliceAnswer } from '../../contracts/police.ts';
import type { MediaHost } from '../../media/ports.ts';
import { newId } from '../../server/database/crypto.ts';
import { missingOf } from '../../server/usecases/call/decide.ts';
import { openCase } from '../../server/usecases/cases/view.ts';
import { policeCheckJob } from '../../server/usecases/police/check.ts';
import { createPolice } from '../../server/usecases/police/port.ts';
import type { Services } from '../../server/usecases/services.ts';
import { startTestSimulators } from '../support/simulators/index.ts';
import type { TestSimulators } from '../support/simulators/index.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseServices, MadeCase } from './case.support.ts';

export let app: CaseServices;
export let services: Services;
export let sim: TestSimulators;
export let witnessId: string;
export let png: Buffer;

/** The finding of an answer: nameMismatch → POLICE_NAME_MISMATCH. */
export const findingOf = (answer: PoliceAnswer): string => `POLICE_${answer.replace(/[A-Z]/g, '_$&').toUpperCase()}`;
export const hash = (number: string): string => createHash('sha256').update(number).digest('hex');
export const quick = { timeoutMs: 1_500, pausesMs: [20, 40] };
export const code = (value: string) => expect.objectContaining({ code: value });

/** A call under way whose recorder holds everything: here only the police check stands in the way. */
export const MEDIA = { recorderRunning: () => true, recordingStartedAt: () => undefined, coverage: async () => ({ status: 'covered' }) } as unknown as MediaHost;

/** The scene is opened before the file's first test and closed after its last. */
export function policeScene(): void {
  beforeAll(async () => {
    [app, sim] = await Promise.all([startCaseServices(), startTestSimulators()]);
    services = { ...app.services, media: MEDIA };
    witnessId = await makeStaff(services, ['witness'], '张敏');
    png = await sharp({ create: { width: 320, height: 240, channels: 3, background: '#a98' } }).png().toBuffer();
  });
  afterEach(async () => { await sim.clear(); app.jobs.length = 0; });
  afterAll(async () => { await app?.close(); await sim?.close(); });
}

export const inCall = (): Promise<MadeCase> => makeCase(services, { until: 'accept', witnessId });
export const consent = (applicationId: string, granted: boolean) => services.db.applicationConsent.create({ data: { id: newId(), applicationId, kind: 'face', version: '1', language: 'zh', sha256: '0'.repeat(64), granted, at: new Date() } });
export async function photograph({ applicationId, sessionId }: MadeCase, kind = 'face'): Promise<string> {
  const id = newId();
  const { fileId } = await services.store.put({ caseId: applicationId, kind: 'photo', contentType: 'image/png', bytes: png });
  await services.db.photo.updateMany({ where: { sessionId, kind, supersededAt: null }, data: { supersededAt: new Date() } });
  await services.db.photo.create({ data: { id, sessionId, applicationId, kind, fileId, producerId: 'p', rtpTimestamp: 1n, mediaTimeMs: 1, receivedAt: new Date(), sha256: 'x', width: 320, height: 240 } });
  return id;
}
export const check = (applicationId: string, more: { photoId?: string; round?: number } = {}, url: string | undefined = sim.urls.police) => policeCheckJob(services, createPolice(url, services.log, quick), { applicationId, ...more });
export const view = async ({ applicationId }: MadeCase) => openCase(services, { applicationId, reader: { staffId: witnessId, roles: ['witness'] } });
export const missing = async ({ sessionId }: MadeCase) => (await missingOf(services, await services.db.witnessSession.findUniqueOrThrow({ where: { id: sessionId } }))).map((m) => m.code).filter((c) => c.includes('POLICE'));
export const requests = async (applicationId: string) => (await sim.log(applicationId)).filter(({ system }) => system === 'police');
