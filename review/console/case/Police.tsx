import { Button, Input } from 'antd';
import { useEffect, useState } from 'react';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { CaseView } from '../../../contracts/http/staff.ts';
import { isDecidable } from '../../../contracts/police.ts';
import type { PoliceAnswer, PoliceAnswered, PoliceQuestion } from '../../../contracts/police.ts';
import { http } from '../api/http.ts';
import { useWords } from '../i18n/index.tsx';
import { ConfirmDialog } from '../shared/ConfirmDialog.tsx';
import { dateTime, timeOfDay } from '../shared/format.ts';
import { useTell } from '../shared/useProblem.tsx';
import { TESTIDS } from '../testids.ts';

const TONE: Record<PoliceAnswer, 'done' | 'attend' | 'stop'> = { match: 'done', noPhoto: 'attend', badImage: 'attend', noRecord: 'attend', unavailable: 'attend', nameMismatch: 'stop', photoMismatch: 'stop' };
/** What the witness of a running call may do. */
interface Acting { readonly sessionId: string; readonly onCase: (view: CaseView) => void }

/** The police check's two questions with their answers (R22); in a call it can be asked again, and a person can decide on what is no answer. */
export function Police({ view, acting }: { view: CaseView; acting?: Acting | undefined }) {
  const { t } = useWords();
  const tell = useTell();
  const [deciding, setDeciding] = useState<PoliceAnswered>();
  const [asking, setAsking] = useState(false);
  const { identity, face, faceAsked, earlier } = view.police;
  const ask = async ({ sessionId, onCase }: Acting): Promise<void> => {
    setAsking(true);
    try {
      onCase(await http(STAFF_OPERATIONS.askPolice, { params: { sessionId } }));
    } catch (error) {
      tell.failed(error);
    }
    // The answer comes with the case's next change; until then a second press would ask the same.
    setTimeout(() => setAsking(false), 4_000);
  };
  const line = (question: PoliceQuestion, answered: PoliceAnswered | null, otherwise: string) => (
    <div className="police-line">
      <span className="quiet">{t(`police.ask.${question}`)}</span>
      <span className={answered ? `tone-${answered.decision ? 'attend' : TONE[answered.answer]}` : 'quiet'} data-testid={question === 'identity' ? TESTIDS.police : TESTIDS.policeFace} data-answer={answered?.answer ?? ''}>
        {answered ? `${t(`police.${answered.answer}`)} · ${timeOfDay(answered.at)}${answered.attempts > 1 ? ` · ${t('police.attempts', { n: answered.attempts })}` : ''}` : otherwise}
      </span>
      {answered && acting && isDecidable(answered.answer) && answered.decision === null && (
        <Button size="small" danger data-testid={TESTIDS.policeDecide(question)} onClick={() => setDeciding(answered)}>{t('police.decide')}</Button>
      )}
      {answered?.decision && <span className="police-decided" title={answered.decision.reason} data-testid={TESTIDS.policeDecided(question)}>{t('police.decided', { by: answered.decision.by, time: dateTime(answered.decision.at) })}{answered.decision.reason}</span>}
    </div>
  );
  const open = [identity, faceAsked === 'asked' ? face : identity].some((answered) => answered?.answer !== 'match');
  // Another answer came while the dialog was open: there is nothing left to decide on.
  const current = [identity, face].find((answered) => answered?.checkId === deciding?.checkId);
  const over = deciding !== undefined && (current === undefined || current?.decision !== null);
  useEffect(() => {
    if (!over) return;
    setDeciding(undefined);
    if (current === undefined) tell.done(t('police.answeredMeanwhile'));
  }, [over, current, tell, t]);
  return (
    <div className="warnings-row">
      <span className="warnings-label">{t('case.police')}</span>
      <div className="police">
        {line('identity', identity, t('case.policePending'))}
        {line('face', face, faceAsked === 'noConsent' ? t('police.noConsent') : faceAsked === 'noPhoto' ? t('police.noPhotoYet') : t('case.policePending'))}
        {acting && open && <Button size="small" type="link" className="police-ask" loading={asking} data-testid={TESTIDS.policeAsk} onClick={() => void ask(acting)}>{t('police.askAgain')}</Button>}
      </div>
      {earlier.length > 0 && <Earlier earlier={earlier} />}
      {deciding && acting && <Decide answered={deciding} acting={acting} onClose={() => setDeciding(undefined)} />}
    </div>
  );
}

/** What was answered before, with the decisions on it: asking until an answer suits leaves its traces (R22). */
function Earlier({ earlier }: { earlier: CaseView['police']['earlier'] }) {
  const { t } = useWords();
  return (
    <details className="police-earlier" data-testid={TESTIDS.policeEarlier}>
      <summary>{t('police.earlier', { n: earlier.length })}</summary>
      <ul>
        {earlier.map(({ checkId, question, answer, at, decision }) => (
          <li key={checkId}>
            <span className="quiet">{t(`police.ask.${question}`)}</span> <span className={`tone-${TONE[answer]}`}>{t(`police.${answer}`)} · {timeOfDay(at)}</span>
            {decision && <span className="police-decided" title={decision.reason}>{t('police.decided', { by: decision.by, time: dateTime(decision.at) })}{decision.reason}</span>}
          </li>
        ))}
      </ul>
    </details>
  );
}

const SHORTEST = 4;

function Decide({ answered, acting, onClose }: { answered: PoliceAnswered; acting: Acting; onClose: () => void }) {
  const { t } = useWords();
  const [reason, setReason] = useState('');
  const submit = async (): Promise<void> => {
    acting.onCase(await http(STAFF_OPERATIONS.decidePolice, { params: { sessionId: acting.sessionId }, body: { checkId: answered.checkId, reason: reason.trim() } }));
    onClose();
  };
  return (
    <ConfirmDialog title={t('police.decideTitle')} ok={t('police.decideSubmit')} okTestId={TESTIDS.policeSubmit} disabled={reason.trim().length < SHORTEST} onClose={onClose} onOk={submit}>
      <p><strong>{t(`police.${answered.answer}`)}</strong> <span className="quiet">{dateTime(answered.at)}</span></p>
      <p>{t(answered.answer === 'noRecord' ? 'police.decideNoRecord' : 'police.decideUnavailable')}</p>
      <Input.TextArea autoFocus rows={4} maxLength={500} showCount value={reason} placeholder={t('police.decidePlaceholder')} data-testid={TESTIDS.policeReason} onChange={(event) => setReason(event.target.value)} />
      <p className="quiet dialog-note">{t('police.decideRecorded')}</p>
    </ConfirmDialog>
  );
}
