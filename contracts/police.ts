import { z } from 'zod';

/** The seven answers of the police check (公安联网核查), each with its own meaning (R22). */
export const POLICE_ANSWERS = ['match', 'nameMismatch', 'photoMismatch', 'badImage', 'noPhoto', 'noRecord', 'unavailable'] as const;
export const policeAnswer = z.enum(POLICE_ANSWERS);
export type PoliceAnswer = z.infer<typeof policeAnswer>;

/** Name and number alone, asked before the call; or with the live face, in the call and with consent only (R17). */
export const POLICE_QUESTIONS = ['identity', 'face'] as const;
export const policeQuestion = z.enum(POLICE_QUESTIONS);
export type PoliceQuestion = z.infer<typeof policeQuestion>;

/** Answers that are no answer to whether it is this person: they go to a human and are no mismatch (R22). */
export const DECIDABLE_ANSWERS = ['noRecord', 'unavailable'] as const satisfies readonly PoliceAnswer[];
export const isDecidable = (answer: PoliceAnswer): boolean => (DECIDABLE_ANSWERS as readonly string[]).includes(answer);

/** An answer as staff see it, with the decision of a person where there is one. */
export const policeAnswered = z.object({
  checkId: z.uuid(), answer: policeAnswer, at: z.iso.datetime(), attempts: z.number().int(),
  decision: z.object({ by: z.string(), reason: z.string(), at: z.iso.datetime() }).nullable(),
});
export type PoliceAnswered = z.infer<typeof policeAnswered>;

/** `face.asked`: with consent and a face taken; otherwise why it is not. */
export const policeView = z.object({
  identity: policeAnswered.nullable(),
  face: policeAnswered.nullable(),
  faceAsked: z.enum(['asked', 'noConsent', 'noPhoto']),
  /** What was answered before the answers that count (asked again, another photo, another name or number), the newest first. */
  earlier: z.array(policeAnswered.extend({ question: policeQuestion })),
});
export type PoliceView = z.infer<typeof policeView>;
