import { FINDINGS } from '../../../contracts/findings.ts';
import type { CaseView } from '../../../contracts/http/staff.ts';
import { useWords } from '../i18n/index.tsx';
import { keyOf } from '../i18n/words.ts';
import { timeOfDay } from '../shared/format.ts';
import { TESTIDS } from '../testids.ts';

/** What the agent must know before deciding (R16, R22, R17): warnings, the police answer, a refused face matching. */
export function Warnings({ view }: { view: CaseView }) {
  const { t, pick } = useWords();
  const faceRefused = view.consents.some((c) => c.kind === 'face' && !c.granted);
  const police = view.police;
  const policeKey = police === null ? undefined : keyOf('police', police.answer);
  const policeTone = police === null ? 'quiet' : police.answer === 'match' ? 'done' : /Mismatch/.test(police.answer) ? 'stop' : 'attend';
  return (
    <div className="warnings" data-testid={TESTIDS.warnings}>
      <div className="warnings-row">
        <span className="warnings-label">{t('case.police')}</span>
        <span className={`tone-${policeTone}`} data-testid={TESTIDS.police} data-answer={police?.answer ?? ''}>
          {police === null ? t('case.policePending') : `${policeKey ? t(policeKey) : police.answer} · ${timeOfDay(police.at)}`}
        </span>
      </div>
      <div className="warnings-row">
        <span className="warnings-label">{t('case.warnings')}</span>
        {view.warnings.length === 0
          ? <span className="quiet">{t('case.noWarnings')}</span>
          : <ul>{view.warnings.map((w, i) => <li key={i} className={w.severity === 'blocking' ? 'tone-stop' : 'tone-attend'}>{pick(FINDINGS[w.code])}{w.said ? `：${w.said}` : ''}</li>)}</ul>}
      </div>
      {faceRefused && <div className="warnings-face">{t('case.faceRefused')}</div>}
    </div>
  );
}
