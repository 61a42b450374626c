import { z } from 'zod';
import { AppError } from '../../../contracts/errors.ts';
import { declarations } from '../../../contracts/http/client.ts';
import type { AccountState, AccountStep, ApplicationState } from '../../../contracts/states/index.ts';
import { idempotencyKey } from '../../../workflows/accounts/ports.ts';
import type { AccountsRepository } from '../../../workflows/accounts/ports.ts';
import type { StepRow } from '../../../workflows/accounts/steps.ts';
import { newId } from '../../database/crypto.ts';
import type { AccountStepRow } from '../../database/index.ts';
import { audit, changeAccountStep, changeApplication, inTransaction } from '../../database/transact.ts';
import { openForm } from '../cases/open.ts';
import { cardOf } from '../cases/view.ts';
import { accountNoPlace } from '../client/view.ts';
import { applicationPlace } from '../client/case.ts';
import { isListed } from '../person/known.ts';
import type { Services } from '../services.ts';

const actor = { kind: 'system', id: 'batch' } as const;
const envelopes = z.object({ trading: z.string(), fund: z.string() });

/** The batch's view of the database (R52, R53): every change is row, audit row and outbox row in one transaction. */
export function createAccountsRepository(services: Services): AccountsRepository {
  const { db, cipher } = services;

  const rowOf = async (row: AccountStepRow): Promise<StepRow> => ({
    step: row.step as AccountStep, state: row.state as AccountState, version: row.version, attempts: row.attempts, code: row.code, sentAt: row.sentAt, nextAt: row.nextAt,
    accountNo: row.accountNoEnc ? await cipher.open(accountNoPlace(row.applicationId, row.id), row.accountNoEnc) : null,
  });

  return {
    async load(applicationId) {
      const row = await db.application.findUnique({ where: { id: applicationId }, include: { accountSteps: true } });
      if (!row) return null;
      const declared = row.declarationsEnc ? declarations.parse(await cipher.openJson({ subject: row.id, table: 'application', column: 'declarations_enc', row: row.id }, row.declarationsEnc)) : null;
      return { applicationId, state: row.state as ApplicationState, markets: declared?.markets ?? [], bankCode: row.bankCode, steps: await Promise.all(row.accountSteps.map(rowOf)) };
    },
    async holder(applicationId) {
      const row = await db.application.findUniqueOrThrow({ where: { id: applicationId } });
      const [form, cardNumber] = await Promise.all([openForm(services, row), cardOf(services, row)]);
      if (!form || !cardNumber || !row.bankCode) return null;
      return { name: form.name, idNumber: form.idNumber, birthDate: form.birthDate, bankCode: row.bankCode, cardNumber };
    },
    async begin(applicationId, steps) {
      await inTransaction(db, async (tx) => {
        // Who came onto the negative list after the review is for a person (R16). Locked first: an entry is seen here, or comes later.
        await tx.$queryRaw`SELECT 1 FROM "application" WHERE "id" = ${applicationId}::uuid FOR UPDATE`;
        if (await isListed({ ...services, db: tx as Services['db'] }, applicationId)) {
          await changeApplication(tx, { applicationId, event: 'park', actor, codes: { code: 'NEGATIVE_LIST' } }, { parkedCode: 'NEGATIVE_LIST' });
          return;
        }
        await changeApplication(tx, { applicationId, event: 'begin_creation', actor });
        await tx.accountStep.createMany({ data: steps.map((step) => ({ id: newId(), applicationId, step, idempotencyKey: idempotencyKey(applicationId, step) })) });
      });
    },
    async addSteps(applicationId, steps) {
      await inTransaction(db, async (tx) => {
        const { count } = await tx.accountStep.createMany({ data: steps.map((step) => ({ id: newId(), applicationId, step, idempotencyKey: idempotencyKey(applicationId, step) })), skipDuplicates: true });
        if (count > 0) await audit(tx, { actor, action: 'account.steps_added', applicationId, codes: { steps } });
      });
    },
    async changeStep({ applicationId, step, event, expectedVersion, code, accountNo, attempts, sentAt, nextAt }) {
      const { id } = await db.accountStep.findUniqueOrThrow({ where: { applicationId_step: { applicationId, step } }, select: { id: true } });
      const accountNoEnc = accountNo ? await cipher.seal(accountNoPlace(applicationId, id), accountNo) : undefined;
      const acknowledged = event === 'acknowledge' || event === 'found';
      return rowOf(await changeAccountStep(db, { applicationId, step, event, actor, expectedVersion, ...(code ? { code } : {}) }, {
        ...(accountNoEnc === undefined ? {} : { accountNoEnc }), ...(attempts === undefined ? {} : { attempts }), ...(sentAt === undefined ? {} : { sentAt }),
        ...(nextAt === undefined ? {} : { nextAt }), ...(acknowledged ? { acknowledgedAt: services.now() } : {}),
      }));
    },
    async deferStep({ applicationId, step, nextAt }) {
      await db.accountStep.update({ where: { applicationId_step: { applicationId, step } }, data: { nextAt } });
    },
    async changeApplication({ applicationId, event, codes }) {
      await changeApplication(db, { applicationId, event, actor, ...(codes ? { codes } : {}) }, event === 'all_done' ? { openedAt: services.now() } : {});
    },
    async takePasswordEnvelopes(applicationId) {
      const row = await db.application.findUniqueOrThrow({ where: { id: applicationId }, select: { passwordsEnc: true, passwordKeyId: true } });
      if (!row.passwordsEnc || !row.passwordKeyId) return null;
      const opened = envelopes.safeParse(await cipher.openJson(applicationPlace(applicationId, 'passwords_enc'), row.passwordsEnc));
      if (!opened.success) throw new AppError('INTERNAL');
      return { keyId: row.passwordKeyId, ...opened.data };
    },
    async deletePasswordEnvelopes(applicationId) {
      await db.application.updateMany({ where: { id: applicationId, passwordsEnc: { not: null } }, data: { passwordsEnc: null } });
    },
  };
}
