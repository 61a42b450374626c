import { Switch } from 'antd-mobile';
import { useEffect, useState } from 'react';
import type { JSX } from 'react';
import { CLIENT_OPERATIONS as api, isPermitNumber } from '../../../contracts/http/client.ts';
import type { ClientForm, DocumentView } from '../../../contracts/http/client.ts';
import type { DocumentSide } from '../../../contracts/http/common.ts';
import { FIELD_NAMES } from '../../../contracts/reading.ts';
import type { FieldName } from '../../../contracts/reading.ts';
import { Choice, Field, StepFooter } from '../parts/Basics.tsx';
import { Crop } from '../parts/Crop.tsx';
import { Frame } from '../parts/Frame.tsx';
import { FIELD_LABELS, differs, doubtedFields, fieldOf, formProblems, isAbout, placeOfField, readValues, shownValue } from '../rules/fields.ts';
import { placesFit } from '../rules/places.ts';
import { useAction } from '../state/action.ts';
import { useClient, useDraft, useView } from '../state/client.tsx';
import { useLanguage } from '../state/language.tsx';
import { useStoredImage } from '../state/photos.ts';
import { testid } from '../testids.ts';

/** A form being filled: fields may still be empty. */
type Filling = { [K in FieldName]: string };
const EMPTY: Filling = { name: '', sex: '', ethnicity: '', birthDate: '', idNumber: '', address: '', authority: '', validFrom: '', validTo: '' };

