import { describe, expect, test } from '@jest/globals';
import type { ApplicationView } from '../../contracts/http/client.ts';
import { canWithdraw, minutesLeft, openSteps, stepBack, stepNumber, stepsBehind } from '../../client/join/rules/steps.ts';

const view = (over: Partial<ApplicationView>): ApplicationView => ({
  applicationId: '0b0e7c1e-6f0f-4f7e-8f7e-000000000001', caseNo: 'C1', state: 'draft', step: 'questionnaire',
  doneSteps: ['consents', 'phone', 'documents', 'form', 'declarations'], language: 'zh', phoneMasked: '138****8000', consents: [], documents: [], prefill: {},
  form: null, differences: [], declarations: null, risk: null, custody: null, passwordsSet: false, certificateSerial: null, signed: [], repair: null, correct: [],
  message: { zh: '', en: '' }, line: null, session: null, accounts: [], rated: false, batchAt: null, ...over,
});

describe('the client’s way through the steps', () => {
  test('photos are step 3 of 10, and the call is not counted', () => {
    expect(stepNumber('documents')).toEqual({ number: 3, of: 10 });
    expect(stepNumber('submit')).toEqual({ number: 10, of: 10 });
    expect(stepNumber('call')).toBeNull();
  });
  test('the whole way is announced as about 15 minutes and only gets shorter', () => {
    expect(minutesLeft('consents')).toBeLessThanOrEqual(15);
    expect(minutesLeft('submit')).toBeLessThan(minutesLeft('documents'));
  });
  test('in a draft every done step can be changed, the phone number cannot', () => {
    expect(openSteps(view({}))).toEqual(['documents', 'form', 'declarations']);
    expect(stepBack(view({}), 'questionnaire')).toBe('declarations');
    expect(stepBack(view({}), 'documents')).toBeNull();
    expect([stepsBehind(view({}), 'questionnaire'), stepsBehind(view({}), 'documents')]).toEqual([3, 0]);
  });
  test('a repairable reject opens just the named items (R29)', () => {
    const repair = view({ state: 'repair', step: 'declarations', doneSteps: ['consents', 'phone', 'documents', 'form'], repair: { items: ['form', 'call'], text: { zh: '', en: '' } } });
    expect(openSteps(repair)).toEqual(['form']);
  });
  test('while the bank waits for a correction just that page opens, and leads back to the result (R54)', () => {
    const refused = view({ state: 'awaiting_client', step: 'result', correct: ['custody'] });
    expect(openSteps(refused)).toEqual(['custody']);
    expect(stepBack(refused, 'custody')).toBe('result');
    expect(openSteps(view({ state: 'awaiting_client', step: 'result' }))).toEqual([]);
  });
  test('after submitting nothing can be changed any more, and withdrawing is offered only where the states allow it', () => {
    expect(openSteps(view({ state: 'waiting', step: 'line' }))).toEqual([]);
    expect(canWithdraw(view({ state: 'waiting' }))).toBe(true);
    expect(canWithdraw(view({ state: 'creating' }))).toBe(false);
    expect(canWithdraw(view({ state: 'opened' }))).toBe(false);
  });
});
