import type { Redis } from 'ioredis';

/** Somebody who can be told something: a client's application or a member of staff. */
export type Address = `client:${string}` | `staff:${string}`;
export interface Listener { notify(name: string, data: unknown): void }

/** Notifications find their person on whichever web process holds the socket; payloads are ids and codes. */
export interface Hub {
  publish(to: Address, name: string, data: unknown): Promise<void>;
  /** Answers the function that ends it. */
  attach(to: Address, listener: Listener): () => void;
  close(): Promise<void>;
}

const CHANNEL = 'notify';

/** Owns its subscriber connection; `redis` stays the caller's. */
export async function createHub(redis: Redis): Promise<Hub> {
  const listeners = new Map<string, Set<Listener>>();
  const subscriber = redis.duplicate();
  // Redis' pub/sub ignores database numbers: the number keeps two instances on one server apart.
  const channel = `${CHANNEL}-${redis.options.db ?? 0}`;
  subscriber.on('message', (_channel, text) => {
    const { to, name, data } = JSON.parse(text) as { to: string; name: string; data: unknown };
    for (const listener of listeners.get(to) ?? []) listener.notify(name, data);
  });
  await subscriber.subscribe(channel);
  return {
    async publish(to, name, data) {
      await redis.publish(channel, JSON.stringify({ to, name, data }));
    },
    attach(to, listener) {
      const set = listeners.get(to) ?? new Set();
      listeners.set(to, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size === 0 && listeners.get(to) === set) listeners.delete(to);
      };
    },
    async close() {
      await subscriber.quit().catch(() => subscriber.disconnect());
    },
  };
}
