import type { CLIENT_OPERATIONS } from '../../../contracts/http/client.ts';
import type { Handlers } from '../../http/router.ts';
import { banks, coreKey, questionnaire, saveAnswers, saveCustody, saveDeclarations, saveForm, savePasswords } from './data.ts';
import { documentImage, uploadDocument } from './documents.ts';
import { application, login, logout, requestCode, start, texts } from './login.ts';
import type { ClientPorts } from './ports.ts';
import { requestCertificate, signAgreement } from './signing.ts';
import { rate, submit, withdraw } from './submit.ts';

export type { CaPort, ClientPorts, CorePort, IdRules, LineView, UploadReader } from './ports.ts';

/** The client's steps as handlers; `still` belongs to the call and is added by the app. */
export const createClientHandlers = (ports: ClientPorts): Omit<Handlers<typeof CLIENT_OPERATIONS>, 'still'> => ({
  texts, questionnaire, banks,
  start: start(ports), requestCode: requestCode(ports), login: login(ports), logout: logout(ports), application: application(ports),
  uploadDocument: uploadDocument(ports), documentImage: documentImage(ports),
  saveForm: saveForm(ports), saveDeclarations: saveDeclarations(ports), saveAnswers: saveAnswers(ports), saveCustody: saveCustody(ports),
  coreKey: coreKey(ports), savePasswords: savePasswords(ports),
  requestCertificate: requestCertificate(ports), signAgreement: signAgreement(ports),
  submit: submit(ports), rate: rate(ports), withdraw: withdraw(ports),
});
