import { Button, Input, Spin } from 'antd';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { CaseView } from '../../../contracts/http/staff.ts';
import { http } from '../api/http.ts';
import { useLoaded } from '../api/useLoaded.ts';
import { RejectDialog } from '../call/RejectDialog.tsx';
import { AttentionList } from '../case/AttentionList.tsx';
import { CompareTable } from '../case/CompareTable.tsx';
import { Documents } from '../case/Documents.tsx';
import { findingCounts } from '../case/evidence.ts';
import { FindingList } from '../case/FindingList.tsx';
import { More } from '../case/More.tsx';
import { Photos } from '../case/Photos.tsx';
import { Warnings } from '../case/Warnings.tsx';
import { useWords } from '../i18n/index.tsx';
import { ConfirmDialog } from '../shared/ConfirmDialog.tsx';
import { ProblemBox } from '../shared/ProblemBox.tsx';
import { useTell } from '../shared/useProblem.tsx';
import { TESTIDS } from '../testids.ts';
import { PostponeDialog } from './PostponeDialog.tsx';
import { Breaks, Decisions, WitnessRecord } from './WitnessRecord.tsx';

/** One case in second review (R50), claimed by opening it, with all its evidence beside each other. */
export function ReviewCasePage() {
  const { applicationId = '' } = useParams();
  const { t } = useWords();
  const navigate = useNavigate();
  const loaded = useLoaded(applicationId, () => http(STAFF_OPERATIONS.openReview, { params: { applicationId } }));
  if (loaded.value === undefined) {
    return (
      <div className="centre">
        {loaded.problem ? <><ProblemBox problem={loaded.problem} onRetry={loaded.reload} /><Button onClick={() => void navigate('/review')}>{t('app.back')}</Button></> : <Spin size="large" />}
      </div>
    );
  }
  return <ReviewCase view={loaded.value} />;
}

type Dialog = 'approve' | 'postpone' | 'reject';

function ReviewCase({ view }: { view: CaseView }) {
  const { t } = useWords();
  const navigate = useNavigate();
  const tell = useTell();
  const [dialog, setDialog] = useState<Dialog>();
  const [comment, setComment] = useState('');
  const params = { applicationId: view.applicationId };
  const close = (): void => setDialog(undefined);
  const done = (what: Dialog): void => {
    tell.done(t(`review.done.${what}`));
    void navigate('/review');
  };
  const note = (text: string | undefined) => (text ? { comment: text } : {});

  return (
    <div className="review" data-testid={TESTIDS.reviewPage}>
      <header className="review-head">
        <Button size="small" onClick={() => void navigate('/review')}>{t('app.back')}</Button>
        <strong className="review-name">{view.form?.name}</strong><span className="client-pinyin">{view.form?.namePinyin}</span>
        <code>{view.caseNo}</code><span className="quiet">{t(`app.${view.state}`)}</span>
        <span className="video-gap" />
        {view.session && <Button size="small" data-testid={TESTIDS.reviewRecording} onClick={() => void navigate(`/sessions/${view.session?.sessionId ?? ''}`)}>{t('review.recording')}</Button>}
      </header>
      <div className="review-column">
        <Warnings view={view} />
        <details className="review-findings" open={findingCounts(view).attend > 0}>
          <summary><h3>{t('case.tab.findings')}</h3><span className="quiet">{t('review.findingCount', { n: findingCounts(view).attend })}</span></summary>
          <FindingList view={view} />
        </details>
        <h3>{t('case.tab.compare')}</h3>
        <CompareTable view={view} mayUncover />
        <More view={view} />
      </div>
      <div className="review-column">
        <h3>{t('case.tab.photos')}</h3>
        <Photos view={view} wide />
      </div>
      <div className="review-column">
        <h3>{t('case.tab.documents')}</h3>
        <Documents view={view} />
        <h3>{t('case.tab.decisions')}</h3>
        <Decisions view={view} />
        <h3>{t('review.breaks')}</h3>
        <Breaks view={view} />
        <h3>{t('case.tab.script')}</h3>
        <WitnessRecord view={view} />
      </div>
      <footer className="decision review-decision">
        <Input className="review-comment" placeholder={t('review.comment')} maxLength={500} value={comment} data-testid={TESTIDS.reviewComment} onChange={(event) => setComment(event.target.value)} />
        <Button size="large" data-testid={TESTIDS.reviewPostpone} onClick={() => setDialog('postpone')}>{t('review.postpone')}</Button>
        <Button size="large" danger data-testid={TESTIDS.reviewReject} onClick={() => setDialog('reject')}>{t('decide.reject')}</Button>
        <Button size="large" type="primary" className="approve" data-testid={TESTIDS.reviewApprove} onClick={() => setDialog('approve')}>{t('review.approve')}</Button>
      </footer>
      {dialog === 'approve' && (
        <ConfirmDialog title={t('review.approveTitle')} ok={t('review.approve')} onClose={close} onOk={async () => { await http(STAFF_OPERATIONS.decideReview, { params, body: { decision: 'approve', ...note(comment.trim()) } }); done('approve'); }}>
          <p className="confirm-name">{view.form?.name} <span className="quiet">{view.caseNo}</span></p>
          <p>{t('review.approveBody')}</p>
          <AttentionList view={view} />
        </ConfirmDialog>
      )}
      {dialog === 'postpone' && <PostponeDialog onClose={close} onPostpone={async (until, text) => { await http(STAFF_OPERATIONS.decideReview, { params, body: { decision: 'postpone', until, ...note(text) } }); done('postpone'); }} />}
      {dialog === 'reject' && <RejectDialog hasPhoto={(view.session?.photos.length ?? 0) > 0} onClose={close} onReject={async (code, text) => { await http(STAFF_OPERATIONS.decideReview, { params, body: { decision: 'reject', code, ...note(text) } }); done('reject'); }} />}
    </div>
  );
}
