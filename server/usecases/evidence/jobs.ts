/** When manifests are written on. */
import { callsToRecordQuery } from '../../database/due.ts';
import type { SigningKey } from '../../platform/config.ts';
import type { Services } from '../services.ts';
import { carryOut, publishLog, stampLog } from './published.ts';
import type { TimeStampAuthority } from './timestamp.ts';
import { recordCase } from './record.ts';
import type { EvidencePorts } from './record.ts';

export interface EvidenceJobs extends EvidencePorts {
  readonly signing: SigningKey;
  /** The file of published heads, outside the database. */
  readonly headsFile: string;
  /** Without one the daily head is not stamped. */
  readonly tsa?: TimeStampAuthority | undefined;
}

/** After each event of a case. */
export async function recordJob(services: Services, ports: EvidenceJobs, applicationId: string): Promise<void> {
  const key = await services.db.caseKey.findUnique({ where: { subjectId: applicationId }, select: { destroyedAt: true } });
  // Of a destroyed case nothing can be read, and nothing more is kept.
  if (key !== null && key.destroyedAt !== null) return void await services.db.manifestDue.deleteMany({ where: { applicationId } });
  const { head, added } = await recordCase(services, ports, applicationId);
  if (head !== null && head !== 'checkpoint') {
    // A disk that is full or away keeps no case from being recorded or handed out: the clock carries on what is missing, and fails aloud.
    await carryOut(services, ports.headsFile).catch((error: unknown) => services.log.error({ err: error }, 'heads not published'));
  }
  if (added > 0) services.log.debug({ applicationId, added, head }, 'manifest written on');
}

const DAY_MS = 24 * 3600_000;
/** Cases a minute, so that those from before their writes were told of do not hold up the others. */
const PAGE = 500;

/**
 * The clock, every 10 s: live calls get their checkpoint, closed ones their seal. One case that cannot be recorded stops no other.
 * @returns how many cases could not be recorded
 */
export async function recordTick(services: Services, ports: EvidenceJobs): Promise<number> {
  const rows = await services.db.$queryRaw<{ id: string }[]>(callsToRecordQuery(new Date(services.now().getTime() - DAY_MS)));
  return await recordEach(services, ports, rows);
}

async function recordEach(services: Services, ports: EvidenceJobs, rows: readonly { readonly id: string }[]): Promise<number> {
  let failed = 0;
  for (const { id } of rows) {
    try {
      await recordJob(services, ports, id);
    } catch (error) {
      failed++;
      services.log.error({ err: error, applicationId: id }, 'manifest not written on');
    }
  }
  return failed;
}

/**
 * Once a minute: whatever was written and is not recorded yet (without an event, while no job ran, long after a call, or before there
 * were manifests); then the head over all published heads, at most once a day, and whatever the file lacks.
 */
export async function publishJob(services: Services, ports: EvidenceJobs): Promise<void> {
  const { db, now } = services;
  await recordEach(services, ports, await db.$queryRaw<{ id: string }[]>`SELECT "application_id" AS id FROM "manifest_due" GROUP BY 1 ORDER BY random() LIMIT ${PAGE}`);
  const last = await db.publishedHead.findFirst({ where: { kind: 'log' }, orderBy: { n: 'desc' }, select: { at: true } });
  // A clock that was wrong for a while must not put the next one off by as much.
  const daily = last === null || Math.abs(now().getTime() - last.at.getTime()) >= DAY_MS;
  if (daily) await publishLog(services, ports.signing);
  // An authority that is down or late keeps no head from being carried out: the next tick asks again.
  if (ports.tsa !== undefined) await stampLog(services, ports.tsa).catch((error: unknown) => services.log.warn({ err: error }, 'the head of the day is not stamped yet'));
  await carryOut(services, ports.headsFile);
}
