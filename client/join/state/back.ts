import { useEffect, useRef } from 'react';

/** Something that the browser's Back undoes: a dialog over the page before the page itself. */
export interface Layer {
  readonly level: 'page' | 'dialog';
  /** How many presses of Back it can take. */
  readonly presses: number;
  run(): void;
}

/** What the next press of Back undoes: the newest dialog, else the page's step. */
export const topmost = (layers: readonly Layer[]): Layer | null => {
  const open = layers.filter(({ presses }) => presses > 0);
  return open.filter(({ level }) => level === 'dialog').at(-1) ?? open.at(-1) ?? null;
};
/** How many entries the browser's history needs so that no press of Back leaves the page too early. */
export const pressesWanted = (layers: readonly Layer[]): number => layers.reduce((sum, { presses }) => sum + presses, 0);

const layers: Layer[] = [];
/** Depth of the present history entry above the one with which the page was entered; a reload keeps it. */
const depthNow = (): number => {
  const state: unknown = history.state;
  return typeof state === 'object' && state !== null && 'depth' in state && typeof state.depth === 'number' ? state.depth : 0;
};
let depth = 0;

// Entries are pushed as the client goes on, not when Back is pressed: browsers skip entries that a page adds without a tap.
const fill = (): void => {
  for (depth = depthNow(); depth < pressesWanted(layers); depth += 1) history.pushState({ depth: depth + 1 }, '');
};

/** Listens to Back from the start of the page. */
export const listenToBack = (): void => {
  depth = depthNow();
  window.addEventListener('popstate', () => {
    const before = depth;
    depth = depthNow();
    if (depth >= before) return;
    const layer = topmost(layers);
    if (layer !== null) layer.run();
    // Entries left over from closed dialogs: nothing here is to be undone, so Back means leaving.
    else history.go(-(depth + 1));
  });
};

/** While mounted, Back runs `run` instead of leaving the page; 0 presses: nothing to undo. */
export const useBack = (run: () => void, { level = 'page', presses = 1 }: { readonly level?: Layer['level']; readonly presses?: number } = {}): void => {
  const latest = useRef(run);
  useEffect(() => { latest.current = run; });
  useEffect(() => {
    const layer: Layer = { level, presses, run: () => { latest.current(); } };
    layers.push(layer);
    fill();
    return () => { layers.splice(layers.indexOf(layer), 1); };
  }, [level, presses]);
};
