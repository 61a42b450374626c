import { useId, useState } from 'react';
import type { JSX, ReactNode } from 'react';
import { CLIENT_OPERATIONS as api } from '../../../contracts/http/client.ts';
import type { Declarations as Body } from '../../../contracts/http/client.ts';
import { Choice, Field, StepFooter } from '../parts/Basics.tsx';
import { Frame } from '../parts/Frame.tsx';
import { useAction } from '../state/action.ts';
import { useClient, useDraft, useView } from '../state/client.tsx';
import { useLanguage } from '../state/language.tsx';
import type { Both } from '../state/language.tsx';
import { testid } from '../testids.ts';

const OCCUPATIONS: readonly (readonly [Body['occupation'], Both])[] = [
  ['employee', { zh: '企业职员', en: 'Employee' }], ['civilServant', { zh: '公务员、事业单位人员', en: 'Civil servant' }], ['selfEmployed', { zh: '个体经营者', en: 'Self-employed' }],
  ['professional', { zh: '专业技术人员', en: 'Professional' }], ['farmer', { zh: '农民', en: 'Farmer' }], ['student', { zh: '学生', en: 'Student' }],
  ['retired', { zh: '离退休', en: 'Retired' }], ['unemployed', { zh: '待业', en: 'Not working' }], ['other', { zh: '其他', en: 'Other' }],
];
const EDUCATIONS: readonly (readonly [Body['education'], Both])[] = [
  ['doctor', { zh: '博士', en: 'Doctor' }], ['master', { zh: '硕士', en: 'Master' }], ['bachelor', { zh: '本科', en: 'Bachelor' }],
  ['college', { zh: '大专', en: 'College' }], ['secondary', { zh: '高中、中专', en: 'Secondary school' }], ['primary', { zh: '初中及以下', en: 'Primary or lower secondary' }],
];
const TAX: readonly (readonly [Body['taxResidency'], Both, Both])[] = [
  ['china', { zh: '仅为中国税收居民', en: 'China only' }, { zh: '绝大多数人选这一项', en: 'True for most people' }],
  ['other', { zh: '仅为其他国家（地区）税收居民', en: 'Another country or region only' }, { zh: '工作人员会与您核实', en: 'Our staff will ask you about it' }],
  ['both', { zh: '既是中国也是其他国家（地区）税收居民', en: 'China and another country or region' }, { zh: '工作人员会与您核实', en: 'Our staff will ask you about it' }],
];
const MARKETS: readonly (readonly [Body['markets'][number], Both])[] = [['shanghai', { zh: '上海证券账户', en: 'Shanghai' }], ['shenzhen', { zh: '深圳证券账户', en: 'Shenzhen' }]];
const WORKING: ReadonlySet<string> = new Set(['employee', 'civilServant', 'selfEmployed', 'professional']);

interface Filling { occupation: Body['occupation'] | ''; employer: string; education: Body['education'] | ''; tax: Body['taxResidency'] | ''; beneficial: boolean; controller: boolean; markets: Body['markets']; noBadRecord: boolean | null }

function Select<V extends string>({ id, label, value, options, onChange }: { readonly id: string; readonly label: ReactNode; readonly value: V | ''; readonly options: readonly (readonly [V, Both])[]; readonly onChange: (value: V) => void }): JSX.Element {
  const { t, pick } = useLanguage();
  const name = useId();
  return (
    <div className="field">
      <label htmlFor={name}>{label}</label>
      <select id={name} value={value} className={value === '' ? 'empty' : ''} onChange={(event) => { onChange(event.target.value as V); }} {...testid(id)}>
        <option value="" disabled>{t('请选择', 'Choose')}</option>
        {options.map(([code, text]) => <option key={code} value={code}>{pick(text)}</option>)}
      </select>
    </div>
  );
}

