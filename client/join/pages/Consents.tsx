import { useEffect, useState } from 'react';
import type { JSX } from 'react';
import { CLIENT_OPERATIONS as api } from '../../../contracts/http/client.ts';
import type { ConsentKind } from '../../../contracts/http/client.ts';
import type { AnswerOf } from '../../rtc/http.ts';
import { Choice, ErrorNote, StepFooter, Waiting } from '../parts/Basics.tsx';
import { Frame } from '../parts/Frame.tsx';
import { LegalBody, Sheet } from '../parts/Sheet.tsx';
import { useAction } from '../state/action.ts';
import { useClient, useDraft } from '../state/client.tsx';
import { useLanguage } from '../state/language.tsx';
import { testid } from '../testids.ts';

type Consent = AnswerOf<typeof api.texts>['consents'][number];

/** What each consent means, in one plain sentence under the text's own title; the full text stands behind "read". */
const PLAIN: Readonly<Record<ConsentKind, readonly [string, string]>> = {
  notice: ['我们处理哪些信息、用来做什么、保存多久', 'Which information we handle, what for and for how long'],
  recording: ['视频通话全程录音录像', 'The video call is recorded'],
  sensitive: ['处理身份证、银行卡等敏感信息', 'ID card, bank card and other sensitive data are handled'],
  face: ['是否同意由电脑比对人脸？', 'May a computer compare your face?'],
};

/** Step 1: notice and separate consents come first; face matching may be refused and is then done by a person (R17). */
export function Consents(): JSX.Element {
  const { http, consented, sentBack } = useClient();
  const { t, pick, language } = useLanguage();
  const [texts, setTexts] = useState<readonly Consent[] | null>(null);
  const [given, setGiven] = useDraft<Partial<Record<ConsentKind, boolean>>>('consents', () => ({}));
  const [reading, setReading] = useState<Consent | null>(null);
  const load = useAction();
  const save = useAction();
  const { run } = load;
  useEffect(() => { run(async () => { setTexts((await http(api.texts)).consents); }); }, [http, run]);

  const open = texts?.filter((text) => (text.refusable ? given[text.kind] === undefined : given[text.kind] !== true)).length ?? 1;
  const next = (): void => {
    save.run(async () => {
      await http(api.start, { body: { language, consents: (texts ?? []).map((text) => ({ kind: text.kind, version: text.version, sha256: text.sha256[language], granted: given[text.kind] === true })) } });
      consented();
    });
  };
  const set = (kind: ConsentKind, on: boolean): void => { setGiven((old) => ({ ...old, [kind]: on })); };
  return (
    <Frame step="consents" lead={t('在线开立证券账户：填写资料，再与工作人员视频几分钟。请准备好本人身份证和银行卡。', 'Open a securities account online: fill in your details, then talk to our staff by video for a few minutes. Have your own ID card and bank card at hand.')}
      footer={<StepFooter action={save} id="consents-next" onNext={next} disabled={open > 0} hint={texts !== null && open > 0 ? t('请逐项勾选；最后一项可选“不同意”', 'Answer each item; you may say no to the last one') : null}>{t('下一步', 'Next')}</StepFooter>}>
      {sentBack && <ErrorNote problem={{ kind: 'error', body: sentBack }} />}
      <ErrorNote problem={load.problem} again={load.again} />
      {texts === null && load.problem === null && <Waiting>{t('正在打开…', 'Loading…')}</Waiting>}
      {texts?.map((text) => (
        <section key={text.kind} className="card consent">
          {text.refusable ? (
            <fieldset>
              <legend>{t(...PLAIN[text.kind])}</legend>
              <div className="pair">
                <Choice id={`consent-${text.kind}-agree`} name={text.kind} checked={given[text.kind] === true} onChange={() => { set(text.kind, true); }}>{t('同意', 'Yes')}</Choice>
                <Choice id={`consent-${text.kind}-refuse`} name={text.kind} checked={given[text.kind] === false} onChange={() => { set(text.kind, false); }}>{t('不同意', 'No')}</Choice>
              </div>
              {given[text.kind] === false
                ? <p className="note ok">{t('没问题。将由工作人员在视频中亲自核对您的面貌，不影响开户。', 'That is fine. A member of staff compares your face in the call instead; your account is opened all the same.')}</p>
                : <p className="muted">{t('可以不同意，不影响开户。', 'You may say no; it does not affect your account.')}</p>}
            </fieldset>
          ) : (
            <Choice id={`consent-${text.kind}`} kind="checkbox" name={text.kind} checked={given[text.kind] === true} onChange={(on) => { set(text.kind, on); }} sub={t(...PLAIN[text.kind])}>{text.kind === 'notice' ? t('我已阅读', 'I have read: ') : t('同意', 'I agree: ')}{t(`《${text.title.zh}》`, text.title.en)}</Choice>
          )}
          <button type="button" className="link" {...testid(`consent-${text.kind}-read`)} onClick={() => { setReading(text); }}>{t('阅读全文：', 'Read in full: ')}{pick(text.title)}</button>
        </section>
      ))}
      {reading && (
        <Sheet title={pick(reading.title)} closeId="legal-close" onClose={() => { setReading(null); }}>
          <div {...testid('legal-text')}><LegalBody text={pick(reading.body)} /></div>
          <p className="muted">{t('版本', 'Version')} {reading.version}</p>
        </Sheet>
      )}
    </Frame>
  );
}
