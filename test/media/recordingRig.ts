import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BufferSource, EncodedPacketSink, Input, WEBM } from 'mediabunny';
import sharp from 'sharp';
import { createEngine } from '../../media/engine/index.ts';
import type { Engine, MediaRouter, Producer } from '../../media/engine/port.ts';
import { createFileStore } from '../../media/evidence/index.ts';
import { createRecorderSupervisor } from '../../media/recording/index.ts';
import type { HostClock, Recorder, SupervisedRecorder } from '../../media/recording/index.ts';
import type { Coverage, Missed, SegmentInfo, Side } from '../../media/ports.ts';
import { RecorderLink } from '../../media/session/recorderLink.ts';
import { readFrameNumber } from '../support/camera/index.ts';
import { frameCells } from '../support/camera/frameBand.ts';

/** Real mediasoup, the real link and recorder; ffmpeg as the two people, with a frame number in each picture and a tone. */
export const delay = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });
export const until = async (what: string, check: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> => {
  for (const end = Date.now() + ms; !await check();) {
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}`);
    await delay(25);
  }
};

/** Bound to a free loopback port. */
const bound = async (): Promise<Socket> => {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  try { socket.setRecvBufferSize(4 * 1024 * 1024); } catch { /* the system's limit */ }
  return socket;
};

export interface Person {
  readonly side: Side;
  readonly video: Producer;
  readonly audio: Producer;
  /** RTP time stamps of the picture in the order they were sent: the place is the frame's number. */
  readonly sent: { rtp: number; at: number }[];
  stop(): Promise<void>;
}

/** One raw I420 frame: the number band on top, under it a slowly moving gradient. */
const rawFrame = (number: number, width: number, height: number): Buffer => {
  const out = Buffer.alloc((width * height * 3) / 2, 128);
  const cells = frameCells(number % 65536);
  const cell = width / 32;
  const row = Buffer.alloc(width);
  for (let x = 0; x < width; x += 1) row[x] = cells[Math.floor(x / cell)] === '1' ? 235 : 20;
  const slope = Buffer.alloc(width);
  for (let x = 0; x < width; x += 1) slope[x] = 16 + ((x + number * 3) % 200);
  for (let y = 0; y < height; y += 1) (y < cell ? row : slope).copy(out, y * width);
  return out;
};

export const FPS = 20;
const CLIP_SECONDS = 60;
const clips = new Map<string, Promise<{ video: string; audio: string }>>();

/** A clip of numbered pictures and one of a tone, encoded once per machine. */
export const clipsOf = (toneHz: number, width: number, height: number, fps: number, keyEverySeconds: number): Promise<{ video: string; audio: string }> => {
  const key = `${toneHz}-${width}x${height}-${fps}-${keyEverySeconds}`;
  const known = clips.get(key);
  if (known) return known;
  const made = (async () => {
    const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'video-witness', 'recording', `1-${CLIP_SECONDS}s-${key}`);
    const files = { video: join(cache, 'clip.ivf'), audio: join(cache, 'clip.ogg') };
    if (existsSync(cache)) return files;
    await mkdir(dirname(cache), { recursive: true });
    const dir = await mkdtemp(`${cache}.part-`);
    const sound = spawn('ffmpeg', ['-loglevel', 'error', '-f', 'lavfi', '-t', String(CLIP_SECONDS), '-i', `sine=frequency=${toneHz}:sample_rate=48000`, '-c:a', 'libopus', '-ac', '2', '-b:a', '48k', join(dir, 'clip.ogg')], { stdio: ['ignore', 'ignore', 'inherit'] });
    const picture = spawn('ffmpeg', [
      '-loglevel', 'error', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-r', String(fps), '-i', 'pipe:0',
      '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', width > 1000 ? '1500k' : '500k', '-g', String(keyEverySeconds * fps), '-auto-alt-ref', '0', join(dir, 'clip.ivf'),
    ], { stdio: ['pipe', 'ignore', 'inherit'] });
    const done = Promise.all([once(sound, 'exit'), once(picture, 'exit')]);
    for (let number = 0; number < CLIP_SECONDS * fps; number += 1) {
      if (!picture.stdin.write(rawFrame(number, width, height))) await once(picture.stdin, 'drain');
    }
    picture.stdin.end();
    await done;
    await rename(dir, cache).catch(() => rm(dir, { recursive: true, force: true }));
    return files;
  })();
  clips.set(key, made);
  return made;
};

export const sendPerson = async (options: { side: Side; router: MediaRouter; toneHz: number; width?: number; height?: number; fps?: number; keyEverySeconds?: number }): Promise<Person> => {
  const { side, router, width = 320, height = 180, fps = FPS, keyEverySeconds = 1 } = options;
  const ssrc = { video: randomInt(1, 2 ** 31), audio: randomInt(1, 2 ** 31) };
  const payload = { video: 101, audio: 100 };
  const sent: { rtp: number; at: number }[] = [];
  const closers: (() => void)[] = [];
  const open = async (kind: 'audio' | 'video') => {
    const socket = await bound();
    const transport = await router.createLoopbackTransport();
    await transport.connect({ ip: '127.0.0.1', port: socket.address().port });
    const producer = await transport.produce({
      kind,
      rtpParameters: {
        codecs: [kind === 'video'
          ? { mimeType: 'video/VP8', payloadType: payload.video, clockRate: 90_000, rtcpFeedback: [{ type: 'nack' }, { type: 'nack', parameter: 'pli' }] }
          : { mimeType: 'audio/opus', payloadType: payload.audio, clockRate: 48_000, channels: 2 }],
        encodings: [{ ssrc: ssrc[kind] }],
        rtcp: { cname: side },
      },
    });
    let last = -1;
    const from = await bound();
    from.on('message', (datagram) => {
      if (datagram[1]! >= 192 && datagram[1]! <= 223) return;
      const rtp = datagram.readUInt32BE(4);
      if (kind === 'video' && rtp !== last) sent.push({ rtp, at: Date.now() });
      last = rtp;
      socket.send(datagram, transport.tuple.localPort, '127.0.0.1');
    });
    closers.push(() => { from.close(); socket.close(); transport.close(); });
    return { producer, port: from.address().port };
  };
  const video = await open('video');
  const audio = await open('audio');
  const clips = await clipsOf(options.toneHz, width, height, fps, keyEverySeconds);
  // Copied, not encoded: a sender that is short of processor time would fall behind its own clock.
  const senders = [['101', ssrc.video, clips.video, video.port], ['100', ssrc.audio, clips.audio, audio.port]].map(([type, id, file, port]): ChildProcess => spawn('ffmpeg', [
    '-hide_banner', '-loglevel', 'error', '-re', '-i', String(file), '-c', 'copy', '-payload_type', String(type), '-ssrc', String(id), '-f', 'rtp', `rtp://127.0.0.1:${port}?pkt_size=1200`,
  ], { stdio: ['ignore', 'ignore', 'inherit'] }));
  const exited = Promise.all(senders.map((sender) => once(sender, 'exit')));
  await until('the sender to send', () => sent.length > 3);
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= (async () => {
    senders.forEach((sender) => sender.kill('SIGKILL'));
    await exited;
    closers.forEach((close) => close());
  })());
  return { side, video: video.producer, audio: audio.producer, sent, stop };
};

