import { useEffect, useState } from 'react';
import type { JSX } from 'react';
import { CLIENT_OPERATIONS as api } from '../../../contracts/http/client.ts';
import type { AnswerOf } from '../../rtc/http.ts';
import { Choice, ErrorNote, Field, StepFooter, Waiting } from '../parts/Basics.tsx';
import { Frame } from '../parts/Frame.tsx';
import { cardNumberFits, inFours } from '../rules/numbers.ts';
import { useAction } from '../state/action.ts';
import { useClient, useDraft, useView } from '../state/client.tsx';
import { useLanguage } from '../state/language.tsx';

/** Step 7: the custody bank (三方存管) and the client's own card there. */
export function Custody(): JSX.Element {
  const saved = useView().custody;
  const { http, adopt, forget } = useClient();
  const { t, pick } = useLanguage();
  const [banks, setBanks] = useState<AnswerOf<typeof api.banks>['banks'] | null>(null);
  const [form, setForm] = useDraft('custody', () => ({ bank: saved?.bankCode ?? '', card: '' }));
  const load = useAction();
  const save = useAction();
  const { run } = load;
  useEffect(() => { run(async () => { setBanks((await http(api.banks)).banks); }); }, [http, run]);

  const fits = cardNumberFits(form.card);
  const chosen = banks?.find((bank) => bank.code === form.bank);
  const next = (): void => {
    save.run(async () => {
      const view = await http(api.saveCustody, { body: { bankCode: form.bank, cardNumber: form.card } });
      forget('custody');
      adopt(view);
    });
  };
  return (
    <Frame step="custody" lead={t('您的资金由银行保管，证券公司不能动用。请用您本人的借记卡。', 'Your money stays with the bank; the securities company cannot touch it. Use your own debit card.')}
      footer={<StepFooter action={save} id="custody-next" onNext={next} disabled={form.bank === '' || !fits}>{t('下一步', 'Next')}</StepFooter>}>
      <ErrorNote problem={load.problem} again={load.again} />
      {banks === null && load.problem === null && <Waiting>{t('正在打开…', 'Loading…')}</Waiting>}
      {banks !== null && (
        <>
          <fieldset className="card">
            <legend>{t('选择银行', 'Choose a bank')}</legend>
            {banks.map((bank) => (
              <Choice key={bank.code} id={`bank-${bank.code}`} name="bank" checked={form.bank === bank.code} onChange={() => { setForm((old) => ({ ...old, bank: bank.code })); }}>{pick(bank.name)}</Choice>
            ))}
            {chosen?.confirmsAtBank && <p className="note warn">{t('这家银行要求您之后在银行 App 或柜台再确认一次，我们会提醒您。', 'This bank asks you to confirm once more in its app or at its counter later; we will remind you.')}</p>}
          </fieldset>
          <section className="card">
            <Field id="bank-card" label={t('银行卡号', 'Card number')} inputMode="numeric" autoComplete="off" maxLength={23} className="digits" value={form.card} onChange={(card) => { setForm((old) => ({ ...old, card: card.replace(/\D/g, '').slice(0, 19) })); }}
              hint={form.card !== '' ? <span className="fours">{inFours(form.card)}{fits && <b className="good"> ✓</b>}</span> : saved ? t(`原卡号 ${saved.cardMasked}，如需修改请重新填写`, `Kept so far: ${saved.cardMasked}. To change it, enter the number again`) : t('卡正面的 16 至 19 位数字', '16 to 19 digits on the front of the card')}
              error={form.card.length >= 16 && !fits ? <>{inFours(form.card)}<br />{t('卡号可能有一位输错了，请对照卡面核对', 'One digit seems wrong: compare it with the card')}</> : undefined} />
          </section>
        </>
      )}
    </Frame>
  );
}
