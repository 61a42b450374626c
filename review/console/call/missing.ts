import type { CaseView } from '../../../contracts/http/staff.ts';
import { WORDS } from '../i18n/words.ts';

export type Missing = NonNullable<CaseView['session']>['missing'];

type Here = 'there' | 'away' | 'elsewhere';
const textOf = ([zh, en]: readonly [string, string]) => ({ zh, en });
const WHY_NOT: Record<Exclude<Here, 'there'>, { zh: string; en: string }> = { away: textOf(WORDS['missing.client']), elsewhere: textOf(WORDS['call.takenOver']) };

/** What is missing for approve as the server says, and what this page knows sooner: that the client is not there, or that the call runs in another window (R28, R30). */
export function missingNow(said: Missing, client: Here): Missing {
  if (client === 'there') return said;
  return client === 'away' && said.some(({ code }) => code === 'client') ? said : [{ code: 'client', text: WHY_NOT[client] }, ...said.filter(({ code }) => code !== 'client')];
}
