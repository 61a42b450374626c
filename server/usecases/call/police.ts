import { z } from 'zod';
import { policeAnswer } from '../../../contracts/police.ts';
import type { PoliceAnswer } from '../../../contracts/police.ts';
import { openForm } from '../cases/findings.ts';
import { newId } from '../../database/crypto.ts';
import { audit, inTransaction } from '../../database/transact.ts';
import type { Services } from '../services.ts';

const answer = z.object({ answer: policeAnswer });
const LIMIT_MS = 10_000;

/** Asks the police check (公安联网核查); what does not answer in time or in form is `unavailable`, never a mismatch (R22). */
export async function askPolice(url: string, request: { reference: string; name: string; idNumber: string }): Promise<PoliceAnswer> {
  try {
    const response = await fetch(`${url}/identity-checks`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(request), signal: AbortSignal.timeout(LIMIT_MS) });
    return answer.parse(await response.json()).answer;
  } catch {
    return 'unavailable';
  }
}

/** The job `police.check`: name and number are asked before the call; each answer is kept (R22). */
export async function policeCheckJob(services: Services, url: string | undefined, { applicationId }: { applicationId: string }): Promise<void> {
  const application = await services.db.application.findUniqueOrThrow({ where: { id: applicationId } });
  const form = await openForm(services, application);
  if (!form) return;
  const said = url ? await askPolice(url, { reference: applicationId, name: form.name, idNumber: form.idNumber }) : 'unavailable';
  await inTransaction(services.db, async (tx) => {
    await tx.policeCheck.create({ data: { id: newId(), applicationId, answer: said, at: services.now() } });
    await audit(tx, { actor: { kind: 'system' }, action: 'police.checked', applicationId, codes: { answer: said } });
  });
}
