import { CheckCircleFilled, LoadingOutlined } from '@ant-design/icons';
import type { CaseView } from '../../../contracts/http/staff.ts';
import { scriptAnswer } from '../../../contracts/script.ts';
import { useWords } from '../i18n/index.tsx';
import { duration } from '../shared/format.ts';
import { TESTIDS } from '../testids.ts';
import { itemState, scriptLines } from './script.ts';
import type { CaseActions } from './useCaseActions.ts';

/** The script (R24): what to say, and the three answers to each line. The next open line stands out. */
export function ScriptPanel({ view, actions, enabled }: { view: CaseView; actions: CaseActions; enabled: boolean }) {
  const { t, language } = useWords();
  const lines = scriptLines(view, language).map((line) => ({ ...line, state: itemState(view.session?.ticks ?? [], line.id) }));
  const done = lines.filter((line) => line.state.done).length;
  const next = lines.find((line) => !line.state.done)?.id;
  return (
    <section className="script">
      <header className="panel-head"><h2>{t('script.title')}</h2><span className={done === lines.length ? 'tone-done' : 'quiet'}>{t('script.progress', { done, total: lines.length })}</span></header>
      <ol>
        {lines.map((line, index) => (
          <li key={line.id} className={`script-line${line.state.done ? ' script-done' : ''}${line.id === next ? ' script-next' : ''}`}>
            <span className="script-mark" data-testid={TESTIDS.tickState(line.id)} data-answer={line.state.answer ?? ''} data-done={line.state.done}>
              {actions.ticking.has(line.id) ? <LoadingOutlined /> : line.state.done ? <CheckCircleFilled /> : index + 1}
            </span>
            <div className="script-text">
              {line.text}
              {/* R25: for the name, the yes is the agent's word that it was said right. */}
              {line.id === 'nameConfirmed' && !line.state.done && <em className="quiet">{t('call.nameSaid')}</em>}
              {line.state.insideGap && <em className="tone-stop">{t('answer.inGap')}</em>}
              {line.state.answer === 'unclear' && <em className="tone-attend">{t('answer.askAgain')}</em>}
              {line.state.answer === 'no' && <em className="tone-stop">{t('answer.noTodo')}</em>}
              {line.state.done && line.state.tick && <em className="quiet">{duration(line.state.tick.mediaTimeMs / 1000)}</em>}
            </div>
            <div className="answers" role="group">
              {scriptAnswer.options.map((answer) => (
                <button key={answer} type="button" disabled={!enabled} aria-pressed={line.state.answer === answer} className={`answer answer-${answer}`} data-testid={TESTIDS.tick(line.id, answer)} onClick={() => actions.tick(line.id, answer)}>
                  {t(`answer.${answer}`)}
                </button>
              ))}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
