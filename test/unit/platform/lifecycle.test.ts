import { EventEmitter } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { FAULT_EXIT_CODE, StoppedWhileStarting, createLifecycle, stopOnFaults, stopOnSignals } from '../../../server/platform/lifecycle.ts';
import { createLog } from '../../../server/platform/log.ts';

const silent = { info: () => undefined, error: () => undefined };
const part = (name: string, seen: string[]) => [name, () => void seen.push(`+${name}`), () => void seen.push(`-${name}`)] as const;

describe('the life of the program', () => {
  test('parts start in order and stop in reverse', async () => {
    const seen: string[] = [];
    const life = createLifecycle(silent);
    for (const name of ['database', 'redis', 'web']) await life.add(...part(name, seen));
    await life.stop();
    expect(seen).toEqual(['+database', '+redis', '+web', '-web', '-redis', '-database']);
  });

  test('stopping twice is harmless', async () => {
    const seen: string[] = [];
    const life = createLifecycle(silent);
    await life.add(...part('database', seen));
    await Promise.all([life.stop(), life.stop()]);
    await life.stop();
    expect(seen).toEqual(['+database', '-database']);
  });

  test('a part that cannot start stops those before it, and says why', async () => {
    const seen: string[] = [];
    const life = createLifecycle(silent);
    await life.add(...part('database', seen));
    await expect(life.add('web', () => Promise.reject(new Error('port in use')))).rejects.toThrow('port in use');
    expect(seen).toEqual(['+database', '-database']);
  });

  test('a part that hangs is named and does not keep the others from stopping', async () => {
    const seen: string[] = [];
    const life = createLifecycle(silent);
    await life.add(...part('database', seen));
    await life.add('media', () => undefined, () => new Promise(() => undefined), 30);
    expect(await life.stop()).toEqual({ failed: ['media'] });
    expect(seen).toEqual(['+database', '-database']);
  });

  test('a part still starting when the stop comes is stopped too', async () => {
    const seen: string[] = [];
    const life = createLifecycle(silent);
    let started = (): void => undefined;
    const adding = life.add('web', () => new Promise<void>((done) => { started = done; }), () => void seen.push('-web'));
    const refused = expect(adding).rejects.toThrow(StoppedWhileStarting);
    const stopping = life.stop();
    started();
    expect(await stopping).toEqual({ failed: [] });
    expect(seen).toEqual(['-web']);
    await refused;
    await expect(life.add('jobs', () => undefined)).rejects.toThrow(StoppedWhileStarting);
  });
});

/** A program: what it listens to, and with which code it ended. */
const program = () => {
  const exits: number[] = [];
  const emitter = Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) });
  return { process: emitter as unknown as NodeJS.Process, exits, happens: (event: string, ...what: unknown[]) => emitter.emit(event, ...what) };
};
const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

describe('the end of the program', () => {
  test('a signal before everything has started stops what there is, in good order', async () => {
    const seen: string[] = [];
    const life = createLifecycle(silent);
    const one = program();
    stopOnSignals(() => life.stop(), one.process);
    await life.add(...part('database', seen));
    const adding = life.add('web', () => settled(), () => void seen.push('-web'));
    one.happens('SIGTERM');
    await expect(adding).rejects.toThrow(StoppedWhileStarting);
    await settled();
    expect([seen, one.exits]).toEqual([['+database', '-web', '-database'], [0]]);
  });

  test('a fault that nobody caught is one line without the text that quotes a row, then an orderly stop with a code of its own (R43)', async () => {
    const lines: string[] = [];
    const seen: string[] = [];
    const life = createLifecycle(silent);
    await life.add(...part('database', seen));
    const one = program();
    stopOnFaults(createLog({ destination: { write: (line: string) => void lines.push(line) } }), () => life.stop(), one.process);
    const error = Object.assign(new Error('Unique constraint failed: name 王小明, phone 13800000000'), { name: 'PrismaClientKnownRequestError', code: 'P2002' });
    one.happens('uncaughtException', error, 'unhandledRejection');
    one.happens('uncaughtException', new TypeError('x is not a function'), 'uncaughtException');
    await settled();
    await settled();
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 'fatal', origin: 'unhandledRejection', err: { code: 'P2002' } }, { level: 'fatal', err: { message: 'x is not a function' } }]);
    expect(lines.join('')).not.toMatch(/王小明|13800000000/);
    expect([seen, one.exits]).toEqual([['+database', '-database'], [FAULT_EXIT_CODE]]);
  });
});