/** A relay on the recorder's leg that loses packets at random; what the recorder answers gets through. */
export const lossyRecorder = (recorder: Recorder, loss: number | (() => number)): { recorder: Recorder; lost(): number; close(): void } => {
  let dropped = 0;
  const sockets: Socket[] = [];
  return {
    lost: () => dropped,
    close: () => sockets.forEach((socket) => socket.close()),
    recorder: {
      ...recorder,
      running: recorder.running, startedAt: recorder.startedAt,
      async addTrack(options) {
        const target = await recorder.addTrack(options);
        // One port towards mediasoup, whose address is learnt from its first packet; another towards the recorder.
        const [outer, inner] = [await bound(), await bound()];
        sockets.push(outer, inner);
        let peer: { port: number; address: string } | undefined;
        let seen = 0;
        outer.on('message', (datagram, from) => {
          peer = from;
          const share = typeof loss === 'number' ? loss : loss();
          seen += 1;
          // Chance alone may spare a track: one packet of each is lost in any case.
          if (Math.random() < share || (seen === 25 && share > 0)) dropped += 1;
          else inner.send(datagram, target.port, target.ip);
        });
        inner.on('message', (datagram) => { if (peer) outer.send(datagram, peer.port, peer.address); });
        return { ip: '127.0.0.1', port: outer.address().port };
      },
    },
  };
};

export interface Rig {
  readonly dir: string;
  readonly engine: Engine;
  readonly recorder: SupervisedRecorder;
  readonly store: ReturnType<typeof createFileStore>;
  readonly keys: { keyFor(caseId: string): Promise<{ keyId: string; key: Buffer }> };
  readonly recovered: SegmentInfo[];
  /** What the recorder said of itself. */
  readonly log: string[];
  /** Notes of sessions that lie there. */
  notes(): Promise<string[]>;
  /** A second recorder on the same store. */
  createRecorder(): Promise<SupervisedRecorder>;
  fault(now: Faults): Promise<void>;
  openRouter(): Promise<MediaRouter>;
  /** The recorder's host starts anew on the same folder. */
  restartHost(): Promise<void>;
  close(): Promise<void>;
}

/** What the recorder process's store and clock do at this moment. */
export interface Faults { readonly store?: 'EIO' | 'ENOSPC' | 'slow' | 'hangs'; readonly clockAheadMs?: number }

