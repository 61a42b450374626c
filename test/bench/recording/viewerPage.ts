/** In the browser: receives one producer's picture as a participant would, and says how many frames it decoded. */
import { Device } from 'mediasoup-client';
import type { ConsumerOptions, DtlsParameters, RtpCapabilities, Transport, TransportOptions } from 'mediasoup-client/types';

declare global {
  /** Set by the bench. */
  var connectViewer: (dtlsParameters: DtlsParameters) => Promise<void>;
}

let transport: Transport | undefined;
const viewer = {
  async open(routerRtpCapabilities: RtpCapabilities, options: TransportOptions): Promise<RtpCapabilities> {
    const device = await Device.factory();
    await device.load({ routerRtpCapabilities });
    transport = device.createRecvTransport(options);
    transport.on('connect', ({ dtlsParameters }, done, failed) => { globalThis.connectViewer(dtlsParameters).then(done, failed); });
    return device.recvRtpCapabilities;
  },
  async consume(options: ConsumerOptions): Promise<void> {
    const consumer = await transport!.consume(options);
    const video = document.createElement('video');
    Object.assign(video, { autoplay: true, muted: true, srcObject: new MediaStream([consumer.track]) });
    document.body.append(video);
    // Plays once packets come: the consumer is still paused.
    video.play().catch(() => undefined);
  },
  async decoded(): Promise<{ decoded: number; received: number; freezes: number }> {
    let [decoded, received, freezes] = [0, 0, 0];
    for (const report of (await transport!.getStats()).values()) {
      if (report.type !== 'inbound-rtp' || report.kind !== 'video') continue;
      decoded += report.framesDecoded ?? 0;
      received += report.framesReceived ?? 0;
      freezes += report.freezeCount ?? 0;
    }
    return { decoded, received, freezes };
  },
};
Object.assign(globalThis, { viewer });
export type ViewerPage = typeof viewer;
