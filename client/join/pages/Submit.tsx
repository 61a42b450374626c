import { useEffect, useState } from 'react';
import type { JSX } from 'react';
import { CLIENT_OPERATIONS as api } from '../../../contracts/http/client.ts';
import type { ClientStep } from '../../../contracts/http/client.ts';
import type { AnswerOf } from '../../rtc/http.ts';
import { StepFooter } from '../parts/Basics.tsx';
import { Frame } from '../parts/Frame.tsx';
import { FIELD_LABELS, shownValue } from '../rules/fields.ts';
import { openSteps } from '../rules/steps.ts';
import { TITLES } from '../rules/titles.ts';
import { useAction } from '../state/action.ts';
import { useClient, useView } from '../state/client.tsx';
import { useLanguage } from '../state/language.tsx';
import { testid } from '../testids.ts';

/** Step 10: everything once more on one page, each part one tap from being changed. */
export function Submit(): JSX.Element {
  const view = useView();
  const { http, adopt, open } = useClient();
  const { t, pick } = useLanguage();
  const action = useAction();
  const { form } = view;
  const [banks, setBanks] = useState<AnswerOf<typeof api.banks>['banks']>([]);
  useEffect(() => { http(api.banks).then((answer) => { setBanks(answer.banks); }, () => undefined); }, [http]);
  const bank = banks.find((one) => one.code === view.custody?.bankCode)?.name;
  const face = view.consents.find((one) => one.kind === 'face');
  const rows: readonly (readonly [ClientStep, string])[] = [
    ['documents', t(`${view.documents.length} 张照片`, `${view.documents.length} photos`)],
    ['declarations', view.declarations ? t(`开立 ${view.declarations.markets.map((one) => (one === 'shanghai' ? '上海' : '深圳')).join('、')} 账户`, `Markets: ${view.declarations.markets.join(', ')}`) : ''],
    ['questionnaire', view.risk ? t(`风险类别 ${view.risk.class}`, `Risk class ${view.risk.class}`) : ''],
    ['custody', view.custody ? `${bank === undefined ? '' : pick(bank)} ${view.custody.cardMasked}` : ''],
    ['passwords', view.passwordsSet ? t('已设置', 'set') : ''],
    ['agreements', t(`已签署 ${view.signed.length} 份`, `${view.signed.length} signed`)],
  ];
  const edit = (step: ClientStep): JSX.Element | null => (openSteps(view).includes(step)
    ? <button type="button" className="link" {...testid(`edit-${step}`)} onClick={() => { open(step); }} aria-label={`${t('修改', 'Change')} ${pick(TITLES[step])}`}>{t('修改', 'Change')}</button> : null);
  return (
    <Frame step="submit" lead={t('提交后进入视频见证，资料不能再改。', 'After this comes the video call, and your details can no longer be changed.')}
      footer={<StepFooter action={action} id="submit" onNext={() => { action.run(async () => { adopt(await http(api.submit)); }); }}>{t('提交申请', 'Submit')}</StepFooter>}>
      {form && (
        <section className="card">
          <div className="row head"><h2>{t('个人信息', 'Your details')}</h2>{edit('form')}</div>
          {(['name', 'sex', 'birthDate', 'idNumber', 'address', 'validTo'] as const).map((field) => <div key={field} className="row"><span className="row-label">{pick(FIELD_LABELS[field])}</span><span className="row-value">{pick(shownValue(field, form[field]))}</span></div>)}
          <div className="row"><span className="row-label">{t('手机', 'Mobile')}</span><span className="row-value">{view.phoneMasked}</span></div>
        </section>
      )}
      <section className="card">
        {rows.map(([step, words]) => <div key={step} className="row"><span className="row-main">{pick(TITLES[step])}<small>{words}</small></span>{edit(step)}</div>)}
      </section>
      {view.differences.length > 0 && <p className="note warn">{t('有内容与身份证照片上读到的不同，工作人员会在视频中与您核对：', 'Some entries differ from your ID photos; our staff will check them with you: ')}{[...new Set(view.differences.map((one) => (one.field ? pick(FIELD_LABELS[one.field]) : '')).filter((one) => one !== ''))].join(t('、', ', '))}</p>}
      {face && !face.granted && <p className="note">{t('您选择了不使用人脸比对，将由工作人员亲自核对。', 'You chose no face matching: a member of staff compares in person.')}</p>}
    </Frame>
  );
}
