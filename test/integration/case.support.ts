import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { ApplicationView, ClientForm } from '../../contracts/http/client.ts';
import type { StaffRole } from '../../contracts/http/common.ts';
import type { JobData, JobName } from '../../contracts/jobs/index.ts';
import type { ApplicationEvent } from '../../contracts/states/index.ts';
import type { MediaHost, RecordedFrames } from '../../media/ports.ts';
import { createFileStore } from '../../media/evidence/index.ts';
import { createClientSessions } from '../../server/auth/client.ts';
import { createLimits } from '../../server/auth/limits.ts';
import { createCaseKeys } from '../../server/database/casekeys.ts';
import { createBlindIndex, createFieldCipher, newId } from '../../server/database/crypto.ts';
import { openDatabase } from '../../server/database/index.ts';
import { changeApplication, changeSession } from '../../server/database/transact.ts';
import { createLog } from '../../server/platform/log.ts';
import { createHub } from '../../server/sockets/hub.ts';
import { createTickets } from '../../server/sockets/tickets.ts';
import { applicationPlace } from '../../server/usecases/client/case.ts';
import { phonePlace } from '../../server/usecases/client/view.ts';
import type { EvidenceJobs } from '../../server/usecases/evidence/jobs.ts';
import { identityIndex } from '../../server/usecases/police/standing.ts';
import type { JobsPort, LinePort, ReaderPort, CapturePort, Services } from '../../server/usecases/services.ts';
import { clientHandlers } from '../../server/wiring/client.ts';
import { DEPOSITORY_CALENDAR } from '../../workflows/accounts/calendar.ts';
import type { Calendar } from '../../workflows/accounts/calendar.ts';
import { inventPerson } from '../support/cards/person.ts';
import { createTestDatabase, createTestRedis } from '../support/services/index.ts';

export interface Job { readonly name: JobName; readonly data: JobData<JobName>; readonly id: string | undefined }

/** What these use cases must never touch: no call, no line, no reading happens in second review and batch. */
const absent = <T extends object>(name: string, part: Partial<T> = {}): T => new Proxy(part, { get: (_, key) => { if (key in part) return part[key as keyof T]; throw new Error(`${name}.${String(key)} is not part of this test`); } }) as T;

/**
 * The services of second review and batch on a real database and a real Redis, without the call. Jobs are collected, so
 * that a test says when they run; `clock` moves the time.
 */
