import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import * as x509 from '@peculiar/x509';
import { checkCertificate } from '../../server/usecases/client/signing.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const crypto = webcrypto as unknown as Crypto;
const REFERENCE = '0b0e7c1e-6f0f-4f7e-8f7e-000000000001';
const now = new Date('2026-03-10T10:00:00+08:00');
const day = (n: number): Date => new Date(now.getTime() + n * 24 * 3600_000);

let phone: CryptoKeyPair;
let spki: Buffer;
let ca: { keys: CryptoKeyPair; pem: string };
let stranger: { keys: CryptoKeyPair; pem: string };

const newKeys = (): Promise<CryptoKeyPair> => crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<CryptoKeyPair>;
const authority = async (name: string): Promise<{ keys: CryptoKeyPair; pem: string }> => {
  const keys = await newKeys();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01', name, notBefore: day(-100), notAfter: day(1000), keys, signingAlgorithm: ALGORITHM,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)],
  }, crypto);
  return { keys, pem: root.toString('pem') };
};
const issue = async (by: { keys: CryptoKeyPair; pem: string }, more: { subject?: string; from?: Date; to?: Date; key?: CryptoKey; isCa?: boolean } = {}): Promise<string> => {
  const issued = await x509.X509CertificateGenerator.create({
    serialNumber: '4a', issuer: new x509.X509Certificate(by.pem).subject, subject: more.subject ?? `CN=${REFERENCE}`, notBefore: more.from ?? day(-1), notAfter: more.to ?? day(100),
    publicKey: more.key ?? phone.publicKey, signingKey: by.keys.privateKey, signingAlgorithm: ALGORITHM, extensions: [new x509.BasicConstraintsExtension(more.isCa ?? false, undefined, true)],
  }, crypto);
  return issued.toString('pem');
};
const check = (certificate: string, more: { serial?: string; authority?: string } = {}): void => checkCertificate({ certificate, authority: more.authority ?? ca.pem, spki, serial: more.serial ?? '4A', reference: REFERENCE, now });
const refused = expect.objectContaining({ code: 'CERTIFICATE_INVALID' });

beforeAll(async () => {
  phone = await newKeys();
  spki = Buffer.from(await crypto.subtle.exportKey('spki', phone.publicKey));
  [ca, stranger] = [await authority('CN=CA'), await authority('CN=CA')];
});

describe('a client’s certificate (R19)', () => {
  test('the CA’s own, in force, over the phone’s key and for this application, is taken', async () => {
    const good = await issue(ca);
    expect(() => check(good)).not.toThrow();
  });
  test('one that another signed under the CA’s name is refused', async () => {
    const forged = await issue(stranger);
    expect(() => check(forged)).toThrow(refused as never);
  });
  test.each([
    ['another application', () => issue(ca, { subject: 'CN=0b0e7c1e-6f0f-4f7e-8f7e-000000000002' })],
    ['a time that is over', () => issue(ca, { from: day(-20), to: day(-1) })],
    ['a time that has not begun', () => issue(ca, { from: day(1) })],
    ['a CA itself', () => issue(ca, { isCa: true })],
    ['another key', async () => issue(ca, { key: (await newKeys()).publicKey })],
    ['nobody: no certificate at all', async () => 'nothing'],
  ])('one for %s is refused', async (_, make) => {
    const certificate = await make();
    expect(() => check(certificate)).toThrow(refused as never);
  });
  test('another serial than the CA said, and a CA that is none, are refused', async () => {
    const good = await issue(ca);
    expect(() => check(good, { serial: '4b' })).toThrow(refused as never);
    expect(() => check(good, { authority: good })).toThrow(refused as never);
  });
});
