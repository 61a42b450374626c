/**
 * A process of the pool whose tasks do nothing but last: one that looks up between steps, one that never does; and one after
 * which the process says that it has grown large.
 */
type Message = { readonly type: 'task'; readonly id: number; readonly name: string; readonly payload: unknown } | { readonly type: 'cancel'; readonly id: number };

let cancelled = 0;
const seen: unknown[] = [];
const answer = (message: object): void => { process.send?.(message); };

async function patient(id: number): Promise<void> {
  for (let step = 0; step < 500; step += 1) {
    await new Promise((resolve) => { setTimeout(resolve, 10); });
    if (cancelled !== id) continue;
    answer({ type: 'failed', id, code: 'INTERNAL', errorName: 'AbortError', rssMb: 1 });
    return;
  }
  answer({ type: 'done', id, result: 'to the end', rssMb: 1 });
}

process.on('message', (message: Message) => {
  if (message.type === 'cancel') {
    cancelled = message.id;
    return;
  }
  seen.push(message.payload);
  if (message.name === 'large') answer({ type: 'done', id: message.id, result: process.pid, rssMb: 5_000 });
  else if (message.name === 'seen') answer({ type: 'done', id: message.id, result: seen, rssMb: 1 });
  else if (message.name === 'patient') void patient(message.id);
  else if (message.name === 'deaf') for (const end = Date.now() + 20_000; Date.now() < end;);
  else answer({ type: 'done', id: message.id, result: process.pid, rssMb: 1 });
});
process.on('disconnect', () => process.exit(0));
answer({ type: 'ready' });
