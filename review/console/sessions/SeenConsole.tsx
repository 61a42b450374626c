import { CheckCircleFilled } from '@ant-design/icons';
import { Tooltip } from 'antd';
import { memo } from 'react';
import { FINDINGS } from '../../../contracts/findings.ts';
import type { StandingFinding } from '../../../contracts/http/replay.ts';
import type { ReplayView } from '../../../contracts/http/staff.ts';
import type { FieldName } from '../../../contracts/reading.ts';
import type { ConsoleState } from '../../replay/console.ts';
import { photoAddress } from '../case/Photos.tsx';
import { rejectionWords, valueWords } from '../case/words.ts';
import { useWords } from '../i18n/index.tsx';
import { keyOf } from '../i18n/words.ts';
import { duration } from '../shared/format.ts';
import { TESTIDS } from '../testids.ts';

interface Props { view: ReplayView; state: ConsoleState; second: number; onSeek: (ms: number) => void; /** Puts the uncovered name in place of the masked one. */ unmask: (text: string) => string }

/** The agent's console as it stood at this second (R46): script, what closed approve, photos, values, findings. */
export const SeenConsole = memo(function SeenConsole({ view, state, second, onSeek, unmask }: Props) {
  const { t } = useWords();
  const policeWord = (question: 'identity' | 'face'): string | undefined => {
    const answer = state.police[question];
    const key = answer && keyOf('police', answer);
    return key && `${t(`police.ask.${question}`)} ${t(key)}`;
  };
  return (
    <section className="seen" data-testid={TESTIDS.seen}>
      <header className="seen-head">
        <h2>{t('seen.title')} <small className="quiet">{t('seen.at')} {duration(second)}</small></h2>
        <span className={`chip ${state.connected ? 'chip-done' : 'chip-stop'}`}>{t(state.connected ? 'seen.connected' : 'seen.apart')}</span>
        <span className={`chip ${state.recorderRunning ? 'chip-done' : 'chip-stop'}`}>{t(state.recorderRunning ? 'seen.recording' : 'seen.notRecording')}</span>
        {(['identity', 'face'] as const).map((question) => { const what = policeWord(question); return what && <span key={question} className={`chip ${state.police[question] === 'match' ? 'chip-done' : 'chip-attend'}`}>{t('seen.police', { what })}</span>; })}
      </header>
      <div className="seen-body">
        <div>
          <Script state={state} onSeek={onSeek} unmask={unmask} />
          <Photos view={view} state={state} onSeek={onSeek} />
        </div>
        <div>
          <Missing state={state} withheld={view.console.formFrom === 'unknown'} />
          {view.console.formFrom !== 'unknown' && <Findings findings={state.findings} unmask={unmask} />}
          <Values view={view} state={state} unmask={unmask} />
        </div>
      </div>
    </section>
  );
});

function Script({ state, onSeek, unmask }: Pick<Props, 'state' | 'onSeek' | 'unmask'>) {
  const { t, pick } = useWords();
  return (
    <>
      <h3>{t('seen.script')} <span className={state.step === undefined ? 'tone-done' : 'quiet'}>{t('script.progress', { done: state.script.filter((s) => s.done).length, total: state.script.length })}</span></h3>
      <ol className="seen-script">
        {state.script.map((line, n) => {
          const last = line.answers.at(-1);
          return (
            <li key={line.item} className={line.item === state.step ? 'seen-step' : line.done ? 'seen-done' : ''} data-testid={TESTIDS.seenStep(line.item)} data-done={line.done} data-now={line.item === state.step}>
              <span className="seen-mark">{line.done ? <CheckCircleFilled /> : n + 1}</span>
              <span className="seen-line" title={unmask(pick(line.text))}>{unmask(pick(line.text))}</span>
              {last && <button type="button" className={line.done ? 'link-quiet' : 'tone-attend link-quiet'} title={t(`answer.${last.answer}`)} onClick={() => onSeek(last.atMs)}>{line.answers.length > 1 && `${line.answers.length}× `}{last.answer === 'clear_yes' ? '' : `${t(`answer.${last.answer}`)} `}{duration(last.atMs / 1000)}</button>}
            </li>
          );
        })}
      </ol>
    </>
  );
}

function Missing({ state, withheld }: Pick<Props, 'state'> & { withheld: boolean }) {
  const { t, pick } = useWords();
  if (state.decision) {
    const key = keyOf('decision', state.decision.decision);
    return <div className={`seen-decided ${state.decision.decision === 'approve' ? 'seen-approve' : 'seen-refuse'}`} data-testid={TESTIDS.seenMissing} data-count={0}>{t('seen.over')}{t('list.colon')}<strong>{key ? t(key) : state.decision.decision}</strong> {state.decision.code}</div>;
  }
  // The form of the time is gone: by today's nothing of it can be said.
  if (withheld) return <p className="tone-attend" data-testid={TESTIDS.seenMissing} data-withheld>{t('seen.withheld')}</p>;
  return (
    <>
      <h3>{t('seen.missing')} {state.missing.length > 0 && <span className="tone-stop">{state.missing.length}</span>}</h3>
      {state.missing.length === 0
        ? <p className="tone-done" data-testid={TESTIDS.seenMissing} data-count={0}>{t('seen.open')}</p>
        : <ul className="seen-missing" data-testid={TESTIDS.seenMissing} data-count={state.missing.length}>{state.missing.map((m) => <li key={m.code} data-code={m.code}>{pick(m.text)}</li>)}</ul>}
    </>
  );
}

