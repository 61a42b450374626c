import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadTls } from '../../../server/platform/tls.ts';

let dataDir = '';
beforeAll(() => { dataDir = mkdtempSync(join(tmpdir(), 'vw-tls-')); });
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
const config = (announcedIp = '203.0.113.7') => ({
  dataDir,
  http: { port: 8443, controlPort: 8444, trustProxy: false as const, tls: undefined, https: true },
  media: { announcedIp, rtcPort: 24400, workers: 1, workerBin: undefined },
});

describe('the certificate', () => {
  test('names localhost and the announced address, and stays the same over a restart', async () => {
    const first = await loadTls(config());
    const certificate = new X509Certificate(first!.cert);
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkIP('203.0.113.7')).toBe('203.0.113.7');
    expect((await loadTls(config()))!.cert).toBe(first!.cert);
    expect(statSync(join(dataDir, 'tls', 'self-made.pem')).mode & 0o777).toBe(0o600);
  });

  test('is made anew when the machine has an address it does not name', async () => {
    const before = await loadTls(config());
    const after = await loadTls(config('198.51.100.9'));
    expect(after!.cert).not.toBe(before!.cert);
  });

  test('serves HTTPS', async () => {
    const identity = await loadTls(config());
    const server = createServer({ cert: identity!.cert, key: identity!.key }, (_, response) => response.end('ok'));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const status = await new Promise((resolve, reject) => {
      const call = request({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, ca: identity!.cert, servername: 'localhost', agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.on('error', reject);
      call.end();
    });
    server.close();
    expect(status).toBe(200);
  });

  test('is not needed behind a proxy', async () => {
    const behind = config();
    expect(await loadTls({ ...behind, http: { ...behind.http, https: false } })).toBeUndefined();
  });
});
