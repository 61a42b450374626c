import type { DocumentSide } from '../../../contracts/http/common.ts';
import type { DocumentReading, Finding } from '../../../contracts/reading.ts';
import { pointAt } from '../findings/place.ts';

/** What is the client's own to know: card, form and photos. What others say of the person, faces, and whether two photos belong together is for staff (R16, R17, R20, R22, R23). */
const CLIENT_RULES: ReadonlySet<string> = new Set(['R10', 'R11', 'R12', 'R13', 'R14', 'R21']);

/** Only what is named here leaves; who has decided on it, and what a decision would be on, does not. */
const told = ({ rule, code, severity, blocks, field, said, expected, source, against, tolerated, evidence }: Finding): Finding => ({
  rule, code, severity, blocks,
  ...(field === undefined ? {} : { field }), ...(said === undefined ? {} : { said }), ...(expected === undefined ? {} : { expected }),
  ...(source === undefined ? {} : { source }), ...(against === undefined ? {} : { against }), ...(tolerated === undefined ? {} : { tolerated }),
  ...(evidence === undefined || evidence.picture?.startsWith('call.') ? {} : { evidence }),
});

/** Findings as the client's page gets them. */
export const clientFindings = (findings: readonly Finding[]): Finding[] => findings.filter(({ rule }) => CLIENT_RULES.has(rule)).map(told);

/** The same of an uploaded photo, each with the place on it that it speaks of. */
export const clientPhotoFindings = (side: DocumentSide, reading: DocumentReading | null, findings: readonly Finding[]): Finding[] =>
  clientFindings(pointAt(`upload.${side}`, reading, findings));
