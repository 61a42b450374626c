/** How far a rule is kept. `in part` and `not yet` say what is missing. */
export interface RuleRow {
  readonly rule: string;
  readonly says: string;
  readonly state: 'yes' | 'in part' | 'not yet';
  readonly missing?: string;
  /** Files that enforce it. */
  readonly where: readonly string[];
  /** Full titles of tests that show it without naming it. */
  readonly alsoShownBy?: readonly string[];
}

const yes = (rule: string, says: string, where: readonly string[], alsoShownBy?: readonly string[]): RuleRow => ({ rule, says, state: 'yes', where, ...(alsoShownBy ? { alsoShownBy } : {}) });
const part = (rule: string, says: string, missing: string, where: readonly string[], alsoShownBy?: readonly string[]): RuleRow => ({ rule, says, state: 'in part', missing, where, ...(alsoShownBy ? { alsoShownBy } : {}) });
const not = (rule: string, says: string, missing: string, where: readonly string[] = []): RuleRow => ({ rule, says, state: 'not yet', missing, where });

export const RULES: readonly RuleRow[] = [
  part('R1', 'seat check before going online', 'sharpness, light and sound are measured in the browser and taken on its word; the backdrop is confirmed by the agent', ['review/console/seat/SeatCheckPage.tsx', 'review/console/seat/measure.ts', 'server/usecases/call/seat.ts']),
  yes('R2', 'who left or is silent for 15 s is offered nobody; leaving has a reason', ['workflows/waiting/line.ts', 'workflows/waiting/script.ts', 'server/usecases/call/seat.ts', 'review/console/desk/heartbeat.worker.ts']),
  yes('R3', 'the agent is drawn at random, the draw is stored', ['workflows/waiting/script.ts', 'server/usecases/call/offers.ts']),
  yes('R4', 'valid qualification and training to go online', ['server/auth/staff.ts', 'server/usecases/call/seat.ts']),
  yes('R5', 'witness, reviewer and auditor are different people', ['server/usecases/cases/access.ts', 'server/usecases/call/joinline.ts', 'server/usecases/call/offers.ts', 'server/usecases/review/open.ts', 'server/usecases/replay/open.ts']),
  yes('R6', 'the session opens with the agent’s name and licence', ['client/join/pages/Call.tsx', 'contracts/script.ts', 'review/decision/missing.ts']),
  yes('R10', '18 or older; an upper age where UPPER_AGE sets one', ['review/checks/age.ts', 'review/decision/card.ts', 'server/usecases/client/idRules.ts', 'server/usecases/cases/findings.ts']),
  yes('R11', 'expired card blocks, as typed and as printed; validity fits the age at issue', ['review/checks/validity.ts', 'review/decision/card.ts', 'server/usecases/client/idRules.ts', 'server/usecases/client/submit.ts']),
  yes('R12', 'ID number: check character, date, sex', ['review/checks/idNumber.ts', 'client/join/rules/numbers.ts', 'server/usecases/client/idRules.ts']),
  yes('R13', 'an unknown area code is a warning, never a rejection', ['review/checks/areaCodes.ts', 'review/checks/idNumber.ts', 'server/usecases/cases/findings.ts']),
  yes('R14', 'uploads, readings and form compared field by field', ['review/checks/compare.ts', 'review/checks/tolerance.ts', 'server/usecases/cases/findings.ts', 'review/decision/card.ts', 'server/usecases/findings/decide.ts', 'review/console/case/CompareTable.tsx', 'review/console/case/FindingList.tsx']),
  yes('R15', 'mobile number proven with a one-time code', ['server/auth/oneTimeCode.ts', 'server/usecases/client/login.ts'], ['five wrong codes void it, and the right one comes too late', 'a code is good for five minutes and once; another is sent after a minute']),
  yes('R16', 'what is known of the person is seen before the decision', ['server/usecases/person/known.ts', 'server/usecases/cases/earlier.ts', 'server/usecases/person/lookup.ts', 'server/usecases/person/negative.ts', 'review/console/case/Warnings.tsx']),
  yes('R17', 'notice and separate consents first, stored with version and hash; without the one for faces nothing is matched', ['server/usecases/client/login.ts', 'server/texts/consents.ts', 'workflows/application/rules.ts', 'server/usecases/call/face.ts', 'server/usecases/police/check.ts']),
  yes('R18', 'risk questionnaire to a class, lowest blocked; declarations', ['server/texts/questionnaire.ts', 'server/usecases/client/data.ts', 'workflows/application/rules.ts']),
  yes('R19', 'agreements signed with the phone’s key; passwords seen by nobody', ['client/join/rules/csr.ts', 'client/join/rules/sealing.ts', 'server/usecases/client/signing.ts', 'server/usecases/client/data.ts', 'server/usecases/batch/repository.ts']),
  yes('R20', 'the photo of record is the frame that the server received', ['server/usecases/call/photo.ts', 'media/session/mediaHost.ts', 'media/recording/ring.ts', 'media/recording/decode.ts', 'review/capture/alignStill.ts', 'review/capture/pickBest.ts', 'server/usecases/call/burst.ts']),
  yes('R21', 'a bad photo is refused with the reason', ['review/checks/quality/judgeFigures.ts', 'review/checks/quality/judgeImage.ts', 'review/capture/judgePhoto.ts', 'review/decision/missing.ts']),
  yes('R22', 'police check: each answer has its name', ['review/decision/police.ts', 'server/usecases/police/check.ts', 'server/usecases/police/decide.ts', 'server/usecases/police/port.ts', 'review/console/case/Police.tsx']),
  part('R23', 'photos whose backgrounds do not fit are marked', 'the two uploads only; the photos of the call come out of one video', ['server/usecases/client/compareBackgrounds.ts']),
  part('R24', 'the script’s questions; a clear yes', 'the order is fixed and there are no control questions', ['contracts/script.ts', 'server/usecases/call/tick.ts', 'review/decision/missing.ts']),
  yes('R25', 'the name large with pinyin, saying it confirmed', ['review/console/call/CallPage.tsx', 'contracts/script.ts', 'server/usecases/cases/view.ts']),
  yes('R26', 'an unpredictable cue, done or not', ['server/usecases/call/offers.ts', 'contracts/script.ts', 'server/usecases/call/tick.ts']),
  yes('R27', 'suspected fraud holds the case; the client sees “being processed”', ['server/usecases/call/decide.ts', 'server/usecases/review/holds.ts', 'server/usecases/client/view.ts']),
  yes('R28', 'approve is closed until all is done and recorded; the missing is named', ['review/decision/missing.ts', 'server/usecases/call/decide.ts', 'server/usecases/cases/facts.ts']),
  yes('R29', 'reject codes, words for the client, repair of just the item', ['contracts/reasons/index.ts', 'server/usecases/call/decide.ts', 'workflows/application/rules.ts', 'server/usecases/client/submit.ts']),
  part('R30', 'a dropped call is no decision; back within 3 min', 'whether a resumed session counts is no setting: it counts', ['workflows/waiting/script.ts', 'server/usecases/call/mediafacts.ts', 'server/usecases/call/watch.ts', 'server/usecases/call/release.ts', 'server/usecases/call/restart.ts', 'server/usecases/call/room.ts', 'client/rtc/reconnectPolicy.ts']),
  yes('R40', 'both sides recorded; no recording, no approval', ['media/recording/supervisor.ts', 'media/recording/side.ts', 'review/decision/missing.ts', 'server/usecases/call/gaps.ts']),
  yes('R41', 'playable up to 2 s before a crash', ['media/recording/segmentwriter.ts', 'media/recording/recover.ts', 'media/evidence/writer.ts']),
  yes('R42', 'signed manifest of every file', ['server/usecases/evidence/collect.ts', 'server/usecases/evidence/record.ts', 'server/usecases/evidence/published.ts', 'server/usecases/evidence/verifyLive.ts', 'server/usecases/evidence/export.ts', 'media/evidence/merkle.ts', 'media/evidence/verifier/verify.mjs']),
  yes('R43', 'encrypted at rest, masked on screens, never logged', ['server/database/crypto.ts', 'server/database/casekeys.ts', 'media/evidence/format.ts', 'server/usecases/cases/mask.ts', 'server/usecases/cases/uncover.ts', 'server/platform/log.ts']),
  yes('R44', 'kept 20 years and 10 after the relation, then destroyed by the key; not under a legal hold', ['workflows/retention/due.ts', 'server/usecases/retention/destroy.ts', 'server/usecases/retention/holds.ts', 'server/database/casekeys.ts', 'server/usecases/house.ts']),
  part('R45', 'every look is logged: who, when, why', 'the why is a purpose for replays and exports, and the capacity (witness, reviewer …) for the rest', ['server/database/transact.ts', 'server/usecases/cases/view.ts', 'server/usecases/cases/images.ts', 'server/usecases/cases/uncover.ts', 'server/usecases/replay/open.ts', 'server/usecases/replay/search.ts', 'server/usecases/looks/search.ts', 'server/usecases/evidence/export.ts'], ['%s cannot be changed, deleted or emptied: not by the program, and by trigger not by the owner either']),
  part('R46', 'replay with date, time and events', 'the open segment of a call that goes on is shown when it is closed, about 10 s later', ['server/usecases/replay/open.ts', 'server/usecases/replay/history.ts', 'server/usecases/replay/network.ts', 'review/replay/console.ts', 'review/replay/player.ts', 'review/replay/timeline.ts', 'review/console/sessions/ReplayPage.tsx']),
  part('R50', 'second review: approve, postpone, reject, ask', 'asking the lead and the case library', ['server/usecases/review/open.ts', 'server/usecases/review/decide.ts']),
  part('R51', 'the batch keeps the depository’s and the bank’s hours', 'holidays are data in the code, for 2026; outside the known years nothing runs and the batch list says so', ['workflows/accounts/calendar.ts', 'workflows/accounts/openAccounts.ts', 'server/usecases/batch/run.ts']),
  yes('R52', 'separate account states in their order', ['contracts/states/account.ts', 'workflows/accounts/steps.ts', 'workflows/accounts/openAccounts.ts']),
  yes('R53', 'idempotency keys; a time-out is asked about', ['workflows/accounts/openAccounts.ts', 'workflows/accounts/outside.ts', 'workflows/accounts/ports.ts']),
  yes('R54', 'failures: by itself, the client, a person', ['workflows/accounts/failures.ts', 'workflows/accounts/openAccounts.ts', 'server/usecases/batch/list.ts']),
  not('R55', 'reconciliation at the end of a batch', 'no report is made; the batch list shows each step'),
  not('R56', 'new accounts are called back (回访)', 'no call-back'),
  part('R57', 'the client rates the call', '“not satisfied” is stored, but no inspection follows', ['server/usecases/client/submit.ts', 'client/join/pages/Result.tsx']),
  not('R58', 'quality inspection', 'no sampling and no scoring sheet'),
  not('R59', 'complaints', 'no complaints'),
  part('R60', '95 % accepted within 30 s; place and honest time', 'place, expected time and the lead’s live view of line and seats; no figures by day', ['workflows/waiting/expected.ts', 'workflows/waiting/line.ts', 'server/usecases/call/lineview.ts']),
  part('R61', 'device check with one plain fix a failure', 'the network is timed against the web server, not the media server', ['client/join/device/DeviceCheck.tsx', 'server/usecases/call/joinline.ts']),
  not('R62', 'changed rules are confirmed by everybody', 'no notices to confirm, no page of the day'),
];
