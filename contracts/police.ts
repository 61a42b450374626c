import { z } from 'zod';

/** The answers of the police identity check (公安联网核查), each with its own meaning (R22). */
export const policeAnswer = z.enum(['match', 'nameMismatch', 'photoMismatch', 'badImage', 'noPhoto', 'noRecord', 'unavailable']);
export type PoliceAnswer = z.infer<typeof policeAnswer>;
