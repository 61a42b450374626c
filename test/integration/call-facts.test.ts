import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeFinding } from '../../contracts/reading.ts';
import type { Finding } from '../../contracts/reading.ts';
import { PHOTO_KINDS, SCRIPT } from '../../contracts/script.ts';
import type { PhotoKind } from '../../contracts/script.ts';
import type { StoredFile } from '../../media/ports.ts';
import { newId } from '../../server/database/crypto.ts';
import { changeSession } from '../../server/database/transact.ts';
import { decide } from '../../server/usecases/call/decide.ts';
import { READING_LEASE_MS, keepStill, readPhoto, readPhotoJob, scorePhotoJob, takePhoto } from '../../server/usecases/call/photo.ts';
import { seatOf } from '../../server/usecases/call/seat.ts';
import { openCase } from '../../server/usecases/cases/view.ts';
import { tick } from '../../server/usecases/call/tick.ts';
import { addNegative } from '../../server/usecases/person/negative.ts';
import { policeCheckJob } from '../../server/usecases/police/check.ts';
import { identityIndex } from '../../server/usecases/police/standing.ts';
import type { Services } from '../../server/usecases/services.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { CaseServices, MadeCase } from './case.support.ts';
import { readingOf } from './reading.support.ts';

let app: CaseServices;
let services: Services;
let staffId: string;
let fits: boolean;
/** Frames before the pressed one, and how sharp each picture is by its bytes; what is not named is as sharp as can be. */
let earlier: string[];
let sharpness: Record<string, number>;
let readOf: string[];
let files: Map<string, StoredFile>;
/** What the reader finds on a card. */
let found: Finding[];
/** Whose card is held into the camera: the one of the call begun last. */
let shown: MadeCase;
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
      frameAt: async ({ rtpTimestamp }) => { await pause('frame'); return { png: Buffer.from('frame'), width: 1280, height: 720, producerId: 'p', rtpTimestamp, receivedAtMs: app.clock.at.getTime(), mediaTimeMs: 1000, earlier: earlier.map((text, i) => ({ jpeg: Buffer.from(text), rtpTimestamp: rtpTimestamp - i - 1, mediaTimeMs: 750 - 250 * i })) }; },
    },
    line: { ...({} as Services['line']), free: async () => undefined, snapshot: async () => ({ waiting: [], seats: [] }) as never },
    capture: { judge: async ({ image }) => ({ width: 1280, height: 720, findings: [], figures: { sharpness: sharpness[image.toString()] ?? 1, motion: 0, brightness: 150, blown: 0, glare: 0, widthPx: 900 } }), align: async () => { await pause('align'); return { fits, score: 1 }; } },
    reader: { ...({} as Services['reader']), read: async (image, { expect: side = 'portrait' } = {}) => { readOf.push(image.toString()); await pause('read'); return readingOf(shown.form, side, { findings: found }); } },
    store: {
      ...app.services.store,
      put: async (one) => { const stored = await app.services.store.put(one); files.set(stored.fileId, stored); return stored; },
      remove: async (one) => { await app.services.store.remove(one); files.delete(one.fileId); },
    },
  };
});
beforeEach(() => { app.clock.at = new Date('2026-03-10T10:00:00+08:00'); fits = true; earlier = []; sharpness = {}; readOf = []; found = []; meanwhile = {}; files = new Map(); app.jobs.length = 0; });
afterAll(async () => { await app?.close(); });

