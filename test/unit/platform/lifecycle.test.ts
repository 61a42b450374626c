import { describe, expect, test } from '@jest/globals';
import { createLifecycle } from '../../../server/platform/lifecycle.ts';

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
    await life.stop();
    started();
    await expect(adding).rejects.toThrow(/stopped while starting/);
    expect(seen).toEqual(['-web']);
  });
});
