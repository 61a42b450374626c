import type { STAFF_OPERATIONS } from '../../contracts/http/staff.ts';
import { STAFF_COOKIE } from '../auth/cookies.ts';
import { STAFF_SESSION_SECONDS } from '../auth/staff.ts';
import type { StaffAuth } from '../auth/staff.ts';
import type { Handlers } from './router.ts';

type Ops = Pick<typeof STAFF_OPERATIONS, 'login' | 'logout' | 'me'>;

/** Staff log-in, log-out and who is logged in. */
export const createStaffLoginHandlers = (auth: StaffAuth): Handlers<Ops> => ({
  login: async ({ body, address, setLogin }) => {
    const { token, staff } = await auth.login({ ...body, address });
    setLogin(STAFF_COOKIE, token, STAFF_SESSION_SECONDS);
    return staff;
  },
  logout: async ({ actor, setLogin }) => {
    await auth.logout(actor);
    setLogin(STAFF_COOKIE, '', 0);
    return { ok: true as const };
  },
  me: ({ actor }) => auth.view(actor.id),
});
