import { createContext, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { StaffView } from '../../../contracts/http/staff.ts';
import { http, whenLoginRequired } from '../api/http.ts';
import { problemOf } from '../api/problem.ts';
import type { Problem } from '../api/problem.ts';

interface Auth {
  /** undefined while unknown, null when nobody is logged in. */
  readonly staff: StaffView | null | undefined;
  /** Why it is not known who is logged in (the server does not answer). */
  readonly problem: Problem | undefined;
  readonly login: (body: { username: string; password: string; totp: string }) => Promise<void>;
  readonly logout: () => Promise<void>;
  readonly retry: () => void;
}

const AuthContext = createContext<Auth | undefined>(undefined);

export function AuthProvider({ children }: { children: ReactNode }) {
  const [staff, setStaff] = useState<StaffView | null | undefined>(undefined);
  const [problem, setProblem] = useState<Problem>();

  const retry = useCallback(() => {
    setProblem(undefined);
    http(STAFF_OPERATIONS.me).then(setStaff, (error: unknown) => {
      const found = problemOf(error);
      if (found.code === 'LOGIN_REQUIRED') setStaff(null);
      else setProblem(found);
    });
  }, []);

  useEffect(() => {
    whenLoginRequired(() => setStaff(null));
    retry();
  }, [retry]);

  const value = useMemo<Auth>(() => ({
    staff,
    problem,
    retry,
    login: async (body) => setStaff(await http(STAFF_OPERATIONS.login, { body })),
    logout: async () => {
      await http(STAFF_OPERATIONS.logout).catch(() => undefined);
      setStaff(null);
    },
  }), [staff, problem, retry]);
  return <AuthContext value={value}>{children}</AuthContext>;
}

export function useAuth(): Auth {
  const auth = useContext(AuthContext);
  if (auth === undefined) throw new Error('useAuth outside of AuthProvider');
  return auth;
}

/** The person logged in; only below the log-in gate. */
export function useStaff(): StaffView {
  const { staff } = useAuth();
  if (!staff) throw new Error('useStaff without a log-in');
  return staff;
}
