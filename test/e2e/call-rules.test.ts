import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { REASONS } from '../../contracts/reasons/index.ts';
import { SCRIPT } from '../../contracts/script.ts';
import { clientApi, staffApi } from '../support/journey/api.ts';
import type { ApiPerson } from '../support/journey/api.ts';
import { rawSocket, refusedWith } from '../support/journey/rawSocket.ts';
import { OPENING_MS, openCallScene } from '../support/journey/scene.ts';
import type { CallScene } from '../support/journey/scene.ts';
import { captureAgain, tickScript } from '../support/journey/staff.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

// One call of w1 with a client; each test asks something of it that must be refused, and looks that nothing has changed.
describe('what a call refuses', () => {
  let scene: CallScene;
  /** Another witness, who may review as well. */
  let stranger: ApiPerson;
  let otherClient: ApiPerson;
  let face: { producerId: string; rtpTimestamp: number };

  const unchanged = async <T>(work: () => Promise<T>): Promise<T> => {
    const before = await scene.standing();
    const result = await work();
    expect(await scene.standing()).toEqual(before);
    return result;
  };
  const takePhoto = (producerId: string, rtpTimestamp: number) => scene.witness.post(`/api/sessions/${scene.sessionId}/photos`, { kind: 'face', producerId, rtpTimestamp });
  const ws = (path: string): string => `${scene.instance.url}/ws/${path}`;

  beforeAll(async () => {
    scene = await openCallScene({ seed: 7, witness: 'w1' });
    [stranger, otherClient] = await Promise.all([staffApi(scene.instance, 'w2'), clientApi(scene.instance, '13900000777')]);
  }, OPENING_MS);
  afterAll(async () => {
    await stranger?.close();
    await otherClient?.close();
    await scene?.close();
  });

  test('approve without a photo is refused and each missing photo and question is named (R28)', async () => {
    const answer = await unchanged(() => scene.decide({ decision: 'approve' }));
    expect(answer).toMatchObject({ status: 409, code: 'PHOTOS_INCOMPLETE' });
    expect(answer.items).toEqual(expect.arrayContaining(['photo.face', 'photo.portraitSide', 'photo.emblemSide', ...SCRIPT.map(({ id }) => `script.${id}`)]));
  });

  test('a reason that needs a photo is refused while there is none (R29)', async () => {
    const answer = await unchanged(() => scene.decide({ decision: 'reject', code: 'F01', comment: '与证件不是同一人' }));
    expect(answer).toMatchObject({ status: 409, code: 'PHOTOS_INCOMPLETE' });
  });

  test('a photo is only a frame that the server received of the client, at most 5 s ago (R20)', async () => {
    const { page } = scene.desk;
    const { producerId, rtpTimestamp } = await captureAgain(page, 'face');
    // No frame lies one tick of the 90 kHz clock beside another, and none comes from ten minutes ahead.
    const beside = async (): Promise<Awaited<ReturnType<typeof takePhoto>>> => {
      const shown = await page.evaluate(() => (window as unknown as { __shownFrame: { rtpTimestamp: number } }).__shownFrame.rtpTimestamp);
      return takePhoto(producerId, (shown + 1) % 2 ** 32);
    };
    // Where packets were lost nobody can say that there was none: then beside a later one.
    let answer = await beside();
    for (let tries = 1; answer.code === 'FRAME_INCOMPLETE' && tries < 5; tries += 1) { await pause(1_000); answer = await beside(); }
    expect(answer).toMatchObject({ status: 409, code: 'FRAME_UNKNOWN' });
    face = { producerId, rtpTimestamp };
    const before = await scene.standing();
    expect(before.photos).toBe(1);
    expect(await takePhoto(producerId, (rtpTimestamp + 600 * 90_000) % 2 ** 32)).toMatchObject({ status: 409, code: 'FRAME_UNKNOWN' });
    await pause(5_200);
    expect(await takePhoto(producerId, rtpTimestamp)).toMatchObject({ status: 409, code: 'FRAME_TOO_OLD' });
    expect(await takePhoto(producerId, (rtpTimestamp - 600 * 90_000 + 2 ** 32) % 2 ** 32)).toMatchObject({ status: 409, code: 'FRAME_TOO_OLD' });
    expect(await scene.standing()).toEqual(before);
  });

  test('the witness’s own picture is never a photo of the client (R20)', async () => {
    const own = await witnessProducer(scene);
    expect(own).not.toBe(face.producerId);
    const answer = await unchanged(() => takePhoto(own, face.rtpTimestamp));
    expect(answer).toMatchObject({ status: 409, code: 'FRAME_NOT_OF_CLIENT_TRACK' });
  });

  test('another witness can neither ask, photograph, decide nor enter (R5, R45)', async () => {
    const { sessionId } = scene;
    await unchanged(async () => {
      for (const [path, body] of [
        ['ticks', { item: 'ownWill', answer: 'clear_yes' }],
        ['photos', { kind: 'face', producerId: face.producerId, rtpTimestamp: face.rtpTimestamp }],
        ['decision', { decision: 'approve' }],
        ['decision', { decision: 'reject', code: 'P01' }],
        ['decision', { decision: 'fraud', comment: '可疑' }],
        ['detail', { detail: true }],
        ['ticket', undefined],
      ] as const) expect([path, await stranger.post(`/api/sessions/${sessionId}/${path}`, body)]).toEqual([path, expect.objectContaining({ status: 403, code: 'CASE_NOT_YOURS' })]);
    });
  });

  test('another witness sees neither form, photos, ID card nor number of the case (R43)', async () => {
    const { applicationId } = scene;
    const { photoId } = (await scene.caseView()).session!.photos[0]!;
    const ofCase = `/api/cases/${applicationId}`;
    await unchanged(async () => {
      for (const path of [ofCase, `${ofCase}/documents/portrait/image`, `${ofCase}/documents/emblem/image`, `${ofCase}/photos/${photoId}/record`, `${ofCase}/photos/${photoId}/still`]) {
        expect([path, await stranger.get(path)]).toEqual([path, expect.objectContaining({ status: 403, code: 'CASE_NOT_YOURS' })]);
      }
      expect(await stranger.post(`${ofCase}/uncover`, { field: 'idNumber' })).toMatchObject({ status: 403, code: 'CASE_NOT_YOURS' });
    });
    const own = await scene.desk.page.context().request.get(`${scene.instance.url}${ofCase}/photos/${photoId}/record`);
    expect(own.headers()['content-type']).toBe('image/png');
  });

  test('a witness replays nothing: neither the own call nor another’s (R5, R45)', async () => {
    const ofSession = `/api/sessions/${scene.sessionId}`;
    const { rows } = await scene.db.query<{ id: string }>('select id from recording_segment where session_id = $1 limit 1', [scene.sessionId]);
    const segment = `${ofSession}/segments/${rows[0]!.id}`;
    await unchanged(async () => {
      expect(await scene.witness.post(`${ofSession}/replay`, { purpose: '看看' })).toMatchObject({ status: 403, code: 'ROLE_NOT_ALLOWED' });
      expect(await scene.witness.get(segment)).toMatchObject({ status: 403, code: 'ROLE_NOT_ALLOWED' });
      expect(await stranger.post(`${ofSession}/replay`, { purpose: '看看' })).toMatchObject({ status: 403, code: 'CASE_NOT_YOURS' });
      expect(await stranger.get(segment)).toMatchObject({ status: 403, code: 'CASE_NOT_YOURS' });
    });
  });

  test('a client gets no ticket for another client’s call (R30)', async () => {
    const line = await rawSocket(ws('line'), { origin: scene.instance.url, cookie: await otherClient.cookie() });
    await unchanged(async () => {
      expect(await line.request('ticket', { sessionId: scene.sessionId })).toMatchObject({ ok: false, error: { code: 'CASE_NOT_YOURS' } });
    });
    line.close();
  });

  test('a ticket that was used once opens nothing, and the running call goes on', async () => {
    const [ticket] = scene.usedTickets;
    expect(ticket).toBeDefined();
    for (const wrong of [ticket, 'an-invented-ticket-0123456789']) {
      const socket = await rawSocket(ws('media'), { origin: scene.instance.url });
      const answer = await unchanged(() => socket.request('join', { ticket: wrong }));
      expect(answer).toMatchObject({ ok: false, error: { code: 'TICKET_INVALID' } });
      expect(await socket.closed).toBe(4001);
    }
    expect(await scene.desk.page.getByTestId('call-state').getAttribute('data-phase')).toBe('connected');
  });

  test('a message that is no JSON is named on every socket, which stays open for the next one', async () => {
    const [desk, line] = [await stranger.cookie(), await otherClient.cookie()];
    for (const [path, cookie] of [['media', undefined], ['line', line], ['desk', desk]] as const) {
      const socket = await rawSocket(ws(path), { origin: scene.instance.url, ...(cookie === undefined ? {} : { cookie }) });
      for (const text of ['{', 'hello', '']) expect([path, await socket.send(text)]).toMatchObject([path, { id: -1, ok: false, error: { code: 'MESSAGE_NOT_JSON' } }]);
      expect([path, await socket.request('noSuchThing', {})]).toMatchObject([path, { ok: false, error: { code: 'UNKNOWN_MESSAGE' } }]);
      expect([path, await socket.send('{"id":"one"}')]).toMatchObject([path, { ok: false, error: { code: 'BAD_REQUEST' } }]);
      socket.close();
    }
  });

  test('a socket of a foreign page is refused with 403, one without a log-in with 401', async () => {
    const { url } = scene.instance;
    const [desk, line] = [await stranger.cookie(), await otherClient.cookie()];
    for (const [path, cookie] of [['media', undefined], ['line', line], ['desk', desk]] as const) {
      expect([path, await refusedWith(ws(path), { origin: 'https://evil.example', ...(cookie === undefined ? {} : { cookie }) })]).toEqual([path, 403]);
    }
    for (const path of ['line', 'desk']) expect([path, await refusedWith(ws(path), { origin: url })]).toEqual([path, 401]);
    // The one's cookie is no log-in at the other's socket.
    expect(await refusedWith(ws('desk'), { origin: url, cookie: line })).toBe(401);
    expect(await refusedWith(ws('line'), { origin: url, cookie: desk })).toBe(401);
  });

  test('approve without every question answered by a clear yes is refused, each one named (R24, R28)', async () => {
    const { page } = scene.desk;
    // What they show does not matter here: a missing answer outweighs a photo that is not good enough.
    for (const kind of ['portraitSide', 'emblemSide'] as const) await captureAgain(page, kind);
    const done = SCRIPT.map(({ id }) => id).filter((id) => id !== 'cue' && id !== 'passwordOwn');
    await tickScript(page, done);
    await page.getByTestId('tick-passwordOwn-unclear').click();
    await page.locator('[data-testid="tick-passwordOwn-state"][data-answer="unclear"]').waitFor({ timeout: 10_000 });
    const approve = () => unchanged(() => scene.decide({ decision: 'approve' }));
    let answer = await approve();
    // A photo that is still being read outweighs it for that while.
    for (const end = Date.now() + 60_000; answer.items.some((item) => /^(reading|comparing)\./.test(item)) && Date.now() < end; answer = await approve()) await page.waitForTimeout(1_000);
    expect(answer).toMatchObject({ status: 409, code: 'SCRIPT_INCOMPLETE' });
    expect(answer.items.filter((item) => item.startsWith('script.')).sort()).toEqual(['script.cue', 'script.passwordOwn']);
    await page.getByTestId('missing-script.cue').waitFor({ timeout: 10_000 });
    expect(await page.getByTestId('approve').isDisabled()).toBe(true);
  });

  test('a reject needs a known code, and a comment where the code asks for one (R29)', async () => {
    await unchanged(async () => {
      expect(await scene.decide({ decision: 'reject' })).toMatchObject({ status: 400, code: 'BAD_REQUEST', field: 'code' });
      expect(await scene.decide({ decision: 'reject', code: 'Z99' })).toMatchObject({ status: 400, code: 'REASON_UNKNOWN' });
      expect(await scene.decide({ decision: 'reject', code: 'D02' })).toMatchObject({ status: 400, code: 'COMMENT_REQUIRED', field: 'comment' });
      expect(await scene.decide({ decision: 'reject', code: 'D02', comment: '   ' })).toMatchObject({ status: 400, code: 'COMMENT_REQUIRED', field: 'comment' });
      expect(await scene.decide({ decision: 'fraud' })).toMatchObject({ status: 400, code: 'BAD_REQUEST', field: 'comment' });
      expect(await scene.decide({ decision: 'maybe' })).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    });
  });

  test('a repairable reject tells the client in plain words what to do and leads there (R29)', async () => {
    const { page } = scene.desk;
    const reason = REASONS.find(({ code }) => code === 'P01')!;
    const before = await scene.standing();
    await page.getByTestId('reject').click();
    await page.getByTestId('reject-code-P01').click();
    expect(await page.getByTestId('reject-client-text').innerText()).toBe(reason.client.zh);
    await page.getByTestId('reject-submit').click();
    const phone = scene.phone.page;
    const result = phone.locator('[data-testid="result-state"][data-state="repair"]');
    await result.waitFor({ timeout: 30_000 });
    expect(await result.innerText()).toContain(reason.client.zh);
    expect(await scene.standing()).toEqual({ ...before, application: 'repair', applicationVersion: before.applicationVersion + 1, session: 'closed', outcome: 'rejected', decision: 'reject' });
    await phone.getByTestId('result-repair').click();
    await phone.locator('[data-testid="step-title"][data-step="documents"]').waitFor({ timeout: 10_000 });
    // What was decided is decided.
    const answer = await unchanged(() => scene.decide({ decision: 'approve' }));
    expect(answer).toMatchObject({ status: 409, code: 'DECISION_ALREADY_MADE' });
  });
});

/** The witness's own video, as the recorder knows it from its first finished segment (10 s). */
async function witnessProducer({ db, sessionId }: CallScene): Promise<string> {
  for (let tries = 0; tries < 60; tries++) {
    const { rows } = await db.query<{ tracks: { kind: string; producerId: string }[] }>(`select tracks from recording_segment where session_id = $1 and side = 'witness'`, [sessionId]);
    const video = rows.flatMap(({ tracks }) => tracks).find(({ kind }) => kind === 'video');
    if (video) return video.producerId;
    await pause(500);
  }
  throw new Error('no segment of the witness');
}
