/** SQLSTATE of a database that cannot be spoken with now: class 08, shut down or starting, out of connections. */
const SQL_STATE = /^(08...|57P0[1-3]|53300)$/;
/** The network's own codes, and those by which Prisma and its adapter name the same. */
const NETWORK = /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENETDOWN|ENOENT)$/;
const PRISMA = /^(P1001|P1002|P1008|P1017|P2024|P2037|DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections)$/;
/** Prisma's code for whatever went wrong with a transaction: only one that could not begin says that the database is away. */
const TRANSACTION = 'P2028';
const NOT_BEGUN = /Unable to start a transaction/;
/** What `pg` says without any code. */
const WORDS = /Connection terminated|connection timeout|timeout exceeded when trying to connect|Client has encountered a connection error|server closed the connection/i;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/**
 * Whether an error says that the database cannot be reached at this moment: the same again may succeed, while any other error
 * comes back. Looks through what libraries wrapped. Pure.
 */
export function isAway(error: unknown, depth = 6): boolean {
  if (!isObject(error) || depth === 0) return false;
  const codes = [error['code'], error['originalCode'], error['kind']].filter((one) => typeof one === 'string');
  // A file that is not there has no system call of the network's; a database's own socket file does.
  if (codes.some((code) => SQL_STATE.test(code) || PRISMA.test(code) || (NETWORK.test(code) && (code !== 'ENOENT' || error['syscall'] === 'connect')))) return true;
  if (typeof error['message'] === 'string' && (WORDS.test(error['message']) || (codes.includes(TRANSACTION) && NOT_BEGUN.test(error['message'])))) return true;
  const within = [error['cause'], error['driverAdapterError'], error['meta'], ...(Array.isArray(error['errors']) ? error['errors'] as unknown[] : [])];
  return within.some((one) => isAway(one, depth - 1));
}

/** A transaction that ran out of its time was undone: it may have waited for the database, or do too much. */
const ranOut = (error: unknown): boolean => isObject(error) && error['code'] === TRANSACTION;

/** What runs out of its time as often will do so the next time. */
const RAN_OUT_TRIES = 20;
const PAUSES_MS = [100, 250, 500, 1_000, 2_000];

/**
 * Does it again while the database is away or takes longer than a transaction may last, until `untilMs` (of `Date.now()`); what then still fails, and any other error, is thrown.
 * @param work must not mind that an earlier try may have been written although its answer was lost
 */
export async function whileAway(work: () => Promise<void>, { untilMs, onAway }: { readonly untilMs: number; onAway(error: unknown): void }): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(isAway(error) || (ranOut(error) && tries < RAN_OUT_TRIES)) || Date.now() >= untilMs) throw error;
      if (tries === 0) onAway(error);
      await new Promise((resolve) => { setTimeout(resolve, PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]); });
    }
  }
}
