import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { freePorts } from '../../../scripts/services.ts';

type Start = { process: ChildProcessByStdio<null, Readable, Readable>; output(): string; until(text: string | RegExp): Promise<void>; ended: Promise<number | null> };

let dataDir = '';
let starts: Start[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'vw-start-'));
  chmodSync(dataDir, 0o711);
  starts = [];
});
afterEach(async () => {
  for (const one of starts) one.process.kill('SIGTERM');
  await Promise.all(starts.map(({ ended }) => ended));
  // What a killed start left is cleared by the next one on the same data.
  if (livingPrograms().length > 0) {
    const last = start();
    await last.until('READY');
    last.process.kill('SIGTERM');
    await last.ended;
  }
  rmSync(dataDir, { recursive: true, force: true });
});

/** Ports of this run's own: a copy that somebody has running must not matter here, nor those that services draw from 20,000 on. */
const base = await freePorts(12, 10_000 + (process.pid % 300) * 20);

function start(ports: { PORT?: string; RTC_PORT?: string } = {}): Start {
  const program = join(import.meta.dirname, 'programs', 'start.ts');
  const env = { PATH: process.env['PATH'], DATA_DIR: dataDir, PORT: String(base), RTC_PORT: String(base + 10), ...ports };
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { text += chunk.toString(); });
  const started: Start = {
    process: child,
    output: () => text,
    ended: new Promise((done) => child.once('close', done)),
    until: async (wanted) => {
      for (const end = Date.now() + 30_000; !(typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)); await sleep(25)) {
        if (Date.now() > end || child.exitCode !== null) throw new Error(`never said ${wanted}:\n${text}`);
      }
    },
  };
  starts.push(started);
  return started;
}

/** Programs whose number is kept in the data folder and that still live. */
function livingPrograms(): string[] {
  const marks = ['server.pid', 'simulators.pid', 'postgres/postgres.pid', 'redis/redis.pid'];
  return marks.filter((mark) => {
    try {
      const { pid } = JSON.parse(readFileSync(join(dataDir, mark), 'utf8')) as { pid: number };
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  });
}

describe('npm start', () => {
  test('starts every part, and its last line says READY with the address', async () => {
    const one = start();
    await one.until(/READY https:\/\/localhost:\d+\n$/);
    expect(one.output()).toContain('starts 1 as witness_app, owner unknown');
    expect(one.output()).toContain('simulators know no secrets');
    expect(livingPrograms()).toHaveLength(4);
  });

  test('Ctrl-C stops what it started, the last first, and leaves nothing running', async () => {
    const one = start();
    await one.until('READY');
    one.process.kill('SIGINT');
    expect(await one.ended).toBe(0);
    const order = [...one.output().matchAll(/│ (\S+).* stopped/g)].map((match) => match[1]);
    expect(order).toEqual(['server', 'simulators', 'Redis', 'PostgreSQL', 'lock']);
    expect(one.output()).toContain('server says goodbye');
    expect(livingPrograms()).toEqual([]);
  });

  test('a second copy on the same data refuses, names the first, and does it no harm', async () => {
    const one = start();
    await one.until('READY');
    const two = start();
    expect(await two.ended).toBe(1);
    expect(two.output()).toContain(`in use by another copy (process ${one.process.pid})`);
    expect(livingPrograms()).toHaveLength(4);
  });

  test('after a kill -9 the next start clears up, and finds the data', async () => {
    const one = start();
    await one.until('READY');
    one.process.kill('SIGKILL');
    await one.ended;
    const two = start();
    await two.until('READY');
    // One start before, its goodbye when it lost its supervisor, and this start.
    expect(two.output()).toMatch(/starts [23] as/);
    expect(livingPrograms()).toHaveLength(4);
  });

  test('a part that dies is named, and everything stops', async () => {
    const one = start();
    await one.until('READY');
    const { pid } = JSON.parse(readFileSync(join(dataDir, 'server.pid'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    expect(await one.ended).toBe(1);
    expect(one.output()).toContain('The server program was ended by SIGKILL: stopping everything.');
    expect(livingPrograms()).toEqual([]);
  });

  test('the keys and passwords it makes can be read by their owner only (R43)', async () => {
    const one = start();
    await one.until('READY');
    const secrets = [...readdirSync(join(dataDir, 'keys')).map((name) => join('keys', name)), 'postgres/password', 'postgres/app-password', 'redis/password'];
    expect(secrets).toHaveLength(6);
    for (const secret of secrets) {
      expect(statSync(join(dataDir, secret)).mode & 0o077).toBe(0);
      expect(one.output()).not.toContain(readFileSync(join(dataDir, secret), 'utf8').trim());
    }
  });
});

test('a port that is taken is named with the setting to change, and nothing is started', async () => {
  const taken = createServer().listen(base + 11);
  const one = start({ RTC_PORT: String(base + 11) });
  expect(await one.ended).toBe(1);
  taken.close();
  expect(one.output()).toContain(`Port ${base + 11} is in use`);
  expect(one.output()).toContain('set RTC_PORT');
  expect(one.output()).not.toContain('PostgreSQL started');
  const two = start({ PORT: 'abc' });
  expect(await two.ended).toBe(1);
  expect(two.output()).toContain('PORT: a whole number from 1 to 65535 is needed');
});
