import { createServer } from 'node:http';
import type { RequestHandler } from 'express';
import type { Metrics } from '../platform/metrics.ts';

export interface ControlPorts {
  readonly port: number;
  readonly metrics: Metrics;
  /** No new sessions from now on; the present ones go on. */
  drain(): void;
  sessions(): readonly unknown[];
}
export interface Control { readonly port: number; close(): Promise<void> }

/**
 * For operators, on loopback only: `GET /metrics` (Prometheus), `POST /drain` (no new calls; answers how many still run;
 * asking again only answers).
 */
export async function openControl({ port, metrics, drain, sessions }: ControlPorts): Promise<Control> {
  const answer = async (method: string | undefined, path: string | undefined): Promise<{ status: number; type: string; body: string }> => {
    if (method === 'GET' && path === '/metrics') return { status: 200, type: metrics.registry.contentType, body: await metrics.registry.metrics() };
    if (method !== 'POST' || path !== '/drain') return { status: 404, type: 'text/plain', body: '' };
    drain();
    return { status: 200, type: 'application/json', body: JSON.stringify({ draining: true, sessions: sessions().length }) };
  };
  const server = createServer((req, res) => {
    answer(req.method, req.url)
      .catch(() => ({ status: 503, type: 'text/plain', body: '' }))
      .then(({ status, type, body }) => res.writeHead(status, { 'content-type': type }).end(body), () => undefined);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as { port: number }).port,
    close: () => new Promise((resolve) => { server.close(() => resolve()); server.closeAllConnections(); }),
  };
}

/** Counts each request by its route's pattern: the path itself holds ids. */
export const measureRequests = ({ http }: Metrics): RequestHandler => (req, res, next) => {
  const stop = http.startTimer({ method: req.method });
  res.on('finish', () => { stop({ route: String((req.route as { path?: unknown } | undefined)?.path ?? 'other'), status: res.statusCode }); });
  next();
};
