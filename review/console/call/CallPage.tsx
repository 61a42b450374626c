import { Spin, Tabs } from 'antd';
import { useCallback, useEffect, useRef, useState } from 'react';
import { Navigate, useNavigate } from 'react-router';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { CaseView } from '../../../contracts/http/staff.ts';
import type { PhotoKind } from '../../../contracts/script.ts';
import { http } from '../api/http.ts';
import { useLoaded } from '../api/useLoaded.ts';
import { CompareTable } from '../case/CompareTable.tsx';
import { latestPhotos } from '../case/compare.ts';
import { Documents } from '../case/Documents.tsx';
import { findingCounts } from '../case/evidence.ts';
import { FindingList } from '../case/FindingList.tsx';
import { More } from '../case/More.tsx';
import { Photos } from '../case/Photos.tsx';
import { verdictOf } from '../case/verdict.ts';
import { Warnings } from '../case/Warnings.tsx';
import { useDesk } from '../desk/DeskProvider.tsx';
import { useWords } from '../i18n/index.tsx';
import { ProblemBox } from '../shared/ProblemBox.tsx';
import { useTell } from '../shared/useProblem.tsx';
import { TESTIDS } from '../testids.ts';
import { ClientVideo } from './ClientVideo.tsx';
import { DecisionBar } from './DecisionBar.tsx';
import type { Decision } from './DecisionBar.tsx';
import { missingNow } from './missing.ts';
import { nameSize } from './nameSize.ts';
import { PhotoBar } from './PhotoBar.tsx';
import { recorderStanding } from './recorder.ts';
import { ScriptPanel } from './ScriptPanel.tsx';
import { useCaseActions } from './useCaseActions.ts';
import { useHotkeys } from './useHotkeys.ts';
import { useLiveCall } from './useLiveCall.ts';

/** The call: which one it is says the seat, so that a reload goes on with it. */
export function CallPage() {
  const desk = useDesk();
  if (!desk.known) return <div className="centre"><Spin size="large" /></div>;
  const { state, sessionId, applicationId } = desk.seat;
  if (state !== 'busy' || sessionId === null || applicationId === null) return <Navigate to="/desk" replace />;
  return <RunningCall key={sessionId} sessionId={sessionId} applicationId={applicationId} />;
}

