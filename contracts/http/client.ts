import { z } from 'zod';
import { documentReading, finding, photoFigures } from '../reading.ts';
import { repairItem } from '../reasons/index.ts';
import { accountState, accountStep, applicationState } from '../states/index.ts';
import { bilingual, documentSide, id, isoDate, isoTime, language, ok, operation, sha256Hex } from './common.ts';

/** Separate consents (单独同意, R17); only `face` may be refused. */
export const consentKind = z.enum(['notice', 'recording', 'sensitive', 'face']);
export type ConsentKind = z.infer<typeof consentKind>;
export const agreementId = z.enum(['accountOpening', 'riskDisclosure', 'custody', 'electronicSignature']);

/** A text that is shown in full: notice, consent, agreement or risk disclosure. Hash: SHA-256 of the UTF-8 body. */
export const legalText = z.object({
  id: z.string(), version: z.string(), title: bilingual, body: bilingual,
  sha256: z.object({ zh: sha256Hex, en: sha256Hex }),
});
export type LegalText = z.infer<typeof legalText>;

export const consentGiven = z.object({ kind: consentKind, version: z.string(), sha256: sha256Hex, granted: z.boolean() });

/** The form (申请表). Exactly what the client confirms; compared with what was read (R14). */
export const clientForm = z.object({
  name: z.string().trim().min(2).max(50),
  sex: z.enum(['male', 'female']),
  /** Empty for a residence permit: it prints none. */
  ethnicity: z.string().trim().max(10),
  birthDate: isoDate,
  idNumber: z.string().trim().toUpperCase().length(18),
  address: z.string().trim().min(6).max(120),
  authority: z.string().trim().min(4).max(60),
  validFrom: isoDate,
  validTo: z.union([isoDate, z.literal('long-term')]),
});
export type ClientForm = z.infer<typeof clientForm>;

/** What numbers of the residence permit for Hong Kong, Macao and Taiwan residents (港澳台居民居住证) begin with: one code for each, no district. */
export const PERMIT_CODES = ['810000', '820000', '830000'] as const;
export const isPermitNumber = (idNumber: string): boolean => PERMIT_CODES.some((code) => idNumber.trim().startsWith(code));
/** The form as it is sent: everything that the card prints is filled in. */
const filledForm = clientForm.refine(({ ethnicity, idNumber }) => ethnicity !== '' || isPermitNumber(idNumber), { path: ['ethnicity'] });

export const declarations = z.object({
  occupation: z.enum(['employee', 'civilServant', 'selfEmployed', 'professional', 'farmer', 'student', 'retired', 'unemployed', 'other']),
  employer: z.string().trim().max(60).optional(),
  education: z.enum(['doctor', 'master', 'bachelor', 'college', 'secondary', 'primary']),
  taxResidency: z.enum(['china', 'other', 'both']),
  beneficialOwner: z.literal('self'),
  controller: z.literal('self'),
  markets: z.array(z.enum(['shanghai', 'shenzhen'])).min(1).refine((m) => new Set(m).size === m.length),
  noBadRecord: z.boolean(),
});
export type Declarations = z.infer<typeof declarations>;

export const riskClass = z.enum(['C1', 'C2', 'C3', 'C4', 'C5']);
export const questionnaire = z.object({
  version: z.string(),
  questions: z.array(z.object({ id: z.string(), text: bilingual, options: z.array(z.object({ id: z.string(), text: bilingual })) })),
});
export const riskResult = z.object({ class: riskClass, score: z.number().int(), blocked: z.boolean() });

export const custody = z.object({ bankCode: z.string().regex(/^[A-Z]{3,6}$/), cardNumber: z.string().regex(/^\d{13,19}$/) });
export const bank = z.object({ code: z.string(), name: bilingual, confirmsAtBank: z.boolean() });

/** RSA-OAEP-256 ciphertexts to the core's public key, base64; the server cannot open them. */
export const passwordEnvelopes = z.object({ keyId: z.string(), trading: z.string().max(1000), fund: z.string().max(1000) });