export async function startCaseServices(options: { calendar?: Calendar; outside?: { core: string; ca: string; sms: string } } = {}) {
  const database = await createTestDatabase();
  const redis = await createTestRedis();
  const connection = new Redis(redis.url);
  const dir = mkdtempSync(join(tmpdir(), 'witness-case-'));
  const master = [{ id: 'm1', key: randomBytes(32) }];
  const blindIndex = createBlindIndex([{ id: 'b1', key: randomBytes(32) }]);
  const clock = { at: new Date('2026-03-10T10:00:00+08:00') };
  const jobs: Job[] = [];
  const left: string[] = [];
  const lines: string[] = [];
  const log = createLog({ level: 'debug', destination: { write: (line: string) => void lines.push(line) } });
  const hub = await createHub(connection);
  const opened: { close(): Promise<void> }[] = [];

  /** Services as one process has them: several may be open on the same data. */
  const openServices = (more: { jobs?: JobsPort; now?: () => Date } = {}): Services & { keys: ReturnType<typeof createCaseKeys> } => {
    const db = openDatabase(database.url);
    opened.push(db);
    const keys = createCaseKeys(db.prisma, master);
    return {
      db: db.prisma, cipher: createFieldCipher(keys), blindIndex, store: createFileStore({ dir, keys }), hub, tickets: createTickets(connection), log, keys,
      media: absent<MediaHost>('media'), recorded: absent<RecordedFrames>('recorded'), line: absent<LinePort>('line', { leave: async (id) => void left.push(id) }), reader: absent<ReaderPort>('reader'), capture: absent<CapturePort>('capture'),
      jobs: more.jobs ?? { add: async (name, data, { id } = {}) => void jobs.push({ name, data, id }) }, now: more.now ?? (() => clock.at),
    };
  };
  const services = openServices();
  const signing = { id: 's1', key: generateKeyPairSync('ed25519').privateKey };
  /** What writes manifests beside these services. */
  const evidence = { signing, store: createFileStore({ dir, keys: services.keys }), headsFile: join(dir, 'published-heads.jsonl') } satisfies EvidenceJobs;
  const calendar = options.calendar ?? DEPOSITORY_CALENDAR;
  /** The client's operations on these services. */
  const handlersOf = (of: Services) => clientHandlers({
    services: of, sessions: createClientSessions(services.db, services.now), limits: createLimits(connection), calendar, outside: options.outside ?? { core: 'http://127.0.0.1:9', ca: 'http://127.0.0.1:9', sms: 'http://127.0.0.1:9' },
  });
  const handlers = handlersOf(services);
  /** As the client's own page calls; logged in already. */
  const asClient = async (applicationId: string) => {
    const { clientId } = await services.db.application.findUniqueOrThrow({ where: { id: applicationId } });
    const call = { params: {}, query: {}, body: {}, actor: { kind: 'client', sessionId: newId(), clientId, language: 'zh' } } as never;
    return {
      view: async () => (await handlers.application(call)) as ApplicationView,
      withdraw: async () => (await handlers.withdraw(call)) as ApplicationView,
      save: async (step: 'saveCustody' | 'savePasswords' | 'saveForm' | 'saveDeclarations', body: object) => (await handlers[step]({ ...(call as object), body } as never)) as ApplicationView,
    };
  };
  return {
    services, evidence, master, openServices, clock, jobs, lines, dir, left, calendar, handlersOf, asClient, database, redisUrl: redis.url,
    async close(): Promise<void> {
      for (const one of opened) await one.close();
      await hub.close();
      connection.disconnect();
      await redis.drop();
      await database.drop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
export type CaseServices = Awaited<ReturnType<typeof startCaseServices>>;

let serial = 0;

export async function makeStaff(services: Services, roles: readonly StaffRole[], name = '某人'): Promise<string> {
  const id = newId();
  await services.db.staff.create({ data: { id, username: `s${++serial}-${id}`, name, licence: 'S1', roles: [...roles], passwordHash: 'x', totpSecretEnc: 'x' } });
  return id;
}

const WAY = ['submit', 'join_line', 'accept', 'pass', 'open_review', 'review_approve'] as const satisfies readonly ApplicationEvent[];
export interface CaseOptions {
  /** The last of the way's events that has happened. */
  readonly until: (typeof WAY)[number];
  readonly witnessId: string;
  readonly reviewerId?: string;
  readonly passwords?: { readonly keyId: string; readonly trading: string; readonly fund: string };
  readonly bankCode?: string;
  readonly cardNumber?: string;
  readonly markets?: readonly ('shanghai' | 'shenzhen')[];
}
export interface MadeCase { readonly applicationId: string; readonly clientId: string; readonly sessionId: string; readonly form: ClientForm; readonly phone: string }

/** An invented client's case with its data encrypted as the client's page has it kept, taken along the way by its real events. */
export async function makeCase(services: Services, options: CaseOptions): Promise<MadeCase> {
  const { db, cipher, blindIndex } = services;
  const [clientId, applicationId, sessionId] = [newId(), newId(), newId()];
  const number = ++serial;
  const person = inventPerson(1000 + number, { ageYears: 34, today: services.now() });
  const phone = `138${String(10_000_000 + number)}`;
  const form: ClientForm = {
    name: person.name, sex: person.sex === '男' ? 'male' : 'female', ethnicity: person.ethnicity, birthDate: person.birth, idNumber: person.number, address: person.address,
    authority: person.authority, validFrom: person.validFrom, validTo: person.validTo === '长期' ? 'long-term' : person.validTo,
  };
  const declarations = { occupation: 'employee', education: 'bachelor', taxResidency: 'china', beneficialOwner: 'self', controller: 'self', markets: options.markets ?? ['shanghai', 'shenzhen'], noBadRecord: true };
  const place = (column: string) => applicationPlace(applicationId, column);
  await db.client.create({ data: { id: clientId, phoneIndex: blindIndex.of('phone', phone), phoneEnc: await cipher.seal(phonePlace(clientId), phone) } });
  await db.application.create({
    data: {
      id: applicationId, clientId, caseNo: `20260310-${number}`, language: 'zh',
      formEnc: await cipher.sealJson(place('form_enc'), form), idNumberIndex: blindIndex.of('idNumber', form.idNumber),
      declarationsEnc: await cipher.sealJson(place('declarations_enc'), declarations), riskVersion: '2026-1', riskClass: 'C3', riskScore: 60,
      bankCode: options.bankCode ?? 'ICBC', cardEnc: await cipher.seal(place('card_enc'), options.cardNumber ?? '6222021234567890128'),
      ...(options.passwords ? { passwordsEnc: await cipher.sealJson(place('passwords_enc'), options.passwords), passwordKeyId: options.passwords.keyId, passwordsSetAt: services.now() } : {}),
    },
  });
  for (const event of WAY.slice(0, WAY.indexOf(options.until) + 1)) {
    if (event === 'accept') await db.witnessSession.create({ data: { id: sessionId, applicationId, witnessId: options.witnessId, cue: 'turnLeft', scriptVersion: '1', acceptedAt: services.now(), liveAt: services.now() } });
    if (event === 'accept') for (const step of ['accept', 'both_joined'] as const) await changeSession(db, { sessionId, event: step, actor: { kind: 'system' } });
    if (event === 'pass') await db.policeCheck.create({ data: { id: newId(), applicationId, answer: 'match', askedIndex: identityIndex(services, form), at: services.now() } });
    if (event === 'pass') await changeSession(db, { sessionId, event, actor: { kind: 'staff', id: options.witnessId } }, { decision: 'approve', decidedAt: services.now() });
    await changeApplication(db, { applicationId, event, actor: { kind: 'system' } }, event === 'pass' ? { witnessedAt: services.now() } : event === 'open_review' ? { reviewerId: options.reviewerId ?? null } : event === 'review_approve' ? { approvedAt: services.now() } : {});
  }
  return { applicationId, clientId, sessionId, form, phone };
}
