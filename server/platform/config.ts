import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { lanAddresses } from './network.ts';

/** What one process of the program does; by default all. */
export type Role = 'web' | 'media' | 'jobs';

/** A 32-byte secret with the id under which data names it. */
export type SecretKey = { id: string; key: Buffer };
/** An Ed25519 private key with its id. */
export type SigningKey = { id: string; key: KeyObject };

/** The six outside systems, each behind a port of ours. */
export type OutsideSystem = 'police' | 'depository' | 'core' | 'bank' | 'ca' | 'sms';

/** Everything the program is told from outside, parsed once. Never print it: see {@link describeConfig}. */
export type Config = {
  production: boolean;
  demo: boolean;
  roles: ReadonlySet<Role>;
  logLevel: string;
  /** Absolute folder for evidence, certificate and kept keys. */
  dataDir: string;
  /** Where the heads of all manifests are published (R42): best on another machine's disk, or carried there. */
  headsFile: string;
  http: {
    port: number;
    /** Metrics, health and draining; on loopback only. */
    controlPort: number;
    /** Which proxies are believed about the client's address; false: none. As Express's `trust proxy`. */
    trustProxy: false | number | string[];
    /** Files given by the operator; undefined: a self-made certificate, or plain HTTP behind a proxy. */
    tls: { certFile: string; keyFile: string } | undefined;
    /** False only behind a proxy that speaks TLS for us. */
    https: boolean;
  };
  databaseUrl: string;
  redisUrl: string;
  media: {
    /** Address the phones reach this host's media ports at. */
    announcedIp: string;
    /** First WebRTC port (UDP and TCP); each media worker takes the next one. */
    rtcPort: number;
    workers: number;
    workerBin: string | undefined;
  };
  /** The first of each is used for new data, the others only read old data. */
  keys: { master: SecretKey[]; blindIndex: SecretKey[]; signing: SigningKey[] };
  /** Base addresses; undefined: that system is not connected. */
  outside: Record<OutsideSystem, string | undefined>;
  /** The time stamp authority (RFC 3161); undefined: the daily head is not stamped. */
  tsaUrl: string | undefined;
  /** The batch runs at any hour: for demonstrations (R51). Default: as DEMO. */
  batchAlwaysOpen: boolean;
  /** Days after which an application that its client left alone is over. */
  expireDays: number;
  /** R44: years after a case ended, and after the relation with its client ended; never less than 20 and 10. */
  retention: { afterClosed: number; afterRelation: number };
  /** R40: what a call may take of the evidence store at most; new calls wait while there is less room. */
  recording: { longestSeconds: number; bitsPerSecond: number };
  /** R10: nobody older may open an account; undefined: no limit. */
  upperAge: number | undefined;
  /** Control address of the simulators, demo only. */
  simulatorsUrl: string | undefined;
};

