import { hash, verify } from '@node-rs/argon2';
import { TOTP } from 'otpauth';
import { AppError } from '../../contracts/errors.ts';
import { staffRole } from '../../contracts/http/common.ts';
import type { StaffRole } from '../../contracts/http/common.ts';
import type { StaffView } from '../../contracts/http/staff.ts';
import { newId, newToken, tokenHash } from '../database/crypto.ts';
import type { FieldCipher, Place } from '../database/crypto.ts';
import type { Database, Staff } from '../database/index.ts';
import { audit } from '../database/transact.ts';
import type { Limits } from './limits.ts';

/** A logged-in employee. */
export interface StaffActor {
  readonly kind: 'staff';
  readonly id: string;
  readonly sessionId: string;
  readonly username: string;
  readonly name: string;
  readonly licence: string | null;
  readonly roles: readonly StaffRole[];
  /** A valid qualification and training not older than allowed (R4). */
  readonly qualified: boolean;
}

export interface StaffAuth {
  /** @throws AppError LOGIN_WRONG (whatever was wrong), TOO_MANY_TRIES */
  login(given: { username: string; password: string; totp: string; address: string }): Promise<{ token: string; staff: StaffView }>;
  authenticate(token: string | undefined): Promise<StaffActor | undefined>;
  logout(actor: StaffActor): Promise<void>;
  view(staffId: string): Promise<StaffView>;
}

/** A shift. */
export const STAFF_SESSION_SECONDS = 12 * 3600;
const STEP_SECONDS = 30;
/** argon2id (RFC 9106); parameters of OWASP's first choice. */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

export const hashPassword = (password: string): Promise<string> => hash(password, ARGON2);
export const totpPlace = (staffId: string): Place => ({ subject: staffId, table: 'staff', column: 'totp_secret_enc', row: staffId });

const totpOf = (secret: string): TOTP => new TOTP({ secret, digits: 6, period: STEP_SECONDS, algorithm: 'SHA1' });
/** The code of this moment (RFC 6238), for the demo and tests. */
export const currentTotp = (secret: string, at: Date = new Date()): string => totpOf(secret).generate({ timestamp: at.getTime() });

export function createStaffAuth(ports: { prisma: Database; cipher: FieldCipher; limits: Limits; now?: () => Date }): StaffAuth {
  const { prisma, cipher, limits } = ports;
  const now = ports.now ?? (() => new Date());
  // An unknown name takes as long as a wrong password.
  let decoy: Promise<string> | undefined;
  const decoyHash = (): Promise<string> => (decoy ??= hashPassword(newToken()));

  const checkTotp = async (staff: Staff, code: string): Promise<boolean> => {
    const secret = await cipher.open(totpPlace(staff.id), staff.totpSecretEnc);
    const timestamp = now().getTime();
    const delta = totpOf(secret).validate({ token: code.trim(), timestamp, window: 1 });
    if (delta === null) return false;
    const step = Math.floor(timestamp / 1000 / STEP_SECONDS) + delta;
    // Each code once: the step must rise, and of two at a time one wins.
    const { count } = await prisma.staff.updateMany({ where: { id: staff.id, totpLastStep: { lt: step } }, data: { totpLastStep: step } });
    return count === 1;
  };

  return {
    async login({ username, password, totp, address }) {
      const name = username.trim().toLowerCase();
      await limits.staffPerAddress.take(address);
      await limits.staffPerName.take(name);
      const staff = await prisma.staff.findUnique({ where: { username: name } });
      const rightPassword = await verify(staff?.passwordHash ?? (await decoyHash()), password);
      const right = staff !== null && staff.disabledAt === null && rightPassword && (await checkTotp(staff, totp));
      if (!right) {
        if (staff !== null) await audit(prisma, { actor: { kind: 'staff', id: staff.id }, action: 'staff.login_refused' });
        throw new AppError('LOGIN_WRONG');
      }
      await limits.staffPerName.reset(name);
      const token = newToken();
      await prisma.$transaction(async (tx) => {
        await tx.staffSession.create({ data: { id: newId(), staffId: staff.id, tokenHash: tokenHash(token), expiresAt: new Date(now().getTime() + STAFF_SESSION_SECONDS * 1000) } });
        await audit(tx, { actor: { kind: 'staff', id: staff.id }, action: 'staff.login' });
      });
      return { token, staff: viewOf(staff) };
    },
    async authenticate(token) {
      if (token === undefined || token === '') return undefined;
      const session = await prisma.staffSession.findUnique({ where: { tokenHash: tokenHash(token) }, include: { staff: true } });
      if (session === null || session.endedAt !== null || session.expiresAt <= now() || session.staff.disabledAt !== null) return undefined;
      const { staff } = session;
      return {
        kind: 'staff', id: staff.id, sessionId: session.id, username: staff.username, name: staff.name, licence: staff.licence,
        roles: rolesOf(staff), qualified: isQualified(staff, now()),
      };
    },
    async logout(actor) {
      await prisma.staffSession.updateMany({ where: { id: actor.sessionId, endedAt: null }, data: { endedAt: now() } });
      await audit(prisma, { actor: { kind: 'staff', id: actor.id }, action: 'staff.logout' });
    },
    async view(staffId) {
      return viewOf(await prisma.staff.findUniqueOrThrow({ where: { id: staffId } }));
    },
  };
}

const rolesOf = (staff: Staff): StaffRole[] => staff.roles.flatMap((role) => { const parsed = staffRole.safeParse(role); return parsed.success ? [parsed.data] : []; });
const dayOf = (date: Date | null): string | null => date?.toISOString().slice(0, 10) ?? null;

/** R4: both dates are kept as the last day that counts. */
const isQualified = (staff: Staff, at: Date): boolean => {
  const today = new Date(at.getTime() + 8 * 3600_000).toISOString().slice(0, 10);
  const [qualified, trained] = [dayOf(staff.qualifiedUntil), dayOf(staff.trainedUntil)];
  return qualified !== null && trained !== null && qualified >= today && trained >= today;
};

const viewOf = (staff: Staff): StaffView =>
  ({ staffId: staff.id, username: staff.username, name: staff.name, licence: staff.licence, roles: rolesOf(staff), trainedUntil: dayOf(staff.trainedUntil) });
