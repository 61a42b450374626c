import type { StaffRole } from '../../../contracts/http/common.ts';
import type { WordKey } from '../i18n/words.ts';

export interface MenuEntry { readonly key: string; readonly path: string; readonly word: WordKey; readonly roles: readonly StaffRole[] }

/** Pages and the roles that may see them; the server checks again. The first entry a person has is the home page. */
export const MENU: readonly MenuEntry[] = [
  { key: 'desk', path: '/desk', word: 'menu.desk', roles: ['witness'] },
  { key: 'review', path: '/review', word: 'menu.review', roles: ['reviewer'] },
  { key: 'lead', path: '/lead', word: 'menu.lead', roles: ['lead'] },
  { key: 'batch', path: '/batch', word: 'menu.batch', roles: ['lead', 'admin'] },
  { key: 'negative', path: '/negative', word: 'menu.negative', roles: ['lead', 'admin'] },
  { key: 'retention', path: '/retention', word: 'menu.retention', roles: ['lead', 'compliance'] },
  { key: 'sessions', path: '/sessions', word: 'menu.sessions', roles: ['auditor', 'lead', 'inspector'] },
  { key: 'looks', path: '/looks', word: 'menu.looks', roles: ['auditor'] },
];

export const menuFor = (roles: readonly StaffRole[]): readonly MenuEntry[] => MENU.filter((entry) => entry.roles.some((role) => roles.includes(role)));