/** The environment does not make a configuration. Names variables, never values. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly problems: string[];
  constructor(problems: string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

const empty = (value: unknown): unknown => (value === '' ? undefined : value);
const optional = <T extends z.ZodType>(schema: T) => z.preprocess(empty, schema.optional());
const withDefault = <T extends z.ZodType>(schema: T, value: z.input<T>) => z.preprocess((given) => empty(given) ?? value, schema);
const port = z.coerce.number().int().min(1).max(65_535);
const flag = z.preprocess(empty, z.enum(['0', '1', 'true', 'false']).default('0').transform((value) => value === '1' || value === 'true'));
const address = z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/$/, ''));

const environment = z.object({
  NODE_ENV: withDefault(z.string(), 'development'),
  DEMO: flag,
  ROLES: withDefault(z.string().transform((text) => text.split(',').map((role) => role.trim())).pipe(z.array(z.enum(['web', 'media', 'jobs'])).min(1)), 'web,media,jobs'),
  LOG_LEVEL: withDefault(z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']), 'info'),
  DATA_DIR: withDefault(z.string(), '.data'),
  HEADS_FILE: optional(z.string()),
  PORT: withDefault(port, '8443'),
  CONTROL_PORT: optional(port),
  TRUST_PROXY: optional(z.string().transform(proxies)),
  TLS_CERT: optional(z.string()),
  TLS_KEY: optional(z.string()),
  DATABASE_URL: z.preprocess(empty, z.url({ protocol: /^postgres(ql)?$/ })),
  REDIS_URL: z.preprocess(empty, z.url({ protocol: /^rediss?$/ })),
  ANNOUNCED_IP: optional(z.union([z.ipv4(), z.ipv6(), z.hostname()])),
  RTC_PORT: withDefault(port, '24400'),
  MEDIA_WORKERS: withDefault(z.coerce.number().int().min(1).max(256), String(availableParallelism())),
  MEDIASOUP_WORKER_BIN: optional(z.string()),
  MASTER_KEYS: optional(z.string().transform(secretKeys)),
  BLIND_INDEX_KEYS: optional(z.string().transform(secretKeys)),
  SIGNING_KEYS: optional(z.string().transform(signingKeys)),
  POLICE_URL: optional(address),
  DEPOSITORY_URL: optional(address),
  CORE_URL: optional(address),
  BANK_URL: optional(address),
  CA_URL: optional(address),
  SMS_URL: optional(address),
  TSA_URL: optional(address),
  SIMULATORS_URL: optional(address),
  EXPIRE_DAYS: withDefault(z.coerce.number().int().min(1).max(3650), '30'),
  RETENTION_YEARS: withDefault(z.coerce.number().int().min(20).max(100), '20'),
  RELATION_YEARS: withDefault(z.coerce.number().int().min(10).max(100), '10'),
  LONGEST_CALL_MINUTES: withDefault(z.coerce.number().int().min(1).max(600), '60'),
  RECORDING_KBITS: withDefault(z.coerce.number().int().min(100).max(50_000), '3000'),
  UPPER_AGE: optional(z.coerce.number().int().min(18).max(120)),
  BATCH_ALWAYS_OPEN: optional(z.enum(['0', '1'])),
});

/**
 * Reads the environment. The owner's connection (DATABASE_OWNER_URL) must not be in it: the program runs as a role that
 * owns nothing.
 * @throws ConfigError that names every variable that is missing or wrong, never its value
 */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const parsed = environment.safeParse(env);
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${problemOf(issue, env)}`);
  if ((env['DATABASE_OWNER_URL'] ?? '') !== '') problems.push('DATABASE_OWNER_URL: serves migrations only and must not be in the environment of the running program');
  if (!parsed.success) throw new ConfigError(problems);
  const given = parsed.data;
  const production = given.NODE_ENV === 'production';
  const tls = given.TLS_CERT !== undefined && given.TLS_KEY !== undefined ? { certFile: given.TLS_CERT, keyFile: given.TLS_KEY } : undefined;
  const trustProxy = given.TRUST_PROXY ?? false;
  const simulators = given.SIMULATORS_URL;

  if ((given.TLS_CERT === undefined) !== (given.TLS_KEY === undefined)) problems.push('TLS_CERT and TLS_KEY: both or none');
  for (const name of ['MASTER_KEYS', 'BLIND_INDEX_KEYS', 'SIGNING_KEYS'] as const) {
    if (given[name] === undefined) problems.push(`${name}: required (id:base64,… ; the first is active)`);
  }
  if (production && given.DEMO) problems.push('DEMO: the demo (its staff, its codes on screen, its simulators) does not run with NODE_ENV=production');
  if (production && given.BATCH_ALWAYS_OPEN === '1') problems.push('BATCH_ALWAYS_OPEN: not with NODE_ENV=production: the batch keeps the depository’s hours');
  if (production && simulators !== undefined) problems.push('SIMULATORS_URL: no simulators with NODE_ENV=production');
  if (production && tls === undefined && trustProxy === false) problems.push('TLS_CERT and TLS_KEY, or TRUST_PROXY: required with NODE_ENV=production');
  problems.push(...keyReuse(given.MASTER_KEYS, given.BLIND_INDEX_KEYS));
  if (problems.length > 0) throw new ConfigError(problems);

  return {
    production,
    demo: given.DEMO,
    roles: new Set(given.ROLES),
    logLevel: given.LOG_LEVEL,
    dataDir: resolve(given.DATA_DIR),
    headsFile: resolve(given.HEADS_FILE ?? join(given.DATA_DIR, 'published-heads.jsonl')),
    http: { port: given.PORT, controlPort: given.CONTROL_PORT ?? given.PORT + 1, trustProxy, tls, https: tls !== undefined || trustProxy === false },
    databaseUrl: given.DATABASE_URL,
    redisUrl: given.REDIS_URL,
    media: {
      announcedIp: given.ANNOUNCED_IP ?? lanAddresses()[0] ?? '127.0.0.1',
      rtcPort: given.RTC_PORT,
      workers: given.MEDIA_WORKERS,
      workerBin: given.MEDIASOUP_WORKER_BIN,
    },
    keys: { master: given.MASTER_KEYS ?? [], blindIndex: given.BLIND_INDEX_KEYS ?? [], signing: given.SIGNING_KEYS ?? [] },
    outside: {
      police: given.POLICE_URL, depository: given.DEPOSITORY_URL, core: given.CORE_URL, bank: given.BANK_URL, ca: given.CA_URL, sms: given.SMS_URL,
    },
    tsaUrl: given.TSA_URL,
    batchAlwaysOpen: given.BATCH_ALWAYS_OPEN === undefined ? given.DEMO : given.BATCH_ALWAYS_OPEN === '1',
    expireDays: given.EXPIRE_DAYS,
    retention: { afterClosed: given.RETENTION_YEARS, afterRelation: given.RELATION_YEARS },
    recording: { longestSeconds: given.LONGEST_CALL_MINUTES * 60, bitsPerSecond: given.RECORDING_KBITS * 1000 },
    upperAge: given.UPPER_AGE,
    simulatorsUrl: simulators,
  };
}

/** The configuration for people: keys by their ids, addresses without user and password. */
export function describeConfig(config: Config): Record<string, unknown> {
  return {
    ...config,
    roles: [...config.roles],
    databaseUrl: withoutLogin(config.databaseUrl),
    redisUrl: withoutLogin(config.redisUrl),
    simulatorsUrl: config.simulatorsUrl === undefined ? undefined : withoutLogin(config.simulatorsUrl),
    tsaUrl: config.tsaUrl === undefined ? undefined : withoutLogin(config.tsaUrl),
    outside: Object.fromEntries(Object.entries(config.outside).map(([name, url]) => [name, url === undefined ? undefined : withoutLogin(url)])),
    keys: Object.fromEntries(Object.entries(config.keys).map(([name, keys]) => [name, keys.map(({ id }) => id)])),
  };
}

function withoutLogin(text: string): string {
  const url = new URL(text);
  // The query may carry a password too (libpq's ?password=…).
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** `1`: one proxy before us; a number: that many; otherwise addresses or networks, comma-separated. */
function proxies(text: string): false | number | string[] {
  if (text === '0' || text === 'false') return false;
  if (text === 'true') return 1;
  if (/^\d+$/.test(text)) return Number(text);
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '');
}

function entries(text: string): { id: string; value: string }[] {
  return text.split(',').map((part) => {
    const match = /^\s*([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]+=*)\s*$/.exec(part);
    if (match === null) throw new Error('form');
    return { id: match[1]!, value: match[2]! };
  });
}

function secretKeys(text: string, context: z.RefinementCtx): SecretKey[] {
  return keysOf(text, context, 'expected id:key,… with keys of 32 bytes in base64 and different ids', (value) => {
    const key = Buffer.from(value, 'base64');
    if (key.length !== 32) throw new Error('length');
    return key;
  });
}

function signingKeys(text: string, context: z.RefinementCtx): SigningKey[] {
  return keysOf(text, context, 'expected id:key,… with Ed25519 private keys (PKCS #8, DER) in base64 and different ids', (value) => {
    const key = createPrivateKey({ key: Buffer.from(value, 'base64'), format: 'der', type: 'pkcs8' });
    if (key.asymmetricKeyType !== 'ed25519') throw new Error('type');
    return key;
  });
}

function keysOf<T>(text: string, context: z.RefinementCtx, expected: string, read: (value: string) => T): { id: string; key: T }[] {
  try {
    const keys = entries(text).map(({ id, value }) => ({ id, key: read(value) }));
    if (new Set(keys.map(({ id }) => id)).size !== keys.length) throw new Error('twice');
    return keys;
  } catch {
    // The value itself must not come into the message.
    context.addIssue({ code: 'custom', message: expected });
    return z.NEVER;
  }
}

/** Separate secrets stay separate: one that leaks must not open the other. */
function keyReuse(master: SecretKey[] = [], blindIndex: SecretKey[] = []): string[] {
  return blindIndex.some(({ key }) => master.some((other) => other.key.equals(key))) ? ['BLIND_INDEX_KEYS: must not be one of MASTER_KEYS'] : [];
}

function problemOf(issue: z.core.$ZodIssue, env: Record<string, string | undefined>): string {
  const value = env[String(issue.path[0])];
  if (value === undefined || value === '') return 'required';
  return issue.message;
}
