import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { Refused } from './http.ts';
import type { Routes } from './http.ts';

const message = z.object({ to: z.string().regex(/^\+?\d{6,15}$/), template: z.string().max(40), code: z.string().max(10).optional(), reference: z.string().optional() });
const KEPT = 500;

/** The SMS gateway: messages stay in memory only, and only demo mode can read them. */
export const smsRoutes = (demo: boolean): { system: Routes; control: Routes } => {
  const sent: { to: string; template: string; code?: string | undefined; at: string }[] = [];
  const latest: Routes = {
    'GET /sms/latest': ({ query }) => {
      const found = sent.findLast((m) => m.to === query.get('to'));
      if (found === undefined) throw new Refused('NOT_FOUND', 404);
      return { template: found.template, code: found.code ?? null, at: found.at };
    },
  };
  return {
    system: {
      'POST /messages': ({ body }) => {
        const { to, template, code } = message.parse(body);
        sent.push({ to, template, code, at: new Date().toISOString() });
        if (sent.length > KEPT) sent.shift();
        return { id: randomUUID() };
      },
    },
    control: demo ? latest : {},
  };
};
