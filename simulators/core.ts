import { constants, createHash, createPublicKey, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { Refused } from './http.ts';
import type { Routes } from './http.ts';
import { keptKey } from './keys.ts';
import { answerOf } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import { hashOf } from './switches.ts';

const passwords = { keyId: z.string(), trading: z.string(), fund: z.string() };
const birthDate = z.iso.date();
const keyed = { reference: z.string().min(1), idempotencyKey: z.string().min(8).max(100), name: z.string().min(1), idNumber: z.string().length(18) };

/** The core banking system (柜台): customer number (客户号), fund account (资金账户), and the passwords that only it can read. */
export const coreRoutes = (ledger: Ledger, keyFile?: string): Routes => {
  const key = keptKey(keyFile, () => generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey);
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const keyId = `core-${createHash('sha256').update(spki).digest('hex').slice(0, 16)}`;
  const customerOf = (who: string) => ledger.entries().find((e) => e.person === who && e.result['customerNo'] !== undefined);

  return {
    ...ledger.routes,
    'GET /keys/current': () => ({ keyId, spki: spki.toString('base64') }),
    'POST /passwords/check': ({ body }) => {
      const request = z.object({ ...passwords, birthDate }).parse(body);
      const code = passwordFault(key, keyId, request, request.birthDate);
      return code === null ? { ok: true } : { ok: false, code };
    },
    'POST /customer-queries': ({ body }) => {
      const who = hashOf(z.object({ idNumber: z.string() }).parse(body).idNumber);
      return { customerNo: customerOf(who)?.result['customerNo'] ?? null };
    },
    'POST /customers': ({ body }) => {
      const request = z.object(keyed).parse(body);
      const who = hashOf(request.idNumber);
      return answerOf(ledger.once({ key: request.idempotencyKey, kind: 'customer', reference: request.reference, person: who }, () => {
        if (customerOf(who) !== undefined) throw new Refused('CUSTOMER_EXISTS');
        return { result: { customerNo: ledger.freshNumber('6', 7) } };
      }));
    },
    'POST /fund-accounts': ({ body }) => {
      const request = z.object({ ...keyed, birthDate, oneCode: z.string(), passwords: z.object(passwords) }).parse(body);
      const who = hashOf(request.idNumber);
      return answerOf(ledger.once({ key: request.idempotencyKey, kind: 'fund', reference: request.reference, person: who }, () => {
        const customer = customerOf(who);
        // A customer number of this very application is its own; anybody else's is a case for a person (R54).
        if (customer !== undefined && customer.reference !== request.reference) throw new Refused('CUSTOMER_EXISTS');
        const fault = passwordFault(key, keyId, request.passwords, request.birthDate);
        if (fault !== null) throw new Refused(fault);
        return { result: { accountNo: ledger.freshNumber('3', 9), customerNo: customer?.result['customerNo'] ?? ledger.freshNumber('6', 7) } };
      }));
    },
  };
};

type Envelopes = { readonly keyId: string; readonly trading: string; readonly fund: string };

const passwordFault = (key: KeyObject, keyId: string, envelopes: Envelopes, born: string): 'PASSWORD_WEAK' | 'PASSWORDS_EQUAL' | 'PASSWORD_UNREADABLE' | null => {
  if (envelopes.keyId !== keyId) return 'PASSWORD_UNREADABLE';
  const [trading, fund] = [open(key, envelopes.trading), open(key, envelopes.fund)];
  if (trading === null || fund === null) return 'PASSWORD_UNREADABLE';
  if (isWeak(trading, born) || isWeak(fund, born)) return 'PASSWORD_WEAK';
  return trading === fund ? 'PASSWORDS_EQUAL' : null;
};

const open = (key: KeyObject, envelope: string): string | null => {
  try {
    return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }, Buffer.from(envelope, 'base64')).toString('utf8');
  } catch {
    return null;
  }
};

/** Six digits; no part of the birth date, no repeated and no running digits (R19). */
export const isWeak = (password: string, born: string): boolean => {
  if (!/^\d{6}$/.test(password)) return true;
  const [year, month, day] = born.split('-') as [string, string, string];
  const dates = [year.slice(2) + month + day, day + month + year.slice(2), month + day + year.slice(2), year + month, month + year, year + day, year + String(Number(month)) + String(Number(day))];
  if (dates.includes(password)) return true;
  const steps = [...password].slice(1).map((digit, i) => (Number(digit) - Number(password[i]) + 10) % 10);
  const sameStep = steps.every((step) => step === steps[0]);
  const repeated = new Set(password).size <= 2 || password.slice(0, 3) === password.slice(3) || /^(\d\d)\1\1$/.test(password);
  return repeated || (sameStep && [0, 1, 9].includes(steps[0]!));
};
