import 'reflect-metadata';
import { createHash, webcrypto } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { Pkcs10CertificateRequest, cryptoProvider } from '@peculiar/x509';
import { certificateRequest, signatureToDer } from '../../client/join/rules/csr.ts';
import { createSigningKeys, fromBase64, sealPassword, sha256OfText, signText, toBase64 } from '../../client/join/rules/sealing.ts';

cryptoProvider.set(webcrypto as unknown as Crypto);

describe('the certificate and the signatures made on the phone (R19)', () => {
  test('the request is a PKCS#10 that another library reads and verifies, again and again', async () => {
    for (let round = 0; round < 40; round += 1) {
      const request = new Pkcs10CertificateRequest(await certificateRequest(await createSigningKeys(), '0b0e7c1e-6f0f-4f7e-8f7e-000000000001'));
      expect(await request.verify()).toBe(true);
      expect(request.subject).toBe('CN=0b0e7c1e-6f0f-4f7e-8f7e-000000000001');
      expect(request.publicKey.algorithm).toMatchObject({ name: 'ECDSA', namedCurve: 'P-256' });
    }
  });
  test('the private key cannot leave the phone', async () => {
    const { privateKey } = await createSigningKeys();
    expect(privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('pkcs8', privateKey)).rejects.toThrow();
  });
  test('an agreement’s signature covers its exact UTF-8 bytes', async () => {
    const keys = await createSigningKeys();
    const body = '风险揭示书\n第一条 股市有风险。';
    const signature = fromBase64(await signText(keys.privateKey, body));
    const verify = (text: string) => crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, keys.publicKey, signature, new TextEncoder().encode(text));
    expect(signature).toHaveLength(64);
    expect(await verify(body)).toBe(true);
    expect(await verify(`${body} `)).toBe(false);
  });
  test('numbers in a DER signature are positive and without needless zeros', () => {
    const raw = new Uint8Array(64);
    raw[31] = 0x80; raw[63] = 0x01;
    expect([...signatureToDer(raw)]).toEqual([0x30, 0x07, 0x02, 0x02, 0x00, 0x80, 0x02, 0x01, 0x01]);
  });
  test('only the core’s private key opens a password, and the envelope differs each time', async () => {
    const core = await crypto.subtle.generateKey({ name: 'RSA-OAEP', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' }, true, ['encrypt', 'decrypt']);
    const spki = toBase64(new Uint8Array(await crypto.subtle.exportKey('spki', core.publicKey)));
    const [one, two] = [await sealPassword(spki, '284617'), await sealPassword(spki, '284617')];
    expect(one).not.toBe(two);
    expect(new TextDecoder().decode(await crypto.subtle.decrypt({ name: 'RSA-OAEP' }, core.privateKey, fromBase64(one)))).toBe('284617');
  });
  test('the page computes the same hash of a text as the server', async () => {
    const text = '告知书 notice';
    expect(await sha256OfText(text)).toBe(createHash('sha256').update(text, 'utf8').digest('hex'));
  });
});
