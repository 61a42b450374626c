import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import express from 'express';
import { Redis } from 'ioredis';
import { CLIENT_OPERATIONS } from '../contracts/http/client.ts';
import { RETENTION_OPERATIONS } from '../contracts/http/retention.ts';
import { STAFF_OPERATIONS } from '../contracts/http/staff.ts';
import { createFileStore } from '../media/evidence/index.ts';
import { createHostClock, createRecordedFrames, createRecorderSupervisor } from '../media/recording/index.ts';
import { createMediaHost } from '../media/session/index.ts';
import type { SignalingHost } from '../media/session/index.ts';
import { createReader } from '../review/checks/index.ts';
import { DEPOSITORY_CALENDAR, calendarState, isOpen, nextOpening } from '../workflows/accounts/calendar.ts';
import type { Calendar } from '../workflows/accounts/calendar.ts';
import { listenToEvents } from '../workflows/outbox/relay.ts';
import { createClientSessions } from './auth/client.ts';
import { seedDemoStaff } from './auth/demo.ts';
import type { DemoLogin } from './auth/demo.ts';
import { createLimits } from './auth/limits.ts';
import { createStaffAuth } from './auth/staff.ts';
import { createCaseKeys } from './database/casekeys.ts';
import { createBlindIndex, createFieldCipher } from './database/crypto.ts';
import { openDatabase } from './database/index.ts';
import { measureRequests, openControl } from './http/control.ts';
import { listen } from './http/listen.ts';
import { openapi } from './http/openapi.ts';
import { lastError, pages } from './http/pages.ts';
import { createRouter } from './http/router.ts';
import { securityHeaders } from './http/security.ts';
import type { Config } from './platform/config.ts';
import { createLifecycle } from './platform/lifecycle.ts';
import type { Lifecycle } from './platform/lifecycle.ts';
import type { Log } from './platform/log.ts';
import { createMetrics } from './platform/metrics.ts';
import type { Metrics } from './platform/metrics.ts';
import { loadTls } from './platform/tls.ts';
import { retentionHandlers } from './routes/retention.ts';
import { staffHandlers } from './routes/staff.ts';
import { createDeskSockets } from './sockets/desk.ts';
import { createHub } from './sockets/hub.ts';
import { createLineSockets } from './sockets/line.ts';
import { createTickets } from './sockets/tickets.ts';
import { clientSegments, createMediaFacts } from './usecases/call/mediafacts.ts';
import { createSpaceWatch } from './usecases/call/space.ts';
import { interruptRunning } from './usecases/call/restart.ts';
import type { ExportPorts } from './usecases/evidence/export.ts';
import { createTimeStampAuthority } from './usecases/evidence/timestamp.ts';
import type { Services } from './usecases/services.ts';
import { seedDemoNegativeList } from './usecases/person/negative.ts';
import { clientHandlers } from './wiring/client.ts';
import { openJobs, startJobs } from './wiring/jobs.ts';
import { openLine } from './wiring/line.ts';
import { outsidePorts, pictureService } from './wiring/ports.ts';
import { createUpgrades } from './wiring/sockets.ts';

export interface App {
  /** `https://host:port`, as people on this machine open it. */
  readonly url: string;
  /** Demo staff; empty without DEMO. */
  readonly logins: readonly DemoLogin[];
  stop(): Promise<{ failed: string[] }>;
}

