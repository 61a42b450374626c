import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../contracts/errors.ts';
import { newId } from '../../server/database/crypto.ts';
import { decide } from '../../server/usecases/call/decide.ts';
import { keepStill, readPhotoJob, takePhoto } from '../../server/usecases/call/photo.ts';
import { READING_LEASE_MS } from '../../server/usecases/call/photoNotes.ts';
import { scorePhotoJob } from '../../server/usecases/call/settle.ts';
import type { Services } from '../../server/usecases/services.ts';
import { openCall, still } from './call.support.ts';

const call = await openCall();
const { app, services, staffId, stage } = call;

describe('the reading and the phone’s still of one photo', () => {
  test('what was read of a photo is not lost when the phone’s still comes late (R14, R20)', async () => {
    const one = await call.live();
    const { photoId } = await call.photograph(one);
    stage.meanwhile.align = () => readPhotoJob(services, { photoId });
    await keepStill(services, { applicationId: one.applicationId, photoId, image: still });
    expect(await call.kept(photoId)).toMatchObject({ reading: { fields: { idNumber: { text: one.form.idNumber } } }, row: { stillFits: true, readAt: expect.any(Date) } });
  });

  test('of a burst the sharpest frame is read, all scores are kept, and no file that is not needed (R20, R21)', async () => {
    const one = await call.live();
    [stage.earlier, stage.sharpness] = [['shaken', 'sharp', 'dull'], { frame: 0.5, shaken: 0.2, sharp: 0.9, dull: 0.6 }];
    const { photoId } = await call.photograph(one);
    await readPhotoJob(services, { photoId });
    await scorePhotoJob(services, { photoId });
    const { row, readFrom, burst } = await call.kept(photoId);
    expect([stage.readOf, readFrom]).toEqual([['sharp'], 'burst']);
    expect(burst!.map(({ score }) => score)).toEqual([0.5, 0.2, 0.9, 0.6]);
    expect(burst!.map(({ rtpTimestamp }) => rtpTimestamp)).toEqual([9000, 8999, 8998, 8997]);
    // The photo of record stays the frame that the agent pressed on.
    expect(row.rtpTimestamp).toBe(9000n);
    expect([...stage.files.keys()].sort()).toEqual([row.fileId, row.readFileId!].sort());
  });

  test('the phone’s still is read before frames that are no better, and left when the hand had moved (R20)', async () => {
    const [steady, moved] = [await call.live(), await call.live()];
    for (const [one, sharp] of [[steady, 1], [moved, 0.3]] as const) {
      [stage.earlier, stage.sharpness] = [['before'], { still: sharp }];
      const { photoId } = await call.photograph(one);
      await keepStill(services, { applicationId: one.applicationId, photoId, image: still });
      await readPhotoJob(services, { photoId });
    }
    expect(stage.readOf).toEqual(['still', 'frame']);
  });

  test('a photo of record that can hardly be better is read at once; its neighbours get their score afterwards, and their files go (R20)', async () => {
    const one = await call.live();
    [stage.earlier, stage.sharpness] = [['before', 'earlier'], { before: 0.4, earlier: 1 }];
    const { photoId } = await call.photograph(one);
    await readPhotoJob(services, { photoId });
    const first = await call.kept(photoId);
    expect([stage.readOf, first.readFrom]).toEqual([['frame'], 'record']);
    expect(first.burst!.map(({ score }) => score)).toEqual([1, null, null]);
    expect(app.jobs.map(({ name }) => name)).toContain('photo.score');
    await scorePhotoJob(services, { photoId });
    const then = await call.kept(photoId);
    expect(then.burst).toEqual([expect.objectContaining({ score: 1 }), expect.objectContaining({ score: 0.4 }), expect.objectContaining({ score: 1 })]);
    expect([...stage.files.keys()]).toEqual([then.row.fileId]);
  });

  test('a frame of the burst that nobody can decode counts for nothing, and the others are read (R20)', async () => {
    const one = await call.live();
    [stage.earlier, stage.sharpness] = [['broken', 'sharp'], { frame: 0.3, sharp: 0.8 }];
    const judging: Services = { ...services, capture: { ...services.capture, judge: async (options) => {
      if (options.image.toString() === 'broken') throw new AppError('PHOTO_UNDECODABLE');
      return services.capture.judge(options);
    } } };
    const { photoId } = await call.photograph(one);
    await readPhotoJob(judging, { photoId });
    expect(stage.readOf).toEqual(['sharp']);
    expect((await call.kept(photoId)).burst!.map(({ score }) => score)).toEqual([0.3, 0, 0.8]);
  });

  test('whoever dies at any point after the reading leaves no frame behind: the next one names and drops it (R20)', async () => {
    const one = await call.live();
    [stage.earlier, stage.sharpness] = [['a', 'b', 'c'], { frame: 0.1, a: 0.2, b: 0.9, c: 0.3 }];
    const { photoId } = await call.photograph(one);
    const dies = (what: string) => async () => { throw new Error(what); };
    // Before the rest was given to anybody: the queue brings the reading back, and it finds the photo read.
    await expect(readPhotoJob({ ...services, jobs: { ...services.jobs, add: dies('queue gone') } }, { photoId })).rejects.toThrow('queue gone');
    await readPhotoJob(services, { photoId });
    expect(app.jobs.map(({ name }) => name)).toEqual(['photo.score']);
    // Between the files, and between files and names.
    for (const after of [0, 1]) {
      let removed = 0;
      const store = { ...services.store, remove: async (file: { caseId: string; fileId: string }) => { if (removed++ >= after) throw new Error('killed'); await services.store.remove(file); } };
      await expect(scorePhotoJob({ ...services, store }, { photoId })).rejects.toThrow('killed');
    }
    await expect(scorePhotoJob({ ...services, cipher: { ...services.cipher, sealJson: dies('killed') } }, { photoId })).rejects.toThrow('killed');
    expect((await call.kept(photoId)).burst!.filter(({ fileId }) => fileId !== undefined)).toHaveLength(3);
    await scorePhotoJob(services, { photoId });
    const { row, burst } = await call.kept(photoId);
    expect([...stage.files.keys()].sort()).toEqual([row.fileId, row.readFileId!].sort());
    expect(burst!.filter(({ fileId }) => fileId !== undefined)).toEqual([expect.objectContaining({ score: 0.9 })]);
    app.jobs.length = 0;
    await readPhotoJob(services, { photoId });
    expect(app.jobs).toEqual([]);
  });

  test('a frame that cannot be scored keeps no picture lying about; while all are busy it is tried again (R20)', async () => {
    const one = await call.live();
    [stage.earlier, stage.sharpness] = [['before', 'cursed'], { before: 0.4 }];
    const { photoId } = await call.photograph(one);
    await readPhotoJob(services, { photoId });
    const judging = (error: Error): Services => ({ ...services, capture: { ...services.capture, judge: async (options) => {
      if (options.image.toString() === 'cursed') throw error;
      return services.capture.judge(options);
    } } });
    await expect(scorePhotoJob(judging(new AppError('OVERLOADED')), { photoId })).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(stage.files.size).toBe(3);
    await scorePhotoJob(judging(new AppError('INTERNAL')), { photoId });
    const { row, burst } = await call.kept(photoId);
    expect([[...stage.files.keys()], burst!.map(({ score }) => score)]).toEqual([[row.fileId], [1, 0.4, null]]);
  });

  test('a reader that comes too late, after the photo was taken again and its burst dropped, keeps nothing of it (R20)', async () => {
    const one = await call.live();
    [stage.earlier, stage.sharpness] = [['a', 'b'], { frame: 0.1, a: 0.9 }];
    const first = await call.photograph(one);
    stage.meanwhile.read = async () => {
      app.clock.at = new Date(app.clock.at.getTime() + READING_LEASE_MS + 1_000);
      stage.earlier = [];
      await call.photograph(one);
    };
    await readPhotoJob(services, first);
    const { row, burst } = await call.kept(first.photoId);
    expect([row.readAt, row.readFileId, burst!.some(({ fileId }) => fileId !== undefined)]).toEqual([null, null, false]);
    const rows = await services.db.photo.findMany({ where: { sessionId: one.sessionId } });
    expect([...stage.files.keys()].sort()).toEqual(rows.map(({ fileId }) => fileId).sort());
  });

  test('whoever dies while dropping the burst of a photo that was taken again leaves it to the photo’s own job (R20)', async () => {
    const one = await call.live();
    stage.earlier = ['a', 'b'];
    const first = await call.photograph(one);
    stage.earlier = [];
    const dying: Services = { ...services, store: { ...services.store, remove: async () => { throw new Error('killed'); } } };
    await takePhoto(dying, { sessionId: one.sessionId, staffId, kind: 'portraitSide', producerId: 'p', rtpTimestamp: 9000 });
    await readPhotoJob(services, first);
    expect(stage.files.size).toBe(4);
    expect(app.jobs.at(-1)).toMatchObject({ name: 'photo.read', data: { photoId: first.photoId } });
    app.clock.at = new Date(app.clock.at.getTime() + READING_LEASE_MS + 1_000);
    await readPhotoJob(services, first);
    const rows = await services.db.photo.findMany({ where: { sessionId: one.sessionId } });
    expect([...stage.files.keys()].sort()).toEqual(rows.map(({ fileId }) => fileId).sort());
  });

  test('a photo that is not kept leaves nothing of its burst behind (R20)', async () => {
    const one = await call.live();
    stage.earlier = ['a', 'b'];
    stage.meanwhile.frame = async () => { await decide(services, { sessionId: one.sessionId, staffId, decision: { decision: 'reject', code: 'N01' } }); };
    await expect(call.photograph(one)).rejects.toMatchObject({ code: 'SESSION_NOT_LIVE' });
    expect(stage.files.size).toBe(0);
  });

  test('of a photo that is taken again before it was read no frame of the burst stays behind, also when its job comes first or last (R20)', async () => {
    const one = await call.live();
    stage.earlier = ['a', 'b'];
    const first = await call.photograph(one);
    const second = await call.photograph(one);
    await readPhotoJob(services, { photoId: first.photoId });
    await readPhotoJob(services, { photoId: second.photoId });
    await scorePhotoJob(services, { photoId: second.photoId });
    const rows = await services.db.photo.findMany({ where: { sessionId: one.sessionId } });
    expect([...stage.files.keys()].sort()).toEqual(rows.map((row) => row.fileId).sort());
    expect((await call.kept(first.photoId)).burst!.every((shot) => shot.fileId === undefined)).toBe(true);
  });

  test('a photo that is taken again while it is being read leaves only what was read (R20)', async () => {
    const one = await call.live();
    [stage.earlier, stage.sharpness] = [['a', 'b'], { frame: 0.1, a: 0.9 }];
    const { photoId } = await call.photograph(one);
    stage.meanwhile.read = async () => { stage.earlier = []; await call.photograph(one); };
    await readPhotoJob(services, { photoId });
    await scorePhotoJob(services, { photoId });
    const rows = await services.db.photo.findMany({ where: { sessionId: one.sessionId } });
    expect([...stage.files.keys()].sort()).toEqual(rows.flatMap((row) => [row.fileId, ...(row.readFileId && row.readFileId !== row.fileId ? [row.readFileId] : [])]).sort());
    expect(rows.find((row) => row.id === photoId)!.readFileId).not.toBeNull();
  });

  test('when a frame of the burst cannot be kept, nothing of the photo is (R20)', async () => {
    const one = await call.live();
    stage.earlier = ['a', 'unkept', 'c'];
    const failing: Services = { ...services, store: { ...services.store, put: async (file) => { if (file.bytes.toString() === 'unkept') throw new Error('disk full'); return services.store.put(file); } } };
    await expect(takePhoto(failing, { sessionId: one.sessionId, staffId, kind: 'portraitSide', producerId: 'p', rtpTimestamp: 9000 })).rejects.toThrow('disk full');
    expect(stage.files.size).toBe(0);
    expect(await services.db.photo.count({ where: { sessionId: one.sessionId } })).toBe(0);
  });

  test('of two processes that read one photo, the slower one does not drop the picture that was read (R20)', async () => {
    const one = await call.live();
    [stage.earlier, stage.sharpness] = [['sharp', 'dull'], { frame: 0.1, sharp: 0.9, dull: 0.2 }];
    const { photoId } = await call.photograph(one);
    stage.meanwhile.read = async () => {
      // The first is held up for longer than its claim; meanwhile another reads, and finds the second frame the best.
      app.clock.at = new Date(app.clock.at.getTime() + READING_LEASE_MS + 1_000);
      stage.sharpness = { frame: 0.1, sharp: 0.2, dull: 0.9 };
      await readPhotoJob(services, { photoId });
    };
    await readPhotoJob(services, { photoId });
    await scorePhotoJob(services, { photoId });
    const { row, burst } = await call.kept(photoId);
    expect([...stage.files.keys()].sort()).toEqual([row.fileId, row.readFileId!].sort());
    expect(burst!.filter((shot) => shot.fileId !== undefined)).toEqual([expect.objectContaining({ fileId: row.readFileId, score: 0.9 })]);
  });

  test('a frame of another scene is not read however sharp it is, and keeps its score; what was read is kept with its hash (R20)', async () => {
    const one = await call.live();
    [stage.earlier, stage.sharpness] = [['elsewhere', 'same'], { frame: 0.3, elsewhere: 0.9, same: 0.6 }];
    const asked: { background?: boolean | undefined }[] = [];
    const aligning: Services = { ...services, capture: {
      ...services.capture,
      judge: (options) => { asked.push(options); return services.capture.judge(options); },
      align: async (record, frame, options) => { expect(record.toString()).toBe('frame'); asked.push(options ?? {}); return { fits: frame.toString() !== 'elsewhere', score: 1 }; },
    } };
    const { photoId } = await call.photograph(one);
    await readPhotoJob(aligning, { photoId });
    const { row, burst, readFrom } = await call.kept(photoId);
    expect([stage.readOf, readFrom]).toEqual([['same'], 'burst']);
    expect(burst!.map(({ score }) => score)).toEqual([0.3, 0.9, 0.6]);
    expect(row.readSha256).toBe(stage.files.get(row.readFileId!)!.saltedSha256);
    // Nobody waits for it at a screen: clients who upload come first.
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.every(({ background }) => background === true)).toBe(true);
  });

  test('that a still does not fit stays named when the reading ends after it (R20)', async () => {
    const one = await call.live();
    const { photoId } = await call.photograph(one);
    stage.fits = false;
    stage.meanwhile.read = () => keepStill(services, { applicationId: one.applicationId, photoId, image: still });
    await readPhotoJob(services, { photoId });
    const after = await call.kept(photoId);
    expect(after.reading).not.toBeNull();
    expect(after.findings.map((f) => f.code)).toEqual(['STILL_DOES_NOT_FIT']);
    expect(after.row.findingCodes).toContain('STILL_DOES_NOT_FIT');
  });

  test('a still that comes after the decision, after a newer photo, or twice at once is refused and leaves no file (R20)', async () => {
    const [closed, again, twice] = [await call.live(), await call.live(), await call.live()];
    const first = await call.photograph(closed);
    stage.meanwhile.align = async () => { await decide(services, { sessionId: closed.sessionId, staffId, decision: { decision: 'reject', code: 'N01' } }); };
    await expect(keepStill(services, { applicationId: closed.applicationId, photoId: first.photoId, image: still })).rejects.toMatchObject({ code: 'STATE_NOT_ALLOWED' });
    const old = await call.photograph(again);
    stage.meanwhile.align = async () => { await call.photograph(again); };
    await expect(keepStill(services, { applicationId: again.applicationId, photoId: old.photoId, image: still })).rejects.toMatchObject({ code: 'STATE_NOT_ALLOWED' });
    const { photoId } = await call.photograph(twice);
    const both = await Promise.allSettled([1, 2].map(() => keepStill(services, { applicationId: twice.applicationId, photoId, image: still })));
    expect(both.filter((o) => o.status === 'fulfilled')).toHaveLength(1);
    const named = await services.db.photo.findMany({ select: { fileId: true, stillFileId: true } });
    const ids = named.flatMap((row) => [row.fileId, row.stillFileId]);
    expect([...stage.files.keys()].filter((id) => !ids.includes(id))).toEqual([]);
  });

  test('a client who leaves while the still is looked at ends the work on it, wherever it is: nothing of it is kept, and the photo is read without it (R20)', async () => {
    const one = await call.live();
    const stillOf = (photoId: string, signal: AbortSignal) => {
      const handlers = app.handlersOf(services);
      return handlers.still({ params: { photoId }, actor: { kind: 'client', sessionId: newId(), clientId: one.clientId, language: 'zh' }, file: { bytes: still.bytes, mimeType: 'image/jpeg' }, signal } as never);
    };
    for (const at of ['inspect', 'align'] as const) {
      const { photoId } = await call.photograph(one);
      const files = [...stage.files.keys()];
      const leave = new AbortController();
      stage.meanwhile[at] = async () => { leave.abort(new Error('the client went away')); };
      await expect(stillOf(photoId, leave.signal)).rejects.toThrow('the client went away');
      expect([at, ...stage.files.keys()]).toEqual([at, ...files]);
      await readPhotoJob(services, { photoId });
      expect(await call.kept(photoId)).toMatchObject({ readFrom: 'record', row: { stillFileId: null, stillAt: null, readAt: expect.any(Date) } });
    }
    // Nobody waits for a photo that was never stored, either.
    const leave = new AbortController();
    setTimeout(() => leave.abort(new Error('the client went away')), 100);
    const began = Date.now();
    await expect(stillOf(newId(), leave.signal)).rejects.toThrow('the client went away');
    expect(Date.now() - began).toBeLessThan(2_000);
  });

  test('a still that cannot be looked at, because too many wait, leaves no file (R20)', async () => {
    const one = await call.live();
    const { photoId } = await call.photograph(one);
    const files = [...stage.files.keys()];
    stage.meanwhile.align = async () => { await new Promise((done) => setTimeout(done, 300)); throw new AppError('OVERLOADED'); };
    await expect(keepStill(services, { applicationId: one.applicationId, photoId, image: still })).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect([...stage.files.keys()]).toEqual(files);
  });

  test('a photo whose reader was killed is read by the next one (R14)', async () => {
    const one = await call.live();
    const { photoId } = await call.photograph(one);
    let killed: () => void = () => undefined;
    stage.meanwhile.read = () => new Promise((resolve) => { killed = resolve; });
    const dead = readPhotoJob(services, { photoId });
    while (stage.meanwhile.read) await new Promise((done) => setTimeout(done, 10));
    app.jobs.length = 0;
    await readPhotoJob(services, { photoId });
    expect((await call.kept(photoId)).reading).toBeNull();
    // It comes back by itself, when the claim of the first has run out.
    expect(app.jobs).toMatchObject([{ name: 'photo.read', data: { photoId } }]);
    app.clock.at = new Date(app.clock.at.getTime() + READING_LEASE_MS + 1_000);
    await readPhotoJob(services, { photoId });
    expect((await call.kept(photoId)).reading).not.toBeNull();
    killed();
    await dead;
    expect(await services.db.sessionEvent.count({ where: { refId: photoId, type: 'read' } })).toBe(1);
  });
});
