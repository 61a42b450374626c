/** A live viewer: Chromium, with its own jitter buffer, retransmission and key frame requests. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'vite';
import type { DtlsParameters, MediaRouter, Producer, RtpCapabilities } from '../../../media/engine/port.ts';
import { openBrowser } from '../../media/callpage/rig.ts';
import type { ViewerPage } from './viewerPage.ts';

declare const viewer: ViewerPage;
type TransportGiven = Parameters<ViewerPage['open']>[1];
type ConsumerGiven = Parameters<ViewerPage['consume']>[0];

export interface Viewer { decoded(): ReturnType<ViewerPage['decoded']>; close(): Promise<void> }

async function bundle(): Promise<string> {
  const result = await build({
    configFile: false, logLevel: 'error', root: import.meta.dirname,
    build: { write: false, minify: false, target: 'es2022', rollupOptions: { input: `${import.meta.dirname}/viewerPage.ts`, output: { format: 'es' } } },
  });
  for (const output of Array.isArray(result) ? result : [result]) if ('output' in output) return output.output[0].code;
  throw new Error('the viewer was not built');
}

export async function openViewer(router: MediaRouter, producer: Producer): Promise<Viewer> {
  const script = await bundle();
  const server = createServer((request, response) => {
    const wanted = request.url === '/page.js';
    response.setHeader('content-type', wanted ? 'text/javascript' : 'text/html');
    response.end(wanted ? script : '<!doctype html><meta charset="utf-8"><body><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const browser = await openBrowser();
  const transport = await router.createWebRtcTransport();
  const close = async (): Promise<void> => {
    await browser.close();
    transport.close();
    server.close();
  };
  try {
    const page = await browser.newPage();
    await page.exposeFunction('connectViewer', (dtlsParameters: DtlsParameters) => transport.connect({ dtlsParameters }));
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}`);
    await page.waitForFunction('globalThis.viewer !== undefined');
    const { id, iceParameters, iceCandidates, dtlsParameters } = transport;
    const plain = <T>(value: unknown): T => JSON.parse(JSON.stringify(value)) as T;
    const rtpCapabilities: unknown = await page.evaluate(([capabilities, options]) => viewer.open(capabilities, options), [plain<Parameters<ViewerPage['open']>[0]>(router.rtpCapabilities), plain<TransportGiven>({ id, iceParameters, iceCandidates, dtlsParameters })] as const);
    const consumer = await transport.consume({ producerId: producer.id, rtpCapabilities: rtpCapabilities as RtpCapabilities, paused: true });
    await page.evaluate((options) => viewer.consume(options), plain<ConsumerGiven>({ id: consumer.id, producerId: producer.id, kind: consumer.kind, rtpParameters: consumer.rtpParameters }));
    await consumer.resume();
    await consumer.requestKeyFrame();
    return { decoded: () => page.evaluate(() => viewer.decoded()), close };
  } catch (error) {
    await close();
    throw error;
  }
}
