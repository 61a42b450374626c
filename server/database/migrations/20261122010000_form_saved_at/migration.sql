-- When the client last confirmed the form: photos taken later have not been compared with it by anybody (R14).
ALTER TABLE "application" ADD COLUMN "form_saved_at" timestamptz(3);
