import { beforeAll, describe, expect, test } from '@jest/globals';
import { replayNews as newsContract, replayView } from '../../contracts/http/staff.ts';
import type { ReplayView } from '../../contracts/http/staff.ts';
import { makeFinding } from '../../contracts/reading.ts';
import { withNews } from '../../review/replay/news.ts';
import { newId } from '../../server/database/crypto.ts';
import { changeSession } from '../../server/database/transact.ts';
import { note } from '../../server/usecases/call/note.ts';
import { readPhotoJob } from '../../server/usecases/call/photo.ts';
import { tick } from '../../server/usecases/call/tick.ts';
import type { Reader } from '../../server/usecases/cases/access.ts';
import { openReplay, replayNews } from '../../server/usecases/replay/open.ts';
import { openCall } from './call.support.ts';
import { makeStaff } from './case.support.ts';
import type { MadeCase } from './case.support.ts';

const { app, services, staffId, stage, live, photograph } = await openCall();
let auditor: Reader;
beforeAll(async () => { auditor = { staffId: await makeStaff(services, ['auditor'], '稽核甲'), roles: ['auditor'] }; });

const { db } = services;
const after = (ms: number): Date => (app.clock.at = new Date(app.clock.at.getTime() + ms));
const whole = (sessionId: string): Promise<ReplayView> => openReplay(services, { sessionId, reader: auditor, purpose: '实时稽核' });
const ask = async (view: ReplayView) => newsContract.parse(await replayNews(services, { sessionId: view.sessionId, reader: auditor, since: view.position }));
/** What the page has after one more question. */
const next = async (view: ReplayView): Promise<ReplayView> => replayView.parse(withNews(view, await ask(view)));
const without = ({ position: _, ...view }: ReplayView) => view;
const segment = (sessionId: string, side: 'client' | 'witness', index: number, startMs: number) => db.recordingSegment.create({ data: { id: newId(), sessionId, side, index, fileId: newId(), startMs, endMs: startMs + 10_000, mimeType: 'video/webm; codecs="vp8,opus"', byteLength: 1, saltedSha256: 'x', tracks: [] } });
const sample = (sessionId: string, role = 'client') => db.qualitySample.create({ data: { sessionId, role, figures: { lossUp: 0.01, rttMs: 40, bitrateUp: 900_000 }, at: app.clock.at } });

/** The services, and every query that is put to the database through them. */
function counted() {
  const asked: string[] = [];
  const seen = db.$extends({ query: { $allOperations: ({ model, operation, args, query }) => { asked.push(`${model ?? ''}.${operation}`); return query(args); } } });
  return { asked, services: { ...services, db: seen as unknown as typeof db } };
}

/** A call that runs for some minutes, with everything in it that a call has. */
async function running(): Promise<MadeCase & { start: number }> {
  const one = await live();
  const start = app.clock.at.getTime();
  await db.recorderFact.create({ data: { sessionId: one.sessionId, running: true, at: app.clock.at } });
  await note(db, { sessionId: one.sessionId, at: app.clock.at, type: 'live', side: 'server' });
  for (let n = 0; n < 12; n++) {
    for (const side of ['client', 'witness'] as const) await segment(one.sessionId, side, n, start + n * 10_000);
    for (const role of ['client', 'witness']) await sample(one.sessionId, role);
    after(10_000);
  }
  await tick(services, { sessionId: one.sessionId, staffId, item: 'agentShown', answer: 'clear_yes' });
  for (const kind of ['portraitSide', 'emblemSide'] as const) { await readPhotoJob(services, { photoId: (await photograph(one, kind)).photoId }); after(1_000); }
  return { ...one, start };
}

