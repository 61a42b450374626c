import { AppError } from '../../../contracts/errors.ts';
import { consentKind } from '../../../contracts/http/client.ts';
import type { ApplicationView, CLIENT_OPERATIONS } from '../../../contracts/http/client.ts';
import type { Language } from '../../../contracts/http/common.ts';
import { REASONS } from '../../../contracts/reasons/index.ts';
import { FINAL_APPLICATION_STATES } from '../../../contracts/states/index.ts';
import type { PendingConsent } from '../../auth/client.ts';
import { CLIENT_SESSION_SECONDS } from '../../auth/client.ts';
import { CLIENT_COOKIE } from '../../auth/cookies.ts';
import { newId } from '../../database/crypto.ts';
import type { Application, Db } from '../../database/index.ts';
import { audit } from '../../database/transact.ts';
import type { Handler } from '../../http/router.ts';
import { AGREEMENTS } from '../../texts/agreements.ts';
import { CONSENTS } from '../../texts/consents.ts';
import { chinaDay } from './ports.ts';
import type { ClientPorts } from './ports.ts';
import { phonePlace, viewOf } from './view.ts';

type Ops = typeof CLIENT_OPERATIONS;

export const texts: Handler<Ops['texts']> = () => ({ consents: [...CONSENTS], agreements: [...AGREEMENTS] });

/** R17: every separate consent is answered, in the version in force; only the refusable one may be refused. */
export const start = (ports: ClientPorts): Handler<Ops['start']> => async ({ body, device, setLogin }) => {
  const at = ports.now().toISOString();
  const consents = consentKind.options.map((kind): PendingConsent => {
    const text = CONSENTS.find((one) => one.kind === kind);
    const given = body.consents.filter((one) => one.kind === kind);
    const answer = given[0];
    if (text === undefined || answer === undefined || given.length !== 1) throw new AppError('CONSENT_REQUIRED', { items: [kind] });
    if (answer.version !== text.version || answer.sha256 !== text.sha256[body.language]) throw new AppError('TEXT_VERSION_OLD', { items: [kind] });
    if (!answer.granted && !text.refusable) throw new AppError('CONSENT_REQUIRED', { items: [kind] });
    return { kind, version: answer.version, language: body.language, sha256: answer.sha256, granted: answer.granted, at };
  });
  const { token } = await ports.sessions.start({ language: body.language, consents, device });
  setLogin(CLIENT_COOKIE, token, CLIENT_SESSION_SECONDS);
  return { ok: true };
};

export const requestCode = (ports: ClientPorts): Handler<Ops['requestCode']> => ({ body, address }) => ports.codes.request(body.phone, address);

/** R15: the number is proven; the application is opened or continued; another device is told that this one went on. */
export const login = (ports: ClientPorts): Handler<Ops['login']> => async ({ body, actor, address, setLogin }): Promise<ApplicationView> => {
  const { phone } = await ports.codes.check(body.phone, body.code, address);
  const consents = await ports.sessions.consentsOf(actor.sessionId);
  const clientId = await clientOf(ports, phone);
  const bound = await ports.prisma.$transaction(async (tx) => {
    const one = await ports.sessions.bind(tx, actor.sessionId, clientId);
    const application = await continueOrOpen(tx, clientId, actor.language, ports.now());
    await keepConsents(tx, application.id, consents);
    await audit(tx, { actor: { kind: 'client', id: clientId }, action: 'client.login', applicationId: application.id, codes: { othersEnded: one.endedSessionIds.length } });
    return one;
  });
  setLogin(CLIENT_COOKIE, bound.token, CLIENT_SESSION_SECONDS);
  if (bound.endedSessionIds.length > 0) ports.onTakenOver?.(clientId, bound.endedSessionIds);
  return viewOf(ports, { clientId, language: actor.language });
};

export const logout = (ports: ClientPorts): Handler<Ops['logout']> => async ({ actor, setLogin }) => {
  await ports.sessions.end(actor.sessionId);
  setLogin(CLIENT_COOKIE, '', 0);
  return { ok: true };
};

export const application = (ports: ClientPorts): Handler<Ops['application']> => ({ actor }) => viewOf(ports, actor);

async function clientOf(ports: ClientPorts, phone: string): Promise<string> {
  const where = { phoneIndex: { in: ports.blindIndex.candidates('phone', phone) } };
  const known = await ports.prisma.client.findFirst({ where, select: { id: true } });
  if (known !== null) return known.id;
  const id = newId();
  const row = { id, phoneIndex: ports.blindIndex.of('phone', phone), phoneEnc: await ports.cipher.seal(phonePlace(id), phone) };
  // Two first log-ins at once: one insert wins.
  await ports.prisma.client.createMany({ data: [row], skipDuplicates: true });
  return (await ports.prisma.client.findFirstOrThrow({ where, select: { id: true } })).id;
}

/** Called while the client's row is locked. A rejected, withdrawn or expired application is followed by a new one. */
async function continueOrOpen(tx: Db, clientId: string, language: Language, now: Date): Promise<Application> {
  const last = await tx.application.findFirst({ where: { clientId, business: 'open_account' }, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] });
  if (last !== null && !isOver(last)) return last;
  const [next] = await tx.$queryRaw<{ no: bigint }[]>`SELECT nextval('case_no') AS no`;
  const caseNo = `${chinaDay(now).replaceAll('-', '')}-${String(next?.no ?? 0).padStart(6, '0')}`;
  const created = await tx.application.create({ data: { id: newId(), clientId, caseNo, language } });
  await audit(tx, { actor: { kind: 'client', id: clientId }, action: 'application.opened', applicationId: created.id, to: created.state });
  return created;
}

function isOver({ state, reasonCode }: Application): boolean {
  if (state === 'opened' || !(FINAL_APPLICATION_STATES as readonly string[]).includes(state)) return false;
  // Rejected for fraud: the client sees "being processed" and cannot simply begin again (R27).
  return !(state === 'rejected' && REASONS.find(({ code }) => code === reasonCode)?.group === 'fraud');
}

async function keepConsents(tx: Db, applicationId: string, consents: readonly PendingConsent[]): Promise<void> {
  const rows = await tx.applicationConsent.findMany({ where: { applicationId }, orderBy: [{ at: 'asc' }, { id: 'asc' }] });
  const latest = new Map(rows.map((row) => [row.kind, row]));
  const fresh = consents.filter(({ kind, sha256, granted }) => latest.get(kind)?.sha256 !== sha256 || latest.get(kind)?.granted !== granted);
  if (fresh.length === 0) return;
  await tx.applicationConsent.createMany({ data: fresh.map((consent) => ({ id: newId(), applicationId, ...consent, at: new Date(consent.at) })) });
}
