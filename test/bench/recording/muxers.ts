/** The recorder's way from packets to Matroska beside kept libraries, on the same packets in one process: no network, no disk. */
import { EncodedAudioPacketSource, EncodedPacket, EncodedVideoPacketSource, Output, StreamTarget, WebMOutputFormat } from 'mediabunny';
import { RtpPacket as WeriftPacket, dePacketizeRtpPackets } from 'werift-rtp';
import { parseRtp } from '../../../media/recording/rtp.ts';
import { createVp8Assembler } from '../../../media/recording/vp8.ts';
import { webmCluster, webmHeader } from '../../../media/recording/webm.ts';
import type { WebmBlock } from '../../../media/recording/webm.ts';
import { CLUSTER_MS } from '../../../media/recording/segmentwriter.ts';
import { CLIP_FPS, clipFile, loadClip } from './clips.ts';
import type { Clip } from './clips.ts';

export interface MuxerRow {
  readonly way: string;
  /** Share of one core that this step takes per participant at 1 Mbit/s. */
  readonly cpu: number;
  /** Media that is still in memory when the process is killed, at worst, s. */
  readonly heldS: number | null;
}
const MTU = 1_150;

interface Block { readonly kind: 'video' | 'audio'; readonly timeMs: number; readonly key: boolean; readonly data: Buffer }
const blocksOf = (clip: Clip, seconds: number): Block[] => [
  ...Array.from({ length: seconds * CLIP_FPS }, (_, i): Block => ({ kind: 'video', timeMs: (i * 1000) / CLIP_FPS, ...clip.video[i % clip.video.length]! })),
  ...Array.from({ length: seconds * 50 }, (_, i): Block => ({ kind: 'audio', timeMs: i * 20, key: true, data: clip.audio[i % clip.audio.length]! })),
].sort((a, b) => a.timeMs - b.timeMs);

/** Runs and says its share of a core, for media of `seconds`. */
async function timed(seconds: number, work: () => Promise<void> | void): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6 / seconds;
}

function muxOurs(blocks: readonly Block[]): number {
  webmHeader({ video: { width: 1280, height: 720 }, audio: { channels: 2 } }, 0);
  let cluster: WebmBlock[] = [];
  let heldMs = 0;
  for (const { kind, timeMs, key, data } of blocks) {
    if (cluster[0] && timeMs - cluster[0].timeMs >= CLUSTER_MS) {
      heldMs = Math.max(heldMs, timeMs - cluster[0].timeMs);
      webmCluster(cluster);
      cluster = [];
    }
    cluster.push({ track: kind === 'video' ? 1 : 2, timeMs: Math.round(timeMs), key, data });
  }
  return heldMs / 1000;
}

async function muxMediabunny(blocks: readonly Block[]): Promise<number> {
  let written = 0;
  let [writtenAtMs, heldMs, nowMs] = [0, 0, 0];
  const target = new StreamTarget(new WritableStream({ write({ data }: { data: Uint8Array }) { written += data.length; if (data.length > 4_000) { heldMs = Math.max(heldMs, nowMs - writtenAtMs); writtenAtMs = nowMs; } } }));
  const output = new Output({ format: new WebMOutputFormat({ appendOnly: true }), target });
  const [video, audio] = [new EncodedVideoPacketSource('vp8'), new EncodedAudioPacketSource('opus')];
  output.addVideoTrack(video);
  output.addAudioTrack(audio);
  await output.start();
  for (const { kind, timeMs, key, data } of blocks) {
    nowMs = timeMs;
    const packet = new EncodedPacket(data, key ? 'key' : 'delta', timeMs / 1000, kind === 'video' ? 1 / CLIP_FPS : 0.02);
    if (kind === 'video') await video.add(packet, { decoderConfig: { codec: 'vp8', codedWidth: 1280, codedHeight: 720 } });
    else await audio.add(packet, { decoderConfig: { codec: 'opus', sampleRate: 48_000, numberOfChannels: 2 } });
  }
  await output.finalize();
  if (written === 0) throw new Error('nothing was written');
  return heldMs / 1000;
}

