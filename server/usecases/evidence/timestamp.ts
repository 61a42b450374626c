/** Time stamps of a third party (RFC 3161) over the daily head of the published heads: that it was there by then, whoever holds our keys. */
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';

export interface TimeStampAuthority {
  /**
   * @param digest SHA-256 of what is stamped
   * @returns the token (CMS SignedData, DER), which speaks of this digest
   * @throws TimeStampError
   */
  stamp(digest: Buffer): Promise<Buffer>;
}

/** Why there is no stamp: `unreachable` (down, late), `refused` by the authority, or what it sent is not for what was asked (`imprint`, `nonce`, `unreadable`). */
export class TimeStampError extends Error {
  readonly why: 'unreachable' | 'refused' | 'imprint' | 'nonce' | 'unreadable';
  constructor(why: TimeStampError['why'], options?: { cause?: unknown }) {
    super(`no time stamp: ${why}`, options);
    this.name = 'TimeStampError';
    this.why = why;
  }
}

const SHA_256 = '2.16.840.1.101.3.4.2.1';
const SIGNED_DATA = '1.2.840.113549.1.7.2';
/** A token with its certificates takes a few kB. */
const ANSWER_MAX = 64 * 1024;

/** @param timeoutMs an answer that takes longer counts as none; the next tick asks again */
export function createTimeStampAuthority(url: string, { timeoutMs = 10_000 }: { timeoutMs?: number } = {}): TimeStampAuthority {
  pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto as unknown as Crypto }));
  return {
    async stamp(digest) {
      const nonce = positive(randomBytes(8));
      const body = requestOf(digest, nonce);
      const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' }, body: new Uint8Array(body), signal: AbortSignal.timeout(timeoutMs) })
        .then(async (response) => (response.ok ? Buffer.from(await response.arrayBuffer()) : Promise.reject(new Error(`status ${response.status}`))))
        .catch((cause: unknown) => { throw new TimeStampError('unreachable', { cause }); });
      if (answer.length > ANSWER_MAX) throw new TimeStampError('unreadable');
      return tokenIn(answer, digest, nonce);
    },
  };
}

/** DER wants numbers without a leading sign. */
const positive = (bytes: Buffer): Buffer => { bytes[0] = (bytes[0]! & 0x7f) | 0x40; return bytes; };
const bytesOf = (buffer: ArrayBuffer): Buffer => Buffer.from(buffer);
const plain = (buffer: Buffer): ArrayBuffer => Uint8Array.from(buffer).buffer;

function requestOf(digest: Buffer, nonce: Buffer): Buffer {
  const request = new pkijs.TimeStampReq({
    version: 1, certReq: true, nonce: new asn1js.Integer({ valueHex: plain(nonce) }),
    messageImprint: new pkijs.MessageImprint({ hashAlgorithm: new pkijs.AlgorithmIdentifier({ algorithmId: SHA_256 }), hashedMessage: new asn1js.OctetString({ valueHex: plain(digest) }) }),
  });
  return bytesOf(request.toSchema().toBER());
}

function tokenIn(answer: Buffer, digest: Buffer, nonce: Buffer): Buffer {
  let response: pkijs.TimeStampResp;
  try {
    response = pkijs.TimeStampResp.fromBER(plain(answer));
  } catch (cause) {
    throw new TimeStampError('unreadable', { cause });
  }
  // 0 granted, 1 granted with changes.
  if (response.status.status > 1 || response.timeStampToken === undefined) throw new TimeStampError('refused');
  const token = bytesOf(response.timeStampToken.toSchema().toBER());
  const info = stampedIn(token);
  if (info === null) throw new TimeStampError('unreadable');
  if (!info.imprint.equals(digest)) throw new TimeStampError('imprint');
  if (info.nonce === null || !info.nonce.equals(nonce)) throw new TimeStampError('nonce');
  return token;
}

/** What a token says: the digest that was stamped, when, and the number asked with. null: it is no token of SHA-256. */
export function stampedIn(token: Buffer): { imprint: Buffer; at: Date; nonce: Buffer | null } | null {
  try {
    const content = pkijs.ContentInfo.fromBER(plain(token));
    if (content.contentType !== SIGNED_DATA) return null;
    const signed = new pkijs.SignedData({ schema: content.content as asn1js.Sequence });
    const info = pkijs.TSTInfo.fromBER(signed.encapContentInfo.eContent!.getValue());
    if (info.messageImprint.hashAlgorithm.algorithmId !== SHA_256) return null;
    return { imprint: bytesOf(info.messageImprint.hashedMessage.getValue()), at: info.genTime, nonce: info.nonce === undefined ? null : bytesOf(info.nonce.valueBlock.valueHexView.slice().buffer) };
  } catch {
    return null;
  }
}

/** What is stamped of a line of the published heads: its bytes as they stand, without the line's end. */
export const digestOf = (line: string): Buffer => createHash('sha256').update(line).digest();
