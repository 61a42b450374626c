import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { Refused } from './http.ts';
import type { Routes } from './http.ts';

const entry = z.object({
  key: z.string(), kind: z.string(), reference: z.string(),
  /** SHA-256 of the ID number; the ledger holds nothing else about a person. */
  person: z.string(),
  state: z.enum(['done', 'awaiting_client']),
  /** Account numbers and flags that are answered. */
  result: z.record(z.string(), z.union([z.string(), z.boolean()])),
});
export type Entry = z.infer<typeof entry>;

/** What a system has done, by idempotency key: the same key never makes a second account. */
export interface Ledger {
  entries(): readonly Entry[];
  /** Answers what was done under this key; else does it once and keeps it before anything is answered. */
  once(request: { key: string; kind: string; reference: string; person: string }, work: () => { state?: Entry['state']; result: Entry['result'] }): Entry;
  update(key: string, state: Entry['state']): Entry;
  /** Marks a key as being worked on. */
  begin(key: string | undefined): () => void;
  /** `prefix` and random digits, never twice in this ledger. */
  freshNumber(prefix: string, digits: number): string;
  readonly routes: Routes;
}

export const createLedger = (file?: string): Ledger => {
  const byKey = new Map<string, Entry>();
  const working = new Map<string, number>();
  if (file !== undefined && existsSync(file)) for (const e of z.array(entry).parse(JSON.parse(readFileSync(file, 'utf8')))) byKey.set(e.key, e);

  const save = (): void => {
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.new`, JSON.stringify([...byKey.values()]), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };

  return {
    entries: () => [...byKey.values()],
    once: (request, work) => {
      const before = byKey.get(request.key);
      if (before !== undefined) {
        if (before.kind !== request.kind || before.person !== request.person) throw new Refused('KEY_REUSED', 409);
        return before;
      }
      const made: Entry = { ...request, state: 'done', ...work() };
      byKey.set(request.key, made);
      save();
      return made;
    },
    update: (key, state) => {
      const before = byKey.get(key);
      if (before === undefined) throw new Refused('NOT_FOUND', 404);
      const after = { ...before, state };
      byKey.set(key, after);
      save();
      return after;
    },
    begin: (key) => {
      if (key === undefined) return () => undefined;
      working.set(key, (working.get(key) ?? 0) + 1);
      return () => {
        const left = (working.get(key) ?? 1) - 1;
        if (left > 0) working.set(key, left);
        else working.delete(key);
      };
    },
    freshNumber: (prefix, digits) => {
      const taken = new Set([...byKey.values()].flatMap((e) => Object.values(e.result)));
      for (;;) {
        const number = prefix + Array.from({ length: digits }, () => randomInt(10)).join('');
        if (!taken.has(number)) return number;
      }
    },
    routes: {
      'GET /requests/:key': ({ parameters }) => {
        const key = parameters['key']!;
        const found = byKey.get(key);
        if (found !== undefined) return { state: found.state, ...found.result };
        if (working.has(key)) return { state: 'processing' };
        throw new Refused('NOT_FOUND', 404);
      },
    },
  };
};

/** The answer to the request itself, as to a later question about it. */
export const answerOf = (e: Entry): Record<string, unknown> => ({ state: e.state, ...e.result });
