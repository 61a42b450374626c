import { Button, Input } from 'antd';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { ReplayView } from '../../../contracts/http/staff.ts';
import { http } from '../api/http.ts';
import { problemOf } from '../api/problem.ts';
import type { Problem } from '../api/problem.ts';
import { useWords } from '../i18n/index.tsx';
import { ProblemBox } from '../shared/ProblemBox.tsx';
import { TESTIDS } from '../testids.ts';

/** Why somebody looks, before anything is shown (R45). The usual reasons open at one press. */
export function ReplayPurpose({ sessionId, onOpen }: { sessionId: string; onOpen: (view: ReplayView) => void }) {
  const { t } = useWords();
  const navigate = useNavigate();
  const [purpose, setPurpose] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const open = async (why: string): Promise<void> => {
    if (why.trim().length < 2 || busy) return;
    setPurpose(why);
    setBusy(true);
    setProblem(undefined);
    try {
      onOpen(await http(STAFF_OPERATIONS.replay, { params: { sessionId }, body: { purpose: why.trim() } }));
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };
  return (
    <div className="centre">
      <div className="purpose">
        <h1>{t('replay.purposeTitle')}</h1>
        <p className="quiet">{t('replay.purposeHint')}</p>
        {problem && <ProblemBox problem={problem} />}
        <div className="purpose-picks">{t('replay.purposePick').split('|').map((word, n) => <Button key={word} disabled={busy} data-testid={TESTIDS.replayPick(n)} onClick={() => void open(word)}>{word}</Button>)}</div>
        <Input size="large" autoFocus maxLength={200} value={purpose} placeholder={t('replay.purposePlaceholder')} data-testid={TESTIDS.replayPurpose} onChange={(event) => setPurpose(event.target.value)} onPressEnter={() => void open(purpose)} />
        <div className="purpose-actions">
          <Button onClick={() => void navigate(-1)}>{t('app.back')}</Button>
          <Button type="primary" loading={busy} disabled={purpose.trim().length < 2} data-testid={TESTIDS.replayOpen} onClick={() => void open(purpose)}>{t('replay.open')}</Button>
        </div>
      </div>
    </div>
  );
}
