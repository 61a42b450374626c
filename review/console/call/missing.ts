import type { CaseView } from '../../../contracts/http/staff.ts';
import { WORDS } from '../i18n/words.ts';

export type Missing = NonNullable<CaseView['session']>['missing'];

const [zh, en] = WORDS['missing.client'];

/** What is missing for approve as the server says, and what this page knows sooner: that the client is not there (R28, R30). */
export function missingNow(said: Missing, clientThere: boolean): Missing {
  return clientThere || said.some(({ code }) => code === 'client') ? said : [{ code: 'client', text: { zh, en } }, ...said];
}
