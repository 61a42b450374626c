/** What the answers of the police check (公安联网核查) mean for the decision (R22). Pure. */
import type { FindingCode } from '../../contracts/findings.ts';
import { isDecidable } from '../../contracts/police.ts';
import type { PoliceAnswer, PoliceQuestion } from '../../contracts/police.ts';
import { makeFinding } from '../../contracts/reading.ts';
import type { Finding } from '../../contracts/reading.ts';

/** One answer about the person and picture as they are now; answers about older data are left out by the caller. */
export interface PoliceAnswerFact {
  readonly id: string;
  readonly question: PoliceQuestion;
  readonly answer: PoliceAnswer;
  /** A person has decided on it and given a reason. */
  readonly decided: boolean;
}

export interface PoliceStanding<T extends PoliceAnswerFact = PoliceAnswerFact> { readonly identity: T | null; readonly face: T | null }

/**
 * The answer that counts per question: the newest real one, else the newest "unavailable". A later silence does not
 * undo an answer, and the same answer given again does not undo a person's decision on it.
 * @param answers oldest first
 */
export function policeStanding<T extends PoliceAnswerFact>(answers: readonly T[]): PoliceStanding<T> {
  const standing = (question: PoliceQuestion): T | null => {
    const own = answers.filter((a) => a.question === question);
    const newest = own.findLast((a) => a.answer !== 'unavailable') ?? own.at(-1);
    if (newest === undefined) return null;
    const sinceOther = own.slice(own.findLastIndex((a) => a.answer !== newest.answer && a.answer !== 'unavailable') + 1);
    return sinceOther.findLast((a) => a.answer === newest.answer && a.decided) ?? newest;
  };
  return { identity: standing('identity'), face: standing('face') };
}

/** These say that name and number belong together, whatever they say of the picture. */
const NAME_AGREES: readonly PoliceAnswer[] = ['match', 'photoMismatch', 'badImage', 'noPhoto'];

const CODES: Record<PoliceAnswer, FindingCode | null> = {
  match: null, nameMismatch: 'POLICE_NAME_MISMATCH', photoMismatch: 'POLICE_PHOTO_MISMATCH', badImage: 'POLICE_BAD_IMAGE',
  noPhoto: 'POLICE_NO_PHOTO', noRecord: 'POLICE_NO_RECORD', unavailable: 'POLICE_UNAVAILABLE',
};

/**
 * Every answer with its own name; approve needs an answer to name and number, and to the face where it was asked, or a
 * person's recorded decision on "no record" or "unavailable".
 * @param faceAsked the live face was taken, and the client consents to matching (R17)
 */
export function policeFindings({ identity, face }: PoliceStanding, { faceAsked }: { faceAsked: boolean }): Finding[] {
  const findings: Finding[] = [];
  const nameKnown = face !== null && NAME_AGREES.includes(face.answer);
  if (identity === null) {
    if (!nameKnown) findings.push(makeFinding('POLICE_PENDING'));
  } else if (!(identity.answer === 'unavailable' && nameKnown)) findings.push(...findingOf(identity));
  if (!faceAsked) return findings;
  if (face === null) findings.push(makeFinding('POLICE_FACE_PENDING', { evidence: { picture: 'call.face' } }));
  else findings.push(...findingOf(face).map((finding) => ({ ...finding, evidence: { picture: 'call.face' as const } })));
  return findings;
}

function findingOf({ answer, decided }: PoliceAnswerFact): Finding[] {
  const code = CODES[answer];
  if (code === null) return [];
  return [makeFinding(code, isDecidable(answer) && decided ? { blocks: false, severity: 'warning' } : {})];
}
