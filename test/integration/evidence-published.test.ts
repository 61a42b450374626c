import { generateKeyPairSync } from 'node:crypto';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { changeApplication } from '../../server/database/transact.ts';
import { publishJob, recordJob } from '../../server/usecases/evidence/jobs.ts';
import { carryOut } from '../../server/usecases/evidence/published.ts';
import { verifyCase } from '../../server/usecases/evidence/verifyLive.ts';
import { startEvidence } from './evidence.support.ts';
import type { EvidenceKit } from './evidence.support.ts';

let kit: EvidenceKit;
beforeAll(async () => { kit = await startEvidence(); });
afterAll(() => kit?.close());

describe('The published heads (R42)', () => {
  test('are carried out of the database in order, once each, and go on where the file ends', async () => {
    const { applicationId } = await kit.witnessed();
    kit.wait(20);
    await recordJob(kit.services, kit.app.evidence, applicationId);
    const before = (await readFile(kit.app.evidence.headsFile, 'utf8')).trim().split('\n');
    expect(before.map((line) => (JSON.parse(line) as { n: number }).n)).toEqual(before.map((_, i) => i + 1));
    expect(await carryOut(kit.services, kit.app.evidence.headsFile)).toBe(0);
    await publishJob(kit.services, kit.app.evidence);
    kit.wait(25 * 3600);
    await changeApplication(kit.services.db, { applicationId, event: 'open_review', actor: { kind: 'staff', id: kit.staffId } });
    await recordJob(kit.services, kit.app.evidence, applicationId);
    await publishJob(kit.services, kit.app.evidence);
    const after = (await readFile(kit.app.evidence.headsFile, 'utf8')).trim().split('\n');
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.filter((line) => line.includes('kind log')).length).toBeGreaterThanOrEqual(2);
    expect(await kit.verified(applicationId)).toMatchObject({ intact: true });
  });

  test('a line that was changed, cut off or put in is told, in the file and in the database', async () => {
    const good = await readFile(kit.app.evidence.headsFile, 'utf8');
    expect((await kit.publishedFile()).problems).toEqual([]);
    const copy = join(kit.dir, 'changed.jsonl');
    await writeFile(copy, good.replace('kind seal', 'kind later'));
    expect((await kit.publishedFile(copy)).problems).toContain('line 1 is not what was published');
    await writeFile(copy, good.split('\n').slice(1).join('\n'));
    expect((await kit.publishedFile(copy)).problems).toContain('line 1 is not what was published');
    await kit.asSuperuser(() => kit.owner.query('UPDATE published_head SET line = line || $1 WHERE n = 2', [' ']));
    expect((await kit.publishedFile()).problems).toEqual(['line 2 is not what was published']);
    await kit.asSuperuser(() => kit.owner.query('UPDATE published_head SET line = rtrim(line) WHERE n = 2'));
    kit.wait(3600);
    expect((await kit.publishedFile(join(kit.dir, 'none.jsonl'))).problems).toEqual(['the file ends at line 0, the database goes on']);
  });

  test('of a database that was restored from an older day nothing is published behind what was published since', async () => {
    const file = join(kit.dir, 'ahead.jsonl');
    const last = Number((await kit.services.db.publishedHead.findFirstOrThrow({ orderBy: { n: 'desc' } })).n);
    await writeFile(file, `${await readFile(kit.app.evidence.headsFile, 'utf8')}${JSON.stringify({ n: last + 1, text: 'later', signature: '' })}\n`);
    await expect(carryOut(kit.services, file)).rejects.toThrow("is not the database's");
  });

  test('a file that ends in the middle of a line is left alone for a person to look at', async () => {
    const file = join(kit.dir, 'torn.jsonl');
    await writeFile(file, '{"n":1,"text":"vi');
    await expect(carryOut(kit.services, file)).rejects.toThrow('ends in the middle of a line');
    expect(await readFile(file, 'utf8')).toBe('{"n":1,"text":"vi');
    await appendFile(file, '\n');
    await expect(carryOut(kit.services, file)).rejects.toThrow();
  });

  test('a file that cannot be written keeps no case from being recorded or handed out, and gets what it lacks later', async () => {
    const { applicationId } = await kit.witnessed();
    kit.wait(20);
    await recordJob(kit.services, { ...kit.app.evidence, headsFile: join(kit.dir, 'no such folder', 'heads.jsonl') }, applicationId);
    expect((await kit.services.db.manifestHead.findFirstOrThrow({ where: { applicationId }, orderBy: { size: 'desc' } })).kind).toBe('seal');
    expect(kit.app.lines.some((line) => line.includes('heads not published'))).toBe(true);
    await expect(publishJob(kit.services, { ...kit.app.evidence, headsFile: join(kit.dir, 'no such folder', 'heads.jsonl') })).rejects.toThrow();
    expect(await carryOut(kit.services, kit.app.evidence.headsFile)).toBeGreaterThan(0);
    expect(await kit.verified(applicationId)).toMatchObject({ intact: true, complete: true });
  });

  test('heads signed by a key that was put away are still proven by it', async () => {
    const { applicationId } = await kit.witnessed();
    kit.wait(20);
    await recordJob(kit.services, kit.app.evidence, applicationId);
    // Published once more, by the new key.
    const next = { ...kit.app.evidence, signing: { id: 's2', key: generateKeyPairSync('ed25519').privateKey } };
    await changeApplication(kit.services.db, { applicationId, event: 'open_review', actor: { kind: 'staff', id: kit.staffId } });
    await recordJob(kit.services, next, applicationId);
    expect(await verifyCase(kit.services, { store: kit.app.evidence.store, signing: [next.signing, kit.app.evidence.signing], published: [] }, applicationId)).toEqual([]);
    expect(await kit.live(applicationId)).toContainEqual(expect.objectContaining({ what: 'head' }));
    kit.signers.push(next.signing);
    expect(await kit.live(applicationId)).toEqual([]);
    expect(await kit.verified(applicationId)).toMatchObject({ intact: true, complete: true });
  });

  test('a key that was put away proves what it signed until then, for both verifiers, and nothing that claims a later time', async () => {
    const { applicationId } = await kit.witnessed();
    kit.wait(20);
    await recordJob(kit.services, kit.app.evidence, applicationId);
    const [old] = kit.signers;
    const [next, putAway] = [{ id: 's9', key: generateKeyPairSync('ed25519').privateKey, from: kit.app.clock.at }, new Date(kit.app.clock.at.getTime() + 1000)];
    kit.wait(60);
    kit.signers.unshift(next);
    Object.assign(old!, { until: putAway });
    try {
      await changeApplication(kit.services.db, { applicationId, event: 'open_review', actor: { kind: 'staff', id: kit.staffId } });
      await recordJob(kit.services, { ...kit.app.evidence, signing: next }, applicationId);
      expect(await kit.live(applicationId)).toEqual([]);
      expect(await kit.verified(applicationId)).toMatchObject({ intact: true, complete: true });
      // As a thief would go on with it.
      await changeApplication(kit.services.db, { applicationId, event: 'review_approve', actor: { kind: 'staff', id: kit.staffId } });
      await recordJob(kit.services, { ...kit.app.evidence, signing: { id: old!.id, key: old!.key } }, applicationId);
      expect(await kit.live(applicationId)).toEqual([expect.objectContaining({ what: 'head' })]);
      expect((await kit.verified(applicationId)).problems.map(({ why }) => why)).toContainEqual(expect.stringContaining(`the key ${old!.id} does not count at`));
    } finally {
      kit.signers.shift();
      Object.assign(old!, { until: undefined });
    }
  });
});
