import { describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import type { ApplicationView } from '../../contracts/http/client.ts';
import { withCheckCharacter } from '../support/cards/index.ts';
import { DECLARATIONS, createBrowser, newPerson, openClientApp } from './client-steps.support.ts';

const { app, anna, loggedIn, uploaded } = await openClientApp();

describe('uploads', () => {
  test('what is no whole picture is refused by name, and the step stays open', async () => {
    const browser = await loggedIn();
    const text = Buffer.from('this is not an image at all'.repeat(100));
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"></svg>');
    const huge = await sharp({ create: { width: 10_000, height: 10_000, channels: 3, background: '#fff' } }).png({ compressionLevel: 9 }).toBuffer();
    expect((await browser.upload('portrait', text)).code).toBe('UPLOAD_NOT_AN_IMAGE');
    expect((await browser.upload('portrait', svg)).code).toBe('UPLOAD_FORMAT_NOT_SUPPORTED');
    expect((await browser.upload('portrait', anna.portrait.subarray(0, anna.portrait.length / 2))).code).toBe('UPLOAD_TRUNCATED');
    expect((await browser.upload('portrait', huge)).code).toBe('UPLOAD_TOO_MANY_PIXELS');
    expect((await browser.upload('portrait', Buffer.alloc(13 * 1024 * 1024))).code).toBe('UPLOAD_TOO_LARGE');
    expect((await browser.upload('portrait', Buffer.alloc(0))).code).toBe('UPLOAD_MISSING');
    expect((await browser.get('/api/client/application')).body).toMatchObject({ step: 'documents', documents: [] });
  });
  test('photos that come after the form was confirmed lead back to it: nobody goes on with another card’s data unseen (R14)', async () => {
    const browser = await uploaded(anna);
    expect((await browser.put('/api/client/form', anna.form)).body.step).toBe('declarations');
    const other = await newPerson(31);
    const again = await browser.upload('portrait', other.portrait);
    expect(again.body).toMatchObject({ step: 'form', prefill: { idNumber: other.person.number }, form: { idNumber: anna.form.idNumber } });
    expect((await browser.put('/api/client/declarations', DECLARATIONS)).code).toBe('STEP_INCOMPLETE');
    expect((await browser.put('/api/client/form', anna.form)).body.step).toBe('declarations');
  });
  test('that the card has expired, or that the client is too young, is told where the photo is taken (R10, R11)', async () => {
    const browser = await loggedIn();
    const [old, young] = [await newPerson(32, { ageYears: 40, expired: true }), await newPerson(33, { ageYears: 17, today: new Date() })];
    const codes = ({ body }: { body: ApplicationView }, side: string) => body.documents.find((one) => one.side === side)?.findings.map(({ code }) => code);
    await browser.upload('portrait', old.portrait);
    expect(codes(await browser.upload('emblem', old.emblem), 'emblem')).toEqual(['ID_EXPIRED']);
    expect(codes(await browser.upload('portrait', young.portrait), 'portrait')).toEqual(['AGE_UNDER_18']);
  });
  test('the form of a residence permit needs no ethnic group, that of an ID card does', async () => {
    const browser = await uploaded(anna);
    expect((await browser.put('/api/client/form', { ...anna.form, ethnicity: '' })).code).toBe('BAD_REQUEST');
    const idNumber = withCheckCharacter(`810000${anna.form.idNumber.slice(6, 17)}`);
    const year = new Date().getFullYear();
    const answer = await browser.put('/api/client/form', { ...anna.form, ethnicity: '', idNumber, validFrom: `${year - 1}-01-01`, validTo: `${year + 4}-01-01` });
    expect([answer.status, answer.code]).toEqual([200, undefined]);
  });
  test('the other side of the card does not complete the step', async () => {
    const browser = await loggedIn();
    const answer = await browser.upload('portrait', anna.emblem);
    expect(answer.body.documents[0]?.findings.map(({ code }) => code)).toContain('SIDE_WRONG');
    expect((await browser.upload('emblem', anna.emblem)).body.step).toBe('documents');
  });
  test('a photo is judged at once and read afterwards; the page may be closed meanwhile, and the form waits for the reading (R14, R21)', async () => {
    const browser = await loggedIn();
    await browser.upload('emblem', anna.emblem);
    app.reading.paused = true;
    try {
      const began = Date.now();
      const judged = await browser.uploadOnly('portrait', anna.portrait);
      expect(judged.status).toBe(200);
      expect(judged.body.documents.find(({ side }) => side === 'portrait')).toMatchObject({ findings: [], figures: { widthPx: expect.any(Number), sharpness: expect.any(Number) } });
      expect(judged.body.documents.find(({ side }) => side === 'portrait')).not.toHaveProperty('reading');
      expect(judged.body.step).toBe('documents');
      process.stderr.write(`upload answered after ${Date.now() - began} ms\n`);
    } finally {
      app.reading.paused = false;
    }
    // Another page with the same cookie, a while later.
    const later = createBrowser(app.base);
    for (const [name, value] of browser.jar) later.jar.set(name, value);
    let view = (await later.get('/api/client/application')).body;
    for (let tries = 0; view.step === 'documents' && tries < 600; tries++) {
      await new Promise((done) => setTimeout(done, 50));
      view = (await later.get('/api/client/application')).body;
    }
    expect(view).toMatchObject({ step: 'form', prefill: { idNumber: anna.person.number } });
    expect(await app.db.prisma.outbox.count({ where: { type: 'document.read', payload: { path: ['applicationId'], equals: view.applicationId } } })).toBe(2);
  });
  test('a bad photo is named with what to do, the good side stays, and taken again it is accepted (R21)', async () => {
    const browser = await loggedIn();
    await browser.upload('emblem', anna.emblem);
    const dark = await sharp(anna.portrait).modulate({ brightness: 0.12 }).jpeg().toBuffer();
    const refused = await browser.upload('portrait', dark);
    const portrait = refused.body.documents.find(({ side }) => side === 'portrait');
    expect(portrait?.findings).toContainEqual(expect.objectContaining({ code: 'PHOTO_TOO_DARK', rule: 'R21', blocks: true }));
    // It was not even read: nothing of a photo that is to be taken again gets into the form.
    expect(portrait?.reading?.fields).toEqual({});
    expect(refused.body).toMatchObject({ step: 'documents' });
    const again = await browser.upload('portrait', anna.portrait);
    expect(again.body).toMatchObject({ step: 'form', prefill: { name: anna.person.name } });
    const rows = await app.db.prisma.document.findMany({ where: { applicationId: again.body.applicationId }, orderBy: { uploadedAt: 'asc' } });
    expect(rows.map(({ side, supersededAt }) => [side, supersededAt === null])).toEqual([['emblem', true], ['portrait', false], ['portrait', true]]);
  });
  test('a picture without a card in it is refused at once, and says so (R21)', async () => {
    const browser = await loggedIn();
    const landscape = await sharp({ create: { width: 1200, height: 900, channels: 3, background: '#7a9', noise: { type: 'gaussian', mean: 120, sigma: 30 } } }).blur(3).jpeg().toBuffer();
    const refused = await browser.uploadOnly('portrait', landscape);
    const portrait = refused.body.documents.find(({ side }) => side === 'portrait');
    expect(portrait?.findings).toContainEqual(expect.objectContaining({ code: 'CARD_NOT_FOUND', blocks: true }));
    expect(portrait?.reading?.fields).toEqual({});
    expect(refused.body.step).toBe('documents');
  });
  test('when reading takes too long the client is not held up: the form is filled in by hand', async () => {
    const browser = await loggedIn();
    app.reading.paused = true;
    try {
      for (const side of ['portrait', 'emblem'] as const) await browser.uploadOnly(side, anna[side]);
      expect((await browser.get('/api/client/application')).body.step).toBe('documents');
      app.clock.offsetMs = 31_000;
      expect((await browser.get('/api/client/application')).body).toMatchObject({ step: 'form', prefill: {} });
      expect((await browser.put('/api/client/form', anna.form)).status).toBe(200);
    } finally {
      app.clock.offsetMs = 0;
      app.reading.paused = false;
    }
  });
  test('both sides may come in at once', async () => {
    const browser = await loggedIn();
    const answers = await Promise.all([browser.upload('portrait', anna.portrait), browser.upload('emblem', anna.emblem)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await browser.get('/api/client/application')).body.step).toBe('form');
  });
  test('the client sees the own picture, and another client does not', async () => {
    const browser = await uploaded(anna);
    expect((await browser.get('/api/client/documents/portrait/image')).status).toBe(200);
    expect((await (await loggedIn()).get('/api/client/documents/portrait/image')).code).toBe('NOT_FOUND');
    expect((await createBrowser(app.base).get('/api/client/documents/portrait/image')).code).toBe('LOGIN_REQUIRED');
  });
});
