import { Redis } from 'ioredis';
import type { OutboxEvent } from '../../contracts/events/index.ts';
import { createRelay } from '../../workflows/outbox/relay.ts';
import type { EventJob } from '../../workflows/outbox/relay.ts';
import { createQueues } from '../../workflows/queues/queues.ts';
import type { Queues } from '../../workflows/queues/queues.ts';
import { defineHandler, startWorkers } from '../../workflows/queues/workers.ts';
import type { Config } from '../platform/config.ts';
import type { Lifecycle } from '../platform/lifecycle.ts';
import { batchTick, openAccountsJob } from '../usecases/batch/run.ts';
import type { BatchPorts } from '../usecases/batch/run.ts';
import { COMPARE_AFTER_MS, comparePhotoJob } from '../usecases/call/comparePhoto.ts';
import { readPhotoJob } from '../usecases/call/photo.ts';
import { scorePhotoJob } from '../usecases/call/settle.ts';
import { examineFaceJob } from '../usecases/call/face.ts';
import { compareBackgroundsJob } from '../usecases/client/compareBackgrounds.ts';
import { readDocumentJob } from '../usecases/client/readDocument.ts';
import { lookupJob } from '../usecases/person/lookup.ts';
import { createPeople } from '../usecases/person/port.ts';
import { policeCheckJob } from '../usecases/police/check.ts';
import { createPolice } from '../usecases/police/port.ts';
import { sweepSessions } from '../usecases/call/watch.ts';
import { publishJob, recordJob, recordTick } from '../usecases/evidence/jobs.ts';
import type { EvidenceJobs } from '../usecases/evidence/jobs.ts';
import { CHECKPOINT_MS } from '../usecases/evidence/record.ts';
import { keepHouse } from '../usecases/house.ts';
import type { HousePorts } from '../usecases/house.ts';
import { runReport } from '../usecases/retention/run.ts';
import type { RetentionPorts } from '../usecases/retention/run.ts';
import type { Services } from '../usecases/services.ts';

const EVERY_MS = { house: 3_600_000, relay: 250, sweep: 5_000, batchDemo: 3_000, batch: 30_000, evidence: CHECKPOINT_MS, publish: 60_000 } as const;

/** How long the phone's sharper still is waited for before the photo of record itself is read. */
const STILL_WAIT_MS = 6_000;

/** A moment after the event: what belongs to it is written by then, and events of a case that come together make one run. */
const RECORD_AFTER_MS = 1_000;

/** Which work follows from an event. Whatever it is, the case's manifest is written on (R42). */
export const jobsOf = (event: OutboxEvent): EventJob[] =>
  [...workOf(event), { name: 'evidence.record', data: { applicationId: event.applicationId }, delayMs: RECORD_AFTER_MS, coalesce: event.applicationId }];

/** What else follows from it. */
export function workOf(event: OutboxEvent): EventJob[] {
  const { type, applicationId } = event;
  if (type === 'document.uploaded') return [{ name: 'document.read', data: { applicationId, documentId: event.documentId } }];
  if (type === 'document.read') return [{ name: 'document.backgrounds', data: { applicationId } }];
  if (type === 'photo.taken') {
    const compare: EventJob = { name: 'photo.compare', data: { applicationId, sessionId: event.sessionId, photoId: event.photoId }, delayMs: COMPARE_AFTER_MS };
    const examine: EventJob = { name: 'face.examine', data: { applicationId, sessionId: event.sessionId, photoId: event.photoId } };
    if (event.kind === 'face') return [{ name: 'police.check', data: { applicationId, photoId: event.photoId } }, examine, compare];
    const read: EventJob = { name: 'photo.read', data: { applicationId, sessionId: event.sessionId, photoId: event.photoId }, delayMs: STILL_WAIT_MS };
    // The card's portrait is one more picture to compare the face with.
    return event.kind === 'portraitSide' ? [read, examine, compare] : [read, compare];
  }
  if (type !== 'application.changed') return [];
  // What is known of the person is asked before the call (R16, R22); whoever only lost the place in the line, or was released, is not asked about again.
  if (event.event === 'submit' || event.event === 'repaired_call') return [{ name: 'police.check', data: { applicationId } }, { name: 'person.lookup', data: { applicationId } }];
  if (event.to === 'approved') return [{ name: 'batch.tick', data: {} }];
  return [];
}

