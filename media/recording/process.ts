import { AppError } from '../../contracts/errors.ts';
import { createFileStore } from '../evidence/index.ts';
import { createBacklogs } from './backlog.ts';
import { createHostClock } from './hostclock.ts';
import { REQUESTS, request } from './ipc.ts';
import type { FromRecorder, ReplyData, RequestData, RequestName } from './ipc.ts';
import { claimSession } from './owner.ts';
import { createRecordedSession, recoverOrphan } from './session.ts';
import type { RecordedSession } from './session.ts';

/**
 * The recorder process. Started by the supervisor with the store's folder and ffmpeg's path as arguments; case keys come over IPC
 * and stay in memory. Ends when its parent does, sealing what is open first.
 */
const [dir, ffmpeg, backlogBytes] = process.argv.slice(2) as [string, string, string?];
const backlogs = createBacklogs(backlogBytes === undefined ? undefined : Number(backlogBytes));
const keys = new Map<string, { keyId: string; key: Buffer }>();
interface Known { readonly caseId: string; readonly session: Promise<RecordedSession>; /** By which it was asked for last. */ attempt: number; /** It is being closed: who asks for it waits until then. */ ending?: Promise<unknown> }
const sessions = new Map<string, Known>();
/** The last attempt for which nobody waits any more. */
const abandoned = new Map<string, number>();
const store = createFileStore({
  dir,
  keys: {
    keyFor: async (caseId) => {
      const key = keys.get(caseId);
      if (!key) throw new AppError('KEY_UNAVAILABLE');
      return key;
    },
  },
});

const emit = (message: FromRecorder): void => {
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
};
const sessionOf = (sessionId: string): Promise<RecordedSession> => {
  const known = sessions.get(sessionId);
  if (!known) throw new AppError('SESSION_NOT_FOUND');
  return known.session;
};
const setKey = ({ caseId, keyId, key }: { caseId: string; keyId: string; key: Uint8Array }): void => {
  keys.set(caseId, { keyId, key: Buffer.from(key) });
};
/** Sessions of an earlier life that are being taken up, with their cases. */
const taking = new Map<string, { caseId: string; work: Promise<boolean> }>();
/** A key is wiped once no session of its case is left. */
const dropKey = (caseId: string): void => {
  if ([...taking.values(), ...sessions.values()].some((one) => one.caseId === caseId)) return;
  keys.get(caseId)?.key.fill(0);
  keys.delete(caseId);
};

/** Nothing of it is known here any more, so that it may be asked for again. */
const drop = (sessionId: string, known = sessions.get(sessionId)): void => {
  if (known === undefined || sessions.get(sessionId) !== known) return;
  sessions.delete(sessionId);
  dropKey(known.caseId);
};
const end = async (sessionId: string, known: Known, finished: boolean): Promise<boolean> => {
  const closing = known.session.then((session) => session.close(finished)).finally(() => drop(sessionId, known));
  known.ending = closing.catch(() => undefined);
  return await closing;
};

const takeUp = async (data: RequestData<'recover'>): Promise<boolean> => {
  const { sessionId, caseId, over } = data;
  // Files that another recorder writes at this moment are not cut off.
  const ownership = await claimSession(dir, sessionId);
  setKey(data);
  try {
    return await recoverOrphan({ store, dir, sessionId, caseId, over, emit });
  } finally {
    await ownership.release();
  }
};

const handlers: { [N in RequestName]: (data: RequestData<N>) => Promise<ReplyData<N>> } = {
  async startSession(data) {
    const { sessionId, caseId, attempt } = data;
    // Both would close the same cut files.
    await taking.get(sessionId)?.work.catch(() => undefined);
    await sessions.get(sessionId)?.ending;
    if ((abandoned.get(sessionId) ?? 0) >= attempt) throw new AppError('MEDIA_UNAVAILABLE');
    abandoned.delete(sessionId);
    if (!sessions.has(sessionId)) {
      setKey(data);
      // The supervisor's clock, as it stands when the session comes: one that is still being closed keeps its own.
      const host = createHostClock(data.clockOffsetMs);
      sessions.set(sessionId, { caseId, attempt, session: createRecordedSession({ store, dir, sessionId, caseId, ffmpeg, host, backlogs, emit, onTaken: () => drop(sessionId) }) });
    }
    const known = sessions.get(sessionId)!;
    known.attempt = attempt;
    try {
      const session = await known.session;
      return { ...(session.startedAt === undefined ? {} : { startedAt: session.startedAt }), held: [...session.held] };
    } catch (error) {
      drop(sessionId, known);
      throw error;
    }
  },
  async abandonSession({ sessionId, attempt }) {
    abandoned.set(sessionId, attempt);
    const known = sessions.get(sessionId);
    await known?.session;
    if (known !== undefined && known.attempt <= attempt && known.ending === undefined) await end(sessionId, known, false);
    return {};
  },
  addTrack: async ({ sessionId, track }) => ({ port: await (await sessionOf(sessionId)).addTrack(track) }),
  async removeTrack({ sessionId, producerId }) {
    if (sessions.has(sessionId)) (await sessionOf(sessionId)).removeTrack(producerId);
    return {};
  },
  async stopSession({ sessionId }) {
    const known = sessions.get(sessionId);
    return { over: known !== undefined && await end(sessionId, known, true) };
  },
  frameAt: async ({ sessionId, ...wanted }) => (await sessionOf(sessionId)).frameAt(wanted),
  async recover(data) {
    const { sessionId, caseId } = data;
    // It is recorded, being closed, or taken up already: later.
    if (sessions.has(sessionId) || taking.has(sessionId)) throw new AppError('RECORDED_ELSEWHERE');
    const work = takeUp(data);
    taking.set(sessionId, { caseId, work });
    try {
      return { over: await work };
    } finally {
      taking.delete(sessionId);
      dropKey(caseId);
    }
  },
  async stats() {
    const tracks = (await Promise.all([...sessions.values()].map(({ session }) => session)))
      .flatMap((session) => [...session.tracks.values()])
      .map(({ track, stats, ring }) => ({ producerId: track.producerId, ...stats, ringBytes: ring.bytes }));
    const { user, system } = process.cpuUsage();
    return { rssBytes: process.memoryUsage.rss(), cpuMs: (user + system) / 1000, backlogBytes: backlogs.bytes, tracks };
  },
  async shutdown() {
    await closeAll();
    return {};
  },
};

const closeAll = async (): Promise<void> => {
  await Promise.allSettled([...sessions.values()].map(async ({ session }) => (await session).close(false)));
  sessions.clear();
  for (const { key } of keys.values()) key.fill(0);
  keys.clear();
};

const handle = async <N extends RequestName>(name: N, data: unknown): Promise<ReplyData<N>> => handlers[name](REQUESTS[name].parse(data) as RequestData<N>);

process.on('message', (message) => {
  const parsed = request.safeParse(message);
  if (!parsed.success) return;
  const { request: name, id, data } = parsed.data;
  handle(name, data).then(
    (reply) => emit({ type: 'reply', id, data: reply }),
    (error: unknown) => {
      // Only the code leaves: an error's text could carry a path or worse.
      if (!(error instanceof AppError)) process.stderr.write(`recorder: ${name} failed: ${error instanceof Error ? error.stack : 'unknown'}\n`);
      emit({ type: 'error', id, code: error instanceof AppError ? error.code : 'INTERNAL' });
    },
  );
});
// The supervisor decides when to end; a Ctrl-C reaches the whole group, and the last seconds are still to be sealed.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => { void closeAll().finally(() => process.exit(0)); });
emit({ type: 'ready' });
