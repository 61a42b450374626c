import { describe, expect, test } from '@jest/globals';
import { clientSteps, missingForSubmit, repairEvent } from '../../workflows/application/rules.ts';
import type { ClientFacts } from '../../workflows/application/rules.ts';

const complete: ClientFacts = {
  state: 'draft',
  consents: (['notice', 'recording', 'sensitive', 'face'] as const).map((kind) => ({ kind, granted: true })),
  phoneProven: true, documentSides: ['portrait', 'emblem'], formSaved: true, declarationsSaved: true, risk: { blocked: false },
  custodyChosen: true, passwordsSet: true, signedAgreements: ['accountOpening', 'riskDisclosure', 'custody', 'electronicSignature'], readyPassed: false, reached: 'draft', repairOpen: [],
};

describe('the client’s way', () => {
  test('begins with the consents (R17) and shows the first step that is not done', () => {
    expect(clientSteps({ ...complete, consents: [], phoneProven: false }).next).toBe('consents');
    expect(clientSteps({ ...complete, phoneProven: false }).next).toBe('phone');
    expect(clientSteps({ ...complete, documentSides: ['portrait'] }).next).toBe('documents');
    expect(clientSteps(complete)).toMatchObject({ next: 'submit' });
  });

  test('a client who refuses face matching goes on; one who refuses recording does not (R17)', () => {
    const refuse = (refused: string) => complete.consents.map((c) => ({ ...c, granted: c.kind !== refused }));
    expect(clientSteps({ ...complete, consents: refuse('face') }).next).toBe('submit');
    expect(clientSteps({ ...complete, consents: refuse('recording') }).next).toBe('consents');
  });

  test('the lowest risk class goes no further (R18)', () => {
    expect(clientSteps({ ...complete, risk: { blocked: true } }).next).toBe('questionnaire');
    expect(missingForSubmit({ ...complete, risk: { blocked: true } })).toEqual(['questionnaire']);
  });

  test('a repairable reject sends the client back to just that item (R29)', () => {
    expect(clientSteps({ ...complete, state: 'repair', repairOpen: ['declarations', 'call'] }).next).toBe('declarations');
    expect(clientSteps({ ...complete, state: 'repair', repairOpen: ['call'] }).next).toBe('submit');
  });

  test('after the repair: a new call when an item needs one, else straight to second review (R29)', () => {
    expect(repairEvent(['documents'])).toBe('repaired_call');
    expect(repairEvent(['form', 'call'])).toBe('repaired_call');
    expect(repairEvent(['declarations'])).toBe('repaired_review');
  });

  test('ready check, line, call and result follow the state', () => {
    expect(clientSteps({ ...complete, state: 'submitted' }).next).toBe('ready');
    expect(clientSteps({ ...complete, state: 'submitted', readyPassed: true }).next).toBe('line');
    expect(clientSteps({ ...complete, state: 'waiting' }).next).toBe('line');
    expect(clientSteps({ ...complete, state: 'in_call' }).next).toBe('call');
    for (const state of ['witnessed', 'held', 'opened', 'rejected'] as const) expect(clientSteps({ ...complete, state }).next).toBe('result');
  });

  test('who withdrew half-way has done only what was done', () => {
    const half = { ...complete, custodyChosen: false, passwordsSet: false, signedAgreements: [] };
    expect(clientSteps({ ...half, state: 'withdrawn' })).toEqual({ done: ['consents', 'phone', 'documents', 'form', 'declarations', 'questionnaire'], next: 'result' });
    expect(clientSteps({ ...complete, state: 'expired', reached: 'submitted' }).done.at(-1)).toBe('submit');
    expect(clientSteps({ ...complete, state: 'withdrawn', reached: 'witnessed' }).done.at(-1)).toBe('call');
  });
});
