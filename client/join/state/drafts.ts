/** What was typed and not yet sent, by application: it outlives a reload, not the tab. Never passwords. */
export interface Drafts {
  /** What was kept, over what a new draft begins with; the latter alone when nothing fitting was. */
  read<T>(owner: string, name: string, initial: T): T;
  write(owner: string, name: string, value: unknown): void;
  drop(owner: string, name: string): void;
  /** Forgets what is not this owner's; null forgets all. */
  keepOnly(owner: string | null): void;
}

const PREFIX = 'draft:';
type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
/** An older page's draft may lack fields or have them of another kind: what does not fit is left out. */
const over = <T>(initial: T, kept: unknown): T => {
  if (!isRecord(initial)) return typeof kept === typeof initial && Array.isArray(kept) === Array.isArray(initial) ? kept as T : initial;
  if (!isRecord(kept)) return initial;
  const open = Object.keys(initial).length === 0;
  const fitting = Object.entries(kept).filter(([name, value]) => open || (name in initial && (initial[name] === null || value === null || (typeof value === typeof initial[name] && Array.isArray(value) === Array.isArray(initial[name])))));
  return { ...initial, ...Object.fromEntries(fitting) };
};

/** Drafts in the tab's own storage, and in memory where a browser has none (private mode). */
export const createDrafts = (storage: () => Store): Drafts => {
  const memory = new Map<string, string>();
  const store = <T>(work: (store: Store) => T): T | undefined => { try { return work(storage()); } catch { return undefined; } };
  const key = (owner: string, name: string): string => `${PREFIX}${owner}:${name}`;
  const drop = (at: string): void => { memory.delete(at); store((one) => { one.removeItem(at); }); };
  return {
    read: (owner, name, initial) => {
      const at = key(owner, name);
      const text = memory.get(at) ?? store((one) => one.getItem(at)) ?? null;
      if (text === null) return initial;
      try { return over(initial, JSON.parse(text)); } catch { return initial; }
    },
    write: (owner, name, value) => {
      const text = JSON.stringify(value);
      memory.set(key(owner, name), text);
      store((one) => { one.setItem(key(owner, name), text); });
    },
    drop: (owner, name) => { drop(key(owner, name)); },
    keepOnly: (owner) => {
      const stored = store((one) => Array.from({ length: one.length }, (_, index) => one.key(index) ?? '')) ?? [];
      for (const at of new Set([...memory.keys(), ...stored])) if (at.startsWith(PREFIX) && (owner === null || !at.startsWith(`${PREFIX}${owner}:`))) drop(at);
    },
  };
};
