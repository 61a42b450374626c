import { describe, expect, test } from '@jest/globals';
import { judge } from '../../scripts/test/stages.ts';
import type { Report } from '../../scripts/test/stages.ts';

const report = (statuses: string[], change: Partial<Report> = {}): Report => ({
  numPassedTests: statuses.filter((status) => status === 'passed').length,
  numFailedTests: statuses.filter((status) => status === 'failed').length,
  numPendingTests: 0, numTodoTests: 0, numRuntimeErrorTestSuites: 0,
  testResults: [{ name: '/a.test.ts', status: 'passed', assertionResults: statuses.map((status, index) => ({ fullName: `test ${index}`, status })) }],
  ...change,
});

describe('the test runner leaves nothing out silently', () => {
  test('a suite whose tests all passed is good', () => {
    expect(judge('unit', 0, report(['passed', 'passed']), ['/a.test.ts'], 1)).toEqual({ name: 'unit', passed: 2, failed: 0, problems: [], seconds: 1 });
  });

  test.each(['pending', 'skipped', 'todo', 'disabled'])('a test that is %s fails the run and is named', (status) => {
    expect(judge('unit', 0, report(['passed', status]), ['/a.test.ts'], 1).problems).toEqual([`/a.test.ts: "test 1" was ${status}, not run`]);
  });

  test('a file without a test fails the run', () => {
    expect(judge('unit', 0, report([]), ['/a.test.ts'], 1).problems).toEqual(['/a.test.ts ran no test']);
  });

  test('a file that was not run fails the run', () => {
    expect(judge('e2e', 0, report(['passed']), ['/a.test.ts', '/b.test.ts'], 1).problems).toEqual(['/b.test.ts was not run']);
  });

  test('a suite that does not end by itself because something was left running fails the run', () => {
    expect(judge('media', null, report(['passed']), ['/a.test.ts'], 1).problems).toEqual([expect.stringContaining('left something running')]);
  });

  test('jest ending badly without a report or without a failed test fails the run', () => {
    expect(judge('media', 1, undefined, [], 1).problems).toHaveLength(1);
    expect(judge('media', 1, report(['passed']), ['/a.test.ts'], 1).problems).toHaveLength(1);
  });
});
