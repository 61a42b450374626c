/**
 * A colour sensor in front of a display: light by area of its pixels and lens, one colour a pixel (Bayer's mosaic), and
 * the other two guessed back. Moiré is what comes of it; none is painted.
 */
import { mapPoint } from './homography.ts';
import type { Homography, Point } from './homography.ts';
import type { Blur, Picture } from './optics.ts';
import { wavesOf } from './panel.ts';
import type { Panel, Wave } from './panel.ts';

/** A display in the picture. */
export type Emitter = {
  readonly panel: Panel;
  /** Pixels of the picture to pixels of the display. */
  readonly toDisplay: Homography;
  /** Its lit area, in pixels of the display: left, top, right, bottom. */
  readonly lit: readonly [number, number, number, number];
};

const GAMMA = 2.2;
const LINEAR = Float32Array.from({ length: 256 }, (_, level) => (level / 255) ** GAMMA);
/** A sensor is exposed so that paper does not burn out; a grid's bright lines may, at this many times full white. */
const SATURATION = 1.6;
const encodeTable = Uint8Array.from({ length: 4096 }, (_, i) => Math.round(255 * (i / 4095) ** (1 / GAMMA)));
const encoded = (value: number): number => encodeTable[value <= 0 ? 0 : value >= 1 ? 4095 : (value * 4095 + 0.5) | 0] as number;

const COSINE = Float32Array.from({ length: 8192 }, (_, i) => Math.cos((2 * Math.PI * i) / 8192));
/** Cosine of `turns` whole turns. No Math.floor: a global looked up for each wave of each pixel costs jest's sandbox more than all the rest. */
const cosTurns = (turns: number): number => COSINE[((turns * 8192) | 0) & 8191] as number;

/** Columns after which a wave's strength is computed anew; between, it is interpolated. */
const STRIDE = 64;
const FAINT = 0.002;

/** What the sensor makes of a scene whose lens blur was already drawn; without an emitter it looks at paper. */
export function throughSensor(picture: Picture, emitter: Emitter | null, blur: Blur): Picture {
  const raw = mosaic(picture, emitter, blur);
  return demosaic(raw, picture.width, picture.height);
}

/** Colour of a pixel of the sensor: red at even places of even rows, blue at odd ones of odd rows. */
const colourAt = (x: number, y: number): 0 | 1 | 2 => ((x & 1) === (y & 1) ? ((y & 1) === 0 ? 0 : 2) : 1);

function mosaic({ data, width, height }: Picture, emitter: Emitter | null, blur: Blur): Float32Array {
  const raw = new Float32Array(width * height);
  const waves = emitter === null ? null : wavesOf(emitter.panel).map((all) => strong(all, emitter, blur, width, height));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) raw[y * width + x] = LINEAR[data[(y * width + x) * 3 + colourAt(x, y)] as number] as number;
    if (emitter !== null && waves !== null) for (let x = 0; x < width; x += STRIDE) shine(raw, width, x, Math.min(width, x + STRIDE), y, emitter, waves, blur);
  }
  return raw;
}

/** Multiplies a stretch of a row with the panel's light. */
function shine(raw: Float32Array, width: number, from: number, to: number, y: number, { toDisplay, lit }: Emitter, waves: readonly Wave[][], blur: Blur): void {
  const [start, end] = [slopes(toDisplay, from + 0.5, y + 0.5), slopes(toDisplay, to + 0.5, y + 0.5)];
  const known: ({ a: number; step: number }[] | null)[] = [null, null, null];
  const strengths = (colour: number): { a: number; step: number }[] => known[colour] ??= (waves[colour] as Wave[]).map((wave) => {
    const a = 2 * left(wave, start, blur);
    return { a, step: (2 * left(wave, end, blur) - a) / (to - from) };
  });
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, i = 1] = toDisplay;
  for (let x = from; x < to; x += 1) {
    const w = 1 / (g * (x + 0.5) + h * (y + 0.5) + i);
    const u = (a * (x + 0.5) + b * (y + 0.5) + c) * w;
    const v = (d * (x + 0.5) + e * (y + 0.5) + f) * w;
    if (u < lit[0] || v < lit[1] || u > lit[2] || v > lit[3]) continue;
    const colour = colourAt(x, y);
    const all = waves[colour] as Wave[];
    const strong = strengths(colour);
    let light = 1;
    for (let k = 0; k < all.length; k += 1) {
      const wave = all[k] as Wave;
      const { a: at, step } = strong[k] as { a: number; step: number };
      light += (at + step * (x - from)) * cosTurns(wave.kx * u + wave.ky * v - wave.phase / (2 * Math.PI));
    }
    const lighted = (raw[y * width + x] as number) * (light > 0 ? light : 0);
    raw[y * width + x] = lighted > SATURATION ? SATURATION : lighted;
  }
}

