import type { StopCause } from '../ports.ts';
import { isFull } from './backlog.ts';
import type { Notice } from './child.ts';
import type { HostClock } from './hostclock.ts';
import { createLedger } from './ledger.ts';
import type { RecorderListener } from './port.ts';

/** Nothing reached the disk for so long: it does not record. */
const STALLED_MS = 4_000;
/** The recorder says within this that it is the store's fault. */
const STORE_TOLD_MS = 1_500;
/** The watch comes each second: later than this, the host stood still, and what the recorder said meanwhile is still to be read. */
const STOOD_STILL_MS = 2_000;

/** A session as the supervisor has it, whichever recorder process serves it: its ledger, and what its listener was told. */
export const createLive = (options: { readonly caseId: string; readonly listener: RecorderListener; readonly clock: HostClock }) => {
  const { clock } = options;
  const ledger = createLedger();
  let running = false;
  let watchedMs = clock.now();

  const setRunning = (now: boolean, at: number, cause?: StopCause): void => {
    if (running === now) return;
    running = now;
    live.listener.onRecording(now, new Date(at), cause);
  };
  const live = {
    caseId: options.caseId,
    ledger,
    listener: options.listener,
    /** Known to the present recorder process. */
    attached: false,
    attaching: false,
    /** A recorder process of this host has known it. */
    known: false,
    /** It was said that it could not be taken up again; once is enough. */
    refused: false,
    get running() { return running; },
    /** The process is gone, or has let go of the session. */
    detach(): void {
      const now = clock.now();
      live.attached = false;
      ledger.recorderDown(now);
      setRunning(false, now, 'recorder_down');
      live.listener.onExit();
    },
    /** What the recorder says of it, but for segments and stretches that are missing: those are kept until they are written down. */
    notice(notice: Notice): void {
      if (notice.type === 'needKeyFrame') live.listener.onNeedKeyFrame(notice.producerId);
      if (notice.type === 'fault' && notice.code === 'RECORDED_ELSEWHERE') live.detach();
      if (notice.type === 'storeAway') ledger.storeAway(notice.sinceMs, isFull(notice.code) ? 'disk_full' : 'store_unavailable');
      if (notice.type === 'opened') ledger.opened(notice.side, notice.startMs);
      if (notice.type === 'held') {
        const now = clock.now();
        ledger.held(notice.held, now);
        ledger.recorderUp(Math.min(now, ...notice.held.map(({ fromMs }) => fromMs)));
        setRunning(true, now);
      }
    },
    /** Says that it does not record when nothing reached the disk for a while. */
    checkStalled(now: number): void {
      const stood = now - watchedMs > STOOD_STILL_MS;
      watchedMs = now;
      if (stood || !running) return;
      if (now - ledger.lastHeldMs > STALLED_MS + (ledger.storeTrouble ? 0 : STORE_TOLD_MS)) setRunning(false, now, ledger.storeTrouble ?? 'nothing_came');
    },
    stopped(): void { setRunning(false, clock.now()); },
  };
  return live;
};
export type Live = ReturnType<typeof createLive>;
