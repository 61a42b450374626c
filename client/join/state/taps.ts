import { useLayoutEffect } from 'react';

/** What has just appeared takes no taps for this long: the second tap of a double tap was meant for what was there before. */
export const SETTLE_MS = 500;

/** Marks the page as settling, and no longer when the time since the last `begin` is over. */
export const createSettling = (mark: (on: boolean) => void, wait: (work: () => void, ms: number) => unknown, cancel: (timer: never) => void): { begin(): void } => {
  let timer: unknown;
  return {
    begin: () => {
      if (timer !== undefined) cancel(timer as never);
      mark(true);
      timer = wait(() => { timer = undefined; mark(false); }, SETTLE_MS);
    },
  };
};

const settling = createSettling(
  (on) => { document.documentElement.toggleAttribute('data-settling', on); },
  (work, ms) => setTimeout(work, ms),
  (timer) => { clearTimeout(timer as number); },
);

/** Called by every page and dialog: neither it, nor what it uncovers when it goes, takes taps at once. `what`: content that is as good as a new page. */
export const useSettling = (what: string = ''): void => {
  useLayoutEffect(() => {
    settling.begin();
    return () => { settling.begin(); };
  }, [what]);
};
