-- Gaps of a recording follow from when its recorder ran: a second copy of that was missing whenever the recorder never came back.
DROP TABLE "recording_gap";
