import { LoadingOutlined } from '@ant-design/icons';
import { Button, Switch, Tooltip } from 'antd';
import { useWords } from '../i18n/index.tsx';
import type { WordKey } from '../i18n/words.ts';
import { ProblemBox } from '../shared/ProblemBox.tsx';
import { TESTIDS } from '../testids.ts';
import type { RecorderStanding } from './recorder.ts';
import type { LiveCall } from './useLiveCall.ts';

interface Props { live: LiveCall; interrupted: boolean; recorder: RecorderStanding; detail: boolean; onDetail: (detail: boolean) => void }

/** The client large, oneself small, and above all whether it is connected and recorded. */
export function ClientVideo({ live, interrupted, recorder, detail, onDetail }: Props) {
  const { t } = useWords();
  const phase = phaseOf(live, interrupted);
  const over = live.state.phase === 'failed' || live.state.phase === 'takenOver';
  return (
    <div className="client-video">
      <video ref={live.clientVideo} autoPlay playsInline data-testid={TESTIDS.callClientVideo} />
      <video ref={live.ownVideo} autoPlay playsInline muted className="own-video" data-testid={TESTIDS.callOwnVideo} />
      <div className="video-top">
        <span className={`badge badge-${phase.tone}`} data-testid={TESTIDS.callState} data-phase={live.state.phase} data-client={live.clientThere}>
          {phase.tone === 'wait' && <LoadingOutlined />}{t(phase.word)}
        </span>
        <span className={`badge ${RECORDER[recorder].tone}`} data-testid={TESTIDS.recorderState} data-running={recorder === 'running'} data-standing={recorder}>
          {recorder === 'preparing' ? <LoadingOutlined /> : <i className="rec" />}{t(RECORDER[recorder].word)}
        </span>
        <span className="video-gap" />
        {live.frameWidth > 0 && <span className="badge badge-plain" data-testid={TESTIDS.callFrameWidth}>{live.frameWidth} px{live.quality.rttMs === undefined ? '' : ` · ${live.quality.rttMs} ms`}</span>}
        <Tooltip title={t('call.detailHint')}>
          <label className="badge badge-plain">
            <Switch size="small" checked={detail} onChange={onDetail} data-testid={TESTIDS.detailToggle} /> {t('call.detailOn')}
          </label>
        </Tooltip>
      </div>
      {recorder === 'lost' && live.state.phase === 'connected' && <div className="video-loud" role="alert">{t('call.recordingLostTodo')}</div>}
      {recorder === 'preparing' && live.state.phase === 'connected' && <div className="video-wait" role="status">{t('call.recordingPreparingTodo')}</div>}
      {live.soundBlocked && <Button type="primary" className="video-sound" onClick={live.playSound}>{t('call.muted')}</Button>}
      {(live.problem !== undefined || over) && (
        <div className="video-cover">
          {live.problem ? <ProblemBox problem={live.problem} onRetry={live.again} /> : <><p>{t(live.state.phase === 'takenOver' ? 'call.takenOverTodo' : 'call.failed')}</p><Button onClick={live.again}>{t(live.state.phase === 'takenOver' ? 'call.takeBack' : 'call.reconnect')}</Button></>}
        </div>
      )}
    </div>
  );
}

const RECORDER: Record<RecorderStanding, { tone: string; word: WordKey }> = {
  running: { tone: 'badge-done', word: 'call.recording' },
  preparing: { tone: 'badge-plain', word: 'call.recordingPreparing' },
  lost: { tone: 'badge-stop badge-loud', word: 'call.recordingLost' },
};

function phaseOf(live: LiveCall, interrupted: boolean): { tone: 'done' | 'wait' | 'stop'; word: WordKey } {
  if (live.state.phase === 'connecting') return { tone: 'wait', word: 'call.connecting' };
  if (live.state.phase === 'reconnecting') return { tone: 'wait', word: 'call.reconnecting' };
  if (live.state.phase === 'takenOver') return { tone: 'stop', word: 'call.takenOver' };
  if (live.state.phase === 'failed') return { tone: 'stop', word: 'call.failed' };
  if (live.state.phase === 'ended') return { tone: 'stop', word: 'call.closed' };
  if (interrupted) return { tone: 'stop', word: 'call.interrupted' };
  return live.clientThere ? { tone: 'done', word: 'call.connected' } : { tone: 'wait', word: 'call.waitingClient' };
}
