import { z } from 'zod';
import { AppError } from '../../../contracts/errors.ts';
import type { SmsPort } from '../../auth/oneTimeCode.ts';
import type { CaPort, CorePort } from './ports.ts';

/** Milliseconds a client waits for an outside system before the step is refused. */
const TIMEOUT = 10_000;

/** One JSON call. Any answer that is not the agreed one is "unavailable": the client tries again, nothing is lost. */
async function call<T>(url: string, schema: z.ZodType<T>, body?: unknown, refused?: (status: number) => AppError | undefined): Promise<T> {
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(url, {
      signal: AbortSignal.timeout(TIMEOUT),
      ...(body === undefined ? {} : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    });
    answer = await response.json();
  } catch (cause) {
    throw new AppError('OUTSIDE_UNAVAILABLE', undefined, { cause });
  }
  const refusal = response.ok ? undefined : refused?.(response.status);
  if (refusal !== undefined) throw refusal;
  const parsed = schema.safeParse(answer);
  if (!response.ok || !parsed.success) throw new AppError('OUTSIDE_UNAVAILABLE');
  return parsed.data;
}

/** The SMS gateway over HTTP. */
export const createSms = (url: string): SmsPort => ({ send: async (message) => void (await call(`${url}/messages`, z.unknown(), message)) });

const passwordAnswer = z.union([z.object({ ok: z.literal(true) }), z.object({ ok: z.literal(false), code: z.enum(['PASSWORD_WEAK', 'PASSWORDS_EQUAL', 'PASSWORD_UNREADABLE']) })]);

const PASSWORD_ANSWERS = { PASSWORD_WEAK: 'weak', PASSWORDS_EQUAL: 'equal', PASSWORD_UNREADABLE: 'unreadable' } as const;

/** The core banking system (柜台) over HTTP. */
export const createCore = (url: string): CorePort => ({
  currentKey: () => call(`${url}/keys/current`, z.object({ keyId: z.string(), spki: z.string() })),
  checkPasswords: async ({ keyId, trading, fund }, birthDate) => {
    const answer = await call(`${url}/passwords/check`, passwordAnswer, { keyId, trading, fund, birthDate });
    return answer.ok ? 'ok' : PASSWORD_ANSWERS[answer.code];
  },
});

/** The certificate authority over HTTP. */
export const createCa = (url: string): CaPort => ({
  authority: async () => (await call(`${url}/root`, z.object({ certificate: z.string().max(20_000) }))).certificate,
  certify: (csr, reference) => call(
    `${url}/certificates`, z.object({ certificate: z.string().max(20_000), serial: z.string().max(64) }), { csr, subject: { reference } },
    (status) => (status >= 400 && status < 500 ? new AppError('CERTIFICATE_INVALID') : undefined)),
});
