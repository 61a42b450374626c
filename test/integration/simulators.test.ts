import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { X509Certificate, createHash, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import * as x509 from '@peculiar/x509';
import { call, sealPasswords, startTestSimulators } from '../support/simulators/index.ts';
import type { TestSimulators } from '../support/simulators/index.ts';

const ID = '11010519491231002X';
const person = (reference: string) => ({ reference, name: '测试一', idNumber: ID });
const keyed = (reference: string, step: string) => ({ ...person(reference), idempotencyKey: `${reference}-${step}` });

let sim: TestSimulators;
beforeAll(async () => { sim = await startTestSimulators(); });
afterEach(async () => { await sim.clear(); });
afterAll(async () => { await sim.close(); await sim.close(); });

describe('each switch does what it says', () => {
  const open = (reference: string, timeoutMs?: number) => call('POST', `${sim.urls.depository}/one-code-accounts`, keyed(reference, 'oneCode'), timeoutMs);

  test('delay: the answer comes late', async () => {
    await sim.put('depository', { delayMs: 300 });
    const began = Date.now();
    expect((await open(randomUUID())).status).toBe(200);
    expect(Date.now() - began).toBeGreaterThanOrEqual(290);
  });

  test('error code: refused, and nothing was done', async () => {
    const reference = randomUUID();
    await sim.put('depository', { errorCode: 'DEPOSITORY_CLOSED' });
    expect(await open(reference)).toEqual({ status: 422, body: { code: 'DEPOSITORY_CLOSED' } });
    expect(await sim.totals(reference)).toEqual({});
  });

  test('down: the connection is refused, and afterwards the same port answers again', async () => {
    await sim.put('depository', { down: true });
    await expect(open(randomUUID())).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    await sim.clear();
    expect((await open(randomUUID())).status).toBe(200);
  });

  test('silent: no answer ever comes', async () => {
    const reference = randomUUID();
    await sim.put('depository', { silent: true });
    await expect(open(reference, 300)).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(await sim.totals(reference)).toEqual({});
  });

  test('answer lost after the work was done: asked by its key it is there, and sent again makes no second account (R53)', async () => {
    const reference = randomUUID();
    await sim.put('depository', { loseAnswer: true });
    await expect(open(reference)).rejects.toThrow('fetch failed');
    const asked = await call('GET', `${sim.urls.depository}/requests/${reference}-oneCode`);
    expect(asked).toMatchObject({ status: 200, body: { state: 'done' } });
    await sim.clear();
    expect((await open(reference)).body['accountNo']).toBe(asked.body['accountNo']);
    expect(await sim.totals(reference)).toEqual({ oneCode: 1 });
  });

  test('a key that nobody sent is not found; one that is being worked on says so', async () => {
    const reference = randomUUID();
    expect((await call('GET', `${sim.urls.depository}/requests/${reference}-oneCode`)).status).toBe(404);
    await sim.put('depository', { delayMs: 30_000, match: reference });
    await expect(open(reference, 100)).rejects.toMatchObject({ name: 'TimeoutError' });
    await sim.clear();
    const asked = () => call('GET', `${sim.urls.depository}/requests/${reference}-oneCode`);
    // Whoever gives up soon may do so before the system has read what was sent.
    for (let tries = 0; tries < 40 && (await asked()).status === 404; tries += 1) await new Promise((done) => { setTimeout(done, 50); });
    expect((await asked()).body).toEqual({ state: 'processing' });
  });

  test('a switch for one person leaves the others alone, and can wear off', async () => {
    const [unlucky, lucky] = [randomUUID(), randomUUID()];
    await sim.put('depository', { match: unlucky, errorCode: 'DATA_REFUSED', times: 1 });
    expect((await open(lucky)).status).toBe(200);
    expect((await open(unlucky)).status).toBe(422);
    expect((await open(unlucky)).status).toBe(200);
    await sim.put('police', { match: createHash('sha256').update(ID).digest('hex'), errorCode: 'noRecord' });
    expect((await call('POST', `${sim.urls.police}/identity-checks`, { name: '测试一', idNumber: ID })).body).toEqual({ answer: 'noRecord' });
    expect((await call('POST', `${sim.urls.police}/identity-checks`, { name: '测试二', idNumber: '440524188001010014' })).body).toEqual({ answer: 'match' });
  });

  test('the log names calls by reference and holds nothing personal', async () => {
    const reference = randomUUID();
    await open(reference);
    expect(await sim.log(reference)).toMatchObject([{ system: 'depository', path: '/one-code-accounts', outcome: 'done' }]);
    const all = JSON.stringify(await sim.log());
    expect(all).not.toContain(ID);
    expect(all).not.toContain('测试');
  });
});

/** The beginning of a PNG is enough for the simulator to take it for a picture. */
const PNG = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47]), Buffer.alloc(200)]).toString('base64');

