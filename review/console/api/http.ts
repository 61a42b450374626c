import { createHttp, HttpError } from '../../../client/rtc/http.ts';
import type { Http } from '../../../client/rtc/http.ts';

let onLoginRequired: () => void = () => undefined;

/** The one place that hears that the log-in ended (expired, or ended elsewhere). */
export function whenLoginRequired(listener: () => void): void {
  onLoginRequired = listener;
}

// Taking a photo waits for the frame, the checks and the reading: longer than an ordinary request.
const plain = createHttp({ timeoutMs: 60_000, retryDelays: [500, 1500, 3000] });

/** HTTP with the login cookie; typed by the contracts' operations. */
export const http: Http = async (operation, ...request) => {
  try {
    return await plain(operation, ...request);
  } catch (error) {
    if (error instanceof HttpError && error.code === 'LOGIN_REQUIRED') onLoginRequired();
    throw error;
  }
};
