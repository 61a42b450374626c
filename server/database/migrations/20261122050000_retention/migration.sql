-- How long a case is kept, what stops its destruction, and who had it destroyed (R44).

-- A legal hold (法律保全): while it stands, the case's key is not destroyed. Set once, lifted once, never deleted.
CREATE TABLE "legal_hold" (
  "id" uuid PRIMARY KEY,
  "application_id" uuid NOT NULL REFERENCES "application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "reason_enc" text NOT NULL,
  "set_by_id" uuid NOT NULL REFERENCES "staff" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "set_at" timestamptz(3) NOT NULL,
  "lift_reason_enc" text,
  "lifted_by_id" uuid REFERENCES "staff" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "lifted_at" timestamptz(3),
  CHECK (("lifted_at" IS NULL) = ("lifted_by_id" IS NULL) AND ("lifted_at" IS NULL) = ("lift_reason_enc" IS NULL))
);
CREATE UNIQUE INDEX "legal_hold_one_current" ON "legal_hold" ("application_id") WHERE "lifted_at" IS NULL;
CREATE INDEX "legal_hold_application_id_idx" ON "legal_hold" ("application_id");

-- When the relation with a client ended, as the core tells it; the newest row of a client counts, no date: it goes on (again). Insert-only.
CREATE TABLE "relation_end" (
  "seq" bigserial PRIMARY KEY,
  "client_id" uuid NOT NULL REFERENCES "client" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "ended_on" date,
  "source" text NOT NULL CHECK ("source" IN ('core', 'staff')),
  "by_id" uuid REFERENCES "staff" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "at" timestamptz(3) NOT NULL,
  CHECK (("source" = 'staff') = ("by_id" IS NOT NULL))
);
CREATE INDEX "relation_end_client_id_seq_idx" ON "relation_end" ("client_id", "seq");

-- What destruction would do, made by one person; done only when a second one has confirmed it.
CREATE TABLE "retention_report" (
  "id" uuid PRIMARY KEY,
  "made_by_id" uuid NOT NULL REFERENCES "staff" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "made_at" timestamptz(3) NOT NULL,
  "more" boolean NOT NULL,
  "confirmed_by_id" uuid REFERENCES "staff" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "confirmed_at" timestamptz(3),
  "finished_at" timestamptz(3),
  CHECK (("confirmed_at" IS NULL) = ("confirmed_by_id" IS NULL) AND "confirmed_by_id" IS DISTINCT FROM "made_by_id")
);
CREATE TABLE "retention_item" (
  "report_id" uuid NOT NULL REFERENCES "retention_report" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "application_id" uuid NOT NULL REFERENCES "application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "case_no" text NOT NULL,
  "closed_at" timestamptz(3) NOT NULL,
  "relation_ended_on" date,
  "due_on" date NOT NULL,
  "rule" text NOT NULL CHECK ("rule" IN ('closed', 'relation')),
  "held" boolean NOT NULL,
  -- destroyed; held, not_due, gone: not destroyed, and why
  "result" text CHECK ("result" IN ('destroyed', 'held', 'not_due', 'gone')),
  "done_at" timestamptz(3),
  "files_removed_at" timestamptz(3),
  PRIMARY KEY ("report_id", "application_id"),
  CHECK (("result" IS NULL) = ("done_at" IS NULL))
);
CREATE INDEX "retention_item_application_id_idx" ON "retention_item" ("application_id");

CREATE FUNCTION "legal_hold_lifted_once"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD."lifted_at" IS NOT NULL OR NEW."lifted_at" IS NULL
    OR (NEW."id", NEW."application_id", NEW."reason_enc", NEW."set_by_id", NEW."set_at") IS DISTINCT FROM (OLD."id", OLD."application_id", OLD."reason_enc", OLD."set_by_id", OLD."set_at") THEN
    RAISE EXCEPTION 'a legal hold is lifted once, and nothing else of it changes' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "legal_hold_lifted_once" BEFORE UPDATE ON "legal_hold" FOR EACH ROW EXECUTE FUNCTION "legal_hold_lifted_once"();
CREATE TRIGGER "legal_hold_no_delete" BEFORE DELETE ON "legal_hold" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "legal_hold_no_truncate" BEFORE TRUNCATE ON "legal_hold" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "relation_end_insert_only" BEFORE UPDATE OR DELETE ON "relation_end" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "relation_end_no_truncate" BEFORE TRUNCATE ON "relation_end" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

-- A destroyed key never comes back, and a held case's key is not destroyed: also not by a program with a fault.
CREATE FUNCTION "keys"."case_key_guard"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD."destroyed_at" IS NOT NULL AND (NEW."wrapped" IS NOT NULL OR NEW."destroyed_at" IS NULL) THEN
    RAISE EXCEPTION 'a destroyed key does not come back' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF OLD."wrapped" IS NOT NULL AND NEW."wrapped" IS NULL
    AND EXISTS (SELECT FROM "public"."legal_hold" h WHERE h."application_id" = OLD."subject_id" AND h."lifted_at" IS NULL) THEN
    RAISE EXCEPTION 'the case is under a legal hold' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "case_key_guard" BEFORE UPDATE ON "keys"."case_key" FOR EACH ROW EXECUTE FUNCTION "keys"."case_key_guard"();

-- What others know of a person may be looked up by the blind index of the question: it goes with the case's key, nothing else of the row changes.
DROP TRIGGER "person_lookup_insert_only" ON "person_lookup";
CREATE FUNCTION "person_lookup_erased_only"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."asked_index" <> '' OR NEW."detail_enc" IS NOT NULL
    OR (NEW."id", NEW."application_id", NEW."kind", NEW."answer", NEW."at") IS DISTINCT FROM (OLD."id", OLD."application_id", OLD."kind", OLD."answer", OLD."at")
    OR NOT EXISTS (SELECT FROM "keys"."case_key" k WHERE k."subject_id" = OLD."application_id" AND k."destroyed_at" IS NOT NULL) THEN
    RAISE EXCEPTION 'person_lookup is insert-only' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "person_lookup_erased_only" BEFORE UPDATE ON "person_lookup" FOR EACH ROW EXECUTE FUNCTION "person_lookup_erased_only"();
CREATE TRIGGER "person_lookup_no_delete" BEFORE DELETE ON "person_lookup" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();

-- The head that tells of a case's destruction is published like a seal.
ALTER TABLE "manifest_head" DROP CONSTRAINT "manifest_head_kind_check";
ALTER TABLE "manifest_head" ADD CONSTRAINT "manifest_head_kind_check" CHECK ("kind" IN ('checkpoint', 'seal', 'later', 'destroyed'));
ALTER TABLE "published_head" DROP CONSTRAINT "published_head_kind_check";
ALTER TABLE "published_head" ADD CONSTRAINT "published_head_kind_check" CHECK ("kind" IN ('checkpoint', 'seal', 'later', 'destroyed', 'log', 'stamp'));

GRANT SELECT, INSERT ON "legal_hold", "relation_end", "retention_report", "retention_item" TO "witness_app";
GRANT USAGE, SELECT ON SEQUENCE "relation_end_seq_seq" TO "witness_app";
GRANT UPDATE ("lift_reason_enc", "lifted_by_id", "lifted_at") ON "legal_hold" TO "witness_app";
GRANT UPDATE ("confirmed_by_id", "confirmed_at", "finished_at") ON "retention_report" TO "witness_app";
GRANT UPDATE ("result", "done_at", "files_removed_at") ON "retention_item" TO "witness_app";
GRANT UPDATE ("asked_index", "detail_enc") ON "person_lookup" TO "witness_app";
