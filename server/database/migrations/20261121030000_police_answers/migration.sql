-- The answers as the contract names them (R22). No other name was ever accepted by the program, so no row holds one.
ALTER TABLE "police_check" DROP CONSTRAINT "police_check_answer_check";
ALTER TABLE "police_check" ADD CONSTRAINT "police_check_answer_check" CHECK ("answer" IN ('match', 'nameMismatch', 'photoMismatch', 'badImage', 'noPhoto', 'noRecord', 'unavailable'));
