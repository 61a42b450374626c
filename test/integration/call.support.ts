import { afterAll, beforeEach } from '@jest/globals';
import type { Finding } from '../../contracts/reading.ts';
import type { FrameComparison } from '../../contracts/sameFrame.ts';
import type { PhotoKind } from '../../contracts/script.ts';
import type { StoredFile } from '../../media/ports.ts';
import { takePhoto } from '../../server/usecases/call/photo.ts';
import { readPhoto } from '../../server/usecases/call/photoNotes.ts';
import type { Services } from '../../server/usecases/services.ts';
import { makeCase, makeStaff, startCaseServices } from './case.support.ts';
import type { MadeCase } from './case.support.ts';
import { readingOf } from './reading.support.ts';

/** What a call of a test shows and what happens in it; `reset` begins anew. */
const fresh = () => ({
  fits: true,
  /** Frames before the pressed one, and how sharp each picture is by its bytes; what is not named is as sharp as can be. */
  earlier: [] as string[],
  sharpness: {} as Record<string, number>,
  readOf: [] as string[],
  files: new Map<string, StoredFile>(),
  /** What the reader finds on a card. */
  found: [] as Finding[],
  /** What lies in the recording, and what comparing a photo with it says; undefined: nothing is there (yet). */
  moment: { offsetMs: 0 } as { offsetMs: number; lateMs?: number } | undefined,
  compared: { verdict: 'same', similarity: 1, worst: 0, usual: 0 } as FrameComparison,
  /** What is done in the middle of a step, by its name. */
  meanwhile: {} as Partial<Record<'inspect' | 'align' | 'read' | 'judge' | 'frame' | 'coverage', () => Promise<void>>>,
});

export const still = { bytes: Buffer.from('still'), width: 1920, height: 1080 };

/** The use cases of a call on a real database; its media, its reader and its judge do what the test says. */
async function startCall() {
  const app = await startCaseServices();
  const staffId = await makeStaff(app.services, ['witness']);
  const stage = fresh();
  /** Whose card is held into the camera: the one of the call begun last. */
  let shown: MadeCase;
  const pause = async (what: keyof typeof stage.meanwhile): Promise<void> => {
    const work = stage.meanwhile[what];
    delete stage.meanwhile[what];
    await work?.();
  };
  const services: Services = {
    ...app.services,
    media: {
      ...({} as Services['media']), recorderRunning: () => true, recordingStartedAt: () => undefined, closeSession: async () => undefined,
      coverage: async () => { await pause('coverage'); return { status: 'covered', gaps: [] }; },
      frameAt: async ({ rtpTimestamp }) => {
        await pause('frame');
        const earlier = stage.earlier.map((text, i) => ({ jpeg: Buffer.from(text), rtpTimestamp: rtpTimestamp - i - 1, mediaTimeMs: 750 - 250 * i }));
        return { png: Buffer.from('frame'), width: 1280, height: 720, producerId: 'p', rtpTimestamp, receivedAtMs: app.clock.at.getTime(), mediaTimeMs: 1000, earlier };
      },
    },
    line: { ...({} as Services['line']), free: async () => undefined, snapshot: async () => ({ waiting: [], seats: [] }) as never },
    recorded: {
      momentAt: async () => stage.moment && { segmentId: 'segment', png: Buffer.from('recorded'), offsetMs: stage.moment.offsetMs, wallMs: app.clock.at.getTime() + (stage.moment.lateMs ?? 0), around: [] },
    },
    capture: {
      compare: async () => stage.compared,
      judge: async ({ image }) => { await pause('judge'); return { width: 1280, height: 720, findings: [], figures: { sharpness: stage.sharpness[image.toString()] ?? 1, motion: 0, brightness: 150, blown: 0, glare: 0, widthPx: 900 } }; },
      align: async (_, __, { signal } = {}) => { await pause('align'); signal?.throwIfAborted(); return { fits: stage.fits, score: 1 }; },
    },
    reader: {
      ...({} as Services['reader']),
      inspect: async (_, { signal } = {}) => { await pause('inspect'); signal?.throwIfAborted(); return { jpeg: still.bytes, width: still.width, height: still.height }; },
      read: async (image, { expect: side = 'portrait' } = {}) => { stage.readOf.push(image.toString()); await pause('read'); return readingOf(shown.form, side, { findings: stage.found }); },
    },
    store: {
      ...app.services.store,
      put: async (one) => { const stored = await app.services.store.put(one); stage.files.set(stored.fileId, stored); return stored; },
      remove: async (one) => { await app.services.store.remove(one); stage.files.delete(one.fileId); },
    },
  };
  return {
    app, services, staffId, stage,
    reset(): void {
      Object.assign(stage, fresh());
      app.clock.at = new Date('2026-03-10T10:00:00+08:00');
      app.jobs.length = 0;
    },
    live: async (): Promise<MadeCase> => (shown = await makeCase(services, { until: 'accept', witnessId: staffId })),
    photograph: (one: MadeCase, kind: PhotoKind = 'portraitSide') => takePhoto(services, { sessionId: one.sessionId, staffId, kind, producerId: 'p', rtpTimestamp: 9000 }),
    async kept(photoId: string) {
      const row = await services.db.photo.findUniqueOrThrow({ where: { id: photoId } });
      return { row, ...(await readPhoto(services, row)) };
    },
  };
}

/** One call's services for all tests of a file; each test begins anew. */
export async function openCall() {
  const call = await startCall();
  beforeEach(() => call.reset());
  afterAll(() => call.app.close());
  return call;
}