/** The whole program in its order: what is started here is stopped in reverse. Nothing is global. */
export async function startApp(config: Config, log: Log, life: Lifecycle = createLifecycle(log)): Promise<App> {
  const { prisma } = await life.add('database', () => openDatabase(config.databaseUrl), (db) => db.close());
  const redis = await life.add('redis', () => connect(config, log), (r) => r.disconnect());
  const keys = createCaseKeys(prisma, config.keys.master);
  const cipher = createFieldCipher(keys);
  const blindIndex = createBlindIndex(config.keys.blindIndex);
  const evidence = join(config.dataDir, 'evidence');
  const store = createFileStore({ dir: evidence, keys });
  const hub = await life.add('notifications', () => createHub(redis, (reason) => log.warn({ reason }, 'notification dropped')), (h) => h.close());
  const queues = await life.add('queues', () => openJobs(config), (q) => q.close());
  const tickets = createTickets(redis);
  // One clock for recordings and for what is told beside them, whoever sets the machine's meanwhile.
  const clock = createHostClock();
  const now = (): Date => new Date(clock.now());

  // The line tells the use cases, and they speak to the line: the knot is tied here.
  const tie: { services?: Services; placesChanged: () => void } = { placesChanged: () => undefined };
  const space = await life.add('room in the store', () => createSpaceWatch({ dir: evidence, rule: config.recording, db: prisma, log, onChange: () => tie.placesChanged() }), (s) => { s.close(); });
  const facts = createMediaFacts({ db: prisma, hub, log, now, storeFull: () => space.full() });
  await life.add('media facts', () => facts, (f) => f.idle());
  const recorder = await life.add('recorder', () => createRecorderSupervisor({ dir: evidence, keys, clock, orphans: facts, log: (line) => log.info({ part: 'recorder' }, line) }), (r) => r.close(), 20_000);
  const media = await life.add('media', () => createMediaHost({
    engine: { workers: config.media.workers, port: config.media.rtcPort, announcedAddress: config.media.announcedIp, ...(config.media.workerBin ? { workerBin: config.media.workerBin } : {}) },
    recorder, observer: facts, takeTicket: (ticket) => tickets.take(ticket), onFault: (error, context) => log.error({ err: error, ...context }, 'media fault'),
  }), (m) => m.close(), 20_000);
  // Segments that a crash had cut are told of by now, unless reading them took longer than a start may: they say where each recording broke off.
  await facts.idle();
  await interruptRunning({ db: prisma, log, now });
  const reader = await life.add('reader', () => createReader({ workers: 1 }), (r) => r.close());
  reader.keepWarm();

  const line = await life.add('line', () => openLine(redis, log, tie), (l) => l.close());
  const services: Services = { db: prisma, cipher, blindIndex, store, media, recorded: createRecordedFrames({ dir: evidence, store, segmentsOf: (sessionId) => clientSegments(prisma, sessionId) }), line, hub, tickets, ...pictureService(reader), jobs: queues, log, now, space, upperAge: config.upperAge };
  tie.services = services;

  const calendar: Calendar = { ...DEPOSITORY_CALENDAR, alwaysOpen: config.batchAlwaysOpen };
  const outside = outsidePorts(config);
  const evidenceOut: ExportPorts = { signing: config.keys.signing[0]!, keys: config.keys.signing, store, headsFile: config.headsFile, ...(config.tsaUrl === undefined ? {} : { tsa: createTimeStampAuthority(config.tsaUrl) }) };
  if (config.roles.has('jobs')) await startJobs(life, config, services, queues, { outside: outside.accounts, calendar }, keys, evidenceOut);
  const metrics = createMetrics({ sessions: () => media.sessions(), waiting: async () => (await line.snapshot()).waiting.length, jobs: () => queues.counts() });
  await life.add('control', () => openControl({ port: config.http.controlPort, metrics, drain: () => media.drain(), sessions: () => media.sessions() }), (c) => c.close());
  const limits = createLimits(redis);
  const staff = createStaffAuth({ prisma, cipher, limits });
  const sessions = createClientSessions(prisma);
  if (config.demo) await seedDemoNegativeList(services);
  const logins = config.demo ? await seedDemoStaff(prisma, cipher, createHmac('sha256', config.keys.blindIndex[0]!.key).update('demo').digest()) : [];
  const url = await startWeb(life, { config, log, services, media, staff, sessions, limits, outside, calendar, redis, tie, metrics, evidence: evidenceOut });
  return { url, logins, stop: () => life.stop() };
}

type WebParts = {
  config: Config; log: Log; services: Services; media: SignalingHost; staff: ReturnType<typeof createStaffAuth>; sessions: ReturnType<typeof createClientSessions>; limits: ReturnType<typeof createLimits>;
  outside: ReturnType<typeof outsidePorts>; calendar: Calendar; redis: Redis; tie: { placesChanged: () => void }; metrics: Metrics; evidence: ExportPorts;
};

async function startWeb(life: Lifecycle, parts: WebParts): Promise<string> {
  const { config, log, services, staff, sessions, calendar, redis, tie } = parts;
  const tls = config.http.https ? await loadTls(config) : undefined;
  const app = express();
  app.disable('x-powered-by').set('trust proxy', config.http.trustProxy);
  app.use(measureRequests(parts.metrics));
  app.use(securityHeaders({ hsts: tls !== undefined && !tls.selfMade }));
  const ports = { authenticateClient: sessions.authenticate, authenticateStaff: staff.authenticate, log, checkAnswers: !config.production };
  const document = openapi({ client: CLIENT_OPERATIONS, staff: { ...STAFF_OPERATIONS, ...RETENTION_OPERATIONS } }, { title: 'Video witness account opening', version: '1' });
  app.get('/openapi.json', (_req, res) => { res.json(document); });
  app.get('/healthz', (_req, res) => { res.json({ ok: true }); });
  app.use(createRouter(CLIENT_OPERATIONS, clientHandlers(parts), ports));
  app.use(createRouter(STAFF_OPERATIONS, staffHandlers(services, staff, { isOpen: (at) => isOpen(calendar, at), nextOpening: (at) => nextOpening(calendar, at), state: (at) => calendarState(calendar, at) }, parts.evidence), ports));
  app.use(createRouter(RETENTION_OPERATIONS, retentionHandlers(services, config.retention), ports));
  app.use(pages());
  app.use(lastError(log));

  const lineSockets = createLineSockets(services);
  const deskSockets = createDeskSockets(services);
  tie.placesChanged = () => {
    Promise.all([lineSockets.placesChanged(), deskSockets.placesChanged()]).catch((error: unknown) => log.error({ err: error }, 'places not told'));
  };
  const ears = await life.add('event connection', () => redis.duplicate(), (r) => r.disconnect());
  await life.add('events', () => listenToEvents({ redis: ears, onEvent: (event) => lineSockets.changed(event.applicationId), onDropped: () => log.warn('event dropped: not of the contract') }), (l) => l.close());
  const server = await life.add('web', () => listen(app, { port: config.http.port, tls }), (s) => s.close());
  const upgrades = createUpgrades({ staff, clients: sessions, line: lineSockets, desk: deskSockets, media: parts.media, log });
  await life.add('sockets', () => { server.http.on('upgrade', upgrades.handle); }, () => { lineSockets.close(); deskSockets.close(); upgrades.close(); });
  return `${config.http.https ? 'https' : 'http'}://localhost:${server.port}`;
}

function connect(config: Config, log: Log): Redis {
  const redis = new Redis(config.redisUrl, { maxRetriesPerRequest: null });
  redis.on('error', (error) => log.warn({ err: error }, 'redis'));
  return redis;
}
