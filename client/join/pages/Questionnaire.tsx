import { useEffect, useState } from 'react';
import type { JSX } from 'react';
import { CLIENT_OPERATIONS as api } from '../../../contracts/http/client.ts';
import type { ApplicationView } from '../../../contracts/http/client.ts';
import { HttpError } from '../../rtc/http.ts';
import type { AnswerOf } from '../../rtc/http.ts';
import { Choice, ErrorNote, MainButton, StepFooter, Waiting } from '../parts/Basics.tsx';
import { Frame } from '../parts/Frame.tsx';
import { useAction } from '../state/action.ts';
import { useClient, useDraft, useView } from '../state/client.tsx';
import { useLanguage } from '../state/language.tsx';
import type { Both } from '../state/language.tsx';
import { testid } from '../testids.ts';

type Risk = NonNullable<ApplicationView['risk']>;

/** What each class (C1…C5) means for the client, in plain words. */
const CLASSES: Readonly<Record<Risk['class'], readonly [Both, Both]>> = {
  C1: [{ zh: '保守型', en: 'Very cautious' }, { zh: '您的回答显示您希望本金不受任何损失。', en: 'Your answers say that you want no loss at all.' }],
  C2: [{ zh: '谨慎型', en: 'Cautious' }, { zh: '适合较低风险的产品。', en: 'Lower-risk products suit you.' }],
  C3: [{ zh: '稳健型', en: 'Balanced' }, { zh: '适合中等风险及以下的产品。', en: 'Products up to medium risk suit you.' }],
  C4: [{ zh: '积极型', en: 'Growth' }, { zh: '适合较高风险及以下的产品。', en: 'Products up to higher risk suit you.' }],
  C5: [{ zh: '进取型', en: 'Bold' }, { zh: '各类风险的产品都可以了解。', en: 'Products of every risk are open to you.' }],
};

/** The class and what follows from it; the lowest one ends here with an explanation (R18). */
function Result({ risk, onNext, onAgain }: { readonly risk: Risk; readonly onNext: () => void; readonly onAgain: () => void }): JSX.Element {
  const { t, pick } = useLanguage();
  const [name, meaning] = CLASSES[risk.class];
  return (
    <Frame step="questionnaire" title={t('您的测评结果', 'Your result')}
      footer={risk.blocked ? <MainButton id="risk-again" kind="default" onClick={onAgain}>{t('重新查看问卷', 'Look at the questions again')}</MainButton> : <MainButton id="risk-next" onClick={onNext}>{t('我已知晓，下一步', 'Understood, next')}</MainButton>}>
      <section className="card result-card" {...testid('risk-class')} data-class={risk.class} data-blocked={risk.blocked}>
        <span className="big-code">{risk.class}</span>
        <h2>{pick(name)}</h2>
        <p>{pick(meaning)}</p>
        <div className="scale" aria-hidden="true">{(['C1', 'C2', 'C3', 'C4', 'C5'] as const).map((one) => <i key={one} className={one === risk.class ? 'on' : ''}>{one}</i>)}</div>
      </section>
      {risk.blocked
        ? <div className="note bad"><b>{t('暂时不能在线开户', 'An account cannot be opened online')}</b><p>{t('按规定，最低风险承受类别的客户不能购买股票等产品，因此不能在线开立证券账户。这是为了保护您的资金。您可以到营业部咨询适合的服务。如果刚才有题目选错了，可以返回核对。', 'By regulation, clients of the lowest class may not buy shares and similar products, so no securities account is opened online. This protects your money. A branch can advise you. If you mis-tapped an answer, go back and check.')}</p></div>
        : <div className="note"><p>{t('投资有风险。买入超出您风险类别的产品时，系统会再次提醒您。', 'Investing carries risk. When a product is riskier than your class, you will be warned again.')}</p></div>}
      {!risk.blocked && <button type="button" className="link center" {...testid('risk-again')} onClick={onAgain}>{t('修改答案', 'Change my answers')}</button>}
    </Frame>
  );
}

/** Step 6: the risk questionnaire, one list with large answers; the result is explained before going on (R18). */
export function Questionnaire(): JSX.Element {
  const view = useView();
  const { http, adopt, open, refresh } = useClient();
  const { t, pick } = useLanguage();
  const [paper, setPaper] = useState<AnswerOf<typeof api.questionnaire> | null>(null);
  const [answers, setAnswers] = useDraft<Record<string, string>>('answers', () => ({}));
  const [result, setResult] = useState<Risk | null>(view.risk?.blocked ? view.risk : null);
  const load = useAction();
  const save = useAction();
  const { run } = load;
  useEffect(() => { run(async () => { setPaper(await http(api.questionnaire)); }); }, [http, run]);

  const questions = paper?.questions ?? [];
  // A kept answer counts while the question still has it.
  const left = questions.filter((question) => !question.options.some((option) => option.id === answers[question.id]));
  const next = (): void => {
    if (paper === null) return;
    if (left[0]) { document.getElementById(`question-${left[0].id}`)?.scrollIntoView({ block: 'start', behavior: 'smooth' }); return; }
    save.run(async () => {
      try {
        const saved = await http(api.saveAnswers, { body: { version: paper.version, answers: Object.fromEntries(questions.map((question) => [question.id, answers[question.id] ?? ''])) } });
        adopt(saved);
        // The result is read before the next step opens.
        open('questionnaire');
        setResult(saved.risk);
      } catch (error) {
        if (!(error instanceof HttpError && error.code === 'RISK_CLASS_BLOCKED')) throw error;
        setResult({ class: 'C1', score: 0, blocked: true });
        await refresh();
      }
    });
  };
  if (result !== null) return <Result risk={result} onNext={() => { open(null); }} onAgain={() => { setResult(null); }} />;
  return (
    <Frame step="questionnaire" lead={t('没有对错，请按实际情况选择。结果决定适合您的产品。', 'There is no right or wrong. The result decides which products suit you.')}
      footer={<StepFooter action={save} id="questionnaire-next" onNext={next} disabled={paper === null} hint={paper === null ? null : left.length > 0 ? t(`已答 ${questions.length - left.length} 题，共 ${questions.length} 题`, `${questions.length - left.length} of ${questions.length} answered`) : null}>{left.length > 0 && paper !== null ? t('去答下一题', 'Go to the next question') : t('提交测评', 'Hand in')}</StepFooter>}>
      <ErrorNote problem={load.problem} again={load.again} />
      {paper === null && load.problem === null && <Waiting>{t('正在打开…', 'Loading…')}</Waiting>}
      {questions.map((question, index) => (
        <fieldset key={question.id} className="card" id={`question-${question.id}`}>
          <legend><span className="q-number">{index + 1}</span>{pick(question.text)}</legend>
          {question.options.map((option) => (
            <Choice key={option.id} id={`q-${question.id}-${option.id}`} name={question.id} checked={answers[question.id] === option.id} onChange={() => { setAnswers((old) => ({ ...old, [question.id]: option.id })); }}>{pick(option.text)}</Choice>
          ))}
        </fieldset>
      ))}
    </Frame>
  );
}
