import type { ClientForm } from '../../../contracts/http/client.ts';
import type { FindingCode } from '../../../contracts/findings.ts';
import { makeFinding } from '../../../contracts/reading.ts';
import type { Finding } from '../../../contracts/reading.ts';
import type { Application } from '../../database/index.ts';
import { earlierRejections } from '../cases/earlier.ts';
import { openForm } from '../cases/open.ts';
import { maskCustomerNo } from '../cases/mask.ts';
import { identityCandidates } from '../police/standing.ts';
import type { Services } from '../services.ts';
import { lookupPlace } from './lookup.ts';
import type { Lookup } from './port.ts';

/**
 * All that is known of the person before the decision, and what is not known yet (R16).
 * @param until as it was known then
 */
export async function knownPerson(services: Services, application: Application, form: ClientForm | null, until?: Date): Promise<Finding[]> {
  if (form === null) return [];
  const candidates = services.blindIndex.candidates('idNumber', form.idNumber);
  const [negative, own, outside] = await Promise.all([onNegativeList(services, candidates, until), inThisSystem(services, application, candidates, until), elsewhere(services, application, form, until)]);
  const findings = [...negative, ...own, ...outside];
  // The core's customer number says more than that an account was opened here.
  const numbered = outside.some(({ code }) => code === 'CUSTOMER_EXISTS');
  return findings.filter((finding) => !(numbered && finding.code === 'CUSTOMER_EXISTS' && own.includes(finding)));
}

/** Whether the number stands on the negative list now, or stood there `until`. */
export async function onNegativeList(services: Pick<Services, 'db'>, candidates: readonly string[], until?: Date): Promise<Finding[]> {
  const standing = until === undefined ? { removedAt: null } : { addedAt: { lte: until }, OR: [{ removedAt: null }, { removedAt: { gt: until } }] };
  const count = await services.db.negativeEntry.count({ where: { idNumberIndex: { in: [...candidates] }, ...standing } });
  return count === 0 ? [] : [makeFinding('NEGATIVE_LIST', { field: 'idNumber' })];
}

/** The same of the person of a case. */
export async function isListed(services: Pick<Services, 'db' | 'cipher' | 'blindIndex'>, applicationId: string): Promise<boolean> {
  const form = await openForm(services, await services.db.application.findUniqueOrThrow({ where: { id: applicationId } }));
  return form !== null && (await onNegativeList(services, services.blindIndex.candidates('idNumber', form.idNumber))).length > 0;
}

/** Earlier applications of the same ID number, whoever's phone they came from: an account opened here, and each rejection with its day, code and case. */
async function inThisSystem(services: Services, { id }: Application, candidates: readonly string[], until?: Date): Promise<Finding[]> {
  const [opened, rejections] = await Promise.all([
    services.db.application.count({ where: { idNumberIndex: { in: [...candidates] }, id: { not: id }, state: 'opened', ...(until ? { openedAt: { lte: until } } : {}) } }),
    earlierRejections(services, { id }, candidates, until),
  ]);
  return [...(opened > 0 ? [makeFinding('CUSTOMER_EXISTS')] : []), ...rejections];
}

const FOUND: Record<Lookup, FindingCode> = { customer: 'CUSTOMER_EXISTS', relation: 'RELATION_UNCONFIRMED' };
const UNKNOWN: Record<Lookup, FindingCode> = { customer: 'CUSTOMER_NOT_KNOWN_YET', relation: 'RELATION_NOT_KNOWN_YET' };

/** What core and depository said of this name and number; silence is said, never left out. */
async function elsewhere(services: Services, application: Application, form: ClientForm, until?: Date): Promise<Finding[]> {
  const rows = await services.db.personLookup.findMany({ where: { applicationId: application.id, ...(until ? { at: { lte: until } } : {}), askedIndex: { in: identityCandidates(services, form) } }, orderBy: [{ at: 'asc' }, { id: 'asc' }] });
  const findings = await Promise.all((['customer', 'relation'] as const).map(async (kind): Promise<Finding[]> => {
    const own = rows.filter((row) => row.kind === kind);
    const counts = own.findLast((row) => row.answer !== 'unknown') ?? own.at(-1);
    if (counts === undefined || counts.answer === 'unknown') return [makeFinding(UNKNOWN[kind])];
    if (counts.answer === 'none') return [];
    const detail = counts.detailEnc === null ? undefined : maskCustomerNo(await services.cipher.open(lookupPlace(application.id, counts.id), counts.detailEnc));
    return [makeFinding(FOUND[kind], detail === undefined ? {} : { said: detail })];
  }));
  return findings.flat();
}
