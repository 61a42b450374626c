import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { AGENT_TONE_HZ, CLIENT_TONE_HZ, renderAgentCamera, renderClientCamera } from '../support/camera/index.ts';
import { inventPerson } from '../support/cards/index.ts';
import { createRig, openBrowser, openPage, until, type Rig } from './callpage/rig.ts';
import type { Harness } from './callpage/page.ts';

declare const harness: Harness;

let dir: string;
let rig: Rig;
let clientBrowser: Browser;
let witnessBrowser: Browser;

const frameNumber = (page: Page): Promise<number | null> => page.evaluate(() => harness.frameNumber());
const phase = (page: Page): Promise<string | undefined> => page.evaluate(() => harness.phase());
const seen = (page: Page): Promise<Harness['seen']> => page.evaluate(() => harness.seen);
const flows = async (page: Page): Promise<boolean> => {
  const before = await page.evaluate(() => harness.lastFrame()?.rtpTimestamp);
  await page.waitForTimeout(400);
  const after = await page.evaluate(() => harness.lastFrame()?.rtpTimestamp);
  return after !== undefined && after !== before;
};

const open: Page[] = [];
const enter = async (browser: Browser, options: Parameters<Harness['start']>[0]): Promise<Page> => {
  const page = await openPage(browser, rig);
  open.push(page);
  await page.evaluate((given) => harness.start(given), options);
  return page;
};

/** Both in a call, pictures flowing both ways. Small pictures, unless their size matters: encoding is what costs. */
const startCall = async (session: string, options: { protocols?: ('udp' | 'tcp')[]; clientWidth?: number } = {}): Promise<{ client: Page; witness: Page }> => {
  const { clientWidth = 320, ...rest } = options;
  await rig.host.openSession({ sessionId: session, caseId: `case-${session}` });
  const [client, witness] = await Promise.all([
    enter(clientBrowser, { session, role: 'client', width: clientWidth, ...rest }),
    enter(witnessBrowser, { session, role: 'witness', width: 320, ...rest }),
  ]);
  await Promise.all([until('client sees witness', () => flows(client), 40_000), until('witness sees client', () => flows(witness), 40_000)]);
  return { client, witness };
};

afterEach(async () => {
  await Promise.all(open.splice(0).map((page) => page.close()));
  await Promise.all(rig.host.sessions().map(({ sessionId }) => rig.host.closeSession(sessionId, 'test')));
  rig.facts.length = 0;
});

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'call-'));
  const [client, witness] = await Promise.all([renderClientCamera(join(dir, 'client'), inventPerson(1)), renderAgentCamera(join(dir, 'agent'))]);
  rig = await createRig({ page: true, engine: { workers: 2 } });
  [clientBrowser, witnessBrowser] = await Promise.all([openBrowser(client), openBrowser(witness)]);
});

afterAll(async () => {
  await Promise.all([clientBrowser?.close(), witnessBrowser?.close()]);
  await rig?.close();
  await rm(dir, { recursive: true, force: true });
});

