import { describe, expect, test } from '@jest/globals';
import type { FrameVerdict } from '../../contracts/sameFrame.ts';
import { PHOTO_KINDS, SCRIPT } from '../../contracts/script.ts';
import { newId } from '../../server/database/crypto.ts';
import { openDatabase } from '../../server/database/index.ts';
import { comparePhotoJob } from '../../server/usecases/call/comparePhoto.ts';
import { decide } from '../../server/usecases/call/decide.ts';
import { keepStill, readPhotoJob } from '../../server/usecases/call/photo.ts';
import { tick } from '../../server/usecases/call/tick.ts';
import { photoImage } from '../../server/usecases/cases/images.ts';
import { openCase } from '../../server/usecases/cases/view.ts';
import { recordCase } from '../../server/usecases/evidence/record.ts';
import { verifyCase } from '../../server/usecases/evidence/verifyLive.ts';
import { identityIndex } from '../../server/usecases/police/standing.ts';
import { decideReview } from '../../server/usecases/review/decide.ts';
import { openReview } from '../../server/usecases/review/open.ts';
import { openCutLine } from '../support/services/cutLine.ts';
import { openCall, still } from './call.support.ts';
import { makeStaff } from './case.support.ts';
import type { MadeCase } from './case.support.ts';

const call = await openCall();
const { app, services, staffId, stage } = call;

const compare = (one: MadeCase, photoId: string) => comparePhotoJob(services, { ...one, photoId });
const approve = (one: MadeCase) => decide(services, { sessionId: one.sessionId, staffId, decision: { decision: 'approve' } });
const comparisons = (photoId: string) => services.db.photoComparison.findMany({ where: { photoId }, orderBy: { at: 'asc' } });
const wait = (ms: number): void => { app.clock.at = new Date(app.clock.at.getTime() + ms); };

/** A live call in which all but the comparison was done. */
async function photographed(): Promise<{ one: MadeCase; face: string; all: string[] }> {
  const one = await call.live();
  await services.db.policeCheck.create({ data: { id: newId(), applicationId: one.applicationId, answer: 'match', askedIndex: identityIndex(services, one.form), at: new Date(app.clock.at.getTime() - 60_000) } });
  for (const { id } of SCRIPT) await tick(services, { sessionId: one.sessionId, staffId, item: id, answer: 'clear_yes' });
  const all: string[] = [];
  for (const kind of PHOTO_KINDS) {
    const { photoId } = await call.photograph(one, kind);
    if (kind !== 'face') await readPhotoJob(services, { photoId });
    all.push(photoId);
  }
  return { one, face: all[PHOTO_KINDS.indexOf('face')]!, all };
}

