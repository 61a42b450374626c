import { z } from 'zod';
import type { Log } from '../../platform/log.ts';
import { askPatiently, faultLog, PATIENCE, postJson } from '../outside.ts';
import type { Patience } from '../outside.ts';

export const LOOKUPS = ['customer', 'relation'] as const;
export type Lookup = (typeof LOOKUPS)[number];
/** `unknown`: no answer was to be had. */
export interface LookupAnswer { readonly answer: 'none' | 'found' | 'unknown'; readonly detail?: string }
export interface AskedPerson { readonly reference: string; readonly name: string; readonly idNumber: string }

/** What others know of a person before the decision (R16). Never throws. */
export interface PeoplePort { look(kind: Lookup, person: AskedPerson): Promise<LookupAnswer> }

const customer = z.object({ customerNo: z.string().max(40).nullable() });
const identity = z.object({ oneCode: z.string().nullable(), relationConfirmed: z.boolean() });

const SYSTEMS: Record<Lookup, string> = { customer: 'core', relation: 'depository' };

/** Core (an existing customer number) and depository (a one-code account whose relation is not confirmed) over HTTP. */
export function createPeople(urls: { core: string | undefined; depository: string | undefined }, log: Pick<Log, 'warn'>, patience: Patience = PATIENCE): PeoplePort {
  const asks: Record<Lookup, { url: string | undefined; path: string; read: (value: unknown) => LookupAnswer }> = {
    customer: {
      url: urls.core, path: '/customer-queries',
      read: (value) => { const { customerNo } = customer.parse(value); return customerNo === null ? { answer: 'none' } : { answer: 'found', detail: customerNo }; },
    },
    relation: {
      url: urls.depository, path: '/identity-queries',
      read: (value) => { const { oneCode, relationConfirmed } = identity.parse(value); return { answer: oneCode !== null && !relationConfirmed ? 'found' : 'none' }; },
    },
  };
  return {
    async look(kind, person) {
      const { url, path, read } = asks[kind];
      if (url === undefined) return { answer: 'unknown' };
      const { answer } = await askPatiently<LookupAnswer>(patience, (signal) => postJson(`${url}${path}`, person, { signal, onFault: faultLog(log, SYSTEMS[kind]), parse: (value) => ({ answer: read(value) }) }));
      return answer ?? { answer: 'unknown' };
    },
  };
}
