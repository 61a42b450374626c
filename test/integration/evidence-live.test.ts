import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../server/database/crypto.ts';
import { recordJob } from '../../server/usecases/evidence/jobs.ts';
import type { MadeCase } from './case.support.ts';
import { startEvidence } from './evidence.support.ts';
import type { EvidenceKit } from './evidence.support.ts';

let kit: EvidenceKit;
beforeAll(async () => { kit = await startEvidence(); });
afterAll(() => kit?.close());

describe('Database and store compared with the manifests (R42)', () => {
  const recorded = async (): Promise<MadeCase> => {
    const made = await kit.witnessed();
    kit.wait(20);
    await recordJob(kit.services, kit.app.evidence, made.applicationId);
    return made;
  };
  test('an untouched case has nothing to tell', async () => {
    expect(await kit.live((await recorded()).applicationId)).toEqual([]);
  });

  test.each<[string, (made: MadeCase) => Promise<[string, unknown[]]>, string]>([
    ['an answer of the script', async ({ sessionId }) => [`UPDATE script_tick SET answer = 'unclear' WHERE session_id = $1`, [sessionId]], 'edited: tick:'],
    ['the decision', async ({ sessionId }) => [`UPDATE witness_session SET decision_code = 'A01' WHERE id = $1`, [sessionId]], 'edited: session:'],
    ['the state of the case', async ({ applicationId }) => [`UPDATE application SET state = 'approved' WHERE id = $1`, [applicationId]], 'state: application:'],
    ['the outcome of the call', async ({ sessionId }) => [`UPDATE witness_session SET outcome = 'rejected' WHERE id = $1`, [sessionId]], 'state: session:'],
    ['which file a photo is', async ({ sessionId }) => [`UPDATE photo SET file_id = (SELECT file_id FROM recording_segment WHERE session_id = $1) WHERE session_id = $1`, [sessionId]], 'edited: photo:'],
    ['where a segment lies in time', async ({ sessionId }) => [`UPDATE recording_segment SET start_ms = 500 WHERE session_id = $1`, [sessionId]], 'edited: segment:'],
    ['the risk class', async ({ applicationId }) => [`UPDATE application SET risk_class = 'C5' WHERE id = $1`, [applicationId]], 'edited: application:'],
    ['a row of the audit', async ({ applicationId }) => [`UPDATE audit SET actor_id = 'somebody' WHERE application_id = $1 AND action = 'application.pass'`, [applicationId]], 'edited: audit:'],
    ['a row that was removed', async ({ applicationId }) => [`DELETE FROM audit WHERE application_id = $1 AND action = 'application.submit'`, [applicationId]], 'gone: audit:'],
    ['an answer put in long after', async ({ sessionId }) => [`INSERT INTO script_tick (id, session_id, item, answer, at, media_time_ms) VALUES (gen_random_uuid(), $1, 'riskKnown', 'clear_yes', now() - interval '1 day', 0)`, [sessionId]], 'unrecorded: tick:'],
    ['a comment under its key', async ({ sessionId }) => [`UPDATE witness_session SET comment_enc = 'v1.AAAA' WHERE id = $1`, [sessionId]], 'edited: session:'],
    ['the form, exchanged for another case’s', async ({ applicationId }) => [`UPDATE application SET form_enc = (SELECT form_enc FROM application WHERE id <> $1 AND form_enc IS NOT NULL LIMIT 1) WHERE id = $1`, [applicationId]], 'edited: application:'],
    ['which photo counts', async ({ sessionId }) => [`UPDATE photo SET superseded_at = now() - interval '1 day' WHERE session_id = $1`, [sessionId]], 'unrecorded: photo:'],
    ['what a line says', async ({ applicationId }) => [`UPDATE manifest_line SET content_enc = 'x' WHERE application_id = $1 AND content_enc IS NOT NULL`, [applicationId]], 'edited: content of line '],
    ['a line that is no line any more', async ({ applicationId }) => [`UPDATE manifest_line SET line = 'x' WHERE application_id = $1 AND seq = 3`, [applicationId]], 'chain: line 3'],
    ['the key, removed without a record', async ({ applicationId }) => [`UPDATE keys.case_key SET wrapped = NULL WHERE subject_id = $1`, [applicationId]], 'destroyed: case_key:'],
    ['a line of the manifest', async ({ applicationId }) => [`UPDATE manifest_line SET line = replace(line, 'clear_yes', 'no') WHERE application_id = $1`, [applicationId]], 'chain: line '],
    ['a head of the manifest', async ({ applicationId }) => [`UPDATE manifest_head SET text = replace(text, 'size ', 'size 1') WHERE application_id = $1`, [applicationId]], 'head: head over '],
  ])('%s, edited by a superuser, is found and named', async (_what, edit, told) => {
    const made = await recorded();
    const [statement, values] = await edit(made);
    await kit.asSuperuser(() => kit.owner.query(statement, values));
    const found = async (): Promise<string[]> => (await kit.live(made.applicationId)).map(({ what, where }) => `${what}: ${where}`);
    expect(await found()).toContainEqual(expect.stringContaining(told));
  });

  test.each(['police_check', 'script_tick'])('an answer in %s that was edited stays found after the manifest was written on', async (table) => {
    const made = await recorded();
    if (table === 'police_check') {
      await kit.services.db.policeCheck.create({ data: { id: newId(), applicationId: made.applicationId, answer: 'nameMismatch', at: kit.app.clock.at } });
      await recordJob(kit.services, kit.app.evidence, made.applicationId);
    }
    await kit.asSuperuser(() => kit.owner.query(`UPDATE ${table} SET answer = $1 WHERE ${table === 'police_check' ? 'application_id' : 'session_id'} = $2`, table === 'police_check' ? ['match', made.applicationId] : ['unclear', made.sessionId]));
    kit.wait(600);
    await recordJob(kit.services, kit.app.evidence, made.applicationId);
    expect(await kit.live(made.applicationId)).toEqual([expect.objectContaining({ what: 'edited' })]);
  });

  test('a chapter that was taken away whole, rows, lines and heads, is missed by the published heads', async () => {
    const { applicationId } = await recorded();
    await kit.asSuperuser(async () => {
      for (const table of ['manifest_line', 'manifest_head']) await kit.owner.query(`DELETE FROM ${table} WHERE application_id = $1`, [applicationId]);
    });
    expect((await kit.live(applicationId)).filter(({ what }) => what === 'head')).toEqual([expect.objectContaining({ where: expect.stringContaining('is not here') })]);
  });

  test('a file that was changed, removed, or put in another’s place is found', async () => {
    const { applicationId, sessionId } = await recorded();
    const { fileId } = await kit.services.db.photo.findFirstOrThrow({ where: { sessionId } });
    const path = join(kit.app.dir, applicationId, `${fileId}.vwe`);
    const bytes = await readFile(path);
    const spoiled = Buffer.from(bytes);
    spoiled[spoiled.length - 100]! ^= 1;
    await writeFile(path, spoiled);
    expect(await kit.live(applicationId)).toEqual([expect.objectContaining({ what: 'file', where: expect.stringContaining('photo:'), file: { name: expect.stringMatching(new RegExp(`^evidence/${applicationId}/[0-9a-f-]{36}\\.vwe$`)), why: 'damaged' } })]);
    await writeFile(path, bytes);
    expect(await kit.live(applicationId)).toEqual([]);
    // The part of its head that names the key.
    const otherKey = Buffer.from(bytes);
    otherKey[bytes.indexOf(applicationId.slice(0, 8)) + 1]! ^= 1;
    await writeFile(path, otherKey);
    expect(await kit.live(applicationId)).toEqual([expect.objectContaining({ what: 'file' })]);
    await rm(path);
    expect(await kit.live(applicationId)).toEqual([expect.objectContaining({ what: 'file' })]);
  });
});