describe('photos cannot be swapped (R20, R28, R42)', () => {
  test('approve waits until every photo was compared with the recording, and names which are not', async () => {
    const { one, all } = await photographed();
    await expect(approve(one)).rejects.toMatchObject({ code: 'PHOTOS_INCOMPLETE', detail: { items: ['comparing.face', 'comparing.portraitSide', 'comparing.emblemSide'] } });
    for (const photoId of all.slice(1)) await compare(one, photoId);
    // The last result comes while approve waits for it.
    const [approved] = await Promise.all([approve(one), compare(one, all[0]!)]);
    expect(approved).toEqual({ applicationId: one.applicationId });
  });

  test.each([['other', 'PHOTO_NOT_IN_RECORDING'], ['elsewhen', 'PHOTO_OF_OTHER_MOMENT'], ['mirrored', 'PHOTO_MIRRORED'], ['retouched', 'PHOTO_RETOUCHED']] as [FrameVerdict, string][])('a photo that was not in the picture at its second (%s) closes approve and is shown beside the recorded frame, until it is taken again', async (verdict, code) => {
    const { one, face, all } = await photographed();
    for (const photoId of all) {
      stage.compared = { verdict: photoId === face ? verdict : 'same', similarity: 0.7, worst: 3, usual: 0.1, ...(verdict === 'retouched' ? { box: { x: 0.4, y: 0.3, width: 0.1, height: 0.1 } } : {}) };
      await compare(one, photoId);
    }
    await expect(approve(one)).rejects.toMatchObject({ code: 'FINDING_BLOCKS', detail: { items: ['photo.face'] } });
    const reader = { staffId, roles: ['witness'] as const };
    const { session } = await openCase(services, { applicationId: one.applicationId, reader: { ...reader, roles: [...reader.roles] } });
    expect(session!.photos.find(({ photoId }) => photoId === face)!.findings).toMatchObject([{ code, blocks: true, closesApprove: true, evidence: { picture: 'call.face', record: true }, againstEvidence: { picture: 'recorded.face' } }]);
    const recorded = await photoImage(services, { applicationId: one.applicationId, reader: { staffId, roles: ['witness'] }, photoId: face, which: 'recorded' });
    expect(recorded.bytes.toString()).toBe('recorded');
    stage.compared = { verdict: 'same', similarity: 1, worst: 0, usual: 0 };
    await compare(one, (await call.photograph(one, 'face')).photoId);
    await approve(one);
  });

  test('what is not on the disk yet is looked for again; what never comes is named as such, with what to do', async () => {
    const { one, face, all } = await photographed();
    for (const photoId of all) if (photoId !== face) await compare(one, photoId);
    stage.moment = undefined;
    app.jobs.length = 0;
    await compare(one, face);
    expect(app.jobs).toMatchObject([{ name: 'photo.compare', data: { photoId: face } }]);
    expect(await comparisons(face)).toEqual([]);
    await services.db.photo.update({ where: { id: face }, data: { receivedAt: new Date(app.clock.at.getTime() - 60_000) } });
    await compare(one, face);
    expect(await comparisons(face)).toMatchObject([{ verdict: 'undecidable', segmentId: null }]);
    const { session } = await openCase(services, { applicationId: one.applicationId, reader: { staffId, roles: ['witness'] } });
    expect(session!.missing).toMatchObject([{ code: 'photo.face', text: { zh: expect.stringContaining('请重拍') } }]);
  });

  test('a photo whose row tells another time than its frame has is not of that time', async () => {
    const { one, face } = await photographed();
    stage.moment = { offsetMs: 0, lateMs: -8_000 };
    await compare(one, face);
    expect(await comparisons(face)).toMatchObject([{ verdict: 'elsewhen', figures: { offsetMs: expect.any(Number) } }]);
  });

  test('another file put in the place of one that was compared has not been compared', async () => {
    const { one, face, all } = await photographed();
    for (const photoId of all) await compare(one, photoId);
    const other = await app.evidence.store.put({ caseId: one.applicationId, kind: 'photo', contentType: 'image/png', bytes: Buffer.from('somebody else') });
    await services.db.photo.update({ where: { id: face }, data: { fileId: other.fileId, sha256: other.saltedSha256 } });
    await expect(approve(one)).rejects.toMatchObject({ code: 'PHOTOS_INCOMPLETE', detail: { items: ['comparing.face'] } });
  });

  test('what was read instead of the photo of record, the phone’s still or another frame, is compared too', async () => {
    const one = await call.live();
    const { photoId } = await call.photograph(one);
    await compare(one, photoId);
    await keepStill(services, { applicationId: one.applicationId, photoId, image: still });
    stage.fits = false;
    await compare(one, photoId);
    expect(await comparisons(photoId)).toMatchObject([{ picture: 'record', verdict: 'same' }, { picture: 'still', verdict: 'other' }]);
    const kept = await openCase(services, { applicationId: one.applicationId, reader: { staffId, roles: ['witness'] } });
    expect(kept.session!.photos[0]!.findings.map(({ code }) => code)).toContain('STILL_NOT_IN_RECORDING');
    Object.assign(stage, { fits: true, earlier: ['sharp'], sharpness: { frame: 0.3, sharp: 0.9 } });
    const again = await call.photograph(one);
    await readPhotoJob(services, again);
    expect(app.jobs.map(({ name, id }) => `${name} ${id}`)).toContain(`photo.compare ${again.photoId}-compare-read`);
    await compare(one, again.photoId);
    expect((await comparisons(again.photoId)).map(({ picture }) => picture).sort()).toEqual(['read', 'record']);
  });

  test('two that compare at once write one result, and leave no file behind', async () => {
    const { one, face } = await photographed();
    stage.compared = { verdict: 'other', similarity: 0, worst: 5, usual: 1 };
    const before = stage.files.size;
    await Promise.all([compare(one, face), compare(one, face)]);
    expect(await comparisons(face)).toHaveLength(1);
    expect(stage.files.size).toBe(before + 1);
  });

  test('the result is in the manifest, with the recorded frame where they differ; a result, a photo’s row or its file changed later is found (R42)', async () => {
    const { one, face, all } = await photographed();
    stage.compared = { verdict: 'retouched', similarity: 0.9, worst: 3, usual: 0.1 };
    for (const photoId of all) await compare(one, photoId);
    wait(1_000);
    await recordCase(services, app.evidence, one.applicationId);
    const lines = (await services.db.manifestLine.findMany({ where: { applicationId: one.applicationId } })).map(({ line }) => JSON.parse(line) as { type: string; facts: object });
    expect(lines.filter(({ type, facts }) => type === 'photo.compared' && 'verdict' in facts && facts.verdict === 'retouched')).toHaveLength(3);
    expect(lines.filter(({ type }) => type === 'photo.recorded')).toHaveLength(3);
    wait(10 * 60_000);
    const live = () => verifyCase(services, { store: app.evidence.store, signing: [app.evidence.signing], published: [] }, one.applicationId);
    expect(await live()).toEqual([]);
    const other = await app.evidence.store.put({ caseId: one.applicationId, kind: 'photo', contentType: 'image/png', bytes: Buffer.from('somebody else') });
    await services.db.photo.update({ where: { id: face }, data: { fileId: other.fileId, sha256: other.saltedSha256 } });
    expect(await live()).toContainEqual({ what: 'edited', where: `photo:${face}` });
    await expect(services.db.photoComparison.updateMany({ data: { verdict: 'same' } })).rejects.toThrow();
  });

  test('the reviewer does not approve on a photo of which it came out later that it was not in the picture', async () => {
    const { one, face, all } = await photographed();
    for (const photoId of all) await compare(one, photoId);
    await approve(one);
    const reviewer = { staffId: await makeStaff(services, ['reviewer']), roles: ['reviewer' as const] };
    await openReview(services, { applicationId: one.applicationId, reader: reviewer });
    const row = await services.db.photo.findUniqueOrThrow({ where: { id: face } });
    await services.db.photoComparison.create({ data: { id: newId(), applicationId: one.applicationId, sessionId: one.sessionId, photoId: face, picture: 'record', fileId: 'other', sha256: 'other', verdict: 'other', figures: {}, at: app.clock.at } });
    await services.db.photo.update({ where: { id: face }, data: { fileId: 'other', sha256: 'other' } });
    expect(row.fileId).not.toBe('other');
    await expect(decideReview(services, { applicationId: one.applicationId, reader: reviewer, decision: { decision: 'approve' } })).rejects.toMatchObject({ code: 'FINDING_BLOCKS', detail: { items: ['PHOTO_NOT_IN_RECORDING'] } });
  });
});

