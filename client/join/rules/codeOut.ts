import { z } from 'zod';
import { normalisePhone, phoneFits } from './numbers.ts';

/** A one-time code that is on its way to a number; kept in the tab, as the SMS app may push this page out of the phone's memory. */
const schema = z.object({
  phone: z.string(),
  /** Milliseconds of this phone's clock. */
  sentAt: z.number(), resendAt: z.number(),
  /** Too many wrong digits: this code is void, only a new one helps. */
  locked: z.boolean(),
});
export type CodeOut = z.infer<typeof schema>;

/** After this nobody comes back for the code: the server's longest wait for a new one. */
const KEPT_MS = 15 * 60_000;

export const codeSent = (phone: string, resendAfterSeconds: number, now: number): CodeOut => ({ phone: normalisePhone(phone), sentAt: now, resendAt: now + Math.ceil(resendAfterSeconds) * 1000, locked: false });
/** The code is void: the way is a new one after this time. */
export const codeLocked = (out: CodeOut, retryAfterSeconds: number, now: number): CodeOut => ({ ...out, sentAt: now, resendAt: now + retryAfterSeconds * 1000, locked: true });

/** What was kept, when it is still of use. */
export const keptCode = (stored: unknown, now: number): CodeOut | null => {
  const parsed = schema.safeParse(stored);
  if (!parsed.success || !phoneFits(parsed.data.phone) || now < parsed.data.sentAt || now - parsed.data.sentAt > KEPT_MS) return null;
  return parsed.data;
};

/** Seconds until another code may be asked for. */
export const secondsToResend = (out: CodeOut | null, now: number): number => (out === null ? 0 : Math.max(0, Math.ceil((out.resendAt - now) / 1000)));
