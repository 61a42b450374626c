import 'reflect-metadata'; // @peculiar/x509 asks for it before its own import
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import * as x509 from '@peculiar/x509';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';
import { z } from 'zod';
import { keptKey } from './keys.ts';

/** What goes wrong, until it is switched off: late, down, refused, or a token that is not for what was asked. */
export const tsaSwitch = z.strictObject({ delayMs: z.number().int().min(0).max(600_000).optional(), down: z.boolean().optional(), refuse: z.boolean().optional(), wrong: z.enum(['imprint', 'nonce', 'signature']).optional() });
export type TsaSwitch = z.infer<typeof tsaSwitch>;

export interface Tsa {
  readonly url: string;
  /** PEM, what a verifier trusts: the authority's root, and the certificate that signs tokens. */
  readonly certificates: { readonly root: string; readonly signer: string };
  switch(fault: TsaSwitch): void;
  /** Closing twice is harmless. */
  close(): Promise<void>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const YEAR = 365 * 24 * 3600 * 1000;
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const LIMIT = 64 * 1024;
const crypto = webcrypto as unknown as Crypto;

/** A time stamp authority (RFC 3161 over HTTP) with a root of its own. `PUT /switch` takes {@link TsaSwitch}, `GET /certificates` tells what to trust. */
export async function startTsa({ port, keyFile }: { port: number; keyFile?: string | undefined }): Promise<Tsa> {
  pkijs.setEngine('simulator', new pkijs.CryptoEngine({ name: 'simulator', crypto }));
  const { root, signer, key } = await authority(keyFile);
  const certificates = { root: root.toString('pem'), signer: signer.toString('pem') };
  const certificate = pkijs.Certificate.fromBER(signer.rawData);
  let fault: TsaSwitch = {};

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    if (request.method === 'PUT' && request.url === '/switch') {
      fault = tsaSwitch.parse(JSON.parse(body.toString('utf8')));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
    } else if (request.method === 'GET' && request.url === '/certificates') response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(certificates));
    else if (request.method !== 'POST') response.writeHead(405).end();
    else if (fault.down === true) request.socket.destroy();
    else {
      if (fault.delayMs !== undefined) await wait(fault.delayMs, undefined, { ref: false });
      const reply = await replyTo(body, { certificate, key, fault });
      response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(reply);
    }
  };
  const server = createServer((request, response) => { answer(request, response).catch(() => { if (!response.headersSent) response.writeHead(400); response.end(); }); });
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(port, '127.0.0.1', resolve); });
  let closed: Promise<void> | undefined;
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, certificates,
    switch: (next) => { fault = next; },
    close: () => (closed ??= new Promise((resolve) => { server.close(() => resolve()); server.closeAllConnections(); })),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > LIMIT) throw new Error('too much');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** The root certifies the one key that signs tokens, for time stamping only. */
async function authority(keyFile: string | undefined): Promise<{ root: x509.X509Certificate; signer: x509.X509Certificate; key: CryptoKey }> {
  const make = async (file?: string): Promise<CryptoKeyPair> => {
    const key = keptKey(file, () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    return {
      privateKey: await crypto.subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), ALGORITHM, true, ['sign']),
      publicKey: await crypto.subtle.importKey('spki', createPublicKey(key).export({ type: 'spki', format: 'der' }), ALGORITHM, true, ['verify']),
    };
  };
  const [rootKeys, keys] = [await make(keyFile), await make()];
  const span = { notBefore: new Date(Date.now() - YEAR), notAfter: new Date(Date.now() + 20 * YEAR), signingAlgorithm: ALGORITHM };
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01', name: 'CN=Simulated TSA root,O=Video witness demo', ...span, keys: rootKeys,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)],
  }, crypto);
  const signer = await x509.X509CertificateGenerator.create({
    serialNumber: randomBytes(8).toString('hex').replace(/^./, '4'), issuer: root.subject, subject: 'CN=Simulated TSA', ...span, publicKey: keys.publicKey, signingKey: rootKeys.privateKey,
    extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.timeStamping], true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true)],
  }, crypto);
  return { root, signer, key: keys.privateKey };
}

const plain = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;
const octets = (bytes: Uint8Array): asn1js.OctetString => new asn1js.OctetString({ valueHex: plain(bytes) });

async function replyTo(body: Buffer, { certificate, key, fault }: { certificate: pkijs.Certificate; key: CryptoKey; fault: TsaSwitch }): Promise<Buffer> {
  const request = pkijs.TimeStampReq.fromBER(plain(body));
  // 2: rejection (RFC 3161 section 2.4.2).
  if (fault.refuse === true) return Buffer.from(new pkijs.TimeStampResp({ status: new pkijs.PKIStatusInfo({ status: 2 }) }).toSchema().toBER());
  const imprint = request.messageImprint;
  const info = new pkijs.TSTInfo({
    version: 1, policy: '1.3.6.1.4.1.99999.1', genTime: new Date(), serialNumber: new asn1js.Integer({ valueHex: plain(randomBytes(8).fill(0x41, 0, 1)) }),
    messageImprint: fault.wrong === 'imprint' ? new pkijs.MessageImprint({ hashAlgorithm: imprint.hashAlgorithm, hashedMessage: octets(randomBytes(32)) }) : imprint,
    ...(request.nonce === undefined ? {} : { nonce: fault.wrong === 'nonce' ? new asn1js.Integer({ valueHex: plain(randomBytes(8).fill(0x42, 0, 1)) }) : request.nonce }),
  });
  const content = Buffer.from(info.toSchema().toBER());
  const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
  const attribute = (type: string, value: asn1js.BaseBlock): pkijs.Attribute => new pkijs.Attribute({ type, values: [value] });
  const signed = new pkijs.SignedData({
    version: 3, certificates: [certificate],
    encapContentInfo: new pkijs.EncapsulatedContentInfo({ eContentType: TST_INFO, eContent: octets(content) }),
    signerInfos: [new pkijs.SignerInfo({
      version: 1, sid: new pkijs.IssuerAndSerialNumber({ issuer: certificate.issuer, serialNumber: certificate.serialNumber }),
      signedAttrs: new pkijs.SignedAndUnsignedAttributes({ type: 0, attributes: [
        attribute('1.2.840.113549.1.9.3', new asn1js.ObjectIdentifier({ value: TST_INFO })),
        attribute('1.2.840.113549.1.9.4', octets(sha256(content))),
        // signingCertificateV2 (RFC 5816): which certificate the signature speaks of.
        attribute('1.2.840.113549.1.9.16.2.47', new asn1js.Sequence({ value: [new asn1js.Sequence({ value: [new asn1js.Sequence({ value: [octets(sha256(Buffer.from(certificate.toSchema().toBER())))] })] })] })),
      ] }),
    })],
  });
  await signed.sign(key, 0, 'SHA-256');
  if (fault.wrong === 'signature') {
    const bytes = Buffer.from(signed.signerInfos[0]!.signature.getValue());
    bytes[bytes.length - 3]! ^= 0x5a;
    signed.signerInfos[0]!.signature = octets(bytes);
  }
  const token = new pkijs.ContentInfo({ contentType: '1.2.840.113549.1.7.2', content: signed.toSchema(true) });
  return Buffer.from(new pkijs.TimeStampResp({ status: new pkijs.PKIStatusInfo({ status: 0 }), timeStampToken: token }).toSchema().toBER());
}
