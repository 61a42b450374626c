import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import type { MediaRole } from '../../contracts/signaling/media.ts';
import type { Recorder, RecorderListener, RecorderTrack } from '../../media/recording/port.ts';
import { createRig, until, type Rig } from './callpage/rig.ts';

type Message = { id?: number; ok?: boolean; data?: Record<string, unknown>; error?: { code: string }; notify?: string };

/** A peer without a browser: says what it is told to say, right or wrong. */
const connect = async (rig: Rig) => {
  const socket = new WebSocket(`${rig.url.replace('http', 'ws')}/media`);
  const messages: Message[] = [];
  const closed = new Promise<{ code: number; reason: string }>((resolve) => { socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })); });
  socket.on('message', (raw) => messages.push(JSON.parse(String(raw)) as Message));
  await new Promise((resolve, reject) => { socket.once('open', resolve); socket.once('error', reject); });
  let nextId = 0;
  const answered = async (id: number): Promise<Message> => {
    await until(`an answer to ${id}`, () => messages.some((message) => message.id === id));
    return messages.find((message) => message.id === id)!;
  };
  const ask = (method: string, data: unknown = {}): Promise<Message> => {
    const id = nextId++;
    socket.send(JSON.stringify({ id, method, data }));
    return answered(id);
  };
  const told = async (name: string): Promise<Message> => {
    await until(`notified ${name}`, () => messages.some(({ notify }) => notify === name));
    return messages.find(({ notify }) => notify === name)!;
  };
  return { socket, messages, closed, ask, answered, told };
};
type Peer = Awaited<ReturnType<typeof connect>>;

const joined = async (rig: Rig, sessionId: string, role: MediaRole): Promise<Peer & { capabilities: Record<string, unknown> }> => {
  const peer = await connect(rig);
  const answer = await peer.ask('join', { ticket: rig.ticket(sessionId, role) });
  expect(answer).toMatchObject({ ok: true, data: { sessionId, role } });
  return { ...peer, capabilities: answer.data!['routerRtpCapabilities'] as Record<string, unknown> };
};

/** What a browser would offer for sound, small. */
const opus = (ssrc: number) => ({
  mid: '0', codecs: [{ mimeType: 'audio/opus', payloadType: 111, clockRate: 48000, channels: 2, parameters: {}, rtcpFeedback: [] }],
  headerExtensions: [], encodings: [{ ssrc }], rtcp: { cname: 'someone' },
});
const vp8 = (ssrc: number) => ({
  mid: '1', codecs: [{ mimeType: 'video/VP8', payloadType: 96, clockRate: 90000, parameters: {}, rtcpFeedback: [{ type: 'nack', parameter: 'pli' }] }],
  headerExtensions: [], encodings: [{ ssrc }], rtcp: { cname: 'someone' },
});
let nextSsrc = 1000;
const sendBoth = async (peer: Peer & { capabilities: Record<string, unknown> }): Promise<string> => {
  const setup = await peer.ask('setup', { rtpCapabilities: peer.capabilities });
  const transportId = (setup.data!['send'] as { id: string }).id;
  await peer.ask('produce', { transportId, kind: 'audio', rtpParameters: opus(nextSsrc++) });
  const video = await peer.ask('produce', { transportId, kind: 'video', rtpParameters: vp8(nextSsrc++) });
  return video.data!['producerId'] as string;
};

/** The recorder's side of the port: remembers what it was handed, and dies on command. */
const recorderDouble = () => {
  const tracks: RecorderTrack[] = [];
  const removed: string[] = [];
  let listener: RecorderListener | undefined;
  let down = false;
  const stopped: string[] = [];
  const paused: boolean[] = [];
  const recorder: Recorder = {
    startSession: async (options) => { if (down) throw new Error('down'); listener = options.listener; },
    addTrack: async ({ track }) => { if (down) throw new Error('down'); tracks.push(track); return { ip: '127.0.0.1', port: 9 }; },
    removeTrack: async ({ producerId }) => { removed.push(producerId); },
    setPaused: async (options) => { paused.push(options.paused); },
    setAway: async () => undefined,
    stopSession: async (sessionId) => { stopped.push(sessionId); },
    frameAt: async ({ producerId, rtpTimestamp }) => ({ png: Buffer.alloc(0), width: 1, height: 1, producerId, rtpTimestamp, receivedAtMs: Date.now() - rtpTimestamp, mediaTimeMs: 0, earlier: [] }),
    coverage: async () => ({ status: 'covered', gaps: [] }),
    now: () => Date.now(), running: () => !down, startedAt: () => 0, close: async () => undefined,
  };
  return { recorder, tracks, removed, stopped, paused, setDown: (value: boolean) => { down = value; }, get listener() { return listener!; } };
};

