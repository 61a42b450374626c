import type { Redis } from 'ioredis';
import { z } from 'zod';
import { DESK_NOTIFICATIONS, LINE_NOTIFICATIONS } from '../../contracts/signaling/desk.ts';

/** Somebody who can be told something: a client's application or a member of staff. */
export type Address = `client:${string}` | `staff:${string}`;
export interface Listener { notify(name: string, data: unknown): void }

/** What may be told, by whom it is for. Log-ins that ended are named: every socket of that person looks for its own. */
const MESSAGES = {
  client: { ...LINE_NOTIFICATIONS, takenOver: z.object({ sessionIds: z.array(z.string()).readonly() }) },
  staff: { ...DESK_NOTIFICATIONS, loggedOut: z.object({ staffSessionId: z.string() }) },
} as const;
type Messages<A extends Address> = A extends `client:${string}` ? typeof MESSAGES.client : typeof MESSAGES.staff;
type Data<T> = T extends z.ZodType ? z.input<T> : never;
const frame = z.object({ to: z.templateLiteral([z.enum(['client', 'staff']), ':', z.string()]), name: z.string(), data: z.unknown() });

/** Notifications find their person on whichever web process holds the socket; payloads are ids and codes. */
export interface Hub {
  publish<A extends Address, N extends keyof Messages<A> & string>(to: A, name: N, data: Data<Messages<A>[N]>): Promise<void>;
  /** Answers the function that ends it. */
  attach(to: Address, listener: Listener): () => void;
  close(): Promise<void>;
}

const CHANNEL = 'notify';

/**
 * Owns its subscriber connection; `redis` stays the caller's.
 * @param onDropped a message that is not what the contract says, or whose listener failed; it carries none of its contents
 */
export async function createHub(redis: Redis, onDropped: (reason: string) => void = () => undefined): Promise<Hub> {
  const listeners = new Map<string, Set<Listener>>();
  const subscriber = redis.duplicate();
  // Redis' pub/sub ignores database numbers: the number keeps two instances on one server apart.
  const channel = `${CHANNEL}-${redis.options.db ?? 0}`;
  subscriber.on('error', () => onDropped('connection'));
  subscriber.on('message', (_channel, text) => {
    const message = readMessage(text);
    if (message === undefined) return onDropped('not of the contract');
    for (const listener of listeners.get(message.to) ?? []) {
      // One socket that fails keeps nothing from the others, and ends no process.
      try { listener.notify(message.name, message.data); } catch { onDropped('listener failed'); }
    }
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

/** Undefined when it is not one of ours. */
function readMessage(text: string): { to: string; name: string; data: unknown } | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = frame.safeParse(json);
  if (!parsed.success) return undefined;
  const { to, name } = parsed.data;
  const schemas: Readonly<Record<string, z.ZodType>> = to.startsWith('client:') ? MESSAGES.client : MESSAGES.staff;
  const data = Object.hasOwn(schemas, name) ? schemas[name]?.safeParse(parsed.data.data) : undefined;
  return data?.success ? { to, name, data: data.data } : undefined;
}
