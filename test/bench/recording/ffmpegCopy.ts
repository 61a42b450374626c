/** The yardstick: `ffmpeg -c copy`, one process a participant, fed by consumers of its own from the same producers. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import type { Consumer, MediaRouter, PlainTransport } from '../../../media/engine/port.ts';
import { delay } from '../../media/recordingRig.ts';
import type { Sender } from './peers.ts';

export interface FfmpegCopy { readonly pid: number; readonly path: string; writing(): Promise<boolean>; close(): Promise<void> }

/** An even loopback port that is free now, and the next one (RTCP) too; below the range from which the system gives ports by itself. */
let nextPort = 20_000;
async function evenPort(): Promise<number> {
  for (;;) {
    const port = nextPort;
    nextPort += 2;
    const sockets = [createSocket('udp4'), createSocket('udp4')];
    const free = await Promise.all(sockets.map((socket, i) => new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false));
      socket.bind(port + i, '127.0.0.1', () => resolve(true));
    })));
    await Promise.all(sockets.filter((_, i) => free[i]).map((socket) => new Promise<void>((resolve) => { socket.close(() => resolve()); })));
    if (free.every(Boolean)) return port;
  }
}

const mediaLine = (consumer: Consumer, port: number): string => {
  const { payloadType, mimeType, clockRate, channels } = consumer.rtpParameters.codecs[0]!;
  return [`m=${consumer.kind} ${port} RTP/AVP ${payloadType}`, `a=rtpmap:${payloadType} ${mimeType.split('/')[1]}/${clockRate}${channels ? `/${channels}` : ''}`, 'a=recvonly'].join('\r\n');
};

/** Starts one; its packets flow once it listens. @param path where it writes Matroska, in the clear */
export async function startFfmpegCopy(router: MediaRouter, sender: Sender, path: string): Promise<FfmpegCopy> {
  const legs: { transport: PlainTransport; consumer: Consumer; port: number }[] = [];
  for (const producer of [sender.video, sender.audio]) {
    const transport = await router.createLoopbackTransport();
    const consumer = await transport.consume({ producerId: producer.id, rtpCapabilities: router.recorderCapabilities, paused: true });
    legs.push({ transport, consumer, port: await evenPort() });
  }
  const sdp = ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', ...legs.map(({ consumer, port }) => mediaLine(consumer, port)), ''].join('\r\n');
  const child: ChildProcess = spawn('ffmpeg', [
    '-hide_banner', '-loglevel', 'error', '-protocol_whitelist', 'pipe,udp,rtp,file', '-f', 'sdp', '-i', 'pipe:0', '-map', '0', '-c', 'copy', '-flush_packets', '1', '-cluster_time_limit', '1000', '-f', 'matroska', '-y', path,
  ], { stdio: ['pipe', 'ignore', 'ignore'] });
  const exited = once(child, 'exit');
  child.stdin!.on('error', () => undefined);
  child.stdin!.end(sdp);
  await delay(150);
  for (const { transport, consumer, port } of legs) {
    await transport.connect({ ip: '127.0.0.1', port });
    await consumer.resume();
    if (consumer.kind === 'video') await consumer.requestKeyFrame();
  }
  // It probes before it writes: a key frame that came meanwhile is asked for once more, as any viewer would.
  const ask = setInterval(() => { for (const { consumer } of legs) if (consumer.kind === 'video' && !consumer.closed) consumer.requestKeyFrame().catch(() => undefined); }, 2_000);
  const stopAsking = (): void => clearInterval(ask);
  return {
    pid: child.pid!, path,
    async writing() {
      const found = await stat(path).catch(() => undefined);
      const writes = (found?.size ?? 0) > 20_000;
      if (writes) stopAsking();
      return writes;
    },
    async close() {
      stopAsking();
      if (child.exitCode === null) child.kill('SIGKILL');
      await exited;
      for (const { transport } of legs) transport.close();
    },
  };
}