/** Step 5: occupation, education, tax residency (CRS), beneficial owner and markets are declared (R18). */
export function Declarations(): JSX.Element {
  const saved = useView().declarations;
  const { http, adopt, forget } = useClient();
  const { t, pick } = useLanguage();
  const [form, setForm] = useDraft<Filling>('declarations', () => ({
    occupation: saved?.occupation ?? '', employer: saved?.employer ?? '', education: saved?.education ?? '', tax: saved?.taxResidency ?? '',
    beneficial: saved !== null, controller: saved !== null, markets: saved?.markets ?? ['shanghai', 'shenzhen'], noBadRecord: saved?.noBadRecord ?? null,
  }));
  const [tried, setTried] = useState(false);
  const action = useAction();
  const change = (part: Partial<Filling>): void => { setForm((old) => ({ ...old, ...part })); };
  const missing = form.occupation === '' ? t('请选择职业', 'Choose your occupation')
    : form.education === '' ? t('请选择学历', 'Choose your education')
    : form.tax === '' ? t('请选择税收居民身份', 'Choose your tax residency')
    : !form.beneficial || !form.controller ? t('只能为本人开户，请确认两项声明', 'An account is opened only for yourself: confirm both statements')
    : form.markets.length === 0 ? t('请至少选择一个市场', 'Choose at least one market')
    : form.noBadRecord === null ? t('请回答诚信记录一项', 'Answer the question on your record') : null;
  const next = (): void => {
    setTried(true);
    const { occupation, education, tax, noBadRecord } = form;
    if (missing !== null || occupation === '' || education === '' || tax === '' || noBadRecord === null) return;
    const employer = WORKING.has(occupation) && form.employer.trim() !== '' ? { employer: form.employer.trim() } : {};
    action.run(async () => {
      const view = await http(api.saveDeclarations, { body: { occupation, ...employer, education, taxResidency: tax, beneficialOwner: 'self', controller: 'self', markets: form.markets, noBadRecord } });
      forget('declarations');
      adopt(view);
    });
  };
  return (
    <Frame step="declarations" lead={t('按监管要求，请如实填写。', 'Required by the regulator; please answer truthfully.')}
      footer={<StepFooter action={action} id="decl-next" onNext={next} hint={tried ? missing : null}>{t('下一步', 'Next')}</StepFooter>}>
      <section className="card">
        <Select id="decl-occupation" label={t('职业', 'Occupation')} value={form.occupation} options={OCCUPATIONS} onChange={(occupation) => { change({ occupation }); }} />
        {WORKING.has(form.occupation) && <Field id="decl-employer" label={t('工作单位（选填）', 'Employer (optional)')} value={form.employer} maxLength={60} onChange={(employer) => { change({ employer }); }} />}
        <Select id="decl-education" label={t('学历', 'Education')} value={form.education} options={EDUCATIONS} onChange={(education) => { change({ education }); }} />
      </section>
      <fieldset className="card">
        <legend>{t('税收居民身份', 'Tax residency')}</legend>
        {TAX.map(([code, text, sub]) => <Choice key={code} id={`decl-tax-${code}`} name="tax" checked={form.tax === code} onChange={() => { change({ tax: code }); }} sub={pick(sub)}>{pick(text)}</Choice>)}
      </fieldset>
      <fieldset className="card">
        <legend>{t('账户归属', 'Whose account it is')}</legend>
        <Choice id="decl-beneficial-self" kind="checkbox" name="beneficial" checked={form.beneficial} onChange={(beneficial) => { change({ beneficial }); }}>{t('账户的受益所有人是我本人', 'I alone benefit from this account')}</Choice>
        <Choice id="decl-controller-self" kind="checkbox" name="controller" checked={form.controller} onChange={(controller) => { change({ controller }); }}>{t('账户由我本人实际控制和操作', 'I alone control and use this account')}</Choice>
      </fieldset>
      <fieldset className="card">
        <legend>{t('要开立的证券账户', 'Markets')}</legend>
        {MARKETS.map(([code, text]) => (
          <Choice key={code} id={`decl-market-${code}`} kind="checkbox" name={code} checked={form.markets.includes(code)} onChange={(on) => { change({ markets: on ? [...form.markets.filter((one) => one !== code), code] : form.markets.filter((one) => one !== code) }); }}>{pick(text)}</Choice>
        ))}
      </fieldset>
      <fieldset className="card">
        <legend>{t('近三年是否没有证券期货方面的违法或失信记录？', 'In the last three years, have you been free of breaches of securities law or trust?')}</legend>
        <div className="pair">
          <Choice id="decl-noBadRecord-yes" name="record" checked={form.noBadRecord === true} onChange={() => { change({ noBadRecord: true }); }}>{t('没有记录', 'No record')}</Choice>
          <Choice id="decl-noBadRecord-no" name="record" checked={form.noBadRecord === false} onChange={() => { change({ noBadRecord: false }); }}>{t('有记录', 'There is one')}</Choice>
        </div>
      </fieldset>
    </Frame>
  );
}