describe('the police check', () => {
  test.each(['nameMismatch', 'photoMismatch', 'badImage', 'noPhoto', 'noRecord', 'unavailable'])('can answer %s (R22)', async (answer) => {
    await sim.put('police', { errorCode: answer });
    const ask = async (more: object) => (await call('POST', `${sim.urls.police}/identity-checks`, { name: '测试一', idNumber: ID, ...more })).body;
    expect(await ask({ face: PNG })).toEqual({ answer });
    // What is said of a picture cannot be said without one: then name and number agree.
    expect(await ask({})).toEqual({ answer: ['photoMismatch', 'badImage', 'noPhoto'].includes(answer) ? 'match' : answer });
  });
  test('says bad image for a face that is no picture, and no record for an impossible number (R22)', async () => {
    const ask = (more: object) => call('POST', `${sim.urls.police}/identity-checks`, { name: '测试一', idNumber: ID, ...more });
    expect((await ask({ face: Buffer.from('no picture').toString('base64') })).body).toEqual({ answer: 'badImage' });
    expect((await ask({ idNumber: '110105194912310021' })).body).toEqual({ answer: 'noRecord' });
  });
});

describe('accounts', () => {
  test('numbers have the shapes of real ones, and nobody has more than three accounts in a market (R52)', async () => {
    const idNumber = '440524188001010014';
    const of = (reference: string, step: string, more: object = {}) => ({ ...keyed(reference, step), idNumber, ...more });
    const first = randomUUID();
    const oneCode = (await call('POST', `${sim.urls.depository}/one-code-accounts`, of(first, 'oneCode'))).body['accountNo'] as string;
    expect(oneCode).toMatch(/^18\d{10}$/);
    expect((await call('POST', `${sim.urls.depository}/securities-accounts`, of(first, 'shanghai', { oneCode, market: 'shanghai' }))).body).toEqual({ code: 'RELATION_UNCONFIRMED' });
    await call('POST', `${sim.urls.depository}/relations`, of(first, 'relation', { oneCode }));
    const market = (reference: string, name: string) => call('POST', `${sim.urls.depository}/securities-accounts`, of(reference, name, { oneCode, market: name }));
    expect((await market(first, 'shanghai')).body['accountNo']).toMatch(/^A\d{9}$/);
    expect((await market(first, 'shenzhen')).body['accountNo']).toMatch(/^0\d{9}$/);
    await market(randomUUID(), 'shanghai');
    await market(randomUUID(), 'shanghai');
    expect((await market(randomUUID(), 'shanghai')).body).toEqual({ code: 'ACCOUNT_LIMIT' });
    // The same person's second application finds the one-code account instead of opening another.
    expect((await call('POST', `${sim.urls.depository}/one-code-accounts`, of(randomUUID(), 'oneCode'))).body).toMatchObject({ accountNo: oneCode, existing: true });
    expect((await call('POST', `${sim.urls.depository}/identity-queries`, { ...person(first), idNumber })).body).toEqual({ oneCode, relationConfirmed: true, accounts: { shanghai: 3, shenzhen: 1 } });
  });

  test('the core refuses weak passwords and those it cannot open (R19)', async () => {
    const check = async (trading: string, fund: string, change: object = {}) =>
      (await call('POST', `${sim.urls.core}/passwords/check`, { ...(await sealPasswords(sim.urls.core, trading, fund)), birthDate: '1949-12-31', ...change })).body;
    expect(await check('285913', '730264')).toEqual({ ok: true });
    for (const weak of ['491231', '111111', '123456', '654321', '121212', '123123', '28591', '194912']) expect(await check(weak, '730264')).toEqual({ ok: false, code: 'PASSWORD_WEAK' });
    expect(await check('285913', '285913')).toEqual({ ok: false, code: 'PASSWORDS_EQUAL' });
    expect(await check('285913', '730264', { keyId: 'another' })).toEqual({ ok: false, code: 'PASSWORD_UNREADABLE' });
    expect(await check('285913', '730264', { fund: 'AAAA' })).toEqual({ ok: false, code: 'PASSWORD_UNREADABLE' });
  });

  test('a person who already has a customer number is named, not doubled (R54)', async () => {
    const passwords = await sealPasswords(sim.urls.core, '285913', '730264');
    const open = (reference: string) => call('POST', `${sim.urls.core}/fund-accounts`, { ...keyed(reference, 'fund'), birthDate: '1949-12-31', oneCode: '180000000000', passwords });
    const first = randomUUID();
    const opened = (await open(first)).body;
    expect(opened).toMatchObject({ state: 'done', accountNo: expect.stringMatching(/^3\d{9}$/) });
    expect((await open(first)).body).toEqual(opened);
    expect((await open(randomUUID())).body).toEqual({ code: 'CUSTOMER_EXISTS' });
    expect((await call('POST', `${sim.urls.core}/customer-queries`, { idNumber: ID })).body).toEqual({ customerNo: opened['customerNo'] });
  });

  test('some banks wait for the client’s confirmation (R51)', async () => {
    const reference = randomUUID();
    const link = { ...keyed(reference, 'custody'), bankCode: 'ABC', cardNumber: '6228480000000000000', fundAccountNo: '3000000001' };
    expect((await call('POST', `${sim.urls.bank}/custody-links`, link)).body).toMatchObject({ state: 'awaiting_client' });
    await call('POST', `${sim.urls.bank}/confirmations`, { idempotencyKey: link.idempotencyKey });
    expect((await call('GET', `${sim.urls.bank}/requests/${link.idempotencyKey}`)).body).toMatchObject({ state: 'done' });
  });
});

