/** The other end of station.ts. Times are of the whole way: bytes in, answer out. */
import { AppError } from '../../../contracts/errors.ts';
import { createReader } from '../../../review/checks/index.ts';
import type { Reader } from '../../../review/checks/index.ts';
import { createPlain } from './plain.ts';
import type { Plain } from './plain.ts';
import type { StationAnswer, StationTask } from './station.ts';

let reader: Reader | undefined;
let plain: Promise<Plain> | undefined;

async function run(task: StationTask): Promise<unknown> {
  if (task.type === 'plain') return await (await (plain ??= createPlain())).read(task.image);
  reader ??= createReader({ workers: 1 });
  if (task.type === 'judge') return await reader.judge(task.image, { kind: task.kind });
  if (task.type === 'upload') return await reader.read((await reader.inspect(task.image)).jpeg);
  return await reader.read(task.image, { expect: task.expect });
}

const answer = (message: StationAnswer): void => { process.send?.(message); };

process.on('message', ({ id, ...task }: { id: number } & StationTask) => {
  const began = performance.now();
  run(task).then(
    (result) => answer({ id, ms: performance.now() - began, result }),
    (error: unknown) => answer({ id, ms: performance.now() - began, error: error instanceof AppError ? error.code : String(error) }),
  );
});
process.on('disconnect', () => {
  void Promise.allSettled([reader?.close(), plain?.then((p) => p.close())]).then(() => process.exit(0));
});
