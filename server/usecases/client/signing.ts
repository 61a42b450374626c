import 'reflect-metadata'; // @peculiar/x509 asks for it before its own import
import { X509Certificate, verify, webcrypto } from 'node:crypto';
import { Pkcs10CertificateRequest } from '@peculiar/x509';
import { AppError } from '../../../contracts/errors.ts';
import { agreementId } from '../../../contracts/http/client.ts';
import type { CLIENT_OPERATIONS } from '../../../contracts/http/client.ts';
import { newId } from '../../database/crypto.ts';
import type { Handler } from '../../http/router.ts';
import { AGREEMENTS } from '../../texts/agreements.ts';
import { loadCase, requireStep, saveEdit } from './case.ts';
import type { ClientCase } from './case.ts';
import type { ClientPorts } from './ports.ts';
import { viewOf } from './view.ts';

type Ops = typeof CLIENT_OPERATIONS;

/** The phone's key in a request (PKCS#10, RFC 2986) that proves possession. Returns its SPKI. @throws AppError CERTIFICATE_INVALID */
async function keyOfRequest(csr: string): Promise<Buffer> {
  try {
    const request = new Pkcs10CertificateRequest(Buffer.from(csr, 'base64'));
    const isP256 = (request.publicKey.algorithm as EcKeyAlgorithm).namedCurve === 'P-256';
    if (isP256 && (await request.verify(webcrypto as unknown as Crypto))) return Buffer.from(request.publicKey.rawData);
  } catch {
    // Not a request at all: the same answer.
  }
  throw new AppError('CERTIFICATE_INVALID', { field: 'csr' });
}

/** Has the CA certify the key that the phone made (R19); a new phone gets a new certificate. */
export const requestCertificate = (ports: ClientPorts): Handler<Ops['requestCertificate']> => async ({ body, actor }) => {
  const found = await loadCase(ports, actor.clientId);
  requireStep(found, 'agreements');
  const { id } = found.application;
  const key = await keyOfRequest(body.csr);
  const [{ certificate, serial }, authority] = await Promise.all([ports.ca.certify(body.csr, id), ports.ca.authority()]);
  checkCertificate({ certificate, authority, spki: key, serial, reference: id, now: ports.now() });
  await ports.prisma.$transaction(async (tx) => {
    await tx.certificate.create({ data: { id: newId(), applicationId: id, serial, pem: certificate } });
    await saveEdit(tx, found, { action: 'application.certificate_issued', codes: { serial } }, {});
  });
  return { certificate, serial };
};

/**
 * A certificate is the client's when the CA that we know signed it, in force, over this phone's key, for this application.
 * @throws AppError CERTIFICATE_INVALID
 */
export function checkCertificate({ certificate, authority, spki, serial, reference, now }: { certificate: string; authority: string; spki: Buffer; serial: string; reference: string; now: Date }): void {
  let good: boolean;
  try {
    const [issued, issuer] = [new X509Certificate(certificate), new X509Certificate(authority)];
    good = issuer.ca && inForce(issuer, now) && issued.checkIssued(issuer) && issued.verify(issuer.publicKey)
      && !issued.ca && inForce(issued, now) && issued.subject === `CN=${reference}` && sameSerial(issued.serialNumber, serial)
      && issued.publicKey.export({ type: 'spki', format: 'der' }).equals(spki);
  } catch {
    // No certificate at all: the same answer.
    good = false;
  }
  if (!good) throw new AppError('CERTIFICATE_INVALID');
}

const inForce = ({ validFrom, validTo }: X509Certificate, now: Date): boolean => new Date(validFrom) <= now && now <= new Date(validTo);
const sameSerial = (one: string, other: string): boolean => BigInt(`0x${one}`) === BigInt(`0x${other}`);

/** R19: version and hash are the ones in force, and the signature is the certificate's over exactly the text that was shown. */
export const signAgreement = (ports: ClientPorts): Handler<Ops['signAgreement']> => async ({ body, actor }) => {
  const found = await loadCase(ports, actor.clientId);
  requireStep(found, 'agreements');
  const text = AGREEMENTS.find(({ id }) => id === body.id);
  if (text === undefined) throw new AppError('NOT_FOUND');
  if (text.version !== body.version || text.sha256[body.language] !== body.sha256) throw new AppError('TEXT_VERSION_OLD', { items: [body.id] });
  const { application } = found;
  const certificate = await ports.prisma.certificate.findFirst({ where: { applicationId: application.id }, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }] });
  if (certificate === null) throw new AppError('CERTIFICATE_INVALID');
  verifySignature(certificate.pem, text.body[body.language], body.signature, ports.now());
  const key = { applicationId: application.id, agreementId: body.id, version: body.version };
  await ports.prisma.$transaction(async (tx) => {
    // Signed again, on a new phone or in a repair: what was signed before stays as evidence.
    await tx.agreementSignature.updateMany({ where: { ...key, supersededAt: null }, data: { supersededAt: ports.now() } });
    await tx.agreementSignature.create({
      data: { id: newId(), ...key, certificateId: certificate.id, language: body.language, sha256: body.sha256, signature: body.signature, verified: true, shownSeconds: body.shownSeconds, at: ports.now() },
    });
    await saveEdit(tx, found, { action: 'application.agreement_signed', codes: { agreement: body.id, version: body.version, sha256: body.sha256, serial: certificate.serial } }, redonePatch(found, body.id));
  });
  return viewOf(ports, actor);
};

/** ECDSA P-256 with SHA-256, signature r‖s as WebCrypto writes it, base64. @throws AppError CERTIFICATE_INVALID, SIGNATURE_INVALID */
export function verifySignature(pem: string, text: string, signature: string, now: Date): void {
  const certificate = new X509Certificate(pem);
  if (!inForce(certificate, now)) throw new AppError('CERTIFICATE_INVALID');
  const bytes = Buffer.from(signature, 'base64');
  const good = bytes.length === 64 && verify('sha256', Buffer.from(text, 'utf8'), { key: certificate.publicKey, dsaEncoding: 'ieee-p1363' }, bytes);
  if (!good) throw new AppError('SIGNATURE_INVALID');
}

/** In a repair the item is redone when all agreements were signed again. */
function redonePatch({ application }: ClientCase, agreement: string): { repairDone?: string[] } {
  if (application.state !== 'repair') return {};
  const marks = [...new Set([...application.repairDone, `agreements:${agreement}`])];
  const all = agreementId.options.every((id) => marks.includes(`agreements:${id}`));
  return { repairDone: all ? [...new Set([...marks, 'agreements'])] : marks };
}
