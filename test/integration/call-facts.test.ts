import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DocumentReading } from '../../contracts/reading.ts';
import { PHOTO_KINDS, SCRIPT } from '../../contracts/script.ts';
import type { PhotoKind } from '../../contracts/script.ts';
import type { StoredFile } from '../../media/ports.ts';
import { newId } from '../../server/database/crypto.ts';
import { decide } from '../../server/usecases/call/decide.ts';
import { READING_LEASE_MS, keepStill, readPhoto, readPhotoJob, takePhoto } from '../../server/usecases/call/photo.ts';
import { tick } from '../../server/usecases/call/tick.ts';
import type { Services } from '../../server/usecases/services.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseServices, MadeCase } from './case.support.ts';

const NUMBER = '11010519491231002X';
const READING: DocumentReading = { side: 'portrait', fields: { idNumber: { text: NUMBER, confidence: 90 } }, findings: [], engine: 'test', ms: 1 } as unknown as DocumentReading;

let app: CaseServices;
let services: Services;
let staffId: string;
let fits: boolean;
let files: Map<string, StoredFile>;
/** What is done in the middle of a step, by its name. */
let meanwhile: Partial<Record<'align' | 'read' | 'frame' | 'coverage', () => Promise<void>>>;

beforeAll(async () => {
  app = await startCaseServices();
  staffId = await makeStaff(app.services, ['witness']);
  const pause = async (what: keyof typeof meanwhile): Promise<void> => {
    const work = meanwhile[what];
    delete meanwhile[what];
    await work?.();
  };
  services = {
    ...app.services,
    media: {
      ...({} as Services['media']), recorderRunning: () => true, recordingStartedAt: () => 0, closeSession: async () => undefined,
      coverage: async () => { await pause('coverage'); return { status: 'covered', gaps: [] }; },
      frameAt: async ({ rtpTimestamp }) => { await pause('frame'); return { png: Buffer.from('frame'), width: 1280, height: 720, producerId: 'p', rtpTimestamp, receivedAtMs: app.clock.at.getTime(), mediaTimeMs: 1000 }; },
    },
    line: { ...({} as Services['line']), free: async () => undefined, snapshot: async () => ({ waiting: [], seats: [] }) as never },
    capture: { judge: async () => ({ width: 1280, height: 720, findings: [] }), align: async () => { await pause('align'); return { fits, score: 1 }; } },
    reader: { read: async () => { await pause('read'); return READING; } },
    store: {
      ...app.services.store,
      put: async (one) => { const stored = await app.services.store.put(one); files.set(stored.fileId, stored); return stored; },
      remove: async (one) => { await app.services.store.remove(one); files.delete(one.fileId); },
    },
  };
});
beforeEach(() => { app.clock.at = new Date('2026-03-10T10:00:00+08:00'); fits = true; meanwhile = {}; files = new Map(); app.jobs.length = 0; });
afterAll(async () => { await app?.close(); });

const still = { bytes: Buffer.from('still'), width: 1920, height: 1080 };
const live = (): Promise<MadeCase> => makeCase(services, { until: 'accept', witnessId: staffId });
const photograph = (one: MadeCase, kind: PhotoKind = 'portraitSide') => takePhoto(services, { sessionId: one.sessionId, staffId, kind, producerId: 'p', rtpTimestamp: 9000 });
const kept = async (photoId: string) => {
  const row = await services.db.photo.findUniqueOrThrow({ where: { id: photoId } });
  return { row, ...(await readPhoto(services, row)) };
};
/** A live call in which everything for approve was done. */
const complete = async (): Promise<MadeCase> => {
  const one = await live();
  await services.db.policeCheck.create({ data: { id: newId(), applicationId: one.applicationId, answer: 'match' } });
  for (const { id } of SCRIPT) await tick(services, { sessionId: one.sessionId, staffId, item: id, answer: 'clear_yes' });
  for (const kind of PHOTO_KINDS) {
    const { photoId } = await photograph(one, kind);
    if (kind !== 'face') await readPhotoJob(services, { photoId });
  }
  return one;
};
const approve = (one: MadeCase) => decide(services, { sessionId: one.sessionId, staffId, decision: { decision: 'approve' } });
const sessionOf = (one: MadeCase) => services.db.witnessSession.findUniqueOrThrow({ where: { id: one.sessionId } });

