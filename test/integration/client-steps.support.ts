import { afterAll, expect } from '@jest/globals';
import { constants, createHash, publicEncrypt, randomBytes, webcrypto } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { Redis } from 'ioredis';
import { certificateRequest } from '../../client/join/rules/csr.ts';
import { CLIENT_OPERATIONS, STAFF_OPERATIONS } from '../../contracts/http/index.ts';
import type { ApplicationView, ClientForm } from '../../contracts/http/client.ts';
import type { DocumentReading } from '../../contracts/reading.ts';
import type { ErrorBody } from '../../contracts/errors.ts';
import { createFileStore } from '../../media/evidence/index.ts';
import { createReader } from '../../review/checks/index.ts';
import { createClientSessions } from '../../server/auth/client.ts';
import { seedDemoStaff } from '../../server/auth/demo.ts';
import { LIMITS, createLimits } from '../../server/auth/limits.ts';
import { createOneTimeCodes } from '../../server/auth/oneTimeCode.ts';
import { STAFF_SESSION_SECONDS, createStaffAuth } from '../../server/auth/staff.ts';
import { STAFF_COOKIE } from '../../server/auth/cookies.ts';
import { createCaseKeys } from '../../server/database/casekeys.ts';
import { createBlindIndex, createFieldCipher } from '../../server/database/crypto.ts';
import { openDatabase } from '../../server/database/index.ts';
import type { Hub } from '../../server/sockets/hub.ts';
import { createRouter } from '../../server/http/router.ts';
import { createLog } from '../../server/platform/log.ts';
import { createIdRules } from '../../server/usecases/client/idRules.ts';
import { readDocumentJob } from '../../server/usecases/client/readDocument.ts';
import type { ReaderPort } from '../../server/usecases/services.ts';
import { createClientHandlers } from '../../server/usecases/client/index.ts';
import { createCa, createCore, createSms } from '../../server/usecases/client/outside.ts';
import { startSimulators } from '../../simulators/start.ts';
import { inventPerson, photographCard, renderCard } from '../support/cards/index.ts';
import type { InventedPerson, InventOptions } from '../support/cards/index.ts';
import { createTestDatabase, createTestRedis } from '../support/services/index.ts';

