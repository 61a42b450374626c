import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createLifecycle } from '../../server/platform/lifecycle.ts';
import type { Lifecycle } from '../../server/platform/lifecycle.ts';
import { freePorts, startPostgres, startRedis, takeLock } from '../services.ts';
import { runToEnd, startChild } from './child.ts';
import { appDatabaseUrl, tellPort } from './database.ts';
import { demoKeys } from './demokeys.ts';
import { checkPorts } from './ports.ts';

type Env = Record<string, string | undefined>;

export type LaunchOptions = {
  env: Env;
  /** Sees each line of each program, with the program's name. */
  print(name: string, line: string): void;
  /** Aborted: the launch ends and what already runs is stopped. */
  signal?: AbortSignal;
  /** The programs; others in tests. */
  programs?: { migrate: string; simulators: string; server: string };
};

/** The whole system, running. */
export type Instance = {
  /** What the server said behind READY: its own https address. */
  url: string;
  /** What the server was given; holds secrets. */
  env: Env;
  demo: boolean;
  /** Settles with a sentence when a part ends by itself. */
  broken: Promise<string>;
  /** Stops everything in reverse order. Calling it twice is harmless. */
  stop(): Promise<{ failed: string[] }>;
  /** Ends everything at once; the data survive, as after a power failure. */
  kill(): void;
};

const ROOT = join(import.meta.dirname, '..', '..');
const PROGRAMS = {
  migrate: join(ROOT, 'server', 'database', 'migrate.ts'),
  simulators: join(ROOT, 'simulators', 'main.ts'),
  server: join(ROOT, 'server', 'main.ts'),
};
const SYSTEMS = ['POLICE_URL', 'DEPOSITORY_URL', 'CORE_URL', 'BANK_URL', 'CA_URL', 'SMS_URL', 'TSA_URL'];

/**
 * Starts PostgreSQL and Redis (unless DATABASE_URL, REDIS_URL name others), migrates in a process of its own, starts the
 * simulators (demo only) and the server, and waits until it is ready.
 * @throws DataInUseError when another copy runs on the same DATA_DIR; Error that names a port that is taken
 */
