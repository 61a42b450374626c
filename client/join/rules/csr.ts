/** The little of DER (X.690) that a certificate request needs; a library for it would weigh more than the rest of the page. */
const concat = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) { whole.set(part, at); at += part.length; }
  return whole;
};
const length = (size: number): number[] => {
  if (size < 0x80) return [size];
  const bytes: number[] = [];
  for (let rest = size; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return [0x80 | bytes.length, ...bytes];
};
const tlv = (tag: number, ...content: Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const body = concat(content);
  return concat([Uint8Array.from([tag, ...length(body.length)]), body]);
};
const sequence = (...content: Uint8Array[]): Uint8Array<ArrayBuffer> => tlv(0x30, ...content);
/** Unsigned big-endian bytes as INTEGER: no leading zeros but the one that keeps it positive. */
const integer = (bytes: Uint8Array): Uint8Array => {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const trimmed = bytes.slice(start);
  return tlv(0x02, (trimmed[0] ?? 0) >= 0x80 ? concat([Uint8Array.of(0), trimmed]) : trimmed);
};
const bitString = (bytes: Uint8Array): Uint8Array => tlv(0x03, concat([Uint8Array.of(0), bytes]));

/** OBJECT IDENTIFIERs as their DER bytes: commonName 2.5.4.3, ecdsa-with-SHA256 1.2.840.10045.4.3.2. */
const OID_COMMON_NAME = Uint8Array.of(0x06, 0x03, 0x55, 0x04, 0x03);
const OID_ECDSA_SHA256 = Uint8Array.of(0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02);

/** A raw r‖s signature of P-256 (64 bytes, what WebCrypto gives) as ECDSA-Sig-Value (RFC 3279). */
export const signatureToDer = (raw: Uint8Array): Uint8Array<ArrayBuffer> => sequence(integer(raw.slice(0, raw.length / 2)), integer(raw.slice(raw.length / 2)));

/** The part of a PKCS#10 request (RFC 2986) that is signed: version 0, subject CN, public key, no attributes. */
const requestInfo = (commonName: string, spki: Uint8Array): Uint8Array<ArrayBuffer> => sequence(
  integer(Uint8Array.of(0)),
  sequence(tlv(0x31, sequence(OID_COMMON_NAME, tlv(0x0c, new TextEncoder().encode(commonName))))),
  spki,
  tlv(0xa0),
);

/**
 * A PKCS#10 certificate request (DER) for an ECDSA P-256 key pair, signed by it. The private key may be, and is, not
 * extractable (R19). The common name is the application's id: no personal data.
 */
export const certificateRequest = async (keys: CryptoKeyPair, commonName: string): Promise<Uint8Array<ArrayBuffer>> => {
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', keys.publicKey));
  const info = requestInfo(commonName, spki);
  const raw = new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, keys.privateKey, info));
  return sequence(info, sequence(OID_ECDSA_SHA256), bitString(signatureToDer(raw)));
};
