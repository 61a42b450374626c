import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { z } from 'zod';
import { operation } from '../../contracts/http/common.ts';
import { isOwnOrigin } from '../../server/http/origin.ts';
import { createRouter } from '../../server/http/router.ts';
import { insecureHandler, securityHeaders } from '../../server/http/security.ts';
import { createLog } from '../../server/platform/log.ts';

const servers: Server[] = [];
const listen = async (handler: Parameters<typeof createServer>[1]): Promise<string> => {
  const server = createServer({}, handler);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
afterAll(() => { for (const server of servers) { server.close(); server.closeAllConnections(); } });

describe('the server’s door', () => {
  const log: string[] = [];
  let base = '';
  let onLeft: () => void = () => undefined;
  let onCame: () => void = () => undefined;
  beforeAll(async () => {
    const operations = {
      broken: operation({ method: 'get', path: '/broken', summary: '', access: 'public', response: z.object({}) }),
      slow: operation({ method: 'get', path: '/slow', summary: '', access: 'public', response: z.object({}) }),
      part: operation({ method: 'get', path: '/part/:caseId', summary: '', access: 'public', binary: 'video/webm' }),
      save: operation({ method: 'post', path: '/save', summary: '', access: 'public', body: z.object({ n: z.number() }), response: z.object({ n: z.number() }) }),
    };
    const app = express();
    app.use(securityHeaders({ hsts: true }));
    app.use(createRouter(operations, {
      broken: () => { throw new Error('boom 13900000000 张三'); },
      part: ({ range }) => ({ bytes: Buffer.from('0123456789').subarray(range?.start ?? 0, (range?.end ?? 9) + 1), contentType: 'video/webm', ...(range === undefined ? {} : { range: { start: range.start, size: 10 } }) }),
      slow: ({ signal }) => new Promise((_, reject) => { signal.addEventListener('abort', () => { onLeft(); reject(signal.reason as Error); }); onCame(); }),
      save: ({ body }) => ({ n: body.n + 1 }),
    }, { authenticateClient: async () => undefined, authenticateStaff: async () => undefined, log: createLog({ destination: { write: (line: string) => void log.push(line) } }) }));
    base = await listen(app);
  });

  test('a fault of ours answers INTERNAL with a request id, and its log line repeats no personal data', async () => {
    const answer = await fetch(`${base}/broken`);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([500, 'INTERNAL']);
    expect(log.join()).toContain(answer.headers.get('x-request-id'));
    expect(log.join()).not.toMatch(/13900000000|张三/);
  });
  test('malformed JSON, far too much of it, a wrong field and an id that is none are told apart', async () => {
    const post = (body: string) => fetch(`${base}/save`, { method: 'POST', body, headers: { 'content-type': 'application/json', origin: base } });
    expect(((await (await post('{')).json()) as { code: string }).code).toBe('BAD_REQUEST');
    const huge = await post(JSON.stringify({ n: 'x'.repeat(3_000_000) }));
    expect(huge.status).toBe(413);
    expect(await huge.json()).toMatchObject({ code: 'REQUEST_TOO_LARGE' });
    expect(await (await post('{"n":"x"}')).json()).toMatchObject({ code: 'BAD_REQUEST', detail: { field: 'n' } });
    expect(await (await post('{"n":1}')).json()).toEqual({ n: 2 });
    expect((await fetch(`${base}/part/1`)).status).toBe(404);
  });
  test('work for a caller who has gone is told to stop, and nobody is answered or blamed', async () => {
    const [came, stopped] = [new Promise<void>((resolve) => { onCame = resolve; }), new Promise<void>((resolve) => { onLeft = resolve; })];
    const leave = new AbortController();
    const asked = fetch(`${base}/slow`, { signal: leave.signal }).catch(() => 'gone');
    await came;
    const before = log.length;
    leave.abort();
    expect(await asked).toBe('gone');
    await stopped;
    await new Promise((done) => setTimeout(done, 50));
    expect(log.slice(before)).toEqual([]);
  });
  test('part of a recording is answered with its range', async () => {
    const answer = await fetch(`${base}/part/01890a5d-ac96-774b-bcce-b302099a8057`, { headers: { range: 'bytes=2-4' } });
    expect([answer.status, answer.headers.get('content-range'), await answer.text()]).toEqual([206, 'bytes 2-4/10', '234']);
  });
  test('pages may use camera, sockets and media of their own, and nothing foreign', async () => {
    const { headers } = await fetch(`${base}/broken`);
    expect(headers.get('content-security-policy')).toMatch(/default-src 'self'.*media-src 'self' blob:.*connect-src 'self' wss:.*frame-ancestors 'none'/);
    expect(headers.get('permissions-policy')).toContain('camera=(self)');
    expect(headers.get('strict-transport-security')).not.toBeNull();
  });
  test('a plain-HTTP address says why it does not work, to people and to programs', async () => {
    const plain = await listen(insecureHandler(8443));
    const page = await fetch(plain, { headers: { accept: 'text/html' } });
    expect(page.status).toBe(421);
    expect(await page.text()).toMatch(/此地址不安全.*https:\/\/127\.0\.0\.1:8443\//s);
    expect(await (await fetch(plain)).json()).toMatchObject({ code: 'INSECURE_ADDRESS' });
  });
});

test('only our own pages are ours', () => {
  const from = (origin: string | undefined) => isOwnOrigin({ headers: { host: 'a.example:8443', ...(origin === undefined ? {} : { origin }) } }, ['https://app.example']);
  expect(from('https://a.example:8443')).toBe(true);
  expect(from('https://app.example')).toBe(true);
  for (const foreign of [undefined, 'null', 'https://a.example', 'https://a.example:8443.evil.example', 'chrome-extension://a.example:8443']) expect([foreign, from(foreign)]).toEqual([foreign, false]);
});