describe('a database or a store that is away puts a comparison off and accuses nobody (R20, R28)', () => {
  const put = () => app.jobs.filter(({ name }) => name === 'photo.compare').map(({ data }) => data as Parameters<typeof comparePhotoJob>[1]);
  const seconds = 1_000;

  test('a database that cannot be reached: the comparison comes again by itself, and is made when it is back; after an hour it is a fault that is shown', async () => {
    const { one, face } = await photographed();
    const line = await openCutLine(app.database.url);
    const through = openDatabase(line.url);
    const far = { ...services, db: through.prisma };
    try {
      await line.cut();
      app.jobs.length = 0;
      await comparePhotoJob(far, { ...one, photoId: face });
      const [again] = put();
      expect(again).toMatchObject({ photoId: face, firstAwayMs: app.clock.at.getTime() });
      expect(await comparisons(face)).toEqual([]);
      await expect(comparePhotoJob(far, { ...again!, firstAwayMs: app.clock.at.getTime() - 3_600 * seconds })).rejects.toThrow();
      await line.mend();
      await comparePhotoJob(far, again!);
      expect(await comparisons(face)).toMatchObject([{ verdict: 'same' }]);
      expect(put()).toHaveLength(1);
    } finally {
      await through.close();
      await line.close();
    }
  });

  test('a store that fails: the same; what it still fails with after an hour is a fault that is shown', async () => {
    const { one, face } = await photographed();
    const failing = { ...services, store: { ...services.store, read: async () => { throw Object.assign(new Error('the store'), { code: 'EIO' }); } } };
    app.jobs.length = 0;
    await comparePhotoJob(failing, { ...one, photoId: face });
    wait(60 * seconds);
    await comparePhotoJob(failing, put()[0]!);
    expect(put()[1]).toMatchObject({ firstAwayMs: app.clock.at.getTime() - 60 * seconds, lastAwayMs: app.clock.at.getTime() });
    expect(await comparisons(face)).toEqual([]);
    // Back, and the recorder has not yet written what waited for it.
    stage.moment = undefined;
    wait(5 * seconds);
    await comparePhotoJob(services, put()[1]!);
    expect(await comparisons(face)).toEqual([]);
    stage.moment = { offsetMs: 0, lateMs: -65 * seconds };
    await comparePhotoJob(services, put()[2]!);
    expect(await comparisons(face)).toMatchObject([{ verdict: 'same' }]);
    wait(3_600 * seconds);
    await expect(comparePhotoJob(failing, { ...put()[0]!, photoId: (await photographed()).face })).rejects.toMatchObject({ code: 'EIO' });
  });

  test('a frame that waits in the recorder’s memory for a full disk is waited for, and counts as not recorded only when it does not come after that', async () => {
    const { one, face } = await photographed();
    const recorder = (running: boolean) => services.db.recorderFact.create({ data: { sessionId: one.sessionId, running, at: app.clock.at, cause: running ? null : 'disk_full' } });
    stage.moment = undefined;
    await recorder(false);
    wait(90 * seconds);
    await compare(one, face);
    expect(await comparisons(face)).toEqual([]);
    await recorder(true);
    wait(5 * seconds);
    await compare(one, face);
    expect(await comparisons(face)).toEqual([]);
    wait(20 * seconds);
    await compare(one, face);
    expect(await comparisons(face)).toMatchObject([{ verdict: 'undecidable', segmentId: null }]);
  });
});
