import { request } from 'playwright-core';
import type { APIRequestContext, APIResponse } from 'playwright-core';
import type { LegalText } from '../../../contracts/http/client.ts';
import type { FreshInstance } from './instance.ts';

/** What a person's request was answered with; `code` and `items` are those of an error. */
export interface Answer<T = unknown> { readonly status: number; readonly code: string | undefined; readonly field: string | undefined; readonly items: readonly string[]; readonly body: T }
export interface Api {
  get<T>(path: string): Promise<Answer<T>>;
  post<T>(path: string, data?: unknown): Promise<Answer<T>>;
}
export interface ApiPerson extends Api {
  /** The Cookie header of this person, for a socket opened by hand. */
  cookie(): Promise<string>;
  close(): Promise<void>;
}

async function read<T>(response: APIResponse): Promise<Answer<T>> {
  const json = response.headers()['content-type']?.includes('json') ?? false;
  const body = json ? await response.json() as T : (await response.body()) as T;
  const error = (response.ok() ? {} : body) as { code?: string; detail?: { field?: string; items?: string[] } };
  return { status: response.status(), code: error.code, field: error.detail?.field, items: error.detail?.items ?? [], body };
}

/** Requests with a person's own cookies, as the pages send them. */
export function apiOf(context: APIRequestContext, base: string): Api {
  const headers = { origin: base };
  return {
    get: async (path) => read(await context.get(`${base}${path}`, { headers })),
    post: async (path, data) => read(await context.post(`${base}${path}`, { headers, ...(data === undefined ? {} : { data }) })),
  };
}

async function person(instance: FreshInstance): Promise<ApiPerson> {
  const context = await request.newContext({ ignoreHTTPSErrors: true });
  return {
    ...apiOf(context, instance.url),
    cookie: async () => (await context.storageState()).cookies.map(({ name, value }) => `${name}=${value}`).join('; '),
    close: () => context.dispose(),
  };
}

/** A member of staff without a browser. Ends the log-in that the same person has elsewhere. */
export async function staffApi(instance: FreshInstance, username: string): Promise<ApiPerson> {
  const api = await person(instance);
  const login = instance.login(username);
  const answer = await api.post('/api/staff/login', { username, password: login.password, totp: await instance.totp(login) });
  if (answer.status !== 200) throw new Error(`${username} could not log in: ${answer.code}`);
  return api;
}

/** Another client, whose number is proven and who has filled in nothing yet. */
export async function clientApi(instance: FreshInstance, phone: string): Promise<ApiPerson> {
  const api = await person(instance);
  const texts = await api.get<{ consents: (LegalText & { kind: string })[] }>('/api/client/texts');
  await api.post('/api/client/start', { language: 'zh', consents: texts.body.consents.map(({ kind, version, sha256 }) => ({ kind, version, sha256: sha256.zh, granted: true })) });
  await api.post('/api/client/code', { phone });
  let code = '';
  for (let tries = 0; code === '' && tries < 40; tries++) {
    code = await instance.smsCode(phone).catch(() => '');
    if (code === '') await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const answer = await api.post('/api/client/login', { phone, code });
  if (answer.status !== 200) throw new Error(`the client could not log in: ${answer.code}`);
  return api;
}
