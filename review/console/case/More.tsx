import type { CaseView } from '../../../contracts/http/staff.ts';
import { useWords } from '../i18n/index.tsx';
import { keyOf } from '../i18n/words.ts';
import { dateTime } from '../shared/format.ts';

/** Declarations (R18), consents (R17) and signed agreements (R19). */
export function More({ view }: { view: CaseView }) {
  const { t } = useWords();
  const d = view.declarations;
  return (
    <div className="more">
      <h3>{t('more.declarations')}</h3>
      {d && (
        <dl className="pairs pairs-two">
          <dt>{t('more.risk')}</dt><dd>{view.risk ? t('more.score', { class: view.risk.class, score: view.risk.score }) : '–'}</dd>
          <dt>{t('more.occupation')}</dt><dd>{t(`occupation.${d.occupation}`)}</dd>
          <dt>{t('more.employer')}</dt><dd>{d.employer ?? '–'}</dd>
          <dt>{t('more.education')}</dt><dd>{t(`education.${d.education}`)}</dd>
          <dt>{t('more.tax')}</dt><dd>{d.taxResidency === 'china' ? t('tax.china') : <mark>{t(`tax.${d.taxResidency}`)}</mark>}</dd>
          <dt>{t('more.owner')}</dt><dd>{t('more.self')}</dd>
          <dt>{t('more.markets')}</dt><dd>{d.markets.map((m) => t(`market.${m}`)).join(' · ')}</dd>
          <dt>{t('more.badRecord')}</dt><dd>{d.noBadRecord ? t('badRecord.none') : <mark>{t('badRecord.some')}</mark>}</dd>
        </dl>
      )}
      <h3>{t('more.consents')}</h3>
      <table className="plain"><tbody>
        {view.consents.map((c) => (
          <tr key={c.kind}><th>{t(`consent.${c.kind}`)}</th><td className={c.granted ? '' : 'tone-attend'}>{t(c.granted ? 'more.granted' : 'more.refused')}</td><td className="quiet">{dateTime(c.at)}</td></tr>
        ))}
      </tbody></table>
      <h3>{t('more.agreements')}</h3>
      <table className="plain"><tbody>
        {view.agreements.map((a) => {
          const key = keyOf('agreement', a.id);
          return <tr key={a.id}><th>{key ? t(key) : a.id}</th><td className={a.verified ? '' : 'tone-stop'}>{t(a.verified ? 'more.verified' : 'more.notVerified')}</td><td className="quiet">{dateTime(a.at)}</td></tr>;
        })}
      </tbody></table>
    </div>
  );
}
