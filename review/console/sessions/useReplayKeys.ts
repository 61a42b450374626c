import { useEffect, useRef } from 'react';

export type ReplayKey = { readonly do: 'toggle' | 'decision' } | { readonly do: 'frame' | 'event' | 'seconds' | 'speed'; readonly direction: 1 | -1 };
interface Press { readonly key: string; readonly shiftKey: boolean; readonly ctrlKey: boolean; readonly metaKey: boolean; readonly altKey: boolean }

const DIRECTION: Readonly<Record<string, 1 | -1>> = { ArrowRight: 1, ArrowDown: 1, ']': 1, ArrowLeft: -1, ArrowUp: -1, '[': -1 };

/** Space plays, ← → frame by frame (with Shift 5 s), ↑ ↓ event by event, [ ] the speed, D the decision; undefined for every other press. */
export function replayKeyOf({ key, shiftKey, ctrlKey, metaKey, altKey }: Press): ReplayKey | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  if (key === ' ') return { do: 'toggle' };
  if (key === 'd' || key === 'D') return { do: 'decision' };
  const direction = DIRECTION[key];
  if (direction === undefined) return undefined;
  if (key === '[' || key === ']') return { do: 'speed', direction };
  if (key === 'ArrowUp' || key === 'ArrowDown') return { do: 'event', direction };
  return { do: shiftKey ? 'seconds' : 'frame', direction };
}

/** Calls `act` for the replay's keys, not while one writes in a field or a dialog is open. First of all listeners: a slider or a pressed button has keys of its own. */
export function useReplayKeys(act: (key: ReplayKey) => void): void {
  const handler = useRef(act);
  handler.current = act;
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement | null;
      if (target?.closest('input, textarea, [contenteditable=true], [role=dialog]') || document.querySelector('.ant-modal-wrap:not([style*="display: none"])')) return;
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
