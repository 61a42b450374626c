import { useEffect, useState } from 'react';
import type { JSX } from 'react';
import { CLIENT_OPERATIONS as api } from '../../../contracts/http/client.ts';
import { HttpError } from '../../rtc/http.ts';
import { ErrorNote, Field, MainButton, StepFooter } from '../parts/Basics.tsx';
import { Frame } from '../parts/Frame.tsx';
import { phoneFits } from '../rules/numbers.ts';
import { useAction } from '../state/action.ts';
import { useClient } from '../state/client.tsx';
import { useLanguage } from '../state/language.tsx';
import type { Text } from '../state/language.tsx';

const countdown = (seconds: number, t: Text): string => {
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  return seconds >= 100 ? t(`${minutes} 分 ${rest} 秒后可重新获取`, `Again in ${minutes} min ${rest} s`) : t(`${seconds} 秒后可重新获取`, `Again in ${seconds} s`);
};

/** Step 2: the mobile number is proven with a one-time code (R15). */
export function Phone(): JSX.Element {
  const { http, adopt, sentBack } = useClient();
  const { t } = useLanguage();
  const [phone, setPhone] = useState('');
  const [code, setCode] = useState('');
  const [sent, setSent] = useState(false);
  const [locked, setLocked] = useState(false);
  const [wait, setWait] = useState(0);
  const send = useAction();
  const login = useAction();
  useEffect(() => {
    if (wait <= 0) return undefined;
    const timer = setTimeout(() => { setWait(wait - 1); }, 1000);
    return () => { clearTimeout(timer); };
  }, [wait]);

  const number = phone.replace(/[\s-]/g, '');
  const fits = phoneFits(number);
  const sendCode = (): void => {
    login.clear();
    send.run(async () => {
      const { resendAfterSeconds } = await http(api.requestCode, { body: { phone: number } });
      setSent(true);
      setLocked(false);
      setCode('');
      setWait(Math.ceil(resendAfterSeconds));
    });
  };
  const enter = (): void => {
    login.run(async () => {
      try {
        adopt(await http(api.login, { body: { phone: number, code: code.trim() } }));
      } catch (error) {
        // Five wrong codes: this one is void for good, whatever is typed.
        if (error instanceof HttpError && error.code === 'CODE_LOCKED') { setLocked(true); setCode(''); setWait(error.body.detail?.retryAfterSeconds ?? 600); }
        if (error instanceof HttpError && error.code === 'CODE_EXPIRED') { setCode(''); setWait(0); }
        throw error;
      }
    });
  };
  const sendWords = wait > 0 ? countdown(wait, t) : sent ? t('重新获取验证码', 'Send a new code') : t('获取验证码', 'Send me a code');
  return (
    <Frame step="phone" lead={t('请填写本人正在使用的手机号，我们会发一条短信验证码。', 'Enter the mobile number you use yourself; we send a code by text message.')}
      footer={<StepFooter action={login} id="code-login" onNext={enter} hint={locked ? t('等倒计时结束，点“重新获取验证码”，再填新短信里的数字。', 'When the countdown ends, ask for a new code and enter the new digits.') : null} disabled={!sent || locked || !/^\d{4,8}$/.test(code.trim()) || !fits}>{t('下一步', 'Next')}</StepFooter>}>
      {sentBack && <ErrorNote problem={{ kind: 'error', body: sentBack }} />}
      <section className="card">
        <Field id="phone-input" label={t('手机号', 'Mobile number')} type="tel" inputMode="numeric" autoComplete="tel-national" maxLength={13} value={phone} onChange={setPhone} placeholder={t('11 位手机号', '11 digits')}
          error={number.length >= 11 && !fits ? t('手机号不正确，应为 1 开头的 11 位数字', 'Not a mobile number: 11 digits beginning with 1') : undefined} />
        <MainButton id="code-send" kind="default" onClick={sendCode} disabled={!fits || wait > 0} busy={send.busy}>{sendWords}</MainButton>
        <ErrorNote problem={send.problem} again={send.again} />
      </section>
      {sent && !locked && (
        <section className="card">
          <Field id="code-input" label={t('短信验证码', 'Code from the text message')} type="text" inputMode="numeric" autoComplete="one-time-code" pattern="[0-9]*" maxLength={8} className="wide-digits" value={code} onChange={(next) => { setCode(next.replace(/\D/g, '')); }}
            hint={t('没有收到？请看看短信拦截，或等倒计时结束后重新获取。', 'Nothing came? Look into blocked messages, or ask again when the countdown ends.')} />
        </section>
      )}
    </Frame>
  );
}
