import { Slider, Tooltip } from 'antd';
import { memo, useRef } from 'react';
import { causeWords } from '../../../contracts/causes.ts';
import type { ReplayView } from '../../../contracts/http/staff.ts';
import { useWords } from '../i18n/index.tsx';
import { duration } from '../shared/format.ts';
import { TESTIDS } from '../testids.ts';
import { NetworkLane } from './Network.tsx';
import { percentAt, toneOf } from './timeline.ts';

interface Props { view: ReplayView; nowMs: number; onSeek: (ms: number) => void; unmask: (text: string) => string }

/** The session on one line: what is recorded of each side and how its network was, the gaps and events at their time (R46). */
export function Timeline({ view, nowMs, onSeek, unmask }: Props) {
  const pressed = useRef(false);
  // A slider that was pressed, not tabbed to, gives the arrow keys back to the replay.
  const released = (): void => {
    if (pressed.current) (document.activeElement as HTMLElement | null)?.blur();
    pressed.current = false;
  };
  return (
    <div className="timeline">
      <Lanes view={view} onSeek={onSeek} unmask={unmask} />
      <div className="timeline-lane">
        <span className="timeline-label">{duration(nowMs / 1000)}</span>
        <div className="timeline-slider" onMouseDownCapture={() => { pressed.current = true; }} data-testid={TESTIDS.replaySeek}>
          <Slider min={0} max={Math.max(1, view.durationMs)} step={40} value={Math.min(nowMs, view.durationMs)} onChange={onSeek} onChangeComplete={released} tooltip={{ formatter: (v) => duration((v ?? 0) / 1000) }} />
        </div>
      </div>
      <i className="timeline-now" style={{ left: `calc(74px + (100% - 74px) * ${percentAt(nowMs, view.durationMs) / 100})` }} />
    </div>
  );
}

/** All that does not move with the clock. */
const Lanes = memo(function Lanes({ view, onSeek, unmask }: Omit<Props, 'nowMs'>) {
  const { t, pick } = useWords();
  const at = (ms: number): string => `${percentAt(ms, view.durationMs)}%`;
  const width = (from: number, to: number): string => `${Math.max(0.3, percentAt(to, view.durationMs) - percentAt(from, view.durationMs))}%`;
  return (
    <>
      {(['client', 'witness'] as const).map((side) => (
        <div key={side} className="timeline-lane timeline-side">
          <span className="timeline-label">{t(`replay.${side}`)}</span>
          <div>
            <NetworkLane view={view} side={side} />
            <div className="timeline-track">
              {view.segments.filter((s) => s.side === side).map((s) => <i key={s.segmentId} className="timeline-recorded" style={{ left: at(s.startMs), width: width(s.startMs, s.endMs) }} />)}
              {view.gaps.filter((g) => g.side === side).map((g, i) => {
                const words = t('replay.gapAt', { side: t(`replay.${side}`), kind: t(`replay.${g.kind}`), from: duration(g.fromMs / 1000), to: duration(g.toMs / 1000), cause: pick(causeWords(g.cause)) });
                return (
                  <Tooltip key={i} title={words} trigger={['hover', 'focus']} styles={{ root: { maxWidth: 'none' } }}>
                    <button type="button" aria-label={words} className={`timeline-gap timeline-gap-${g.kind}`} data-testid={TESTIDS.replayGap} data-cause={g.cause} style={{ left: at(g.fromMs), width: width(g.fromMs, g.toMs) }} onClick={() => onSeek(g.fromMs)} />
                  </Tooltip>
                );
              })}
            </div>
          </div>
        </div>
      ))}
      <div className="timeline-lane">
        <span className="timeline-label">{t('replay.events')}</span>
        <div className="timeline-track timeline-events">
          {view.events.map((event, i) => (
            <Tooltip key={i} title={`${duration(event.atMs / 1000)} ${unmask(pick(event.text))}`}>
              <button type="button" tabIndex={-1} className={`timeline-event event-${toneOf(event.type)}`} style={{ left: at(event.atMs) }} aria-label={unmask(pick(event.text))} onClick={() => onSeek(event.atMs)} />
            </Tooltip>
          ))}
        </div>
      </div>
    </>
  );
});
