import type { FindingCode } from '../../../contracts/findings.ts';
import type { ClientForm } from '../../../contracts/http/client.ts';
import type { PoliceAnswer, PoliceAnswered, PoliceQuestion, PoliceView } from '../../../contracts/police.ts';
import type { Finding } from '../../../contracts/reading.ts';
import { policeFindings, policeStanding } from '../../../review/decision/police.ts';
import type { PoliceAnswerFact } from '../../../review/decision/police.ts';
import type { Application, Photo } from '../../database/index.ts';
import type { Services } from '../services.ts';

/** What was asked about, without telling it: a changed form is another question. */
const identityText = ({ name, idNumber }: Pick<ClientForm, 'name' | 'idNumber'>): string => `${name}\u0000${idNumber}`;
export const identityIndex = ({ blindIndex }: Pick<Services, 'blindIndex'>, form: ClientForm): string => blindIndex.of('identity', identityText(form));
export const identityCandidates = ({ blindIndex }: Pick<Services, 'blindIndex'>, form: ClientForm): string[] => blindIndex.candidates('identity', identityText(form));

/** Whether the client agrees to face matching; the newest consent counts (R17). */
export async function faceConsent({ db }: Pick<Services, 'db'>, applicationId: string): Promise<boolean> {
  const newest = await db.applicationConsent.findFirst({ where: { applicationId, kind: 'face' }, orderBy: [{ at: 'desc' }, { id: 'desc' }] });
  return newest?.granted ?? false;
}

/** Said while an answer is waited for. */
const PENDING: readonly FindingCode[] = ['POLICE_PENDING', 'POLICE_FACE_PENDING'];
/** So many earlier answers are shown. */
const MOST_EARLIER = 20;

type Row = PoliceAnswerFact & { /** It is the answer to what is asked now. */ readonly counts: boolean; readonly view: Omit<PoliceAnswered, 'decision'>; readonly decidedBy: { id: string; staffId: string; reasonEnc: string; at: Date; name: string } | null };

export const policeReasonPlace = (applicationId: string, decisionId: string) => ({ subject: applicationId, table: 'police_decision', column: 'reason_enc', row: decisionId });

export interface Police { readonly view: PoliceView; readonly findings: readonly Finding[] }

/**
 * How the police check stands for the present form and the present face photo (R22).
 * @param photos the photos that count now
 * @param until as it stood then: later answers and decisions are left out, and what nobody waits for any more. Which answers count follows from the form and photos that are handed in
 */
export async function policeOf(services: Services, application: Application, form: ClientForm | null, photos: readonly Photo[], until?: Date): Promise<Police> {
  const facePhoto = photos.find((photo) => photo.kind === 'face');
  const [rows, consent] = await Promise.all([
    services.db.policeCheck.findMany({
      where: { applicationId: application.id, ...(until ? { at: { lte: until } } : {}) },
      orderBy: [{ at: 'asc' }, { id: 'asc' }], include: { decision: { include: { staff: { select: { name: true } } } } },
    }),
    faceConsent(services, application.id),
  ]);
  const asked = form === null ? [] : identityCandidates(services, form);
  const inTime = <T extends { readonly at: Date }>(decision: T | null): T | null => (decision !== null && until !== undefined && decision.at > until ? null : decision);
  const facts = rows.map(({ decision, ...row }) => ({ ...row, decision: inTime(decision) })).map(({ id, kind, photoId, askedIndex, answer, attempts, at, decision }): Row => ({
    id, counts: askedIndex !== null && asked.includes(askedIndex) && (kind === 'identity' || photoId === (facePhoto?.id ?? null)), question: kind as PoliceQuestion, answer: answer as PoliceAnswer, decided: decision !== null,
    view: { checkId: id, answer: answer as PoliceAnswer, attempts, at: at.toISOString() },
    decidedBy: decision && { id: decision.id, staffId: decision.staffId, reasonEnc: decision.reasonEnc, at: decision.at, name: decision.staff.name },
  }));
  const standing = policeStanding(facts.filter(({ counts }) => counts));
  const faceAsked = consent && facePhoto !== undefined;
  const viewOf = async (row: Row): Promise<PoliceAnswered> => ({
    ...row.view,
    decision: row.decidedBy && {
      by: row.decidedBy.name, at: row.decidedBy.at.toISOString(), reason: await services.cipher.open(policeReasonPlace(application.id, row.decidedBy.id), row.decidedBy.reasonEnc),
    },
  });
  const [identity, face] = await Promise.all([standing.identity, standing.face].map(async (row) => row && await viewOf(row)));
  // A silence, or the same answer once more, behind the one that stands is nothing that was answered before it.
  const past = facts.filter((row, i) => { const stands = standing[row.question]; return stands === null || i < facts.indexOf(stands); }).slice(-MOST_EARLIER).reverse();
  const earlier = await Promise.all(past.map(async (row) => ({ question: row.question, ...await viewOf(row) })));
  return {
    view: { identity: identity ?? null, face: face ?? null, earlier, faceAsked: faceAsked ? 'asked' : consent ? 'noPhoto' : 'noConsent' },
    findings: policeFindings(standing, { faceAsked }).filter(({ code }) => until === undefined || !PENDING.includes(code)),
  };
}
