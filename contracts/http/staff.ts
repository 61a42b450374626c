import { z } from 'zod';
import { faceExamination } from '../face.ts';
import { FINDING_CODES } from '../findings.ts';
import { policeView } from '../police.ts';
import { decideOn, documentReading, fieldName, finding, photoFigures } from '../reading.ts';
import { reasonCode } from '../reasons/index.ts';
import { cueId, photoKind, scriptAnswer, scriptItemId } from '../script.ts';
import { accountState, accountStep, applicationState, sessionOutcome, sessionState } from '../states/index.ts';
import { consentKind, declarations, riskResult } from './client.ts';
import { bilingual, documentSide, id, isoDate, isoTime, ok, operation, staffRole } from './common.ts';
import { REPLAY_OPERATIONS, replayViewWith } from './replay.ts';

export const staffView = z.object({ staffId: id, username: z.string(), name: z.string(), licence: z.string().nullable(), roles: z.array(staffRole), trainedUntil: isoDate.nullable() });
export type StaffView = z.infer<typeof staffView>;

/** The seat check (R1): what a program measured and what a person confirmed. */
export const seatCheck = z.object({ sharp: z.boolean(), lit: z.boolean(), backdropConfirmed: z.boolean(), frameAlignedConfirmed: z.boolean(), microphone: z.boolean() });
export type SeatCheck = z.infer<typeof seatCheck>;

export const photoView = z.object({
  photoId: id, kind: photoKind, takenAt: isoTime, mediaTimeMs: z.number(), rtpTimestamp: z.number(), width: z.number(), height: z.number(),
  sha256: z.string(), still: z.object({ width: z.number(), height: z.number(), fits: z.boolean() }).nullable(),
  reading: documentReading.nullable(), findings: z.array(finding),
  /** Which picture was read: its boxes are shares of that one. */
  readFrom: z.enum(['record', 'still', 'burst']).nullable(),
  /** The frames around the press, the pressed one first: media time and score 0…1, null until judged (R20). */
  burst: z.array(z.object({ mediaTimeMs: z.number(), score: z.number().nullable() })),
  figures: photoFigures.nullable(),
  /** Of the face photo: figures for a person, the advice only with consent (R17). */
  face: faceExamination.nullable(),
  /** Inside a recording gap: does not count until taken again. */
  insideGap: z.boolean(),
});
export type PhotoView = z.infer<typeof photoView>;

export const tickView = z.object({ item: scriptItemId, answer: scriptAnswer, at: isoTime, mediaTimeMs: z.number(), insideGap: z.boolean() });

/** One interruption of the call, or of the recording alone. `cause` is a code of CAUSE_WORDS. */
export const breakView = z.object({ what: z.enum(['call', 'recording']), cause: z.string(), from: isoTime, to: isoTime.nullable() });
export type BreakView = z.infer<typeof breakView>;

/** A value masked for the screen; `uncover` fetches the clear one with a logged click (R43). */
export const maskedForm = z.object({
  name: z.string(), namePinyin: z.string(), sex: z.enum(['male', 'female']), ethnicity: z.string(), birthDate: z.string(),
  idNumberMasked: z.string(), address: z.string(), authority: z.string(), validFrom: z.string(), validTo: z.string(), phoneMasked: z.string(),
});

/** The clear value of the form, and for the ID number what was read of the uploads and in the call beside it (R14). */
export const uncovered = z.object({ value: z.string(), upload: z.string().optional(), call: z.string().optional() });
export type Uncovered = z.infer<typeof uncovered>;

export const missingItem = z.object({ code: z.string(), text: bilingual });

