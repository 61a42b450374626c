import { useState } from 'react';
import type { JSX } from 'react';
import { CLIENT_OPERATIONS as api } from '../../../contracts/http/client.ts';
import { Field, StepFooter } from '../parts/Basics.tsx';
import { Frame } from '../parts/Frame.tsx';
import { sameForBoth, weakness } from '../rules/passwords.ts';
import type { Weakness } from '../rules/passwords.ts';
import { sealPassword } from '../rules/sealing.ts';
import { useAction } from '../state/action.ts';
import { useClient, useView } from '../state/client.tsx';
import { useLanguage } from '../state/language.tsx';
import type { Both } from '../state/language.tsx';
import { testid } from '../testids.ts';

const WEAK: Readonly<Record<Weakness, Both>> = {
  format: { zh: '请输入 6 位数字', en: 'Six digits, please' },
  repeated: { zh: '重复的数字太容易猜，请换一个', en: 'Repeated digits are easily guessed: choose another' },
  running: { zh: '连续的数字太容易猜，请换一个', en: 'Running digits are easily guessed: choose another' },
  birthDate: { zh: '不要使用生日', en: 'Do not use your birth date' },
  idNumber: { zh: '不要使用身份证号码中的数字', en: 'Do not use digits of your ID number' },
};

interface Pair { readonly first: string; readonly again: string }
const EMPTY: Pair = { first: '', again: '' };

/** Step 8: both passwords, typed twice, checked and encrypted here; they live in this component's memory only (R19). */
export function Passwords(): JSX.Element {
  const view = useView();
  const { http, adopt, open } = useClient();
  const { t, pick } = useLanguage();
  const [trading, setTrading] = useState(EMPTY);
  const [fund, setFund] = useState(EMPTY);
  const [shown, setShown] = useState(false);
  const action = useAction();
  const known = { birthDate: view.form?.birthDate, idNumber: view.form?.idNumber };
  const same = sameForBoth(trading.first, fund.first);
  const good = (pair: Pair): boolean => weakness(pair.first, known) === null && pair.first === pair.again;

  const save = (): void => {
    action.run(async () => {
      const { keyId, spki } = await http(api.coreKey);
      const next = await http(api.savePasswords, { body: { keyId, trading: await sealPassword(spki, trading.first), fund: await sealPassword(spki, fund.first) } });
      setTrading(EMPTY);
      setFund(EMPTY);
      adopt(next);
    });
  };
  const input = (id: string, label: string, value: string, set: (value: string) => void, error: string | undefined, hint?: string): JSX.Element => (
    <Field id={id} label={label} type={shown ? 'text' : 'password'} inputMode="numeric" pattern="[0-9]*" autoComplete="new-password" maxLength={6} className="wide-digits" value={value} onChange={(text) => { set(text.replace(/\D/g, '').slice(0, 6)); }} error={error} hint={hint} />
  );
  const block = (id: string, title: string, use: string, pair: Pair, set: (pair: Pair) => void): JSX.Element => {
    const weak = pair.first.length === 6 ? weakness(pair.first, known) : null;
    const fault = weak !== null ? pick(WEAK[weak]) : same && pair === fund ? t('不能与交易密码相同，请换一个', 'Must differ from the trading password: choose another') : undefined;
    const differ = pair.again.length === 6 && pair.again !== pair.first;
    return (
      <section className="card">
        <h2>{title}</h2>
        <p className="muted">{use}</p>
        {input(id, t('6 位数字', 'Six digits'), pair.first, (first) => { set({ ...pair, first }); }, fault)}
        {input(`${id}-again`, t('再输入一次', 'Once more'), pair.again, (again) => { set({ ...pair, again }); }, differ ? t('两次输入不一致', 'The two do not agree') : undefined, good(pair) && fault === undefined ? t('✓ 可以使用', '✓ Good') : undefined)}
      </section>
    );
  };
  return (
    <Frame step="passwords" lead={t('请自己设置，不要告诉任何人，包括我们的工作人员。密码在您手机上加密，我们看不到。', 'Set them yourself and tell nobody, our staff included. They are encrypted on your phone; we cannot see them.')}
      footer={(
        <>
          {view.passwordsSet && !view.correct.includes('passwords') && trading.first === '' && <button type="button" className="link center" onClick={() => { open(null); }}>{t('密码已设置，不修改', 'Already set, keep them')}</button>}
          <StepFooter action={action} id="passwords-next" onNext={save} disabled={!good(trading) || !good(fund) || same}>{t('下一步', 'Next')}</StepFooter>
        </>
      )}>
      {block('pw-trading', t('交易密码', 'Trading password'), t('登录和买卖证券时使用', 'For logging in and trading'), trading, setTrading)}
      {block('pw-fund', t('资金密码', 'Fund password'), t('银行与证券账户之间转账时使用，不能与交易密码相同', 'For moving money between bank and account; must differ from the trading password'), fund, setFund)}
      <label className="switch-row inline"><input type="checkbox" checked={shown} onChange={(event) => { setShown(event.target.checked); }} {...testid('pw-show')} /> {t('显示密码（请确认旁边无人）', 'Show them (make sure nobody watches)')}</label>
      <p className="muted">{t('不能用生日、重复数字（如 111111）或连续数字（如 123456）。', 'No birth date, no repeated (111111) and no running digits (123456).')}</p>
    </Frame>
  );
}