/** Opens the queues; every role may add jobs. */
export const openJobs = (config: Config): Queues => createQueues({ redisUrl: config.redisUrl });

/** The role `jobs`: workers, the outbox relay and the clocks of batch and sweep. */
export async function startJobs(life: Lifecycle, config: Config, services: Services, queues: Queues, batch: BatchPorts, keys: HousePorts['keys'], evidence: EvidenceJobs): Promise<void> {
  const { db, log } = services;
  const retention: RetentionPorts = { keys, evidence, years: config.retention, headsFile: evidence.headsFile };
  const police = createPolice(config.outside.police, log);
  const people = createPeople(config.outside, log);
  await life.add('workers', () => startWorkers({
    redisUrl: config.redisUrl,
    handlers: [
      defineHandler({ name: 'batch.tick', handle: async () => { await batchTick(services, batch); } }),
      defineHandler({ name: 'account.open', concurrency: 4, handle: (data, job) => openAccountsJob(services, batch, data, job) }),
      defineHandler({ name: 'police.check', concurrency: 4, handle: (data) => policeCheckJob(services, police, data) }),
      defineHandler({ name: 'person.lookup', concurrency: 4, handle: (data) => lookupJob(services, people, data) }),
      defineHandler({ name: 'document.read', concurrency: 4, handle: (data) => readDocumentJob(services, data) }),
      defineHandler({ name: 'document.backgrounds', handle: (data) => compareBackgroundsJob(services, data) }),
      defineHandler({ name: 'face.examine', handle: (data) => examineFaceJob(services, data) }),
      defineHandler({ name: 'house.keep', handle: async () => { log.info(await keepHouse(services, { expireDays: config.expireDays, ...retention }), 'house kept'); } }),
      defineHandler({ name: 'retention.run', handle: ({ reportId }) => runReport(services, retention, reportId) }),
      defineHandler({ name: 'photo.read', concurrency: 2, handle: (data) => readPhotoJob(services, data) }),
      defineHandler({ name: 'photo.compare', concurrency: 2, handle: (data) => comparePhotoJob(services, data) }),
      defineHandler({ name: 'photo.score', handle: (data) => scorePhotoJob(services, data) }),
      defineHandler({ name: 'evidence.record', concurrency: 4, handle: (data) => recordJob(services, evidence, data.applicationId) }),
      defineHandler({ name: 'evidence.tick', handle: async () => { await recordTick(services, evidence); } }),
      defineHandler({ name: 'evidence.publish', handle: () => publishJob(services, evidence) }),
      defineHandler({ name: 'session.sweep', handle: async () => { await sweepSessions(services); } }),
    ],
    onFailed: ({ name, id, attempt, final, error }) => log[final ? 'error' : 'warn']({ job: name, id, attempt, err: error }, 'job failed'),
  }), (workers) => workers.close());
  const redis = await life.add('relay connection', () => new Redis(config.redisUrl, { maxRetriesPerRequest: null }), (r) => r.disconnect());
  await life.add('outbox relay', () => createRelay({
    redis, jobsOf, everyMs: EVERY_MS.relay,
    addJob: (job, id) => queues.add(job.name, job.data as never, { id, ...(job.delayMs === undefined ? {} : { delayMs: job.delayMs }), ...(job.coalesce === undefined ? {} : { coalesce: job.coalesce }) }),
    repository: {
      unpublished: (limit) => db.outbox.findMany({ where: { publishedAt: null }, orderBy: { seq: 'asc' }, take: limit, select: { id: true, payload: true } }),
      markPublished: async (ids) => { await db.outbox.updateMany({ where: { id: { in: [...ids] } }, data: { publishedAt: services.now() } }); },
    },
    onError: (error, rowId) => log.error({ err: error, rowId }, 'event not relayed'),
  }), (relay) => relay.close());
  await queues.every('house.keep', EVERY_MS.house, {});
  await queues.every('session.sweep', EVERY_MS.sweep, {});
  await queues.every('evidence.tick', EVERY_MS.evidence, {});
  await queues.every('evidence.publish', EVERY_MS.publish, {});
  await queues.every('batch.tick', config.demo ? EVERY_MS.batchDemo : EVERY_MS.batch, {});
}
