-- Why the recorder stopped, where that is known (R28): a full disk is another thing than a program that died.
ALTER TABLE "recorder_fact" ADD COLUMN "cause" text;
