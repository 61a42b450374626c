import type { ReplayView } from '../../../contracts/http/staff.ts';
import { useWords } from '../i18n/index.tsx';
import { TESTIDS } from '../testids.ts';
import { networkAt, networkLine, percentAt } from './timeline.ts';

/** Loss of a tenth fills the lane: from there on a call is no call. */
const MOST_LOSS = 0.1;

/** One end's network over the session (R46): loss in red, round trip and bitrate as lines, each by its own largest value. */
export function NetworkLane({ view, side }: { view: ReplayView; side: 'client' | 'witness' }) {
  const { t } = useWords();
  const samples = view.network[side];
  const most = (pick: (s: (typeof samples)[number]) => number | null, least: number): number => Math.max(least, ...samples.map((s) => pick(s) ?? 0));
  const { durationMs } = view;
  const rtt = networkLine(samples, (s) => s.rttMs, { durationMs, most: most((s) => s.rttMs, 200) });
  const rate = networkLine(samples, (s) => s.bitrateUp, { durationMs, most: most((s) => s.bitrateUp, 500_000) });
  const width = durationMs > 0 ? Math.max(2, (2_000 / durationMs) * 1000) : 2;
  return (
    <svg className="network" viewBox="0 0 1000 100" preserveAspectRatio="none" role="img" aria-label={t('replay.net.chart', { side: t(`replay.${side}`) })} data-testid={TESTIDS.replayNetwork(side)} data-samples={samples.length}>
      <title>{t('replay.net.chart', { side: t(`replay.${side}`) })}</title>
      {samples.map((s) => { const loss = Math.max(s.lossUp ?? 0, s.lossDown ?? 0); const height = Math.min(1, loss / MOST_LOSS) * 100; return loss > 0.002 && s.atMs >= 0 && <rect key={s.atMs} className="network-loss" x={percentAt(s.atMs, durationMs) * 10} width={width} y={100 - height} height={height} />; })}
      {rate.map((points) => <polyline key={points} className="network-rate" points={points} />)}
      {rtt.map((points) => <polyline key={points} className="network-rtt" points={points} />)}
    </svg>
  );
}

/** The figures of this second, under the picture they belong to. */
export function NetworkNow({ view, side, nowMs }: { view: ReplayView; side: 'client' | 'witness'; nowMs: number }) {
  const { t } = useWords();
  const now = networkAt(view.network[side], nowMs);
  if (now === undefined) return <small>{t('replay.net.none')}</small>;
  const loss = Math.max(now.lossUp ?? 0, now.lossDown ?? 0);
  return (
    <small className={loss > 0.03 ? 'network-bad' : ''} title={t('replay.net.what')}>
      {t('replay.net', { loss: `${(loss * 100).toFixed(loss > 0 && loss < 0.1 ? 1 : 0)} %`, rtt: now.rttMs === null ? '–' : `${now.rttMs} ms`, rate: now.bitrateUp === null ? '–' : `${Math.round(now.bitrateUp / 1000)} kbit/s` })}
    </small>
  );
}
