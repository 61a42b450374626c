import type { ClientForm } from '../../../contracts/http/client.ts';
import type { DocumentSide } from '../../../contracts/http/common.ts';
import type { DocumentReading, FieldName, Finding, PhotoFigures } from '../../../contracts/reading.ts';
import type { HeldReason } from '../../../contracts/signaling/desk.ts';
import type { EvidenceStore } from '../../../media/ports.ts';
import type { ClientSessions } from '../../auth/client.ts';
import type { OneTimeCodes } from '../../auth/oneTimeCode.ts';
import type { BlindIndex, FieldCipher } from '../../database/crypto.ts';
import type { Application, Database } from '../../database/index.ts';

/** Looks at uploads; knows no case. A `signal` ends waiting and work: they reject with its reason. */
export interface UploadReader {
  /** Decodes safely, turns upright. @throws AppError UPLOAD_* */
  inspect(bytes: Buffer, options?: { signal?: AbortSignal | undefined }): Promise<{ jpeg: Buffer; width: number; height: number }>;
  /** Whether the picture is good enough, within a second (R21). */
  judge(jpeg: Buffer, options: { expect: DocumentSide; signal?: AbortSignal | undefined }): Promise<{ readonly findings: readonly Finding[]; readonly figures?: PhotoFigures | undefined }>;
}

/** The pure rules of form and card (R10–R14). `today` is YYYY-MM-DD in China. */
export interface IdRules {
  check(form: ClientForm, today: string): readonly Finding[];
  compare(form: ClientForm | undefined, readings: readonly DocumentReading[]): readonly Finding[];
  /** What the photos say that closes the way or needs a look, before any form is there: age, expiry, two kinds of document. */
  seen(sides: { readonly portrait: DocumentReading | null; readonly emblem: DocumentReading | null }, today: string): readonly Finding[];
  /** What was read, in the form's coding. */
  prefill(readings: readonly DocumentReading[]): Partial<Record<FieldName, string>>;
}

/** The core banking system (柜台), as far as the client's steps need it. @throws AppError OUTSIDE_UNAVAILABLE */
export interface CorePort {
  currentKey(): Promise<{ keyId: string; spki: string }>;
  checkPasswords(envelopes: { keyId: string; trading: string; fund: string }, birthDate: string): Promise<'ok' | 'weak' | 'equal' | 'unreadable'>;
}

/** The certificate authority. @throws AppError OUTSIDE_UNAVAILABLE, CERTIFICATE_INVALID */
export interface CaPort {
  certify(csr: string, reference: string): Promise<{ certificate: string; serial: string }>;
  /** The CA's own certificate, PEM: what it issues is checked against it. */
  authority(): Promise<string>;
}

/** What the client's steps need of the line (排队). */
export interface LineView {
  place(applicationId: string): Promise<{ place: number; expectedSeconds: number | null; held?: HeldReason } | null>;
  /** Gives the place up; harmless without one. */
  leave(applicationId: string): Promise<void>;
}

/** What the client's steps are handed. */
export interface ClientPorts {
  readonly prisma: Database;
  readonly cipher: FieldCipher;
  readonly blindIndex: BlindIndex;
  readonly evidence: EvidenceStore;
  readonly reader: UploadReader;
  readonly rules: IdRules;
  readonly core: CorePort;
  readonly ca: CaPort;
  readonly sessions: ClientSessions;
  readonly codes: OneTimeCodes;
  readonly line: LineView;
  /** When the batch will take an approved application; null: at once or not known (R51). */
  readonly batchAt?: (application: Application) => Promise<Date | null>;
  /** Tells the sockets of sessions that another device ended. */
  readonly onTakenOver?: (clientId: string, sessionIds: readonly string[]) => void;
  readonly now: () => Date;
}

/** The day in China, YYYY-MM-DD. */
export const chinaDay = (at: Date): string => new Date(at.getTime() + 8 * 3600_000).toISOString().slice(0, 10);
