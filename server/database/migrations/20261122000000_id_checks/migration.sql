-- The police check with its face, decisions on it, what others know of a person, and the negative list.

-- Which of the two questions was asked, about which data and picture (R22).
ALTER TABLE "police_check" ADD COLUMN "kind" text NOT NULL DEFAULT 'identity';
ALTER TABLE "police_check" ADD COLUMN "photo_id" uuid;
ALTER TABLE "police_check" ADD COLUMN "asked_index" text;
ALTER TABLE "police_check" ADD COLUMN "attempts" integer NOT NULL DEFAULT 1;
ALTER TABLE "police_check" ADD CONSTRAINT "police_check_kind_check" CHECK ("kind" IN ('identity', 'face') AND ("kind" = 'face') = ("photo_id" IS NOT NULL));
ALTER TABLE "police_check" ADD CONSTRAINT "police_check_photo_id_fkey" FOREIGN KEY ("photo_id") REFERENCES "photo" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- A person's decision on an answer that decides nothing by itself (R22), insert-only.
CREATE TABLE "police_decision" (
  "id" uuid PRIMARY KEY,
  "application_id" uuid NOT NULL,
  "session_id" uuid,
  "check_id" uuid NOT NULL,
  "staff_id" uuid NOT NULL,
  "reason_enc" text NOT NULL,
  "at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX "police_decision_check_id_key" ON "police_decision" ("check_id");
CREATE INDEX "police_decision_application_id_idx" ON "police_decision" ("application_id");
ALTER TABLE "police_decision" ADD CONSTRAINT "police_decision_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "police_decision" ADD CONSTRAINT "police_decision_check_id_fkey" FOREIGN KEY ("check_id") REFERENCES "police_check" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "police_decision" ADD CONSTRAINT "police_decision_staff_id_fkey" FOREIGN KEY ("staff_id") REFERENCES "staff" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- A witness's decision on a blocking finding of a reading (R12, R14), insert-only; once for a finding of one photo or upload.
CREATE TABLE "finding_decision" (
  "id" uuid PRIMARY KEY,
  "application_id" uuid NOT NULL,
  "session_id" uuid NOT NULL,
  "photo_id" uuid,
  "document_id" uuid,
  "code" text NOT NULL,
  "field" text,
  "staff_id" uuid NOT NULL,
  "reason_enc" text NOT NULL,
  "at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX "finding_decision_once" ON "finding_decision" ("session_id", COALESCE("photo_id", "document_id"), "code", COALESCE("field", ''));
CREATE INDEX "finding_decision_session_id_idx" ON "finding_decision" ("session_id");
ALTER TABLE "finding_decision" ADD CONSTRAINT "finding_decision_on_check" CHECK (("photo_id" IS NULL) <> ("document_id" IS NULL));
ALTER TABLE "finding_decision" ADD CONSTRAINT "finding_decision_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "finding_decision" ADD CONSTRAINT "finding_decision_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "witness_session" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "finding_decision" ADD CONSTRAINT "finding_decision_photo_id_fkey" FOREIGN KEY ("photo_id") REFERENCES "photo" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "finding_decision" ADD CONSTRAINT "finding_decision_document_id_fkey" FOREIGN KEY ("document_id") REFERENCES "document" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "finding_decision" ADD CONSTRAINT "finding_decision_staff_id_fkey" FOREIGN KEY ("staff_id") REFERENCES "staff" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What core and depository answered about a person before the decision (R16), insert-only.
CREATE TABLE "person_lookup" (
  "id" uuid PRIMARY KEY,
  "application_id" uuid NOT NULL,
  "kind" text NOT NULL,
  "answer" text NOT NULL,
  "asked_index" text NOT NULL,
  "detail_enc" text,
  "at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX "person_lookup_application_id_at_idx" ON "person_lookup" ("application_id", "at");
ALTER TABLE "person_lookup" ADD CONSTRAINT "person_lookup_kind_check" CHECK ("kind" IN ('customer', 'relation'));
ALTER TABLE "person_lookup" ADD CONSTRAINT "person_lookup_answer_check" CHECK ("answer" IN ('none', 'found', 'unknown'));
ALTER TABLE "person_lookup" ADD CONSTRAINT "person_lookup_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- The negative list (R16): who added and who removed, each with a reason. Entries are never deleted.
CREATE TABLE "negative_entry" (
  "id" uuid PRIMARY KEY,
  "id_number_index" text NOT NULL,
  "id_number_enc" text NOT NULL,
  "reason_enc" text NOT NULL,
  "added_by_id" uuid,
  "added_at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "removed_by_id" uuid,
  "removed_at" timestamptz(3),
  "remove_reason_enc" text
);
CREATE INDEX "negative_entry_id_number_index_idx" ON "negative_entry" ("id_number_index");
-- Somebody stands on it once.
CREATE UNIQUE INDEX "negative_entry_one_current" ON "negative_entry" ("id_number_index") WHERE "removed_at" IS NULL;
ALTER TABLE "negative_entry" ADD CONSTRAINT "negative_entry_removed_check" CHECK (("removed_at" IS NULL) = ("removed_by_id" IS NULL) AND ("removed_at" IS NULL) = ("remove_reason_enc" IS NULL));
ALTER TABLE "negative_entry" ADD CONSTRAINT "negative_entry_added_by_id_fkey" FOREIGN KEY ("added_by_id") REFERENCES "staff" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "negative_entry" ADD CONSTRAINT "negative_entry_removed_by_id_fkey" FOREIGN KEY ("removed_by_id") REFERENCES "staff" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;

CREATE TRIGGER "police_decision_insert_only" BEFORE UPDATE OR DELETE ON "police_decision" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "police_decision_no_truncate" BEFORE TRUNCATE ON "police_decision" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "finding_decision_insert_only" BEFORE UPDATE OR DELETE ON "finding_decision" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "finding_decision_no_truncate" BEFORE TRUNCATE ON "finding_decision" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "person_lookup_insert_only" BEFORE UPDATE OR DELETE ON "person_lookup" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "person_lookup_no_truncate" BEFORE TRUNCATE ON "person_lookup" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
GRANT SELECT, INSERT ON "police_decision", "finding_decision", "person_lookup" TO "witness_app";
GRANT SELECT, INSERT ON "negative_entry" TO "witness_app";
-- An entry is removed once, nothing else of it changes, and who removed it stays: also for the owner of the table.
GRANT UPDATE ("removed_by_id", "removed_at", "remove_reason_enc") ON "negative_entry" TO "witness_app";
CREATE FUNCTION "negative_entry_removed_once"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD."removed_at" IS NOT NULL OR NEW."removed_at" IS NULL
    OR (NEW."id", NEW."id_number_index", NEW."id_number_enc", NEW."reason_enc", NEW."added_by_id", NEW."added_at")
      IS DISTINCT FROM (OLD."id", OLD."id_number_index", OLD."id_number_enc", OLD."reason_enc", OLD."added_by_id", OLD."added_at") THEN
    RAISE EXCEPTION 'an entry of the negative list is taken off once, and nothing else of it changes' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "negative_entry_removed_once" BEFORE UPDATE ON "negative_entry" FOR EACH ROW EXECUTE FUNCTION "negative_entry_removed_once"();
CREATE TRIGGER "negative_entry_no_delete" BEFORE DELETE ON "negative_entry" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "negative_entry_no_truncate" BEFORE TRUNCATE ON "negative_entry" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

-- Which file of a photo was read: the photo of record, the phone's still, or another frame of the burst (R20).
ALTER TABLE "photo" ADD COLUMN "read_file_id" text;
-- …and the salted hash of those bytes.
ALTER TABLE "photo" ADD COLUMN "read_sha256" text;
