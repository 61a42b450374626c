/** The end's own view of the network, as `reportQuality` carries it. Bitrates in bit/s, loss 0…1. */
export interface QualityFigures {
  rttMs?: number;
  lossUp?: number;
  lossDown?: number;
  bitrateUp?: number;
  frameWidth?: number;
  targetBitrate?: number;
}

/** Counters of the last look; rates are differences. */
export interface QualityCounters { readonly atMs: number; readonly bytesSent: number; readonly packetsReceived: number; readonly packetsLost: number }

type Stat = Record<string, unknown>;
const number = (stat: Stat | undefined, key: string): number | undefined => (typeof stat?.[key] === 'number' ? stat[key] : undefined);
const sum = (stats: readonly Stat[], key: string): number => stats.reduce((total, stat) => total + (number(stat, key) ?? 0), 0);
const share = (part: number, whole: number): number => (whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0);

/** From two reports of getStats (sending and receiving connection) and the counters of the time before. Pure. */
export const qualityOf = (send: readonly Stat[], receive: readonly Stat[], atMs: number, before?: QualityCounters): { figures: QualityFigures; counters: QualityCounters } => {
  const outbound = send.filter(({ type }) => type === 'outbound-rtp');
  const inbound = receive.filter(({ type }) => type === 'inbound-rtp');
  const video = outbound.find(({ kind }) => kind === 'video');
  const remote = send.filter(({ type }) => type === 'remote-inbound-rtp');
  const pair = selectedPair(send) ?? selectedPair(receive);
  const counters = { atMs, bytesSent: sum(outbound, 'bytesSent'), packetsReceived: sum(inbound, 'packetsReceived'), packetsLost: sum(inbound, 'packetsLost') };
  const figures: QualityFigures = {};

  const rtt = number(pair, 'currentRoundTripTime') ?? number(remote[0], 'roundTripTime');
  if (rtt !== undefined) figures.rttMs = Math.min(60_000, Math.round(rtt * 1000));
  if (remote.length > 0) figures.lossUp = share(Math.max(...remote.map((stat) => number(stat, 'fractionLost') ?? 0)), 1);
  if (before) {
    const lost = counters.packetsLost - before.packetsLost;
    figures.lossDown = share(lost, lost + counters.packetsReceived - before.packetsReceived);
    const seconds = (atMs - before.atMs) / 1000;
    if (seconds > 0) figures.bitrateUp = Math.max(0, Math.round(((counters.bytesSent - before.bytesSent) * 8) / seconds));
  }
  const width = number(video, 'frameWidth');
  if (width !== undefined) figures.frameWidth = width;
  const target = number(video, 'targetBitrate');
  if (target !== undefined) figures.targetBitrate = target;
  return { figures, counters };
};

/** Firefox names no selected pair at the transport, but marks it. */
const selectedPair = (stats: readonly Stat[]): Stat | undefined => {
  const id = stats.find(({ type }) => type === 'transport')?.['selectedCandidatePairId'];
  return stats.find((stat) => stat['type'] === 'candidate-pair' && (id === undefined ? stat['selected'] === true : stat['id'] === id));
};