/** Everything of the client's steps for real: database, Redis, simulators, reader, evidence; HTTP over loopback. */
export async function startClientApp() {
  const database = await createTestDatabase();
  const redis = await createTestRedis();
  const simulators = await startSimulators({ basePort: 0, demo: true });
  const db = openDatabase(database.url);
  const redisClient = new Redis(redis.url);
  const dir = mkdtempSync(join(tmpdir(), 'witness-client-steps-'));
  const keys = createCaseKeys(db.prisma, [{ id: 'm1', key: randomBytes(32) }]);
  const cipher = createFieldCipher(keys);
  const blindIndex = createBlindIndex([{ id: 'b1', key: randomBytes(32) }]);
  const limits = createLimits(redisClient);
  const clock = { offsetMs: 0 };
  const now = (): Date => new Date(Date.now() + clock.offsetMs);
  const pool = createReader({ workers: 1 });
  const readings = new Map<string, Promise<DocumentReading>>();
  const sessions = createClientSessions(db.prisma, now);
  const codes = createOneTimeCodes({ prisma: db.prisma, blindIndex, limits, sms: createSms(simulators.urls.sms), resendSeconds: LIMITS.resendSeconds, now });
  const evidence = createFileStore({ dir, keys });
  const takenOver: string[] = [];
  const log: string[] = [];
  const handlers = createClientHandlers({
    prisma: db.prisma, cipher, blindIndex, evidence, rules: createIdRules(), core: createCore(simulators.urls.core), ca: createCa(simulators.urls.ca), sessions, codes, now,
    reader: { inspect: (bytes, options) => pool.inspect(bytes, options), judge: (jpeg, { expect, signal }) => pool.judge(jpeg, { kind: expect === 'portrait' ? 'portraitSide' : 'emblemSide', expect, signal }) },
    line: { place: async () => null, leave: async () => undefined },
    onTakenOver: (clientId) => void takenOver.push(clientId),
  });
  // The jobs that follow from uploads, as the relay makes them. The same picture reads the same: each is really read once.
  const reading = { paused: false };
  const reader = {
    read: (jpeg: Buffer, options: { expect?: 'portrait' | 'emblem' } = {}) => {
      const key = `${options.expect}.${createHash('sha256').update(jpeg).digest('hex')}`;
      const made = readings.get(key) ?? pool.read(jpeg, { expect: options.expect });
      readings.set(key, made);
      return made;
    },
    backgrounds: (pair: { one: Buffer; other: Buffer }) => pool.backgrounds(pair),
  } as unknown as ReaderPort;
  const hub = { publish: async () => undefined } as unknown as Hub;
  let busy = false;
  const reads = setInterval(() => {
    if (busy || reading.paused) return;
    busy = true;
    (async () => {
      for (const row of await db.prisma.outbox.findMany({ where: { type: 'document.uploaded', publishedAt: null }, orderBy: { seq: 'asc' } })) {
        await readDocumentJob({ db: db.prisma, cipher, store: evidence, reader, hub, now }, row.payload as { applicationId: string; documentId: string });
        await db.prisma.outbox.update({ where: { id: row.id }, data: { publishedAt: new Date() } });
      }
    })().catch((error: unknown) => { log.push(String(error)); }).finally(() => { busy = false; });
  }, 25);
  const staffAuth = createStaffAuth({ prisma: db.prisma, cipher, limits, now });
  const logins = await seedDemoStaff(db.prisma, cipher, randomBytes(32));
  const ports = {
    authenticateClient: sessions.authenticate, authenticateStaff: staffAuth.authenticate, checkAnswers: true,
    log: createLog({ level: 'debug', destination: { write: (line: string) => void log.push(line) } }),
  };
  const { still: _, ...operations } = CLIENT_OPERATIONS;
  const { login, logout, me, holds } = STAFF_OPERATIONS;
  const app = express();
  app.use(createRouter(operations, handlers, ports));
  app.use(createRouter({ login, logout, me, holds }, {
    login: async ({ body, address, setLogin }) => {
      const done = await staffAuth.login({ ...body, address });
      setLogin(STAFF_COOKIE, done.token, STAFF_SESSION_SECONDS);
      return done.staff;
    },
    logout: async ({ actor }) => { await staffAuth.logout(actor); return { ok: true as const }; },
    me: ({ actor }) => staffAuth.view(actor.id),
    holds: () => ({ rows: [] }),
  }, ports));
  const server = createServer(app);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    base, db, database, keys, cipher, blindIndex, clock, log, reading, logins, dir, simulators, takenOver, redisClient,
    async smsCode(phone: string): Promise<string> {
      const answer = await fetch(`${simulators.urls.control}/sms/latest?to=${phone}`);
      return ((await answer.json()) as { code: string }).code;
    },
    async simulatorsDown(system: string, down: boolean): Promise<void> {
      const url = `${simulators.urls.control}/switch/${system}`;
      await fetch(url, down ? { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ down: true }) } : { method: 'DELETE' });
    },
    async close(): Promise<void> {
      clearInterval(reads);
      await new Promise((done) => { server.close(done); server.closeAllConnections(); });
      await pool.close();
      await simulators.close();
      await db.close();
      redisClient.disconnect();
      await redis.drop();
      await database.drop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
export type ClientApp = Awaited<ReturnType<typeof startClientApp>>;

/** The client's steps for all tests of a file, and Anna, who takes them: each test logs in as a new client. */
export async function openClientApp() {
  const app = await startClientApp();
  afterAll(() => app.close());
  const anna = await newPerson(7, { ageYears: 33, sex: '女' });
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
  return { app, anna, freshPhone, loggedIn, uploaded };
}

export interface Answer<T> { readonly status: number; readonly body: T; readonly code: string | undefined; readonly items: readonly string[] | undefined }

/** A browser: keeps its cookies and says where it comes from. */
export function createBrowser(base: string) {
  const jar = new Map<string, string>();
  const send = async <T = ApplicationView>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer<T>> => {
    const form = body instanceof FormData;
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { cookie: [...jar].map(([k, v]) => `${k}=${v}`).join('; '), origin: base, ...(body === undefined || form ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: form ? body : JSON.stringify(body) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const parsed = (response.headers.get('content-type') ?? '').includes('json') ? ((await response.json()) as T & Partial<ErrorBody>) : (await response.arrayBuffer() as unknown as T & Partial<ErrorBody>);
    return { status: response.status, body: parsed, code: parsed.code, items: parsed.detail?.items };
  };
  const uploadOnly = (side: string, bytes: Buffer): Promise<Answer<ApplicationView>> => {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(bytes)], { type: 'image/jpeg' }), 'card.jpg');
    return send('POST', `/api/client/documents/${side}`, form);
  };
  return {
    jar, send,
    get: <T = ApplicationView>(path: string) => send<T>('GET', path),
    post: <T = ApplicationView>(path: string, body?: unknown) => send<T>('POST', path, body),
    put: <T = ApplicationView>(path: string, body?: unknown) => send<T>('PUT', path, body),
    /** As the page does it: judged at once, then waited for until it is read. */
    upload: async (side: string, bytes: Buffer): Promise<Answer<ApplicationView>> => {
      const judged = await uploadOnly(side, bytes);
      let answer = judged;
      while (answer.status === 200 && answer.body.documents.some((one) => one.reading === undefined)) {
        await new Promise((done) => setTimeout(done, 25));
        answer = await send('GET', '/api/client/application');
      }
      return answer;
    },
    /** The answer to the upload itself. */
    uploadOnly,
  };
}
export type Browser = ReturnType<typeof createBrowser>;

interface Texts { consents: { kind: string; version: string; sha256: { zh: string } }[]; agreements: { id: string; version: string; sha256: { zh: string }; body: { zh: string } }[] }
export const textsOf = async (browser: Browser): Promise<Texts> => (await browser.get<Texts>('/api/client/texts')).body;

