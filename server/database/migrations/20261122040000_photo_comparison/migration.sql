-- What comparing a photo of the call with the recorded frame of its second said (R20, R42), insert-only: one for each picture.
CREATE TABLE "photo_comparison" (
  "id" uuid PRIMARY KEY,
  "application_id" uuid NOT NULL REFERENCES "application" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "session_id" uuid NOT NULL REFERENCES "witness_session" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "photo_id" uuid NOT NULL REFERENCES "photo" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
  "picture" text NOT NULL CHECK ("picture" IN ('record', 'still', 'read')),
  -- The file that was compared, with its salted hash: another one in its place has not been.
  "file_id" text NOT NULL,
  "sha256" text NOT NULL,
  "verdict" text NOT NULL CHECK ("verdict" IN ('same', 'mirrored', 'retouched', 'elsewhen', 'other', 'undecidable')),
  -- { similarity, worst, usual, box, offsetMs }
  "figures" jsonb NOT NULL,
  -- The recorded frame: its segment and media time; kept as a file where a person has to look at both.
  "segment_id" text,
  "media_time_ms" double precision,
  "recorded_file_id" text,
  "recorded_sha256" text,
  "at" timestamptz(3) NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE UNIQUE INDEX "photo_comparison_once" ON "photo_comparison" ("photo_id", "picture", "file_id");
CREATE INDEX "photo_comparison_session_id_idx" ON "photo_comparison" ("session_id");
CREATE TRIGGER "photo_comparison_insert_only" BEFORE UPDATE OR DELETE ON "photo_comparison" FOR EACH ROW EXECUTE FUNCTION "refuse_change"();
CREATE TRIGGER "photo_comparison_no_truncate" BEFORE TRUNCATE ON "photo_comparison" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_change"();
GRANT SELECT, INSERT ON "photo_comparison" TO "witness_app";

-- Beside the daily head over all published heads: the time stamp of a third party over it (RFC 3161).
ALTER TABLE "published_head" DROP CONSTRAINT "published_head_kind_check";
ALTER TABLE "published_head" ADD CONSTRAINT "published_head_kind_check" CHECK ("kind" IN ('checkpoint', 'seal', 'later', 'log', 'stamp'));
