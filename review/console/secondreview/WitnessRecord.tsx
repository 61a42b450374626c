import { causeWords } from '../../../contracts/causes.ts';
import type { CaseView } from '../../../contracts/http/staff.ts';
import { itemState, scriptLines } from '../call/script.ts';
import { useWords } from '../i18n/index.tsx';
import { keyOf } from '../i18n/words.ts';
import { dateTime, duration, timeOfDay } from '../shared/format.ts';
import { TESTIDS } from '../testids.ts';

/** The witness's side of the case: decision, and each script item with its answers and times. */
export function WitnessRecord({ view }: { view: CaseView }) {
  const { t, language } = useWords();
  const session = view.session;
  if (session === null) return <p className="quiet">{t('review.noSession')}</p>;
  return (
    <table className="plain record">
      <tbody>
        {scriptLines(view, language).map((line) => {
          const state = itemState(session.ticks, line.id);
          const given = session.answers.filter((tick) => tick.item === line.id);
          return (
            <tr key={line.id}>
              <td>{line.text}{given.length > 1 && <div className="tone-attend">{t('review.answers', { list: given.map((tick) => `${duration(tick.mediaTimeMs / 1000)} ${t(`answer.${tick.answer}`)}`).join(' → ') })}</div>}</td>
              <td className={state.done ? 'tone-done nowrap' : 'tone-attend nowrap'}>{state.answer ? t(`answer.${state.answer}`) : t('app.none')}</td>
              <td className="quiet nowrap">{state.tick ? `${duration(state.tick.mediaTimeMs / 1000)} · ${timeOfDay(state.tick.at)}` : ''}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** When the call or its recording broke off, for how long and why (R28, R30). */
export function Breaks({ view }: { view: CaseView }) {
  const { t, pick } = useWords();
  const breaks = view.session?.breaks ?? [];
  if (breaks.length === 0) return <p className="quiet">{t('review.noBreaks')}</p>;
  return (
    <table className="plain" data-testid={TESTIDS.reviewBreaks}>
      <tbody>
        {breaks.map((one) => (
          <tr key={`${one.what} ${one.from}`}>
            <th>{t(`review.break.${one.what}`)}</th>
            <td className="tone-attend">{pick(causeWords(one.cause))}</td>
            <td className="quiet nowrap">{timeOfDay(one.from)} · {one.to === null ? t('review.breakOpen') : duration(Math.ceil((Date.parse(one.to) - Date.parse(one.from)) / 1000))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Who decided what and when, witness first. */
export function Decisions({ view }: { view: CaseView }) {
  const { t } = useWords();
  const word = (decision: string): string => { const key = keyOf('decision', decision); return key ? t(key) : decision; };
  const made = view.session?.decision ?? null;
  return (
    <table className="plain">
      <tbody>
        {made && view.session && (
          <tr><th>{t('review.witnessDecision')}</th><td><strong>{word(made.decision)}</strong> {made.code}{made.comment && <div>{made.comment}</div>}</td><td className="quiet">{view.session.witnessName} · {view.session.witnessLicence}<br />{dateTime(made.at)}</td></tr>
        )}
        {view.reviews.map((r, i) => (
          <tr key={i}><th>{t('review.title')}</th><td><strong>{word(r.decision)}</strong> {r.code} {r.until}{r.comment && <div>{r.comment}</div>}</td><td className="quiet">{r.by}<br />{dateTime(r.at)}</td></tr>
        ))}
      </tbody>
    </table>
  );
}
