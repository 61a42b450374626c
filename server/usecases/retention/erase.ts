/** What is removed from the rows of a case whose key is destroyed (R44). What is insert-only stays, closed under that key. */
import type { Db } from '../../database/index.ts';

/**
 * Values under the case's key, blind indexes, and what tells of the person in clear (a certificate bears the name). Ids, codes
 * and times stay: the audit must go on telling what happened. The negative list is no part of a case.
 */
const OF_CASE = [
  `UPDATE "application" SET "form_enc" = NULL, "id_number_index" = NULL, "declarations_enc" = NULL, "risk_answers_enc" = NULL, "card_enc" = NULL, "passwords_enc" = NULL, "ready_check" = NULL WHERE "id" = $1::uuid`,
  `UPDATE "document" SET "reading_enc" = NULL WHERE "application_id" = $1::uuid`,
  `UPDATE "photo" SET "reading_enc" = NULL WHERE "application_id" = $1::uuid`,
  `UPDATE "certificate" SET "pem" = '' WHERE "application_id" = $1::uuid`,
  `UPDATE "witness_session" SET "comment_enc" = NULL WHERE "application_id" = $1::uuid`,
  `UPDATE "review" SET "comment_enc" = NULL WHERE "application_id" = $1::uuid`,
  `UPDATE "rating" SET "reason_enc" = NULL WHERE "application_id" = $1::uuid`,
  `UPDATE "account_step" SET "account_no_enc" = NULL WHERE "application_id" = $1::uuid`,
  `UPDATE "police_check" SET "asked_index" = NULL WHERE "application_id" = $1::uuid`,
  `UPDATE "person_lookup" SET "asked_index" = '', "detail_enc" = NULL WHERE "application_id" = $1::uuid`,
] as const;

/** The client's number and what it is found by. The row stays: cases name it. */
const OF_CLIENT = [
  `DELETE FROM "one_time_code" WHERE "phone_index" = (SELECT "phone_index" FROM "client" WHERE "id" = $1::uuid)`,
  `DELETE FROM "client_session" WHERE "client_id" = $1::uuid`,
  `UPDATE "client" SET "phone_index" = 'destroyed:' || "id", "phone_enc" = '' WHERE "id" = $1::uuid`,
] as const;

/** After the case's key was destroyed: the database lets some of it go only then. */
export async function eraseCase(tx: Db, applicationId: string): Promise<void> {
  for (const sql of OF_CASE) await tx.$executeRawUnsafe(sql, applicationId);
}

export async function eraseClient(tx: Db, clientId: string): Promise<void> {
  for (const sql of OF_CLIENT) await tx.$executeRawUnsafe(sql, clientId);
}
