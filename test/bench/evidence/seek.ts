// How long an auditor waits for a picture: opening a replay, jumping to a second. Real server, store and Chromium over loopback.
import { loadavg } from 'node:os';
import type { Page } from 'playwright-core';
import { openBrowser } from '../../support/journey/browser.ts';
import { freshInstance } from '../../support/journey/instance.ts';
import { logIn, shownFrameNumber } from '../../support/journey/staff.ts';
import type { Progress } from '../progress.ts';
import { CLIP, SEGMENT_MS, recordLongSession } from './longRecording.ts';
import { dice } from './options.ts';

export interface SeekFigures {
  readonly opens: number;
  readonly seeks: number;
  /** Jumps whose exact frame took longer than 1 s. */
  readonly over_1s: number;
  /** From the press on “open” until both sides show a picture. */
  readonly open_ms_p95: number;
  /** From the press on the time line until both sides show the nearest earlier key frame, or already the exact frame. */
  readonly seek_ms_p95: number;
  /** …until both show the frame of that time. */
  readonly seek_exact_ms_p95: number;
  /** Of each, min and max over all presses. */
  readonly spread: Readonly<Record<'open_ms' | 'seek_ms' | 'seek_exact_ms', { readonly min: number; readonly max: number }>>;
}

/** Each frame that came to the screen: which side, when (page clock, ms), its media time. Written by the page. */
interface Shown { readonly side: string; readonly at: number; readonly mediaMs: number }
interface Watched { shown: Shown[]; pressedAt: number }

