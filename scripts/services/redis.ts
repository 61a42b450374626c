import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePorts } from './ports.ts';
import { markOf, signal, stopOrphan, takeLock, waitGone, writeMark } from './processes.ts';
import { keptSecret } from './secretfile.ts';

/** A running private Redis. */
export type Redis = {
  url: string;
  port: number;
  pid: number;
  /** Settles when the server ends, asked or not. */
  ended: Promise<void>;
  /** Saves and stops; waits for it. Calling it twice is harmless. */
  stop(): Promise<void>;
};

export type RedisOptions = { dataDir: string; port?: number };

/**
 * Starts `redis-server` as a child on a folder of its own: 127.0.0.1 only, with a password, nothing evicted, every write
 * in the append-only file. A server left behind by a start that was killed is stopped first.
 * @throws DataInUseError when another living copy holds the folder
 */
export async function startRedis(options: RedisOptions): Promise<Redis> {
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true });
  chmodSync(dataDir, 0o700);
  const release = takeLock(join(dataDir, 'lock'), `The Redis data in ${dataDir}`);
  try {
    const markFile = join(dataDir, 'redis.pid');
    await stopOrphan(markFile, 'SIGTERM');
    const password = keptSecret(join(dataDir, 'password'), () => randomBytes(24).toString('hex'));
    const port = options.port ?? (await freePorts(1));
    const child = spawn('redis-server', ['-'], { cwd: dataDir, detached: true, stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] } });
    const ended = new Promise<void>((done) => {
      child.once('exit', () => done());
      child.once('error', () => done());
    });
    const output: string[] = [];
    const ready = new Promise<void>((done, fail) => {
      child.once('error', (error) => fail(new Error(`redis-server could not be started (${error.message}). Install it, or set REDIS_URL.`)));
      child.once('exit', () => fail(new Error(`redis-server ended while starting:\n${output.join('').trimEnd()}`)));
      const read = (chunk: Buffer): void => {
        if (output.length < 200) output.push(chunk.toString());
        if (chunk.includes('Ready to accept connections')) done();
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
    });
    // By standard input and not as arguments: everybody on the machine can read a process's arguments.
    child.stdin.on('error', () => undefined);
    child.stdin.end(settings(dataDir, port, password));
    const pid = child.pid;
    const mark = pid === undefined ? undefined : markOf(pid);
    if (pid !== undefined) writeMark(markFile, pid);
    const killAtExit = (): void => {
      if (pid !== undefined) signal(pid, 'SIGTERM');
    };
    process.once('exit', killAtExit);
    const stop = async (): Promise<void> => {
      if (pid !== undefined && child.exitCode === null && child.signalCode === null) signal(pid, 'SIGTERM');
      if (mark !== undefined && !(await waitGone(mark, 15_000))) signal(mark.pid, 'SIGKILL');
      await ended;
      process.off('exit', killAtExit);
      release();
    };
    try {
      await ready;
    } catch (error) {
      await stop();
      throw error;
    }
    return { url: `redis://:${password}@127.0.0.1:${port}/0`, port, pid: pid!, ended, stop };
  } catch (error) {
    release();
    throw error;
  }
}

function settings(dataDir: string, port: number, password: string): string {
  return [
    `bind 127.0.0.1`,
    `port ${port}`,
    'protected-mode yes',
    `requirepass ${password}`,
    'daemonize no',
    `dir "${dataDir.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
    'databases 64',
    // The job engine loses jobs when keys are evicted.
    'maxmemory-policy noeviction',
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'loglevel notice',
    'logfile ""',
    '',
  ].join('\n');
}