describe('the reading and the phone’s still of one photo', () => {
  test('what was read of a photo is not lost when the phone’s still comes late (R14, R20)', async () => {
    const one = await live();
    const { photoId } = await photograph(one);
    meanwhile.align = () => readPhotoJob(services, { photoId });
    await keepStill(services, { applicationId: one.applicationId, photoId, image: still });
    expect(await kept(photoId)).toMatchObject({ reading: { fields: { idNumber: { text: NUMBER } } }, row: { stillFits: true, readAt: expect.any(Date) } });
  });

  test('that a still does not fit stays named when the reading ends after it (R20)', async () => {
    const one = await live();
    const { photoId } = await photograph(one);
    fits = false;
    meanwhile.read = () => keepStill(services, { applicationId: one.applicationId, photoId, image: still });
    await readPhotoJob(services, { photoId });
    const found = await kept(photoId);
    expect(found.reading).not.toBeNull();
    expect(found.findings.map((f) => f.code)).toEqual(['STILL_DOES_NOT_FIT']);
    expect(found.row.findingCodes).toContain('STILL_DOES_NOT_FIT');
  });

  test('a still that comes after the decision, after a newer photo, or twice at once is refused and leaves no file (R20)', async () => {
    const [closed, again, twice] = [await live(), await live(), await live()];
    const first = await photograph(closed);
    meanwhile.align = async () => { await decide(services, { sessionId: closed.sessionId, staffId, decision: { decision: 'reject', code: 'N01' } }); };
    await expect(keepStill(services, { applicationId: closed.applicationId, photoId: first.photoId, image: still })).rejects.toMatchObject({ code: 'STATE_NOT_ALLOWED' });
    const old = await photograph(again);
    meanwhile.align = async () => { await photograph(again); };
    await expect(keepStill(services, { applicationId: again.applicationId, photoId: old.photoId, image: still })).rejects.toMatchObject({ code: 'STATE_NOT_ALLOWED' });
    const { photoId } = await photograph(twice);
    const both = await Promise.allSettled([1, 2].map(() => keepStill(services, { applicationId: twice.applicationId, photoId, image: still })));
    expect(both.filter((o) => o.status === 'fulfilled')).toHaveLength(1);
    const named = await services.db.photo.findMany({ select: { fileId: true, stillFileId: true } });
    const ids = named.flatMap((row) => [row.fileId, row.stillFileId]);
    expect([...files.keys()].filter((id) => !ids.includes(id))).toEqual([]);
  });

  test('a photo whose reader was killed is read by the next one (R14)', async () => {
    const one = await live();
    const { photoId } = await photograph(one);
    let killed: () => void = () => undefined;
    meanwhile.read = () => new Promise((resolve) => { killed = resolve; });
    const dead = readPhotoJob(services, { photoId });
    while (meanwhile.read) await new Promise((done) => setTimeout(done, 10));
    app.jobs.length = 0;
    await readPhotoJob(services, { photoId });
    expect((await kept(photoId)).reading).toBeNull();
    // It comes back by itself, when the claim of the first has run out.
    expect(app.jobs).toMatchObject([{ name: 'photo.read', data: { photoId } }]);
    app.clock.at = new Date(app.clock.at.getTime() + READING_LEASE_MS + 1_000);
    await readPhotoJob(services, { photoId });
    expect((await kept(photoId)).reading).not.toBeNull();
    killed();
    await dead;
    expect(await services.db.sessionEvent.count({ where: { refId: photoId, type: 'read' } })).toBe(1);
  });
});

describe('what was checked for approve is what is approved (R28)', () => {
  test('everything done is approved', async () => {
    const one = await complete();
    await approve(one);
    expect(await sessionOf(one)).toMatchObject({ state: 'closed', outcome: 'passed' });
  });

  test('a “no” that is ticked between the check and the decision is not approved (R24, R28)', async () => {
    const one = await complete();
    meanwhile.coverage = async () => { await tick(services, { sessionId: one.sessionId, staffId, item: 'ownWill', answer: 'no' }); };
    await expect(approve(one)).rejects.toMatchObject({ code: 'SCRIPT_INCOMPLETE', detail: { items: ['script.ownWill'] } });
    expect(await sessionOf(one)).toMatchObject({ state: 'live' });
  });

  test('a harmless tick in between does not refuse the agent: it is checked again and approved', async () => {
    const one = await complete();
    meanwhile.coverage = async () => { await tick(services, { sessionId: one.sessionId, staffId, item: 'ownWill', answer: 'clear_yes' }); };
    await approve(one);
    expect(await sessionOf(one)).toMatchObject({ outcome: 'passed' });
  });

  test('a reading that ends in the background costs the agent nothing', async () => {
    const one = await complete();
    const { version } = await sessionOf(one);
    const face = await services.db.photo.findFirstOrThrow({ where: { sessionId: one.sessionId, kind: 'face' } });
    await keepStill(services, { applicationId: one.applicationId, photoId: face.id, image: still });
    expect((await sessionOf(one)).version).toBe(version);
  });

  test('a photo begun before approve does not take the place of the approved one, and leaves no file (R20)', async () => {
    const one = await complete();
    const before = await services.db.photo.findFirstOrThrow({ where: { sessionId: one.sessionId, kind: 'face', supersededAt: null } });
    const count = files.size;
    meanwhile.frame = async () => { await approve(one); };
    await expect(photograph(one, 'face')).rejects.toMatchObject({ code: 'SESSION_NOT_LIVE' });
    expect(await services.db.photo.findMany({ where: { sessionId: one.sessionId, kind: 'face' } })).toMatchObject([{ id: before.id, supersededAt: null }]);
    expect(files.size).toBe(count);
  });

  test('a tick and the end of the call at the same moment: neither is lost', async () => {
    for (let i = 0; i < 10; i++) {
      const one = await live();
      const [, rejected] = await Promise.allSettled([
        tick(services, { sessionId: one.sessionId, staffId, item: 'ownWill', answer: 'clear_yes' }),
        decide(services, { sessionId: one.sessionId, staffId, decision: { decision: 'reject', code: 'N01' } }),
      ]);
      expect(rejected.status).toBe('fulfilled');
    }
  });

});
