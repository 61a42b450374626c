import { PrismaPg } from '@prisma/adapter-pg';
import { Prisma, PrismaClient } from './generated/client.ts';

export type { Prisma };
export type * from './generated/models.ts';
export type {
  AccountStep as AccountStepRow, AgreementSignature, Application, ApplicationConsent, Certificate, Client, ClientSession, Document, NegativeEntry, PersonLookup, Photo, PhotoComparison, PoliceCheck, PoliceDecision,
  RecordingSegment, Review, ScriptTick, SessionEvent as SessionEventRow, Staff, StaffSession, WitnessSession,
} from './generated/client.ts';
/** The database, or a transaction of it. */
export type Db = Prisma.TransactionClient;
export type Database = PrismaClient;

/** Two writers at once: the database let one of them win (P2002 unique, P2034 serialisation). */
export const isConflict = (error: unknown): boolean => error instanceof Prisma.PrismaClientKnownRequestError && (error.code === 'P2002' || error.code === 'P2034');

/** Opens the database as the program's role. Closing twice is harmless. */
export function openDatabase(url: string): { prisma: PrismaClient; close(): Promise<void> } {
  // Errors are coded where they surface; Prisma's own texts quote values and are never printed.
  const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url, max: 20 }), log: [], errorFormat: 'minimal' });
  let closed: Promise<void> | undefined;
  return { prisma, close: () => (closed ??= prisma.$disconnect()) };
}
