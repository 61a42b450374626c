-- What is due for destruction (R44) is found among cases that ended without an account, by their age, and among clients whose
-- relation ended long ago: never by reading all cases.
CREATE INDEX "application_ended_without_account_idx" ON "application" ("created_at", "id") WHERE "state" IN ('rejected', 'withdrawn', 'expired') AND "submitted_at" IS NOT NULL;
CREATE INDEX "relation_end_ended_on_idx" ON "relation_end" ("ended_on", "client_id") WHERE "ended_on" IS NOT NULL;
-- When a case's state changed last.
CREATE INDEX "audit_state_of_case_idx" ON "audit" ("application_id", "at") WHERE "to_state" IS NOT NULL AND "action" LIKE 'application.%';

-- What the hourly clean-up looks for: a few among all.
CREATE INDEX "application_untouched_idx" ON "application" ("id", "updated_at") WHERE "state" IN ('draft', 'submitted', 'repair');
CREATE INDEX "application_drafts_over_idx" ON "application" ("id") WHERE "state" = 'expired' AND "submitted_at" IS NULL;
CREATE INDEX "case_key_destroyed_at_idx" ON "keys"."case_key" ("destroyed_at") WHERE "destroyed_at" IS NOT NULL;

-- Calls whose manifest is written on every 10 s.
CREATE INDEX "witness_session_running_idx" ON "witness_session" ("application_id") WHERE "state" <> 'closed';
