import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import sharp from 'sharp';
import { changeApplication, changeSession } from '../../server/database/transact.ts';
import { newId } from '../../server/database/crypto.ts';
import type { ApplicationView } from '../../contracts/http/client.ts';
import { withCheckCharacter } from '../support/cards/index.ts';
import { DECLARATIONS, answersWith, certified, createBrowser, fillUntil, formOf, logIn, newPerson, setPasswords, signAll, startClientApp, textsOf } from './client-steps.support.ts';
import type { Browser, ClientApp, Person } from './client-steps.support.ts';

let app: ClientApp;
let anna: Person;
let serial = 0;
const freshPhone = (): string => `139${String(10_000_000 + ++serial)}`;
const loggedIn = async (phone = freshPhone()): Promise<Browser> => {
  const browser = createBrowser(app.base);
  const answer = await logIn(app, browser, phone);
  expect([answer.status, answer.code]).toEqual([200, undefined]);
  return browser;
};
const uploaded = async (who: Person): Promise<Browser> => {
  const browser = await loggedIn();
  await fillUntil(browser, who, 'form');
  return browser;
};

beforeAll(async () => {
  app = await startClientApp();
  anna = await newPerson(7, { ageYears: 33, sex: '女' });
}, 120_000);
afterAll(async () => { await app?.close(); });

describe('the client’s way', () => {
  test('a client goes from consents to submission, closes the page in between and goes on', async () => {
    const phone = freshPhone();
    const browser = createBrowser(app.base);
    const first = await logIn(app, browser, phone);
    expect(first.body).toMatchObject({ state: 'draft', step: 'documents', phoneMasked: expect.stringMatching(/^139\*{4}\d{4}$/) });
    await browser.upload('portrait', anna.portrait);
    const read = await browser.upload('emblem', anna.emblem);
    expect(read.body).toMatchObject({ step: 'form', prefill: { name: anna.person.name, idNumber: anna.person.number, birthDate: anna.person.birth } });
    await fillUntil(browser, anna, 'custody');
    // The browser is closed; its cookie is all that is left.
    const again = createBrowser(app.base);
    for (const [name, value] of browser.jar) again.jar.set(name, value);
    expect((await again.get('/api/client/application')).body).toMatchObject({ step: 'custody', form: anna.form, risk: { blocked: false } });
    await again.put('/api/client/custody', { bankCode: 'ICBC', cardNumber: '4111111111111111' });
    await setPasswords(again, '739251', '806417');
    await signAll(again);
    const done = await again.post('/api/client/submit');
    expect(done.body).toMatchObject({ state: 'submitted', step: 'ready', custody: { bankCode: 'ICBC', cardMasked: '**** **** 1111' }, passwordsSet: true });
    expect(done.body.signed).toHaveLength(4);
    expect((await again.post('/api/client/submit')).body.state).toBe('submitted');
    expect((await again.put('/api/client/form', anna.form)).code).toBe('STATE_NOT_ALLOWED');
    const rows = await app.db.prisma.audit.findMany({ where: { applicationId: done.body.applicationId }, orderBy: { seq: 'asc' } });
    expect(rows.map(({ action }) => action)).toEqual(expect.arrayContaining(['application.opened', 'application.form_saved', 'application.submit']));
    expect(await app.db.prisma.outbox.count({ where: { type: 'application.changed' } })).toBeGreaterThan(0);
  }, 180_000);

  test('a step out of order is refused and the missing step is named', async () => {
    const browser = await loggedIn();
    const answer = await browser.put('/api/client/form', anna.form);
    expect([answer.status, answer.code, answer.items]).toEqual([409, 'STEP_INCOMPLETE', ['documents']]);
    expect(await browser.post('/api/client/submit')).toMatchObject({ code: 'STEP_INCOMPLETE' });
  });

  test('two submissions at once: the application is submitted once', async () => {
    const browser = await loggedIn();
    await fillUntil(browser, anna, 'submit');
    const answers = await Promise.all([browser.post('/api/client/submit'), browser.post('/api/client/submit')]);
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    const { applicationId } = answers.find(({ status }) => status === 200)!.body;
    expect(await app.db.prisma.audit.count({ where: { applicationId, action: 'application.submit' } })).toBe(1);
  }, 180_000);
});

