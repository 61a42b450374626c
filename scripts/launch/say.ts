import process from 'node:process';

/** One line to the terminal; answers `code`, so that a command ends in one expression. */
export function say<T>(text: string, code?: T): T {
  process.stdout.write(`${text}\n`);
  return code as T;
}

/** How far a command is: one line that is written over, and nothing where nobody watches. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text} `);
}

/** The end of a command that could not do its work. Errors of the database may quote values: only their kind is told. */
export function failed(error: unknown): number {
  const known = error instanceof Error && !('meta' in error) && !('severity' in error);
  process.stderr.write(`未完成 Not done: ${known ? error.message : error instanceof Error ? error.name : 'error'}\n`);
  return 2;
}