/** What only says that something was read or could be compared is left to the case's own page. */
const worthShowing = ({ finding }: StandingFinding): boolean => finding.severity !== 'info' || finding.decision !== undefined;

function Findings({ findings, unmask }: { findings: readonly StandingFinding[]; unmask: (text: string) => string }) {
  const { t, pick } = useWords();
  const shown = findings.filter(worthShowing);
  return (
    <>
      <h3>{t('seen.findings')} {shown.length > 0 && <span className="quiet">{shown.length}</span>}</h3>
      {shown.length === 0 && <p className="quiet" data-testid={TESTIDS.seenFindings} data-count={0}>{t('seen.noFindings')}</p>}
      {shown.length > 0 && (
        <ul className="seen-findings" data-testid={TESTIDS.seenFindings} data-count={shown.length}>
          {shown.map(({ of, finding }, n) => (
            <li key={n} className={finding.decision ? 'seen-settled' : finding.closesApprove ? 'tone-stop' : 'tone-attend'} data-code={finding.code}>
              <span className="chip">{t(`seen.of.${of}`)}</span>{finding.field && `${t(`field.${finding.field}`)}${t('finding.colon')}`}{pick(FINDINGS[finding.code])}
              <TwoValues finding={finding} unmask={unmask} />
              {finding.decision && <em>{t('seen.decidedBy', { by: finding.decision.by, reason: unmask(finding.decision.reason) })}</em>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** The two values that do not agree. */
function TwoValues({ finding: { code, field, said, expected }, unmask }: { finding: StandingFinding['finding']; unmask: (text: string) => string }) {
  const { t, pick } = useWords();
  const words = (value: string): string => unmask(code === 'EARLIER_REJECTION' ? pick(rejectionWords(value)) : field ? valueWords(t, field, value) : value);
  const both = [said, expected].filter((value) => value !== undefined).map(words);
  return both.length === 0 ? null : <code className="seen-values-two">{both.join(' ≠ ')}</code>;
}

function Photos({ view, state, onSeek }: Pick<Props, 'view' | 'state' | 'onSeek'>) {
  const { t } = useWords();
  const noteOf = ({ current, insideGap, kind, values }: ConsoleState['photos'][number]): string => {
    if (!current) return t('seen.again');
    if (insideGap) return t('seen.inGap');
    if (state.findings.some(({ of, finding }) => of === kind && finding.closesApprove)) return t('seen.refused');
    return kind !== 'face' && values === null ? t('seen.unread') : '';
  };
  return (
    <>
      <h3>{t('seen.photos')}</h3>
      {state.photos.length === 0 && <p className="quiet">{t('seen.noPhotos')}</p>}
      <div className="seen-photos">
        {state.photos.map((photo) => (
          <Tooltip key={photo.photoId} title={`${t(`photo.${photo.kind}`)} ${duration(photo.atMs / 1000)}`}>
            <button type="button" className={photo.current ? '' : 'seen-old'} data-testid={TESTIDS.seenPhoto(photo.photoId)} onClick={() => onSeek(photo.atMs)}>
              <img loading="lazy" src={photoAddress(view.applicationId, photo.photoId, 'record')} alt={t(`photo.${photo.kind}`)} />
              <small>{t(`seen.of.${photo.kind}`)} {noteOf(photo)}</small>
            </button>
          </Tooltip>
        ))}
      </div>
    </>
  );
}

function Values({ view, state, unmask }: Pick<Props, 'view' | 'state' | 'unmask'>) {
  const { t } = useWords();
  const { form, formFrom } = view.console;
  const read = new Map<FieldName, string>(state.photos.filter((p) => p.current).flatMap((p) => (p.values ?? []).map(({ field, text }) => [field, text] as const)));
  if (form.length === 0) return null;
  const words = (field: FieldName, text: string): string => unmask(valueWords(t, field, text));
  return (
    <>
      <h3>{t('seen.values')}</h3>
      {formFrom !== 'now' && <p className={formFrom === 'kept' ? 'quiet' : 'tone-attend'} data-testid={TESTIDS.seenForm} data-from={formFrom}>{t(`seen.form.${formFrom}`)}</p>}
      <table className="seen-values" data-testid={TESTIDS.seenValues}>
        <thead><tr><th /><th>{t('seen.form')}</th><th>{t('seen.read')}</th></tr></thead>
        <tbody>{form.map(({ field, text }) => <tr key={field}><th>{t(`field.${field}`)}</th><td>{words(field, text)}</td><td>{read.has(field) ? words(field, read.get(field)!) : <span className="quiet">–</span>}</td></tr>)}</tbody>
      </table>
    </>
  );
}