export const caseView = z.object({
  applicationId: id, caseNo: z.string(), state: applicationState, version: z.number().int(), submittedAt: isoTime.nullable(),
  form: maskedForm.nullable(), declarations: declarations.nullable(), risk: riskResult.nullable(),
  custody: z.object({ bankCode: z.string(), bankName: bilingual, cardMasked: z.string() }).nullable(),
  consents: z.array(z.object({ kind: consentKind, granted: z.boolean(), version: z.string(), at: isoTime })),
  agreements: z.array(z.object({ id: z.string(), version: z.string(), at: isoTime, verified: z.boolean() })),
  documents: z.array(z.object({ documentId: id, side: documentSide, width: z.number(), height: z.number(), reading: documentReading.nullable(), findings: z.array(finding), figures: photoFigures.nullable() })),
  /** Field-by-field differences of form, uploads and call photos (R14). */
  differences: z.array(finding),
  /** R16: existing customer, earlier rejections, negative list, unconfirmed relation. */
  warnings: z.array(finding),
  police: policeView,
  session: z.object({
    sessionId: id, state: sessionState, outcome: sessionOutcome.nullable(), witnessName: z.string(), witnessLicence: z.string(),
    startedAt: isoTime.nullable(), endedAt: isoTime.nullable(), cue: cueId, ticks: z.array(tickView), photos: z.array(photoView), recorderRunning: z.boolean(),
    /** The recorder has run in this session: not running now is an interruption, not a start. */
    recordedOnce: z.boolean(),
    /** Every answer in its order, those that were given again too (R24). */
    answers: z.array(tickView.omit({ insideGap: true })),
    /** When the call or its recording was broken off; `to` is null while it is. */
    breaks: z.array(breakView),
    /** What still stands in the way of approve, each named (R28). Empty: approve is open. */
    missing: z.array(missingItem),
    decision: z.object({ decision: z.string(), code: z.string().nullable(), comment: z.string().nullable(), at: isoTime }).nullable(),
  }).nullable(),
  reviews: z.array(z.object({ decision: z.string(), code: z.string().nullable(), comment: z.string().nullable(), until: isoDate.nullable(), by: z.string(), at: isoTime })),
  accounts: z.array(z.object({ step: accountStep, state: accountState, code: z.string().nullable(), accountNo: z.string().nullable() })),
});
export type CaseView = z.infer<typeof caseView>;

/** One entry of the negative list: who added and who removed it, and why. */
export const negativeRow = z.object({
  entryId: id, idNumberMasked: z.string(), reason: z.string(), addedBy: z.string().nullable(), addedAt: isoTime,
  removed: z.object({ by: z.string(), reason: z.string(), at: isoTime }).nullable(),
});
export type NegativeRow = z.infer<typeof negativeRow>;

export const reviewRow = z.object({ applicationId: id, caseNo: z.string(), state: applicationState, witnessName: z.string(), witnessedAt: isoTime.nullable(), until: isoDate.nullable(), mine: z.boolean(), nameMasked: z.string(), blockedForMe: z.boolean(),
  /** Postponed, and its day has not come (R50). */
  early: z.boolean(),
});

export const exportAsked = z.object({ exportId: z.string(), entries: z.number().int(), files: z.number().int(), bytes: z.number().int() });

export const replayView = replayViewWith(photoView);
export type ReplayView = z.infer<typeof replayView>;

const caseReaders = ['witness', 'reviewer', 'lead', 'inspector', 'auditor'] as const;
export const decideCall = z.discriminatedUnion('decision', [
  z.object({ decision: z.literal('approve') }),
  z.object({ decision: z.literal('reject'), code: z.string(), comment: z.string().trim().max(500).optional() }),
  z.object({ decision: z.literal('fraud'), comment: z.string().trim().min(1).max(500) }),
]);
export const decideReview = z.discriminatedUnion('decision', [
  z.object({ decision: z.literal('approve'), comment: z.string().trim().max(500).optional() }),
  z.object({ decision: z.literal('postpone'), until: isoDate, comment: z.string().trim().max(500).optional() }),
  z.object({ decision: z.literal('reject'), code: z.string(), comment: z.string().trim().max(500).optional() }),
]);

/** Whether today's trading days are known (R51): `ending` a month before they are not, `unknown` when the batch does not run for it. */
export const calendarState = z.enum(['known', 'ending', 'unknown']);
export type CalendarState = z.infer<typeof calendarState>;