let rig: Rig;
const double = recorderDouble();
const peers: { socket: WebSocket }[] = [];
const keep = <T extends { socket: WebSocket }>(peer: T): T => { peers.push(peer); return peer; };

beforeAll(async () => {
  rig = await createRig({ engine: { workers: 2 }, recorder: double.recorder, timing: { joinMs: 1_000, pingMs: 1_000, silentMs: 4_000 } });
  await rig.host.openSession({ sessionId: 's1', caseId: 'c1' });
});
afterEach(async () => {
  const gone = peers.splice(0).map(({ socket }) => new Promise((resolve) => {
    if (socket.readyState === WebSocket.CLOSED) return resolve(undefined);
    socket.once('close', resolve);
    return socket.terminate();
  }));
  await Promise.all(gone);
  await until('the host has noticed', () => rig.sockets.every(({ socket }) => socket.readyState === WebSocket.CLOSED));
  rig.facts.length = 0;
});
afterAll(async () => { await rig?.close(); });

describe('the media socket', () => {
  test('a ticket used twice is refused and the socket closed', async () => {
    const ticket = rig.ticket('s1', 'witness');
    expect(await keep(await connect(rig)).ask('join', { ticket })).toMatchObject({ ok: true });
    const second = keep(await connect(rig));
    expect(await second.ask('join', { ticket })).toMatchObject({ ok: false, error: { code: 'TICKET_INVALID' } });
    expect(await second.closed).toMatchObject({ code: 4001 });
  });

  test('a ticket for a session that is not here is refused', async () => {
    const peer = keep(await connect(rig));
    expect(await peer.ask('join', { ticket: rig.ticket('elsewhere', 'client') })).toMatchObject({ error: { code: 'SESSION_NOT_FOUND' } });
    expect(await peer.closed).toMatchObject({ code: 4003 });
  });

  test('who brings no ticket in time is closed', async () => {
    expect(await keep(await connect(rig)).closed).toMatchObject({ code: 4001, reason: 'TICKET_INVALID' });
  });

  test('who asks before the ticket is closed', async () => {
    const peer = keep(await connect(rig));
    expect(await peer.ask('setup', { rtpCapabilities: {} })).toMatchObject({ error: { code: 'TICKET_INVALID' } });
    expect(await peer.closed).toMatchObject({ code: 4001 });
  });

  test.each([
    ['is no JSON', 'hello', 'MESSAGE_NOT_JSON'],
    ['is no request', '[1,2]', 'BAD_REQUEST'],
    ['is null', 'null', 'BAD_REQUEST'],
    ['is binary', Buffer.from('{}'), 'MESSAGE_NOT_JSON'],
  ])('a message that %s is answered with a code and the socket stays', async (_what, message, code) => {
    const peer = keep(await joined(rig, 's1', 'witness'));
    peer.socket.send(message);
    expect(await peer.answered(-1)).toMatchObject({ ok: false, error: { code } });
    expect(await peer.ask('reportQuality', { rttMs: 20 })).toMatchObject({ ok: true });
  });

  test('an unknown method, a wrong body and foreign ids are answered with their codes', async () => {
    const peer = keep(await joined(rig, 's1', 'witness'));
    expect(await peer.ask('toString')).toMatchObject({ error: { code: 'UNKNOWN_MESSAGE' } });
    expect(await peer.ask('produce', { kind: 'smell' })).toMatchObject({ error: { code: 'BAD_REQUEST' } });
    expect(await peer.ask('resumeConsumer', { consumerId: 'nobody' })).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(await peer.ask('connectTransport', { transportId: 'nobody', dtlsParameters: {} })).toMatchObject({ error: { code: 'MEDIA_UNAVAILABLE' } });
    const setup = await peer.ask('setup', { rtpCapabilities: peer.capabilities });
    const transportId = (setup.data!['send'] as { id: string }).id;
    expect(await peer.ask('produce', { transportId, kind: 'video', rtpParameters: { codecs: 'none' } })).toMatchObject({ error: { code: 'BAD_REQUEST' } });
    expect(await peer.ask('connectTransport', { transportId, dtlsParameters: { fingerprints: [] } })).toMatchObject({ error: { code: 'BAD_REQUEST' } });
  });

  test('a message above 64 kB ends the socket', async () => {
    const peer = keep(await joined(rig, 's1', 'witness'));
    peer.socket.send(JSON.stringify({ id: 0, method: 'setup', data: { rtpCapabilities: { filler: 'x'.repeat(70_000) } } }));
    expect(await peer.closed).toMatchObject({ code: 1009 });
  });

  test('a flood is answered, then cut', async () => {
    const peer = keep(await joined(rig, 's1', 'witness'));
    for (let index = 0; index < 400; index += 1) peer.socket.send(JSON.stringify({ id: index + 10, method: 'reportQuality', data: {} }));
    expect(await peer.closed).toMatchObject({ code: 4006 });
    expect(peer.messages.some(({ error }) => error?.code === 'TOO_MANY_TRIES')).toBe(true);
  });

  test('a peer that answers no ping is lost, a listening one is not', async () => {
    const peer = keep(await joined(rig, 's1', 'client'));
    const alive = keep(await joined(rig, 's1', 'witness'));
    (peer.socket as unknown as { _socket: { pause(): void } })._socket.pause();
    await until('lost', () => rig.facts.includes('left client interrupted'));
    expect(await alive.told('peerLeft')).toMatchObject({ data: { role: 'client', interrupted: true } });
    expect(alive.socket.readyState).toBe(WebSocket.OPEN);
  });
});

