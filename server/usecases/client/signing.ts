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
  const { certificate, serial } = await ports.ca.certify(body.csr, id);
  if (!certifies(certificate, key)) throw new AppError('CERTIFICATE_INVALID');
  await ports.prisma.$transaction(async (tx) => {
    await tx.certificate.create({ data: { id: newId(), applicationId: id, serial, pem: certificate } });
    await saveEdit(tx, found, { action: 'application.certificate_issued', codes: { serial } }, {});
  });
  return { certificate, serial };
};

const certifies = (pem: string, spki: Buffer): boolean => {
  try {
    return new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }).equals(spki);
  } catch {
    return false;
  }
};

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
  const row = {
    certificateId: certificate.id, language: body.language, sha256: body.sha256, signature: body.signature, verified: true, shownSeconds: body.shownSeconds, at: ports.now(),
  };
  const key = { applicationId: application.id, agreementId: body.id, version: body.version };
  await ports.prisma.$transaction(async (tx) => {
    await tx.agreementSignature.upsert({ where: { applicationId_agreementId_version: key }, create: { id: newId(), ...key, ...row }, update: row });
    await saveEdit(tx, found, { action: 'application.agreement_signed', codes: { agreement: body.id, version: body.version, sha256: body.sha256, serial: certificate.serial } }, redonePatch(found, body.id));
  });
  return viewOf(ports, actor);
};

/** ECDSA P-256 with SHA-256, signature r‖s as WebCrypto writes it, base64. @throws AppError CERTIFICATE_INVALID, SIGNATURE_INVALID */
export function verifySignature(pem: string, text: string, signature: string, now: Date): void {
  const certificate = new X509Certificate(pem);
  if (new Date(certificate.validFrom) > now || new Date(certificate.validTo) < now) throw new AppError('CERTIFICATE_INVALID');
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
