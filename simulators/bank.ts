import { z } from 'zod';
import { custodyBank } from '../contracts/banks.ts';
import { Refused } from './http.ts';
import type { Routes } from './http.ts';
import { answerOf } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import { hashOf } from './switches.ts';

const link = z.object({
  reference: z.string().min(1), idempotencyKey: z.string().min(8).max(100), name: z.string().min(1), idNumber: z.string().length(18),
  bankCode: z.string(), cardNumber: z.string(), fundAccountNo: z.string().min(1),
});

/** The custody banks (三方存管): the link is valid at once, or when the client has confirmed it at the bank. */
export const bankRoutes = (ledger: Ledger): Routes => ({
  ...ledger.routes,
  'POST /custody-links': ({ body }) => {
    const request = link.parse(body);
    const bank = custodyBank(request.bankCode);
    return answerOf(ledger.once({ key: request.idempotencyKey, kind: 'custody', reference: request.reference, person: hashOf(request.idNumber) }, () => {
      if (bank === undefined) throw new Refused('DATA_REFUSED');
      if (!/^\d{13,19}$/.test(request.cardNumber)) throw new Refused('CUSTODY_ERROR');
      return { state: bank.confirmsAtBank ? 'awaiting_client' : 'done', result: { accountNo: ledger.freshNumber(`${bank.code}-`, 8) } };
    }));
  },
  /** What the client does at the bank's counter or in the bank's app. */
  'POST /confirmations': ({ body }) => answerOf(ledger.update(z.object({ idempotencyKey: z.string() }).parse(body).idempotencyKey, 'done')),
});
