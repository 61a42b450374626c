-- The manifest of a case (R42), written: its lines, its signed heads, and the heads of all cases in one published log.
-- The two tables it was prepared with held nothing.
DROP TABLE "manifest_entry";
DROP TABLE "manifest_seal";

-- One line of a case's manifest, insert-only. The line is kept byte by byte as it was hashed.
CREATE TABLE "manifest_line" (
  "application_id" uuid NOT NULL REFERENCES "application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "seq" integer NOT NULL CHECK ("seq" > 0),
  "ref" text NOT NULL,
  "line" text NOT NULL,
  "hash" char(64) NOT NULL,
  -- { salt, text }, encrypted under the case's key; of a file, its id instead.
  "content_enc" text,
  "file_id" text,
  "recorded_at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY ("application_id", "seq"),
  CHECK ("content_enc" IS NULL OR "file_id" IS NULL)
);
CREATE INDEX "manifest_line_application_id_ref_idx" ON "manifest_line" ("application_id", "ref");

-- A signed head of a case's manifest, insert-only.
CREATE TABLE "manifest_head" (
  "id" uuid PRIMARY KEY,
  "application_id" uuid NOT NULL REFERENCES "application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "session_id" uuid,
  "kind" text NOT NULL CHECK ("kind" IN ('checkpoint', 'seal', 'later')),
  "size" integer NOT NULL,
  "text" text NOT NULL,
  "signature" text NOT NULL,
  "at" timestamptz(3) NOT NULL
);
CREATE INDEX "manifest_head_application_id_size_idx" ON "manifest_head" ("application_id", "size");

-- What is told outside the database: heads of all cases in one order, insert-only. `log`: the head over all before it.
CREATE TABLE "published_head" (
  "n" bigint PRIMARY KEY,
  "kind" text NOT NULL CHECK ("kind" IN ('checkpoint', 'seal', 'later', 'log')),
  "line" text NOT NULL,
  -- Of a `log` line: what the tree grows on from, so that nobody reads all lines again.
  "edge" jsonb,
  "at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TRIGGER "manifest_line_insert_only" BEFORE UPDATE OR DELETE ON "manifest_line" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "manifest_line_no_truncate" BEFORE TRUNCATE ON "manifest_line" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "manifest_head_insert_only" BEFORE UPDATE OR DELETE ON "manifest_head" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "manifest_head_no_truncate" BEFORE TRUNCATE ON "manifest_head" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "published_head_insert_only" BEFORE UPDATE OR DELETE ON "published_head" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "published_head_no_truncate" BEFORE TRUNCATE ON "published_head" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

GRANT SELECT, INSERT ON "manifest_line", "manifest_head", "published_head" TO "witness_app";

-- What the clocks of the manifest look for.
CREATE INDEX "witness_session_ended_at_idx" ON "witness_session" ("ended_at");
CREATE INDEX "audit_at_idx" ON "audit" ("at");
CREATE INDEX "manifest_head_session_id_idx" ON "manifest_head" ("session_id");
