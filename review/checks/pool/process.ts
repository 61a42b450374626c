/** One process of the pool: tasks in, answers out, one at a time. Readings run at a lower priority than calls and sockets; for a judgement somebody waits. */
import { constants, setPriority } from 'node:os';

import { AppError } from '../../../contracts/errors.ts';
import type { PoolRequest, ProcessAnswer } from './protocol.ts';
import { TASKS, loadFor } from './tasks.ts';

const { PRIORITY_NORMAL, PRIORITY_BELOW_NORMAL } = constants.priority;
setPriority(process.argv[2] === 'fast' ? PRIORITY_NORMAL : PRIORITY_BELOW_NORMAL);
const answer = (message: ProcessAnswer): void => { process.send?.(message); };
const rssMb = (): number => Math.round(process.memoryUsage.rss() / 1e6);

let running: { id: number; abort: AbortController } | undefined;

async function run(id: number, name: string, payload: unknown): Promise<void> {
  const abort = new AbortController();
  running = { id, abort };
  try {
    const task = TASKS[name];
    if (task === undefined) throw new AppError('INTERNAL');
    const result = await task(payload, () => abort.signal.throwIfAborted());
    answer({ type: 'done', id, result, rssMb: rssMb() });
  } catch (error) {
    answer({ type: 'failed', id, code: error instanceof AppError ? error.code : 'INTERNAL', errorName: error instanceof Error ? error.name : 'unknown', rssMb: rssMb() });
  } finally {
    running = undefined;
  }
}

process.on('message', (request: PoolRequest) => {
  if (request.type === 'task') void run(request.id, request.name, request.payload);
  else if (running?.id === request.id) running.abort.abort();
});
// Whoever started us is gone.
process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal reaches the whole group; the pool's owner says when we end.
process.on('SIGINT', () => undefined);
answer({ type: 'ready' });
// Before anybody asks; a load that fails is tried again by the task that needs it.
loadFor(process.argv[2]).catch(() => undefined);
