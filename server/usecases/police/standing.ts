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

type Row = PoliceAnswerFact & { readonly view: Omit<PoliceAnswered, 'decision'>; readonly decidedBy: { id: string; staffId: string; reasonEnc: string; at: Date; name: string } | null };

export const policeReasonPlace = (applicationId: string, decisionId: string) => ({ subject: applicationId, table: 'police_decision', column: 'reason_enc', row: decisionId });

export interface Police { readonly view: PoliceView; readonly findings: readonly Finding[] }

/**
 * How the police check stands for the present form and the present face photo (R22).
 * @param photos the photos that count now
 */
export async function policeOf(services: Services, application: Application, form: ClientForm | null, photos: readonly Photo[]): Promise<Police> {
  const facePhoto = photos.find((photo) => photo.kind === 'face');
  const [rows, consent] = await Promise.all([
    form === null ? [] : services.db.policeCheck.findMany({
      where: { applicationId: application.id, askedIndex: { in: identityCandidates(services, form) }, OR: [{ kind: 'identity' }, { kind: 'face', photoId: facePhoto?.id ?? null }] },
      orderBy: [{ at: 'asc' }, { id: 'asc' }], include: { decision: { include: { staff: { select: { name: true } } } } },
    }),
    faceConsent(services, application.id),
  ]);
  const facts = rows.map(({ id, kind, answer, attempts, at, decision }): Row => ({
    id, question: kind as PoliceQuestion, answer: answer as PoliceAnswer, decided: decision !== null,
    view: { checkId: id, answer: answer as PoliceAnswer, attempts, at: at.toISOString() },
    decidedBy: decision && { id: decision.id, staffId: decision.staffId, reasonEnc: decision.reasonEnc, at: decision.at, name: decision.staff.name },
  }));
  const standing = policeStanding(facts);
  const faceAsked = consent && facePhoto !== undefined;
  const viewOf = async (row: Row | null): Promise<PoliceAnswered | null> => row && {
    ...row.view,
    decision: row.decidedBy && {
      by: row.decidedBy.name, at: row.decidedBy.at.toISOString(), reason: await services.cipher.open(policeReasonPlace(application.id, row.decidedBy.id), row.decidedBy.reasonEnc),
    },
  };
  const [identity, face] = await Promise.all([viewOf(standing.identity), viewOf(standing.face)]);
  return {
    view: { identity, face, faceAsked: faceAsked ? 'asked' : consent ? 'noPhoto' : 'noConsent' },
    findings: policeFindings(standing, { faceAsked }),
  };
}
