import { DownloadOutlined, EyeOutlined, LoadingOutlined } from '@ant-design/icons';
import { Button, Tooltip } from 'antd';
import { memo, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { causeWords } from '../../../contracts/causes.ts';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { ReplayView } from '../../../contracts/http/staff.ts';
import { consoleAt, nextEvent } from '../../replay/console.ts';
import { withNews } from '../../replay/news.ts';
import { http } from '../api/http.ts';
import { problemOf } from '../api/problem.ts';
import type { Problem } from '../api/problem.ts';
import { useStaff } from '../app/auth.tsx';
import { useWords } from '../i18n/index.tsx';
import { dateTime, duration, timeOfDay } from '../shared/format.ts';
import { ProblemBox } from '../shared/ProblemBox.tsx';
import { useTell } from '../shared/useProblem.tsx';
import { TESTIDS } from '../testids.ts';
import { Controls } from './Controls.tsx';
import { ExportDialog } from './ExportDialog.tsx';
import { NetworkNow } from './Network.tsx';
import { ReplayPurpose } from './ReplayPurpose.tsx';
import { SeenConsole } from './SeenConsole.tsx';
import { nextAskMs } from './failing.ts';
import { Timeline } from './Timeline.tsx';
import { changesUntil, eventAt, firstPictureMs, gapAt, nextGap, noPictureAt, speedAfter, toneOf, wallClock } from './timeline.ts';
import { keepFocus, useReplayKeys } from './useReplayKeys.ts';
import type { ReplayKey } from './useReplayKeys.ts';
import { useReplayPlayer } from './useReplayPlayer.ts';

/** Replay of one session: first the purpose (R45), then both sides with every event on one clock (R46). */
export function ReplayPage() {
  const { sessionId = '' } = useParams();
  const [view, setView] = useState<ReplayView>();
  // Who has to say the purpose again goes on where they were.
  const [left, setLeft] = useState({ sessionId, atMs: 0 });
  const expire = (atMs: number): void => { setLeft({ sessionId, atMs }); setView(undefined); };
  if (view?.sessionId !== sessionId) return <ReplayPurpose sessionId={sessionId} onOpen={setView} />;
  return <Replay key={sessionId} view={view} startMs={left.sessionId === sessionId ? left.atMs : firstPictureMs(view.segments)} onView={setView} onExpired={expire} />;
}

/** Asks for news while some may come and the page is looked at; what went wrong, when they did not come. */
function useLive(view: ReplayView, onView: (view: ReplayView) => void): Problem | undefined {
  const [problem, setProblem] = useState<Problem>();
  const { more, sessionId } = view;
  // Each answer is put onto the view that was asked for.
  const latest = useRef(view);
  latest.current = view;
  useEffect(() => {
    if (!more) return undefined;
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    let asking = false;
    let over = false;
    const wait = (ms: number | undefined): void => {
      if (ms === undefined) over = true;
      else if (!gone && !document.hidden) timer = setTimeout(() => void ask(), ms);
    };
    const ask = async (): Promise<void> => {
      asking = true;
      try {
        const asked = latest.current;
        const news = await http(STAFF_OPERATIONS.replayNews, { params: { sessionId }, query: { since: asked.position } });
        if (gone) return;
        failures = 0;
        asking = false;
        setProblem(undefined);
        onView(withNews(asked, news));
        wait(nextAskMs(failures));
      } catch (error) {
        asking = false;
        if (gone) return;
        setProblem(problemOf(error));
        failures += 1;
        wait(nextAskMs(failures, error));
      }
    };
    const looked = (): void => {
      clearTimeout(timer);
      if (!document.hidden && !asking && !over) void ask();
    };
    document.addEventListener('visibilitychange', looked);
    wait(nextAskMs(failures));
    return () => { gone = true; clearTimeout(timer); document.removeEventListener('visibilitychange', looked); };
  }, [more, sessionId, onView]);
  return problem;
}

function Replay({ view, startMs, onView, onExpired }: { view: ReplayView; startMs: number; onView: (view: ReplayView) => void; onExpired: (atMs: number) => void }) {
  const { t, pick } = useWords();
  const navigate = useNavigate();
  const player = useReplayPlayer(view, startMs);
  const liveProblem = useLive(view, onView);
  const staff = useStaff();
  const tell = useTell();
  const [exporting, setExporting] = useState(false);
  const [name, setName] = useState<{ masked: string; name: string }>();
  const unmask = useCallback((text: string): string => (name ? text.replaceAll(name.masked, name.name) : text), [name]);
  const mayExport = STAFF_OPERATIONS.askExport.access.some((role) => staff.roles.includes(role));
  const now = wallClock(view, player.nowMs);
  const current = eventAt(view.events, player.nowMs);
  // Folded, and drawn, anew when something changed, not with every frame.
  const changed = changesUntil(view.console.changes, player.nowMs);
  const seen = useMemo(() => consoleAt({ ...view.console, changes: view.console.changes.slice(0, changed) }, Infinity), [view.console, changed]);

  const { seek } = player;
  const toEvent = (direction: 1 | -1): void => { const next = nextEvent(view.events, player.nowMs, direction); if (next) seek(next.atMs); };
  const toGap = (direction: 1 | -1): void => { const next = nextGap(view.gaps, player.nowMs, direction); if (next !== undefined) seek(next); };
  const decision = view.events.find((event) => event.type === 'decision');
  const act = (key: ReplayKey): void => {
    if (!('direction' in key)) {
      if (key.do === 'toggle') player.toggle();
      else if (decision) seek(decision.atMs);
    } else if (key.do === 'frame') player.stepFrame(key.direction);
    else if (key.do === 'event') toEvent(key.direction);
    else if (key.do === 'gap') toGap(key.direction);
    else if (key.do === 'seconds') seek(player.nowMs + key.direction * 5_000);
    else player.setRate(speedAfter(player.rate, key.direction));
  };
  useReplayKeys(act);
  const uncover = async (): Promise<void> => {
    try { setName(await http(STAFF_OPERATIONS.uncoverReplay, { params: { sessionId: view.sessionId } })); } catch (error) { tell.failed(error); }
  };
  const masked = view.console.form.find(({ field }) => field === 'name')?.text;
  const problem = player.problem ?? liveProblem;

  return (
    <div className="replay" onMouseDown={keepFocus} data-testid={TESTIDS.replayPage} data-playing={player.playing} data-now={Math.round(player.nowMs)} data-duration={Math.round(view.durationMs)} data-recorded={Math.round(player.endMs)} data-live={view.live}>
      <header className="review-head">
        <Button size="small" onClick={() => void navigate(-1)}>{t('app.back')}</Button>
        <code>{view.caseNo}</code><span>{t('col.witness')}{t('list.colon')}{view.witnessName}</span>
        {masked && <span data-testid={TESTIDS.replayName}>{t('replay.client.name', { name: unmask(masked) })} {!name && <Tooltip title={t('replay.uncoverHint')}><Button size="small" type="link" icon={<EyeOutlined />} data-testid={TESTIDS.replayUncover} onClick={() => void uncover()}>{t('replay.uncover')}</Button></Tooltip>}</span>}
        {view.live
          ? <span className="live" title={t('replay.liveHint')} data-testid={TESTIDS.replayLive}><i className="dot dot-now" />{t('replay.live')} <small className="quiet">{t('replay.liveHint')}</small></span>
          : <span className={view.outcome === 'passed' ? 'tone-done' : 'tone-attend'}>{view.outcome ? t(`outcome.${view.outcome}`) : t(`session.${view.state}`)}</span>}
        <span className="video-gap" />
        {staff.roles.includes('auditor') && <Link className="replay-looks" to={`/looks?case=${encodeURIComponent(view.caseNo)}`} data-testid={TESTIDS.looksOfCase}>{t('looks.ofCase')}</Link>}
        {mayExport && <Button size="small" icon={<DownloadOutlined />} data-testid={TESTIDS.exportOpen} onClick={() => setExporting(true)}>{t('export.open')}</Button>}
        <span className="replay-clock" data-testid={TESTIDS.replayClock}>{now === undefined ? '' : dateTime(now)}</span>
      </header>
      {exporting && <ExportDialog applicationId={view.applicationId} caseNo={view.caseNo} onClose={() => setExporting(false)} />}
      <div className="replay-videos">
        {(['client', 'witness'] as const).map((side) => (
          <figure key={side}>
            <video ref={side === 'client' ? player.client : player.witness} playsInline data-testid={TESTIDS.replayVideo(side)} />
            <NoPictureNote view={view} side={side} nowMs={player.nowMs} />
            <figcaption><span>{t(`replay.${side}`)} <NetworkNow view={view} side={side} nowMs={player.nowMs} /></span>{now !== undefined && <time>{dateTime(now)}</time>}</figcaption>
            {side === 'witness' && <p className="replay-prompt" data-testid={TESTIDS.seenPrompt}>{seen.decision ? '' : seen.step === undefined ? t('seen.scriptDone') : t('seen.prompt', { text: unmask(pick(seen.script.find(({ item }) => item === seen.step)!.text)) })}</p>}
          </figure>
        ))}
        {view.segments.length === 0 && <div className="video-cover"><p>{t('replay.nothing')}</p></div>}
        {player.loading && !problem && <div className="replay-loading"><LoadingOutlined /> {t('replay.loading')}</div>}
        {problem && <div className="replay-problem"><ProblemBox problem={problem} />{problem.code === 'PURPOSE_REQUIRED' && <Button type="primary" onClick={() => onExpired(player.nowMs)}>{t('replay.expired')}</Button>}</div>}
      </div>
      <SeenConsole view={view} state={seen} second={Math.floor(player.nowMs / 1000)} onSeek={seek} unmask={unmask} />
      <aside className="replay-side">
        <h3>{t('replay.events')} {decision && <Button size="small" data-testid={TESTIDS.replayDecision} onClick={() => seek(decision.atMs)}>{t('replay.toDecision')}<kbd>D</kbd></Button>}</h3>
        <EventList events={view.events} current={current} onSeek={seek} unmask={unmask} />
      </aside>
      <footer className="replay-foot">
        <Controls player={player} view={view} onEvent={toEvent} />
        <Timeline view={view} nowMs={player.nowMs} onSeek={seek} unmask={unmask} />
      </footer>
    </div>
  );
}

const EventList = memo(function EventList({ events, current, onSeek, unmask }: { events: ReplayView['events']; current: number; onSeek: (ms: number) => void; unmask: (text: string) => string }) {
  const { t, pick } = useWords();
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => { list.current?.children[current]?.scrollIntoView({ block: 'nearest' }); }, [current]);
  if (events.length === 0) return <p className="quiet">{t('replay.noEvents')}</p>;
  return (
    <ol className="replay-events" ref={list}>
      {events.map((event, n) => (
        <li key={n}>
          <button type="button" className={`replay-event event-${toneOf(event.type)}${n === current ? ' replay-event-now' : ''}`} data-testid={TESTIDS.replayEvent(n)} data-type={event.type} data-at={Math.round(event.atMs)} onClick={() => onSeek(event.atMs)}>
            <span className="replay-at">{duration(event.atMs / 1000)}</span>
            <span>{unmask(pick(event.text))}</span>
            <time>{timeOfDay(event.at)}</time>
          </button>
        </li>
      ))}
    </ol>
  );
});

/** A black picture is never left without a word (R46). */
function NoPictureNote({ view, side, nowMs }: { view: ReplayView; side: 'client' | 'witness'; nowMs: number }) {
  const { t, pick } = useWords();
  const why = view.segments.length === 0 ? undefined : noPictureAt(view, side, nowMs);
  if (why === undefined) return null;
  const gap = why === 'end' ? undefined : gapAt(view, side, nowMs);
  return <div className="replay-no" role="status" data-testid={TESTIDS.replayNoPicture(side)} data-why={why} data-cause={gap?.cause}>{gap ? t('replay.cause', { cause: pick(causeWords(gap.cause)) }) : t(`replay.no.${why}`, { side: t(`replay.${side}`) })}</div>;
}
