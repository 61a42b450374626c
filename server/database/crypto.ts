import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../contracts/errors.ts';
import type { CaseKeys } from '../../media/ports.ts';
import type { SecretKey } from '../platform/config.ts';

/** Where an encrypted value stands. It opens nowhere else: the place is GCM's additional data. */
export interface Place {
  /** Whose key: the application, or the client or staff member for their own rows. */
  readonly subject: string;
  readonly table: string;
  readonly column: string;
  readonly row: string;
}

/** Encrypts single values of the database under the key of their case (R43). */
export interface FieldCipher {
  seal(place: Place, text: string): Promise<string>;
  /** @throws AppError KEY_UNAVAILABLE when the key is destroyed, or the value is of another place or damaged */
  open(place: Place, sealed: string): Promise<string>;
  sealJson(place: Place, value: unknown): Promise<string>;
  openJson<T>(place: Place, sealed: string): Promise<T>;
}

const VERSION = 'v1';
const aadOf = (place: Place): Buffer => Buffer.from(JSON.stringify([VERSION, place.subject, place.table, place.column, place.row]));

export function createFieldCipher(keys: CaseKeys): FieldCipher {
  const seal = async (place: Place, text: string): Promise<string> => {
    const { key } = await keys.keyFor(place.subject);
    return `${VERSION}.${sealBytes(key, aadOf(place), Buffer.from(text, 'utf8')).toString('base64url')}`;
  };
  const open = async (place: Place, sealed: string): Promise<string> => {
    const { key } = await keys.keyFor(place.subject);
    if (!sealed.startsWith(`${VERSION}.`)) throw new AppError('KEY_UNAVAILABLE');
    return openBytes(key, aadOf(place), bytesOf(sealed.slice(VERSION.length + 1))).toString('utf8');
  };
  return {
    seal,
    open,
    sealJson: (place, value) => seal(place, JSON.stringify(value)),
    openJson: async <T>(place: Place, sealed: string) => JSON.parse(await open(place, sealed)) as T,
  };
}

/** One way to write a value only: base64 has letters that say nothing, and an edit must not hide in them. @throws AppError KEY_UNAVAILABLE */
export function bytesOf(base64url: string): Buffer {
  const bytes = Buffer.from(base64url, 'base64url');
  if (bytes.toString('base64url') !== base64url) throw new AppError('KEY_UNAVAILABLE');
  return bytes;
}

/** AES-256-GCM: 12 bytes nonce, ciphertext, 16 bytes tag. */
export function sealBytes(key: Buffer, aad: Buffer, plain: Buffer): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** @throws AppError KEY_UNAVAILABLE when key, place or bytes are not the ones it was sealed with */
export function openBytes(key: Buffer, aad: Buffer, sealed: Buffer): Buffer {
  if (sealed.length < 28) throw new AppError('KEY_UNAVAILABLE');
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12)).setAAD(aad).setAuthTag(sealed.subarray(-16));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
  } catch (cause) {
    throw new AppError('KEY_UNAVAILABLE', undefined, { cause });
  }
}

/** What can be looked up without being stored in clear. */
export type BlindIndexKind = 'phone' | 'idNumber' | 'oneTimeCode' | 'identity';

/** Keyed look-up values (HMAC-SHA-256), never derived from the master keys. */
export interface BlindIndex {
  /** For storing: by the active key. */
  of(kind: BlindIndexKind, value: string): string;
  /** For looking up: by every key that is still known. */
  candidates(kind: BlindIndexKind, value: string): string[];
}

const normalised = (value: string): string => value.normalize('NFKC').replace(/[\s-]/g, '').toUpperCase();

export function createBlindIndex(keys: readonly SecretKey[]): BlindIndex {
  const active = keys[0];
  if (active === undefined) throw new Error('no blind-index key');
  const by = (secret: SecretKey, kind: BlindIndexKind, value: string): string =>
    `${secret.id}.${createHmac('sha256', secret.key).update(`${kind}\0${normalised(value)}`).digest('base64url')}`;
  return { of: (kind, value) => by(active, kind, value), candidates: (kind, value) => keys.map((secret) => by(secret, kind, value)) };
}

/** A random secret for a cookie (256 bits). Only its hash is stored. */
export const newToken = (): string => randomBytes(32).toString('base64url');
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** Compares without telling by time how much agreed. */
export function sameText(left: string, right: string): boolean {
  const [a, b] = [createHash('sha256').update(left).digest(), createHash('sha256').update(right).digest()];
  return timingSafeEqual(a, b);
}

/** UUID version 7 (RFC 9562): known before the row is written, so that its encrypted columns can be bound to it. */
export function newId(now: number = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
