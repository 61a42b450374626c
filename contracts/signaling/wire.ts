import { z } from 'zod';

/** Both sockets speak JSON: request → response, and notifications. One frame is one message. */
export const requestFrame = z.object({ id: z.number().int().nonnegative(), method: z.string().max(64), data: z.unknown() });

export const responseFrame = z.object({ id: z.number(), ok: z.boolean(), data: z.unknown().optional(), error: z.unknown().optional() });
export const notificationFrame = z.object({ notify: z.string(), data: z.unknown() });

/** A request's schema and its answer's schema. */
export interface Method<Req extends z.ZodType = z.ZodType, Res extends z.ZodType = z.ZodType> { readonly request: Req; readonly response: Res }
export const method = <Req extends z.ZodType, Res extends z.ZodType>(request: Req, response: Res): Method<Req, Res> => ({ request, response });

/** WebSocket close codes of our own (4000–4999, RFC 6455). */
export const CLOSE_CODES = { ticketInvalid: 4001, takenOver: 4002, sessionClosed: 4003, loginRequired: 4004, shutdown: 4005, protocol: 4006 } as const;
