import type { CLIENT_OPERATIONS } from '../../contracts/http/client.ts';
import { isOpen, nextOpening } from '../../workflows/accounts/calendar.ts';
import type { Calendar } from '../../workflows/accounts/calendar.ts';
import type { ClientSessions } from '../auth/client.ts';
import { createOneTimeCodes } from '../auth/oneTimeCode.ts';
import { LIMITS } from '../auth/limits.ts';
import type { Limits } from '../auth/limits.ts';
import type { Handlers } from '../http/router.ts';
import { keepStill } from '../usecases/call/photo.ts';
import { findApplication } from '../usecases/client/case.ts';
import { createClientHandlers } from '../usecases/client/index.ts';
import { createIdRules } from '../usecases/client/idRules.ts';
import { createCa, createCore, createSms } from '../usecases/client/outside.ts';
import type { Services } from '../usecases/services.ts';

export interface ClientParts {
  readonly services: Services;
  readonly sessions: ClientSessions;
  readonly limits: Limits;
  readonly outside: { readonly core: string; readonly ca: string; readonly sms: string };
  readonly calendar: Calendar;
}

/** The client's operations, wired. */
export function clientHandlers({ services, sessions, limits, outside, calendar }: ClientParts): Handlers<typeof CLIENT_OPERATIONS> {
  const { db: prisma, cipher, blindIndex, store, reader, line, hub, now, upperAge } = services;
  const codes = createOneTimeCodes({ prisma, blindIndex, limits, sms: createSms(outside.sms), resendSeconds: LIMITS.resendSeconds });
  const handlers = createClientHandlers({
    prisma, cipher, blindIndex, evidence: store, rules: createIdRules({ upperAge }), core: createCore(outside.core), ca: createCa(outside.ca), sessions, codes, line, now,
    reader: { inspect: (bytes, options) => reader.inspect(bytes, options), judge: (jpeg, { expect, signal }) => reader.judge(jpeg, { kind: expect === 'portrait' ? 'portraitSide' : 'emblemSide', expect, signal }) },
    batchAt: async () => (isOpen(calendar, now()) ? null : nextOpening(calendar, now())),
    onTakenOver: (clientId, sessionIds) => {
      findApplication(prisma, clientId)
        .then((application) => hub.publish(`client:${application.id}`, 'takenOver', { sessionIds }))
        .catch((error: unknown) => services.log.error({ err: error }, 'taken-over device not told'));
    },
  });
  return {
    ...handlers,
    still: async ({ actor, params, file, signal }) => {
      const application = await findApplication(prisma, actor.clientId);
      const { jpeg, width, height } = await reader.inspect(file.bytes, { signal });
      await keepStill(services, { applicationId: application.id, photoId: params['photoId']!, image: { bytes: jpeg, width, height } }, { signal });
      return { ok: true };
    },
  };
}
