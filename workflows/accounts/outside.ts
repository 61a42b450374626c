import { z } from 'zod';
import type { AccountStep } from '../../contracts/states/account.ts';
import { idempotencyKey } from './ports.ts';
import type { OutsideAnswer, OutsidePort, OutsideReply, StepRequest } from './ports.ts';

export interface OutsideOptions {
  readonly depositoryUrl: string;
  readonly coreUrl: string;
  readonly bankUrl: string;
  /** An answer that is not there by then is unknown (R53), in ms. */
  readonly timeoutMs?: number;
}

const made = z.object({ state: z.enum(['done', 'awaiting_client']), accountNo: z.string().max(40).optional() });
const processing = z.object({ state: z.literal('processing') });
const refusal = z.object({ code: z.string().regex(/^[A-Z][A-Z0-9_]{1,39}$/) });
const identity = z.object({ oneCode: z.string().nullable(), relationConfirmed: z.boolean(), accounts: z.object({ shanghai: z.number(), shenzhen: z.number() }) });

const PATHS: Record<AccountStep, { readonly system: 'depository' | 'core' | 'bank'; readonly path: string }> = {
  oneCode: { system: 'depository', path: '/one-code-accounts' },
  relation: { system: 'depository', path: '/relations' },
  fund: { system: 'core', path: '/fund-accounts' },
  custody: { system: 'bank', path: '/custody-links' },
  shanghai: { system: 'depository', path: '/securities-accounts' },
  shenzhen: { system: 'depository', path: '/securities-accounts' },
};

/** Depository, core and custody bank over HTTP: every call has a time limit, every answer is parsed. */
export const createOutside = (options: OutsideOptions): OutsidePort => {
  const { timeoutMs = 10_000 } = options;
  const bases = { depository: options.depositoryUrl, core: options.coreUrl, bank: options.bankUrl };
  const http = (method: string, url: string, body?: unknown): Promise<Response> =>
    fetch(url, { method, signal: AbortSignal.timeout(timeoutMs), ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });

  /** What the depository knows about the person; asked before anything is opened (R52). */
  const queryIdentity = async (request: StepRequest): Promise<OutsideReply | null> => {
    try {
      const response = await http('POST', `${bases.depository}/identity-queries`, { reference: request.applicationId, name: request.name, idNumber: request.idNumber });
      const body: unknown = await response.json();
      if (response.ok) {
        identity.parse(body);
        return null;
      }
      return refusedOr(body, response.status, 'not_sent');
    } catch {
      // A question changes nothing: whatever became of it, nothing was sent.
      return { state: 'not_sent' };
    }
  };

  return {
    send: async (step, request) => {
      if (step === 'oneCode') {
        const obstacle = await queryIdentity(request);
        if (obstacle !== null) return obstacle;
      }
      const { system, path } = PATHS[step];
      try {
        const response = await http('POST', `${bases[system]}${path}`, bodyOf(step, request));
        const body: unknown = await response.json();
        if (!response.ok) return refusedOr(body, response.status, 'unknown');
        const { state, accountNo } = made.parse(body);
        return { state, accountNo: accountNo ?? null };
      } catch (error) {
        return { state: neverArrived(error) ? 'not_sent' : 'unknown' };
      }
    },
    ask: async (step, applicationId): Promise<OutsideAnswer> => {
      try {
        const response = await http('GET', `${bases[PATHS[step].system]}/requests/${encodeURIComponent(idempotencyKey(applicationId, step))}`);
        const body: unknown = await response.json();
        if (response.status === 404 && refusal.safeParse(body).data?.code === 'NOT_FOUND') return { state: 'not_found' };
        if (!response.ok) return { state: 'unknown' };
        if (processing.safeParse(body).success) return { state: 'processing' };
        const { state, accountNo } = made.parse(body);
        return { state, accountNo: accountNo ?? null };
      } catch {
        return { state: 'unknown' };
      }
    },
  };
};

const bodyOf = (step: AccountStep, request: StepRequest): Record<string, unknown> => {
  const { applicationId, name, idNumber } = request;
  const base = { reference: applicationId, idempotencyKey: idempotencyKey(applicationId, step), name, idNumber };
  switch (step) {
    case 'oneCode': return base;
    case 'relation': return { ...base, oneCode: request.oneCode };
    case 'fund': return { ...base, oneCode: request.oneCode, birthDate: request.birthDate, passwords: request.passwords };
    case 'custody': return { ...base, bankCode: request.bankCode, cardNumber: request.cardNumber, fundAccountNo: request.fundAccountNo };
    case 'shanghai':
    case 'shenzhen': return { ...base, oneCode: request.oneCode, market: step };
  }
};

/** A refusal says with its code that nothing was done; a fault of theirs (5xx) says nothing. */
const refusedOr = (body: unknown, status: number, otherwise: 'unknown' | 'not_sent'): OutsideReply => {
  const code = refusal.safeParse(body).data?.code;
  return code !== undefined && status >= 400 && status < 500 ? { state: 'refused', code: code === 'BAD_REQUEST' ? 'DATA_REFUSED' : code } : { state: otherwise };
};

/** True only when no byte of the request can have been read. */
const neverArrived = (error: unknown): boolean => {
  const code = (error as { cause?: { code?: string } }).cause?.code;
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EHOSTUNREACH' || code === 'UND_ERR_CONNECT_TIMEOUT';
};
