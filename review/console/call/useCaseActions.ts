import { useCallback, useRef, useState } from 'react';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { CaseView } from '../../../contracts/http/staff.ts';
import type { PhotoKind, ScriptAnswer, ScriptItemId } from '../../../contracts/script.ts';
import { errorBody } from '../../../contracts/errors.ts';
import { HttpError } from '../../../client/rtc/http.ts';
import { http } from '../api/http.ts';
import { useTell } from '../shared/useProblem.tsx';
import { keepCapture } from './capture.ts';
import type { LiveCall } from './useLiveCall.ts';

export interface CaseActions {
  readonly tick: (item: ScriptItemId, answer: ScriptAnswer) => void;
  readonly ticking: ReadonlySet<ScriptItemId>;
  readonly takePhoto: (kind: PhotoKind) => void;
  readonly taking: ReadonlySet<PhotoKind>;
}

/** Ticks and photos of a running session; every answer is the case as it now stands. */
export function useCaseActions(sessionId: string, live: LiveCall, onCase: (view: CaseView) => void, onPhoto: (kind: PhotoKind) => void): CaseActions {
  const tell = useTell();
  const [ticking, setTicking] = useState<ReadonlySet<ScriptItemId>>(new Set());
  const [taking, setTaking] = useState<ReadonlySet<PhotoKind>>(new Set());
  // One tick after the other: answers come back in the order in which they were given.
  const line = useRef<Promise<void>>(Promise.resolve());

  const tick = useCallback((item: ScriptItemId, answer: ScriptAnswer) => {
    setTicking((old) => new Set(old).add(item));
    line.current = line.current.then(async () => {
      try {
        onCase(await http(STAFF_OPERATIONS.tick, { params: { sessionId }, body: { item, answer } }));
      } catch (error) {
        tell.failed(error);
      } finally {
        setTicking((old) => without(old, item));
      }
    });
  }, [sessionId, onCase, tell]);

  const takePhoto = useCallback((kind: PhotoKind) => {
    // At the press and before anything waits: the frame that the eye sees is the one that is named (R20).
    const frame = live.lastFrame();
    if (frame === undefined) {
      tell.failed(new HttpError(409, errorBody('SESSION_NOT_LIVE')));
      return;
    }
    keepCapture(kind, frame);
    setTaking((old) => new Set(old).add(kind));
    const { producerId, rtpTimestamp } = frame;
    http(STAFF_OPERATIONS.takePhoto, { params: { sessionId }, body: { kind, producerId, rtpTimestamp } })
      .then((view) => { onCase(view); onPhoto(kind); }, tell.failed)
      .finally(() => setTaking((old) => without(old, kind)));
  }, [sessionId, live, onCase, onPhoto, tell]);

  return { tick, ticking, takePhoto, taking };
}

const without = <T,>(set: ReadonlySet<T>, item: T): ReadonlySet<T> => new Set([...set].filter((x) => x !== item));
