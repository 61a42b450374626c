import { describe, expect, test } from '@jest/globals';
import { beside, inOrder } from '../../server/backup/format.ts';

const list = async function* (paths: readonly string[], read: string[] = []): AsyncGenerator<{ path: string }> {
  for (const path of paths) {
    read.push(path);
    yield { path };
  }
};

describe('a backup’s list goes beside the store’s, both in one order', () => {
  test('the order is case by case, and in a case file by file', () => {
    const paths = ['b/1', 'a-b/1', 'a/2', 'a/1', 'a0/1', 'A/9'];
    expect(paths.sort(inOrder)).toEqual(['A/9', 'a/1', 'a/2', 'a-b/1', 'a0/1', 'b/1']);
    expect(inOrder('a/1', 'a/1')).toBe(0);
  });

  test('what is in both is found, what is in one only is not, however the two are mixed', async () => {
    const of = beside(list(['a/1', 'a/3', 'b/1', 'c/1']));
    expect([await of('a/1'), await of('a/2'), await of('a/3'), await of('b/0'), await of('c/1'), await of('d/1')].map((one) => one?.path)).toEqual(['a/1', undefined, 'a/3', undefined, 'c/1', undefined]);
  });

  test('a path may be asked for twice', async () => {
    const of = beside(list(['a/1', 'a/2']));
    expect([await of('a/1'), await of('a/1')]).toEqual([{ path: 'a/1' }, { path: 'a/1' }]);
  });

  test('only as far as it is asked is it read', async () => {
    const read: string[] = [];
    const of = beside(list(['a/1', 'a/2', 'a/3', 'a/4'], read));
    await of('a/2');
    expect(read).toEqual(['a/1', 'a/2']);
  });
});