export const signedAgreement = z.object({ id: agreementId, version: z.string(), language, sha256: sha256Hex, signature: z.string().max(400), shownSeconds: z.number().min(0) });

/** What a phone's device check found (R61). */
export const readyCheck = z.object({
  camera: z.enum(['ok', 'missing', 'refused', 'busy']), microphone: z.enum(['ok', 'missing', 'refused', 'busy', 'silent']),
  network: z.enum(['ok', 'slow', 'unreachable']), light: z.enum(['ok', 'dark', 'bright']),
  browser: z.string().max(40).optional(),
});
export type ReadyCheck = z.infer<typeof readyCheck>;

export const rating = z.object({ score: z.enum(['satisfied', 'fair', 'notSatisfied']), reason: z.string().trim().max(300).optional() });

/** Steps of the client's way in their order; the page shows the first that is not done. */
export const CLIENT_STEPS = ['consents', 'phone', 'documents', 'form', 'declarations', 'questionnaire', 'custody', 'passwords', 'agreements', 'submit', 'ready', 'line', 'call', 'result'] as const;
export const clientStep = z.enum(CLIENT_STEPS);
export type ClientStep = z.infer<typeof clientStep>;

/** Steps that the client can put right after the bank or the core refused what stands in them (R54). */
export const correctableStep = z.enum(['custody', 'passwords']);
export type CorrectableStep = z.infer<typeof correctableStep>;

export const documentView = z.object({
  documentId: id, side: documentSide, uploadedAt: isoTime, width: z.number(), height: z.number(),
  /** Absent while it is being read. */
  reading: documentReading.optional(), findings: z.array(finding),
  /** What was measured of the picture (R21). */
  figures: photoFigures.optional(),
});
export type DocumentView = z.infer<typeof documentView>;

/** Everything the client's page needs to go on where it was left. The client sees the own data unmasked except card number. */
export const applicationView = z.object({
  applicationId: id, caseNo: z.string(), state: applicationState, step: clientStep, doneSteps: z.array(clientStep), language,
  phoneMasked: z.string(),
  consents: z.array(z.object({ kind: consentKind, granted: z.boolean(), at: isoTime })),
  documents: z.array(documentView),
  /** Prefill from what was read; the client corrects it. */
  prefill: clientForm.partial(),
  form: clientForm.nullable(),
  /** Differences between form and reading, each named (R14). */
  differences: z.array(finding),
  declarations: declarations.nullable(),
  risk: riskResult.nullable(),
  custody: z.object({ bankCode: z.string(), cardMasked: z.string() }).nullable(),
  passwordsSet: z.boolean(),
  certificateSerial: z.string().nullable(),
  signed: z.array(agreementId),
  /** Present in `repair`: what to redo, and the plain words of the reason. */
  repair: z.object({ items: z.array(repairItem), text: bilingual }).nullable(),
  /** Present in `awaiting_client` when the client can put something right here: the pages. */
  correct: z.array(correctableStep),
  /** Words for the present state, for the client. */
  message: bilingual,
  /** `expectedSeconds` null: no witness agent is at a seat (R60). */
  line: z.object({ place: z.number().int(), expectedSeconds: z.number().nullable(), held: z.enum(['store_low', 'store_unreachable']).optional() }).nullable(),
  /** A running session the client can go back to (R30). */
  session: z.object({ sessionId: id, agentName: z.string(), agentLicence: z.string() }).nullable(),
  accounts: z.array(z.object({ step: accountStep, state: accountState, accountNo: z.string().nullable(), text: bilingual })),
  rated: z.boolean(),
  /** When the batch will take it, outside the depository's hours (R51). */
  batchAt: isoTime.nullable(),
});
export type ApplicationView = z.infer<typeof applicationView>;

