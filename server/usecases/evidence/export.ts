/** Hands a case's evidence out (R45, R46): asked for with a purpose and a receiver, logged before the first byte leaves. */
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';

import { AppError } from '../../../contracts/errors.ts';
import { isDestroyed } from '../../database/casekeys.ts';
import { newId } from '../../database/crypto.ts';
import type { Place } from '../../database/crypto.ts';
import { audit, look } from '../../database/transact.ts';
import { mayReplay } from '../cases/access.ts';
import type { Reader } from '../cases/access.ts';
import { loadCaseFacts } from '../cases/view.ts';
import { toldWhenRefused } from '../looks/refused.ts';
import type { Services } from '../services.ts';
import { openBundle } from './bundle.ts';
import type { BundleFile, BundlePorts } from './bundle.ts';
import { recordJob } from './jobs.ts';
import type { EvidenceJobs } from './jobs.ts';

export type ExportPorts = EvidenceJobs & BundlePorts;
interface Why { readonly purpose: string; readonly receiver: string }

/** Under the case's key; where that was destroyed (R44), under the key of who takes it. */
export async function whyPlace({ db }: Pick<Services, 'db'>, { applicationId, exportId, staffId }: { applicationId: string; exportId: string; staffId: string }): Promise<Place> {
  return { subject: await isDestroyed(db, applicationId) ? staffId : applicationId, table: 'look_log', column: 'why', row: exportId };
}
/** How long after it was asked for an export may be fetched. */
const FETCH_MS = 10 * 60_000;

/**
 * Brings the manifest up to now, looks whether everything can be handed out, and logs who takes it, for whom and why.
 * @throws AppError NOT_FOUND, SAME_PERSON (R5), CASE_NOT_YOURS, KEY_UNAVAILABLE, EVIDENCE_DAMAGED
 */
export async function askExport(services: Services, ports: ExportPorts, { applicationId, reader, ...why }: { applicationId: string; reader: Reader } & Why): Promise<{ exportId: string; entries: number; files: number; bytes: number }> {
  const { db, cipher, now } = services;
  const facts = await loadCaseFacts(services, applicationId);
  const capacity = await toldWhenRefused(services, { reader, applicationId, what: 'export', purpose: why.purpose }, () => mayReplay(reader, facts));
  await recordJob(services, ports, applicationId);
  const { entries, files, bytes } = await openBundle(services, ports, { applicationId, cover: { caseNo: '', exportedAt: now(), by: '', ...why } });
  const exportId = newId();
  const sealed = await cipher.sealJson(await whyPlace(services, { applicationId, exportId, staffId: reader.staffId }), why);
  await db.$transaction(async (tx) => {
    await look(tx, { id: exportId, staffId: reader.staffId, applicationId, what: 'export', why: sealed, capacity, at: now() });
    await audit(tx, { actor: { kind: 'staff', id: reader.staffId }, action: 'case.exported', applicationId, codes: { exportId } });
  });
  return { exportId, entries, files, bytes };
}

/**
 * The ZIP, made while it is sent: nothing of it ever lies on a disk of ours in the clear (R43). For who asked for it, for ten minutes.
 * @throws AppError NOT_FOUND; as {@link askExport}
 */
export async function sendExport(services: Services, ports: ExportPorts, { exportId, reader }: { exportId: string; reader: Reader }): Promise<{ fileName: string; stream: Readable }> {
  const { db, cipher, now } = services;
  const asked = await db.lookLog.findFirst({ where: { id: exportId, staffId: reader.staffId, what: 'export', at: { gt: new Date(now().getTime() - FETCH_MS) } } });
  if (asked === null || asked.why === null || asked.applicationId === null) throw new AppError('NOT_FOUND');
  const { applicationId } = asked;
  mayReplay(reader, await loadCaseFacts(services, applicationId));
  const [{ caseNo }, { name }, why] = await Promise.all([
    db.application.findUniqueOrThrow({ where: { id: applicationId }, select: { caseNo: true } }), db.staff.findUniqueOrThrow({ where: { id: reader.staffId }, select: { name: true } }),
    cipher.openJson<Why>(await whyPlace(services, { applicationId, exportId, staffId: reader.staffId }), asked.why),
  ]);
  const bundle = await openBundle(services, ports, { applicationId, cover: { caseNo, exportedAt: asked.at, by: name, ...why } });
  return { fileName: `${caseNo}.zip`, stream: zipped(bundle.read(), asked.at) };
}

/** One file after the other: texts get smaller, pictures and recordings do not. */
function zipped(files: AsyncIterable<BundleFile>, mtime: Date): Readable {
  const zip = new ZipFile();
  const out = zip.outputStream as Readable;
  // Whoever takes it goes away in the middle: nothing more is read.
  const left = new AbortController();
  out.once('close', () => left.abort());
  const fill = async (): Promise<void> => {
    for await (const { name, pieces } of files) {
      const piece = Readable.from(pieces, { objectMode: false });
      zip.addReadStream(piece, name, { mtime, compress: /\.(jsonl|json|html)$/.test(name) });
      await finished(piece, { signal: left.signal }).catch((error: unknown) => { piece.destroy(); throw error; });
    }
    zip.end();
  };
  fill().catch((error: unknown) => out.destroy(error as Error));
  return out;
}