/** Step 4: the form, prefilled from what was read; every difference to the photo is marked where it stands (R14). */
export function Form(): JSX.Element {
  const view = useView();
  const { http, adopt, forget } = useClient();
  const { t, pick } = useLanguage();
  const read = readValues(view.documents);
  // Only what the person typed is kept: what was never confirmed follows the photos, also when one is taken again.
  const [typed, setTyped] = useDraft<Partial<Filling>>('typed', () => ({}));
  const form: Filling = { ...EMPTY, ...view.prefill, ...view.form, ...typed };
  const [tried, setTried] = useState(false);
  const action = useAction();
  const problems = formProblems(form as ClientForm);
  const refusal = action.problem?.kind === 'error' ? action.problem.body : null;
  const serverField = refusal === null ? undefined : fieldOf(refusal);
  const set = (field: FieldName) => (value: string): void => {
    // What was refused is no longer there: the field is judged anew.
    if (refusal !== null && isAbout(refusal, field)) action.clear();
    setTyped((old) => ({ ...old, [field]: field === 'idNumber' ? value.replace(/\s/g, '').toUpperCase() : value }));
  };

  const doubts = doubtedFields(view.documents);
  const isDoubted = (field: FieldName): boolean => doubts[field] !== undefined && typed[field] === undefined && !view.doneSteps.includes('form');
  const isDifferent = (field: FieldName): boolean => differs(field, form[field], read[field]);
  // Beside what is to be checked stands the place of the photo that says it.
  const places = Object.fromEntries(FIELD_NAMES.filter((field) => isDifferent(field) || isDoubted(field)).map((field) => [field, placeOfField(view.documents, field)])) as Partial<Record<FieldName, ReturnType<typeof placeOfField>>>;
  const photoOf = (side: DocumentSide): DocumentView | undefined => Object.values(places).find((place) => place?.document.side === side)?.document;
  const photos = { portrait: useStoredImage(photoOf('portrait')), emblem: useStoredImage(photoOf('emblem')) };
  const crop = (field: FieldName): JSX.Element | null => {
    const place = places[field];
    return place === undefined ? null : <Crop id={`form-crop-${field}`} src={photos[place.document.side]} photo={place.document} box={place.box} title={pick(FIELD_LABELS[field])} />;
  };
  const doubtNote = (field: FieldName): JSX.Element | undefined => {
    if (!isDoubted(field)) return undefined;
    const words = doubts[field] !== 'unread' ? t('这一项可能没有读准，请核对', 'May have been misread: check it')
      : form[field] !== '' ? t('新照片上没有读出这一项，请与证件核对', 'Not readable on the new photo: compare it with the card') : t('照片上没有读出，请填写', 'Not readable on the photo: fill it in');
    return <div className="diff" {...testid(`form-doubt-${field}`)}>{words}{crop(field)}</div>;
  };
  const below = (field: FieldName): JSX.Element | undefined => {
    const readText = read[field];
    if (!isDifferent(field) || readText === undefined) return doubtNote(field);
    return (
      <div className="diff" {...testid(`form-diff-${field}`)}>
        {t('与照片不同。照片上读到：', 'Differs from the photo, which reads: ')}<b>{pick(shownValue(field, readText))}</b>{' '}
        <button type="button" className="link" onClick={() => { set(field)(readText); }}>{t('改用照片上的', 'Use that')}</button>
        {crop(field)}
      </div>
    );
  };
  const wrong = (field: FieldName): string | undefined => {
    if (refusal !== null && serverField === field) return pick(refusal.message);
    const problem = problems[field];
    // Empty fields are only complained about after "next"; a full number is judged at once.
    return problem && (tried || (form[field] !== '' && (field !== 'idNumber' || form.idNumber.length >= 18))) ? pick(problem) : undefined;
  };
  const common = (field: FieldName) => ({ id: `form-${field}`, label: pick(FIELD_LABELS[field]), value: form[field], onChange: set(field), hint: below(field), error: wrong(field) === undefined ? undefined : <>{wrong(field)}{below(field)}</> });
  const first = (Object.keys(problems) as FieldName[])[0];
  useEffect(() => { if (tried) document.querySelector('.field.wrong')?.scrollIntoView({ block: 'center' }); }, [tried, serverField]);
  const next = (): void => {
    setTried(true);
    if (first !== undefined || form.sex === '') { document.querySelector('.field.wrong')?.scrollIntoView({ block: 'center' }); return; }
    action.run(async () => { const saved = await http(api.saveForm, { body: { ...form, ...(isPermitNumber(form.idNumber) ? { ethnicity: '' } : {}) } as ClientForm }); forget('typed'); adopt(saved); });
  };
  return (
    <Frame step="form" lead={t('以下内容读自您的身份证照片，请逐项核对，有误请改正。', 'Read from your ID photos. Check each line and correct what is wrong.')}
      footer={<StepFooter action={action} id="form-next" onNext={next} hint={tried && first !== undefined ? t('请先更正标红的项目', 'Correct the fields marked in red first') : null}>{t('核对无误，下一步', 'All correct, next')}</StepFooter>}>
      <section className="card">
        <Field {...common('name')} autoComplete="off" maxLength={50} />
        <div className={wrong('sex') || (tried && form.sex === '') ? 'field wrong' : 'field'} role="radiogroup" aria-label={pick(FIELD_LABELS.sex)}>
          <span className="label">{pick(FIELD_LABELS.sex)}</span>
          <div className="pair">
            <Choice id="form-sex-male" name="sex" checked={form.sex === 'male'} onChange={() => { set('sex')('male'); }}>{t('男', 'Male')}</Choice>
            <Choice id="form-sex-female" name="sex" checked={form.sex === 'female'} onChange={() => { set('sex')('female'); }}>{t('女', 'Female')}</Choice>
          </div>
          <div className="field-below">{wrong('sex') && <span className="field-error">{wrong('sex')}</span>}{below('sex')}</div>
        </div>
        {/* A residence permit prints no ethnic group. */}
        {!isPermitNumber(form.idNumber) && <Field {...common('ethnicity')} maxLength={10} hint={below('ethnicity') ?? t('例如：汉', 'for example 汉')} />}
        <Field {...common('birthDate')} type="date" />
        <Field {...common('idNumber')} maxLength={18} autoComplete="off" className="digits" autoCapitalize="characters" hint={below('idNumber') ?? t('末位是 X 的，直接输入 x 即可', 'A final x becomes a capital X by itself')} />
        <Field {...common('address')} maxLength={120} long />
      </section>
      <section className="card">
        <Field {...common('authority')} maxLength={60} autoComplete="off" hint={<>{below('authority')}{!placesFit(form) && <span {...testid('form-places')}>{t('签发机关与住址、身份证号码不在同一地区。迁过户口属于正常；请确认两张照片是同一张身份证。', 'The authority is of another place than address and ID number. That is normal after a move; make sure that both photos are of the same card.')}</span>}</>} />
        <Field {...common('validFrom')} type="date" />
        <div className="switch-row">
          <span>{t('有效期为“长期”', 'Valid long-term (长期)')}</span>
          <Switch checked={form.validTo === 'long-term'} onChange={(on) => { set('validTo')(on ? 'long-term' : ''); }} {...testid('form-longTerm')} aria-label={t('长期', 'long-term')} />
        </div>
        {form.validTo === 'long-term' ? <div className="field-below">{below('validTo')}</div> : <Field {...common('validTo')} type="date" />}
      </section>
    </Frame>
  );
}
