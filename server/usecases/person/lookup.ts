import type { JobData } from '../../../contracts/jobs/index.ts';
import { newId } from '../../database/crypto.ts';
import { audit, inTransaction } from '../../database/transact.ts';
import { factsCame } from '../call/own.ts';
import { tellCaseWitness } from '../call/tell.ts';
import { openForm } from '../cases/open.ts';
import { ROUNDS_MS } from '../outside.ts';
import { identityCandidates, identityIndex } from '../police/standing.ts';
import type { Services } from '../services.ts';
import { LOOKUPS } from './port.ts';
import type { PeoplePort } from './port.ts';

/** Until the case is approved: a reviewer wants to know it as well. */
const LOOKED_UP_IN: readonly string[] = ['submitted', 'waiting', 'in_call', 'witnessed', 'in_review', 'postponed'];
export const lookupPlace = (applicationId: string, lookupId: string) => ({ subject: applicationId, table: 'person_lookup', column: 'detail_enc', row: lookupId });

/**
 * The job `person.lookup` (R16): asks core and depository about the person when the application is submitted; who gave
 * no answer is asked again later, for as long as the decision is open.
 */
export async function lookupJob(services: Services, people: PeoplePort, { applicationId, round = 0 }: JobData<'person.lookup'>): Promise<void> {
  const { db, cipher, jobs, now } = services;
  const application = await db.application.findUniqueOrThrow({ where: { id: applicationId } });
  const form = await openForm(services, application);
  if (form === null || !LOOKED_UP_IN.includes(application.state)) return;
  const askedIndex = identityIndex(services, form);
  const known = round === 0 ? [] : await db.personLookup.findMany({ where: { applicationId, askedIndex: { in: identityCandidates(services, form) }, answer: { not: 'unknown' } }, select: { kind: true } });
  const kinds = LOOKUPS.filter((kind) => !known.some((k) => k.kind === kind));
  if (kinds.length === 0) return;
  const answers = await Promise.all(kinds.map(async (kind) => ({ kind, ...(await people.look(kind, { reference: applicationId, name: form.name, idNumber: form.idNumber })) })));
  const at = now();
  const rows = await Promise.all(answers.map(async ({ kind, answer, detail }) => {
    const id = newId();
    return { id, applicationId, kind, answer, askedIndex, at, detailEnc: detail === undefined ? null : await cipher.seal(lookupPlace(applicationId, id), detail) };
  }));
  await inTransaction(db, async (tx) => {
    await factsCame(tx, { applicationId });
    await tx.personLookup.createMany({ data: rows });
    await audit(tx, { actor: { kind: 'system' }, action: 'person.looked_up', applicationId, codes: Object.fromEntries(rows.map(({ kind, answer }) => [kind, answer])) });
  });
  const delayMs = ROUNDS_MS[round];
  if (answers.some(({ answer }) => answer === 'unknown') && delayMs !== undefined) {
    await jobs.add('person.lookup', { applicationId, round: round + 1 }, { delayMs, id: `${applicationId}-lookup-${round + 1}` });
  }
  await tellCaseWitness(services, applicationId);
}
