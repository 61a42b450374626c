import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dayAfterYears, dueOf, isDue } from '../../workflows/retention/due.ts';

const closedAt = new Date('2026-03-10T10:00:00+08:00');

describe('how long a case is kept (R44)', () => {
  test('a case that came to no account is kept for 20 years after it ended, and may go on the day after', () => {
    const due = dueOf({ closedAt, relation: false, relationEndedOn: null });
    expect(due).toEqual({ dueOn: '2046-03-11', rule: 'closed' });
    expect([isDue(due, '2046-03-10'), isDue(due, '2046-03-11')]).toEqual([false, true]);
  });
  test('while the relation goes on, or nobody has told its end, there is no such day', () => {
    expect(dueOf({ closedAt, relation: true, relationEndedOn: null })).toBeNull();
    expect(isDue(null, '2999-01-01')).toBe(false);
  });
  test.each([
    ['2030-01-01', '2046-03-11', 'closed'],
    ['2036-03-10', '2046-03-11', 'closed'],
    ['2036-03-11', '2046-03-12', 'relation'],
    ['2060-05-01', '2070-05-02', 'relation'],
  ] as const)('a relation that ended on %s: the later of the two periods counts, until %s', (relationEndedOn, dueOn, rule) => {
    expect(dueOf({ closedAt, relation: true, relationEndedOn })).toEqual({ dueOn, rule });
  });
  test('late in the evening in London it is the next day in China', () => {
    expect(dueOf({ closedAt: new Date('2026-03-10T16:00:00Z'), relation: false, relationEndedOn: null })?.dueOn).toBe('2046-03-12');
  });
  test('29 February never shortens a period', () => {
    expect(dayAfterYears('2024-02-29', 20)).toBe('2044-03-01');
    expect(dayAfterYears('2024-02-29', 10)).toBe('2034-03-02');
  });
  test('no case is due before 20 years after its end, nor before 10 after the relation’s', () => {
    const day = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
    fc.assert(fc.property(day, fc.option(day), fc.boolean(), (closed, ended, relation) => {
      const due = dueOf({ closedAt: closed, relation, relationEndedOn: ended === null ? null : ended.toISOString().slice(0, 10) });
      if (due === null) return relation && ended === null;
      const years = (from: Date, count: number): string => `${from.getUTCFullYear() + count}-${from.toISOString().slice(5, 10)}`;
      return due.dueOn > years(closed, 20) && (ended === null || due.dueOn > years(ended, 10));
    }));
  });
});
