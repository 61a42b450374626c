import { useEffect, useState } from 'react';
import type { JSX } from 'react';
import { CLIENT_OPERATIONS as api } from '../../../contracts/http/client.ts';
import type { ApplicationView, CorrectableStep } from '../../../contracts/http/client.ts';
import type { AccountStep } from '../../../contracts/states/account.ts';
import { Choice, MainButton, StepFooter } from '../parts/Basics.tsx';
import { Frame } from '../parts/Frame.tsx';
import { Withdraw } from '../parts/Withdraw.tsx';
import { TITLES } from '../rules/titles.ts';
import { useAction } from '../state/action.ts';
import { useClient, useView } from '../state/client.tsx';
import { useLanguage } from '../state/language.tsx';
import type { Both } from '../state/language.tsx';
import { testid } from '../testids.ts';

type Look = 'good' | 'work' | 'todo' | 'end';
const CREATING: readonly [Look, Both] = ['work', { zh: '审核已通过，正在开立账户', en: 'Approved; accounts are being opened' }];
/** How each state looks to the client. `held` looks like any processing: the client is told nothing else (R27). */
const LOOKS: Readonly<Partial<Record<ApplicationView['state'], readonly [Look, Both]>>> = {
  opened: ['good', { zh: '开户成功', en: 'Your account is open' }],
  approved: ['good', { zh: '审核已通过，正在安排开户', en: 'Approved; the account is being opened' }],
  creating: CREATING,
  parked: CREATING,
  repair: ['todo', { zh: '有内容需要您更正', en: 'Something needs your correction' }],
  rejected: ['end', { zh: '本次申请未通过', en: 'The application was not accepted' }],
  withdrawn: ['end', { zh: '申请已撤回', en: 'The application is withdrawn' }],
  expired: ['end', { zh: '申请已过期', en: 'The application has expired' }],
};
/** What the batch waits for: a correction here, the client at the bank, or, when that was done, its own next turn. */
const CORRECT: Readonly<Record<CorrectableStep, readonly [Look, Both]>> = {
  custody: ['todo', { zh: '请更正银行卡信息', en: 'Please correct your bank card' }],
  passwords: ['todo', { zh: '请重新设置密码', en: 'Please set your passwords again' }],
};
const AT_BANK: readonly [Look, Both] = ['todo', { zh: '需要您在银行确认', en: 'Your bank needs your confirmation' }];
const awaited = ({ correct: [first], accounts }: ApplicationView): readonly [Look, Both] =>
  (first !== undefined ? CORRECT[first] : accounts.some(({ state }) => state === 'awaiting_client') ? AT_BANK : CREATING);
const WORKING: readonly [Look, Both] = ['work', { zh: '视频见证已完成，正在审核', en: 'The call is done; we are reviewing' }];
const PROCESSING: readonly [Look, Both] = ['work', { zh: '正在处理', en: 'Being processed' }];

const STEPS: Readonly<Record<AccountStep, Both>> = {
  oneCode: { zh: '一码通账户', en: 'One-code account' }, relation: { zh: '账户关系确认', en: 'Account relation' }, fund: { zh: '资金账户', en: 'Fund account' },
  custody: { zh: '三方存管', en: 'Custody link' }, shanghai: { zh: '上海证券账户', en: 'Shanghai account' }, shenzhen: { zh: '深圳证券账户', en: 'Shenzhen account' },
};
/** States in which the client has spoken to an agent and may rate it. */
const RATEABLE: ReadonlySet<string> = new Set(['witnessed', 'in_review', 'postponed', 'approved', 'creating', 'awaiting_client', 'parked', 'opened', 'held', 'rejected', 'repair']);
const POLL_MS = 5000;

/** The rating of the call; "not satisfied" asks why (R57). */
function Rating(): JSX.Element {
  const { http, adopt } = useClient();
  const { t } = useLanguage();
  const [score, setScore] = useState<'satisfied' | 'fair' | 'notSatisfied' | null>(null);
  const [reason, setReason] = useState('');
  const action = useAction();
  const send = (): void => { if (score !== null) action.run(async () => { adopt(await http(api.rate, { body: { score, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) } })); }); };
  return (
    <fieldset className="card">
      <legend>{t('您对这次视频服务满意吗？', 'How was the call?')}</legend>
      <div className="triple">
        <Choice id="rate-satisfied" name="rate" checked={score === 'satisfied'} onChange={() => { setScore('satisfied'); }}>{t('满意', 'Good')}</Choice>
        <Choice id="rate-fair" name="rate" checked={score === 'fair'} onChange={() => { setScore('fair'); }}>{t('一般', 'Fair')}</Choice>
        <Choice id="rate-notSatisfied" name="rate" checked={score === 'notSatisfied'} onChange={() => { setScore('notSatisfied'); }}>{t('不满意', 'Not good')}</Choice>
      </div>
      {score === 'notSatisfied' && (
        <div className="field"><label htmlFor="rate-reason">{t('请告诉我们原因', 'Please tell us why')}</label><textarea id="rate-reason" rows={3} maxLength={300} value={reason} onChange={(event) => { setReason(event.target.value); }} {...testid('rate-reason')} /></div>
      )}
      {score !== null && <StepFooter action={action} id="rate-submit" onNext={send} disabled={score === 'notSatisfied' && reason.trim() === ''}>{t('提交评价', 'Send')}</StepFooter>}
    </fieldset>
  );
}

