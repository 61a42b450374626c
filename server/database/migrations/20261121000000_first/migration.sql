-- The first edition of the database. Applied by the owner; the program runs as witness_app, which owns nothing.
CREATE SCHEMA IF NOT EXISTS "keys";
CREATE SEQUENCE "case_no";

-- A person who proved a mobile number (R15). The phone is encrypted under the client's own key.
CREATE TABLE "client" (
  "id" uuid PRIMARY KEY,
  "phone_index" text NOT NULL,
  "phone_enc" text NOT NULL,
  "created_at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- A browser of a client; anonymous until the number is proven. A login elsewhere ends it.
CREATE TABLE "client_session" (
  "id" uuid PRIMARY KEY,
  "token_hash" text NOT NULL,
  "client_id" uuid,
  "consents" jsonb NOT NULL,
  "device" text NOT NULL,
  "language" text NOT NULL,
  "created_at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "expires_at" timestamptz(3) NOT NULL,
  "ended_at" timestamptz(3),
  "end_reason" text
);

-- A code sent by SMS (R15).
CREATE TABLE "one_time_code" (
  "id" uuid PRIMARY KEY,
  "phone_index" text NOT NULL,
  "code_hash" text NOT NULL,
  "tries" integer NOT NULL DEFAULT 0,
  "sent_at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "expires_at" timestamptz(3) NOT NULL,
  "used_at" timestamptz(3),
  "locked_until" timestamptz(3)
);

-- An application (开户申请): one case. Only changeApplication writes state and version.
CREATE TABLE "application" (
  "id" uuid PRIMARY KEY,
  "client_id" uuid NOT NULL,
  "case_no" text NOT NULL,
  "business" text NOT NULL DEFAULT 'open_account',
  "state" text NOT NULL DEFAULT 'draft',
  "version" integer NOT NULL DEFAULT 0,
  "language" text NOT NULL,
  "form_enc" text,
  "id_number_index" text,
  "declarations_enc" text,
  "risk_version" text,
  "risk_class" text,
  "risk_score" integer,
  "risk_answers_enc" text,
  "bank_code" text,
  "card_enc" text,
  "password_key_id" text,
  "passwords_enc" text,
  "passwords_set_at" timestamptz(3),
  "ready_check" jsonb,
  "ready_at" timestamptz(3),
  "repair_items" text[] NOT NULL DEFAULT ARRAY[]::text[],
  "repair_done" text[] NOT NULL DEFAULT ARRAY[]::text[],
  "reason_code" text,
  "reviewer_id" uuid,
  "postponed_until" date,
  "line_joined_at" timestamptz(3),
  "submitted_at" timestamptz(3),
  "witnessed_at" timestamptz(3),
  "approved_at" timestamptz(3),
  "opened_at" timestamptz(3),
  "created_at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updated_at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- A consent as given (R17); the newest of a kind counts.
CREATE TABLE "application_consent" (
  "id" uuid PRIMARY KEY,
  "application_id" uuid NOT NULL,
  "kind" text NOT NULL,
  "version" text NOT NULL,
  "language" text NOT NULL,
  "sha256" text NOT NULL,
  "granted" boolean NOT NULL,
  "at" timestamptz(3) NOT NULL
);

-- One uploaded side of the ID card.
CREATE TABLE "document" (
  "id" uuid PRIMARY KEY,
  "application_id" uuid NOT NULL,
  "side" text NOT NULL,
  "file_id" text NOT NULL,
  "width" integer NOT NULL,
  "height" integer NOT NULL,
  "reading_enc" text,
  "finding_codes" text[] NOT NULL DEFAULT ARRAY[]::text[],
  "uploaded_at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "read_at" timestamptz(3),
  "superseded_at" timestamptz(3)
);

-- The client's digital certificate (数字证书, R19).
CREATE TABLE "certificate" (
  "id" uuid PRIMARY KEY,
  "application_id" uuid NOT NULL,
  "serial" text NOT NULL,
  "pem" text NOT NULL,
  "created_at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- One agreement signed with the client's key (R19).
CREATE TABLE "agreement_signature" (
  "id" uuid PRIMARY KEY,
  "application_id" uuid NOT NULL,
  "certificate_id" uuid NOT NULL,
  "agreement_id" text NOT NULL,
  "version" text NOT NULL,
  "language" text NOT NULL,
  "sha256" text NOT NULL,
  "signature" text NOT NULL,
  "verified" boolean NOT NULL,
  "shown_seconds" double precision NOT NULL,
  "at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- An employee with roles.
CREATE TABLE "staff" (
  "id" uuid PRIMARY KEY,
  "username" text NOT NULL,
  "name" text NOT NULL,
  "password_hash" text NOT NULL,
  "totp_secret_enc" text NOT NULL,
  "totp_last_step" integer NOT NULL DEFAULT -1,
  "licence" text,
  "roles" text[] NOT NULL DEFAULT ARRAY[]::text[],
  "qualified_until" date,
  "trained_until" date,
  "disabled_at" timestamptz(3),
  "created_at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- A staff log-in.
CREATE TABLE "staff_session" (
  "id" uuid PRIMARY KEY,
  "token_hash" text NOT NULL,
  "staff_id" uuid NOT NULL,
  "created_at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "expires_at" timestamptz(3) NOT NULL,
  "ended_at" timestamptz(3)
);

-- A passed or failed seat check (R1).
CREATE TABLE "seat_check" (
  "id" uuid PRIMARY KEY,
  "staff_id" uuid NOT NULL,
  "result" jsonb NOT NULL,
  "passed" boolean NOT NULL,
  "at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- An agent left the seat, and why (R2).
CREATE TABLE "seat_leave" (
  "id" uuid PRIMARY KEY,
  "staff_id" uuid NOT NULL,
  "reason" text NOT NULL,
  "at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- A witness session (见证会话). Only changeSession writes state, outcome and version.
CREATE TABLE "witness_session" (
  "id" uuid PRIMARY KEY,
  "application_id" uuid NOT NULL,
  "witness_id" uuid NOT NULL,
  "state" text NOT NULL DEFAULT 'offered',
  "outcome" text,
  "version" integer NOT NULL DEFAULT 0,
  "cue" text NOT NULL,
  "script_version" text NOT NULL,
  "script_order" text[] NOT NULL DEFAULT ARRAY[]::text[],
  "control_items" text[] NOT NULL DEFAULT ARRAY[]::text[],
  "offered_at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "accepted_at" timestamptz(3),
  "live_at" timestamptz(3),
  "interrupted_at" timestamptz(3),
  "ended_at" timestamptz(3),
  "recording_started_at" timestamptz(3),
  "decision" text,
  "decision_code" text,
  "comment_enc" text,
  "decided_at" timestamptz(3)
);

-- Who was eligible, and who was drawn (R3).
CREATE TABLE "draw" (
  "id" uuid PRIMARY KEY,
  "application_id" uuid NOT NULL,
  "session_id" uuid,
  "eligible" text[] NOT NULL DEFAULT ARRAY[]::text[],
  "chosen_id" uuid,
  "random" text NOT NULL,
  "at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- One answer to one item of the script (R24).
CREATE TABLE "script_tick" (
  "id" uuid PRIMARY KEY,
  "session_id" uuid NOT NULL,
  "item" text NOT NULL,
  "answer" text NOT NULL,
  "at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "media_time_ms" double precision NOT NULL
);

-- A photo taken out of the live video (R20); the phone's still beside it.
CREATE TABLE "photo" (
  "id" uuid PRIMARY KEY,
  "session_id" uuid NOT NULL,
  "application_id" uuid NOT NULL,
  "kind" text NOT NULL,
  "file_id" text NOT NULL,
  "producer_id" text NOT NULL,
  "rtp_timestamp" bigint NOT NULL,
  "media_time_ms" double precision NOT NULL,
  "received_at" timestamptz(3) NOT NULL,
  "sha256" text NOT NULL,
  "width" integer NOT NULL,
  "height" integer NOT NULL,
  "still_file_id" text,
  "still_sha256" text,
  "still_width" integer,
  "still_height" integer,
  "still_fits" boolean,
  "still_at" timestamptz(3),
  "reading_enc" text,
  "finding_codes" text[] NOT NULL DEFAULT ARRAY[]::text[],
  "read_at" timestamptz(3),
  "created_at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "superseded_at" timestamptz(3)
);

-- One closed segment of a recording (R40); times in Unix ms.
CREATE TABLE "recording_segment" (
  "id" text PRIMARY KEY,
  "session_id" uuid NOT NULL,
  "side" text NOT NULL,
  "index" integer NOT NULL,
  "file_id" text NOT NULL,
  "start_ms" double precision NOT NULL,
  "end_ms" double precision NOT NULL,
  "mime_type" text NOT NULL,
  "byte_length" integer NOT NULL,
  "salted_sha256" text NOT NULL,
  "tracks" jsonb NOT NULL,
  "created_at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- A stretch that was not recorded; times in Unix ms.
CREATE TABLE "recording_gap" (
  "id" uuid PRIMARY KEY,
  "session_id" uuid NOT NULL,
  "side" text NOT NULL,
  "kind" text NOT NULL,
  "from_ms" double precision NOT NULL,
  "to_ms" double precision NOT NULL,
  "cause" text NOT NULL
);

-- The recorder of a session started or stopped.
CREATE TABLE "recorder_fact" (
  "id" uuid PRIMARY KEY,
  "session_id" uuid NOT NULL,
  "running" boolean NOT NULL,
  "at" timestamptz(3) NOT NULL
);

-- Network figures of one side of a call (R46).
CREATE TABLE "quality_sample" (
  "id" uuid PRIMARY KEY,
  "session_id" uuid NOT NULL,
  "role" text NOT NULL,
  "figures" jsonb NOT NULL,
  "at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- What happened in a session, for the replay (R46); ids and codes only.
CREATE TABLE "session_event" (
  "id" uuid PRIMARY KEY,
  "session_id" uuid NOT NULL,
  "at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "type" text NOT NULL,
  "side" text,
  "ref_id" text,
  "codes" jsonb
);

-- A decision of the second review (R50).
CREATE TABLE "review" (
  "id" uuid PRIMARY KEY,
  "application_id" uuid NOT NULL,
  "reviewer_id" uuid NOT NULL,
  "decision" text NOT NULL,
  "code" text,
  "comment_enc" text,
  "until" date,
  "at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- One step at the outside systems (R52). Only changeAccountStep writes state and version.
CREATE TABLE "account_step" (
  "id" uuid PRIMARY KEY,
  "application_id" uuid NOT NULL,
  "step" text NOT NULL,
  "state" text NOT NULL DEFAULT 'pending',
  "version" integer NOT NULL DEFAULT 0,
  "idempotency_key" text NOT NULL,
  "attempts" integer NOT NULL DEFAULT 0,
  "code" text,
  "account_no_enc" text,
  "sent_at" timestamptz(3),
  "acknowledged_at" timestamptz(3),
  "next_at" timestamptz(3),
  "updated_at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- An answer of the police check (公安联网核查, R22).
CREATE TABLE "police_check" (
  "id" uuid PRIMARY KEY,
  "application_id" uuid NOT NULL,
  "answer" text NOT NULL,
  "at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- What the client thought of the call (R57).
CREATE TABLE "rating" (
  "id" uuid PRIMARY KEY,
  "application_id" uuid NOT NULL,
  "session_id" uuid,
  "score" text NOT NULL,
  "reason_enc" text,
  "at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- One run of the batch and its figures (R55).
CREATE TABLE "batch_run" (
  "id" uuid PRIMARY KEY,
  "started_at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "ended_at" timestamptz(3),
  "figures" jsonb
);

-- The data key of a case, client or staff member, wrapped by a master key. Destroying it destroys the data (R44).
CREATE TABLE "keys"."case_key" (
  "subject_id" uuid PRIMARY KEY,
  "master_key_id" text NOT NULL,
  "wrapped" text,
  "created_at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "rewrapped_at" timestamptz(3),
  "destroyed_at" timestamptz(3)
);

-- Every change, insert-only. Ids and codes; anything else is in detailEnc.
CREATE TABLE "audit" (
  "seq" bigserial PRIMARY KEY,
  "at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "actor_kind" text NOT NULL,
  "actor_id" text,
  "action" text NOT NULL,
  "application_id" uuid,
  "session_id" uuid,
  "from_state" text,
  "to_state" text,
  "codes" jsonb,
  "detail_enc" text
);

-- Events for other parts of the program, written with the change they tell of.
CREATE TABLE "outbox" (
  "id" uuid PRIMARY KEY,
  "seq" bigserial NOT NULL,
  "at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "type" text NOT NULL,
  "payload" jsonb NOT NULL,
  "published_at" timestamptz(3)
);

-- Every look at a case (R45), insert-only.
CREATE TABLE "look_log" (
  "id" uuid PRIMARY KEY,
  "staff_id" uuid NOT NULL,
  "application_id" uuid NOT NULL,
  "session_id" uuid,
  "what" text NOT NULL,
  "why" text,
  "at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- The chained manifest of a case (R42), insert-only.
CREATE TABLE "manifest_entry" (
  "id" uuid PRIMARY KEY,
  "application_id" uuid NOT NULL,
  "seq" integer NOT NULL,
  "at" timestamptz(3) NOT NULL,
  "type" text NOT NULL,
  "ref" text NOT NULL,
  "salted_sha256" text,
  "prev_hash" text NOT NULL,
  "entry_hash" text NOT NULL
);

-- A signature over the manifest up to an entry, insert-only.
CREATE TABLE "manifest_seal" (
  "id" uuid PRIMARY KEY,
  "application_id" uuid NOT NULL,
  "session_id" uuid,
  "seq" integer NOT NULL,
  "entry_hash" text NOT NULL,
  "key_id" text NOT NULL,
  "signature" text NOT NULL,
  "at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- Exceptions of the exchange calendar (R51); other days are trading days Monday to Friday.
CREATE TABLE "calendar_day" (
  "day" date PRIMARY KEY,
  "trading" boolean NOT NULL,
  "note" text
);

CREATE UNIQUE INDEX "client_phone_index_key" ON "client" ("phone_index");
CREATE UNIQUE INDEX "client_session_token_hash_key" ON "client_session" ("token_hash");
CREATE INDEX "client_session_client_id_idx" ON "client_session" ("client_id");
CREATE INDEX "one_time_code_phone_index_sent_at_idx" ON "one_time_code" ("phone_index", "sent_at");
CREATE UNIQUE INDEX "application_case_no_key" ON "application" ("case_no");
CREATE INDEX "application_client_id_idx" ON "application" ("client_id");
CREATE INDEX "application_state_idx" ON "application" ("state");
CREATE INDEX "application_id_number_index_idx" ON "application" ("id_number_index");
CREATE INDEX "application_consent_application_id_kind_idx" ON "application_consent" ("application_id", "kind");
CREATE INDEX "document_application_id_side_idx" ON "document" ("application_id", "side");
CREATE UNIQUE INDEX "certificate_serial_key" ON "certificate" ("serial");
CREATE INDEX "certificate_application_id_idx" ON "certificate" ("application_id");
CREATE UNIQUE INDEX "agreement_signature_application_id_agreement_id_version_key" ON "agreement_signature" ("application_id", "agreement_id", "version");
CREATE UNIQUE INDEX "staff_username_key" ON "staff" ("username");
CREATE UNIQUE INDEX "staff_session_token_hash_key" ON "staff_session" ("token_hash");
CREATE INDEX "staff_session_staff_id_idx" ON "staff_session" ("staff_id");
CREATE INDEX "seat_check_staff_id_at_idx" ON "seat_check" ("staff_id", "at");
CREATE INDEX "seat_leave_staff_id_at_idx" ON "seat_leave" ("staff_id", "at");
CREATE INDEX "witness_session_application_id_idx" ON "witness_session" ("application_id");
CREATE INDEX "witness_session_witness_id_state_idx" ON "witness_session" ("witness_id", "state");
CREATE INDEX "draw_application_id_idx" ON "draw" ("application_id");
CREATE INDEX "script_tick_session_id_at_idx" ON "script_tick" ("session_id", "at");
CREATE INDEX "photo_session_id_kind_idx" ON "photo" ("session_id", "kind");
CREATE INDEX "photo_application_id_idx" ON "photo" ("application_id");
CREATE INDEX "recording_segment_session_id_side_index_idx" ON "recording_segment" ("session_id", "side", "index");
CREATE INDEX "recording_gap_session_id_idx" ON "recording_gap" ("session_id");
CREATE INDEX "recorder_fact_session_id_at_idx" ON "recorder_fact" ("session_id", "at");
CREATE INDEX "quality_sample_session_id_at_idx" ON "quality_sample" ("session_id", "at");
CREATE INDEX "session_event_session_id_at_idx" ON "session_event" ("session_id", "at");
CREATE INDEX "review_application_id_idx" ON "review" ("application_id");
CREATE UNIQUE INDEX "account_step_idempotency_key_key" ON "account_step" ("idempotency_key");
CREATE UNIQUE INDEX "account_step_application_id_step_key" ON "account_step" ("application_id", "step");
CREATE INDEX "account_step_state_idx" ON "account_step" ("state");
CREATE INDEX "police_check_application_id_at_idx" ON "police_check" ("application_id", "at");
CREATE UNIQUE INDEX "rating_application_id_session_id_key" ON "rating" ("application_id", "session_id");
CREATE INDEX "audit_application_id_seq_idx" ON "audit" ("application_id", "seq");
CREATE UNIQUE INDEX "outbox_seq_key" ON "outbox" ("seq");
CREATE INDEX "outbox_published_at_seq_idx" ON "outbox" ("published_at", "seq");
CREATE INDEX "look_log_application_id_at_idx" ON "look_log" ("application_id", "at");
CREATE UNIQUE INDEX "manifest_entry_application_id_seq_key" ON "manifest_entry" ("application_id", "seq");
CREATE INDEX "manifest_seal_application_id_seq_idx" ON "manifest_seal" ("application_id", "seq");

ALTER TABLE "client_session" ADD CONSTRAINT "client_session_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "client" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "application" ADD CONSTRAINT "application_client_id_fkey" FOREIGN KEY ("client_id") REFERENCES "client" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "application_consent" ADD CONSTRAINT "application_consent_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "document" ADD CONSTRAINT "document_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "certificate" ADD CONSTRAINT "certificate_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "agreement_signature" ADD CONSTRAINT "agreement_signature_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "agreement_signature" ADD CONSTRAINT "agreement_signature_certificate_id_fkey" FOREIGN KEY ("certificate_id") REFERENCES "certificate" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "staff_session" ADD CONSTRAINT "staff_session_staff_id_fkey" FOREIGN KEY ("staff_id") REFERENCES "staff" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "seat_check" ADD CONSTRAINT "seat_check_staff_id_fkey" FOREIGN KEY ("staff_id") REFERENCES "staff" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "seat_leave" ADD CONSTRAINT "seat_leave_staff_id_fkey" FOREIGN KEY ("staff_id") REFERENCES "staff" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "witness_session" ADD CONSTRAINT "witness_session_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "witness_session" ADD CONSTRAINT "witness_session_witness_id_fkey" FOREIGN KEY ("witness_id") REFERENCES "staff" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "draw" ADD CONSTRAINT "draw_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "script_tick" ADD CONSTRAINT "script_tick_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "witness_session" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "photo" ADD CONSTRAINT "photo_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "witness_session" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "photo" ADD CONSTRAINT "photo_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "recording_segment" ADD CONSTRAINT "recording_segment_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "witness_session" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "recording_gap" ADD CONSTRAINT "recording_gap_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "witness_session" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "recorder_fact" ADD CONSTRAINT "recorder_fact_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "witness_session" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "quality_sample" ADD CONSTRAINT "quality_sample_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "witness_session" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "session_event" ADD CONSTRAINT "session_event_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "witness_session" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "review" ADD CONSTRAINT "review_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "review" ADD CONSTRAINT "review_reviewer_id_fkey" FOREIGN KEY ("reviewer_id") REFERENCES "staff" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "account_step" ADD CONSTRAINT "account_step_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "police_check" ADD CONSTRAINT "police_check_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "rating" ADD CONSTRAINT "rating_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "rating" ADD CONSTRAINT "rating_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "witness_session" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- States as in contracts/states.
ALTER TABLE "application" ADD CONSTRAINT "application_state_check" CHECK ("state" IN ('draft', 'submitted', 'waiting', 'in_call', 'witnessed', 'in_review', 'postponed', 'approved', 'creating', 'awaiting_client', 'parked', 'opened', 'repair', 'held', 'rejected', 'withdrawn', 'expired'));
ALTER TABLE "application" ADD CONSTRAINT "application_business_check" CHECK ("business" IN ('open_account', 'id_change', 'custody_change'));
ALTER TABLE "application" ADD CONSTRAINT "application_language_check" CHECK ("language" IN ('zh', 'en'));
ALTER TABLE "application" ADD CONSTRAINT "application_risk_check" CHECK ("risk_class" IN ('C1', 'C2', 'C3', 'C4', 'C5'));
ALTER TABLE "witness_session" ADD CONSTRAINT "witness_session_state_check" CHECK ("state" IN ('offered', 'joining', 'live', 'interrupted', 'closed'));
ALTER TABLE "witness_session" ADD CONSTRAINT "witness_session_outcome_check" CHECK (("state" = 'closed') = ("outcome" IS NOT NULL) AND ("outcome" IS NULL OR "outcome" IN ('passed', 'rejected', 'dropped', 'no_show', 'fraud')));
ALTER TABLE "account_step" ADD CONSTRAINT "account_step_state_check" CHECK ("state" IN ('pending', 'sent', 'unknown', 'done', 'failed', 'awaiting_client', 'parked'));
ALTER TABLE "account_step" ADD CONSTRAINT "account_step_step_check" CHECK ("step" IN ('oneCode', 'relation', 'fund', 'custody', 'shanghai', 'shenzhen'));
ALTER TABLE "document" ADD CONSTRAINT "document_side_check" CHECK ("side" IN ('portrait', 'emblem'));
ALTER TABLE "photo" ADD CONSTRAINT "photo_kind_check" CHECK ("kind" IN ('face', 'portraitSide', 'emblemSide'));
ALTER TABLE "script_tick" ADD CONSTRAINT "script_tick_answer_check" CHECK ("answer" IN ('clear_yes', 'unclear', 'no'));
ALTER TABLE "recording_segment" ADD CONSTRAINT "recording_segment_side_check" CHECK ("side" IN ('client', 'witness'));
ALTER TABLE "review" ADD CONSTRAINT "review_decision_check" CHECK ("decision" IN ('approve', 'postpone', 'reject'));
ALTER TABLE "police_check" ADD CONSTRAINT "police_check_answer_check" CHECK ("answer" IN ('match', 'name_mismatch', 'photo_mismatch', 'bad_image', 'no_photo', 'no_record', 'unavailable'));
ALTER TABLE "rating" ADD CONSTRAINT "rating_score_check" CHECK ("score" IN ('satisfied', 'fair', 'notSatisfied'));
ALTER TABLE "audit" ADD CONSTRAINT "audit_actor_check" CHECK ("actor_kind" IN ('client', 'staff', 'system'));

-- A client has one live application at a time, and a person one live session: two writers cannot both win.
CREATE UNIQUE INDEX "application_one_live" ON "application" ("client_id", "business") WHERE "state" NOT IN ('opened', 'rejected', 'withdrawn', 'expired');
CREATE UNIQUE INDEX "witness_session_one_open" ON "witness_session" ("application_id") WHERE "state" <> 'closed';
CREATE UNIQUE INDEX "document_one_current" ON "document" ("application_id", "side") WHERE "superseded_at" IS NULL;
CREATE UNIQUE INDEX "photo_one_current" ON "photo" ("session_id", "kind") WHERE "superseded_at" IS NULL;
-- The Prisma schema cannot describe partial indexes: they stand here alone.

-- Insert-only tables: by trigger here, by privilege below.
CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER "audit_insert_only" BEFORE UPDATE OR DELETE ON "audit" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "audit_no_truncate" BEFORE TRUNCATE ON "audit" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "look_log_insert_only" BEFORE UPDATE OR DELETE ON "look_log" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "look_log_no_truncate" BEFORE TRUNCATE ON "look_log" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "manifest_entry_insert_only" BEFORE UPDATE OR DELETE ON "manifest_entry" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "manifest_entry_no_truncate" BEFORE TRUNCATE ON "manifest_entry" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "manifest_seal_insert_only" BEFORE UPDATE OR DELETE ON "manifest_seal" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "manifest_seal_no_truncate" BEFORE TRUNCATE ON "manifest_seal" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();

-- The program's role. It owns no table; migrate.ts gives it its log-in.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'witness_app') THEN
    CREATE ROLE "witness_app" NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;
  END IF;
END $$;
GRANT USAGE ON SCHEMA "public", "keys" TO "witness_app";
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA "public", "keys" TO "witness_app";
GRANT DELETE ON "one_time_code", "client_session", "staff_session" TO "witness_app";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA "public" TO "witness_app";
REVOKE UPDATE ON "audit", "look_log", "manifest_entry", "manifest_seal" FROM "witness_app";
