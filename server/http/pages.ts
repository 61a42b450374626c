import { join } from 'node:path';
import express, { Router } from 'express';
import { errorBody } from '../../contracts/errors.ts';

const BUILT = join(import.meta.dirname, '..', '..', '.build', 'web');
const YEAR_MS = 365 * 24 * 3600 * 1000;

/** The built browser apps; every address below /console/ is the console's own affair. */
export function pages(): Router {
  const router = Router();
  router.get('/', (_req, res) => res.redirect('/join/'));
  for (const app of ['join', 'console']) {
    const root = join(BUILT, app);
    // File names carry a hash of their content; the page itself is asked for each time.
    router.use(`/${app}/assets`, express.static(join(root, 'assets'), { immutable: true, maxAge: YEAR_MS, fallthrough: false }));
    router.use(`/${app}`, express.static(root, { maxAge: 0, index: 'index.html' }));
    router.get([`/${app}`, `/${app}/*rest`], (_req, res) => res.sendFile(join(root, 'index.html'), { maxAge: 0 }));
  }
  router.use((_req, res) => { res.status(404).json(errorBody('NOT_FOUND')); });
  return router;
}
