-- Whoever reads a photo claims it for a while only: a process that was killed leaves it to another one.
ALTER TABLE "photo" ADD COLUMN "reading_started_at" timestamptz(3);

-- Signing again keeps the earlier signature as evidence (R19).
ALTER TABLE "agreement_signature" ADD COLUMN "superseded_at" timestamptz(3);
DROP INDEX "agreement_signature_application_id_agreement_id_version_key";
CREATE UNIQUE INDEX "agreement_signature_one_current" ON "agreement_signature" ("application_id", "agreement_id", "version") WHERE "superseded_at" IS NULL;
CREATE INDEX "agreement_signature_application_id_idx" ON "agreement_signature" ("application_id");

-- Why a case is parked when none of its steps says so (R54).
ALTER TABLE "application" ADD COLUMN "parked_code" text;

-- Nothing was ever written to them.
DROP TABLE "batch_run";
DROP TABLE "calendar_day";

-- Events that were published are removed after a while.
GRANT DELETE ON "outbox" TO "witness_app";