function RunningCall({ sessionId, applicationId }: { sessionId: string; applicationId: string }) {
  const { t } = useWords();
  const { onChanged, callEnded, takeTicket } = useDesk();
  const navigate = useNavigate();
  const tell = useTell();
  const live = useLiveCall(sessionId, takeTicket);
  const loaded = useLoaded(applicationId, () => http(STAFF_OPERATIONS.openCase, { params: { applicationId } }));
  const { reload, set, value: view } = loaded;
  const [tab, setTab] = useState('compare');
  const [shown, setShown] = useState<PhotoKind>();
  const [dialog, setDialog] = useState<Decision>();
  const show = useCallback((kind: PhotoKind) => { setShown(kind); setTab('photos'); }, []);
  const actions = useCaseActions(sessionId, live, set, show);
  const connected = live.state.phase === 'connected' && live.clientThere;
  const { detail, setDetail } = useDetail(sessionId, view, connected);

  useEffect(() => onChanged(applicationId, reload), [onChanged, applicationId, reload]);
  // The recorder and the connection change what is missing for approve.
  useEffect(() => { reload(); }, [live.recorder, live.clientThere, reload]);

  const running = live.recorder ?? view?.session?.recorderRunning ?? false;
  const ranBefore = useRef(false);
  ranBefore.current ||= running || (view?.session?.recordedOnce ?? false);
  const missing = missingNow(view?.session?.missing ?? [], connected ? 'there' : live.state.phase === 'takenOver' ? 'elsewhere' : 'away');

  // Set when the decision is sent: the socket may tell of the call's end before the answer is here.
  const isDecided = useRef(false);
  const said = useRef({ tell, text: '' });
  said.current = { tell, text: t('call.over') };
  // The server ended it (the client never came back): say so on the way to the desk.
  useEffect(() => () => { if (!isDecided.current) said.current.tell.done(said.current.text); }, []);

  const deciding = (sent: boolean): void => { isDecided.current = sent; };
  const decided = (decision: Decision): void => {
    tell.done(t(`decide.done.${decision}`));
    callEnded(sessionId);
    void navigate('/desk');
  };
  useHotkeys(dialog === undefined && view !== undefined, (hotkey) => {
    if (hotkey.do === 'tick' && connected) actions.tick(hotkey.item, 'clear_yes');
    else if (hotkey.do === 'photo' && connected) actions.takePhoto(hotkey.kind);
    else if (hotkey.do === 'approve' && missing.length === 0) setDialog('approve');
  });

  return (
    <div className="call" data-testid={TESTIDS.callPage} data-session={sessionId} data-application={applicationId}>
      <div className="call-left">
        <ClientVideo live={live} interrupted={view?.session?.state === 'interrupted'} recorder={recorderStanding(running, ranBefore.current)} detail={detail} onDetail={setDetail} />
        {view && <Name view={view} />}
        {view && <PhotoBar view={view} actions={actions} enabled={connected} frameWidth={live.frameWidth} onShow={show} />}
      </div>
      {view === undefined
        ? <div className="centre call-rest">{loaded.problem ? <ProblemBox problem={loaded.problem} onRetry={reload} /> : <><Spin size="large" /><p className="quiet">{t('call.loadingCase')}</p></>}</div>
        : (
          <>
            <div className="call-middle"><ScriptPanel view={view} actions={actions} enabled={connected && view.session?.state === 'live'} /></div>
            <div className="call-right">
              <Warnings view={view} acting={{ sessionId, onCase: set }} />
              <Tabs
                size="small" activeKey={tab} onChange={setTab} className="call-tabs"
                items={[
                  { key: 'compare', label: <span data-testid={TESTIDS.tab('compare')}>{t('case.tab.compare')}</span>, children: <CompareTable view={view} mayUncover /> },
                  { key: 'findings', label: <FindingsTab view={view} />, children: <FindingList view={view} acting={{ sessionId, onCase: set }} /> },
                  { key: 'photos', label: <span data-testid={TESTIDS.tab('photos')}>{t('case.tab.photos')}</span>, children: <Photos view={view} first={shown} /> },
                  { key: 'documents', label: <span data-testid={TESTIDS.tab('documents')}>{t('case.tab.documents')}</span>, children: <Documents view={view} /> },
                  { key: 'more', label: <span data-testid={TESTIDS.tab('more')}>{t('case.tab.more')}</span>, children: <More view={view} /> },
                ]}
              />
            </div>
            <DecisionBar view={view} missing={missing} sessionId={sessionId} open={dialog} onOpen={setDialog} onDeciding={deciding} onDecided={decided} onFindings={() => setTab('findings')} />
          </>
        )}
    </div>
  );
}

/** The tab says at a glance whether something closes approve. */
function FindingsTab({ view }: { view: CaseView }) {
  const { t } = useWords();
  const { blocking, attend } = findingCounts(view);
  return <span data-testid={TESTIDS.tab('findings')}>{t('case.tab.findings')}{attend > 0 && <span className={blocking > 0 ? 'tab-count tab-count-stop' : 'tab-count'}>{attend}</span>}</span>;
}

/** The name large with pinyin: a misread name spoils the session (R25). */
function Name({ view }: { view: CaseView }) {
  const { t } = useWords();
  const name = view.form?.name ?? '–';
  return (
    <div className={`client-name client-name-${nameSize(name)}`} title={`${name} ${view.form?.namePinyin ?? ''}`}>
      <span className="quiet client-name-label">{t('call.name')}</span>
      <strong data-testid={TESTIDS.clientName}>{name}</strong>
      <span className="client-pinyin" data-testid={TESTIDS.clientPinyin}>{view.form?.namePinyin}</span>
      <span className="quiet client-case">{view.caseNo}</span>
    </div>
  );
}

/** Card steps want detail: on by itself once the face is taken and until both sides are, unless the agent says otherwise. */
function useDetail(sessionId: string, view: CaseView | undefined, connected: boolean): { detail: boolean; setDetail: (detail: boolean) => void } {
  const tell = useTell();
  const [chosen, setChosen] = useState<boolean>();
  const photos = latestPhotos(view?.session?.photos ?? []);
  const lacks = (kind: PhotoKind): boolean => ['missing', 'inGap', 'refused', 'check'].includes(verdictOf(photos[kind], view?.session?.missing));
  const cardStep = !lacks('face') && (lacks('portraitSide') || lacks('emblemSide'));
  const detail = chosen ?? cardStep;
  useEffect(() => setChosen(undefined), [cardStep]);
  useEffect(() => {
    if (connected) http(STAFF_OPERATIONS.contentHint, { params: { sessionId }, body: { detail } }).catch(tell.failed);
  }, [sessionId, detail, connected, tell.failed]);
  return { detail, setDetail: setChosen };
}
