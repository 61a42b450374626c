import { createReadStream, readFileSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { FreshInstance } from './instance.ts';

export interface Found { readonly where: string; readonly needle: string }
export interface PrivacyOptions {
  /** Files and folders under DATA_DIR that the test itself wrote there (its cameras), absolute. */
  readonly except?: readonly string[];
  /** Where the owner can log in; by default the instance's private PostgreSQL. */
  readonly ownerUrl?: string;
}
type Searched = Pick<FreshInstance, 'dataDir' | 'output' | 'env'>;

/**
 * Left out under DATA_DIR. `postgres/cluster`: PostgreSQL's own files; the same rows are searched as the owner reads them,
 * and what was deleted or changed (an old row version, the write-ahead log) is encrypted there by the same program.
 * `simulators`: the outside world. It stands for other companies, who get name and number in clear because they must.
 */
const LEFT_OUT = [join('postgres', 'cluster'), 'simulators'];

/**
 * Looks for personal data in clear (R43) in all that a running instance has written: its log lines, every column of every
 * table as the owner sees it (as text, and dumped as raw bytes), every Redis key and value, and the bytes of every file under
 * DATA_DIR. Texts are looked for as UTF-8, as UTF-16 of both byte orders, as JSON writes them in \u form, as base64 (any
 * alignment) and as hex. A few digits, such as a password, count only
 * where they stand alone: as part of a longer number (a time stamp, an id, a hash) they are chance.
 */
export async function findPersonalData(instance: Searched, needles: readonly string[], options: PrivacyOptions = {}): Promise<Found[]> {
  const { search, found } = searchFor(needles);
  instance.output.forEach((line, i) => { search(`log line ${i + 1} (${line.slice(0, line.indexOf(':'))})`, Buffer.from(line)); });
  await searchDatabase(options.ownerUrl ?? ownerUrlOf(instance), search);
  await searchRedis(instance.env['REDIS_URL'] ?? '', search);
  const left = [...LEFT_OUT.map((path) => join(instance.dataDir, path)), ...(options.except ?? []).map((path) => resolve(path))];
  await searchFiles(instance.dataDir, left, (path) => `file ${path}`, search);
  return unique(found);
}

/** The same in and below any folder: temporary files, a dump. */
export async function findInFiles(dir: string, needles: readonly string[], { named = 'file', except = [] }: { named?: string; except?: readonly string[] } = {}): Promise<Found[]> {
  const { search, found } = searchFor(needles);
  await searchFiles(dir, except.map((path) => resolve(path)), (path) => `${named} ${path}`, search);
  return unique(found);
}

async function searchFiles(dir: string, left: readonly string[], where: (path: string) => string, search: Search): Promise<void> {
  for (const file of await filesUnder(dir, left)) for await (const piece of overlapping(bytesOf(file))) search(where(relative(dir, file)), piece);
}

function searchFor(needles: readonly string[]): { search: Search; found: Found[] } {
  const forms = needles.filter((needle) => needle !== '').map((needle) => ({ needle, forms: formsOf(needle) }));
  const found: Found[] = [];
  const search = (where: string, bytes: Buffer): void => {
    for (const { needle, forms: written } of forms) if (written.some((form) => (SHORT.test(needle) ? standsAlone(bytes, form) : bytes.includes(form.bytes)))) found.push({ where, needle });
  };
  return { search, found };
}

const SHORT = /^\d{1,8}$/;
/** An id's or a hash's hexadecimal digits: two more than such a password has, a letter among them, and no word that goes on. */
const HEX_RUN = 8;
const isHex = (byte: number | undefined): boolean => byte !== undefined && /[0-9A-Fa-f]/.test(String.fromCharCode(byte));
const isWord = (byte: number | undefined): boolean => byte !== undefined && /[0-9A-Za-z_]/.test(String.fromCharCode(byte));
const inNumber = (byte: number | undefined): boolean => byte !== undefined && (byte === 0x2e || (byte >= 0x30 && byte <= 0x39));

function standsAlone(bytes: Buffer, { bytes: form, before = 1, behind = 0 }: Form): boolean {
  for (let at = bytes.indexOf(form); at >= 0; at = bytes.indexOf(form, at + 1)) {
    if (!inNumber(bytes[at - before]) && !inNumber(bytes[at + form.length + behind]) && !(form.length < HEX_RUN && inHash(bytes, at, at + form.length))) return true;
  }
  return false;
}

/** Whether the digits are some of the hexadecimal ones of a longer number. */
function inHash(bytes: Buffer, from: number, to: number): boolean {
  let [first, end] = [from, to];
  while (isHex(bytes[first - 1])) first -= 1;
  while (isHex(bytes[end])) end += 1;
  return end - first >= HEX_RUN && /[A-Fa-f]/.test(bytes.toString('latin1', first, end)) && !isWord(bytes[first - 1]) && !isWord(bytes[end]);
}

type Search = (where: string, bytes: Buffer) => void;
/** How a text may be written, and how far from it its neighbours' digits stand. */
interface Form { readonly bytes: Buffer; readonly before?: number; readonly behind?: number }

/** Everything the text may look like where it is written. */
function formsOf(needle: string): Form[] {
  const utf8 = Buffer.from(needle);
  const escaped = [...needle].map((c) => (c.charCodeAt(0) < 128 ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)).join('');
  // Of base64 only the characters that do not depend on the neighbours, for each of the three alignments.
  const base64 = utf8.length < 9 ? [] : [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), utf8]).toString('base64').replace(/=+$/, '');
    const kept = text.slice(shift === 0 ? 0 : shift + 1, text.length - ((shift + utf8.length) % 3 === 0 ? 0 : 1));
    return [kept, kept.replaceAll('+', '-').replaceAll('/', '_')];
  });
  const hex = utf8.length < 6 ? [] : [utf8.toString('hex'), utf8.toString('hex').toUpperCase()];
  const little = Buffer.from(needle, 'utf16le');
  return [...[...new Set([needle, needle.toLowerCase(), escaped, ...base64, ...hex])].map((text) => ({ bytes: Buffer.from(text) })), { bytes: little, before: 2 }, { bytes: Buffer.from(little).swap16(), behind: 1 }];
}