/** @param ffmpeg the recorder's own; the people always speak through the real one @param faults the store and the clock can be made to fail @param dir a folder of the caller's @param kept whether what is told of sessions that are not open is written down */
export const openRig = async ({ ffmpeg, backlogBytes, faults = false, clock, dir: given, key = randomBytes(32), kept = () => true }: {
  ffmpeg?: string; backlogBytes?: number; faults?: boolean; clock?: HostClock; dir?: string; key?: Buffer; kept?: () => boolean;
} = {}): Promise<Rig> => {
  const dir = given ?? await mkdtemp(join(tmpdir(), 'vw-recording-'));
  const keys = { keyFor: async () => ({ keyId: 'k1', key: Buffer.from(key) }) };
  const engine = await createEngine({ port: 0 });
  const recovered: SegmentInfo[] = [];
  const log: string[] = [];
  const create = () => createRecorderSupervisor({ dir, keys, ...(ffmpeg === undefined ? {} : { ffmpeg }), ...(backlogBytes === undefined ? {} : { backlogBytes }), ...(clock ? { clock } : {}),
    ...(faults ? { nodeArgs: ['--import', new URL('./recorderFaults.ts', import.meta.url).href] } : {}), orphans: { segment: async (_sessionId, segment) => { recovered.push(segment); return kept(); }, missed: async () => kept() }, log: (line) => { log.push(line); process.stderr.write(`${line}\n`); } });
  let recorder = await create();
  return {
    dir, engine, keys, recovered, log,
    get recorder() { return recorder; },
    store: createFileStore({ dir, keys }),
    notes: async () => (await readdir(join(dir, '.journal'))).filter((name) => name.endsWith('.jsonl')).map((name) => name.slice(0, -'.jsonl'.length)).sort(),
    createRecorder: create,
    fault: (now) => writeFile(`${dir}.faults`, JSON.stringify(now)),
    openRouter: () => engine.openRouter({ onWorkerDied: () => undefined }),
    async restartHost() {
      await recorder.close();
      recorder = await create();
    },
    async close() {
      await recorder.close();
      await engine.close();
      if (given === undefined) await rm(dir, { recursive: true, force: true });
      await rm(`${dir}.faults`, { force: true });
    },
  };
};

/** @param kept whether what is told is written down */
export const openLink = ({ kept = async () => true, ...options }: { sessionId: string; caseId: string; recorder: Recorder; kept?: () => Promise<boolean> }) => {
  const segments: SegmentInfo[] = [];
  const recording: { running: boolean; at: Date; cause?: string }[] = [];
  const missed: Missed[] = [];
  const link = new RecorderLink({
    ...options,
    onRecording: (running, at, cause) => { recording.push({ running, at, ...(cause ? { cause } : {}) }); },
    onMissed: async (one) => { missed.push(one); return kept(); },
    onMuted: () => undefined,
    onSegment: async (segment) => { segments.push(segment); return kept(); },
    onFault: (error, where) => process.stderr.write(`${where}: ${String(error)}\n`),
  });
  return { link, segments, recording, missed };
};

const run = async (args: string[], input: Buffer): Promise<Buffer> => {
  const child = spawn('ffmpeg', ['-hide_banner', '-loglevel', 'error', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  let errors = '';
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => { errors += bytes.toString(); });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code] = await once(child, 'close') as [number];
  if (code !== 0 || errors) throw new Error(`ffmpeg: ${code} ${errors}`);
  return Buffer.concat(out);
};

/** Every picture of a WebM file: its frame number and time in seconds. Any complaint of the decoder is an error. */
export const decodePictures = async (webm: Buffer, width = 320): Promise<(number | null)[]> => {
  const rows = Math.ceil(width / 32);
  const raw = await run(['-i', 'pipe:0', '-map', '0:v', '-vf', `crop=${width}:${rows}:0:0`, '-vsync', 'passthrough', '-enc_time_base', '-1', '-f', 'rawvideo', '-pix_fmt', 'gray', 'pipe:1'], webm);
  const size = width * rows;
  return Array.from({ length: raw.length / size }, (_, i) => readFrameNumber({ data: raw.subarray(i * size, (i + 1) * size), width, height: rows, channels: 1 }));
};

/** Seconds of every picture, read by a library that did not write the file. */
export const pictureTimes = async (webm: Buffer): Promise<number[]> => {
  const input = new Input({ formats: [WEBM], source: new BufferSource(new Uint8Array(webm)) });
  const track = await input.getPrimaryVideoTrack();
  const times: number[] = [];
  if (track) for await (const packet of new EncodedPacketSink(track).packets()) times.push(packet.timestamp);
  return times;
};

export const decodeSound = async (webm: Buffer): Promise<Float32Array> => {
  const raw = await run(['-i', 'pipe:0', '-map', '0:a', '-ac', '1', '-ar', '48000', '-f', 'f32le', 'pipe:1'], webm);
  return new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
};

export const pngFrameNumber = async (png: Buffer): Promise<number | null> => {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  return readFrameNumber({ data, width: info.width, height: info.height, channels: info.channels });
};

/** Coverage up to now, asked again (as approve does) while just its end is not on the disk: a machine that is held up for a moment has lost nothing. */
export const coverageUpToNow = async (recorder: Recorder, sessionId: string, side: Side, kind: 'video' | 'audio', fromMs: number): Promise<Coverage> => {
  const toMs = recorder.now();
  for (let tries = 0; ; tries += 1) {
    const told = await recorder.coverage(sessionId, side, kind, fromMs, toMs);
    const last = told.gaps.at(-1);
    if (tries === 6 || last === undefined || last.toMs < toMs || last.cause !== 'peer_lost') return told;
    await delay(500);
  }
};