export const CLIENT_OPERATIONS = {
  texts: operation({ method: 'get', path: '/api/client/texts', summary: 'Notice, consents and agreements in full, with versions and hashes', access: 'public', response: z.object({ consents: z.array(legalText.extend({ kind: consentKind, refusable: z.boolean() })), agreements: z.array(legalText.extend({ id: agreementId })) }) }),
  start: operation({ method: 'post', path: '/api/client/start', summary: 'Stores the separate consents (R17) and opens an anonymous client session', access: 'public', body: z.object({ language, consents: z.array(consentGiven) }), response: ok }),
  requestCode: operation({ method: 'post', path: '/api/client/code', summary: 'Sends a one-time code by SMS (R15)', access: 'client-anonymous', body: z.object({ phone: z.string().max(20) }), response: z.object({ resendAfterSeconds: z.number() }) }),
  login: operation({ method: 'post', path: '/api/client/login', summary: 'Proves the mobile number with the code (R15) and opens or continues the application', access: 'client-anonymous', body: z.object({ phone: z.string().max(20), code: z.string().max(10) }), response: applicationView }),
  logout: operation({ method: 'post', path: '/api/client/logout', summary: 'Ends the client session', access: 'client', response: ok }),
  application: operation({ method: 'get', path: '/api/client/application', summary: 'The application as the client sees it', access: 'client', response: applicationView }),
  uploadDocument: operation({ method: 'post', path: '/api/client/documents/:side', summary: 'Uploads one side of the ID card; answers as soon as the picture is judged (R21); it is read afterwards', access: 'client', upload: true, response: applicationView }),
  documentImage: operation({ method: 'get', path: '/api/client/documents/:side/image', summary: 'The uploaded photo', access: 'client', binary: 'image/jpeg' }),
  saveForm: operation({ method: 'put', path: '/api/client/form', summary: 'Saves the form (R10–R14)', access: 'client', body: filledForm, response: applicationView }),
  saveDeclarations: operation({ method: 'put', path: '/api/client/declarations', summary: 'Saves the declarations (R18)', access: 'client', body: declarations, response: applicationView }),
  questionnaire: operation({ method: 'get', path: '/api/client/questionnaire', summary: 'The risk questionnaire (R18)', access: 'client', response: questionnaire }),
  saveAnswers: operation({ method: 'put', path: '/api/client/questionnaire', summary: 'Scores the answers to a class (R18)', access: 'client', body: z.object({ version: z.string(), answers: z.record(z.string(), z.string()) }), response: applicationView }),
  banks: operation({ method: 'get', path: '/api/client/banks', summary: 'Custody banks', access: 'client', response: z.object({ banks: z.array(bank) }) }),
  saveCustody: operation({ method: 'put', path: '/api/client/custody', summary: 'Chooses the custody bank (三方存管)', access: 'client', body: custody, response: applicationView }),
  coreKey: operation({ method: 'get', path: '/api/client/core-key', summary: 'The core’s public key for passwords', access: 'client', response: z.object({ keyId: z.string(), spki: z.string() }) }),
  savePasswords: operation({ method: 'put', path: '/api/client/passwords', summary: 'Hands the encrypted passwords to the core for its check; kept only until the core has them (R19)', access: 'client', body: passwordEnvelopes, response: applicationView }),
  requestCertificate: operation({ method: 'post', path: '/api/client/certificate', summary: 'Has the CA certify the phone’s key (PKCS#10, base64 DER)', access: 'client', body: z.object({ csr: z.string().max(4000) }), response: z.object({ certificate: z.string(), serial: z.string() }) }),
  signAgreement: operation({ method: 'post', path: '/api/client/agreements', summary: 'Stores one signed agreement; the signature (ECDSA P-256, SHA-256 over the UTF-8 body) is verified (R19)', access: 'client', body: signedAgreement, response: applicationView }),
  submit: operation({ method: 'post', path: '/api/client/submit', summary: 'Submits the application', access: 'client', response: applicationView }),
  still: operation({ method: 'post', path: '/api/client/photos/:photoId/still', summary: 'The phone’s own sharper still beside a photo of record (R20)', access: 'client', upload: true, response: ok }),
  rate: operation({ method: 'post', path: '/api/client/rating', summary: 'Rates the call (R57)', access: 'client', body: rating, response: applicationView }),
  withdraw: operation({ method: 'post', path: '/api/client/withdraw', summary: 'Withdraws the application', access: 'client', response: applicationView }),
} as const;
