import { removeJournal } from './journal.ts';

/** What is no row yet is told again after this. */
const AGAIN_MS = 20_000;

interface Fact { kept: boolean; writing: boolean; write(): Promise<boolean> }
interface OfSession { readonly facts: Map<string, Fact>; over: boolean; removing: Promise<void> | undefined }

/**
 * What the recorder told, until it is written down: only then the notes of a session that is over may go. A host or a database
 * that dies in between loses nothing, for the next start tells it again. Owned by the supervisor.
 */
export const createTold = ({ dir, goesOn, log, againMs = AGAIN_MS }: { dir: string; goesOn(sessionId: string): boolean; log(line: string): void; againMs?: number }) => {
  const sessions = new Map<string, OfSession>();
  const ofSession = (sessionId: string): OfSession => {
    const known = sessions.get(sessionId) ?? { facts: new Map(), over: false, removing: undefined };
    sessions.set(sessionId, known);
    return known;
  };
  const settle = (sessionId: string, of: OfSession): void => {
    if (!of.over || of.removing || goesOn(sessionId) || [...of.facts.values()].some(({ kept }) => !kept)) return;
    of.removing = removeJournal(dir, sessionId).then(() => { sessions.delete(sessionId); }, () => {
      of.removing = undefined;
      log(`recorder: session ${sessionId}: its notes could not be removed yet`);
    });
  };
  const write = (sessionId: string, of: OfSession, fact: Fact): void => {
    if (fact.kept || fact.writing) return;
    fact.writing = true;
    void fact.write().catch(() => false).then((kept) => {
      fact.kept = kept;
      fact.writing = false;
      settle(sessionId, of);
    });
  };
  const clock = setInterval(() => {
    for (const [sessionId, of] of sessions) {
      for (const fact of of.facts.values()) write(sessionId, of, fact);
      settle(sessionId, of);
    }
  }, againMs);
  clock.unref();

  return {
    /** Writes a fact down, as often as it takes; one that was told before is none. */
    tell(sessionId: string, key: string, keep: () => Promise<boolean>): void {
      const of = ofSession(sessionId);
      if (of.facts.has(key)) return;
      const fact: Fact = { kept: false, writing: false, write: keep };
      of.facts.set(key, fact);
      write(sessionId, of, fact);
    },
    /** Nothing more will be told of it. */
    over(sessionId: string): void {
      const of = ofSession(sessionId);
      of.over = true;
      settle(sessionId, of);
    },
    /** It goes on after all; resolves when its notes may be written again. */
    async again(sessionId: string): Promise<void> {
      const of = sessions.get(sessionId);
      if (!of) return;
      of.over = false;
      await of.removing;
    },
    close(): void { clearInterval(clock); },
  };
};
export type Told = ReturnType<typeof createTold>;
