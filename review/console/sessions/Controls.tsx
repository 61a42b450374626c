import { CaretRightOutlined, PauseOutlined, StepBackwardOutlined, StepForwardOutlined, VerticalLeftOutlined, VerticalRightOutlined } from '@ant-design/icons';
import { Button, Segmented } from 'antd';
import type { ReplayView } from '../../../contracts/http/staff.ts';
import { useWords } from '../i18n/index.tsx';
import { duration } from '../shared/format.ts';
import { TESTIDS } from '../testids.ts';
import { SPEEDS } from './timeline.ts';
import type { ReplayState } from './useReplayPlayer.ts';

/** Play, frame by frame, event by event, speed; each with its key. */
export function Controls({ player, view, onEvent }: { player: ReplayState; view: ReplayView; onEvent: (direction: 1 | -1) => void }) {
  const { t } = useWords();
  const none = view.segments.length === 0;
  const step = (word: 'frameBack' | 'frameOn' | 'eventBack' | 'eventOn', key: string, icon: React.ReactNode, testId: string, act: () => void) => (
    <Button size="small" icon={icon} disabled={none && word.startsWith('frame')} title={t(`replay.${word}`)} data-testid={testId} onClick={act}>{t(`replay.${word}`)}<kbd>{key}</kbd></Button>
  );
  return (
    <div className="replay-controls">
      <Button type="primary" size="small" icon={player.playing ? <PauseOutlined /> : <CaretRightOutlined />} data-testid={TESTIDS.replayPlay} data-playing={player.playing} onClick={player.toggle}>{t(player.playing ? 'replay.pause' : 'replay.play')}<kbd>{t('replay.key.space')}</kbd></Button>
      <span className="replay-time" data-testid={TESTIDS.replayTime} data-ms={Math.round(player.nowMs)}>{duration(player.nowMs / 1000)} / {duration(view.durationMs / 1000)}</span>
      {step('frameBack', '←', <VerticalRightOutlined />, TESTIDS.replayFrameBack, () => player.stepFrame(-1))}
      {step('frameOn', '→', <VerticalLeftOutlined />, TESTIDS.replayFrameOn, () => player.stepFrame(1))}
      {step('eventBack', '↑', <StepBackwardOutlined />, TESTIDS.replayEventBack, () => onEvent(-1))}
      {step('eventOn', '↓', <StepForwardOutlined />, TESTIDS.replayEventOn, () => onEvent(1))}
      <Segmented size="small" value={player.rate} onChange={player.setRate} data-testid={TESTIDS.replaySpeed} options={SPEEDS.map((s) => ({ value: s, label: <span data-testid={TESTIDS.replaySpeedOption(s)}>{s}×</span> }))} />
      {view.live && <Button size="small" danger data-testid={TESTIDS.replayNewest} onClick={player.followNewest}>{t('replay.toNewest')}</Button>}
      <span className="quiet replay-legend">{(['rate', 'rtt', 'loss'] as const).map((what) => <span key={what}><i className={`legend-${what}`} />{t(`replay.legend.${what}`)}</span>)}</span>
      <span className="quiet replay-keys" title={t('replay.moreKeys')}>{t('replay.moreKeys')}</span>
    </div>
  );
}
