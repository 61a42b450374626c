import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { ConfigError, describeConfig, loadConfig } from '../../../server/platform/config.ts';

const key = (): string => randomBytes(32).toString('base64');
const signing = (): string => generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
const good = (): Record<string, string> => ({
  DATABASE_URL: 'postgresql://app:db-password@127.0.0.1:5432/video_witness',
  REDIS_URL: 'redis://:redis-password@127.0.0.1:6379/0',
  MASTER_KEYS: `m2:${key()},m1:${key()}`,
  BLIND_INDEX_KEYS: `b1:${key()}`,
  SIGNING_KEYS: `s1:${signing()}`,
});
const problems = (env: Record<string, string | undefined>): string[] => {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

describe('the configuration', () => {
  test('a development copy needs its databases and keys only', () => {
    const config = loadConfig(good());
    expect(config.http).toMatchObject({ port: 8443, controlPort: 8444, https: true, trustProxy: false });
    expect(config.demo).toBe(false);
    // Below the ports of outgoing connections: none can take a media worker's while it starts again.
    expect(config.media.rtcPort).toBe(24_400);
    expect([...config.roles]).toEqual(['web', 'media', 'jobs']);
    expect(config.keys.master.map(({ id }) => id)).toEqual(['m2', 'm1']);
    expect(config.keys.signing[0]!.key.asymmetricKeyType).toBe('ed25519');
  });

  test('every variable that is missing is named at once', () => {
    expect(problems({}).map((line) => line.split(':')[0])).toEqual(expect.arrayContaining(['DATABASE_URL', 'REDIS_URL']));
    expect(problems({ ...good(), MASTER_KEYS: '', SIGNING_KEYS: undefined })).toEqual([
      'MASTER_KEYS: required (id:base64,… ; the first is active)', 'SIGNING_KEYS: required (id:base64,… ; the first is active)',
    ]);
  });

  test('production refuses the demo, and to serve without a certificate or a proxy', () => {
    const production = { ...good(), NODE_ENV: 'production' };
    expect(problems({ ...production, DEMO: '1' }).join()).toMatch(/DEMO.*TLS_CERT/s);
    expect(problems(production).join()).toMatch(/TLS_CERT and TLS_KEY, or TRUST_PROXY/);
    expect(problems({ ...production, TRUST_PROXY: '10.0.0.0/8' })).toEqual([]);
    expect(problems({ ...production, TLS_CERT: '/etc/tls/cert.pem', TLS_KEY: '/etc/tls/key.pem' })).toEqual([]);
    expect(problems({ ...production, TRUST_PROXY: '1', MASTER_KEYS: '' }).join()).toMatch(/MASTER_KEYS/);
  });

  test('the owner of the tables is kept out of the running program', () => {
    expect(problems({ ...good(), DATABASE_OWNER_URL: 'postgresql://owner:x@127.0.0.1/db' }).join()).toMatch(/DATABASE_OWNER_URL.*must not/);
  });

  test('a key that is too short, named twice or used for two purposes is refused without being shown', () => {
    const short = randomBytes(16).toString('base64');
    const shared = key();
    for (const wrong of [`m1:${short}`, `m1:${key()},m1:${key()}`, 'no key at all']) {
      const found = problems({ ...good(), MASTER_KEYS: wrong });
      expect(found).toHaveLength(1);
      expect(found[0]).not.toContain(wrong);
      expect(found[0]).not.toContain(short);
    }
    expect(problems({ ...good(), MASTER_KEYS: `m1:${shared}`, BLIND_INDEX_KEYS: `b1:${shared}` }).join()).toMatch(/must not be one of MASTER_KEYS/);
  });

  test('the configuration is never shown with its secrets (R43)', () => {
    const env = good();
    const shown = JSON.stringify(describeConfig(loadConfig(env)));
    for (const name of ['MASTER_KEYS', 'BLIND_INDEX_KEYS', 'SIGNING_KEYS']) {
      for (const entry of env[name]!.split(',')) expect(shown).not.toContain(entry.split(':')[1]);
    }
    expect(shown).not.toContain('password');
    expect(shown).toContain('"m2"');
    expect(shown).toContain('127.0.0.1:5432');
  });
});
