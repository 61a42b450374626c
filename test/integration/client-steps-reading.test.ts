import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeFinding } from '../../contracts/reading.ts';
import type { DocumentReading } from '../../contracts/reading.ts';
import { newId } from '../../server/database/crypto.ts';
import { openDocuments } from '../../server/usecases/cases/open.ts';
import { documentPlace } from '../../server/usecases/client/case.ts';
import { compareBackgroundsJob } from '../../server/usecases/client/compareBackgrounds.ts';
import { readDocumentJob } from '../../server/usecases/client/readDocument.ts';
import type { Services } from '../../server/usecases/services.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseServices, MadeCase } from './case.support.ts';

let app: CaseServices;
let services: Services;
let witnessId: string;
let told: string[];
/** How often two photos were compared; `fails`: the next time breaks. */
let compared: { times: number; fails: boolean };

beforeAll(async () => {
  app = await startCaseServices();
  witnessId = await makeStaff(app.services, ['witness']);
  services = {
    ...app.services,
    hub: { ...app.services.hub, publish: async (topic) => { told.push(topic); } },
    reader: {
      ...app.services.reader,
      read: async (): Promise<DocumentReading> => ({ side: 'portrait', fields: {}, findings: [makeFinding('SIDE_WRONG')] }),
      backgrounds: async () => {
        compared.times++;
        if (compared.fails) { compared.fails = false; throw new Error('the process broke'); }
        await new Promise((done) => setTimeout(done, 20));
        return { findings: [makeFinding('BACKGROUND_DIFFERS', { source: 'upload.portrait', against: 'upload.emblem' })] };
      },
    },
  };
});
beforeEach(() => { told = []; compared = { times: 0, fails: false }; });
afterAll(async () => { await app?.close(); });

/** One side as it was uploaded, in the place of the one before it. */
async function upload({ applicationId }: MadeCase, side: 'portrait' | 'emblem', read = true): Promise<string> {
  const id = newId();
  const { fileId } = await services.store.put({ caseId: applicationId, kind: 'upload', contentType: 'image/jpeg', bytes: Buffer.from(side) });
  const reading: DocumentReading | null = read ? { side, fields: {}, findings: [] } : null;
  await services.db.document.updateMany({ where: { applicationId, side, supersededAt: null }, data: { supersededAt: services.now() } });
  await services.db.document.create({ data: { id, applicationId, side, fileId, width: 1, height: 1, readingEnc: await services.cipher.sealJson(documentPlace(applicationId, id), { reading, findings: [] }), uploadedAt: services.now(), readAt: read ? services.now() : null } });
  return id;
}
const marks = async ({ applicationId }: MadeCase) => (await openDocuments(services, applicationId)).flatMap(({ row, findings }) => findings.map(({ code, againstEvidence }) => [row.side, code, againstEvidence?.picture]));
const compare = ({ applicationId }: MadeCase) => compareBackgroundsJob(services, { applicationId });

describe('a reading that ends during the call', () => {
  test('is seen by whoever approves at this moment, and the witness is told; what it says of the picture is kept (R14, R28)', async () => {
    const one = await makeCase(services, { until: 'accept', witnessId });
    const version = async () => (await services.db.witnessSession.findUniqueOrThrow({ where: { id: one.sessionId } })).version;
    const before = await version();
    const documentId = await upload(one, 'emblem', false);
    await readDocumentJob(services, { applicationId: one.applicationId, documentId });
    expect(await version()).toBe(before + 1);
    expect(told).toContain(`staff:${witnessId}`);
    expect(await marks(one)).toEqual([['emblem', 'SIDE_WRONG', undefined]]);
  });
});

describe('two photos that were not taken in one place are marked (R23)', () => {
  const MARK = [['portrait', 'BACKGROUND_DIFFERS', 'upload.emblem']];
  test('once, also when both sides are read at the same moment, or the work is done again', async () => {
    const one = await makeCase(services, { until: 'accept', witnessId });
    await upload(one, 'portrait');
    await compare(one);
    expect([await marks(one), compared.times]).toEqual([[], 0]);
    await upload(one, 'emblem');
    await Promise.all([compare(one), compare(one)]);
    expect(await marks(one)).toEqual(MARK);
    expect(told).toContain(`staff:${witnessId}`);
    const { times } = compared;
    await compare(one);
    expect([await marks(one), compared.times]).toEqual([MARK, times]);
  });
  test('a mark does not outlive a retake of either side', async () => {
    const one = await makeCase(services, { until: 'submit', witnessId });
    for (const again of ['emblem', 'portrait'] as const) {
      for (const side of ['portrait', 'emblem'] as const) await upload(one, side);
      await compare(one);
      expect(await marks(one)).toEqual(MARK);
      await upload(one, again, false);
      expect(await marks(one)).toEqual([]);
      // The new one is not read yet.
      await compare(one);
      expect(await marks(one)).toEqual([]);
    }
  });
  test('a comparison that failed is done when the work is tried again', async () => {
    const one = await makeCase(services, { until: 'submit', witnessId });
    for (const side of ['portrait', 'emblem'] as const) await upload(one, side);
    compared.fails = true;
    await expect(compare(one)).rejects.toThrow('broke');
    expect(await marks(one)).toEqual([]);
    await compare(one);
    expect(await marks(one)).toEqual(MARK);
  });
});
