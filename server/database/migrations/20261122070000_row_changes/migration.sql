-- Every write to a row that a case's manifest tells of (R42): which row, by whose log-in, when. Only the triggers below write
-- here, in the transaction of the change itself. A row that says something else without a change here was edited behind the
-- program; a change by another log-in is told by name.
CREATE TABLE "row_change" (
  "id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "application_id" uuid NOT NULL,
  -- As the manifest names the row: photo:<id>.
  "ref" text NOT NULL,
  -- Of the log-in; empty for what was there before this table.
  "role" text NOT NULL,
  "at" timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX "row_change_application_id_ref_idx" ON "row_change" ("application_id", "ref", "id");
CREATE TRIGGER "row_change_insert_only" BEFORE UPDATE OR DELETE ON "row_change" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "row_change_no_truncate" BEFORE TRUNCATE ON "row_change" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

-- What the manifest does not hold yet: emptied by its writer, in the transaction that writes the lines.
CREATE TABLE "manifest_due" (
  "change_id" bigint PRIMARY KEY,
  "application_id" uuid NOT NULL,
  "ref" text NOT NULL
);
CREATE INDEX "manifest_due_application_id_idx" ON "manifest_due" ("application_id");

GRANT SELECT ON "row_change" TO "witness_app";
GRANT SELECT, DELETE ON "manifest_due" TO "witness_app";

-- The first argument names the row's kind, the second the column by which its case is found; a third: no line tells of it.
CREATE FUNCTION "record_change"() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = "public", pg_temp AS $$
DECLARE
  one record;
  of_case uuid;
  name text;
  change bigint;
  writer text := session_user;
BEGIN
  IF TG_TABLE_SCHEMA <> 'public' THEN RAISE EXCEPTION 'not a table of the program' USING ERRCODE = 'insufficient_privilege'; END IF;
  -- Any log-in of the program's own counts as the program; an owner or superuser never does, whatever it is a member of.
  IF pg_has_role(session_user, 'witness_app', 'MEMBER')
    AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = session_user AND rolsuper)
    AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = TG_RELID AND pg_has_role(session_user, c.relowner, 'MEMBER')) THEN
    writer := 'witness_app';
  END IF;
  FOR one IN SELECT * FROM (VALUES (to_jsonb(NEW), TG_OP <> 'DELETE'), (to_jsonb(OLD), TG_OP <> 'INSERT')) AS v(fields, there) WHERE there LOOP
    of_case := (one.fields ->> TG_ARGV[1])::uuid;
    IF TG_ARGV[1] = 'session_id' THEN SELECT "application_id" INTO of_case FROM "witness_session" WHERE "id" = of_case; END IF;
    name := TG_ARGV[0] || ':' || (one.fields ->> CASE TG_ARGV[0] WHEN 'audit' THEN 'seq' ELSE 'id' END);
    CONTINUE WHEN of_case IS NULL;
    -- A row that was moved to another case is a change of both.
    EXIT WHEN TG_OP = 'UPDATE' AND change IS NOT NULL AND to_jsonb(NEW) -> TG_ARGV[1] = to_jsonb(OLD) -> TG_ARGV[1];
    INSERT INTO "row_change" ("application_id", "ref", "role") VALUES (of_case, name, writer) RETURNING "id" INTO change;
    IF TG_NARGS = 2 THEN INSERT INTO "manifest_due" ("change_id", "application_id", "ref") VALUES (change, of_case, name); END IF;
  END LOOP;
  RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION "record_change"() FROM PUBLIC;

-- For each table that the manifest tells of, and for the rows that are there already: cases from before have their lines written by the clock.
DO $$
DECLARE
  t record;
BEGIN
  FOR t IN SELECT * FROM (VALUES
    ('application', 'application', 'id'), ('application_consent', 'consent', 'application_id'), ('document', 'document', 'application_id'),
    ('certificate', 'certificate', 'application_id'), ('agreement_signature', 'signature', 'application_id'), ('witness_session', 'session', 'application_id'),
    ('draw', 'draw', 'application_id'), ('script_tick', 'tick', 'session_id'), ('photo', 'photo', 'application_id'), ('photo_comparison', 'photo_comparison', 'application_id'), ('recording_segment', 'segment', 'session_id'),
    ('recorder_fact', 'recorder_fact', 'session_id'), ('quality_sample', 'quality_sample', 'session_id'), ('session_event', 'session_event', 'session_id'),
    ('review', 'review', 'application_id'), ('account_step', 'account_step', 'application_id'), ('police_check', 'police_check', 'application_id'),
    ('police_decision', 'police_decision', 'application_id'), ('finding_decision', 'finding_decision', 'application_id'), ('person_lookup', 'person_lookup', 'application_id'),
    ('rating', 'rating', 'application_id'), ('audit', 'audit', 'application_id')) AS v(tbl, kind, via) LOOP
    EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION "record_change"(%L, %L)', t.tbl || '_recorded', t.tbl, t.kind, t.via);
    EXECUTE format('INSERT INTO "row_change" ("application_id", "ref", "role") SELECT %s, %L || r.%I, '''' FROM %I r %s WHERE %s IS NOT NULL',
      CASE t.via WHEN 'session_id' THEN 's."application_id"' ELSE format('r.%I', t.via) END, t.kind || ':', CASE t.tbl WHEN 'audit' THEN 'seq' ELSE 'id' END, t.tbl,
      CASE t.via WHEN 'session_id' THEN 'JOIN "witness_session" s ON s."id" = r."session_id"' ELSE '' END, CASE t.via WHEN 'session_id' THEN 's."application_id"' ELSE format('r.%I', t.via) END);
  END LOOP;
END $$;
INSERT INTO "manifest_due" SELECT "id", "application_id", "ref" FROM "row_change";

-- A head that was taken away again is missed, those between two published ones too.
CREATE TRIGGER "manifest_head_recorded" AFTER INSERT OR UPDATE OR DELETE ON "manifest_head" FOR EACH ROW EXECUTE FUNCTION "record_change"('head', 'application_id', 'quiet');
INSERT INTO "row_change" ("application_id", "ref", "role") SELECT "application_id", 'head:' || "id", '' FROM "manifest_head";

-- Of a head: what the case's tree grows on from, so that nobody reads all lines again.
ALTER TABLE "manifest_head" ADD COLUMN "edge" jsonb;
