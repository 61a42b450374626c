import type { IncomingMessage } from 'node:http';
import { AppError } from '../../contracts/errors.ts';

/** True when the request's page is one of ours: its Origin names the host the request came to, or a configured origin. */
export function isOwnOrigin(req: Pick<IncomingMessage, 'headers'> & { readonly host?: string }, origins: readonly string[] = []): boolean {
  const origin = req.headers.origin;
  if (origin === undefined || !URL.canParse(origin)) return false;
  const { protocol, host, origin: normal } = new URL(origin);
  if (origins.includes(normal)) return true;
  // `req.host` is Express's, which believes a configured proxy.
  return (protocol === 'https:' || protocol === 'http:') && (host === req.headers.host || host === req.host);
}

/** Changes are accepted from our own pages only; a request without Origin is no page's. @throws AppError ORIGIN_NOT_ALLOWED */
export function requireOwnOrigin(req: Pick<IncomingMessage, 'headers'> & { readonly host?: string }, origins?: readonly string[]): void {
  if (!isOwnOrigin(req, origins)) throw new AppError('ORIGIN_NOT_ALLOWED');
}
