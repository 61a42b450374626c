import { Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

/** Where the figures of the moment come from; asked when they are fetched. */
export interface MetricsSources {
  /** Witness sessions on this media host. */
  sessions(): readonly { readonly live: boolean }[];
  waiting(): Promise<number>;
  /** By queue and state. */
  jobs(): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>>;
}

/** Seconds, from a fast query to a patient outside system. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * The program's measurements in a registry of its own (nothing global). Labels are codes from closed lists, never ids of
 * persons or cases.
 */
export function createMetrics(sources: MetricsSources) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'vw_sessions', help: 'Witness sessions on this media host', labelNames: ['state'], registers,
    collect() { for (const live of [true, false]) this.set({ state: live ? 'live' : 'waiting' }, sources.sessions().filter((session) => session.live === live).length); },
  });
  new Gauge({ name: 'vw_waiting', help: 'Clients in the line', registers, async collect() { this.set(await sources.waiting()); } });
  new Gauge({
    name: 'vw_jobs', help: 'Jobs, by queue and state', labelNames: ['queue', 'state'], registers,
    async collect() { for (const [queue, states] of Object.entries(await sources.jobs())) for (const [state, count] of Object.entries(states)) this.set({ queue, state }, count); },
  });
  return {
    registry,
    http: new Histogram({ name: 'vw_http_seconds', help: 'Time of an HTTP request', labelNames: ['method', 'route', 'status'], buckets: BUCKETS, registers }),
  };
}