export async function launch(options: LaunchOptions): Promise<Instance> {
  const programs = options.programs ?? PROGRAMS;
  const env: Env = { ...options.env };
  const dataDir = resolve(env['DATA_DIR'] || '.data');
  const ownDatabase = !env['DATABASE_URL'];
  const demo = isDemo(env, ownDatabase);
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });

  const kills: (() => void)[] = [];
  let breakDown = (_: string): void => undefined;
  const broken = new Promise<string>((done) => { breakDown = done; });
  let stopping = false;
  const watch = (name: string, ended: Promise<unknown>): void => {
    void ended.then((how) => { if (!stopping) breakDown(`${name} ${typeof how === 'string' ? how : 'ended'}`); });
  };
  const tell = (fields: object, message: string): void => options.print('start', sentence(fields, message));
  const stack = createLifecycle({ info: tell, error: tell });
  const life: Lifecycle = {
    stop: () => {
      stopping = true;
      return stack.stop();
    },
    add: async (...part) => {
      if (options.signal?.aborted === true) {
        await life.stop();
        throw new Error('asked to stop while starting');
      }
      return stack.add(...part).catch((error: unknown) => {
        stopping = true;
        throw error;
      });
    },
  };

  await life.add(`lock on ${dataDir}`, async () => {
    const release = takeLock(join(dataDir, 'lock'), `The data in ${dataDir}`);
    await checkPorts(env).catch((error: unknown) => { release(); throw error; });
    return release;
  }, (release) => release());
  Object.assign(env, { DATA_DIR: dataDir, DEMO: demo ? '1' : '0' });
  if (demo) Object.assign(env, demoKeys(dataDir, env));

  if (ownDatabase) {
    const dir = join(dataDir, 'postgres');
    const postgres = await life.add('PostgreSQL', () => startPostgres({ dataDir: dir }), (part) => part.stop(), 40_000);
    kills.push(() => process.kill(postgres.pid, 'SIGQUIT'));
    watch('PostgreSQL', postgres.ended);
    tellPort(dir, postgres.port);
    env['DATABASE_URL'] = appDatabaseUrl(postgres.url, dir);
    await life.add('migrations', () => migrate(programs.migrate, env, postgres.url, options.print));
  } else if (env['DATABASE_OWNER_URL']) {
    await life.add('migrations', () => migrate(programs.migrate, env, env['DATABASE_OWNER_URL']!, options.print));
  } else {
    options.print('start', 'DATABASE_OWNER_URL is not set: migrations are left to you');
  }
  delete env['DATABASE_OWNER_URL'];

  if (!env['REDIS_URL']) {
    const redis = await life.add('Redis', () => startRedis({ dataDir: join(dataDir, 'redis') }), (part) => part.stop(), 20_000);
    kills.push(() => process.kill(redis.pid, 'SIGKILL'));
    watch('Redis', redis.ended);
    env['REDIS_URL'] = redis.url;
  }

  const child = async (name: string, program: string, childEnv: Env) => {
    const started = await life.add(
      name,
      () => startChild({ name, args: [program], env: childEnv, markFile: join(dataDir, `${name}.pid`), print: (line) => options.print(name, line), readyWithin: 120_000, signal: options.signal }),
      (part) => part.stop(),
      40_000,
    );
    kills.push(() => started.kill());
    watch(`The ${name} program`, started.ended);
    return started;
  };
  if (demo) {
    Object.assign(env, await simulatorAddresses(env));
    // The simulators are strangers: they get none of our keys and databases.
    await child('simulators', programs.simulators, only(env, ['PATH', 'HOME', 'TZ', 'LANG', 'LOG_LEVEL', 'NODE_ENV', 'DEMO', 'DATA_DIR', 'SIMULATORS_PORT', 'SIMULATORS_URL', ...SYSTEMS]));
  }
  const server = await child('server', programs.server, env);

  return {
    url: server.ready,
    env,
    demo,
    broken,
    stop: () => life.stop(),
    kill: () => {
      stopping = true;
      for (const end of kills.reverse()) try { end(); } catch { /* already gone */ }
    },
  };
}

function isDemo(env: Env, ownDatabase: boolean): boolean {
  if (env['NODE_ENV'] === 'production' && ownDatabase) throw new Error('NODE_ENV=production needs DATABASE_URL: the private PostgreSQL is for trying out.');
  return env['DEMO'] ? env['DEMO'] === '1' || env['DEMO'] === 'true' : ownDatabase;
}

async function migrate(program: string, env: Env, ownerUrl: string, print: LaunchOptions['print']): Promise<void> {
  const given = only(env, ['PATH', 'HOME', 'TZ', 'LANG', 'NODE_ENV', 'LOG_LEVEL', 'DEMO', 'DATA_DIR', 'DATABASE_URL']);
  await runToEnd('The migration', [program], { ...given, DATABASE_OWNER_URL: ownerUrl }, (line) => print('migrate', line));
}

/**
 * One base port for the outside systems: SIMULATORS_PORT answers the switches, the seven ports after it are police check,
 * depository, core, bank, certificate authority, SMS and time stamp authority, in this order.
 */
async function simulatorAddresses(env: Env): Promise<Env> {
  const base = env['SIMULATORS_PORT'] ? Number(env['SIMULATORS_PORT']) : await freePorts(SYSTEMS.length + 1, 24_500).catch(() => { throw new Error('no free ports for the simulators: set SIMULATORS_PORT'); });
  const at = (offset: number): string => `http://127.0.0.1:${base + offset}`;
  return {
    SIMULATORS_PORT: String(base),
    SIMULATORS_URL: env['SIMULATORS_URL'] || at(0),
    ...Object.fromEntries(SYSTEMS.map((name, index) => [name, env[name] || at(index + 1)])),
  };
}

function only(env: Env, names: string[]): Env {
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}

function sentence(fields: object, message: string): string {
  const { part, ms, err } = fields as { part?: string; ms?: number; err?: unknown };
  return `${part ?? ''} ${message}${ms === undefined ? '' : ` (${ms} ms)`}${err instanceof Error ? `: ${err.message}` : ''}`.trim();
}
