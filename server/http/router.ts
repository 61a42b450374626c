import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Router, json } from 'express';
import type { ErrorRequestHandler, NextFunction, Request, RequestHandler, Response } from 'express';
import multer from 'multer';
import { z } from 'zod';
import { AppError } from '../../contracts/errors.ts';
import { MAX_UPLOAD_BYTES } from '../../contracts/http/common.ts';
import type { Operation, StaffRole } from '../../contracts/http/common.ts';
import type { ClientActor } from '../auth/client.ts';
import { CLIENT_COOKIE, STAFF_COOKIE, loginCookie, readLoginCookie } from '../auth/cookies.ts';
import type { LoginCookie } from '../auth/cookies.ts';
import type { StaffActor } from '../auth/staff.ts';
import type { Log } from '../platform/log.ts';
import { requireOwnOrigin } from './origin.ts';
import { sendError } from './errors.ts';

/** A client whose number is proven. */
export type KnownClient = ClientActor & { readonly clientId: string };
/** Who calls, by the operation's access. */
export type ActorOf<O extends Operation> = O['access'] extends 'public' ? undefined : O['access'] extends 'client-anonymous' ? ClientActor : O['access'] extends 'client' ? KnownClient : StaffActor;

export interface UploadedFile { readonly bytes: Buffer; readonly mimeType: string }
/** A binary answer; with `range` it is part of a file of `size` bytes. */
export interface BinaryAnswer { readonly bytes: Buffer; readonly contentType: string; readonly range?: { readonly start: number; readonly size: number } }
/** A file that is made while it is sent; the page saves it under its name. */
export interface StreamAnswer { readonly stream: Readable; readonly contentType: string; readonly fileName: string }

type Body<O> = O extends { body: z.ZodType } ? z.output<O['body']> : undefined;
type Query<O> = O extends { query: z.ZodType } ? z.output<O['query']> : undefined;
type Answer<O> = O extends { download: string } ? StreamAnswer : O extends { binary: string } ? BinaryAnswer : O extends { response: z.ZodType } ? z.input<O['response']> : void;

/** What a handler is given. */
export interface Call<O extends Operation = Operation> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query<O>;
  readonly body: Body<O>;
  readonly actor: ActorOf<O>;
  /** Of an upload operation only. */
  readonly file: O extends { upload: true } ? UploadedFile : undefined;
  /** The caller's address, for limits. */
  readonly address: string;
  readonly device: string;
  /** Bytes asked for (RFC 9110), of the first range only. */
  readonly range: { readonly start: number; readonly end?: number } | undefined;
  /** Sets, or with an empty token clears, a log-in cookie. */
  setLogin(name: LoginCookie, token: string, seconds: number): void;
  /** Aborted when the caller has gone before the answer: work that only the answer needs can stop. */
  readonly signal: AbortSignal;
  readonly req: Request;
}
export type Handler<O extends Operation> = (call: Call<O>) => Promise<Answer<O>> | Answer<O>;
/** One handler an operation; TypeScript refuses a missing one. */
export type Handlers<Ops extends Record<string, Operation>> = { readonly [K in keyof Ops]: Handler<Ops[K]> };

export interface RouterPorts {
  readonly authenticateClient: (token: string | undefined) => Promise<ClientActor | undefined>;
  readonly authenticateStaff: (token: string | undefined) => Promise<StaffActor | undefined>;
  readonly log: Log;
  /** Answers are checked against their schema too: in tests and development. */
  readonly checkAnswers?: boolean;
  readonly maxUploadBytes?: number;
  /** Origins other than the server's own that may call, e.g. behind a proxy that changes the host name. */
  readonly origins?: readonly string[];
}


/** Routes made of the contracts' operations: each is authenticated, parsed, handled and answered the same way. */
export function createRouter<Ops extends Record<string, Operation>>(operations: Ops, handlers: Handlers<Ops>, ports: RouterPorts): Router {
  const router = Router();
  const parseJson = json({ limit: '256kb', strict: false });
  const parseFile = multer({ storage: multer.memoryStorage(), limits: { fileSize: ports.maxUploadBytes ?? MAX_UPLOAD_BYTES, files: 1, fields: 5, fieldSize: 10_000 } }).single('file');
  for (const [name, operation] of Object.entries(operations)) {
    const handler = handlers[name as keyof Ops] as unknown as Handler<Operation> | undefined;
    if (handler === undefined) throw new Error(`the operation ${name} has no handler`);
    router[operation.method](operation.path, async (req: Request, res: Response, next: NextFunction) => {
      const left = leaving(res);
      try {
        res.set('Cache-Control', 'no-store');
        if (operation.method !== 'get') requireOwnOrigin(req, ports.origins);
        const actor = await actorFor(operation, req, ports);
        const params = paramsOf(req);
        if (operation.upload === true) await run(parseFile, req, res);
        else if (operation.body !== undefined) await run(parseJson, req, res);
        const call = callOf(operation, req, res, left, params, actor);
        const answer = await handler(call as unknown as Call<Operation>);
        if (operation.download !== undefined) await sendStream(res, answer as unknown as StreamAnswer);
        else send(operation, res, answer, ports.checkAnswers === true);
      } catch (error) {
        // Nobody is there to be told that the work was stopped.
        if (left.aborted && (error === left.reason || res.headersSent)) return;
        next(error);
      }
    });
  }
  const onError: ErrorRequestHandler = (error, req, res, next) => {
    if (res.headersSent) return next(error);
    sendError(error, req, res, ports.log);
  };
  router.use(onError);
  return router;
}

