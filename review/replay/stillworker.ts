import { createStillDecoder } from './stilldecoder.ts';
import { createWebmReader } from './webmreader.ts';
import type { CodedFrame } from './webmreader.ts';

/** What the page tells. `atMs` on the segment's own time line. */
export type StillOrder =
  | { readonly do: 'bytes'; readonly segmentId: string; readonly bytes: ArrayBuffer; readonly last: boolean }
  | { readonly do: 'forget'; readonly segmentId: string }
  /** The picture that stands at this instant; `keyFirst`: the key frame before it in between, when that is far from it. Ends every older wish. */
  | { readonly do: 'show'; readonly wish: number; readonly segmentId: string; readonly atMs: number; readonly keyFirst: boolean }
  | { readonly do: 'rest' };

/** What it is told. The frame is the page's to close. */
export type StillReport =
  | { readonly is: 'picture'; readonly wish: number; readonly atMs: number; readonly exact: boolean; readonly frame: VideoFrame }
  /** All of the segment is here: when its pictures begin. */
  | { readonly is: 'index'; readonly segmentId: string; readonly timesMs: readonly number[] }
  /** What begins within [fromMs, untilMs) cannot be shown this way; `forGood`: whoever decodes it. `wish`: which was for one of these. */
  | { readonly is: 'failed'; readonly segmentId: string; readonly fromMs: number; readonly untilMs: number; readonly forGood: boolean; readonly wish: number | undefined };

/** Decoding so much from the key frame on is not noticed: no picture in between. */
const SOON_MS = 1_000;
/** Times in a file are whole milliseconds. */
const SAME_MS = 0.5;

interface Held { readonly reader: ReturnType<typeof createWebmReader>; whole: boolean }
interface Wish { readonly wish: number; readonly segmentId: string; readonly atMs: number; readonly keyFirst: boolean; keyShown: boolean }

const segments = new Map<string, Held>();
let wanted: Wish | undefined;
/** Where the wanted picture is as far as the bytes have come; `sure`: no later byte can change it. */
let place = { index: -1, key: -1, sure: false };

const report = (message: StillReport, transfer: Transferable[] = []): void => postMessage(message, { transfer });
const decoder = createStillDecoder({ onPicture: present, onFailed: undecodable });

function fail(segmentId: string, forGood: boolean, { fromMs, untilMs } = { fromMs: 0, untilMs: Infinity }): void {
  const wish = wanted?.segmentId === segmentId && fromMs <= wanted.atMs && wanted.atMs < untilMs ? wanted.wish : undefined;
  if (wish !== undefined) wanted = undefined;
  report({ is: 'failed', segmentId, fromMs, untilMs, forGood, wish });
}
/** With all up to the next key frame, where decoding begins anew; what decoded until its decoder died is not to blame. */
function undecodable(of: readonly CodedFrame[], from: number, content: boolean): void {
  const [segmentId, held] = [...segments].find(([, { reader }]) => reader.frames === of) ?? [];
  // While bytes are to come the wanted picture may stand behind a key frame that is still on its way: with them it is tried again.
  if (segmentId === undefined || !held?.whole) return;
  const next = of.findIndex(({ key }, i) => key && i > from);
  fail(segmentId, content, { fromMs: from === 0 ? 0 : of[Math.min(from, of.length - 1)]!.timeMs - SAME_MS, untilMs: next < 0 ? Infinity : of[next]!.timeMs - SAME_MS });
  if (wanted?.segmentId === segmentId) goOn();
}
const send = ({ wish }: Wish, picture: VideoFrame, atMs: number, exact: boolean): void => {
  const frame = picture.clone();
  report({ is: 'picture', wish, atMs, exact, frame }, [frame]);
};
function present(): void {
  const frames = wanted && segments.get(wanted.segmentId)?.reader.frames;
  if (wanted === undefined || frames === undefined || place.index < 0) return;
  const exact = place.sure ? decoder.picture(frames, place.index) : undefined;
  if (exact !== undefined) {
    send(wanted, exact, frames[place.index]!.timeMs, true);
    wanted = undefined;
    return;
  }
  const keyMs = frames[place.key]?.timeMs ?? Infinity;
  if (!wanted.keyFirst || wanted.keyShown || wanted.atMs - keyMs <= SOON_MS) return;
  const key = decoder.picture(frames, place.key);
  if (key === undefined) return;
  wanted.keyShown = true;
  send(wanted, key, keyMs, false);
}
/** Goes as far towards the wanted picture as the bytes reach. */
function goOn(): void {
  const held = wanted && segments.get(wanted.segmentId);
  if (wanted === undefined || held === undefined) return;
  const { frames, codec } = held.reader;
  const { atMs } = wanted;
  const before = frames.findLastIndex(({ shown, timeMs }) => shown && timeMs <= atMs + SAME_MS);
  // A segment's first picture begins a little behind its start.
  const index = before >= 0 ? before : frames.findIndex(({ shown }) => shown);
  place = { index, key: frames.findLastIndex(({ key }, i) => i <= index && key), sure: held.whole || frames.some(({ timeMs }) => timeMs > atMs + SAME_MS) };
  if (codec !== undefined && codec !== 'V_VP8') fail(wanted.segmentId, true);
  else if (index >= 0) decoder.aim(frames, index);
  else if (held.whole) fail(wanted.segmentId, true);
  present();
}

addEventListener('message', ({ data: order }: MessageEvent<StillOrder>) => {
  switch (order.do) {
    case 'bytes': {
      const held = segments.get(order.segmentId) ?? { reader: createWebmReader(), whole: false };
      segments.set(order.segmentId, held);
      held.reader.push(new Uint8Array(order.bytes));
      held.whole = order.last;
      if (held.whole) report({ is: 'index', segmentId: order.segmentId, timesMs: held.reader.frames.filter(({ shown }) => shown).map(({ timeMs }) => timeMs) });
      if (wanted?.segmentId === order.segmentId) goOn();
      return;
    }
    case 'forget': segments.delete(order.segmentId); return;
    case 'show':
      wanted = { wish: order.wish, segmentId: order.segmentId, atMs: order.atMs, keyFirst: order.keyFirst, keyShown: false };
      place = { index: -1, key: -1, sure: false };
      goOn();
      return;
    case 'rest':
      wanted = undefined;
      decoder.rest();
  }
});
