import { z } from 'zod';

/** Jobs on BullMQ: payloads are ids and codes, never personal data. A job id has no `:`. */
export const JOBS = {
  'batch.tick': z.object({}),
  'account.open': z.object({ applicationId: z.string() }),
  /** Name and number, or with `photoId` the live face; `round` counts the times it was put off (R22). */
  'police.check': z.object({ applicationId: z.string(), photoId: z.string().optional(), round: z.number().int().optional() }),
  'person.lookup': z.object({ applicationId: z.string(), round: z.number().int().optional() }),
  'document.read': z.object({ applicationId: z.string(), documentId: z.string() }),
  /** After each side that was read; does its work when both are there (R23). */
  'document.backgrounds': z.object({ applicationId: z.string() }),
  'face.examine': z.object({ applicationId: z.string(), sessionId: z.string(), photoId: z.string() }),
  'session.sweep': z.object({}),
  'house.keep': z.object({}),
  /** Destroys what a confirmed report lists (R44). */
  'retention.run': z.object({ reportId: z.string() }),
  /** Writes a case's manifest on (R42); `tick`: of every call that is live or not sealed yet. */
  'evidence.record': z.object({ applicationId: z.string() }),
  'evidence.tick': z.object({}),
  'evidence.publish': z.object({}),
  'photo.read': z.object({ applicationId: z.string(), sessionId: z.string(), photoId: z.string() }),
  /** A photo beside the recorded frame of its second (R20). `…AwayMs`, Unix ms: when database or store were first and last not to be reached. */
  'photo.compare': z.object({ applicationId: z.string(), sessionId: z.string(), photoId: z.string(), firstAwayMs: z.number().optional(), lastAwayMs: z.number().optional() }),
  /** What of a burst nobody had to wait for (R20). */
  'photo.score': z.object({ applicationId: z.string(), sessionId: z.string(), photoId: z.string() }),
} as const;
export type JobName = keyof typeof JOBS;
export type JobData<N extends JobName> = z.infer<(typeof JOBS)[N]>;