/** The clip's pictures as RTP packets, as they come from the socket. */
function packetsOf(clip: Clip, seconds: number): Buffer[] {
  const out: Buffer[] = [];
  for (let i = 0; i < seconds * CLIP_FPS; i += 1) {
    const { data } = clip.video[i % clip.video.length]!;
    for (let at = 0; at < data.length; at += MTU) {
      const head = Buffer.alloc(13);
      head[0] = 0x80;
      head[1] = 101 | (at + MTU >= data.length ? 0x80 : 0);
      head.writeUInt16BE(out.length % 2 ** 16, 2);
      head.writeUInt32BE(i * 3600, 4);
      head[12] = at === 0 ? 0x10 : 0;
      out.push(Buffer.concat([head, data.subarray(at, at + MTU)]));
    }
  }
  return out;
}

function assembleOurs(packets: readonly Buffer[]): number {
  const assembler = createVp8Assembler();
  let frames = 0;
  for (const bytes of packets) {
    const packet = parseRtp(bytes)!;
    frames += assembler.packet({ packet, rtp: packet.timestamp, arrivedAtMs: 0 }).filter(({ type }) => type === 'frame').length;
  }
  return frames;
}
function assembleWerift(packets: readonly Buffer[]): number {
  let frames = 0;
  let parts: WeriftPacket[] = [];
  for (const bytes of packets) {
    const packet = WeriftPacket.deSerialize(bytes);
    parts.push(packet);
    if (!packet.header.marker) continue;
    if (dePacketizeRtpPackets('vp8', parts).data.length > 0) frames += 1;
    parts = [];
  }
  return frames;
}

export async function benchMuxers({ quick }: { quick: boolean }): Promise<MuxerRow[]> {
  const seconds = quick ? 60 : 600;
  const clip = await loadClip(await clipFile('client'));
  const [blocks, packets] = [blocksOf(clip, seconds), packetsOf(clip, seconds)];
  const held = { ours: 0, mediabunny: 0, oursSilent: 0, mediabunnySilent: 0 };
  /** A side that is muted for 8 s sends no sound. */
  const silent = blocks.filter(({ kind, timeMs }) => kind === 'video' || timeMs < 20_000 || timeMs > 28_000);
  const frames = { ours: 0, werift: 0 };
  // Once before, so that neither pays for being compiled.
  muxOurs(blocks.slice(0, 2_000));
  await muxMediabunny(blocks.slice(0, 2_000));
  assembleOurs(packets.slice(0, 2_000));
  assembleWerift(packets.slice(0, 2_000));
  const rows: MuxerRow[] = [
    { way: 'own clusters', cpu: await timed(seconds, () => { held.ours = muxOurs(blocks); }), heldS: held.ours },
    { way: 'mediabunny, append only', cpu: await timed(seconds, async () => { held.mediabunny = await muxMediabunny(blocks); }), heldS: held.mediabunny },
    { way: 'own clusters, sound off for 8 s', cpu: await timed(seconds, () => { held.oursSilent = muxOurs(silent); }), heldS: held.oursSilent },
    { way: 'mediabunny, sound off for 8 s', cpu: await timed(seconds, async () => { held.mediabunnySilent = await muxMediabunny(silent); }), heldS: held.mediabunnySilent },
    { way: 'own RTP and VP8', cpu: await timed(seconds, () => { frames.ours = assembleOurs(packets); }), heldS: null },
    { way: 'werift-rtp', cpu: await timed(seconds, () => { frames.werift = assembleWerift(packets); }), heldS: null },
  ];
  if (frames.ours !== frames.werift) throw new Error(`${frames.ours} frames were put together by ourselves, ${frames.werift} by werift-rtp`);
  return rows.map((row, i) => ({ ...row, heldS: [held.ours, held.mediabunny, held.oursSilent, held.mediabunnySilent, null, null][i]! }));
}