describe('a session', () => {
  test('offers VP8 and Opus without the rotation header, and takes no simulcast', async () => {
    const peer = keep(await joined(rig, 's1', 'client'));
    const { codecs, headerExtensions } = peer.capabilities as { codecs: { mimeType: string }[]; headerExtensions: { uri: string }[] };
    expect([...new Set(codecs.map(({ mimeType }) => mimeType.toLowerCase()))].sort()).toEqual(['audio/opus', 'video/rtx', 'video/vp8']);
    expect(headerExtensions.map(({ uri }) => uri)).not.toContain('urn:3gpp:video-orientation');
    const setup = await peer.ask('setup', { rtpCapabilities: peer.capabilities });
    const transportId = (setup.data!['send'] as { id: string }).id;
    const simulcast = { ...vp8(1), encodings: [{ ssrc: 1 }, { ssrc: 2 }] };
    expect(await peer.ask('produce', { transportId, kind: 'video', rtpParameters: simulcast })).toMatchObject({ error: { code: 'BAD_REQUEST' } });
  });

  test('a listener sends nothing', async () => {
    const peer = keep(await joined(rig, 's1', 'listener'));
    const setup = await peer.ask('setup', { rtpCapabilities: peer.capabilities });
    const transportId = (setup.data!['send'] as { id: string }).id;
    expect(await peer.ask('produce', { transportId, kind: 'audio', rtpParameters: opus(9) })).toMatchObject({ error: { code: 'ROLE_NOT_ALLOWED' } });
  });

  test('a second socket of the same role takes over and the first is told', async () => {
    const first = keep(await joined(rig, 's1', 'client'));
    keep(await joined(rig, 's1', 'client'));
    expect(await first.closed).toMatchObject({ code: 4002 });
    expect(rig.facts).toEqual(['joined client', 'left client interrupted', 'joined client']);
  });

  test('its tracks go to the recorder over loopback, again after the recorder came back, and end with their producers', async () => {
    const peer = keep(await joined(rig, 's1', 'client'));
    double.tracks.length = 0;
    const producerId = await sendBoth(peer);
    await until('two tracks', () => double.tracks.length === 2);
    expect(double.tracks).toEqual(expect.arrayContaining([
      expect.objectContaining({ side: 'client', kind: 'audio', mimeType: 'audio/opus', clockRate: 48000 }),
      expect.objectContaining({ side: 'client', kind: 'video', mimeType: 'video/VP8', clockRate: 90000, producerId }),
    ]));
    double.setDown(true);
    double.listener.onExit();
    double.listener.onRecording(false, new Date());
    double.setDown(false);
    double.listener.onRestart();
    await until('two tracks again', () => double.tracks.length === 4);
    expect(rig.facts).toContain('recording false');
    // A stretch that the sender mutes is named so, and not taken for a loss.
    for (const method of ['pauseProducer', 'resumeProducer']) await peer.ask(method, { producerId });
    await until('told of the mute', () => double.paused.join() === 'true,false');
    await peer.ask('closeProducer', { producerId });
    await until('the track ends', () => double.removed.includes(producerId));
  });

  test('a frame is taken only of the present picture of that side, and no older than 5 s (R20)', async () => {
    const peer = keep(await joined(rig, 's1', 'client'));
    const ask = (rtpTimestamp: number, producerId?: string) => rig.host.frameAt({ sessionId: 's1', side: 'client', rtpTimestamp, ...(producerId ? { producerId } : {}) });
    await expect(ask(1)).rejects.toMatchObject({ code: 'SESSION_NOT_LIVE' });
    const before = await sendBoth(peer);
    const producerId = await sendBoth(peer);
    await expect(ask(1, before)).rejects.toMatchObject({ code: 'FRAME_NOT_OF_CLIENT_TRACK' });
    await expect(ask(1, producerId)).resolves.toMatchObject({ producerId, rtpTimestamp: 1 });
    await expect(ask(6_000, producerId)).rejects.toMatchObject({ code: 'FRAME_TOO_OLD' });
    await expect(ask(2 ** 32)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(rig.host.frameAt({ sessionId: 'elsewhere', side: 'client', rtpTimestamp: 1 })).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
  });

  test('opening and closing twice is harmless, and peers hear the reason', async () => {
    await Promise.all([rig.host.openSession({ sessionId: 's2', caseId: 'c2' }), rig.host.openSession({ sessionId: 's2', caseId: 'c2' })]);
    const peer = keep(await joined(rig, 's2', 'client'));
    await Promise.all([rig.host.closeSession('s2', 'passed'), rig.host.closeSession('s2', 'passed')]);
    expect(await peer.told('closed')).toMatchObject({ data: { reason: 'passed' } });
    expect(await peer.closed).toMatchObject({ code: 4003 });
    expect(double.stopped).toEqual(['s2']);
    await rig.host.closeSession('s2', 'passed');
    expect(rig.host.sessions().map(({ sessionId }) => sessionId)).toEqual(['s1']);
  });
});

describe('a killed media worker', () => {
  test('takes its sessions to another worker under the same id, is replaced on its port, and ends nothing else', async () => {
    await rig.host.openSession({ sessionId: 's3', caseId: 'c3' });
    await rig.host.openSession({ sessionId: 's4', caseId: 'c4' });
    const pidOf = (id: string): number => rig.host.sessions().find(({ sessionId }) => sessionId === id)!.workerPid!;
    const peer = keep(await joined(rig, 's3', 'client'));
    await sendBoth(peer);
    await until('tracks at the recorder', () => double.tracks.length >= 2);
    double.tracks.length = 0;
    rig.facts.length = 0;
    const ports = rig.host.workers().map(({ port }) => port).sort();
    const pid = pidOf('s3');
    process.kill(pid, 'SIGKILL');
    await peer.told('interrupted');
    const rebuilt = await peer.told('rebuilt');
    expect(pidOf('s3')).not.toBe(pid);
    await sendBoth({ ...peer, capabilities: rebuilt.data!['routerRtpCapabilities'] as Record<string, unknown> });
    await until('the new tracks at the recorder', () => double.tracks.length === 2);
    expect(rig.facts.filter((fact) => fact === 'interrupted worker_died').length).toBe(rig.facts.filter((fact) => fact === 'rebuilt').length);
    await until('a worker in its place', () => rig.host.workers().length === 2);
    expect(rig.host.workers().map(({ port }) => port).sort()).toEqual(ports);
  });

  test('both workers killed at once: the sessions wait for the next one', async () => {
    const peer = keep(await joined(rig, 's4', 'witness'));
    for (const { pid } of rig.host.workers()) process.kill(pid, 'SIGKILL');
    await peer.told('rebuilt');
    await until('workers again', () => rig.host.workers().length === 2);
    expect(await peer.ask('setup', { rtpCapabilities: peer.capabilities })).toMatchObject({ ok: true });
  });

  test('nothing went wrong on the way', () => {
    expect(rig.faults).toEqual([]);
  });
});