function leaving(res: Response): AbortSignal {
  const stop = new AbortController();
  res.once('close', () => { if (!res.writableFinished) stop.abort(); });
  return stop.signal;
}

async function actorFor(operation: Operation, req: Request, ports: RouterPorts): Promise<ClientActor | StaffActor | undefined> {
  const { access } = operation;
  if (access === 'public') return undefined;
  if (access === 'client' || access === 'client-anonymous') {
    const actor = await ports.authenticateClient(readLoginCookie(req.headers.cookie, CLIENT_COOKIE));
    // Without a session there are no consents yet (R17).
    if (actor === undefined) throw new AppError(access === 'client' ? 'LOGIN_REQUIRED' : 'CONSENT_REQUIRED');
    if (access === 'client' && actor.clientId === null) throw new AppError('LOGIN_REQUIRED');
    return actor;
  }
  const staff = await ports.authenticateStaff(readLoginCookie(req.headers.cookie, STAFF_COOKIE));
  if (staff === undefined) throw new AppError('LOGIN_REQUIRED');
  if (!(access as readonly StaffRole[]).some((role) => staff.roles.includes(role))) throw new AppError('ROLE_NOT_ALLOWED');
  return staff;
}

const uuid = z.uuid();
/** Ids are UUIDs; what is none names nothing. Recording segments are named by the recorder. */
function paramsOf(req: Request): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [name, value] of Object.entries(req.params)) {
    const text = String(value);
    if (text.includes('\0')) throw new AppError('NOT_FOUND');
    if (name.endsWith('Id') && name !== 'segmentId' && !uuid.safeParse(text).success) throw new AppError('NOT_FOUND');
    params[name] = text;
  }
  return params;
}

function callOf(operation: Operation, req: Request, res: Response, signal: AbortSignal, params: Record<string, string>, actor: ClientActor | StaffActor | undefined): Record<string, unknown> {
  const file = req.file;
  if (operation.upload === true && (file === undefined || file.size === 0)) throw new AppError('UPLOAD_MISSING');
  return {
    params, actor, req, signal,
    query: operation.query === undefined ? undefined : parse(operation.query, req.query),
    body: operation.body === undefined ? undefined : parse(operation.body, req.body ?? {}),
    file: file === undefined ? undefined : { bytes: file.buffer, mimeType: file.mimetype },
    address: req.ip ?? '',
    device: req.headers['user-agent'] ?? '',
    range: rangeOf(req.headers.range),
    setLogin: (name: LoginCookie, token: string, seconds: number) => { res.append('Set-Cookie', loginCookie(name, token, seconds)); },
  };
}

/** @throws AppError BAD_REQUEST that names the fields, never what stood in them */
function parse(schema: z.ZodType, value: unknown): unknown {
  if (holdsZero(value)) throw new AppError('BAD_REQUEST');
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const items = [...new Set(parsed.error.issues.map((issue) => issue.path.filter((part) => typeof part === 'string').join('.')))].filter((path) => path !== '');
  throw new AppError('BAD_REQUEST', { ...(items[0] === undefined ? {} : { field: items[0] }), items });
}

/** The zero sign is in nobody's words, and no text of the database can hold it. */
const holdsZero = (value: unknown): boolean =>
  typeof value === 'string' ? value.includes('\0') : typeof value === 'object' && value !== null && Object.entries(value).some(([name, one]) => name.includes('\0') || holdsZero(one));

/** One range of bytes, however large its numbers. Of many, of a unit that is none, of the end alone, of one that ends before it begins the whole file is the answer (RFC 9110, 14.1.1 and 14.2). */
function rangeOf(header: string | undefined): { start: number; end?: number } | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  if (match === null) return undefined;
  const [start, end] = [Number(match[1]), match[2] === '' ? undefined : Number(match[2])];
  return end === undefined ? { start } : end < start ? undefined : { start, end };
}

function send(operation: Operation, res: Response, answer: unknown, check: boolean): void {
  if (operation.binary !== undefined) return sendBinary(res, answer as BinaryAnswer);
  if (operation.response === undefined) return void res.status(204).end();
  res.json(check ? operation.response.parse(answer) : answer);
}

function sendBinary(res: Response, { bytes, contentType, range }: BinaryAnswer): void {
  res.set({ 'Content-Type': contentType, 'Content-Disposition': 'inline', 'Accept-Ranges': 'bytes', 'X-Content-Type-Options': 'nosniff' });
  if (range !== undefined) res.status(206).set('Content-Range', `bytes ${range.start}-${range.start + bytes.length - 1}/${range.size}`);
  res.end(bytes);
}

/** Cut off when it cannot be finished: a browser then says that the download failed. */
async function sendStream(res: Response, { stream, contentType, fileName }: StreamAnswer): Promise<void> {
  res.set({ 'Content-Type': contentType, 'Content-Disposition': `attachment; filename="${fileName}"`, 'X-Content-Type-Options': 'nosniff' });
  await pipeline(stream, res);
}

const run = (middleware: RequestHandler, req: Request, res: Response): Promise<void> =>
  new Promise((resolve, reject) => middleware(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(error as Error))));
