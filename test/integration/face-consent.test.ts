import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { createReader } from '../../review/checks/index.ts';
import type { Reader } from '../../review/checks/index.ts';
import { newId } from '../../server/database/crypto.ts';
import { examineFaceJob } from '../../server/usecases/call/face.ts';
import { openCase } from '../../server/usecases/cases/view.ts';
import type { ReaderPort, Services } from '../../server/usecases/services.ts';
import { pictureService } from '../../server/wiring/ports.ts';
import { fixturePortrait } from '../support/cards/index.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseServices, MadeCase } from './case.support.ts';

let app: CaseServices;
let services: Services;
let pool: Reader;
let witnessId: string;
let portrait: Buffer;
/** What was handed to the face models, before they saw it. */
const handed: Parameters<ReaderPort['face']>[0][] = [];

beforeAll(async () => {
  app = await startCaseServices();
  pool = createReader({ workers: 1 });
  const { reader } = pictureService(pool);
  services = { ...app.services, reader: { ...reader, face: (request) => { handed.push(request); return reader.face(request); } } };
  witnessId = await makeStaff(services, ['witness']);
  portrait = await sharp(await fixturePortrait()).resize({ width: 640 }).png().toBuffer();
}, 120_000);
afterAll(async () => { await pool?.close(); await app?.close(); });

/** A closed call with the photos taken: the case's view needs no running recorder then. */
async function photographed(consent: boolean | null): Promise<MadeCase> {
  const made = await makeCase(services, { until: 'pass', witnessId });
  const { applicationId, sessionId } = made;
  if (consent !== null) await services.db.applicationConsent.create({ data: { id: newId(), applicationId, kind: 'face', version: '1', language: 'zh', sha256: '0'.repeat(64), granted: consent, at: new Date() } });
  for (const kind of ['face', 'portraitSide']) {
    const { fileId } = await services.store.put({ caseId: applicationId, kind: 'photo', contentType: 'image/png', bytes: portrait });
    await services.db.photo.create({ data: { id: newId(), sessionId, applicationId, kind, fileId, producerId: 'p', rtpTimestamp: 1n, mediaTimeMs: 1, receivedAt: new Date(), sha256: 'x', width: 640, height: 640 } });
  }
  handed.length = 0;
  await examineFaceJob(services, { applicationId, sessionId, photoId: newId() });
  return made;
}
const seen = async ({ applicationId }: MadeCase) => (await openCase(services, { applicationId, reader: { staffId: witnessId, roles: ['witness'] } })).session!.photos.find((p) => p.kind === 'face')!.face;

describe('face matching is advice, and runs with the separate consent only (R17)', () => {
  test('with consent the agent sees pose and similarity as sentences, and nothing closes approve by itself', async () => {
    const made = await photographed(true);
    expect(handed.map((request) => request.against?.map(({ reference }) => reference))).toEqual([['card']]);
    const face = await seen(made);
    expect(face).toMatchObject({ faces: 1, advice: { yawDeg: expect.any(Number), similarity: [{ reference: 'card', value: expect.any(Number) }] } });
    // The same face twice.
    expect(face!.advice!.similarity[0]!.value!).toBeGreaterThan(0.8);
    expect(face!.findings.filter((f) => f.code.startsWith('FACE_')).every((f) => !f.blocks)).toBe(true);
  }, 180_000);
  test.each([['refused', false], ['never given', null]] as const)('consent %s: no other picture is handed over, no figure of the face is made or kept', async (_, consent) => {
    const made = await photographed(consent);
    expect(handed).toEqual([{ live: expect.any(Buffer), consent: false }]);
    const face = await seen(made);
    expect(face).toMatchObject({ faces: 1 });
    expect(face).not.toHaveProperty('advice');
  }, 180_000);
});
