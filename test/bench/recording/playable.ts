/** Whether a segment plays as it lies there: ffmpeg decodes all of it without a complaint, and mediabunny reads all its packets. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BufferSource, EncodedPacketSink, Input, WEBM } from 'mediabunny';

export interface Played {
  readonly playable: boolean;
  readonly why?: string;
  /** Seconds of every frame, all of which decoded when the file is playable. */
  readonly times: readonly number[];
  /** Seconds on the file's own time line; undefined without such a track. */
  readonly lastVideo: number | undefined;
  readonly lastAudio: number | undefined;
}

/** Frames that ffmpeg decoded, and what it complained of. */
async function decode(webm: Buffer): Promise<{ frames: number; complaint: string }> {
  const child = spawn('ffmpeg', ['-hide_banner', '-nostats', '-loglevel', 'error', '-i', 'pipe:0', '-vsync', 'passthrough', '-enc_time_base:v', '-1', '-progress', 'pipe:1', '-f', 'null', '-'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let [progress, complaint] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => { progress += text; });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { complaint += text; });
  child.stdin.on('error', () => undefined);
  child.stdin.end(webm);
  const [code] = await once(child, 'close') as [number];
  return { frames: Number(progress.match(/frame=(\d+)/g)?.at(-1)?.slice(6) ?? 0), complaint: code === 0 ? complaint : `ended with ${code}. ${complaint}` };
}

export async function play(webm: Buffer): Promise<Played> {
  const { frames, complaint } = await decode(webm);
  try {
    const input = new Input({ formats: [WEBM], source: new BufferSource(new Uint8Array(webm)) });
    const times: number[] = [];
    const last: Record<'video' | 'audio', number | undefined> = { video: undefined, audio: undefined };
    for (const track of [await input.getPrimaryVideoTrack(), await input.getPrimaryAudioTrack()]) {
      if (!track) continue;
      for await (const packet of new EncodedPacketSink(track).packets()) {
        if (track.isVideoTrack()) times.push(packet.timestamp);
        last[track.isVideoTrack() ? 'video' : 'audio'] = packet.timestamp;
      }
    }
    const why = complaint || (times.length !== frames ? `${times.length} frames in the file, ${frames} decoded` : last.video === undefined && last.audio === undefined ? 'no packets' : '');
    return { playable: why === '', ...(why ? { why } : {}), times, lastVideo: last.video, lastAudio: last.audio };
  } catch (error) {
    return { playable: false, why: `mediabunny: ${String(error)}`, times: [], lastVideo: undefined, lastAudio: undefined };
  }
}
