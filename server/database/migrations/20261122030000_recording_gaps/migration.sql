-- Gaps of a recording have names (R40): which stretches of a segment hold picture and sound, and why the recorder stopped.
ALTER TABLE "recording_segment" ADD COLUMN "held" jsonb;
ALTER TABLE "recorder_fact" ADD COLUMN IF NOT EXISTS "cause" text;