/** The owner of the private PostgreSQL: its password lies beside the data, its address is the program's. */
export function ownerUrlOf({ dataDir, env }: Pick<Searched, 'dataDir' | 'env'>): string {
  const url = new URL(env['DATABASE_URL'] ?? '');
  url.username = 'owner';
  url.password = readFileSync(join(dataDir, 'postgres', 'password'), 'utf8').trim();
  return url.href;
}

async function searchDatabase(ownerUrl: string, search: Search): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') ORDER BY 1`,
    );
    if (tables.length < 30) throw new Error(`only ${tables.length} tables were seen: this is not the owner`);
    for (const { name } of tables) {
      const { rows } = await client.query<{ line: string }>(`SELECT t::text AS line FROM ${name} t`);
      for (const { line } of rows) search(`table ${name}`, Buffer.from(line));
      // And as it is dumped, with the raw bytes of what the text shows as hex.
      for await (const piece of overlapping(client.query(copyTo(`COPY (SELECT * FROM ${name}) TO STDOUT (FORMAT binary)`)))) search(`table ${name}`, piece);
    }
  } finally {
    await client.end();
  }
}

async function searchRedis(url: string, search: Search): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: 3 });
  try {
    for (let cursor = '0', first = true; first || cursor !== '0'; first = false) {
      const [next, keys] = await redis.scan(cursor, 'COUNT', 500);
      cursor = next;
      for (const key of keys) {
        search('Redis key', Buffer.from(key));
        for (const value of await valuesOf(redis, key)) search(`Redis ${key}`, value);
      }
    }
  } finally {
    redis.disconnect();
  }
}

async function valuesOf(redis: Redis, key: string): Promise<Buffer[]> {
  const flat = (answer: unknown): Buffer[] => (Array.isArray(answer) ? answer.flatMap(flat) : Buffer.isBuffer(answer) ? [answer] : [Buffer.from(String(answer))]);
  switch (await redis.type(key)) {
    case 'string': return flat(await redis.getBuffer(key) ?? '');
    case 'hash': return Object.entries(await redis.hgetallBuffer(key)).flatMap(([field, value]) => [Buffer.from(field), value]);
    case 'list': return flat(await redis.lrangeBuffer(key, 0, -1));
    case 'set': return flat(await redis.smembersBuffer(key));
    case 'zset': return flat(await redis.zrangeBuffer(key, 0, -1));
    case 'stream': return flat(await redis.xrangeBuffer(key, '-', '+'));
    // Gone between scan and read.
    case 'none': return [];
    default: throw new Error(`a Redis type that the search does not know: ${await redis.type(key)}`);
  }
}

