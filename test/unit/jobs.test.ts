import { expect, test } from '@jest/globals';
import type { ApplicationEvent, ApplicationState } from '../../contracts/states/index.ts';
import { jobsOf, workOf } from '../../server/wiring/jobs.ts';

const after = (event: ApplicationEvent, from: ApplicationState, to: ApplicationState): string[] => workOf({ type: 'application.changed', applicationId: 'a', event, from, to }).map(({ name }) => name);

test('police, core and depository are asked when a client submits or comes back from a repair, not each time a place in the line is lost (R16, R22)', () => {
  expect(after('submit', 'draft', 'submitted')).toEqual(['police.check', 'person.lookup']);
  expect(after('repaired_call', 'repair', 'submitted')).toEqual(['police.check', 'person.lookup']);
  expect(after('leave_line', 'waiting', 'submitted')).toEqual([]);
  expect(after('release_hold', 'held', 'submitted')).toEqual([]);
  expect(after('review_approve', 'in_review', 'approved')).toEqual(['batch.tick']);
});

test('a photo of a card is read at the latest 6 s after the press, whoever died meanwhile: the press itself asks for it (R14, R20)', () => {
  const taken = (kind: 'face' | 'portraitSide' | 'emblemSide') => workOf({ type: 'photo.taken', applicationId: 'a', sessionId: 's', photoId: 'p', kind });
  const read = { name: 'photo.read', data: { applicationId: 'a', sessionId: 's', photoId: 'p' }, delayMs: 6_000 };
  expect(taken('portraitSide')).toContainEqual(read);
  const compare = { name: 'photo.compare', data: { applicationId: 'a', sessionId: 's', photoId: 'p' }, delayMs: 2_000 };
  expect(taken('emblemSide')).toEqual([read, compare]);
  expect(taken('face').map(({ name }) => name)).toEqual(['police.check', 'face.examine', 'photo.compare']);
});

test('each side that was read leads to the comparison of the two photos’ surroundings (R23)', () => {
  expect(workOf({ type: 'document.read', applicationId: 'a', documentId: 'd' })).toEqual([{ name: 'document.backgrounds', data: { applicationId: 'a' } }]);
});

test('whatever happens to a case, its manifest is written on a second later (R42)', () => {
  for (const event of [
    { type: 'document.read', applicationId: 'a', documentId: 'd' }, { type: 'script.ticked', applicationId: 'a', sessionId: 's', item: 'cue', answer: 'clear_yes' },
    { type: 'account.changed', applicationId: 'a', step: 'fund', to: 'done' },
  ] as const) expect(jobsOf(event).at(-1)).toEqual({ name: 'evidence.record', data: { applicationId: 'a' }, delayMs: 1000, coalesce: 'a' });
});
