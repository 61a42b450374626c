import { expect, test } from '@jest/globals';
import type { ApplicationEvent, ApplicationState } from '../../contracts/states/index.ts';
import { jobsOf } from '../../server/wiring/jobs.ts';

const after = (event: ApplicationEvent, from: ApplicationState, to: ApplicationState): string[] => jobsOf({ type: 'application.changed', applicationId: 'a', event, from, to }).map(({ name }) => name);

test('police, core and depository are asked when a client submits or comes back from a repair, not each time a place in the line is lost (R16, R22)', () => {
  expect(after('submit', 'draft', 'submitted')).toEqual(['police.check', 'person.lookup']);
  expect(after('repaired_call', 'repair', 'submitted')).toEqual(['police.check', 'person.lookup']);
  expect(after('leave_line', 'waiting', 'submitted')).toEqual([]);
  expect(after('release_hold', 'held', 'submitted')).toEqual([]);
  expect(after('review_approve', 'in_review', 'approved')).toEqual(['batch.tick']);
});

test('each side that was read leads to the comparison of the two photos’ surroundings (R23)', () => {
  expect(jobsOf({ type: 'document.read', applicationId: 'a', documentId: 'd' })).toEqual([{ name: 'document.backgrounds', data: { applicationId: 'a' } }]);
});
