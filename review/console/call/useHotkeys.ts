import { useEffect, useRef } from 'react';
import { PHOTO_KINDS, SCRIPT_ITEMS } from '../../../contracts/script.ts';
import type { PhotoKind, ScriptItemId } from '../../../contracts/script.ts';

export type Hotkey = { readonly do: 'tick'; readonly item: ScriptItemId } | { readonly do: 'photo'; readonly kind: PhotoKind } | { readonly do: 'approve' };

interface Press { readonly key: string; readonly ctrlKey: boolean; readonly metaKey: boolean; readonly altKey: boolean; readonly repeat: boolean }

/** 1–8 clear yes, F2–F4 photos, Ctrl+Enter approve; undefined for every other press. */
export function hotkeyOf(press: Press): Hotkey | undefined {
  if (press.repeat || press.altKey) return undefined;
  if (press.key === 'Enter' && (press.ctrlKey || press.metaKey)) return { do: 'approve' };
  if (press.ctrlKey || press.metaKey) return undefined;
  const kind = /^F[234]$/.test(press.key) ? PHOTO_KINDS[Number(press.key[1]) - 2] : undefined;
  if (kind !== undefined) return { do: 'photo', kind };
  const item = /^[1-9]$/.test(press.key) ? SCRIPT_ITEMS[Number(press.key) - 1] : undefined;
  return item === undefined ? undefined : { do: 'tick', item };
}

/** Calls `act` for the desk's keys, not while one writes in a field or a dialog is open. */
export function useHotkeys(enabled: boolean, act: (hotkey: Hotkey) => void): void {
  const handler = useRef(act);
  handler.current = act;
  useEffect(() => {
    if (!enabled) return undefined;
    const listen = (event: KeyboardEvent): void => {
      const target = event.target as HTMLElement | null;
      if (target?.closest('input:not([type=checkbox]):not([type=radio]), textarea, [contenteditable=true]')) return;
      const hotkey = hotkeyOf(event);
      if (hotkey === undefined) return;
      event.preventDefault();
      handler.current(hotkey);
    };
    window.addEventListener('keydown', listen);
    return () => { window.removeEventListener('keydown', listen); };
  }, [enabled]);
}
