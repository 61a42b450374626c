import { CaretRightOutlined, DownloadOutlined, LoadingOutlined, PauseOutlined } from '@ant-design/icons';
import { Button, Input, Segmented } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { ReplayView } from '../../../contracts/http/staff.ts';
import { http } from '../api/http.ts';
import { problemOf } from '../api/problem.ts';
import type { Problem } from '../api/problem.ts';
import { useStaff } from '../app/auth.tsx';
import { useWords } from '../i18n/index.tsx';
import { dateTime, duration, timeOfDay } from '../shared/format.ts';
import { ProblemBox } from '../shared/ProblemBox.tsx';
import { TESTIDS } from '../testids.ts';
import { ExportDialog } from './ExportDialog.tsx';
import { Timeline } from './Timeline.tsx';
import { SPEEDS, eventAt, noPictureAt, toneOf, wallClock } from './timeline.ts';
import { useReplayPlayer } from './useReplayPlayer.ts';

/** Replay of one session: first the purpose (R45), then both sides with every event on one clock (R46). */
export function ReplayPage() {
  const { sessionId = '' } = useParams();
  const [view, setView] = useState<ReplayView>();
  return view === undefined ? <Purpose sessionId={sessionId} onOpen={setView} /> : <Replay key={sessionId} view={view} />;
}

function Purpose({ sessionId, onOpen }: { sessionId: string; onOpen: (view: ReplayView) => void }) {
  const { t } = useWords();
  const navigate = useNavigate();
  const [purpose, setPurpose] = useState('');
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const open = async (): Promise<void> => {
    if (purpose.trim().length < 2) return;
    setBusy(true);
    setProblem(undefined);
    try {
      onOpen(await http(STAFF_OPERATIONS.replay, { params: { sessionId }, body: { purpose: purpose.trim() } }));
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
        <div className="purpose-picks">{t('replay.purposePick').split('|').map((word) => <Button key={word} size="small" onClick={() => setPurpose(word)}>{word}</Button>)}</div>
        <Input size="large" autoFocus maxLength={200} value={purpose} placeholder={t('replay.purposePlaceholder')} data-testid={TESTIDS.replayPurpose} onChange={(event) => setPurpose(event.target.value)} onPressEnter={() => void open()} />
        <div className="purpose-actions">
          <Button onClick={() => void navigate(-1)}>{t('app.back')}</Button>
          <Button type="primary" loading={busy} disabled={purpose.trim().length < 2} data-testid={TESTIDS.replayOpen} onClick={() => void open()}>{t('replay.open')}</Button>
        </div>
      </div>
    </div>
  );
}

function Replay({ view }: { view: ReplayView }) {
  const { t, pick } = useWords();
  const navigate = useNavigate();
  const player = useReplayPlayer(view);
  const staff = useStaff();
  const [exporting, setExporting] = useState(false);
  const mayExport = STAFF_OPERATIONS.askExport.access.some((role) => staff.roles.includes(role));
  const now = wallClock(view, player.nowMs);
  // The decision and what follows it lie after the last recorded frame.
  const atEnd = player.endMs > 0 && player.nowMs >= player.endMs;
  const current = eventAt(view.events, atEnd ? Infinity : player.nowMs);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => { list.current?.children[current]?.scrollIntoView({ block: 'nearest' }); }, [current]);

  return (
    <div className="replay" data-testid={TESTIDS.replayPage} data-playing={player.playing} data-now={Math.round(player.nowMs)} data-duration={Math.round(player.endMs)}>
      <header className="review-head">
        <Button size="small" onClick={() => void navigate(-1)}>{t('app.back')}</Button>
        <code>{view.caseNo}</code><span>{t('col.witness')}：{view.witnessName}</span>
        <span className={view.outcome === 'passed' ? 'tone-done' : 'tone-attend'}>{view.outcome ? t(`outcome.${view.outcome}`) : t(`session.${view.state}`)}</span>
        <span className="video-gap" />
        {mayExport && <Button size="small" icon={<DownloadOutlined />} data-testid={TESTIDS.exportOpen} onClick={() => setExporting(true)}>{t('export.open')}</Button>}
        <span className="replay-clock" data-testid={TESTIDS.replayClock}>{now === undefined ? '' : dateTime(now)}</span>
      </header>
      {exporting && <ExportDialog applicationId={view.applicationId} caseNo={view.caseNo} onClose={() => setExporting(false)} />}
      <div className="replay-videos">
        {(['client', 'witness'] as const).map((side) => (
          <figure key={side}>
            <video ref={side === 'client' ? player.client : player.witness} playsInline data-testid={TESTIDS.replayVideo(side)} />
            <NoPictureNote view={view} side={side} nowMs={player.nowMs} />
            <figcaption>{t(`replay.${side}`)}{now !== undefined && <time>{dateTime(now)}</time>}</figcaption>
          </figure>
        ))}
        {view.segments.length === 0 && <div className="video-cover"><p>{t('replay.nothing')}</p></div>}
        {player.loading && <div className="replay-loading"><LoadingOutlined /> {t('replay.loading')}</div>}
        {player.problem && <div className="video-cover"><ProblemBox problem={player.problem} /></div>}
      </div>
      <aside className="replay-side">
        <h3>{t('replay.events')}</h3>
        {view.events.length === 0 && <p className="quiet">{t('replay.noEvents')}</p>}
        <ol className="replay-events" ref={list}>
          {view.events.map((event, n) => (
            <li key={n}>
              <button type="button" className={`replay-event event-${toneOf(event.type)}${n === current ? ' replay-event-now' : ''}`} data-testid={TESTIDS.replayEvent(n)} data-type={event.type} data-at={Math.round(event.atMs)} onClick={() => player.seek(event.atMs)}>
                <span className="replay-at">{duration(event.atMs / 1000)}</span>
                <span>{pick(event.text)}{event.side === 'client' || event.side === 'witness' ? <small>{t(`replay.${event.side}`)}</small> : null}</span>
                <time>{timeOfDay(event.at)}</time>
              </button>
            </li>
          ))}
        </ol>
      </aside>
      <footer className="replay-foot">
        <div className="replay-controls">
          <Button type="primary" icon={player.playing ? <PauseOutlined /> : <CaretRightOutlined />} disabled={view.segments.length === 0} data-testid={TESTIDS.replayPlay} onClick={player.toggle}>{t(player.playing ? 'replay.pause' : 'replay.play')}</Button>
          <span className="replay-time" data-testid={TESTIDS.replayTime} data-ms={Math.round(player.nowMs)}>{duration(player.nowMs / 1000)} / {duration(view.durationMs / 1000)}</span>
          <span className="quiet">{t('replay.speed')}</span>
          <Segmented size="small" value={player.rate} onChange={player.setRate} data-testid={TESTIDS.replaySpeed} options={SPEEDS.map((s) => ({ value: s, label: <span data-testid={TESTIDS.replaySpeedOption(s)}>{s}×</span> }))} />
        </div>
        <Timeline view={view} nowMs={player.nowMs} onSeek={player.seek} />
      </footer>
    </div>
  );
}

/** A black picture is never left without a word (R46). */
function NoPictureNote({ view, side, nowMs }: { view: ReplayView; side: 'client' | 'witness'; nowMs: number }) {
  const { t } = useWords();
  const why = view.segments.length === 0 ? undefined : noPictureAt(view, side, nowMs);
  if (why === undefined) return null;
  return <div className="replay-no" data-testid={TESTIDS.replayNoPicture(side)} data-why={why}>{t(`replay.no.${why}`, { side: t(`replay.${side}`) })}</div>;
}