export async function consent(browser: Browser, granted: (kind: string) => boolean = () => true): Promise<Answer<unknown>> {
  const { consents } = await textsOf(browser);
  return browser.post('/api/client/start', { language: 'zh', consents: consents.map(({ kind, version, sha256 }) => ({ kind, version, sha256: sha256.zh, granted: granted(kind) })) });
}

export async function logIn(app: ClientApp, browser: Browser, phone: string): Promise<Answer<ApplicationView>> {
  await consent(browser);
  const asked = await browser.post('/api/client/code', { phone });
  if (asked.status !== 200) return asked;
  return browser.post('/api/client/login', { phone, code: await app.smsCode(phone) });
}

/** An invented person with the card's photos, and the form as that person fills it in. */
export async function newPerson(seed: number, options: InventOptions = {}) {
  const person = inventPerson(seed, options);
  const shoot = async (side: 'portrait' | 'emblem'): Promise<Buffer> => photographCard(await renderCard({ ...person, side }));
  return { person, form: formOf(person), portrait: await shoot('portrait'), emblem: await shoot('emblem') };
}
export type Person = Awaited<ReturnType<typeof newPerson>>;

export const formOf = (person: InventedPerson): ClientForm => ({
  name: person.name, sex: person.sex === '男' ? 'male' : 'female', ethnicity: person.ethnicity, birthDate: person.birth, idNumber: person.number,
  address: person.address, authority: person.authority, validFrom: person.validFrom, validTo: person.validTo === '长期' ? 'long-term' : person.validTo,
});

export const DECLARATIONS = { occupation: 'employee', education: 'bachelor', taxResidency: 'china', beneficialOwner: 'self', controller: 'self', markets: ['shanghai', 'shenzhen'], noBadRecord: true };
export const answersWith = (option: string): Record<string, string> =>
  Object.fromEntries(['age', 'income', 'yearly', 'share', 'debt', 'experience', 'knowledge', 'term', 'goal', 'loss'].map((id) => [id, option]));

export async function sealed(browser: Browser, password: string): Promise<{ keyId: string; envelope: string }> {
  const { body } = await browser.get<{ keyId: string; spki: string }>('/api/client/core-key');
  const key = { key: Buffer.from(body.spki, 'base64'), format: 'der', type: 'spki', padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' } as const;
  return { keyId: body.keyId, envelope: publicEncrypt(key, Buffer.from(password)).toString('base64') };
}
export async function setPasswords(browser: Browser, trading: string, fund: string): Promise<Answer<ApplicationView>> {
  const [one, two] = [await sealed(browser, trading), await sealed(browser, fund)];
  return browser.put('/api/client/passwords', { keyId: one.keyId, trading: one.envelope, fund: two.envelope });
}

/** The phone's key and its certificate. */
export async function certified(browser: Browser) {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']) as CryptoKeyPair;
  const csr = Buffer.from(await certificateRequest(keys, 'test')).toString('base64');
  const answer = await browser.post<{ serial: string }>('/api/client/certificate', { csr });
  const sign = async (text: string): Promise<string> => Buffer.from(await webcrypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, keys.privateKey, Buffer.from(text, 'utf8'))).toString('base64');
  return { answer, sign };
}

export async function signAll(browser: Browser): Promise<Answer<ApplicationView>> {
  const { sign } = await certified(browser);
  let last: Answer<ApplicationView> | undefined;
  for (const text of (await textsOf(browser)).agreements) {
    last = await browser.post('/api/client/agreements', { id: text.id, version: text.version, language: 'zh', sha256: text.sha256.zh, signature: await sign(text.body.zh), shownSeconds: 12 });
  }
  return last as Answer<ApplicationView>;
}

/** Through all data steps up to (not including) `until`; each must be accepted. */
export async function fillUntil(browser: Browser, who: Person, until: 'form' | 'declarations' | 'questionnaire' | 'custody' | 'passwords' | 'agreements' | 'submit'): Promise<void> {
  const steps: [string, () => Promise<Answer<unknown>>][] = [
    ['documents', async () => { await browser.upload('portrait', who.portrait); return browser.upload('emblem', who.emblem); }],
    ['form', () => browser.put('/api/client/form', who.form)],
    ['declarations', () => browser.put('/api/client/declarations', DECLARATIONS)],
    ['questionnaire', () => browser.put('/api/client/questionnaire', { version: '2026-1', answers: answersWith('c') })],
    ['custody', () => browser.put('/api/client/custody', { bankCode: 'ICBC', cardNumber: '6222021234567890128' })],
    ['passwords', () => setPasswords(browser, '739251', '806417')],
    ['agreements', () => signAll(browser)],
  ];
  for (const [name, step] of steps) {
    if (name === until) return;
    const answer = await step();
    if (answer.status !== 200) throw new Error(`${name}: ${answer.status} ${answer.code}`);
  }
}

