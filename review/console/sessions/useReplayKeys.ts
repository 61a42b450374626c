import { useEffect, useRef } from 'react';

export type ReplayKey = { readonly do: 'toggle' | 'decision' } | { readonly do: 'frame' | 'event' | 'gap' | 'seconds' | 'speed'; readonly direction: 1 | -1 };
interface Press { readonly key: string; readonly shiftKey: boolean; readonly ctrlKey: boolean; readonly metaKey: boolean; readonly altKey: boolean }

const DIRECTION: Readonly<Record<string, 1 | -1>> = { ArrowRight: 1, ArrowDown: 1, ']': 1, ArrowLeft: -1, ArrowUp: -1, '[': -1 };

/** Space plays, ← → frame by frame (with Shift 5 s), ↑ ↓ event by event, [ ] the speed, G the next gap (with Shift the last), D the decision; undefined for every other press. */
export function replayKeyOf({ key, shiftKey, ctrlKey, metaKey, altKey }: Press): ReplayKey | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  if (key === ' ') return { do: 'toggle' };
  if (key === 'd' || key === 'D') return { do: 'decision' };
  if (key === 'g' || key === 'G') return { do: 'gap', direction: shiftKey ? -1 : 1 };
  const direction = DIRECTION[key];
  if (direction === undefined) return undefined;
  if (key === '[' || key === ']') return { do: 'speed', direction };
  if (key === 'ArrowUp' || key === 'ArrowDown') return { do: 'event', direction };
  return { do: shiftKey ? 'seconds' : 'frame', direction };
}

/** Every key is theirs: one writes or picks there. */
const OWN_ALL = 'input, textarea, select, [contenteditable=true], [role=dialog], [role=menu], [role=menubar], [role=listbox], [role=combobox]';
const OWN_SPACE = 'button, a, summary, [role=button], [role=switch], [role=checkbox], [role=radio], [role=tab]';
const OWN_ARROWS = '[role=radiogroup], [role=radio], [role=slider], [role=tablist], [role=tab], [role=tree], [role=grid]';

/** Whether a key belongs to what has the focus (WAI-ARIA keyboard patterns). `within`: the focus is on or in such an element. */
export function keyOfFocus(key: string, within: (selector: string) => boolean): boolean {
  if (within(OWN_ALL)) return true;
  if (key === ' ') return within(OWN_SPACE);
  return key.startsWith('Arrow') && within(OWN_ARROWS);
}

/** A pointer's press leaves the focus where it is: after a click on an event, Space and arrows are the replay's. */
export function keepFocus(event: { readonly target: EventTarget; preventDefault(): void }): void {
  if ((event.target as Element).closest('button, a, summary, .ant-segmented')) event.preventDefault();
}

/** Calls `act` for the replay's keys, unless they belong to what has the focus or a dialog is open. First of all listeners: the page must not scroll. */
export function useReplayKeys(act: (key: ReplayKey) => void): void {
  const handler = useRef(act);
  handler.current = act;
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement | null;
      if (keyOfFocus(event.key, (selector) => Boolean(target?.closest?.(selector))) || document.querySelector('.ant-modal-wrap:not([style*="display: none"])')) return;
      const key = replayKeyOf(event);
      if (key === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      handler.current(key);
    };
    window.addEventListener('keydown', listen, true);
    return () => { window.removeEventListener('keydown', listen, true); };
  }, []);
}