describe('an auditor who follows a call that goes on asks what is new, not for everything (R46)', () => {
  test('nothing new is told in less than a kilobyte and by the same few queries each time, without working the console out again', async () => {
    const { sessionId } = await running();
    let view = await whole(sessionId);
    expect(JSON.stringify(view).length).toBeGreaterThan(10_000);
    const each: string[] = [];
    for (let n = 0; n < 15; n++) {
      after(1_000);
      const { asked, services: through } = counted();
      const news = newsContract.parse(await replayNews(through, { sessionId, reader: auditor, since: view.position }));
      each.push(asked.sort().join(' '));
      expect(news).toMatchObject({ live: true, lists: {} });
      expect(news).not.toHaveProperty('head');
      expect(JSON.stringify(news).length).toBeLessThan(1_024);
      view = withNews(view, news);
    }
    const { asked, services: through } = counted();
    await replayNews(through, { sessionId, reader: auditor });
    expect([new Set(each).size, each[0]!.split(' ').length < asked.length]).toEqual([1, true]);
    // What the console is made of.
    expect(asked).toEqual(expect.arrayContaining(['Photo.findMany', 'ScriptTick.findMany', 'QualitySample.findMany']));
    expect(each[0]).not.toMatch(/Photo|ScriptTick|QualitySample/);
    expect(without(view)).toEqual(without(await whole(sessionId)));
  });

  test('each thing that comes is told once, behind what was there; the page then has what a fresh look has', async () => {
    const one = await running();
    const { sessionId } = one;
    let view = await whole(sessionId);
    const steps: (() => Promise<unknown>)[] = [
      () => sample(sessionId),
      () => segment(sessionId, 'client', 12, one.start + 120_000),
      () => note(db, { sessionId, at: app.clock.at, type: 'muted', side: 'client', codes: { kind: 'audio' } }),
      () => tick(services, { sessionId, staffId, item: 'nameConfirmed', answer: 'clear_yes' }),
      async () => { stage.found = [makeFinding('ID_READ_DIFFERENTLY', { field: 'idNumber' })]; await readPhotoJob(services, { photoId: (await photograph(one)).photoId }); },
      () => db.policeCheck.create({ data: { id: newId(), applicationId: one.applicationId, answer: 'match', at: app.clock.at } }),
    ];
    for (const step of steps) {
      after(2_000);
      await step();
      const news = await ask(view);
      expect(Object.values(news.lists).some((part) => part!.add.length > 0)).toBe(true);
      for (const name of ['segments', 'events'] as const) expect(news.lists[name]?.keep ?? view[name].length).toBe(view[name].length);
      view = withNews(view, news);
      expect(without(view)).toEqual(without(await whole(sessionId)));
      expect((await ask(view)).lists).toEqual({});
    }
  });

  test('the figures of the network alone are told without working the console out again', async () => {
    const { sessionId } = await running();
    const view = await whole(sessionId);
    after(2_000);
    await sample(sessionId);
    const news = await ask(view);
    expect(Object.keys(news.lists)).toEqual(['networkClient']);
    expect(news.lists.networkClient).toMatchObject({ keep: view.network.client.length, add: [{ rttMs: 40 }] });
    expect(JSON.stringify(news).length).toBeLessThan(1_024);
  });

  test('what comes late with an older time is not missed, neither is what is seen later than it was begun, nor a row that says something else', async () => {
    const one = await running();
    const { sessionId } = one;
    let view = await next(await whole(sessionId));
    // Noted now, of a minute ago.
    await note(db, { sessionId, at: new Date(app.clock.at.getTime() - 60_000), type: 'unmuted', side: 'client', codes: { kind: 'audio' } });
    view = await next(view);
    expect(view.events.map(({ type }) => type)).toContain('unmuted');
    expect(view.events.map(({ atMs }) => atMs)).toEqual(view.events.map(({ atMs }) => atMs).sort((a, b) => a - b));
    // Begun first, seen last: another's write has come and was told in between.
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => { release = resolve; });
    let written: () => void = () => undefined;
    const wrote = new Promise<void>((resolve) => { written = resolve; });
    const slow = db.$transaction(async (tx) => {
      await note(tx, { sessionId, at: app.clock.at, type: 'rebuilt', side: 'server' });
      written();
      await held;
    }, { timeout: 20_000 });
    await wrote;
    await note(db, { sessionId, at: app.clock.at, type: 'muted', side: 'witness', codes: { kind: 'audio' } });
    view = await next(view);
    expect(view.events.map(({ type }) => type)).not.toContain('rebuilt');
    release();
    await slow;
    view = await next(view);
    expect(view.events.map(({ type }) => type)).toContain('rebuilt');
    // A reading that was corrected, a segment that was found to be longer.
    await db.recordingSegment.updateMany({ where: { sessionId, side: 'client', index: 3 }, data: { endMs: one.start + 39_500 } });
    view = await next(view);
    expect(without(view)).toEqual(without(await whole(sessionId)));
  });

  test('what other cases say of the person is looked at again within half a minute', async () => {
    const one = await running();
    const view = await whole(one.sessionId);
    const { idNumberIndex } = await db.application.findUniqueOrThrow({ where: { id: one.applicationId } });
    await db.negativeEntry.create({ data: { id: newId(), idNumberIndex: idNumberIndex!, idNumberEnc: 'x', reasonEnc: 'x', addedById: staffId, addedAt: new Date(one.start - 1_000) } });
    after(31_000);
    expect((await ask(view)).lists.findings?.add.map(({ finding }) => finding.code)).toContain('NEGATIVE_LIST');
  });

  test('after the decision news go on until the last segments and comparisons are there, then the page asks no more', async () => {
    const one = await running();
    let view = await whole(one.sessionId);
    await changeSession(db, { sessionId: one.sessionId, event: 'reject', actor: { kind: 'staff', id: staffId } }, { decision: 'reject', decisionCode: 'N02', decidedAt: app.clock.at, endedAt: app.clock.at });
    view = await next(view);
    expect(view).toMatchObject({ live: false, more: true, outcome: 'rejected' });
    after(5_000);
    await segment(one.sessionId, 'client', 12, one.start + 120_000);
    view = await next(view);
    expect(view.segments.filter(({ side }) => side === 'client')).toHaveLength(13);
    after(60_000);
    expect(await ask(view)).toMatchObject({ live: false, more: false, lists: {} });
  });

  test('a position of somebody else’s making tells everything to who may see it, and opens nothing', async () => {
    const one = await running();
    const view = await whole(one.sessionId);
    for (const since of ['', '1', 'x'.repeat(700), view.position.replace(/^1/, '2'), `${view.position}.1-000000000000-000000000000`, view.position.replaceAll(/-[0-9a-f]{12}/g, '-000000000000'), view.position.replace(/^1\.\d+/, '1.0')]) {
      const news = await replayNews(services, { sessionId: one.sessionId, reader: auditor, since });
      expect(without(withNews(view, news))).toEqual(without(await whole(one.sessionId)));
    }
    const stranger: Reader = { staffId: await makeStaff(services, ['auditor']), roles: ['auditor'] };
    await expect(replayNews(services, { sessionId: one.sessionId, reader: stranger, since: view.position })).rejects.toEqual(expect.objectContaining({ code: 'PURPOSE_REQUIRED' }));
  });
});
