import { Slider, Tooltip } from 'antd';
import { causeWords } from '../../../contracts/causes.ts';
import type { ReplayView } from '../../../contracts/http/staff.ts';
import { photoAddress } from '../case/Photos.tsx';
import { useWords } from '../i18n/index.tsx';
import { duration } from '../shared/format.ts';
import { TESTIDS } from '../testids.ts';
import { percentAt, toneOf } from './timeline.ts';

interface Props { view: ReplayView; nowMs: number; onSeek: (ms: number) => void }

/** The session on one line: what is recorded of each side, the gaps, events and photos at their time (R46). */
export function Timeline({ view, nowMs, onSeek }: Props) {
  const { t, pick } = useWords();
  const at = (ms: number): string => `${percentAt(ms, view.durationMs)}%`;
  const width = (from: number, to: number): string => `${Math.max(0.3, percentAt(to, view.durationMs) - percentAt(from, view.durationMs))}%`;
  return (
    <div className="timeline">
      <div className="timeline-photos">
        {view.photos.map((photo) => (
          <Tooltip key={photo.photoId} title={`${t(`photo.${photo.kind}`)} ${duration(photo.mediaTimeMs / 1000)}`}>
            <img src={photoAddress(view.applicationId, photo.photoId, 'record')} alt={t(`photo.${photo.kind}`)} style={{ left: at(photo.mediaTimeMs) }} onClick={() => onSeek(photo.mediaTimeMs)} />
          </Tooltip>
        ))}
      </div>
      {(['client', 'witness'] as const).map((side) => (
        <div key={side} className="timeline-lane">
          <span className="timeline-label">{t(`replay.${side}`)}</span>
          <div className="timeline-track">
            {view.segments.filter((s) => s.side === side).map((s) => <i key={s.segmentId} className="timeline-recorded" style={{ left: at(s.startMs), width: width(s.startMs, s.endMs) }} />)}
            {view.gaps.filter((g) => g.side === side).map((g, i) => (
              <Tooltip key={i} title={t('replay.gapAt', { side: t(`replay.${side}`), kind: t(`replay.${g.kind}`), from: duration(g.fromMs / 1000), to: duration(g.toMs / 1000), cause: pick(causeWords(g.cause)) })}>
                <i className={`timeline-gap timeline-gap-${g.kind}`} style={{ left: at(g.fromMs), width: width(g.fromMs, g.toMs) }} />
              </Tooltip>
            ))}
          </div>
        </div>
      ))}
      <div className="timeline-lane">
        <span className="timeline-label">{t('replay.events')}</span>
        <div className="timeline-track timeline-events">
          {view.events.map((event, i) => (
            <Tooltip key={i} title={`${duration(event.atMs / 1000)} ${pick(event.text)}`}>
              <button type="button" className={`timeline-event event-${toneOf(event.type)}`} style={{ left: at(event.atMs) }} aria-label={pick(event.text)} onClick={() => onSeek(event.atMs)} />
            </Tooltip>
          ))}
        </div>
      </div>
      <div className="timeline-lane">
        <span className="timeline-label">{duration(nowMs / 1000)}</span>
        <div className="timeline-slider" data-testid={TESTIDS.replaySeek}>
          <Slider min={0} max={Math.max(1, view.durationMs)} step={100} value={Math.min(nowMs, view.durationMs)} onChange={onSeek} tooltip={{ formatter: (v) => duration((v ?? 0) / 1000) }} />
        </div>
      </div>
    </div>
  );
}
