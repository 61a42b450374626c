import type { ErrorCode, ErrorDetail } from '../../../contracts/errors.ts';
import { HttpError, NetworkError } from '../../../client/rtc/http.ts';
import { SocketError, SocketLost } from '../../../client/rtc/socket.ts';
import { WORDS } from '../i18n/words.ts';
import type { WordKey } from '../i18n/words.ts';

interface Bilingual { readonly zh: string; readonly en: string }

/** What went wrong in words, and what to do: the only form in which an error reaches the screen. */
export interface Problem {
  readonly code: ErrorCode | 'NETWORK' | 'UNKNOWN';
  readonly message: Bilingual;
  readonly todo: Bilingual;
  readonly detail?: ErrorDetail;
}

const own = (code: 'NETWORK' | 'UNKNOWN', message: WordKey, todo: WordKey): Problem =>
  ({ code, message: words(message), todo: words(todo) });
const words = (key: WordKey): Bilingual => ({ zh: WORDS[key][0], en: WORDS[key][1] });

/** Any thrown thing as a problem; unknown ones lose their text, which could hold personal data. */
export function problemOf(error: unknown): Problem {
  if (error instanceof HttpError || error instanceof SocketError) {
    const { code, message, todo, detail } = error.body;
    return { code, message, todo, ...(detail ? { detail } : {}) };
  }
  if (error instanceof NetworkError || error instanceof SocketLost) return own('NETWORK', 'error.network', 'error.network.todo');
  return own('UNKNOWN', 'error.unknown', 'error.unknown.todo');
}
