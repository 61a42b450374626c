import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import multer from 'multer';
import { AppError, errorBody } from '../../contracts/errors.ts';
import { isConflict } from '../database/index.ts';
import type { Log } from '../platform/log.ts';

/** Turns what was thrown into the one error type. What we do not know is ours: INTERNAL. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof multer.MulterError) return new AppError(error.code === 'LIMIT_FILE_SIZE' ? 'UPLOAD_TOO_LARGE' : 'BAD_REQUEST', undefined, { cause: error });
  if (isConflict(error)) return new AppError('STALE_VERSION', undefined, { cause: error });
  // body-parser: malformed JSON, too large, wrong charset.
  const status = (error as { status?: unknown } | null)?.status;
  if (status === 413) return new AppError('REQUEST_TOO_LARGE', undefined, { cause: error });
  if (typeof status === 'number' && status >= 400 && status < 500) return new AppError('BAD_REQUEST', undefined, { cause: error });
  if (error instanceof Error && /^(Unexpected end of form|Malformed part header|Multipart: )/.test(error.message)) return new AppError('UPLOAD_TRUNCATED', undefined, { cause: error });
  return new AppError('INTERNAL', undefined, { cause: error });
}

/** Answers with the catalogue's body; our own faults get a log line with the request's id and nothing personal. */
export function sendError(thrown: unknown, req: Request, res: Response, log: Log): void {
  const error = toAppError(thrown);
  const requestId = randomUUID();
  // The route's pattern, not the address: that may hold ids or a query.
  const route = `${req.method} ${(req.route as { path?: string } | undefined)?.path ?? ''}`;
  if (error.status >= 500) log.error({ requestId, route, errorCode: error.code, err: error.cause ?? error }, 'request failed');
  else log.debug({ requestId, route, errorCode: error.code }, 'request refused');
  if (error.detail?.retryAfterSeconds !== undefined) res.set('Retry-After', String(error.detail.retryAfterSeconds));
  if (error.detail?.size !== undefined) res.set('Content-Range', `bytes */${error.detail.size}`);
  res.status(error.status).set({ 'Cache-Control': 'no-store', 'X-Request-Id': requestId }).json(errorBody(error.code, error.detail));
}
