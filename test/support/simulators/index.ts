import { startSimulators } from '../../../simulators/start.ts';
import type { System } from '../../../simulators/switches.ts';

export interface Answer { readonly status: number; readonly body: Record<string, unknown> }

/** JSON over HTTP with a time limit; a broken connection or a time-out throws. */
export const call = async (method: string, url: string, body?: unknown, timeoutMs = 5000): Promise<Answer> => {
  const response = await fetch(url, {
    method, signal: AbortSignal.timeout(timeoutMs), ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

/** Outside systems on free ports, with their switches at hand. */
export const startTestSimulators = async (dataDir?: string) => {
  const simulators = await startSimulators({ basePort: 0, dataDir, demo: true });
  const { control } = simulators.urls;
  return {
    ...simulators,
    put: (system: System, body: Record<string, unknown>) => call('PUT', `${control}/switch/${system}`, body),
    clear: () => call('DELETE', `${control}/switch`),
    totals: async (reference?: string) => (await call('GET', `${control}/totals${reference === undefined ? '' : `?reference=${reference}`}`)).body['totals'] as Record<string, number>,
    log: async (reference?: string) => (await call('GET', `${control}/log${reference === undefined ? '' : `?reference=${reference}`}`)).body['calls'] as { system: string; path: string; key: string | null; outcome: string }[],
  };
};
export type TestSimulators = Awaited<ReturnType<typeof startTestSimulators>>;

/** Passwords as the client's page encrypts them: RSA-OAEP with SHA-256 to the core's public key. */
export const sealPasswords = async (coreUrl: string, trading: string, fund: string) => {
  const { keyId, spki } = (await call('GET', `${coreUrl}/keys/current`)).body as { keyId: string; spki: string };
  const key = await crypto.subtle.importKey('spki', Buffer.from(spki, 'base64'), { name: 'RSA-OAEP', hash: 'SHA-256' }, false, ['encrypt']);
  const seal = async (text: string) => Buffer.from(await crypto.subtle.encrypt({ name: 'RSA-OAEP' }, key, Buffer.from(text))).toString('base64');
  return { keyId, trading: await seal(trading), fund: await seal(fund) };
};
