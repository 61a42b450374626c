/**
 * The panel of a display as light: where in each pixel its red, green and blue parts shine. Written as a Fourier series,
 * so that what a lens and a sensor's pixel of some area leave of it can be computed instead of being sampled. Pure.
 */
import type { Range } from './conditions.ts';

export const PANELS = ['monitor', 'laptop', 'tablet', 'lcdPhone', 'oledPhone'] as const;
export type PanelName = (typeof PANELS)[number];

/** Common displays: pixels an inch, millimetres across a card that is shown on them, and how the parts of a pixel lie. */
export const PANEL_KINDS: Record<PanelName, { readonly share: number; readonly ppi: Range; readonly cardMm: Range; readonly layout: 'stripe' | 'pentile'; readonly turned: number }> = {
  monitor: { share: 0.25, ppi: [90, 110], cardMm: [110, 240], layout: 'stripe', turned: 0 },
  laptop: { share: 0.2, ppi: [112, 165], cardMm: [95, 200], layout: 'stripe', turned: 0 },
  tablet: { share: 0.15, ppi: [200, 270], cardMm: [85, 190], layout: 'stripe', turned: 0.5 },
  lcdPhone: { share: 0.15, ppi: [320, 401], cardMm: [58, 135], layout: 'stripe', turned: 0.5 },
  oledPhone: { share: 0.25, ppi: [390, 460], cardMm: [60, 140], layout: 'pentile', turned: 0.5 },
};

export type Panel = {
  readonly name: PanelName;
  readonly ppi: number;
  /** Pixels of the display across the card. */
  readonly across: number;
  readonly layout: 'stripe' | 'pentile';
  /** Degrees by which the rows of pixels are turned against the card's lines. */
  readonly turnDeg: number;
  /** Where the card's origin falls within a pixel, in pixels. */
  readonly offset: readonly [number, number];
  /** Shares of a pixel that shine: of a stripe's width and height; of PenTile's red (or blue) and green squares, their sides. */
  readonly open: readonly [number, number];
};

/** A wave of one colour's light, mean 1: `2 · amplitude · cos(2π (k · u) − phase)`, u in pixels of the display. */
export type Wave = { readonly kx: number; readonly ky: number; readonly amplitude: number; readonly phase: number };

const MM_PER_INCH = 25.4;
/** Whoever shows a card so small that its print falls apart has nothing to gain. */
const LEAST_ACROSS = 480;

export function planPanel(random: () => number, wish?: PanelName): Panel {
  const between = ([low, high]: Range): number => low + random() * (high - low);
  let rest = random();
  const name = wish ?? PANELS.find((one) => (rest -= PANEL_KINDS[one].share) < 0) ?? 'monitor';
  const { ppi, cardMm, layout, turned } = PANEL_KINDS[name];
  const dots = between(ppi);
  return {
    name, ppi: dots, across: Math.max(LEAST_ACROSS, (between(cardMm) / MM_PER_INCH) * dots), layout,
    // What is shown may itself have been photographed a few degrees askew.
    turnDeg: (random() < turned ? 90 : 0) + (random() < 0.5 ? 0 : between([-6, 6])),
    offset: [random(), random()],
    open: layout === 'stripe' ? [between([0.24, 0.3]), between([0.72, 0.92])] : [between([0.42, 0.52]), between([0.32, 0.4])],
  };
}

/** Harmonics above this are gone behind any lens that sees a card whole. */
const HARMONICS = 4;

/** Waves of red, green and blue. */
export function wavesOf(panel: Panel): readonly [Wave[], Wave[], Wave[]] {
  return [0, 1, 2].map((colour) => (panel.layout === 'stripe' ? stripeWaves(panel, colour) : pentileWaves(panel, colour))) as [Wave[], Wave[], Wave[]];
}

const sinc = (x: number): number => (Math.abs(x) < 1e-9 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Three upright bars beside one another, black between them. */
function stripeWaves({ open: [width, height] }: Panel, colour: number): Wave[] {
  return halfPlane(1).map(({ kx, ky }) => ({ kx, ky, amplitude: sinc(kx * width) * sinc(ky * height), phase: 2 * Math.PI * kx * ((colour + 0.5) / 3) }));
}

/** Green in every pixel, red and blue in every other one, like a board of chess; all of them squares that stand on a corner. */
function pentileWaves({ open: [rare, green] }: Panel, colour: number): Wave[] {
  const side = colour === 1 ? green : rare;
  const [cx, cy] = colour === 0 ? [0, 0] : colour === 1 ? [0.5, 0.5] : [1, 0];
  const diamond = (kx: number, ky: number): number => sinc(((kx + ky) / Math.SQRT2) * side) * sinc(((kx - ky) / Math.SQRT2) * side);
  return halfPlane(colour === 1 ? 1 : 0.5)
    // A board of chess repeats along its diagonals: whole sums and whole differences of the two.
    .filter(({ kx, ky }) => Number.isInteger(kx + ky))
    .map(({ kx, ky }) => ({ kx, ky, amplitude: diamond(kx, ky), phase: 2 * Math.PI * (kx * cx + ky * cy) }));
}

/** One of each pair k and −k, without 0. */
function halfPlane(step: number): { kx: number; ky: number }[] {
  const all: { kx: number; ky: number }[] = [];
  for (let kx = 0; kx <= HARMONICS; kx += step) for (let ky = -HARMONICS; ky <= HARMONICS; ky += step) if (kx > 0 || ky > 0) all.push({ kx, ky });
  return all;
}