describe('a call between client and witness', () => {
  test('both see and hear each other over the one port of a worker, and the sender has 1 Mbit/s and 640 px after 30 s', async () => {
    const since = Date.now();
    const { client, witness } = await startCall('see-and-hear', { clientWidth: 1280 });
    await until('live', () => rig.facts.includes('live'));
    await until('the client hears the witness', async () => Math.abs((await client.evaluate(() => harness.tone())) - AGENT_TONE_HZ) < 20);
    await until('the witness hears the client', async () => Math.abs((await witness.evaluate(() => harness.tone())) - CLIENT_TONE_HZ) < 20);
    await client.waitForTimeout(Math.max(0, since + 30_000 - Date.now()));
    // The middle of the last five readings: a moment's dip, or a machine that is busy for some seconds, is not what the sender has.
    const readings: Awaited<ReturnType<Harness['sender']>>[] = [];
    const middle = () => readings.slice(-5).sort((a, b) => a.targetBitrate - b.targetBitrate)[2];
    for (let i = 0; i < 15 && !(i >= 5 && middle()!.targetBitrate >= 1_000_000 && middle()!.frameWidth >= 640); i += 1) {
      readings.push(await client.evaluate(() => harness.sender()));
      await client.waitForTimeout(1_000);
    }
    expect(middle()!.targetBitrate).toBeGreaterThanOrEqual(1_000_000);
    expect(middle()!.frameWidth).toBeGreaterThanOrEqual(640);
    expect(middle()!.protocol).toBe('udp');
    for (const page of [client, witness]) {
      await until('the frame number is readable', async () => (await frameNumber(page)) !== null);
      expect((await seen(page)).states).toEqual(['connected']);
    }
    // Figures come every 2 s.
    await until('both report their network', () => rig.facts.includes('quality client') && rig.facts.includes('quality witness'));
    expect(rig.facts).toEqual(expect.arrayContaining(['joined client', 'joined witness', 'live']));
  });

  test('a document held still comes at 1280 px during the card steps, and afterwards smooth pictures again', async () => {
    const { client, witness } = await startCall('card-steps', { clientWidth: 640 });
    rig.host.setDetail('card-steps', true);
    await until('the client is told', async () => (await client.evaluate(() => harness.hint())) === 'detail');
    await until('1280 px are sent', async () => (await client.evaluate(() => harness.sender())).frameWidth >= 1280, 40_000);
    await until('1280 px are shown', async () => ((await witness.evaluate(() => harness.lastFrame()))?.width ?? 0) >= 1280, 40_000);
    const still = await client.evaluate(() => harness.still());
    expect(still.width).toBeGreaterThanOrEqual(1280);
    expect(still.size).toBeGreaterThan(10_000);
    rig.host.setDetail('card-steps', false);
    await until('the client is told', async () => (await client.evaluate(() => harness.hint())) === 'motion');
  });

  test('the shown frame is named by its RTP time stamp and the producer it came from (R20)', async () => {
    const { client, witness } = await startCall('frames');
    let shown!: Awaited<ReturnType<Harness['displayed']>>;
    await until('a frame is shown', async () => {
      const one = await witness.evaluate(() => harness.displayed()).catch(() => undefined);
      if (one) shown = one;
      return one !== undefined;
    });
    const last = await witness.evaluate(() => harness.lastFrame());
    expect(last?.producerId).toBe(await client.evaluate(() => harness.producerId('video')));
    expect(Math.abs(last!.rtpTimestamp - shown.rtpTimestamp)).toBeLessThan(90_000 * 2);
    expect(Math.abs(shown.presentedAt - Date.now())).toBeLessThan(5_000);
  });

  test('where no UDP passes the call goes over TCP on the same port', async () => {
    const pages = await startCall('tcp', { protocols: ['tcp'] });
    expect((await pages.client.evaluate(() => harness.sender())).protocol).toBe('tcp');
  });

  test('a listener hears and sees both and is seen by nobody', async () => {
    const pages = await startCall('listener');
    const listener = await enter(witnessBrowser, { session: 'listener', role: 'listener', send: false });
    await until('all four tracks', async () => (await seen(listener)).remotes.length === 4);
    expect((await seen(listener)).remotes.sort()).toEqual(['client/audio', 'client/video', 'witness/audio', 'witness/video']);
    await until('pictures', () => flows(listener));
    for (const page of [pages.client, pages.witness]) expect((await seen(page)).data.filter(({ data }) => JSON.stringify(data).includes('listener'))).toEqual([]);
  });

  test('a client whose socket breaks comes back to the same session, and the witness is told (R30)', async () => {
    const { client, witness } = await startCall('come-back');
    await until('live', () => rig.facts.includes('live'));
    rig.facts.length = 0;
    rig.cut('client');
    await until('live again', () => rig.facts.includes('live'));
    expect(rig.facts.filter((fact) => !fact.startsWith('quality'))).toEqual(['left client interrupted', 'interrupted peer_lost', 'joined client', 'live']);
    await Promise.all([until('client sees witness', () => flows(client)), until('witness sees client', () => flows(witness))]);
    await until('connected', async () => (await phase(client)) === 'connected');
    expect((await seen(client)).states).toEqual(['connected', 'reconnecting', 'connected']);
    expect((await seen(witness)).notifications).toEqual(expect.arrayContaining(['peerLeft', 'interrupted', 'peerJoined']));
  });

  test('a second device takes over and the first is told', async () => {
    const pages = await startCall('take-over');
    const second = await enter(clientBrowser, { session: 'take-over', role: 'client', width: 320 });
    await until('the first is told', async () => (await phase(pages.client)) === 'takenOver');
    await until('the second is connected', async () => (await phase(second)) === 'connected');
    await until('the witness sees the second', () => flows(pages.witness));
  });

  test('hanging up twice is harmless, ends the call here, and is no interruption', async () => {
    const pages = await startCall('hang-up');
    rig.facts.length = 0;
    await pages.client.evaluate(() => harness.hangUp());
    await until('left', () => rig.facts.includes('left client'));
    expect(await phase(pages.client)).toBe('ended');
    await rig.host.closeSession('hang-up', 'passed');
    await rig.host.closeSession('hang-up', 'passed');
    await until('the witness is told', async () => (await phase(pages.witness)) === 'ended');
    expect(rig.facts.some((fact) => fact.includes('interrupted'))).toBe(false);
  });

  test('a killed media worker ends no process: both are told, the session is rebuilt under its id, pictures flow again', async () => {
    const pages = await startCall('worker-dies');
    const before = rig.host.sessions().find(({ sessionId }) => sessionId === 'worker-dies')!.workerPid!;
    rig.facts.length = 0;
    process.kill(before, 'SIGKILL');
    await until('rebuilt', () => rig.facts.includes('rebuilt'));
    const after = rig.host.sessions().find(({ sessionId }) => sessionId === 'worker-dies')!.workerPid;
    expect(after).not.toBe(before);
    await until('live again', () => rig.facts.includes('live'));
    expect(rig.facts.filter((fact) => !fact.startsWith('quality'))).toEqual(['interrupted worker_died', 'rebuilt', 'live']);
    for (const page of [pages.client, pages.witness]) {
      await until('pictures again', () => flows(page));
      expect((await seen(page)).notifications).toEqual(expect.arrayContaining(['interrupted', 'rebuilt']));
    }
    await until('a new worker in its place', () => rig.host.workers().length === 2);
  });

  test('nothing went wrong on the way', () => {
    expect(rig.faults).toEqual([]);
  });
});
