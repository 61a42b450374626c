-- As what somebody replayed or exported: the auditor of a case becomes neither its reviewer nor its witness (R5). Other looks say it in "why"; of older replays and exports it is not known.
ALTER TABLE "look_log" ADD COLUMN "capacity" text;
