import { AppError } from '../../../contracts/errors.ts';
import { CUSTODY_BANKS, custodyBank } from '../../../contracts/banks.ts';
import type { CLIENT_OPERATIONS } from '../../../contracts/http/client.ts';
import type { Handler } from '../../http/router.ts';
import { QUESTIONNAIRE, scoreAnswers } from '../../texts/questionnaire.ts';
import { applicationPlace, loadCase, requireStep, saveStep } from './case.ts';
import { refuseForm } from './idRules.ts';
import { chinaDay } from './ports.ts';
import type { ClientPorts } from './ports.ts';
import { viewOf } from './view.ts';

type Ops = typeof CLIENT_OPERATIONS;

/** R10–R13 refuse here; R14's differences are shown, and do not refuse. */
export const saveForm = (ports: ClientPorts): Handler<Ops['saveForm']> => async ({ body, actor }) => {
  const found = await loadCase(ports, actor.clientId);
  requireStep(found, 'form');
  refuseForm(ports.rules, body, chinaDay(ports.now()));
  const { id } = found.application;
  // Passwords were checked against the old birth date.
  const bornOtherwise = found.form !== null && found.form.birthDate !== body.birthDate;
  await saveStep(ports.prisma, found, 'form', { action: 'application.form_saved' }, {
    formSavedAt: ports.now(), formEnc: await ports.cipher.sealJson(applicationPlace(id, 'form_enc'), body), idNumberIndex: ports.blindIndex.of('idNumber', body.idNumber),
    ...(bornOtherwise ? { passwordsEnc: null, passwordKeyId: null, passwordsSetAt: null } : {}),
  });
  return viewOf(ports, actor);
};

export const saveDeclarations = (ports: ClientPorts): Handler<Ops['saveDeclarations']> => async ({ body, actor }) => {
  const found = await loadCase(ports, actor.clientId);
  requireStep(found, 'declarations');
  const declarationsEnc = await ports.cipher.sealJson(applicationPlace(found.application.id, 'declarations_enc'), body);
  await saveStep(ports.prisma, found, 'declarations', { action: 'application.declarations_saved' }, { declarationsEnc });
  return viewOf(ports, actor);
};

export const questionnaire: Handler<Ops['questionnaire']> = () => QUESTIONNAIRE;

/** R18: the class is stored; the lowest blocks the steps after it and is explained, and may be answered again. */
export const saveAnswers = (ports: ClientPorts): Handler<Ops['saveAnswers']> => async ({ body, actor }) => {
  const found = await loadCase(ports, actor.clientId);
  requireStep(found, 'questionnaire');
  const result = scoreAnswers(body.version, body.answers);
  const riskAnswersEnc = await ports.cipher.sealJson(applicationPlace(found.application.id, 'risk_answers_enc'), body.answers);
  await saveStep(ports.prisma, found, 'questionnaire', { action: 'application.risk_scored', codes: { class: result.class, version: body.version } }, {
    riskVersion: body.version, riskClass: result.class, riskScore: result.score, riskAnswersEnc,
  });
  return viewOf(ports, actor);
};

export const banks: Handler<Ops['banks']> = () => ({ banks: CUSTODY_BANKS.map(({ code, name, confirmsAtBank }) => ({ code, name, confirmsAtBank })) });

export const saveCustody = (ports: ClientPorts): Handler<Ops['saveCustody']> => async ({ body, actor }) => {
  const found = await loadCase(ports, actor.clientId);
  requireStep(found, 'custody');
  if (custodyBank(body.bankCode) === undefined) throw new AppError('BAD_REQUEST', { field: 'bankCode' });
  if (!isLuhn(body.cardNumber)) throw new AppError('BANK_CARD_INVALID', { field: 'cardNumber' });
  const cardEnc = await ports.cipher.seal(applicationPlace(found.application.id, 'card_enc'), body.cardNumber);
  await saveStep(ports.prisma, found, 'custody', { action: 'application.custody_saved', codes: { bank: body.bankCode } }, { bankCode: body.bankCode, cardEnc });
  return viewOf(ports, actor);
};

/** The check digit of a card number (ISO/IEC 7812-1, Luhn). */
export function isLuhn(number: string): boolean {
  const sum = [...number].reverse().reduce((total, digit, i) => {
    const value = Number(digit) * (i % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

export const coreKey = (ports: ClientPorts): Handler<Ops['coreKey']> => () => ports.core.currentKey();

const PASSWORD_REFUSALS = { weak: 'PASSWORD_WEAK', equal: 'PASSWORDS_EQUAL', unreadable: 'PASSWORD_UNREADABLE' } as const;

/**
 * R19: the core opens and checks the passwords; here they stay as the client's envelopes, encrypted once more, until the
 * account job has handed them over.
 */
export const savePasswords = (ports: ClientPorts): Handler<Ops['savePasswords']> => async ({ body, actor }) => {
  const found = await loadCase(ports, actor.clientId);
  requireStep(found, 'passwords');
  if (found.form === null) throw new AppError('STEP_INCOMPLETE', { items: ['form'] });
  const answer = await ports.core.checkPasswords(body, found.form.birthDate);
  if (answer !== 'ok') throw new AppError(PASSWORD_REFUSALS[answer]);
  const passwordsEnc = await ports.cipher.sealJson(applicationPlace(found.application.id, 'passwords_enc'), body);
  await saveStep(ports.prisma, found, 'passwords', { action: 'application.passwords_set' }, { passwordsEnc, passwordKeyId: body.keyId, passwordsSetAt: ports.now() });
  return viewOf(ports, actor);
};
