import { z } from 'zod';

/** Jobs on BullMQ: payloads are ids and codes, never personal data. A job id has no `:`. */
export const JOBS = {
  'batch.tick': z.object({}),
  'account.open': z.object({ applicationId: z.string() }),
  'police.check': z.object({ applicationId: z.string() }),
  'session.sweep': z.object({}),
  'house.keep': z.object({}),
  'photo.read': z.object({ applicationId: z.string(), sessionId: z.string(), photoId: z.string() }),
} as const;
export type JobName = keyof typeof JOBS;
export type JobData<N extends JobName> = z.infer<(typeof JOBS)[N]>;
