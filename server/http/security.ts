import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import { errorBody } from '../../contracts/errors.ts';

/** Headers of every answer. The policy lets our pages, their sockets and their media work, and nothing foreign. */
export function securityHeaders(options: { hsts: boolean }): RequestHandler[] {
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        // The component libraries write their styles into the page.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'blob:', 'data:'],
        mediaSrc: ["'self'", 'blob:', 'mediastream:'],
        fontSrc: ["'self'", 'data:'],
        // Some web views do not count wss: as 'self'.
        connectSrc: ["'self'", 'wss:', 'blob:'],
        workerSrc: ["'self'", 'blob:'],
        objectSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'self'"], frameAncestors: ["'none'"],
      },
    },
    // A self-made certificate on an address of the LAN must stay reachable: only with a real one.
    strictTransportSecurity: options.hsts,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
  });
  const permissions: RequestHandler = (_req, res, next) => {
    res.set('Permissions-Policy', 'camera=(self), microphone=(self), geolocation=(), display-capture=()');
    next();
  };
  return [headers, permissions];
}

/** Answers a plain-HTTP address with the reason (INSECURE_ADDRESS) and the way to the right one. */
export function insecureHandler(httpsPort: number): (req: IncomingMessage, res: ServerResponse) => void {
  return (req, res) => {
    const body = errorBody('INSECURE_ADDRESS');
    const host = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:\d+)?$/.exec(req.headers.host ?? '')?.[1];
    const address = host === undefined ? undefined : `https://${host}${httpsPort === 443 ? '' : `:${httpsPort}`}/`;
    const wantsPage = (req.headers.accept ?? '').includes('text/html');
    res.writeHead(421, { 'Content-Type': `${wantsPage ? 'text/html' : 'application/json'}; charset=utf-8`, 'Cache-Control': 'no-store', Connection: 'close' });
    res.end(wantsPage ? errorPage('INSECURE_ADDRESS', body.message, body.todo, address) : JSON.stringify(body));
  };
}

/** A page that says what is wrong and what to do, for people who come with a browser. */
export const errorPage = (code: string, message: { zh: string; en: string }, todo: { zh: string; en: string }, address: string | undefined): string => `<!doctype html>
<html lang="zh"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${code}</title>
<body style="font-family:sans-serif;max-width:32em;margin:3em auto;padding:0 1em;line-height:1.6">
<h1 style="font-size:1.3em">${message.zh}</h1><p>${todo.zh}</p><h2 style="font-size:1.1em" lang="en">${message.en}</h2><p lang="en">${todo.en}</p>
${address === undefined ? '' : `<p><a href="${address}">${address}</a></p>`}<p style="color:#666">${code}</p></body></html>`;
