import { z } from 'zod';
import { Refused } from './http.ts';
import type { Routes } from './http.ts';
import { answerOf } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import { hashOf } from './switches.ts';

const person = { reference: z.string().min(1), name: z.string().min(1), idNumber: z.string().length(18) };
const keyed = { ...person, idempotencyKey: z.string().min(8).max(100) };
const MOST_PER_MARKET = 3;

/** The central depository (中国结算): one-code account (一码通), relation, securities accounts per market. */
export const depositoryRoutes = (ledger: Ledger): Routes => {
  const of = (kind: string, who: string) => ledger.entries().filter((e) => e.kind === kind && e.person === who);
  const oneCodeOf = (who: string): string | null => (of('oneCode', who)[0]?.result['accountNo'] as string | undefined) ?? null;
  return {
    ...ledger.routes,
    'POST /identity-queries': ({ body }) => {
      const who = hashOf(z.object(person).parse(body).idNumber);
      return {
        oneCode: oneCodeOf(who), relationConfirmed: of('relation', who).length > 0,
        accounts: { shanghai: of('shanghai', who).length, shenzhen: of('shenzhen', who).length },
      };
    },
    'POST /one-code-accounts': ({ body }) => {
      const request = z.object(keyed).parse(body);
      const who = hashOf(request.idNumber);
      return answerOf(ledger.once({ key: request.idempotencyKey, kind: 'oneCode', reference: request.reference, person: who }, () => {
        const existing = oneCodeOf(who);
        return { result: { accountNo: existing ?? ledger.freshNumber('18', 10), existing: existing !== null } };
      }));
    },
    'POST /relations': ({ body }) => {
      const request = z.object({ ...keyed, oneCode: z.string() }).parse(body);
      const who = hashOf(request.idNumber);
      return answerOf(ledger.once({ key: request.idempotencyKey, kind: 'relation', reference: request.reference, person: who }, () => {
        if (oneCodeOf(who) !== request.oneCode) throw new Refused('RELATION_UNCONFIRMED');
        return { result: {} };
      }));
    },
    'POST /securities-accounts': ({ body }) => {
      const request = z.object({ ...keyed, oneCode: z.string(), market: z.enum(['shanghai', 'shenzhen']) }).parse(body);
      const who = hashOf(request.idNumber);
      return answerOf(ledger.once({ key: request.idempotencyKey, kind: request.market, reference: request.reference, person: who }, () => {
        if (oneCodeOf(who) !== request.oneCode || of('relation', who).length === 0) throw new Refused('RELATION_UNCONFIRMED');
        if (of(request.market, who).length >= MOST_PER_MARKET) throw new Refused('ACCOUNT_LIMIT');
        return { result: { accountNo: request.market === 'shanghai' ? ledger.freshNumber('A', 9) : ledger.freshNumber('0', 9) } };
      }));
    },
  };
};
