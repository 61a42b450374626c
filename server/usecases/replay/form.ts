import type { ClientForm } from '../../../contracts/http/client.ts';
import type { Application, WitnessSession } from '../../database/index.ts';
import { openForm } from '../cases/open.ts';
import { contentOf, told } from '../evidence/kept.ts';
import type { Services } from '../services.ts';

/** The form of a call. `now`: nothing was handed in since; `kept`: as the manifest holds it; `unknown`: it was handed in anew since and the old one is nowhere, `form` is the newer one. */
export interface CallForm { readonly form: ClientForm | null; readonly from: 'now' | 'kept' | 'unknown' }

/** The form as the agent had it, not as it stands now (R46): the row holds the newest only, every form that was handed in has a line of its own in the manifest. */
export async function formInCall(services: Pick<Services, 'db' | 'cipher'>, application: Application, { endedAt }: Pick<WitnessSession, 'endedAt'>): Promise<CallForm> {
  const newest = await openForm(services, application);
  if (endedAt === null || application.formSavedAt === null || application.formSavedAt <= endedAt) return { form: newest, from: 'now' };
  const { id: applicationId } = application;
  const lines = await services.db.manifestLine.findMany({ where: { applicationId, ref: `application:${applicationId}:form` }, orderBy: { seq: 'desc' } });
  const line = lines.find((one) => Date.parse(told(one.line)?.at ?? '') <= endedAt.getTime());
  const kept = line === undefined ? null : await contentOf({ cipher: services.cipher, applicationId }, line);
  return kept === null ? { form: newest, from: 'unknown' } : { form: JSON.parse(kept.text) as ClientForm, from: 'kept' };
}
