import { AppError } from '../../../contracts/errors.ts';
import type { CLIENT_OPERATIONS } from '../../../contracts/http/client.ts';
import type { RepairItem } from '../../../contracts/reasons/index.ts';
import { missingForSubmit, repairEvent } from '../../../workflows/application/rules.ts';
import { newId } from '../../database/crypto.ts';
import { audit, changeApplication } from '../../database/transact.ts';
import type { Handler } from '../../http/router.ts';
import { clientActor, findApplication, loadCase } from './case.ts';
import { refuseForm } from './idRules.ts';
import { chinaDay } from './ports.ts';
import type { ClientPorts } from './ports.ts';
import { viewOf } from './view.ts';

type Ops = typeof CLIENT_OPERATIONS;

/** Submits a draft, or hands in a repair: into the line again, or straight to the review when no item needs a call (R29). */
export const submit = (ports: ClientPorts): Handler<Ops['submit']> => async ({ actor }) => {
  const found = await loadCase(ports, actor.clientId);
  const { application, facts } = found;
  // Pressed twice.
  if (facts.state === 'submitted') return viewOf(ports, actor);
  if (facts.state !== 'draft' && facts.state !== 'repair') throw new AppError('STATE_NOT_ALLOWED', { code: facts.state });
  if (facts.risk?.blocked === true) throw new AppError('RISK_CLASS_BLOCKED');
  const missing = missingForSubmit(facts);
  if (missing.length > 0) throw new AppError('STEP_INCOMPLETE', { items: missing });
  // Days may lie between form and submission: the card may have expired (R11).
  if (found.form !== null) refuseForm(ports.rules, found.form, chinaDay(ports.now()));
  const event = facts.state === 'draft' ? 'submit' : repairEvent(application.repairItems as RepairItem[]);
  await changeApplication(ports.prisma, {
    applicationId: application.id, event, actor: clientActor(application), expectedVersion: application.version,
    ...(facts.state === 'repair' ? { codes: { repaired: application.repairItems } } : {}),
  }, {
    // A new call begins with a new device check; the reason is told and done.
    ...(event === 'repaired_review' ? {} : { submittedAt: ports.now(), readyAt: null, lineJoinedAt: null }), repairItems: [], repairDone: [], reasonCode: null,
  });
  return viewOf(ports, actor);
};

/** Possible until the first call to an outside system; the passwords are deleted with it. */
export const withdraw = (ports: ClientPorts): Handler<Ops['withdraw']> => async ({ actor }) => {
  const application = await findApplication(ports.prisma, actor.clientId);
  await changeApplication(ports.prisma, { applicationId: application.id, event: 'withdraw', actor: clientActor(application) });
  await ports.line.leave(application.id);
  return viewOf(ports, actor);
};

/** R57: one rating a call, after it; a second one changes nothing. */
export const rate = (ports: ClientPorts): Handler<Ops['rate']> => async ({ body, actor }) => {
  const application = await findApplication(ports.prisma, actor.clientId);
  const applicationId = application.id;
  const last = await ports.prisma.witnessSession.findFirst({ where: { applicationId, state: 'closed', acceptedAt: { not: null } }, orderBy: { endedAt: 'desc' }, select: { id: true } });
  if (last === null) throw new AppError('STATE_NOT_ALLOWED', { code: application.state });
  const id = newId();
  const reason = body.reason ?? '';
  const reasonEnc = reason === '' ? null : await ports.cipher.seal({ subject: applicationId, table: 'rating', column: 'reason_enc', row: id }, reason);
  await ports.prisma.$transaction(async (tx) => {
    const { count } = await tx.rating.createMany({ data: [{ id, applicationId, sessionId: last.id, score: body.score, reasonEnc }], skipDuplicates: true });
    if (count === 1) await audit(tx, { actor: clientActor(application), action: 'application.rated', applicationId, sessionId: last.id, codes: { score: body.score } });
  });
  return viewOf(ports, actor);
};
