import { afterEach, expect, test } from '@jest/globals';
import express from 'express';
import { measureRequests, openControl } from '../../server/http/control.ts';
import type { Control } from '../../server/http/control.ts';
import { listen } from '../../server/http/listen.ts';
import type { Listening } from '../../server/http/listen.ts';
import { createMetrics } from '../../server/platform/metrics.ts';

const opened: (Control | Listening)[] = [];
afterEach(async () => { for (const one of opened.splice(0)) await one.close(); });

test('an operator reads the figures on loopback and drains the host; routes are counted by pattern, never by id (R43)', async () => {
  const sessions = [{ live: true }, { live: false }];
  let draining = false;
  const metrics = createMetrics({ sessions: () => sessions, waiting: async () => 3, jobs: async () => ({ 'account.open': { failed: 2 } }) });
  const control = await openControl({ port: 0, metrics, drain: () => { draining = true; }, sessions: () => sessions });
  const app = express();
  app.use(measureRequests(metrics));
  app.get('/cases/:id', (_req, res) => { res.json({}); });
  const web = await listen(app, { port: 0, tls: undefined });
  opened.push(control, web);
  await fetch(`http://127.0.0.1:${web.port}/cases/11010519491231002X`);
  const text = await (await fetch(`http://127.0.0.1:${control.port}/metrics`)).text();
  for (const line of ['vw_waiting 3', 'vw_sessions{state="live"} 1', 'vw_jobs{queue="account.open",state="failed"} 2']) expect(text).toContain(line);
  expect(text).toContain('route="/cases/:id"');
  expect(text).not.toContain('11010519491231002X');
  expect((await fetch(`http://127.0.0.1:${control.port}/drain`)).status).toBe(404);
  expect(draining).toBe(false);
  expect(await (await fetch(`http://127.0.0.1:${control.port}/drain`, { method: 'POST' })).json()).toEqual({ draining: true, sessions: 2 });
  expect(draining).toBe(true);
});
