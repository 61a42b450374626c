import 'reflect-metadata'; // @peculiar/x509 asks for it before its own import
import { createPublicKey, generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { z } from 'zod';
import { Refused } from './http.ts';
import type { Routes } from './http.ts';
import { keptKey } from './keys.ts';

const request = z.object({ csr: z.string().min(100).max(4000), subject: z.object({ reference: z.string().regex(/^[\w-]{1,64}$/) }) });
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const YEAR = 365 * 24 * 3600 * 1000;
/** 127 random bits: positive as DER wants it, and not guessable. */
const serialNumber = (): string => { const bytes = randomBytes(16); bytes[0] = (bytes[0]! & 0x3f) | 0x40; return bytes.toString('hex'); };

/** The certificate authority (CA): certifies a P-256 key after the request has proven that its sender holds it (RFC 2986). */
export const caRoutes = async (keyFile?: string): Promise<Routes> => {
  const crypto = webcrypto as Crypto;
  const key = keptKey(keyFile, () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
  const keys = {
    privateKey: await crypto.subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), ALGORITHM, true, ['sign']),
    publicKey: await crypto.subtle.importKey('spki', createPublicKey(key).export({ type: 'spki', format: 'der' }), ALGORITHM, true, ['verify']),
  };
  const now = Date.now();
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01', name: 'CN=Simulated CA,O=Video witness demo', notBefore: new Date(now - 24 * 3600 * 1000), notAfter: new Date(now + 20 * YEAR), keys, signingAlgorithm: ALGORITHM,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true), await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto)],
  }, crypto);
  return {
    'GET /root': () => ({ certificate: root.toString('pem') }),
    'POST /certificates': async ({ body }) => {
      const { csr, subject } = request.parse(body);
      const parsed = read(csr);
      if (!(await verifies(parsed, crypto))) throw new Refused('CSR_INVALID');
      if ((parsed.publicKey.algorithm as EcKeyAlgorithm).namedCurve !== 'P-256') throw new Refused('CSR_INVALID');
      const issued = await x509.X509CertificateGenerator.create({
        serialNumber: serialNumber(), issuer: root.subject, subject: `CN=${subject.reference}`, notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 5 * YEAR),
        publicKey: parsed.publicKey, signingKey: keys.privateKey, signingAlgorithm: ALGORITHM,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.nonRepudiation, true),
          await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey, false, crypto),
        ],
      }, crypto);
      return { certificate: issued.toString('pem'), serial: issued.serialNumber };
    },
  };
};

const read = (csr: string): x509.Pkcs10CertificateRequest => {
  try {
    return new x509.Pkcs10CertificateRequest(Buffer.from(csr, 'base64'));
  } catch {
    throw new Refused('CSR_INVALID');
  }
};

const verifies = async (csr: x509.Pkcs10CertificateRequest, crypto: Crypto): Promise<boolean> => {
  try {
    return await csr.verify(crypto);
  } catch {
    return false;
  }
};
