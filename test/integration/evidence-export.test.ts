import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import AdmZip from 'adm-zip';
import { webmMimeType } from '../../media/recording/webm.ts';
import { newId } from '../../server/database/crypto.ts';
import { askExport, sendExport } from '../../server/usecases/evidence/export.ts';
import { recordJob } from '../../server/usecases/evidence/jobs.ts';
import { openReview } from '../../server/usecases/review/open.ts';
import { makeStaff } from './case.support.ts';
import { startEvidence } from './evidence.support.ts';
import type { EvidenceKit } from './evidence.support.ts';

let kit: EvidenceKit;
beforeAll(async () => { kit = await startEvidence(); });
afterAll(() => kit?.close());

describe('Evidence is handed out (R45)', () => {
  const zipOf = async (stream: NodeJS.ReadableStream): Promise<string> => {
    const folder = await mkdtemp(join(kit.dir, 'zip-'));
    const file = join(folder, 'case.zip');
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    await writeFile(file, Buffer.concat(parts));
    new AdmZip(file).extractAllTo(join(folder, 'out'));
    return join(folder, 'out');
  };
  const ports = () => ({ ...kit.app.evidence, keys: kit.signers });

  test('to an auditor with a purpose and a receiver: the ZIP verifies, its pages name the case and the receiver, and who took it why is logged', async () => {
    const { applicationId } = await kit.witnessed();
    kit.wait(20);
    const auditor = { staffId: await makeStaff(kit.services, ['auditor'], '稽核员'), roles: ['auditor'] as const };
    const asked = await askExport(kit.services, ports(), { applicationId, reader: auditor, purpose: '司法协助', receiver: '某某人民法院 <b>' });
    expect(asked.files).toBe(2);
    const { fileName, stream } = await sendExport(kit.services, ports(), { exportId: asked.exportId, reader: auditor });
    const folder = await zipOf(stream);
    expect(await kit.check(folder)).toMatchObject({ problems: [], intact: true, complete: true });
    const { caseNo } = await kit.services.db.application.findUniqueOrThrow({ where: { id: applicationId } });
    expect(fileName).toBe(`${caseNo}.zip`);
    const report = await readFile(join(folder, 'report.html'), 'utf8');
    for (const words of [caseNo, '某某人民法院 &#60;b&#62;', '司法协助', '稽核员', '本人意愿清楚']) expect(report).toContain(words);
    expect(report).not.toContain('<b>');
    expect(await kit.services.db.lookLog.findMany({ where: { applicationId, what: 'export' } })).toEqual([expect.objectContaining({ id: asked.exportId, staffId: auditor.staffId })]);
    // Being read does not change a case: what was handed out stays complete.
    await recordJob(kit.services, kit.app.evidence, applicationId);
    expect(await kit.check(folder)).toMatchObject({ intact: true, complete: true });
  });

  test('each file is named by what it is, as the recorder says it: a recording opens as one where it is unpacked', async () => {
    const { applicationId, sessionId } = await kit.witnessed();
    for (const [i, mimeType] of [webmMimeType({ audio: { channels: 1 } }), 'application/pdf', 'Image/JPEG', 'application/x-unknown; a=b'].entries()) {
      const index = i + 1;
      const { fileId, saltedSha256 } = await kit.app.evidence.store.put({ caseId: applicationId, kind: 'segment', contentType: mimeType, bytes: randomBytes(100) });
      await kit.services.db.recordingSegment.create({ data: { id: newId(), sessionId, side: 'client', index, fileId, startMs: index * 10_000, endMs: index * 10_000 + 10_000, mimeType, byteLength: 100, saltedSha256, tracks: [] } });
    }
    kit.wait(20);
    await recordJob(kit.services, kit.app.evidence, applicationId);
    const folder = await kit.exported(applicationId);
    const names = await readdir(join(folder, 'files'));
    expect(names.map((name) => extname(name)).sort()).toEqual(['.bin', '.jpg', '.pdf', '.png', '.webm', '.webm']);
    const report = await readFile(join(folder, 'report.html'), 'utf8');
    for (const name of names) expect(report).toContain(`files/${name}`);
    expect(await kit.check(folder)).toMatchObject({ problems: [], intact: true });
  });

  test('only to who asked, and for ten minutes', async () => {
    const { applicationId } = await kit.witnessed();
    kit.wait(20);
    const [auditor, other] = [{ staffId: await makeStaff(kit.services, ['auditor']), roles: ['auditor'] as const }, { staffId: await makeStaff(kit.services, ['auditor']), roles: ['auditor'] as const }];
    const { exportId } = await askExport({ ...kit.services, now: () => new Date() }, ports(), { applicationId, reader: auditor, purpose: '定期稽核', receiver: '稽核部' });
    await expect(sendExport({ ...kit.services, now: () => new Date() }, ports(), { exportId, reader: other })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(sendExport({ ...kit.services, now: () => new Date(Date.now() + 11 * 60_000) }, ports(), { exportId, reader: auditor })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('who goes away in the middle of the download stops it: no more is read', async () => {
    const { applicationId, sessionId } = await kit.witnessed();
    const { fileId, saltedSha256 } = await kit.app.evidence.store.put({ caseId: applicationId, kind: 'segment', contentType: 'video/webm', bytes: randomBytes(12_000_000) });
    await kit.services.db.recordingSegment.create({ data: { id: newId(), sessionId, side: 'client', index: 1, fileId, startMs: 10_000, endMs: 20_000, mimeType: 'video/webm', byteLength: 12_000_000, saltedSha256, tracks: [] } });
    kit.wait(20);
    const reader = { staffId: await makeStaff(kit.services, ['auditor']), roles: ['auditor'] as const };
    let reads = 0;
    const counting = { ...ports(), store: { ...kit.app.evidence.store, read: (at: Parameters<typeof kit.app.evidence.store.read>[0]) => { reads += 1; return kit.app.evidence.store.read(at); } } };
    const { exportId } = await askExport(kit.services, counting, { applicationId, reader, purpose: '定期稽核', receiver: '稽核部' });
    const { stream } = await sendExport(kit.services, counting, { exportId, reader });
    await new Promise((resolve) => stream.once('data', resolve));
    stream.destroy();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const stopped = reads;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(reads).toBe(stopped);
    expect(reads).toBeLessThan(12);
  });

  test('not to the case’s own witness, whatever other roles there are (R5); nothing is logged as taken', async () => {
    const { applicationId } = await kit.witnessed();
    await expect(askExport(kit.services, ports(), { applicationId, reader: { staffId: kit.staffId, roles: ['witness', 'auditor'] }, purpose: '自查', receiver: '本人' })).rejects.toMatchObject({ code: 'SAME_PERSON' });
    expect(await kit.services.db.lookLog.count({ where: { applicationId, what: 'export' } })).toBe(0);
  });

  test('who takes a case’s evidence as its auditor does not review it afterwards (R5)', async () => {
    const { applicationId } = await kit.witnessed();
    kit.wait(20);
    const staffId = await makeStaff(kit.services, ['auditor', 'reviewer']);
    await askExport(kit.services, ports(), { applicationId, reader: { staffId, roles: ['auditor', 'reviewer'] }, purpose: '定期稽核', receiver: '稽核部' });
    await expect(openReview(kit.services, { applicationId, reader: { staffId, roles: ['reviewer'] } })).rejects.toMatchObject({ code: 'SAME_PERSON' });
  });

  test('not when a file of it is damaged: that is said before anything is sent', async () => {
    const { applicationId, sessionId } = await kit.witnessed();
    kit.wait(20);
    await recordJob(kit.services, kit.app.evidence, applicationId);
    const { fileId } = await kit.services.db.photo.findFirstOrThrow({ where: { sessionId } });
    const path = join(kit.app.dir, applicationId, `${fileId}.vwe`);
    const bytes = await readFile(path);
    bytes[bytes.length - 50]! ^= 1;
    await writeFile(path, bytes);
    const reader = { staffId: await makeStaff(kit.services, ['auditor']), roles: ['auditor'] as const };
    await expect(askExport(kit.services, ports(), { applicationId, reader, purpose: '定期稽核', receiver: '稽核部' })).rejects.toMatchObject({ code: 'EVIDENCE_DAMAGED' });
  });
});