/** Step 14: what became of it, the account numbers as they come, and what is to be done (R29, R51, R52). */
export function Result({ onRepair }: { readonly onRepair?: () => void }): JSX.Element {
  const view = useView();
  const { refresh, open } = useClient();
  const { t, pick, language } = useLanguage();
  const final = ['opened', 'rejected', 'withdrawn', 'expired'].includes(view.state);
  useEffect(() => {
    if (final) return undefined;
    const timer = setInterval(() => { refresh().catch(() => undefined); }, POLL_MS);
    return () => { clearInterval(timer); };
  }, [final, refresh]);
  const [look, title] = view.state === 'awaiting_client' ? awaited(view) : LOOKS[view.state] ?? (view.state === 'held' ? PROCESSING : WORKING);
  const when = view.batchAt === null ? null : new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', { timeZone: 'Asia/Shanghai', month: 'long', day: 'numeric', weekday: 'short', hour: '2-digit', minute: '2-digit' }).format(new Date(view.batchAt));
  const items = view.repair?.items ?? [];
  const correct = view.correct[0];
  const accounts = view.accounts.length > 0 && !['rejected', 'withdrawn', 'expired'].includes(view.state);
  const thanks = view.rated && RATEABLE.has(view.state);
  return (
    <Frame step="result" title={pick(title)} footer={view.state === 'repair' && onRepair ? <MainButton id="result-repair" onClick={onRepair}>{view.step === 'submit' ? t('继续办理', 'Go on') : t('去更正', 'Correct it now')}</MainButton>
      : correct !== undefined ? <MainButton id="result-correct" onClick={() => { open(correct); }}>{pick(TITLES[correct])}</MainButton> : undefined}>
      <section className={`card outcome ${look}`} {...testid('result-state')} data-state={view.state}>
        <span className="outcome-mark" aria-hidden="true">{look === 'good' ? '✓' : look === 'work' ? '…' : look === 'todo' ? '!' : '×'}</span>
        <p>{view.state === 'repair' && view.repair ? pick(view.repair.text) : pick(view.message)}</p>
        <p className="muted">{t('业务编号', 'Case')} {view.caseNo}</p>
      </section>
      {view.state === 'repair' && items.length > 0 && <section className="card"><h2>{t('需要更正', 'To be corrected')}</h2>{items.map((item) => <div key={item} className="row"><span className="row-main">{pick(item === 'call' ? TITLES.call : TITLES[item])}</span></div>)}<p className="muted">{t('其他内容都已保留，不用重填。', 'Everything else is kept.')}</p></section>}
      {when !== null && <div className="note"><b>{t('开户时间', 'When it is opened')}</b><p>{t(`登记机构现在不在营业时间，将于 ${when} 办理，无需您再操作。`, `The depository is closed now. It is done on ${when} (Beijing time); you need do nothing.`)}</p></div>}
      {accounts && (
        <section className="card">
          <h2>{t('我的账户', 'My accounts')}</h2>
          {view.accounts.map((account) => (
            <div key={account.step} className="row" {...testid(`account-${account.step}`)} data-state={account.state}>
              <span className="row-main">{pick(STEPS[account.step])}{account.accountNo !== null ? <b className="account-no" {...testid(`account-${account.step}-no`)}>{account.accountNo}</b> : account.state !== 'done' && <small>{pick(account.text)}</small>}</span>
              <span className={account.state === 'done' ? 'good' : 'muted'}>{account.state === 'done' ? t('✓ 完成', '✓ done') : account.state === 'awaiting_client' ? t('待您确认', 'needs you') : t('办理中', 'in progress')}</span>
            </div>
          ))}
        </section>
      )}
      {!final && view.state !== 'repair' && <p className="muted">{t('可以关闭本页，之后用同一手机号登录即可查看进度。', 'You may close this page and log in with the same number to see how it stands.')}</p>}
      {RATEABLE.has(view.state) && !view.rated && <Rating />}
      {thanks && <p className="note ok">{t('谢谢您的评价。', 'Thank you for your rating.')}</p>}
      <Withdraw />
    </Frame>
  );
}