type Slopes = { readonly ux: number; readonly uy: number; readonly vx: number; readonly vy: number };

/** How far one moves on the display for a pixel of the picture. */
function slopes(map: Homography, x: number, y: number): Slopes {
  const [l, r, t, b] = [mapPoint(map, { x: x - 0.5, y }), mapPoint(map, { x: x + 0.5, y }), mapPoint(map, { x, y: y - 0.5 }), mapPoint(map, { x, y: y + 0.5 })];
  return { ux: r.x - l.x, uy: b.x - t.x, vx: r.y - l.y, vy: b.y - t.y };
}

const sinc = (x: number): number => (Math.abs(x) < 1e-9 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** What lens (a Gaussian of half the disc's radius), movement and the area of the sensor's pixel leave of a wave. */
function left({ kx, ky, amplitude }: Wave, { ux, uy, vx, vy }: Slopes, { radius, length, towardsDeg }: Blur): number {
  const [fx, fy] = [kx * ux + ky * vx, kx * uy + ky * vy];
  const lens = Math.exp(-2 * Math.PI ** 2 * (radius / 2) ** 2 * (fx * fx + fy * fy));
  const along = fx * Math.cos((towardsDeg * Math.PI) / 180) + fy * Math.sin((towardsDeg * Math.PI) / 180);
  return amplitude * lens * sinc(fx) * sinc(fy) * (length >= 1.2 ? sinc(along * length) : 1);
}

function strong(waves: readonly Wave[], { toDisplay }: Emitter, blur: Blur, width: number, height: number): Wave[] {
  const places: Point[] = [0.1, 0.3, 0.5, 0.7, 0.9].flatMap((y) => [0.1, 0.3, 0.5, 0.7, 0.9].map((x) => ({ x: x * width, y: y * height })));
  const here = places.map(({ x, y }) => slopes(toDisplay, x, y));
  return waves.filter((wave) => here.some((at) => Math.abs(left(wave, at, blur)) > FAINT));
}

/** Linear, with the gradient of the colour that is known (Malvar, He and Cutler 2004). */
function demosaic(raw: Float32Array, width: number, height: number): Picture {
  const out = Buffer.alloc(width * height * 3);
  const columns = Int32Array.from({ length: width + 4 }, (_, i) => mirrored(i - 2, width));
  for (let y = 0; y < height; y += 1) {
    const [r0, r1, r2, r3, r4] = [-2, -1, 0, 1, 2].map((dy) => mirrored(y + dy, height) * width) as [number, number, number, number, number];
    const redRow = (y & 1) === 0;
    for (let x = 0, at = y * width * 3; x < width; x += 1, at += 3) {
      const c0 = columns[x] as number;
      const c1 = columns[x + 1] as number;
      const c3 = columns[x + 3] as number;
      const c4 = columns[x + 4] as number;
      const own = raw[r2 + x] as number;
      const upright = (raw[r1 + x] as number) + (raw[r3 + x] as number);
      const beside = (raw[r2 + c1] as number) + (raw[r2 + c3] as number);
      const farUp = (raw[r0 + x] as number) + (raw[r4 + x] as number);
      const farBeside = (raw[r2 + c0] as number) + (raw[r2 + c4] as number);
      const corners = (raw[r1 + c1] as number) + (raw[r1 + c3] as number) + (raw[r3 + c1] as number) + (raw[r3 + c3] as number);
      if ((x & 1) !== (y & 1)) {
        const ofRow = encoded((5 * own + 4 * beside - corners - farBeside + farUp / 2) / 8);
        const ofColumn = encoded((5 * own + 4 * upright - corners - farUp + farBeside / 2) / 8);
        out[at] = redRow ? ofRow : ofColumn;
        out[at + 1] = encoded(own);
        out[at + 2] = redRow ? ofColumn : ofRow;
      } else {
        const other = encoded((6 * own + 2 * corners - 1.5 * (farUp + farBeside)) / 8);
        out[at] = redRow ? encoded(own) : other;
        out[at + 1] = encoded((4 * own + 2 * (upright + beside) - farUp - farBeside) / 8);
        out[at + 2] = redRow ? other : encoded(own);
      }
    }
  }
  return { data: out, width, height };
}

/** Mirrored at the edge's pixel, so that a place keeps its colour. */
const mirrored = (i: number, size: number): number => (i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i);
