// @ts-check
// A third party's time stamp over a published head (RFC 3161): that the head was there at that time. Just as much of DER and CMS
// (RFC 5652) as a token needs.
import { createHash, verify, X509Certificate } from 'node:crypto';

/**
 * @typedef {{ of: number, at: string, by: string | null, unchecked?: string }} Stamp `by`: whose signature was checked; null: nobody's, and why
 * @typedef {{ tag: number, value: Buffer, all: Buffer }} Der
 */

const OID = { signedData: '2a864886f70d010702', tstInfo: '2a864886f70d0109100104', messageDigest: '2a864886f70d010904', contentType: '2a864886f70d010903', sha256: '608648016503040201', sha384: '608648016503040202', sha512: '608648016503040203' };
/** @type {Readonly<Record<string, string>>} */
const DIGESTS = { [OID.sha256]: 'sha256', [OID.sha384]: 'sha384', [OID.sha512]: 'sha512' };
/** id-kp-timeStamping */
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';

/** `{"n","of","token"}`, written as we would write it. @param {string} line @returns {{ n: number, of: number, token: Buffer } | null} */
export function stampOf(line) {
  try {
    const { n, of, token } = JSON.parse(line);
    return typeof n === 'number' && typeof of === 'number' && typeof token === 'string' && Buffer.from(token, 'base64').toString('base64') === token && JSON.stringify({ n, of, token }) === line ? { n, of, token: Buffer.from(token, 'base64') } : null;
  } catch {
    return null;
  }
}

/** The elements that stand one behind the other. @param {Buffer} bytes @returns {Der[]} */
function elements(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length;) {
    const tag = /** @type {number} */ (bytes[at]);
    const first = bytes[at + 1];
    if (first === undefined || first === 0x80 || first > 0x84) throw new Error('no DER');
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
    const from = at + 2 + lengthBytes;
    if (from + length > bytes.length) throw new Error('no DER');
    found.push({ tag, value: bytes.subarray(from, from + length), all: bytes.subarray(at, from + length) });
    at = from + length;
  }
  return found;
}

/** @param {Der | undefined} der @param {number} tag @returns {Der} */
function of(der, tag) {
  if (der === undefined || der.tag !== tag) throw new Error('no time stamp token');
  return der;
}
/** @param {Der | undefined} der */
const hex = (der) => of(der, 0x06).value.toString('hex');
/** @param {Der | undefined} der */
const sequence = (der) => elements(of(der, 0x30).value);

/** A string of octets, in one or in pieces (BER allows them in the content). @param {Der | undefined} der @returns {Buffer} */
const octets = (der) => (der?.tag === 0x24 ? Buffer.concat(elements(der.value).map(octets)) : of(der, 0x04).value);

/** YYYYMMDDHHMMSS[.f…]Z @param {Der | undefined} der */
function timeIn(der) {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d+)?Z$/.exec(of(der, 0x18).value.toString('latin1'));
  if (match === null) throw new Error('no time');
  const [, year, month, day, hour, minute, second, fraction] = match;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${(fraction ?? '').slice(0, 4)}Z`);
}

/**
 * A token's parts: what it stamps, when, and what is needed to check who signed that.
 * @param {Buffer} token
 */
function read(token) {
  const [type, explicit] = sequence(elements(token)[0]);
  if (hex(type) !== OID.signedData) throw new Error('it is no signed data');
  const signedData = sequence(elements(of(explicit, 0xa0).value)[0]);
  const [contentType, wrapped] = sequence(signedData[2]);
  if (hex(contentType) !== OID.tstInfo) throw new Error('it is no time stamp');
  const content = octets(elements(of(wrapped, 0xa0).value)[0]);
  const info = sequence(elements(content)[0]);
  const [algorithm, hashed] = sequence(info[2]);
  const certificates = signedData.filter(({ tag }) => tag === 0xa0).flatMap(({ value }) => elements(value).map(({ all }) => new X509Certificate(all)));
  const signers = elements(of(signedData.at(-1), 0x31).value);
  if (signers.length !== 1) throw new Error('it is signed by none or by several');
  const [, , digestAlgorithm, attributes, , signature] = sequence(signers[0]);
  return {
    imprint: { digest: DIGESTS[hex(sequence(algorithm)[0])], value: of(hashed, 0x04).value }, at: timeIn(info[4]), content, certificates,
    digest: DIGESTS[hex(sequence(digestAlgorithm)[0])], attributes: of(attributes, 0xa0), signature: of(signature, 0x04).value,
  };
}

/** @param {Der} attributes @param {string} type @returns {Der} */
function attribute(attributes, type) {
  for (const one of elements(attributes.value)) {
    const [oid, values] = sequence(one);
    if (hex(oid) === type) return /** @type {Der} */ (elements(of(values, 0x31).value)[0]);
  }
  throw new Error('an attribute is missing');
}

/**
 * @param {Buffer} token @param {string} line the head's line that it stands beside, as it stands
 * @param {readonly X509Certificate[]} authorities certificates that count: of who signs, or of who certified that one directly
 * @returns {(Stamp) | { wrong: string }}
 */
export function checkStamp(token, line, authorities) {
  const { n } = JSON.parse(line);
  try {
    const { imprint, at, content, certificates, digest, attributes, signature } = read(token);
    if (imprint.digest === undefined || !createHash(imprint.digest).update(line).digest().equals(imprint.value)) return { wrong: `the time stamp is not of line ${n}` };
    const stamp = { of: n, at: at.toISOString() };
    if (authorities.length === 0) return { ...stamp, by: null, unchecked: 'no timestampAuthorities among the trusted keys' };
    const trusted = [...certificates, ...authorities].find((one) => authorities.some((known) => known.raw.equals(one.raw) || (one.checkIssued(known) && one.verify(known.publicKey))) && signs(one, { digest, attributes, signature }));
    if (trusted === undefined) return { wrong: 'the time stamp is not signed by an authority that is trusted' };
    if (!(trusted.keyUsage ?? []).includes(TIME_STAMPING)) return { wrong: 'the time stamp is signed with a certificate that is not for time stamps' };
    if (at < new Date(trusted.validFrom) || at > new Date(trusted.validTo)) return { wrong: 'the time stamp is of a time at which its certificate did not count' };
    // What is signed are the attributes, and one of them is the digest of the content.
    if (digest === undefined || !createHash(digest).update(content).digest().equals(of(attribute(attributes, OID.messageDigest), 0x04).value)) return { wrong: 'the time stamp’s content is not what was signed' };
    if (hex(attribute(attributes, OID.contentType)) !== OID.tstInfo) return { wrong: 'what was signed is no time stamp' };
    return { ...stamp, by: trusted.subject.replaceAll('\n', ', ') };
  } catch (error) {
    return { wrong: `the time stamp cannot be read: ${error instanceof Error ? error.message : 'fault'}` };
  }
}

/** @param {X509Certificate} certificate @param {{ digest: string | undefined, attributes: Der, signature: Buffer }} signed */
function signs(certificate, { digest, attributes, signature }) {
  // Signed as the SET that it is, not with the mark of its place (RFC 5652, 5.4).
  const bytes = Buffer.from(attributes.all);
  bytes[0] = 0x31;
  try {
    return digest !== undefined && verify(digest, bytes, certificate.publicKey, signature);
  } catch {
    return false;
  }
}
