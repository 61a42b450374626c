import { z } from 'zod';
import { FINDING_CODES } from '../findings.ts';
import { policeAnswer, policeQuestion } from '../police.ts';
import { decideOn, fieldName } from '../reading.ts';
import { accountState, accountStep } from '../states/account.ts';
import { applicationEvent, applicationState } from '../states/application.ts';
import { sessionEvent, sessionOutcome, sessionState } from '../states/session.ts';

/** Events in the outbox: ids and codes only; anything else is encrypted under the case's key. */
export const outboxEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('application.changed'), applicationId: z.string(), event: applicationEvent, from: applicationState, to: applicationState }),
  z.object({ type: z.literal('session.changed'), applicationId: z.string(), sessionId: z.string(), event: sessionEvent, from: sessionState, to: sessionState, outcome: sessionOutcome.optional() }),
  z.object({ type: z.literal('account.changed'), applicationId: z.string(), step: accountStep, to: accountState, code: z.string().optional() }),
  z.object({ type: z.literal('document.uploaded'), applicationId: z.string(), documentId: z.string(), side: z.enum(['portrait', 'emblem']) }),
  z.object({ type: z.literal('document.read'), applicationId: z.string(), documentId: z.string() }),
  z.object({ type: z.literal('photo.taken'), applicationId: z.string(), sessionId: z.string(), photoId: z.string(), kind: z.string() }),
  z.object({ type: z.literal('script.ticked'), applicationId: z.string(), sessionId: z.string(), item: z.string(), answer: z.string() }),
  z.object({ type: z.literal('police.answered'), applicationId: z.string(), checkId: z.string(), question: policeQuestion, answer: policeAnswer }),
  z.object({ type: z.literal('police.decided'), applicationId: z.string(), checkId: z.string(), answer: policeAnswer }),
  z.object({ type: z.literal('finding.decided'), applicationId: z.string(), sessionId: z.string(), decisionId: z.string(), on: decideOn, code: z.enum(FINDING_CODES), field: fieldName.optional() }),
]);
export type OutboxEvent = z.infer<typeof outboxEvent>;
