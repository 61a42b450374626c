/** What the card that was shown in the call says of itself, beyond what its reading found (R10–R12, R14). Pure. */
import { FINDINGS } from '../../contracts/findings.ts';
import type { FindingCode } from '../../contracts/findings.ts';
import { makeFinding } from '../../contracts/reading.ts';
import type { DecideOn, DocumentReading, Evidence, FieldName, Finding } from '../../contracts/reading.ts';
import { checkAge } from '../checks/age.ts';
import { cleanFields } from '../checks/compare.ts';
import type { FieldTexts } from '../checks/compare.ts';
import { documentKindOf } from '../checks/idNumber.ts';
import { checkValidity } from '../checks/validity.ts';
import { CARD_NOT_SHOWN } from './missing.ts';

/** The newest photo of each side as it was read; null: not taken, or not read yet. */
export interface SeenCard { readonly form: FieldTexts | null; readonly portrait: DocumentReading | null; readonly emblem: DocumentReading | null }

type Picture = NonNullable<Evidence['picture']>;
const PLACE = { portrait: 'call.portraitSide', emblem: 'call.emblemSide' } as const satisfies Record<string, Picture>;

const NO_CARD: readonly FindingCode[] = [...CARD_NOT_SHOWN, 'OTHER_DOCUMENT'];

/** A portrait side without its number says nothing about whose card it is (R14). Where no such side is to be seen, that is told already. */
export const numberNotRead = (portrait: DocumentReading | null): Finding[] =>
  (portrait === null || portrait.fields.idNumber !== undefined || portrait.findings.some(({ code }) => NO_CARD.includes(code)) ? [] : [makeFinding('ID_NUMBER_NOT_READ', { field: 'idNumber', ...placeOf(portrait) })]);

/** Where the number should stand: the reader says it when it says that it could not read it. */
const placeOf = ({ findings }: DocumentReading): Pick<Finding, 'evidence'> => {
  const evidence = findings.find(({ code, field }) => code === 'FIELD_UNREADABLE' && field === 'idNumber')?.evidence;
  return evidence === undefined ? {} : { evidence };
};

/**
 * Age, validity and expiry by the dates that stand on the card itself, whatever was typed (R10, R11).
 * @param settled fields about which a person has decided that the card says what the form says: there the form's text counts
 * @param today YYYY-MM-DD
 */
export function cardDates(card: SeenCard, settled: ReadonlySet<FieldName>, today: string, settings: { upperAge?: number | undefined } = {}): Finding[] {
  const { form, portrait, emblem } = card;
  const clean = cleanFields([portrait, emblem]);
  const onCard = (field: FieldName): string | undefined => (clean.has(field) && !settled.has(field) ? (portrait?.fields[field] ?? emblem?.fields[field])?.text : undefined);
  const text = (field: FieldName): string | undefined => onCard(field) ?? form?.[field];
  const birthDate = onCard('birthDate');
  const [validFrom, validTo] = [text('validFrom'), text('validTo')];
  const readValidity = onCard('validFrom') !== undefined || onCard('validTo') !== undefined;
  const found = [
    ...(birthDate === undefined ? [] : checkAge(birthDate, today, settings)),
    ...(readValidity && validFrom !== undefined && validTo !== undefined ? checkValidity({ validFrom, validTo }, text('birthDate'), today, kindOfNumber(card) ?? titleOf(card)) : []),
  ];
  return found.map((finding) => ({ ...finding, ...evidenceOf(finding.field, { portrait, emblem }) }));
}

function evidenceOf(field: FieldName | undefined, sides: Pick<SeenCard, 'portrait' | 'emblem'>): Pick<Finding, 'evidence'> {
  for (const side of ['portrait', 'emblem'] as const) {
    const read = field === undefined ? undefined : sides[side]?.fields[field];
    if (read !== undefined) return { evidence: { picture: PLACE[side], box: read.box } };
  }
  return {};
}

/** The number's own kind: as read without a doubt, else as typed. */
function kindOfNumber({ form, portrait }: SeenCard): 'residentId' | 'residencePermit' | undefined {
  const number = cleanFields([portrait]).has('idNumber') ? portrait?.fields.idNumber?.text : form?.idNumber;
  return number === undefined ? undefined : documentKindOf(number);
}

const titleOf = ({ emblem }: SeenCard): 'residentId' | 'residencePermit' | undefined => (emblem?.kind === 'unknown' ? undefined : emblem?.kind);

/** A permit's emblem side beside a resident card's portrait side or number, or the other way round (R14). */
export function kindsDiffer(card: SeenCard): Finding[] {
  const { portrait } = card;
  const printed = titleOf(card);
  const borne = kindOfNumber(card);
  if (printed === undefined || borne === undefined || printed === borne) return [];
  return [makeFinding('DOCUMENT_KINDS_DIFFER', {
    evidence: { picture: PLACE.emblem },
    ...(portrait === null ? {} : { againstEvidence: { picture: PLACE.portrait, ...(portrait.fields.idNumber ? { box: portrait.fields.idNumber.box } : {}) } }),
  })];
}

/** A person's decision on a finding of a photo's or an upload's reading. */
export interface FindingDecision extends NonNullable<Finding['decision']> { readonly on: DecideOn; readonly code: string; readonly field: string | null }

/**
 * A blocking finding that a person may decide on says what the decision would be on; one that was decided on no longer
 * blocks, and says who decided.
 * @param on the photo or upload whose reading it speaks of
 */
export function withDecision(finding: Finding, on: DecideOn | undefined, decisions: readonly FindingDecision[]): Finding {
  if (!finding.blocks || !FINDINGS[finding.code].decidable || on === undefined) return finding;
  const made = decisions.find((d) => d.on.kind === on.kind && d.on.id === on.id && d.code === finding.code && (d.field ?? undefined) === finding.field);
  if (made === undefined) return { ...finding, decideOn: on };
  return { ...finding, decideOn: on, blocks: false, severity: 'warning', decision: { by: made.by, at: made.at, reason: made.reason } };
}