export const STAFF_OPERATIONS = {
  login: operation({ method: 'post', path: '/api/staff/login', summary: 'Staff log-in: password (argon2id) and TOTP (RFC 6238)', access: 'public', body: z.object({ username: z.string().max(60), password: z.string().max(200), totp: z.string().max(10) }), response: staffView }),
  logout: operation({ method: 'post', path: '/api/staff/logout', summary: 'Ends the staff session', access: staffRole.options, response: ok }),
  me: operation({ method: 'get', path: '/api/staff/me', summary: 'Who is logged in', access: staffRole.options, response: staffView }),
  reasons: operation({ method: 'get', path: '/api/staff/reasons', summary: 'Reject reasons in force (R29)', access: [...caseReaders], response: z.object({ version: z.string(), reasons: z.array(reasonCode) }) }),
  openCase: operation({ method: 'get', path: '/api/cases/:applicationId', summary: 'A case with everything beside it; each look is logged (R45)', access: [...caseReaders], response: caseView }),
  uncover: operation({ method: 'post', path: '/api/cases/:applicationId/uncover', summary: 'Uncovers one masked value for the case’s witness or reviewer; logged (R43)', access: ['witness', 'reviewer'], body: z.object({ field: z.enum(['idNumber', 'phone', 'card']) }), response: uncovered }),
  documentImage: operation({ method: 'get', path: '/api/cases/:applicationId/documents/:side/image', summary: 'An uploaded ID photo', access: [...caseReaders], binary: 'image/jpeg' }),
  photoImage: operation({ method: 'get', path: '/api/cases/:applicationId/photos/:photoId/:which', summary: 'A photo of record (`record`), the phone’s still (`still`), what was read (`read`), or the recorded frame that a photo does not agree with (`recorded`)', access: [...caseReaders], binary: 'image/png' }),
  tick: operation({ method: 'post', path: '/api/sessions/:sessionId/ticks', summary: 'Stores one script tick with its media time (R24)', access: ['witness'], body: z.object({ item: scriptItemId, answer: scriptAnswer }), response: caseView }),
  contentHint: operation({ method: 'post', path: '/api/sessions/:sessionId/detail', summary: 'Card steps: the client’s picture is sent in detail', access: ['witness'], body: z.object({ detail: z.boolean() }), response: ok }),
  takePhoto: operation({ method: 'post', path: '/api/sessions/:sessionId/photos', summary: 'Takes the displayed frame out of the live video (R20)', access: ['witness'], body: z.object({ kind: photoKind, producerId: z.string(), rtpTimestamp: z.number().int().min(0).max(0xffffffff) }), response: caseView }),
  decide: operation({ method: 'post', path: '/api/sessions/:sessionId/decision', summary: 'Approves, rejects with a code, or flags fraud (R27–R29)', access: ['witness'], body: decideCall, response: caseView }),
  askPolice: operation({ method: 'post', path: '/api/sessions/:sessionId/police', summary: 'Asks the police check once more (R22)', access: ['witness'], response: caseView }),
  decidePolice: operation({ method: 'post', path: '/api/sessions/:sessionId/police/decision', summary: 'A person decides on "no record" or "unavailable", with a reason (R22)', access: ['witness'], body: z.object({ checkId: id, reason: z.string().trim().min(4).max(500) }), response: caseView }),
  decideFinding: operation({ method: 'post', path: '/api/sessions/:sessionId/findings/decision', summary: 'A person who has looked at the card decides on a finding of its reading, with a reason (R12, R14)', access: ['witness'], body: z.object({ on: decideOn, code: z.enum(FINDING_CODES), field: fieldName.optional(), reason: z.string().trim().min(4).max(500) }), response: caseView }),
  mediaTicket: operation({ method: 'post', path: '/api/sessions/:sessionId/ticket', summary: 'A single-use ticket (60 s) for the media socket', access: ['witness'], response: z.object({ ticket: z.string() }) }),
  reviewList: operation({ method: 'get', path: '/api/review', summary: 'Cases for second review (R50)', access: ['reviewer', 'lead'], response: z.object({ rows: z.array(reviewRow) }) }),
  openReview: operation({ method: 'post', path: '/api/review/:applicationId/open', summary: 'Takes a case for second review; not the case’s own witness (R5)', access: ['reviewer'], response: caseView }),
  decideReview: operation({ method: 'post', path: '/api/review/:applicationId/decision', summary: 'Second review: approve, postpone, reject (R50)', access: ['reviewer'], body: decideReview, response: caseView }),
  ...REPLAY_OPERATIONS,
  replay: operation({ method: 'post', path: '/api/sessions/:sessionId/replay', summary: 'Opens a replay with a purpose; the look is logged (R45); not the case’s own witness or reviewer as auditor (R5)', access: ['auditor', 'lead', 'inspector', 'reviewer'], body: z.object({ purpose: z.string().trim().min(2).max(200) }), response: replayView }),
  replayOn: operation({ method: 'get', path: '/api/sessions/:sessionId/replay', summary: 'A replay that was opened within the hour, with what has come since: while the call goes on', access: ['auditor', 'lead', 'inspector', 'reviewer'], response: replayView }),
  askExport: operation({ method: 'post', path: '/api/cases/:applicationId/exports', summary: 'Asks for the case’s evidence with its signed manifest; purpose and receiver are logged (R45); not for who took part in the case (R5)', access: ['auditor', 'lead'], body: z.object({ purpose: z.string().trim().min(2).max(200), receiver: z.string().trim().min(2).max(100) }), response: exportAsked }),
  fetchExport: operation({ method: 'get', path: '/api/exports/:exportId', summary: 'The evidence that was asked for, as a ZIP; for who asked, for ten minutes', access: ['auditor', 'lead'], download: 'application/zip' }),
  line: operation({ method: 'get', path: '/api/line', summary: 'The line and the seats, for the lead', access: ['lead'], response: z.object({ waiting: z.array(z.object({ caseNo: z.string(), waitedSeconds: z.number(), place: z.number() })), seats: z.array(z.object({ name: z.string(), state: z.string(), sinceSeconds: z.number() })), held: z.enum(['store_low', 'store_unreachable']).optional() }) }),
  holds: operation({ method: 'get', path: '/api/holds', summary: 'Cases held for suspected fraud (R27)', access: ['lead'], response: z.object({ rows: z.array(z.object({ applicationId: id, caseNo: z.string(), at: isoTime, witnessName: z.string() })) }) }),
  decideHold: operation({ method: 'post', path: '/api/holds/:applicationId', summary: 'A person decides on a held case (R27)', access: ['lead'], body: z.object({ decision: z.enum(['release', 'reject']), comment: z.string().trim().min(1).max(500) }), response: ok }),
  negativeList: operation({ method: 'get', path: '/api/negative-list', summary: 'The negative list, numbers masked (R16)', access: ['lead', 'admin'], response: z.object({ rows: z.array(negativeRow) }) }),
  // The number goes in the body: addresses stand in logs.
  searchNegative: operation({ method: 'post', path: '/api/negative-list/search', summary: 'The entries of one ID number, removed ones included; logged (R16)', access: ['lead', 'admin'], body: z.object({ idNumber: z.string().trim().toUpperCase().length(18) }), response: z.object({ rows: z.array(negativeRow) }) }),
  addNegative: operation({ method: 'post', path: '/api/negative-list', summary: 'Puts an ID number on the negative list, with a reason; logged (R16)', access: ['lead', 'admin'], body: z.object({ idNumber: z.string().trim().toUpperCase().length(18), reason: z.string().trim().min(4).max(500) }), response: ok }),
  removeNegative: operation({ method: 'post', path: '/api/negative-list/:entryId/remove', summary: 'Takes an entry off the negative list, with a reason; logged (R16)', access: ['lead', 'admin'], body: z.object({ reason: z.string().trim().min(4).max(500) }), response: ok }),
  batches: operation({ method: 'get', path: '/api/batch', summary: 'Cases in the batch with each step’s state (R52)', access: ['lead', 'admin'], response: z.object({ open: z.boolean(), nextOpening: isoTime.nullable(), calendar: calendarState, rows: z.array(z.object({ applicationId: id, caseNo: z.string(), state: applicationState, code: z.string().nullable(), steps: z.array(z.object({ step: accountStep, state: accountState, code: z.string().nullable() })) })) }) }),
  unpark: operation({ method: 'post', path: '/api/batch/:applicationId/unpark', summary: 'Puts parked steps back into the batch', access: ['lead', 'admin'], response: ok }),
} as const;
