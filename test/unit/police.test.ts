import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FINDINGS } from '../../contracts/findings.ts';
import { isDecidable, POLICE_ANSWERS } from '../../contracts/police.ts';
import type { PoliceAnswer, PoliceQuestion } from '../../contracts/police.ts';
import { REASONS, reasonCode } from '../../contracts/reasons/index.ts';
import { missingForApprove } from '../../review/decision/missing.ts';
import { policeFindings, policeStanding } from '../../review/decision/police.ts';
import type { PoliceAnswerFact } from '../../review/decision/police.ts';
import { askPatiently } from '../../server/usecases/outside.ts';
import { SCRIPT, PHOTO_KINDS } from '../../contracts/script.ts';

let serial = 0;
const said = (question: PoliceQuestion, answer: PoliceAnswer, decided = false): PoliceAnswerFact => ({ id: String(serial += 1), question, answer, decided });
const codes = (answers: readonly PoliceAnswerFact[], faceAsked = false) => policeFindings(policeStanding(answers), { faceAsked }).map(({ code, blocks }) => `${code}${blocks ? '!' : ''}`);

describe('each answer of the police check has its own name (R22)', () => {
  test('seven answers about a face give seven different outcomes', () => {
    const outcomes = POLICE_ANSWERS.map((answer) => codes([said('identity', 'match'), said('face', answer)], true).join());
    expect(new Set(outcomes).size).toBe(7);
    expect(outcomes).toEqual(['', 'POLICE_NAME_MISMATCH!', 'POLICE_PHOTO_MISMATCH!', 'POLICE_BAD_IMAGE', 'POLICE_NO_PHOTO', 'POLICE_NO_RECORD!', 'POLICE_UNAVAILABLE!']);
  });
  test('"no record" and "unavailable" are not a mismatch, and a person’s decision opens the way, with the answer still shown', () => {
    for (const answer of ['noRecord', 'unavailable'] as const) {
      expect(codes([said('identity', answer)])).toEqual([expect.stringMatching(/!$/)]);
      const [finding] = policeFindings(policeStanding([said('identity', answer, true)]), { faceAsked: false });
      expect(finding).toMatchObject({ code: answer === 'noRecord' ? 'POLICE_NO_RECORD' : 'POLICE_UNAVAILABLE', blocks: false, severity: 'warning' });
      expect(FINDINGS[finding!.code].zh).not.toContain('不一致');
    }
  });
  test('a mismatch is no matter for a decision: even one on record opens nothing', () => {
    for (const answer of POLICE_ANSWERS.filter((a) => !isDecidable(a))) expect(codes([said('identity', answer, true)])).toEqual(codes([said('identity', answer)]));
  });
  test('approve stays closed without an answer, and says so', () => {
    const facts = {
      recorderRunning: true, ticks: SCRIPT.map(({ id }) => ({ item: id, answer: 'clear_yes' as const, recorded: true })),
      photos: PHOTO_KINDS.map((kind) => ({ kind, recorded: true, findings: [] })),
    };
    const missing = (answers: readonly PoliceAnswerFact[], faceAsked = false) => missingForApprove({ ...facts, findings: policeFindings(policeStanding(answers), { faceAsked }) }).map(({ code }) => code);
    expect(missing([])).toEqual(['finding.POLICE_PENDING']);
    expect(missing([said('identity', 'match')])).toEqual([]);
    expect(missing([said('identity', 'match')], true)).toEqual(['finding.POLICE_FACE_PENDING']);
    expect(missing([said('identity', 'unavailable')])).toEqual(['finding.POLICE_UNAVAILABLE']);
    expect(missing([said('identity', 'unavailable', true)])).toEqual([]);
  });
});

test('whatever of the police check closes approve, there is a code to reject with, and it tells the client what to do (R22, R29)', () => {
  const reasons = { nameMismatch: 'A01', noRecord: 'A03', unavailable: 'A04', photoMismatch: 'A05' } as const;
  expect(POLICE_ANSWERS.filter((answer) => codes([said('face', answer)], true).some((code) => code.endsWith('!'))).sort()).toEqual(Object.keys(reasons).sort());
  for (const code of Object.values(reasons)) {
    const reason = REASONS.find((one) => one.code === code)!;
    expect(reason).toMatchObject({ group: 'authority', final: false, repair: expect.arrayContaining(['call']) });
    expect(reason.client.zh).toMatch(/请/);
    expect(reasonCode.parse(reason)).toEqual(reason);
  }
});

