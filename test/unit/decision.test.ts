import { describe, expect, test } from '@jest/globals';
import { FINDINGS } from '../../contracts/findings.ts';
import { makeFinding } from '../../contracts/reading.ts';
import { PHOTO_KINDS, SCRIPT } from '../../contracts/script.ts';
import { missingForApprove, refusal } from '../../review/decision/missing.ts';
import type { DecisionFacts } from '../../review/decision/missing.ts';

const complete: DecisionFacts = {
  recorderRunning: true,
  ticks: SCRIPT.map(({ id }) => ({ item: id, answer: 'clear_yes', recorded: true })),
  photos: PHOTO_KINDS.map((kind) => ({ kind, recorded: true, findings: [] })),
  findings: [],
};
const codes = (facts: DecisionFacts) => missingForApprove(facts).map((m) => m.code);

describe('what stands in the way of approve', () => {
  test('approve is open when every item is done and the recorder holds it (R28)', () => {
    expect(codes(complete)).toEqual([]);
    expect(refusal(missingForApprove(complete))).toBeUndefined();
  });
  test('a session whose recorder does not run cannot be approved (R40)', () => {
    expect(refusal(missingForApprove({ ...complete, recorderRunning: false }))).toBe('RECORDING_MISSING');
  });
  test.each(SCRIPT.map((s) => s.id))('the script item %s that is not ticked is named (R24)', (id) => {
    expect(codes({ ...complete, ticks: complete.ticks.filter((t) => t.item !== id) })).toEqual([`script.${id}`]);
  });
  test('an unclear answer („嗯“) does not close the item (R24)', () => {
    const ticks = complete.ticks.map((t) => (t.item === 'ownWill' ? { ...t, answer: 'unclear' as const } : t));
    expect(codes({ ...complete, ticks })).toEqual(['script.ownWill']);
  });
  test.each(PHOTO_KINDS)('a missing photo %s is named (R20)', (kind) => {
    const facts = { ...complete, photos: complete.photos.filter((p) => p.kind !== kind) };
    expect(codes(facts)).toEqual([`photo.${kind}`]);
    expect(refusal(missingForApprove(facts))).toBe('PHOTOS_INCOMPLETE');
  });
  test('items and photos inside a recording gap have to be done again (R28)', () => {
    const ticks = complete.ticks.map((t) => (t.item === 'cue' ? { ...t, recorded: false } : t));
    const photos = complete.photos.map((p) => (p.kind === 'face' ? { ...p, recorded: false } : p));
    expect(codes({ ...complete, ticks, photos })).toEqual(['gap.cue', 'gap.face']);
    expect(refusal(missingForApprove({ ...complete, ticks, photos }))).toBe('RECORDING_GAP');
  });
  test('approve waits for the reading of a card photo, so that no difference is hidden (R14)', () => {
    expect(codes({ ...complete, photos: complete.photos.map((p) => ({ ...p, beingRead: p.kind === 'emblemSide' })) })).toEqual(['reading.emblemSide']);
  });
  test.each(['CARD_NOT_FOUND', 'SIDE_UNKNOWN', 'SIDE_WRONG'] as const)('a card photo in which the wanted side was not found (%s) is not approved, and the reason is named (R21, R28)', (code) => {
    const withFinding = (kind: string) => ({ ...complete, photos: complete.photos.map((p) => (p.kind === kind ? { ...p, findings: [makeFinding(code)] } : p)) });
    expect(codes(withFinding('portraitSide'))).toEqual(['photo.portraitSide']);
    expect(codes(withFinding('emblemSide'))).toEqual(['photo.emblemSide']);
    expect(missingForApprove(withFinding('portraitSide'))[0]?.text.zh).toContain(FINDINGS[code].zh);
    expect(refusal(missingForApprove(withFinding('portraitSide')))).toBe('FINDING_BLOCKS');
  });
  test('approve waits until each photo was compared with the recording; what is wrong with a photo is said first (R20, R28)', () => {
    const facts = { ...complete, photos: complete.photos.map((p) => ({ ...p, beingCompared: true, ...(p.kind === 'face' ? { findings: [makeFinding('PHOTO_RETOUCHED')] } : {}) })) };
    expect(codes(facts)).toEqual(['photo.face', 'comparing.portraitSide', 'comparing.emblemSide']);
    expect(missingForApprove(facts)[1]?.text.zh).toContain('正在与录像核对');
  });
  test('a face photo needs no card in it', () => {
    expect(codes({ ...complete, photos: complete.photos.map((p) => (p.kind === 'face' ? { ...p, findings: [makeFinding('CARD_NOT_FOUND')] } : p)) })).toEqual([]);
  });
  test('a reading that takes long stays named, and says that the photo may be taken again (R14)', () => {
    const facts = { ...complete, photos: complete.photos.map((p) => ({ ...p, beingRead: p.kind === 'portraitSide', readingSlow: true })) };
    expect(codes(facts)).toEqual(['reading.portraitSide']);
    expect(missingForApprove(facts)[0]?.text.zh).toContain('可重拍');
  });
  test('a client who dropped is named, and approve waits for the return (R28, R30)', () => {
    expect(codes({ ...complete, clientAway: true })).toEqual(['client']);
    expect(refusal(missingForApprove({ ...complete, clientAway: true }))).toBe('SESSION_NOT_LIVE');
  });
  test('a blocking finding closes approve (R14, R21)', () => {
    const blocking = makeFinding('PHOTO_BLURRED', { blocks: true });
    expect(codes({ ...complete, findings: [blocking] })).toEqual(['finding.PHOTO_BLURRED']);
    expect(codes({ ...complete, photos: complete.photos.map((p) => ({ ...p, findings: [blocking] })) })).toHaveLength(3);
  });
});
