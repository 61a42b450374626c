import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { lastError, pages } from '../../server/http/pages.ts';
import { createLog } from '../../server/platform/log.ts';

let dir: string;
let server: Server;
let url: string;
const logged: string[] = [];
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'pages-'));
  // The apps are built into a folder whose name begins with a dot.
  const built = join(dir, '.build', 'web');
  for (const app of ['join', 'console']) {
    mkdirSync(join(built, app, 'assets'), { recursive: true });
    writeFileSync(join(built, app, 'index.html'), `<title>${app}</title>`);
  }
  const app = express();
  app.use(pages(built));
  app.use(lastError(createLog({ level: 'info', destination: { write: (line: string) => void logged.push(line) } })));
  server = createServer(app).listen(0);
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true, force: true });
});
const get = async (path: string, accept = 'text/html') => {
  const response = await fetch(`${url}${path}`, { headers: { accept } });
  return { status: response.status, text: await response.text() };
};

describe('pages', () => {
  test.each([['/console/call', 'console'], ['/console/sessions?id=1', 'console'], ['/join/form', 'join']])('reloading %s brings the page back', async (path, title) => {
    expect(await get(path)).toEqual({ status: 200, text: `<title>${title}</title>` });
  });

  test.each(['/nowhere', '/join/%ff', '/console/assets/gone.js', '/join/..%2f..%2fetc%2fpasswd'])('%s is answered with words, never with a stack or a path of this machine', async (path) => {
    const answer = await get(path);
    expect(answer.text).not.toMatch(/node_modules|at .*\(|\/tmp\//);
    if (answer.status !== 200) expect(answer).toMatchObject({ status: 404, text: expect.stringContaining('NOT_FOUND') });
    const forPrograms = await get(path, 'application/json');
    if (forPrograms.status !== 200) expect(JSON.parse(forPrograms.text)).toMatchObject({ code: 'NOT_FOUND' });
    expect(logged).toEqual([]);
  });
});
