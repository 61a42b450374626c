import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Fault } from './http.ts';

export const SYSTEMS = ['police', 'depository', 'core', 'bank', 'ca', 'sms'] as const;
export const system = z.enum(SYSTEMS);
export type System = z.infer<typeof system>;

/** A switch: what goes wrong, at a whole system, or for one person (`match`: a reference, the beginning of a key, or the SHA-256 of the ID number). */
export const switchBody = z.strictObject({
  match: z.string().min(1).optional(),
  delayMs: z.number().int().min(0).max(600_000).optional(),
  errorCode: z.string().regex(/^\w{2,40}$/).optional(),
  down: z.boolean().optional(),
  silent: z.boolean().optional(),
  loseAnswer: z.boolean().optional(),
  /** Switches itself off after so many calls. */
  times: z.number().int().min(1).optional(),
});
export type SwitchBody = z.infer<typeof switchBody>;

export const hashOf = (text: string): string => createHash('sha256').update(text.trim().toUpperCase()).digest('hex');

/** What a call is about, without anything personal. */
export interface Subject { readonly reference?: string; readonly key?: string; readonly person?: string }

const subjectBody = z.object({ reference: z.string(), idempotencyKey: z.string(), idNumber: z.string(), subject: z.object({ reference: z.string() }) }).partial();

export const subjectOf = (body: unknown): Subject => {
  const parsed = subjectBody.safeParse(body);
  if (!parsed.success) return {};
  const { reference, idempotencyKey, idNumber, subject } = parsed.data;
  const name = reference ?? subject?.reference;
  return { ...(name ? { reference: name } : {}), ...(idempotencyKey ? { key: idempotencyKey } : {}), ...(idNumber ? { person: hashOf(idNumber) } : {}) };
};

export interface Switches {
  set(system: System, body: SwitchBody): void;
  clear(system?: System): void;
  list(): { system: System; body: SwitchBody }[];
  /** The person's switch before the system's. */
  faultOf(system: System, body: unknown): Fault;
}

export const createSwitches = (): Switches => {
  let entries: { system: System; body: SwitchBody; left: number }[] = [];
  const fits = (match: string | undefined, subject: Subject): boolean =>
    match === undefined || subject.reference === match || subject.person === match || (subject.key?.startsWith(match) ?? false);
  return {
    set: (name, body) => {
      entries = entries.filter((e) => e.system !== name || e.body.match !== body.match);
      entries.push({ system: name, body, left: body.times ?? Number.POSITIVE_INFINITY });
    },
    clear: (name) => {
      entries = name === undefined ? [] : entries.filter((e) => e.system !== name);
    },
    list: () => entries.map(({ system: name, body }) => ({ system: name, body })),
    faultOf: (name, body) => {
      const subject = subjectOf(body);
      const found = entries.filter((e) => e.system === name && e.left > 0 && fits(e.body.match, subject))
        .sort((a, b) => Number(b.body.match !== undefined) - Number(a.body.match !== undefined))[0];
      if (found === undefined) return {};
      found.left -= 1;
      return found.body;
    },
  };
};
