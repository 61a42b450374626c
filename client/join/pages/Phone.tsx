import { useEffect, useState } from 'react';
import type { JSX } from 'react';
import { CLIENT_OPERATIONS as api } from '../../../contracts/http/client.ts';
import { HttpError } from '../../rtc/http.ts';
import { ErrorNote, Field, MainButton, StepFooter } from '../parts/Basics.tsx';
import { Frame } from '../parts/Frame.tsx';
import { codeLocked, codeSent, keptCode, secondsToResend } from '../rules/codeOut.ts';
import type { CodeOut } from '../rules/codeOut.ts';
import { maskPhone, normalisePhone, phoneFits, phoneProblem } from '../rules/numbers.ts';
import { useAction } from '../state/action.ts';
import { useClient, useDraft } from '../state/client.tsx';
import { useLanguage } from '../state/language.tsx';
import type { Text } from '../state/language.tsx';
import { testid } from '../testids.ts';

const countdown = (seconds: number, t: Text): string => {
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  return seconds >= 100 ? t(`${minutes} 分 ${rest} 秒后可重新获取`, `Again in ${minutes} min ${rest} s`) : t(`${seconds} 秒后可重新获取`, `Again in ${seconds} s`);
};

/** What is still wrong with the number; while it is too short that is a hint, not a fault. */
const problemWords = (phone: string, t: Text): { hint?: string; error?: string } => {
  const digits = normalisePhone(phone);
  switch (phoneProblem(phone)) {
    case 'empty': return { hint: t('填写后点“获取验证码”', 'Fill it in, then ask for the code') };
    case 'short': return { hint: t(`手机号共 11 位，还差 ${11 - digits.length} 位`, `A mobile number has 11 digits: ${11 - digits.length} to go`) };
    case 'long': return { error: t(`手机号共 11 位，多了 ${digits.length - 11} 位`, `A mobile number has 11 digits: ${digits.length - 11} too many`) };
    case 'notMobile': return { error: t('这不是手机号：手机号以 13 至 19 开头', 'Not a mobile number: those begin with 13 to 19') };
    case 'notDigits': return { error: t('请只填写数字', 'Digits only, please') };
    case null: return {};
  }
};

/** Step 2: the mobile number is proven with a one-time code (R15). */
export function Phone(): JSX.Element {
  const { http, adopt, sentBack } = useClient();
  const { t } = useLanguage();
  const [phone, setPhone] = useDraft('phone', () => '');
  // The SMS app may push this page out of the phone's memory: that a code is out must be known afterwards.
  const [kept, setKept] = useDraft<{ code: CodeOut | null }>('code', () => ({ code: null }));
  const [code, setCode] = useState('');
  const [tooSoon, setTooSoon] = useState(false);
  const [now, setNow] = useState(Date.now);
  const send = useAction();
  const login = useAction();
  const out = keptCode(kept.code, now);
  const wait = secondsToResend(out, now);
  const locked = out?.locked === true;
  useEffect(() => {
    if (wait <= 0) return undefined;
    const timer = setInterval(() => { setNow(Date.now()); }, 1000);
    return () => { clearInterval(timer); };
  }, [wait]);
  const remember = (next: CodeOut | null): void => { setNow(Date.now()); setKept({ code: next }); setCode(''); setTooSoon(false); };

  const number = out?.phone ?? normalisePhone(phone);
  const sendCode = (): void => {
    login.clear();
    send.run(async () => {
      try {
        const { resendAfterSeconds } = await http(api.requestCode, { body: { phone: number } });
        remember(codeSent(number, resendAfterSeconds, Date.now()));
      } catch (error) {
        const seconds = error instanceof HttpError ? error.body.detail?.retryAfterSeconds ?? 60 : 60;
        // Asked too soon, perhaps after a reload: the code of the message before is still good and can be entered.
        if (error instanceof HttpError && error.code === 'TOO_MANY_TRIES') { remember(codeSent(number, seconds, Date.now())); setTooSoon(true); return; }
        if (error instanceof HttpError && error.code === 'CODE_LOCKED') remember(codeLocked(codeSent(number, 0, Date.now()), seconds, Date.now()));
        throw error;
      }
    });
  };
  const enter = (): void => {
    login.run(async () => {
      try {
        adopt(await http(api.login, { body: { phone: number, code: code.trim() } }));
      } catch (error) {
        // Five wrong codes: this one is void for good, whatever is typed.
        if (out !== null && error instanceof HttpError && error.code === 'CODE_LOCKED') remember(codeLocked(out, error.body.detail?.retryAfterSeconds ?? 600, Date.now()));
        if (out !== null && error instanceof HttpError && error.code === 'CODE_EXPIRED') remember({ ...out, resendAt: Date.now() });
        throw error;
      }
    });
  };
  const another = (): void => { send.clear(); login.clear(); remember(null); };
  const sendWords = wait > 0 ? countdown(wait, t) : out !== null ? t('重新获取验证码', 'Send a new code') : t('获取验证码', 'Send me a code');
  return (
    <Frame step="phone" lead={t('请填写本人正在使用的手机号，我们会发一条短信验证码。', 'Enter the mobile number you use yourself; we send a code by text message.')}
      footer={<StepFooter action={login} id="code-login" onNext={enter} hint={locked ? t('等倒计时结束，点“重新获取验证码”，再填新短信里的数字。', 'When the countdown ends, ask for a new code and enter the new digits.') : null} disabled={out === null || locked || !/^\d{4,8}$/.test(code.trim())}>{t('下一步', 'Next')}</StepFooter>}>
      {sentBack && <ErrorNote problem={{ kind: 'error', body: sentBack }} />}
      <section className="card">
        {out === null ? (
          <Field id="phone-input" label={t('手机号', 'Mobile number')} type="tel" inputMode="tel" autoComplete="tel" maxLength={24} value={phone} onChange={setPhone} placeholder={t('11 位手机号', '11 digits')} {...problemWords(phone, t)} />
        ) : (
          <div className="row">
            <span className="row-main">{t('短信验证码发往', 'The code goes to')}<b {...testid('phone-shown')}>{maskPhone(out.phone)}</b></span>
            <button type="button" className="link" {...testid('phone-other')} onClick={another}>{t('换个手机号', 'Another number')}</button>
          </div>
        )}
        <MainButton id="code-send" kind="default" onClick={sendCode} disabled={!phoneFits(number) || wait > 0} busy={send.busy}>{sendWords}</MainButton>
        <ErrorNote problem={send.problem} again={send.again} />
        {tooSoon && <p className="note warn">{t('这个号码刚刚获取过验证码。已收到短信的，请直接填写；没有收到的，请等倒计时结束。', 'A code was asked for just now. If the message is there, enter its code; if not, wait for the countdown.')}</p>}
      </section>
      {out !== null && !locked && (
        <section className="card">
          <Field id="code-input" label={t('短信验证码', 'Code from the text message')} type="text" inputMode="numeric" autoComplete="one-time-code" pattern="[0-9]*" maxLength={8} className="wide-digits" value={code} onChange={(next) => { setCode(next.normalize('NFKC').replace(/\D/g, '')); }}
            hint={t('没有收到？请看看短信拦截，或等倒计时结束后重新获取。', 'Nothing came? Look into blocked messages, or ask again when the countdown ends.')} />
        </section>
      )}
    </Frame>
  );
}
