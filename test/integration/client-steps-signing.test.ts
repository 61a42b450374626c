import { describe, expect, test } from '@jest/globals';
import { answersWith, certified, fillUntil, openClientApp, setPasswords, textsOf } from './client-steps.support.ts';

const { app, anna, loggedIn } = await openClientApp();

describe('declarations to signatures', () => {
  test('the lowest risk class is blocked with an explanation, and may be answered again (R18)', async () => {
    const browser = await loggedIn();
    await fillUntil(browser, anna, 'questionnaire');
    const low = await browser.put('/api/client/questionnaire', { version: '2026-1', answers: answersWith('a') });
    expect(low.body).toMatchObject({ risk: { class: 'C1', blocked: true }, step: 'questionnaire', message: { zh: expect.stringContaining('C1') } });
    expect((await browser.put('/api/client/custody', { bankCode: 'ICBC', cardNumber: '4111111111111111' })).code).toBe('RISK_CLASS_BLOCKED');
    expect((await browser.put('/api/client/questionnaire', { version: '2026-1', answers: { age: 'a' } })).code).toBe('BAD_REQUEST');
    expect((await browser.put('/api/client/questionnaire', { version: '2026-1', answers: answersWith('c') })).body).toMatchObject({ risk: { class: 'C4', blocked: false }, step: 'custody' });
    expect((await browser.put('/api/client/custody', { bankCode: 'ICBC', cardNumber: '4111111111111112' })).code).toBe('BANK_CARD_INVALID');
  });

  test('weak passwords are refused, and none is kept in a form we could open (R19)', async () => {
    const browser = await loggedIn();
    await fillUntil(browser, anna, 'passwords');
    const born = anna.form.birthDate.replaceAll('-', '').slice(2);
    for (const weak of ['111111', '123456', born]) expect((await setPasswords(browser, weak, '806417')).code).toBe('PASSWORD_WEAK');
    // Each good, but one would open both doors: said in words of its own.
    expect((await setPasswords(browser, '739251', '739251')).code).toBe('PASSWORDS_EQUAL');
    expect((await browser.put('/api/client/passwords', { keyId: 'other', trading: 'AAAA', fund: 'AAAA' })).code).toBe('PASSWORD_UNREADABLE');
    await app.simulatorsDown('core', true);
    expect((await browser.get('/api/client/core-key')).code).toBe('OUTSIDE_UNAVAILABLE');
    await app.simulatorsDown('core', false);
    expect((await setPasswords(browser, '739251', '806417')).body.passwordsSet).toBe(true);
  });

  test('an agreement is signed by the certificate’s key over exactly its text (R19)', async () => {
    const browser = await loggedIn();
    await fillUntil(browser, anna, 'agreements');
    const { agreements } = await textsOf(browser);
    const text = agreements[0]!;
    const body = { id: text.id, version: text.version, language: 'zh', sha256: text.sha256.zh, shownSeconds: 5 };
    expect((await browser.post('/api/client/agreements', { ...body, signature: 'AAAA' })).code).toBe('CERTIFICATE_INVALID');
    expect((await browser.post('/api/client/certificate', { csr: 'bm90IGEgcmVxdWVzdA==' })).code).toBe('CERTIFICATE_INVALID');
    const { sign, answer } = await certified(browser);
    expect(answer.status).toBe(200);
    expect((await browser.post('/api/client/agreements', { ...body, signature: await sign(`${text.body.zh} `) })).code).toBe('SIGNATURE_INVALID');
    expect((await browser.post('/api/client/agreements', { ...body, sha256: 'a'.repeat(64), signature: await sign(text.body.zh) })).code).toBe('TEXT_VERSION_OLD');
    expect((await browser.post('/api/client/agreements', { ...body, signature: await sign(text.body.zh) })).body.signed).toEqual([text.id]);
  });

  test('an agreement that is signed again keeps the earlier signature as evidence (R19)', async () => {
    const browser = await loggedIn();
    await fillUntil(browser, anna, 'agreements');
    const text = (await textsOf(browser)).agreements[0]!;
    for (let i = 0; i < 2; i++) {
      const { sign } = await certified(browser);
      const answer = await browser.post('/api/client/agreements', { id: text.id, version: text.version, language: 'zh', sha256: text.sha256.zh, signature: await sign(text.body.zh), shownSeconds: 3 });
      expect(answer.body.signed).toEqual([text.id]);
    }
    const { applicationId } = (await browser.get('/api/client/application')).body;
    const rows = await app.db.prisma.agreementSignature.findMany({ where: { applicationId }, orderBy: { at: 'asc' } });
    expect(rows).toMatchObject([{ agreementId: text.id, supersededAt: expect.any(Date) }, { agreementId: text.id, supersededAt: null }]);
    expect(rows[0]!.signature).not.toBe(rows[1]!.signature);
    expect(rows[0]!.certificateId).not.toBe(rows[1]!.certificateId);
  });
});
