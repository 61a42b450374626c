import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';

export type Log = Logger;

/**
 * Names (lower case, letters only) under which personal data or secrets would travel. Code logs ids and codes only; this is
 * the second net, for the object that somebody logs whole (R43).
 */
const PERSONAL = new Set([
  'name', 'fullname', 'realname', 'clientname', 'idnumber', 'phone', 'mobile', 'landline', 'address', 'birthdate', 'sex', 'ethnicity', 'email', 'bankcard', 'cardnumber',
  'photo', 'image', 'portrait', 'body', 'form', 'comment', 'text', 'answer', 'answers',
  'password', 'passwords', 'tradingpassword', 'fundpassword', 'otp', 'totp', 'onetimecode', 'secret', 'token', 'ticket', 'cookie', 'cookies', 'authorization', 'headers',
  'key', 'keys', 'privatekey', 'url', 'databaseurl', 'redisurl', 'connectionstring', 'query', 'parameters', 'params', 'detail', 'where',
]);
/** A mainland ID number or mobile number anywhere in a line, whatever its field is called; not a part of an id in hex. */
const NUMBERS = /(?<![\w-])(?:\d{17}[\dXx]|(?:86)?1[3-9]\d{9})(?![\w-])/g;
const DEEPEST = 5;

/** Of an error: class, our catalogue's code and where it happened. A database's message quotes the row it refused. */
type ErrorLine = { type: string; code?: string; message?: string; stack?: string };

export type LogOptions = { level?: string; role?: string; destination?: DestinationStream };

/**
 * The program's log: JSON lines on standard output.
 *
 * fatal – the process ends · error – a person must look · warn – it healed itself, or a client did something wrong ·
 * info – exactly one line per meaningful change (a session opened, a decision, a batch ended) · debug – the way there.
 */
export function createLog(options: LogOptions = {}): Log {
  const destination = options.destination ?? pino.destination({ fd: 1, sync: true });
  return pino(
    {
      level: options.level ?? 'info',
      base: { pid: process.pid, ...(options.role === undefined ? {} : { role: options.role }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: (fields) => cleaned(fields, 0) as Record<string, unknown> },
      errorKey: 'err',
      serializers: { err: (value: unknown) => (value instanceof Error ? errorLine(value) : value) },
      hooks: {
        logMethod(args, method) {
          // pino would make the error's own text the message.
          const [first, ...rest] = args as unknown[];
          method.apply(this, (first instanceof Error ? [{ err: first }, first.name, ...rest] : args) as Parameters<typeof method>);
        },
      },
    },
    // Nines keep the line valid JSON, in a text as in a number.
    { write: (line) => destination.write(line.replace(NUMBERS, (found) => '9'.repeat(found.length))) },
  );
}

function cleaned(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return errorLine(value);
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= DEEPEST) return '[deep]';
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => cleaned(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, PERSONAL.has(name.replace(/[^A-Za-z]/g, '').toLowerCase()) ? '[redacted]' : cleaned(item, depth + 1)]),
  );
}

/** What of an error may be logged. */
export function errorLine(value: unknown): ErrorLine {
  if (!(value instanceof Error)) return { type: typeof value };
  const code = (value as { code?: unknown }).code;
  const frames = (value.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)).slice(0, 8).map((line) => line.trim()).join(' | ');
  return {
    type: value.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code: String(code) } : {}),
    // Only texts of our own programming errors are known to hold nothing personal.
    ...(isOwnText(value) ? { message: value.message } : {}),
    ...(frames === '' ? {} : { stack: frames }),
  };
}

const OWN = new Set(['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'AssertionError', 'AppError', 'ConfigError']);

function isOwnText(error: Error): boolean {
  // A parser's SyntaxError quotes its input.
  return OWN.has(error.name) && !/JSON|token/i.test(error.message);
}