describe('the form', () => {
  let browser: Browser;
  beforeAll(async () => { browser = await uploaded(anna); }, 180_000);
  const save = (form: unknown) => browser.put('/api/client/form', form);

  test('a client of 17 is told to visit a branch (R10)', async () => {
    expect(await save((await newPerson(11, { ageYears: 17 })).form)).toMatchObject({ status: 422, code: 'AGE_UNDER_18' });
  });
  test('a client of 15 is told to come with a guardian (R10)', async () => {
    expect(await save((await newPerson(12, { ageYears: 15 })).form)).toMatchObject({ status: 422, code: 'AGE_UNDER_16' });
  });
  test('an expired card blocks opening (R11)', async () => {
    expect(await save((await newPerson(13, { ageYears: 40, expired: true })).form)).toMatchObject({ status: 422, code: 'ID_EXPIRED' });
  });
  test('a validity that does not fit the age at issue is refused (R11)', async () => {
    expect(await save({ ...anna.form, validTo: 'long-term' })).toMatchObject({ status: 422, code: 'ID_VALIDITY_UNFIT' });
  });
  test('a wrong check character is refused (R12)', async () => {
    const { idNumber } = anna.form;
    const wrong = idNumber.slice(0, 17) + (idNumber.endsWith('0') ? '1' : '0');
    expect(await save({ ...anna.form, idNumber: wrong })).toMatchObject({ status: 422, code: 'ID_NUMBER_INVALID' });
  });
  test('birth date and sex must agree with the number (R12)', async () => {
    expect(await save({ ...anna.form, birthDate: '1990-01-01' })).toMatchObject({ code: 'BIRTH_DATE_MISMATCH' });
    expect(await save({ ...anna.form, sex: anna.form.sex === 'male' ? 'female' : 'male' })).toMatchObject({ code: 'SEX_MISMATCH' });
  });
  test('an unknown area code goes on to a person and does not reject (R13)', async () => {
    const idNumber = withCheckCharacter(`990000${anna.form.idNumber.slice(6, 17)}`);
    const answer = await save({ ...anna.form, idNumber });
    expect(answer.status).toBe(200);
    expect(answer.body.differences.map(({ code }) => code)).toContain('ID_AREA_UNKNOWN');
  });
  test('each difference between form and card is shown (R14)', async () => {
    const answer = await save({ ...anna.form, name: '王不同' });
    expect(answer.body.differences).toEqual(expect.arrayContaining([expect.objectContaining({ code: 'FIELD_DIFFERS', field: 'name', said: '王不同', expected: anna.person.name })]));
  });
  test('an error names the field and repeats nothing that was sent', async () => {
    const answer = await save({ ...anna.form, idNumber: '12' });
    expect(answer).toMatchObject({ status: 400, code: 'BAD_REQUEST', items: ['idNumber'] });
    expect(JSON.stringify(answer.body)).not.toContain(anna.person.name);
  });
});

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
    const [old, young] = [await newPerson(32, { ageYears: 40, expired: true }), await newPerson(33, { ageYears: 17 })];
    const codes = ({ body }: { body: ApplicationView }, side: string) => body.documents.find((one) => one.side === side)?.findings.map(({ code }) => code);
    await browser.upload('portrait', old.portrait);
    expect(codes(await browser.upload('emblem', old.emblem), 'emblem')).toEqual(['ID_EXPIRED']);
    expect(codes(await browser.upload('portrait', young.portrait), 'portrait')).toEqual(['AGE_UNDER_18']);
  });
  test('the form of a residence permit needs no ethnic group, that of an ID card does', async () => {
    const browser = await uploaded(anna);
    expect((await browser.put('/api/client/form', { ...anna.form, ethnicity: '' })).code).toBe('BAD_REQUEST');
    const idNumber = withCheckCharacter(`810000${anna.form.idNumber.slice(6, 17)}`);
    const answer = await browser.put('/api/client/form', { ...anna.form, ethnicity: '', idNumber, validFrom: '2025-01-01', validTo: '2030-01-01' });
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

describe('declarations to signatures', () => {
  test('the lowest risk class is blocked with an explanation, and may be answered again (R18)', async () => {
    const browser = await loggedIn();
    await fillUntil(browser, anna, 'questionnaire');
    const low = await browser.put('/api/client/questionnaire', { version: '2026-1', answers: answersWith('a') });
    expect(low.body).toMatchObject({ risk: { class: 'C1', blocked: true }, step: 'questionnaire', message: { zh: expect.stringContaining('C1') } });
    expect((await browser.put('/api/client/custody', { bankCode: 'ICBC', cardNumber: '4111111111111111' })).code).toBe('RISK_CLASS_BLOCKED');
    expect((await browser.put('/api/client/questionnaire', { version: '2026-1', answers: { age: 'a' } })).code).toBe('BAD_REQUEST');
    expect((await browser.put('/api/client/questionnaire', { version: '2026-1', answers: answersWith('c') })).body).toMatchObject({ risk: { class: 'C4', blocked: false }, step: 'custody' });
    expect((await browser.put('/api/client/custody', { bankCode: 'ICBC', cardNumber: '4111111111111112' })).code).toBe('BANK_CARD_INVALID');
  });

  test('weak passwords are refused, and none is kept in a form we could open (R19)', async () => {
    const browser = await loggedIn();
    await fillUntil(browser, anna, 'passwords');
    const born = anna.form.birthDate.replaceAll('-', '').slice(2);
    for (const weak of ['111111', '123456', born]) expect((await setPasswords(browser, weak, '806417')).code).toBe('PASSWORD_WEAK');
    // Each good, but one would open both doors: said in words of its own.
    expect((await setPasswords(browser, '739251', '739251')).code).toBe('PASSWORDS_EQUAL');
    expect((await browser.put('/api/client/passwords', { keyId: 'other', trading: 'AAAA', fund: 'AAAA' })).code).toBe('PASSWORD_UNREADABLE');
    await app.simulatorsDown('core', true);
    expect((await browser.get('/api/client/core-key')).code).toBe('OUTSIDE_UNAVAILABLE');
    await app.simulatorsDown('core', false);
    expect((await setPasswords(browser, '739251', '806417')).body.passwordsSet).toBe(true);
  });

  test('an agreement is signed by the certificate’s key over exactly its text (R19)', async () => {
    const browser = await loggedIn();
    await fillUntil(browser, anna, 'agreements');
    const { agreements } = await textsOf(browser);
    const text = agreements[0]!;
    const body = { id: text.id, version: text.version, language: 'zh', sha256: text.sha256.zh, shownSeconds: 5 };
    expect((await browser.post('/api/client/agreements', { ...body, signature: 'AAAA' })).code).toBe('CERTIFICATE_INVALID');
    expect((await browser.post('/api/client/certificate', { csr: 'bm90IGEgcmVxdWVzdA==' })).code).toBe('CERTIFICATE_INVALID');
    const { sign, answer } = await certified(browser);
    expect(answer.status).toBe(200);
    expect((await browser.post('/api/client/agreements', { ...body, signature: await sign(`${text.body.zh} `) })).code).toBe('SIGNATURE_INVALID');
    expect((await browser.post('/api/client/agreements', { ...body, sha256: 'a'.repeat(64), signature: await sign(text.body.zh) })).code).toBe('TEXT_VERSION_OLD');
    expect((await browser.post('/api/client/agreements', { ...body, signature: await sign(text.body.zh) })).body.signed).toEqual([text.id]);
  });

  test('an agreement that is signed again keeps the earlier signature as evidence (R19)', async () => {
    const browser = await loggedIn();
    await fillUntil(browser, anna, 'agreements');
    const text = (await textsOf(browser)).agreements[0]!;
    for (let i = 0; i < 2; i++) {
      const { sign } = await certified(browser);
      const answer = await browser.post('/api/client/agreements', { id: text.id, version: text.version, language: 'zh', sha256: text.sha256.zh, signature: await sign(text.body.zh), shownSeconds: 3 });
      expect(answer.body.signed).toEqual([text.id]);
    }
    const { applicationId } = (await browser.get('/api/client/application')).body;
    const rows = await app.db.prisma.agreementSignature.findMany({ where: { applicationId }, orderBy: { at: 'asc' } });
    expect(rows).toMatchObject([{ agreementId: text.id, supersededAt: expect.any(Date) }, { agreementId: text.id, supersededAt: null }]);
    expect(rows[0]!.signature).not.toBe(rows[1]!.signature);
    expect(rows[0]!.certificateId).not.toBe(rows[1]!.certificateId);
  });
});

describe('after submission', () => {
  const submitted = async (): Promise<{ browser: Browser; applicationId: string }> => {
    const browser = await loggedIn();
    await fillUntil(browser, anna, 'submit');
    return { browser, applicationId: (await browser.post('/api/client/submit')).body.applicationId };
  };
  const system = { kind: 'system' } as const;
  const inCall = async (applicationId: string): Promise<string> => {
    for (const event of ['join_line', 'accept'] as const) await changeApplication(app.db.prisma, { applicationId, event, actor: system });
    const id = newId();
    await app.db.prisma.witnessSession.create({ data: { id, applicationId, witnessId: app.logins[0]!.staffId, cue: 'turnLeft', scriptVersion: '2026-1', acceptedAt: new Date() } });
    for (const event of ['accept', 'both_joined'] as const) await changeSession(app.db.prisma, { sessionId: id, event, actor: system });
    return id;
  };

  test('a repairable reject sends the client back to just that item, and the rest is kept (R29)', async () => {
    const { browser, applicationId } = await submitted();
    const sessionId = await inCall(applicationId);
    expect((await browser.get('/api/client/application')).body).toMatchObject({ step: 'call', session: { sessionId, agentName: '张敏' } });
    await changeSession(app.db.prisma, { sessionId, event: 'reject', actor: system });
    await changeApplication(app.db.prisma, { applicationId, event: 'reject_repairable', actor: system }, { reasonCode: 'D01', repairItems: ['form', 'call'] });
    const view = (await browser.get('/api/client/application')).body;
    expect(view).toMatchObject({ state: 'repair', step: 'form', repair: { items: ['form', 'call'], text: { zh: expect.stringContaining('更正') } } });
    expect((await browser.put('/api/client/declarations', DECLARATIONS)).code).toBe('STATE_NOT_ALLOWED');
    expect((await browser.put('/api/client/form', anna.form)).body).toMatchObject({ step: 'submit' });
    expect((await browser.post('/api/client/submit')).body).toMatchObject({ state: 'submitted', step: 'ready', repair: null });
  });

  test('a case held for suspected fraud looks like any other that is being processed (R27)', async () => {
    const { browser, applicationId } = await submitted();
    const sessionId = await inCall(applicationId);
    await changeSession(app.db.prisma, { sessionId, event: 'flag_fraud', actor: system });
    await changeApplication(app.db.prisma, { applicationId, event: 'flag_fraud', actor: system }, { reasonCode: 'F01' });
    const held = (await browser.get('/api/client/application')).body;
    expect(JSON.stringify(held)).not.toMatch(/held|fraud|F01/);
    expect(held.message.zh).toContain('正在处理');
    await changeApplication(app.db.prisma, { applicationId, event: 'reject_final', actor: system }, { reasonCode: 'F01' });
    expect(JSON.stringify((await browser.get('/api/client/application')).body)).not.toMatch(/rejected|fraud|F01/);
  });

  test('the client rates the call once (R57) and can withdraw before anything is created', async () => {
    const { browser, applicationId } = await submitted();
    expect((await browser.post('/api/client/rating', { score: 'fair' })).code).toBe('STATE_NOT_ALLOWED');
    const sessionId = await inCall(applicationId);
    await changeSession(app.db.prisma, { sessionId, event: 'pass', actor: system });
    await changeApplication(app.db.prisma, { applicationId, event: 'pass', actor: system });
    expect((await browser.post('/api/client/rating', { score: 'notSatisfied', reason: '等了很久' })).body.rated).toBe(true);
    await browser.post('/api/client/rating', { score: 'satisfied' });
    expect(await app.db.prisma.rating.findMany({ where: { applicationId } })).toMatchObject([{ score: 'notSatisfied', sessionId }]);
    expect((await browser.post('/api/client/withdraw')).body.state).toBe('withdrawn');
    expect((await app.db.prisma.application.findUniqueOrThrow({ where: { id: applicationId } })).passwordsEnc).toBeNull();
    expect((await browser.post('/api/client/withdraw')).code).toBe('STATE_NOT_ALLOWED');
  });
});

describe('personal data', () => {
  test('neither database, log, Redis nor files hold the ID number, the name or a phone number in clear (R43)', async () => {
    const phone = freshPhone();
    const browser = await loggedIn(phone);
    await fillUntil(browser, anna, 'submit');
    const client = new pg.Client({ connectionString: app.database.ownerUrl });
    await client.connect();
    const tables = await client.query<{ name: string }>(`SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('public', 'keys')`);
    let dump = '';
    for (const { name } of tables.rows) dump += JSON.stringify((await client.query(`SELECT * FROM ${name}`)).rows);
    await client.end();
    const keys = await app.redisClient.keys('*');
    const redis = JSON.stringify(await Promise.all(keys.map(async (key) => [key, await app.redisClient.dump(key)])));
    const files = readdirSync(app.dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    expect(dump.length).toBeGreaterThan(5000);
    expect(files.length).toBeGreaterThan(0);
    for (const secret of [phone, anna.person.number, anna.person.name, anna.person.address, '4111111111111111', '739251']) {
      for (const [where, text] of [['database', dump], ['log', app.log.join('\n')], ['redis', redis]] as const) expect([where, text.includes(secret)]).toEqual([where, false]);
    }
    for (const bytes of files) expect(bytes.includes(Buffer.from([0xff, 0xd8, 0xff, 0xe0])) && bytes[0] === 0xff).toBe(false);
    expect(formOf(anna.person).idNumber).toBe(anna.person.number);
  });
});
