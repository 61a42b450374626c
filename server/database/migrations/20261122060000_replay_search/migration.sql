-- Finding a session among a million, and the look log's own page (R45, R46).

-- A look at the log itself, or for a client whom no case has, is a look at no case.
ALTER TABLE "look_log" ALTER COLUMN "application_id" DROP NOT NULL;
CREATE INDEX "look_log_at_id_idx" ON "look_log" ("at", "id");
CREATE INDEX "look_log_staff_id_at_id_idx" ON "look_log" ("staff_id", "at", "id");
DROP INDEX "look_log_application_id_at_idx";
CREATE INDEX "look_log_application_id_at_id_idx" ON "look_log" ("application_id", "at", "id");

-- Whose cases are left out of the log for whom (R5).
CREATE INDEX "application_reviewer_id_idx" ON "application" ("reviewer_id");
CREATE INDEX "review_reviewer_id_application_id_idx" ON "review" ("reviewer_id", "application_id");

-- Pages are read by (offered_at, id); only calls that were accepted are listed.
CREATE INDEX "witness_session_listed_idx" ON "witness_session" ("offered_at", "id") WHERE "accepted_at" IS NOT NULL;
CREATE INDEX "witness_session_by_witness_idx" ON "witness_session" ("witness_id", "offered_at", "id") WHERE "accepted_at" IS NOT NULL;
-- Of all sessions: of a partial one the planner would not use what it knows of the lengths.
CREATE INDEX "witness_session_seconds_idx" ON "witness_session" ((EXTRACT(EPOCH FROM "ended_at" - "live_at")));
-- A case number is typed from its beginning, or by its last digits.
CREATE INDEX "application_case_no_prefix_idx" ON "application" ("case_no" text_pattern_ops);
CREATE INDEX "application_case_no_suffix_idx" ON "application" (reverse("case_no") text_pattern_ops);

-- Which reject and finding codes a session ever had, those of photos that were taken again too: an index of the rows below, codes only.
CREATE TABLE "session_code" (
  "session_id" uuid NOT NULL REFERENCES "witness_session" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "code" text NOT NULL,
  "offered_at" timestamptz(3) NOT NULL,
  PRIMARY KEY ("code", "offered_at", "session_id")
);
GRANT SELECT, INSERT ON "session_code" TO "witness_app";

CREATE FUNCTION "keep_session_codes"("session" uuid, "codes" text[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO "session_code" ("session_id", "code", "offered_at")
  SELECT s."id", c."code", s."offered_at" FROM "witness_session" s CROSS JOIN unnest("codes") AS c("code") WHERE s."id" = "session" AND c."code" IS NOT NULL
  ON CONFLICT DO NOTHING
$$;
-- `nameMismatch` is the finding POLICE_NAME_MISMATCH; a match is none.
CREATE FUNCTION "police_finding_code"("answer" text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN "answer" <> 'match' THEN 'POLICE_' || upper(regexp_replace("answer", '([A-Z])', '_\1', 'g')) END
$$;

CREATE FUNCTION "photo_keeps_codes"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM "keep_session_codes"(NEW."session_id", NEW."finding_codes"); RETURN NULL; END $$;
CREATE TRIGGER "photo_codes" AFTER INSERT OR UPDATE OF "finding_codes" ON "photo" FOR EACH ROW EXECUTE FUNCTION "photo_keeps_codes"();

CREATE FUNCTION "decision_keeps_codes"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM "keep_session_codes"(NEW."session_id", ARRAY[NEW."code"]); RETURN NULL; END $$;
CREATE TRIGGER "finding_decision_codes" AFTER INSERT ON "finding_decision" FOR EACH ROW EXECUTE FUNCTION "decision_keeps_codes"();

CREATE FUNCTION "police_event_keeps_codes"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM "keep_session_codes"(NEW."session_id", ARRAY["police_finding_code"(NEW."codes"->>'answer')]); RETURN NULL; END $$;
CREATE TRIGGER "session_event_codes" AFTER INSERT ON "session_event" FOR EACH ROW WHEN (NEW."type" = 'police') EXECUTE FUNCTION "police_event_keeps_codes"();

CREATE FUNCTION "session_keeps_codes"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM "keep_session_codes"(NEW."id", ARRAY[NEW."decision_code"]); RETURN NULL; END $$;
CREATE TRIGGER "witness_session_codes" AFTER INSERT OR UPDATE OF "decision_code" ON "witness_session" FOR EACH ROW WHEN (NEW."decision_code" IS NOT NULL) EXECUTE FUNCTION "session_keeps_codes"();

INSERT INTO "session_code" ("session_id", "code", "offered_at")
SELECT s."id", c."code", s."offered_at" FROM "witness_session" s JOIN (
  SELECT "session_id", unnest("finding_codes") AS "code" FROM "photo"
  UNION SELECT "session_id", "code" FROM "finding_decision"
  UNION SELECT "session_id", "police_finding_code"("codes"->>'answer') FROM "session_event" WHERE "type" = 'police'
  UNION SELECT "id", "decision_code" FROM "witness_session"
) c ON c."session_id" = s."id" WHERE c."code" IS NOT NULL
ON CONFLICT DO NOTHING;
