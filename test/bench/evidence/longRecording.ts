/** A long recording without a long call: numbered pictures and a tone, cut and sealed by the recorder's own segment writer into a running instance's store. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { BufferSource, EncodedPacketSink, Input, WEBM } from 'mediabunny';
import { createFileStore } from '../../../media/evidence/index.ts';
import type { FileStore } from '../../../media/evidence/index.ts';
import type { SegmentInfo, Side } from '../../../media/ports.ts';
import { createBacklogs } from '../../../media/recording/backlog.ts';
import { createJournal, removeJournal } from '../../../media/recording/journal.ts';
import { createSegmentWriter } from '../../../media/recording/segmentwriter.ts';
import { createCaseKeys } from '../../../server/database/casekeys.ts';
import { createBlindIndex, createFieldCipher, newId } from '../../../server/database/crypto.ts';
import { openDatabase } from '../../../server/database/index.ts';
import { loadConfig } from '../../../server/platform/config.ts';
import { phonePlace } from '../../../server/usecases/client/view.ts';
import { frameCells } from '../../support/camera/frameBand.ts';

/** As a call is sent on a good line: 720p, about 1.5 Mbit/s, a key frame only where a segment begins. */
export const CLIP = { width: 1280, height: 720, fps: 25, seconds: 30, bitrate: '1500k' } as const;
export const SEGMENT_MS = 10_000;

/** One I420 frame: the number on top, a moving slope, and noise that no encoder can foresee. */
function rawFrame(number: number): Buffer {
  const { width, height } = CLIP;
  const out = Buffer.alloc((width * height * 3) / 2, 128);
  const cells = frameCells(number);
  const cell = width / 32;
  const [band, slope] = [Buffer.alloc(width), Buffer.alloc(width)];
  for (let x = 0; x < width; x += 1) { band[x] = cells[Math.floor(x / cell)] === '1' ? 235 : 20; slope[x] = 16 + ((x + number * 3) % 200); }
  for (let y = 0; y < height; y += 1) (y < cell ? band : slope).copy(out, y * width);
  let seed = number * 7919 + 1;
  for (let y = 300; y < 420; y += 1) for (let x = 500; x < 720; x += 1) { seed = (seed * 1103515245 + 12345) & 0x7fffffff; out[y * width + x] = 60 + (seed >> 20) % 120; }
  return out;
}

/** Encoded once per machine. */
async function clip(): Promise<Buffer> {
  const { width, height, fps, seconds, bitrate } = CLIP;
  const file = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'video-witness', 'seek', `1-${width}x${height}-${fps}-${seconds}s-${bitrate}.webm`);
  if (existsSync(file)) return readFile(file);
  await mkdir(dirname(file), { recursive: true });
  const dir = await mkdtemp(`${file}.part-`);
  try {
    const every = (fps * SEGMENT_MS) / 1000;
    const made = spawn('ffmpeg', [
      '-loglevel', 'error', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', `${width}x${height}`, '-r', String(fps), '-i', 'pipe:0', '-f', 'lavfi', '-t', String(seconds), '-i', 'sine=frequency=440:sample_rate=48000',
      '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', bitrate, '-g', String(every), '-keyint_min', String(every), '-auto-alt-ref', '0', '-c:a', 'libopus', '-ac', '2', '-b:a', '48k', join(dir, 'clip.webm'),
    ], { stdio: ['pipe', 'ignore', 'inherit'] });
    const ended = once(made, 'exit');
    for (let number = 0; number < seconds * fps; number += 1) if (!made.stdin.write(rawFrame(number))) await once(made.stdin, 'drain');
    made.stdin.end();
    const [code] = await ended as [number | null];
    if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
    await rename(join(dir, 'clip.webm'), file);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  return readFile(file);
}

interface Packet { readonly kind: 'video' | 'audio'; readonly atMs: number; readonly durationMs: number; readonly key: boolean; readonly data: Uint8Array }

async function packetsOf(webm: Buffer): Promise<Packet[]> {
  const input = new Input({ formats: [WEBM], source: new BufferSource(new Uint8Array(webm)) });
  const packets: Packet[] = [];
  for (const [kind, track] of [['video', await input.getPrimaryVideoTrack()], ['audio', await input.getPrimaryAudioTrack()]] as const) {
    if (track === null) throw new Error(`the clip has no ${kind}`);
    for await (const packet of new EncodedPacketSink(track).packets()) packets.push({ kind, atMs: packet.timestamp * 1000, durationMs: kind === 'video' ? 1000 / CLIP.fps : 20, key: kind === 'audio' || packet.type === 'key', data: packet.data });
  }
  return packets.sort((a, b) => a.atMs - b.atMs);
}

