import { AppError } from '../../contracts/errors.ts';
import type { Language } from '../../contracts/http/common.ts';
import { newId, newToken, tokenHash } from '../database/crypto.ts';
import type { ClientSession, Database, Db, Prisma } from '../database/index.ts';

/** The browser of a client; `clientId` is null until the mobile number is proven. */
export interface ClientActor {
  readonly kind: 'client';
  readonly sessionId: string;
  readonly clientId: string | null;
  readonly language: Language;
}
/** A consent as it waits in the session for its application (R17). */
export interface PendingConsent { readonly kind: string; readonly version: string; readonly language: Language; readonly sha256: string; readonly granted: boolean; readonly at: string }

export const CLIENT_SESSION_SECONDS = 7 * 24 * 3600;
const ANONYMOUS_SECONDS = 2 * 3600;

export interface ClientSessions {
  /** An anonymous session with the consents given. */
  start(options: { language: Language; consents: readonly PendingConsent[]; device: string }): Promise<{ token: string }>;
  /** @throws AppError DEVICE_TAKEN_OVER when another device went on; undefined when nobody is logged in */
  authenticate(token: string | undefined): Promise<ClientActor | undefined>;
  /**
   * Binds the session to the client under a new token and ends the client's other sessions: one device at a time.
   * @returns the new token and the sessions that were ended
   */
  bind(tx: Db, sessionId: string, clientId: string): Promise<{ token: string; endedSessionIds: string[] }>;
  end(sessionId: string): Promise<void>;
  consentsOf(sessionId: string): Promise<PendingConsent[]>;
}

export function createClientSessions(prisma: Database, now: () => Date = () => new Date()): ClientSessions {
  const inSeconds = (seconds: number): Date => new Date(now().getTime() + seconds * 1000);
  return {
    async start({ language, consents, device }) {
      const token = newToken();
      await prisma.clientSession.create({
        data: {
          id: newId(), tokenHash: tokenHash(token), language, device: device.slice(0, 200),
          consents: consents as unknown as Prisma.InputJsonArray, expiresAt: inSeconds(ANONYMOUS_SECONDS),
        },
      });
      return { token };
    },
    async authenticate(token) {
      if (token === undefined || token === '') return undefined;
      const session = await prisma.clientSession.findUnique({ where: { tokenHash: tokenHash(token) } });
      if (session === null) return undefined;
      if (session.endReason === 'taken_over') throw new AppError('DEVICE_TAKEN_OVER');
      if (session.endedAt !== null || session.expiresAt <= now()) return undefined;
      return actorOf(session);
    },
    async bind(tx, sessionId, clientId) {
      // The client's row is the lock: of two devices that log in at once the later one stays.
      await tx.$queryRaw`SELECT 1 FROM "client" WHERE "id" = ${clientId}::uuid FOR UPDATE`;
      const others = await tx.clientSession.findMany({ where: { clientId, endedAt: null, id: { not: sessionId } }, select: { id: true } });
      const endedSessionIds = others.map(({ id }) => id);
      await tx.clientSession.updateMany({ where: { id: { in: endedSessionIds } }, data: { endedAt: now(), endReason: 'taken_over' } });
      const token = newToken();
      await tx.clientSession.update({ where: { id: sessionId }, data: { clientId, tokenHash: tokenHash(token), expiresAt: inSeconds(CLIENT_SESSION_SECONDS) } });
      return { token, endedSessionIds };
    },
    async end(sessionId) {
      await prisma.clientSession.updateMany({ where: { id: sessionId, endedAt: null }, data: { endedAt: now(), endReason: 'logout' } });
    },
    async consentsOf(sessionId) {
      const session = await prisma.clientSession.findUniqueOrThrow({ where: { id: sessionId } });
      return session.consents as unknown as PendingConsent[];
    },
  };
}

const actorOf = (session: ClientSession): ClientActor =>
  ({ kind: 'client', sessionId: session.id, clientId: session.clientId, language: session.language === 'en' ? 'en' : 'zh' });