const still = { bytes: Buffer.from('still'), width: 1920, height: 1080 };
const live = async (): Promise<MadeCase> => (shown = await makeCase(services, { until: 'accept', witnessId: staffId }));
const photograph = (one: MadeCase, kind: PhotoKind = 'portraitSide') => takePhoto(services, { sessionId: one.sessionId, staffId, kind, producerId: 'p', rtpTimestamp: 9000 });
const kept = async (photoId: string) => {
  const row = await services.db.photo.findUniqueOrThrow({ where: { id: photoId } });
  return { row, ...(await readPhoto(services, row)) };
};
/** A live call in which everything for approve was done. */
const complete = async (): Promise<MadeCase> => {
  const one = await live();
  await services.db.policeCheck.create({ data: { id: newId(), applicationId: one.applicationId, answer: 'match', askedIndex: identityIndex(services, one.form), at: new Date(app.clock.at.getTime() - 60_000) } });
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
    expect(await kept(photoId)).toMatchObject({ reading: { fields: { idNumber: { text: one.form.idNumber } } }, row: { stillFits: true, readAt: expect.any(Date) } });
  });

  test('of a burst the sharpest frame is read, all scores are kept, and no file that is not needed (R20, R21)', async () => {
    const one = await live();
    [earlier, sharpness] = [['shaken', 'sharp', 'dull'], { frame: 0.5, shaken: 0.2, sharp: 0.9, dull: 0.6 }];
    const { photoId } = await photograph(one);
    await readPhotoJob(services, { photoId });
    const { row, readFrom, burst } = await kept(photoId);
    expect([readOf, readFrom]).toEqual([['sharp'], 'burst']);
    expect(burst!.map(({ score }) => score)).toEqual([0.5, 0.2, 0.9, 0.6]);
    expect(burst!.map(({ rtpTimestamp }) => rtpTimestamp)).toEqual([9000, 8999, 8998, 8997]);
    // The photo of record stays the frame that the agent pressed on.
    expect(row.rtpTimestamp).toBe(9000n);
    expect([...files.keys()].sort()).toEqual([row.fileId, row.readFileId!].sort());
  });

  test('the phone’s still is read before frames that are no better, and left when the hand had moved (R20)', async () => {
    const [steady, moved] = [await live(), await live()];
    for (const [one, sharp] of [[steady, 1], [moved, 0.3]] as const) {
      [earlier, sharpness] = [['before'], { still: sharp }];
      const { photoId } = await photograph(one);
      await keepStill(services, { applicationId: one.applicationId, photoId, image: still });
      await readPhotoJob(services, { photoId });
    }
    expect(readOf).toEqual(['still', 'frame']);
  });

  test('a photo of record that can hardly be better is read at once; its neighbours get their score afterwards, and their files go (R20)', async () => {
    const one = await live();
    [earlier, sharpness] = [['before', 'earlier'], { before: 0.4, earlier: 1 }];
    const { photoId } = await photograph(one);
    await readPhotoJob(services, { photoId });
    const first = await kept(photoId);
    expect([readOf, first.readFrom]).toEqual([['frame'], 'record']);
    expect(first.burst!.map(({ score }) => score)).toEqual([1, null, null]);
    expect(app.jobs.map(({ name }) => name)).toContain('photo.score');
    await scorePhotoJob(services, { photoId });
    const then = await kept(photoId);
    expect(then.burst).toEqual([expect.objectContaining({ score: 1 }), expect.objectContaining({ score: 0.4 }), expect.objectContaining({ score: 1 })]);
    expect([...files.keys()]).toEqual([then.row.fileId]);
  });

  test('a photo that is not kept leaves nothing of its burst behind (R20)', async () => {
    const one = await live();
    earlier = ['a', 'b'];
    meanwhile.frame = async () => { await decide(services, { sessionId: one.sessionId, staffId, decision: { decision: 'reject', code: 'N01' } }); };
    await expect(photograph(one)).rejects.toMatchObject({ code: 'SESSION_NOT_LIVE' });
    expect(files.size).toBe(0);
  });

  test('of a photo that is taken again before it was read no frame of the burst stays behind, also when its job comes first or last (R20)', async () => {
    const one = await live();
    earlier = ['a', 'b'];
    const first = await photograph(one);
    const second = await photograph(one);
    await readPhotoJob(services, { photoId: first.photoId });
    await readPhotoJob(services, { photoId: second.photoId });
    await scorePhotoJob(services, { photoId: second.photoId });
    const rows = await services.db.photo.findMany({ where: { sessionId: one.sessionId } });
    expect([...files.keys()].sort()).toEqual(rows.map((row) => row.fileId).sort());
    expect((await kept(first.photoId)).burst!.every((shot) => shot.fileId === undefined)).toBe(true);
  });

  test('a photo that is taken again while it is being read leaves only what was read (R20)', async () => {
    const one = await live();
    [earlier, sharpness] = [['a', 'b'], { frame: 0.1, a: 0.9 }];
    const { photoId } = await photograph(one);
    meanwhile.read = async () => { earlier = []; await photograph(one); };
    await readPhotoJob(services, { photoId });
    const rows = await services.db.photo.findMany({ where: { sessionId: one.sessionId } });
    expect([...files.keys()].sort()).toEqual(rows.flatMap((row) => [row.fileId, ...(row.readFileId && row.readFileId !== row.fileId ? [row.readFileId] : [])]).sort());
    expect(rows.find((row) => row.id === photoId)!.readFileId).not.toBeNull();
  });

  test('when a frame of the burst cannot be kept, nothing of the photo is (R20)', async () => {
    const one = await live();
    earlier = ['a', 'unkept', 'c'];
    const failing: Services = { ...services, store: { ...services.store, put: async (file) => { if (file.bytes.toString() === 'unkept') throw new Error('disk full'); return services.store.put(file); } } };
    await expect(takePhoto(failing, { sessionId: one.sessionId, staffId, kind: 'portraitSide', producerId: 'p', rtpTimestamp: 9000 })).rejects.toThrow('disk full');
    expect(files.size).toBe(0);
    expect(await services.db.photo.count({ where: { sessionId: one.sessionId } })).toBe(0);
  });

  test('of two processes that read one photo, the slower one does not drop the picture that was read (R20)', async () => {
    const one = await live();
    [earlier, sharpness] = [['sharp', 'dull'], { frame: 0.1, sharp: 0.9, dull: 0.2 }];
    const { photoId } = await photograph(one);
    meanwhile.read = async () => {
      // The first is held up for longer than its claim; meanwhile another reads, and finds the second frame the best.
      app.clock.at = new Date(app.clock.at.getTime() + READING_LEASE_MS + 1_000);
      sharpness = { frame: 0.1, sharp: 0.2, dull: 0.9 };
      await readPhotoJob(services, { photoId });
    };
    await readPhotoJob(services, { photoId });
    const { row, burst } = await kept(photoId);
    expect([...files.keys()].sort()).toEqual([row.fileId, row.readFileId!].sort());
    expect(burst!.filter((shot) => shot.fileId !== undefined)).toEqual([expect.objectContaining({ fileId: row.readFileId, score: 0.9 })]);
  });

  test('a frame of another scene is not read however sharp it is, and keeps its score; what was read is kept with its hash (R20)', async () => {
    const one = await live();
    [earlier, sharpness] = [['elsewhere', 'same'], { frame: 0.3, elsewhere: 0.9, same: 0.6 }];
    const asked: { background?: boolean | undefined }[] = [];
    const aligning: Services = { ...services, capture: {
      judge: (options) => { asked.push(options); return services.capture.judge(options); },
      align: async (record, frame, options) => { expect(record.toString()).toBe('frame'); asked.push(options ?? {}); return { fits: frame.toString() !== 'elsewhere', score: 1 }; },
    } };
    const { photoId } = await photograph(one);
    await readPhotoJob(aligning, { photoId });
    const { row, burst, readFrom } = await kept(photoId);
    expect([readOf, readFrom]).toEqual([['same'], 'burst']);
    expect(burst!.map(({ score }) => score)).toEqual([0.3, 0.9, 0.6]);
    expect(row.readSha256).toBe(files.get(row.readFileId!)!.saltedSha256);
    // Nobody waits for it at a screen: clients who upload come first.
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.every(({ background }) => background === true)).toBe(true);
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

  test('a card photo in which no card was found is not approved: the server refuses and names it (R21, R28)', async () => {
    const one = await complete();
    const { photoId } = await photograph(one);
    found = [makeFinding('CARD_NOT_FOUND')];
    await readPhotoJob(services, { photoId });
    await expect(approve(one)).rejects.toMatchObject({ code: 'FINDING_BLOCKS', detail: { items: ['photo.portraitSide'] } });
    expect(await sessionOf(one)).toMatchObject({ state: 'live', decision: null });
  });

  test('nobody approves on a card that was not read, however long the reading takes (R14, R28)', async () => {
    const one = await complete();
    await photograph(one);
    app.clock.at = new Date(app.clock.at.getTime() + 600_000);
    await expect(approve(one)).rejects.toMatchObject({ code: 'PHOTOS_INCOMPLETE', detail: { items: ['reading.portraitSide'] } });
  });

  test('while the client is away approve is refused, and the case says what it waits for (R28, R30)', async () => {
    const one = await complete();
    await changeSession(services.db, { sessionId: one.sessionId, event: 'interrupt', actor: { kind: 'system' } }, { interruptedAt: services.now() });
    await expect(approve(one)).rejects.toMatchObject({ code: 'SESSION_NOT_LIVE' });
    const view = await openCase(services, { applicationId: one.applicationId, reader: { staffId, roles: ['witness'] } });
    expect(view.session?.missing.map((m) => m.code)).toEqual(['client']);
  });

  test('the reviewer is told every answer in its order and each interruption (R24, R30)', async () => {
    const one = await live();
    const { sessionId, applicationId } = one;
    const at = (seconds: number): Date => new Date(services.now().getTime() + seconds * 1000);
    for (const [i, answer] of (['no', 'unclear', 'clear_yes'] as const).entries()) await services.db.scriptTick.create({ data: { sessionId, item: 'ownWill', answer, at: at(i), mediaTimeMs: i * 1000 } });
    await services.db.sessionEvent.createMany({ data: [
      { sessionId, type: 'live', at: at(0) }, { sessionId, type: 'lost', at: at(1), codes: { role: 'client' } }, { sessionId, type: 'interrupted', at: at(1), codes: { cause: 'peer_lost' } }, { sessionId, type: 'live', at: at(4) },
    ] });
    const { session } = await openCase(services, { applicationId, reader: { staffId, roles: ['witness'] } });
    expect(session?.answers.filter((a) => a.item === 'ownWill').map((a) => a.answer)).toEqual(['no', 'unclear', 'clear_yes']);
    expect(session?.breaks).toEqual([{ what: 'call', cause: 'client_lost', from: at(1).toISOString(), to: at(4).toISOString() }]);
    expect(session?.recordedOnce).toBe(false);
  });

  test('how many calls were accepted since going online does not start anew when the page is reloaded (R2)', async () => {
    const witnessId = await makeStaff(services, ['witness']);
    await services.db.seatCheck.create({ data: { staffId: witnessId, result: {}, passed: true, at: new Date(services.now().getTime() - 60_000) } });
    const one = await makeCase(services, { until: 'accept', witnessId });
    expect(await seatOf(services, witnessId)).toEqual({ state: 'busy', sessionId: one.sessionId, applicationId: one.applicationId, onlineSince: new Date(services.now().getTime() - 60_000).toISOString(), accepted: 1 });
  });

  test('who was rejected before is shown as such, with day, code and case: of this case, of another one, by a witness or in second review (R16)', async () => {
    const [one, other] = [await live(), await live()];
    const reject = (id: string) => decide(services, { sessionId: id, staffId, decision: { decision: 'reject', code: 'P01' } });
    await reject(one.sessionId);
    await services.db.application.update({ where: { id: one.applicationId }, data: { idNumberIndex: (await services.db.application.findUniqueOrThrow({ where: { id: other.applicationId } })).idNumberIndex } });
    await services.db.review.create({ data: { applicationId: one.applicationId, reviewerId: staffId, decision: 'reject', code: 'D01', at: services.now() } });
    for (const { applicationId } of [one, other]) {
      const { warnings } = await openCase(services, { applicationId, reader: { staffId, roles: ['witness'] } });
      const said = warnings.filter((w) => w.code === 'EARLIER_REJECTION').map((w) => w.said);
      expect(said.sort()).toEqual([expect.stringMatching(/^2026-03-10 D01 /), expect.stringMatching(/^2026-03-10 P01 /)]);
    }
  });

  test('a “no” that is ticked between the check and the decision is not approved (R24, R28)', async () => {
    const one = await complete();
    meanwhile.coverage = async () => { await tick(services, { sessionId: one.sessionId, staffId, item: 'ownWill', answer: 'no' }); };
    await expect(approve(one)).rejects.toMatchObject({ code: 'SCRIPT_INCOMPLETE', detail: { items: ['script.ownWill'] } });
    expect(await sessionOf(one)).toMatchObject({ state: 'live' });
  });

  test('a number put on the negative list, or a police check that answers otherwise, between the check and the decision is not approved (R16, R22, R28)', async () => {
    const [listed, answered] = [await complete(), await complete()];
    meanwhile.coverage = async () => { await addNegative(services, { staffId, idNumber: listed.form.idNumber, reason: 'forged papers' }); };
    await expect(approve(listed)).rejects.toMatchObject({ code: 'FINDING_BLOCKS', detail: { items: ['finding.NEGATIVE_LIST'] } });
    const police = { ask: async () => ({ answer: 'nameMismatch' as const, attempts: 1 }) };
    meanwhile.coverage = () => policeCheckJob(services, police, { applicationId: answered.applicationId });
    await expect(approve(answered)).rejects.toMatchObject({ code: 'FINDING_BLOCKS', detail: { items: ['finding.POLICE_NAME_MISMATCH'] } });
  });

  test('a client over the firm’s upper age is not approved, whenever the limit came (R10)', async () => {
    const one = await complete();
    await expect(decide({ ...services, upperAge: 30 }, { sessionId: one.sessionId, staffId, decision: { decision: 'approve' } })).rejects.toMatchObject({ detail: { items: ['finding.AGE_OVER_LIMIT'] } });
    await approve(one);
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