describe('which answer counts', () => {
  test('a later silence does not undo an answer; a later answer does', () => {
    expect(codes([said('identity', 'match'), said('identity', 'unavailable')])).toEqual([]);
    expect(codes([said('identity', 'unavailable'), said('identity', 'match')])).toEqual([]);
    expect(codes([said('identity', 'match'), said('identity', 'nameMismatch'), said('identity', 'unavailable')])).toEqual(['POLICE_NAME_MISMATCH!']);
  });
  test('a person’s decision is not undone by a later silence, nor by the same answer given again (R22)', () => {
    expect(codes([said('identity', 'unavailable', true), said('identity', 'unavailable')])).toEqual(['POLICE_UNAVAILABLE']);
    expect(codes([said('identity', 'noRecord', true), said('identity', 'unavailable'), said('identity', 'noRecord')])).toEqual(['POLICE_NO_RECORD']);
    // Another answer in between is news: it is decided on anew.
    expect(codes([said('identity', 'unavailable', true), said('identity', 'noRecord')])).toEqual(['POLICE_NO_RECORD!']);
    expect(codes([said('identity', 'noRecord', true), said('identity', 'nameMismatch'), said('identity', 'noRecord')])).toEqual(['POLICE_NO_RECORD!']);
  });
  test('an answer about the face says that name and number agree, when nothing else did', () => {
    expect(codes([said('identity', 'unavailable'), said('face', 'match')], true)).toEqual([]);
    expect(codes([said('face', 'noPhoto')], true)).toEqual(['POLICE_NO_PHOTO']);
    expect(codes([said('identity', 'unavailable'), said('face', 'unavailable')], true)).toEqual(['POLICE_UNAVAILABLE!', 'POLICE_UNAVAILABLE!']);
    expect(codes([said('identity', 'noRecord'), said('face', 'match')], true)).toEqual(['POLICE_NO_RECORD!']);
  });
  test('without consent a face is neither waited for nor judged (R17)', () => {
    expect(codes([said('identity', 'match')], false)).toEqual([]);
  });
  test('the order of the two questions does not matter', () => {
    const answers = fc.array(fc.record({ question: fc.constantFrom<PoliceQuestion>('identity', 'face'), answer: fc.constantFrom(...POLICE_ANSWERS), decided: fc.boolean() }), { maxLength: 6 });
    fc.assert(fc.property(answers, (list) => {
      const facts = list.map((one, i) => ({ ...one, id: String(i) }));
      const sorted = [...facts.filter((f) => f.question === 'face'), ...facts.filter((f) => f.question === 'identity')];
      expect(codes(sorted, true)).toEqual(codes(facts, true));
    }));
  });
});

describe('an outside system is asked again with pauses, and not for ever', () => {
  const pauses: number[] = [];
  const patience = { timeoutMs: 1_000, pausesMs: [100, 1_000], sleep: async (ms: number) => void pauses.push(ms) };
  test('the second try answers', async () => {
    let tries = 0;
    expect(await askPatiently(patience, async () => ((tries += 1) < 2 ? 'again' : { answer: 'yes' }))).toEqual({ answer: 'yes', attempts: 2 });
  });
  test('a fault is tried again, three times in all, with growing pauses', async () => {
    pauses.length = 0;
    expect(await askPatiently(patience, async () => { throw new Error('gone'); })).toEqual({ answer: null, attempts: 3 });
    expect(pauses).toHaveLength(2);
    expect(pauses[0]).toBeLessThanOrEqual(100);
    expect(pauses[1]).toBeGreaterThanOrEqual(500);
  });
  test('what can never work is not tried again', async () => {
    expect(await askPatiently(patience, async () => 'never')).toEqual({ answer: null, attempts: 1 });
  });
});