describe('the certificate authority', () => {
  const request = async (tamper = false) => {
    const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    const csr = await x509.Pkcs10CertificateRequestGenerator.create({ name: 'CN=client', keys, signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' } }, crypto);
    const der = Buffer.from(csr.rawData);
    if (tamper) der[der.length - 1]! ^= 1;
    return call('POST', `${sim.urls.ca}/certificates`, { csr: der.toString('base64'), subject: { reference: 'case-1' } });
  };
  test('certifies a key whose holder signed the request (R19)', async () => {
    const { body } = await request();
    const certificate = new X509Certificate(body['certificate'] as string);
    const root = new X509Certificate((await call('GET', `${sim.urls.ca}/root`)).body['certificate'] as string);
    expect(certificate.verify(root.publicKey)).toBe(true);
    expect(certificate.checkIssued(root)).toBe(true);
    expect(certificate.subject).toBe('CN=case-1');
    expect(certificate.serialNumber.toLowerCase()).toBe(body['serial']);
  });
  test('certifies nothing for a request with a wrong signature or no request at all', async () => {
    expect(await request(true)).toEqual({ status: 422, body: { code: 'CSR_INVALID' } });
    expect((await call('POST', `${sim.urls.ca}/certificates`, { csr: 'A'.repeat(400), subject: { reference: 'case-1' } })).body).toEqual({ code: 'CSR_INVALID' });
  });
});

describe('a process of its own', () => {
  const start = async (env: Record<string, string>) => {
    const child = spawn(process.execPath, ['simulators/main.ts'], { cwd: new URL('../..', import.meta.url), env: { ...process.env, ...env, NODE_OPTIONS: '' }, stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('SIMULATORS ')) return { urls: JSON.parse(line.slice(11)) as TestSimulators['urls'], stop: () => new Promise<void>((done) => { child.once('exit', () => done()); child.kill('SIGTERM'); }) };
    }
    throw new Error('the simulators did not start');
  };

  test('keeps accounts and the key for passwords over a restart, and writes nothing personal', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'simulators-'));
    try {
      const first = await start({ SIM_BASE_PORT: '0', DATA_DIR: dir });
      const opened = (await call('POST', `${first.urls.depository}/one-code-accounts`, keyed('case-restart', 'oneCode'))).body;
      const key = (await call('GET', `${first.urls.core}/keys/current`)).body;
      await first.stop();
      const second = await start({ SIM_BASE_PORT: '0', DATA_DIR: dir, DEMO: '0' });
      expect((await call('GET', `${second.urls.depository}/requests/case-restart-oneCode`)).body).toEqual(opened);
      expect((await call('GET', `${second.urls.core}/keys/current`)).body).toEqual(key);
      await call('POST', `${second.urls.sms}/messages`, { to: '13900000000', template: 'login', code: '246810' });
      expect((await call('GET', `${second.urls.control}/sms/latest?to=13900000000`)).status).toBe(404);
      await second.stop();
      for (const name of await readdir(join(dir, 'simulators'))) expect(await readFile(join(dir, 'simulators', name), 'utf8')).not.toContain(ID);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });

  test('one-time codes can be read in demo mode (R15)', async () => {
    await call('POST', `${sim.urls.sms}/messages`, { to: '13900000000', template: 'login', code: '246810' });
    expect((await call('GET', `${sim.urls.control}/sms/latest?to=13900000000`)).body).toMatchObject({ code: '246810' });
  });
});
