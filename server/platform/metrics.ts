import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

/** Seconds, from a fast query to a patient outside system. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * The program's measurements in a registry of its own (nothing global). Labels are codes from closed lists, never ids of
 * persons or cases.
 */
export function createMetrics(options: { process?: boolean } = {}) {
  const registry = new Registry();
  const registers = [registry];
  if (options.process !== false) collectDefaultMetrics({ register: registry });
  return {
    registry,
    http: new Histogram({ name: 'vw_http_seconds', help: 'Time of an HTTP request', labelNames: ['method', 'route', 'status'], buckets: BUCKETS, registers }),
    errors: new Counter({ name: 'vw_errors_total', help: 'Errors answered, by code of the catalogue', labelNames: ['code'], registers }),
    sockets: new Gauge({ name: 'vw_sockets', help: 'Open sockets', labelNames: ['kind'], registers }),
    sessions: new Gauge({ name: 'vw_sessions', help: 'Witness sessions on this media host', labelNames: ['state'], registers }),
    waiting: new Gauge({ name: 'vw_waiting', help: 'Clients in the line', registers }),
    waited: new Histogram({ name: 'vw_waited_seconds', help: 'Time from joining the line to the accepted call (R60)', buckets: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600], registers }),
    decisions: new Counter({ name: 'vw_decisions_total', help: 'Decisions, by kind and reason code', labelNames: ['kind', 'reason'], registers }),
    outside: new Histogram({ name: 'vw_outside_seconds', help: 'Time of a call to an outside system', labelNames: ['system', 'operation', 'outcome'], buckets: BUCKETS, registers }),
    jobs: new Counter({ name: 'vw_jobs_total', help: 'Jobs ended', labelNames: ['queue', 'outcome'], registers }),
  };
}
