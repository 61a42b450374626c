import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import type { Config } from './config.ts';
import { lanAddresses } from './network.ts';

/** PEM texts for an HTTPS server. */
export type TlsIdentity = { cert: string; key: string; selfMade: boolean };

const VALID_DAYS = 397; // phones refuse certificates that are valid longer
const RENEW_BEFORE_MS = 30 * 86_400_000;

/**
 * The certificate to serve with: TLS_CERT and TLS_KEY, else a self-made one for localhost and this machine's addresses that
 * is kept under DATA_DIR, so that a browser which accepted it once need not again. It is made anew when the machine got an
 * address it does not name, or it runs out within 30 days. Undefined behind a proxy.
 */
export async function loadTls(config: Pick<Config, 'dataDir' | 'http' | 'media'>): Promise<TlsIdentity | undefined> {
  if (!config.http.https) return undefined;
  if (config.http.tls !== undefined) {
    return { cert: readFileSync(config.http.tls.certFile, 'utf8'), key: readFileSync(config.http.tls.keyFile, 'utf8'), selfMade: false };
  }
  const folder = join(config.dataDir, 'tls');
  const wanted = { names: ['localhost', hostname()], addresses: [...new Set(['127.0.0.1', '::1', ...lanAddresses(), config.media.announcedIp])] };
  const kept = readKept(folder);
  if (kept !== undefined && fits(kept.cert, wanted)) return { ...kept, selfMade: true };
  const made = await make(wanted);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // One file with both: a crash between two would leave a pair that does not match.
  writeFileSync(join(folder, 'self-made.pem.new'), `${made.key.trim()}\n${made.cert.trim()}\n`, { mode: 0o600, flush: true });
  renameSync(join(folder, 'self-made.pem.new'), join(folder, 'self-made.pem'));
  return { ...made, selfMade: true };
}

type Wanted = { names: string[]; addresses: string[] };

function readKept(folder: string): { cert: string; key: string } | undefined {
  try {
    const text = readFileSync(join(folder, 'self-made.pem'), 'utf8');
    const key = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?-----END [A-Z ]*PRIVATE KEY-----/.exec(text)?.[0];
    const cert = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/.exec(text)?.[0];
    return key === undefined || cert === undefined ? undefined : { cert, key };
  } catch {
    return undefined;
  }
}

function fits(pem: string, wanted: Wanted): boolean {
  try {
    const certificate = new X509Certificate(pem);
    if (Date.parse(certificate.validTo) - Date.now() < RENEW_BEFORE_MS) return false;
    return wanted.names.every((name) => certificate.checkHost(name) !== undefined) && wanted.addresses.every((address) => !isAddress(address) || certificate.checkIP(address) !== undefined);
  } catch {
    return false;
  }
}

async function make(wanted: Wanted): Promise<{ cert: string; key: string }> {
  const altNames = [
    ...wanted.names.map((value) => ({ type: 2 as const, value })),
    ...wanted.addresses.map((value) => (isAddress(value) ? { type: 7 as const, ip: value } : { type: 2 as const, value })),
  ];
  const made = await generate([{ name: 'commonName', value: 'video-witness (self-made)' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - 86_400_000),
    notAfterDate: new Date(Date.now() + (VALID_DAYS - 1) * 86_400_000),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  return { cert: made.cert, key: made.private };
}

function isAddress(text: string): boolean {
  return /^[\d.]+$/.test(text) || text.includes(':');
}