export interface MediaOptions {
  /** Files and folders left out, absolute: the test's own cameras, browser profiles. */
  readonly except?: readonly string[];
  /** Only files changed since then. */
  readonly since?: Date;
}

/** By content, wherever it stands: the beginnings of picture, video and sound files. */
const MAGIC: readonly { kind: string; is: (head: Buffer) => boolean }[] = [
  { kind: 'JPEG', is: (h) => h[0] === 0xff && h[1] === 0xd8 && h[2] === 0xff },
  { kind: 'PNG', is: (h) => h.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) },
  { kind: 'WebP', is: (h) => h.toString('latin1', 0, 4) === 'RIFF' && h.toString('latin1', 8, 12) === 'WEBP' },
  { kind: 'WAV', is: (h) => h.toString('latin1', 0, 4) === 'RIFF' && h.toString('latin1', 8, 12) === 'WAVE' },
  { kind: 'WebM', is: (h) => h.subarray(0, 4).equals(Buffer.from([0x1a, 0x45, 0xdf, 0xa3])) },
  { kind: 'IVF', is: (h) => h.toString('latin1', 0, 4) === 'DKIF' },
  { kind: 'Ogg', is: (h) => h.toString('latin1', 0, 4) === 'OggS' },
  { kind: 'MP4', is: (h) => h.toString('latin1', 4, 8) === 'ftyp' },
  { kind: 'YUV4MPEG2', is: (h) => h.toString('latin1', 0, 9) === 'YUV4MPEG2' },
];

/** Files that are plain pictures, video or sound (R43), by their first bytes, in and below `dirs`; each as `path (kind)`. */
export async function findPlainMedia(dirs: readonly string[], options: MediaOptions = {}): Promise<string[]> {
  const left = (options.except ?? []).map((path) => resolve(path));
  const since = options.since?.getTime() ?? 0;
  const found: string[] = [];
  for (const dir of dirs) {
    for (const file of await filesUnder(dir, left)) {
      const head = await headOf(file, since);
      const magic = head && MAGIC.find(({ is }) => is(head));
      if (magic) found.push(`${file} (${magic.kind})`);
    }
  }
  return [...new Set(found)].sort();
}

/**
 * Where an instance could leave plain media: its own folder and the system's temporary one. Where others use the same
 * temporary folder, give the instance one of its own (TMPDIR) and search that.
 */
export const mediaPlaces = (instance: Pick<FreshInstance, 'dataDir'>): string[] => [instance.dataDir, tmpdir()];

/** The first bytes of a file that was changed since; null for others, and for files that were gone meanwhile. */
async function headOf(file: string, since: number): Promise<Buffer | null> {
  try {
    const { mtimeMs } = await stat(file);
    if (mtimeMs < since) return null;
    const handle = await open(file);
    try {
      const head = Buffer.alloc(16);
      await handle.read(head, 0, 16, 0);
      return head;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/** Regular files below a folder, without following links; a folder that vanishes meanwhile is empty. */
async function filesUnder(dir: string, left: readonly string[]): Promise<string[]> {
  const path = resolve(dir);
  if (left.some((one) => path === one || path.startsWith(one + sep))) return [];
  const entries = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (['ENOENT', 'EACCES', 'EPERM', 'ENOTDIR'].includes(error.code ?? '')) return [];
    throw error;
  });
  const below = await Promise.all(entries.map(async (entry) => {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) return filesUnder(inside, left);
    return entry.isFile() && !left.includes(inside) ? [inside] : [];
  }));
  return below.flat();
}

/** Pieces that overlap, so that nothing hides on a seam. */
async function* overlapping(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let tail = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const piece = Buffer.concat([tail, chunk]);
    yield piece;
    tail = Buffer.from(piece.subarray(-2048));
  }
}

async function* bytesOf(file: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(file, { highWaterMark: 4 << 20 }) as AsyncIterable<Buffer>;
  } catch (error) {
    if (!['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

const unique = (found: readonly Found[]): Found[] => [...new Map(found.map((one) => [`${one.where}\0${one.needle}`, one])).values()];
