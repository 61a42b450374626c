import { randomInt } from 'node:crypto';
import { AppError } from '../../contracts/errors.ts';
import { newId, sameText } from '../database/crypto.ts';
import type { BlindIndex } from '../database/crypto.ts';
import type { Database } from '../database/index.ts';
import type { Limits } from './limits.ts';

/** The SMS gateway. @throws AppError OUTSIDE_UNAVAILABLE */
export interface SmsPort { send(message: { to: string; template: 'login_code'; code: string }): Promise<void> }

export const CODE_RULES = { validSeconds: 300, tries: 5, lockSeconds: 600 } as const;

export interface OneTimeCodes {
  /** Sends a six-digit code. @throws AppError PHONE_INVALID, CODE_LOCKED, TOO_MANY_TRIES, OUTSIDE_UNAVAILABLE */
  request(phone: string, address: string): Promise<{ resendAfterSeconds: number }>;
  /** Spends the code. @throws AppError PHONE_INVALID, CODE_WRONG, CODE_EXPIRED, CODE_LOCKED, TOO_MANY_TRIES */
  check(phone: string, code: string, address: string): Promise<{ phone: string }>;
}

/** A mainland mobile number in its 11 digits. @throws AppError PHONE_INVALID */
export function normalisePhone(text: string): string {
  const phone = text.normalize('NFKC').replace(/[\s-]/g, '').replace(/^(\+|00)?86(?=1\d{10}$)/, '');
  if (!/^1[3-9]\d{9}$/.test(phone)) throw new AppError('PHONE_INVALID', { field: 'phone' });
  return phone;
}

/** One-time codes by SMS (R15). */
export function createOneTimeCodes(ports: { prisma: Database; blindIndex: BlindIndex; limits: Limits; sms: SmsPort; resendSeconds: number; now?: () => Date }): OneTimeCodes {
  const { prisma, blindIndex, limits, sms } = ports;
  const now = ports.now ?? (() => new Date());
  // Keyed: six digits alone would be guessed from their hash at once.
  const hashOf = (id: string, code: string): string => blindIndex.of('oneTimeCode', `${id}.${code}`);
  const latestOf = (phone: string) => prisma.oneTimeCode.findFirst({
    where: { phoneIndex: { in: blindIndex.candidates('phone', phone) } }, orderBy: [{ sentAt: 'desc' }, { id: 'desc' }],
  });
  const refuseLocked = (lockedUntil: Date | null | undefined): void => {
    if (lockedUntil === null || lockedUntil === undefined || lockedUntil <= now()) return;
    throw new AppError('CODE_LOCKED', { retryAfterSeconds: Math.ceil((lockedUntil.getTime() - now().getTime()) / 1000) });
  };

  return {
    async request(given, address) {
      const phone = normalisePhone(given);
      refuseLocked((await latestOf(phone))?.lockedUntil);
      await limits.codesPerAddress.take(address);
      await limits.resend.take(phone);
      await limits.codesPerNumber.take(phone);
      const id = newId();
      const code = String(randomInt(1_000_000)).padStart(6, '0');
      await prisma.oneTimeCode.create({
        data: { id, phoneIndex: blindIndex.of('phone', phone), codeHash: hashOf(id, code), sentAt: now(), expiresAt: new Date(now().getTime() + CODE_RULES.validSeconds * 1000) },
      });
      try {
        await sms.send({ to: phone, template: 'login_code', code });
      } catch (cause) {
        await prisma.oneTimeCode.delete({ where: { id } });
        await limits.resend.reset(phone);
        throw cause instanceof AppError ? cause : new AppError('OUTSIDE_UNAVAILABLE', undefined, { cause });
      }
      return { resendAfterSeconds: ports.resendSeconds };
    },

    async check(given, code, address) {
      const phone = normalisePhone(given);
      await limits.loginsPerAddress.take(address);
      const row = await latestOf(phone);
      refuseLocked(row?.lockedUntil);
      if (row === null || row.usedAt !== null || row.expiresAt <= now()) throw new AppError('CODE_EXPIRED');
      // Counted before it is looked at, so that many at once have no more than five tries either.
      const counted = await prisma.oneTimeCode.updateMany({ where: { id: row.id, usedAt: null, tries: { lt: CODE_RULES.tries } }, data: { tries: { increment: 1 } } });
      if (counted.count === 1 && sameText(row.codeHash, hashOf(row.id, code.trim()))) {
        const { count } = await prisma.oneTimeCode.updateMany({ where: { id: row.id, usedAt: null }, data: { usedAt: now() } });
        if (count !== 1) throw new AppError('CODE_EXPIRED');
        await limits.resend.reset(phone);
        return { phone };
      }
      const { tries } = await prisma.oneTimeCode.findUniqueOrThrow({ where: { id: row.id } });
      if (tries < CODE_RULES.tries) throw new AppError('CODE_WRONG', { field: 'code' });
      const lockedUntil = new Date(now().getTime() + CODE_RULES.lockSeconds * 1000);
      await prisma.oneTimeCode.updateMany({ where: { id: row.id, lockedUntil: null }, data: { lockedUntil } });
      throw new AppError('CODE_LOCKED', { retryAfterSeconds: CODE_RULES.lockSeconds });
    },
  };
}
