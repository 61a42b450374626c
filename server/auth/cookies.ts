import { parseCookie, stringifySetCookie } from 'cookie';

/** Names of the two log-in cookies; both HttpOnly, Secure, SameSite=Strict. */
export const STAFF_COOKIE = 'vw_staff';
export const CLIENT_COOKIE = 'vw_client';
export type LoginCookie = typeof STAFF_COOKIE | typeof CLIENT_COOKIE;

/** The token in a request's cookie header; also for sockets. */
export const readLoginCookie = (header: string | undefined, name: LoginCookie): string | undefined =>
  header === undefined ? undefined : parseCookie(header)[name];

/** A `Set-Cookie` value. An empty token clears the cookie. */
export const loginCookie = (name: LoginCookie, token: string, seconds: number): string =>
  stringifySetCookie({ name, value: token, httpOnly: true, secure: true, sameSite: 'strict', path: '/', maxAge: token === '' ? 0 : seconds });