async function recordSide(side: Side, packets: readonly Packet[], at: { store: FileStore; dir: string; caseId: string; sessionId: string; startMs: number; segments: number }): Promise<SegmentInfo[]> {
  const closed: SegmentInfo[] = [];
  const journal = await createJournal(at.dir, `${at.sessionId}-${side}`);
  const backlog = createBacklogs().side();
  for (let index = 0; index < at.segments; index += 1) {
    const startMs = at.startMs + index * SEGMENT_MS;
    const writer = createSegmentWriter({
      store: at.store, journal, caseId: at.caseId, side, index, startMs, tracks: { video: { width: CLIP.width, height: CLIP.height }, audio: { channels: 2 } },
      backlog,
      events: { onHeld: () => undefined, onTrouble: (trouble) => { throw new Error(String(trouble)); }, onClosed: (segment) => { closed.push(segment); }, onError: (error) => { throw error; } },
    });
    const from = (index * SEGMENT_MS) % (CLIP.seconds * 1000);
    for (const packet of packets) if (packet.atMs >= from - 0.5 && packet.atMs < from + SEGMENT_MS - 0.5) writer.block({ ...packet, wallMs: startMs + packet.atMs - from });
    await writer.close(startMs + SEGMENT_MS);
  }
  await removeJournal(at.dir, `${at.sessionId}-${side}`);
  return closed;
}

/** A closed session of so many minutes, with its case, witness and events, in a running instance. `env` is the program's. */
export async function recordLongSession(env: Readonly<Record<string, string | undefined>>, { minutes, witnessId }: { minutes: number; witnessId: string }): Promise<{ sessionId: string }> {
  const config = loadConfig(env);
  const { prisma, close } = openDatabase(config.databaseUrl);
  try {
    const keys = createCaseKeys(prisma, config.keys.master);
    const [clientId, applicationId, sessionId] = [newId(), newId(), newId()];
    const startMs = Date.now() - minutes * 60_000 - 60_000;
    const endMs = startMs + minutes * 60_000;
    const phone = '13812345678';
    await prisma.client.create({ data: { id: clientId, phoneIndex: createBlindIndex(config.keys.blindIndex).of('phone', phone), phoneEnc: await createFieldCipher(keys).seal(phonePlace(clientId), phone) } });
    await prisma.application.create({ data: { id: applicationId, clientId, caseNo: '20260101-900001', language: 'zh', state: 'rejected' } });
    await prisma.witnessSession.create({ data: {
      id: sessionId, applicationId, witnessId, cue: 'turnLeft', scriptVersion: '1', state: 'closed', outcome: 'rejected', decision: 'reject', decisionCode: 'N02',
      offeredAt: new Date(startMs - 5_000), acceptedAt: new Date(startMs - 4_000), liveAt: new Date(startMs), decidedAt: new Date(endMs), endedAt: new Date(endMs),
    } });
    const dir = join(config.dataDir, 'evidence');
    const store = createFileStore({ dir, keys });
    const packets = await packetsOf(await clip());
    const recorded = await Promise.all((['client', 'witness'] as const).map((side) => recordSide(side, packets, { store, dir, caseId: applicationId, sessionId, startMs, segments: Math.round((minutes * 60_000) / SEGMENT_MS) })));
    await prisma.recordingSegment.createMany({ data: recorded.flat().map(({ segmentId, tracks, ...rest }) => ({ id: segmentId, sessionId, ...rest, tracks: tracks.map((t) => ({ ...t })) })) });
    await prisma.recorderFact.createMany({ data: [{ id: newId(), sessionId, running: true, at: new Date(startMs) }] });
    // Events and network figures as a call of that length has them: they are part of what has to be opened.
    await prisma.sessionEvent.createMany({ data: [{ type: 'live', atMs: 0 }, ...Array.from({ length: minutes * 6 }, (_, n) => ({ type: 'tick', atMs: n * 10_000 })), { type: 'decision', atMs: minutes * 60_000 }].map(({ type, atMs }) => ({ id: newId(), sessionId, at: new Date(startMs + atMs), type, side: 'witness', codes: type === 'tick' ? { item: 'ownWill', answer: 'unclear' } : type === 'decision' ? { decision: 'reject', code: 'N02' } : {} })) });
    await prisma.qualitySample.createMany({ data: (['client', 'witness'] as const).flatMap((role) => Array.from({ length: minutes * 30 }, (_, n) => ({ id: newId(), sessionId, role, at: new Date(startMs + n * 2_000), figures: { rttMs: 40 + (n % 9), lossUp: n % 50 === 0 ? 0.02 : 0, bitrateUp: 1_500_000 } }))) });
    return { sessionId };
  } finally {
    await close();
  }
}
