import { FINDINGS } from '../../../contracts/findings.ts';
import type { CaseView } from '../../../contracts/http/staff.ts';
import { useWords } from '../i18n/index.tsx';
import { TESTIDS } from '../testids.ts';
import { rejectionWords } from './words.ts';
import { Police } from './Police.tsx';

/** What the agent must know before deciding (R10–R13, R16, R17, R22): the police answers, what is known of the person, a refused face matching. */
export function Warnings({ view, acting }: { view: CaseView; acting?: { readonly sessionId: string; readonly onCase: (view: CaseView) => void } | undefined }) {
  const { t, pick } = useWords();
  const faceRefused = view.consents.some((c) => c.kind === 'face' && !c.granted);
  // The police check's answers stand in their own line.
  const known = view.warnings.filter((w) => w.rule !== 'R22');
  return (
    <div className="warnings" data-testid={TESTIDS.warnings}>
      <Police view={view} acting={acting} />
      <div className="warnings-row">
        <span className="warnings-label">{t('case.warnings')}</span>
        {known.length === 0
          ? <span className="quiet">{t('case.noWarnings')}</span>
          : <ul>{known.map((w, i) => <li key={i} className={w.blocks ? 'tone-stop' : 'tone-attend'} data-code={w.code}>{pick(FINDINGS[w.code])}{w.said && w.field === undefined ? `${t('finding.colon')}${w.code === 'EARLIER_REJECTION' ? pick(rejectionWords(w.said)) : w.said}` : ''}</li>)}</ul>}
      </div>
      {faceRefused && <div className="warnings-face">{t('case.faceRefused')}</div>}
    </div>
  );
}
