import { join } from 'node:path';
import express, { Router } from 'express';
import type { ErrorRequestHandler } from 'express';
import { AppError, errorBody } from '../../contracts/errors.ts';
import type { Log } from '../platform/log.ts';
import { sendError, toAppError } from './errors.ts';
import { errorPage } from './security.ts';

const BUILT = join(import.meta.dirname, '..', '..', '.build', 'web');
const YEAR_MS = 365 * 24 * 3600 * 1000;

/** The built browser apps; every address below /console/ is the console's own affair. */
export function pages(built = BUILT): Router {
  const router = Router();
  router.get('/', (_req, res) => res.redirect('/join/'));
  for (const app of ['join', 'console']) {
    const root = join(built, app);
    // File names carry a hash of their content; the page itself is asked for each time.
    router.use(`/${app}/assets`, express.static(join(root, 'assets'), { immutable: true, maxAge: YEAR_MS, fallthrough: false }));
    router.use(`/${app}`, express.static(root, { maxAge: 0, index: 'index.html' }));
    router.get([`/${app}`, `/${app}/*rest`], (_req, res) => res.sendFile('index.html', { root, maxAge: 0 }));
  }
  router.use((_req, _res, next) => next(new AppError('NOT_FOUND')));
  return router;
}

/** The last handler: a browser gets a page with what to do, a program the catalogue's body; never a stack or a path. */
export function lastError(log: Log): ErrorRequestHandler {
  return (thrown: unknown, req, res, next) => {
    if (res.headersSent) return next(thrown);
    // Files that are not there, and addresses that cannot be decoded.
    const status = (thrown as { status?: unknown } | null)?.status;
    const error = status === 404 || thrown instanceof URIError ? new AppError('NOT_FOUND') : thrown;
    if (req.accepts(['json', 'html']) !== 'html') return sendError(error, req, res, log);
    const { code, status: answer } = toAppError(error);
    if (answer >= 500) log.error({ errorCode: code, err: error }, 'page failed');
    const { message, todo } = errorBody(code);
    res.status(answer).set('Cache-Control', 'no-store').type('html').send(errorPage(code, message, todo, '/'));
  };
}