/** Runs in the page before its own code: notes every press and every frame that is put on the screen, by the element or by the still over it. */
function watch(): void {
  const watched: Watched = { shown: [], pressedAt: 0 };
  Object.assign(globalThis, { watched });
  document.addEventListener('pointerdown', () => { watched.pressedAt = performance.now(); }, true);
  const known = new WeakSet<HTMLVideoElement>();
  const covered = (video: HTMLVideoElement): boolean => video.nextElementSibling instanceof HTMLCanvasElement && !video.nextElementSibling.hidden;
  const follow = (video: HTMLVideoElement, side: string): void => {
    video.requestVideoFrameCallback((_, { mediaTime }) => {
      // What is behind the still nobody sees.
      if (!covered(video)) watched.shown.push({ side, at: performance.now(), mediaMs: mediaTime * 1000 });
      follow(video, side);
    });
  };
  const look = (records: readonly MutationRecord[]): void => {
    for (const video of document.querySelectorAll('video')) if (!known.has(video)) { known.add(video); follow(video, video.dataset['testid'] ?? ''); }
    for (const { target, type } of records) {
      if (type !== 'attributes' || !(target instanceof HTMLCanvasElement) || target.dataset['still'] === undefined) continue;
      const [side, mediaMs] = [(target.previousElementSibling as HTMLElement | null)?.dataset['testid'] ?? '', Number(target.dataset['still'])];
      // A canvas that was drawn on is on the screen once the next frame of the page is painted.
      requestAnimationFrame(() => { setTimeout(() => { watched.shown.push({ side, at: performance.now(), mediaMs }); }, 0); });
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-still'] });
}

const FRAME_MS = 1000 / CLIP.fps;
const PATIENCE_MS = 15_000;
const SEED = 20_260_101;
/** Half of the time line's handle, as a share of its length. */
const HANDLE = 0.01;
/** What took longer is told with what was on the screen meanwhile. */
const SLOW_MS = 1_000;

/** Milliseconds from the last press until both sides have shown a frame of [from, to]; throws when they do not. */
const untilShown = (page: Page, what: string, from: number, to: number): Promise<number> => page.evaluate(async ([name, low, high, patience]) => {
  const { watched } = globalThis as unknown as { watched: Watched };
  for (const end = performance.now() + patience; performance.now() < end;) {
    const first = ['replay-client-video', 'replay-witness-video'].map((side) => watched.shown.find((one) => one.side === side && one.at > watched.pressedAt && one.mediaMs >= low && one.mediaMs <= high)?.at);
    if (first.every((at) => at !== undefined)) return Math.max(...first as number[]) - watched.pressedAt;
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
  throw new Error(`no picture: ${name} ${low}–${high}; shown ${JSON.stringify(watched.shown.filter((one) => one.at > watched.pressedAt).slice(-6))}`);
}, [what, from, to, PATIENCE_MS] as const);

async function open(page: Page, url: string, sessionId: string): Promise<number> {
  await page.goto(`${url}/console/sessions/${sessionId}`);
  await page.getByTestId('replay-pick-0').click();
  return untilShown(page, 'opening', 0, FRAME_MS * 2);
}

/** Presses on the time line at a share of its length. */
async function seek(page: Page, share: number): Promise<{ key: number; exact: number; shown: string }> {
  const box = (await page.locator('[data-testid="replay-seek"] .ant-slider-rail').boundingBox())!;
  await page.mouse.click(box.x + box.width * share, box.y + box.height / 2);
  const target = await page.evaluate(() => Number(document.querySelector<HTMLElement>('[data-testid="replay-page"]')?.dataset['now']));
  const exact = await untilShown(page, 'the exact frame', target - FRAME_MS - 5, target + 5);
  const key = await untilShown(page, 'the key frame', Math.floor(target / SEGMENT_MS) * SEGMENT_MS - 5, target + 5);
  // The clock of the measurement is the player's: the number in the picture says that it is the truth.
  const number = await shownFrameNumber(page, 'replay-client-video');
  const wanted = Math.floor((target + 0.5) / FRAME_MS) % (CLIP.fps * CLIP.seconds);
  const apart = number === null ? Infinity : Math.min(Math.abs(number - wanted), CLIP.fps * CLIP.seconds - Math.abs(number - wanted));
  if (apart > 1) throw new Error(`at ${target} ms frame ${wanted} was expected, ${number} is on the screen`);
  const shown = await page.evaluate(() => { const { watched } = globalThis as unknown as { watched: Watched }; return watched.shown.filter((one) => one.at > watched.pressedAt).map((one) => `${one.side} ${Math.round(one.mediaMs)} +${Math.round(one.at - watched.pressedAt)}`).join('; '); });
  return { key, exact, shown };
}

const rank95 = (values: readonly number[]): number => Math.round([...values].sort((a, b) => a - b)[Math.max(0, Math.ceil(values.length * 0.95) - 1)]!);
const range = (values: readonly number[]): { min: number; max: number } => ({ min: Math.round(Math.min(...values)), max: Math.round(Math.max(...values)) });

/** A synthetic recording of so many minutes is opened `opens` times and jumped in at `seeks` seconds spread over it by a fixed draw. `element`: in a browser without WebCodecs, for comparison. */
export async function measureSeeks({ sessionMinutes, seeks, opens, element }: { sessionMinutes: number; seeks: number; opens: number; element: boolean }, bar: Progress): Promise<SeekFigures> {
  const instance = await freshInstance();
  try {
    const { sessionId } = await recordLongSession(instance.env, { minutes: sessionMinutes, witnessId: instance.login('w1').staffId });
    const auditor = await openBrowser({ viewport: { width: 1366, height: 768 } });
    try {
      const { page } = auditor;
      await page.addInitScript(`(${watch.toString()})()`);
      if (element) await page.addInitScript('delete globalThis.VideoDecoder;');
      await logIn(page, instance, instance.login('a1'));
      const opened: number[] = [];
      for (let n = 0; n < opens; n += 1) { opened.push(await open(page, instance.url, sessionId)); bar.tick(); }
      const [keys, exacts]: [number[], number[]] = [[], []];
      const drawn = dice(SEED);
      for (let n = 0, last = 0; n < seeks; n += 1) {
        let share: number;
        // A press on the handle itself is none on the time line.
        do share = 0.002 + drawn.below(990) / 1000; while (Math.abs(share - last) < HANDLE);
        const found = await seek(page, share);
        last = share;
        if (found.exact > SLOW_MS) process.stderr.write(`slow: seek ${n}, key frame after ${Math.round(found.key)} ms, exact frame after ${Math.round(found.exact)} ms, load ${loadavg()[0]}\n${found.shown}\n`);
        keys.push(found.key);
        exacts.push(found.exact);
        bar.tick();
      }
      return { opens, seeks, over_1s: exacts.filter((ms) => ms > SLOW_MS).length, open_ms_p95: rank95(opened), seek_ms_p95: rank95(keys), seek_exact_ms_p95: rank95(exacts), spread: { open_ms: range(opened), seek_ms: range(keys), seek_exact_ms: range(exacts) } };
    } finally {
      await auditor.close();
    }
  } finally {
    await instance.dispose();
  }
}
