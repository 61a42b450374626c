/** What lens, light and sensor do to a scene: raw RGB in, raw RGB out, every random draw from the caller's stream. */
import sharp from 'sharp';
import type { Sharp } from 'sharp';

import type { Point, Quad } from './homography.ts';

export type Picture = { data: Buffer; width: number; height: number };

/** Shares of the picture's size; `edge` is the width of the half-shadow as a share of the longer side. */
export type Light = {
  /** Overall exposure; 1 leaves the scene as drawn. */
  exposure: number;
  /** Light scattered in the lens: added to everything, 0…255. */
  veil: number;
  /** Share by which the corners are darker. */
  vignette: number;
  /** Red and blue gain beside green. */
  warmth: number;
  /** Brightness falls by `depth` across the picture in that direction. */
  gradient: { depth: number; towardsDeg: number };
  shadow?: { depth: number; at: Point; towardsDeg: number; edge: number };
  /** Reflections: added light, elliptic, `power` 255 blows the core out. */
  spots: readonly { at: Point; rx: number; ry: number; turnDeg: number; power: number; edge: number }[];
};

/** Cells across the light map: shadows and spots are smooth at this size. */
const CELLS = 160;

type LightMap = { gain: Float32Array; add: Float32Array; columns: number; rows: number };

function lightMap(light: Light, width: number, height: number): LightMap {
  const longer = Math.max(width, height);
  const columns = Math.max(2, Math.round((CELLS * width) / longer));
  const rows = Math.max(2, Math.round((CELLS * height) / longer));
  const gain = new Float32Array(columns * rows);
  const add = new Float32Array(columns * rows);
  const unit = (deg: number): Point => ({ x: Math.cos((deg * Math.PI) / 180), y: Math.sin((deg * Math.PI) / 180) });
  const [fall, shade] = [unit(light.gradient.towardsDeg), unit(light.shadow?.towardsDeg ?? 0)];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      // In units of the longer side, so that circles stay round.
      const x = (column / (columns - 1)) * (width / longer);
      const y = (row / (rows - 1)) * (height / longer);
      const [dx, dy] = [x - width / longer / 2, y - height / longer / 2];
      let g = light.exposure * (1 - light.vignette * (dx * dx + dy * dy) * 2) * (1 - light.gradient.depth * (0.5 + dx * fall.x + dy * fall.y));
      if (light.shadow !== undefined) {
        const { at, depth, edge } = light.shadow;
        const across = (x - (at.x * width) / longer) * shade.x + (y - (at.y * height) / longer) * shade.y;
        g *= 1 - depth * smooth(across / edge + 0.5);
      }
      let a = light.veil;
      for (const spot of light.spots) a += spot.power * spotAt(spot, x - (spot.at.x * width) / longer, y - (spot.at.y * height) / longer);
      gain[row * columns + column] = g;
      add[row * columns + column] = a;
    }
  }
  return { gain, add, columns, rows };
}

const smooth = (t: number): number => (t <= 0 ? 0 : t >= 1 ? 1 : t * t * (3 - 2 * t));

function spotAt(spot: Light['spots'][number], dx: number, dy: number): number {
  const turn = (spot.turnDeg * Math.PI) / 180;
  const [u, v] = [(dx * Math.cos(turn) + dy * Math.sin(turn)) / spot.rx, (dy * Math.cos(turn) - dx * Math.sin(turn)) / spot.ry];
  return 1 - smooth((Math.hypot(u, v) - 1) / spot.edge + 0.5);
}

/** A table of normal deviates, so that a pixel costs one look-up. */
const NORMAL = (() => {
  const table = new Float32Array(65_536);
  let state = 0x2545f491;
  const next = (): number => { state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; return (state + 1) / 4_294_967_297; };
  for (let i = 0; i < table.length; i += 1) table[i] = Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
  return table;
})();

/**
 * Lights the scene and adds the sensor's noise, in place. `noise` is the standard deviation at mid grey in levels of
 * 0…255: most of it in brightness, the rest in each colour, growing with the square root of the light.
 */
export function expose(picture: Picture, light: Light, noise: number, seed: number): void {
  const { data, width, height } = picture;
  const { gain, add, columns, rows } = lightMap(light, width, height);
  const red = light.warmth;
  const blue = 1 / light.warmth;
  const grain = new Float32Array(256);
  for (let level = 0; level < 256; level += 1) grain[level] = noise * (0.45 + 0.55 * Math.sqrt(level / 128));
  const gains = new Float32Array(columns + 1);
  const adds = new Float32Array(columns + 1);
  const perPixel = (columns - 1) / width;
  let state = (seed >>> 0) || 1;
  for (let y = 0; y < height; y += 1) {
    const gy = (y * (rows - 1)) / height;
    const row = Math.floor(gy) * columns;
    const fy = gy - Math.floor(gy);
    for (let i = 0; i < columns; i += 1) {
      gains[i] = (gain[row + i] as number) * (1 - fy) + (gain[row + columns + i] as number) * fy;
      adds[i] = (add[row + i] as number) * (1 - fy) + (add[row + columns + i] as number) * fy;
    }
    // Each row reads the table of deviates from places of its own.
    state ^= state << 13; state ^= state >>> 17; state ^= state << 5;
    const start = state & 0xffff;
    const startColour = (state >>> 12) & 0xffff;
    for (let x = 0, at = y * width * 3; x < width; x += 1, at += 3) {
      const gx = x * perPixel;
      const cell = gx | 0;
      const fx = gx - cell;
      const g = (gains[cell] as number) * (1 - fx) + (gains[cell + 1] as number) * fx;
      const a = (adds[cell] as number) * (1 - fx) + (adds[cell + 1] as number) * fx;
      const common = (NORMAL[(start + x) & 0xffff] as number) * 0.8;
      const own = startColour + 3 * x;
      const r = atMost255((data[at] as number) * g * red + a);
      const m = atMost255((data[at + 1] as number) * g + a);
      const b = atMost255((data[at + 2] as number) * g * blue + a);
      data[at] = clamped(r + (grain[r | 0] as number) * (common + 0.45 * (NORMAL[own & 0xffff] as number)));
      data[at + 1] = clamped(m + (grain[m | 0] as number) * (common + 0.45 * (NORMAL[(own + 1) & 0xffff] as number)));
      data[at + 2] = clamped(b + (grain[b | 0] as number) * (common + 0.45 * (NORMAL[(own + 2) & 0xffff] as number)));
    }
  }
}

// Not Math.min: a global looked up for each pixel costs jest's sandbox fifty times the arithmetic.
const atMost255 = (value: number): number => (value > 255 ? 255 : value);
const clamped = (value: number): number => (value > 254.5 ? 255 : value < 0 ? 0 : value + 0.5);

export type Blur = {
  /** Radius in pixels of the disc that a point becomes when out of focus. */
  readonly radius: number;
  /** Length in pixels and direction of a movement while the shutter was open. */
  readonly length: number;
  readonly towardsDeg: number;
};

/** Up to this radius a disc and a Gaussian of the same spread cannot be told apart, and the Gaussian is faster. */
const SMALL_DISC = 2.5;
/** Larger kernels run on a smaller copy: what they remove is not there to be lost. */
const LARGEST_REACH = 4;

/**
 * The same where the card lies only, with a margin, in place: the table around is drawn soft already, and half the
 * time is saved. For small blurs; a large one has to soften the whole picture.
 */
export async function blurAround(picture: Picture, quad: Quad, blur: Blur): Promise<void> {
  const margin = Math.ceil(blur.radius + blur.length) + 6;
  const left = Math.max(0, Math.floor(Math.min(...quad.map((p) => p.x))) - margin);
  const top = Math.max(0, Math.floor(Math.min(...quad.map((p) => p.y))) - margin);
  const width = Math.min(picture.width, Math.ceil(Math.max(...quad.map((p) => p.x))) + margin) - left;
  const height = Math.min(picture.height, Math.ceil(Math.max(...quad.map((p) => p.y))) + margin) - top;
  if (width < 8 || height < 8) return;
  const area = Buffer.alloc(width * height * 3);
  const rows = (move: (at: number, y: number) => void): void => { for (let y = 0; y < height; y += 1) move(((top + y) * picture.width + left) * 3, y); };
  rows((at, y) => void picture.data.copy(area, y * width * 3, at, at + width * 3));
  const soft = await blurred({ data: area, width, height }, blur);
  rows((at, y) => void soft.data.copy(picture.data, at, y * width * 3, (y + 1) * width * 3));
}

/** Lens and hand: defocus and movement. */
export async function blurred(picture: Picture, { radius, length, towardsDeg }: Blur): Promise<Picture> {
  const { width, height } = picture;
  const disc = radius > SMALL_DISC;
  const shrink = Math.max(1, (disc ? radius : 0) / LARGEST_REACH, length / 2 / LARGEST_REACH);
  let soft = picture;
  if (shrink > 1) soft = await apply(soft, (image) => image.resize(Math.round(width / shrink), Math.round(height / shrink), { fit: 'fill' }));
  if (disc) soft = convolved(soft, discTaps(radius / shrink));
  else if (radius / 2 / shrink >= 0.3) soft = await apply(soft, (image) => image.blur({ sigma: radius / 2 / shrink }));
  if (length / shrink >= 1.2) soft = convolved(soft, lineTaps(length / shrink, towardsDeg));
  return shrink > 1 ? await apply(soft, (image) => image.resize(width, height, { fit: 'fill', kernel: 'cubic' })) : soft;
}

async function apply(picture: Picture, change: (image: Sharp) => Sharp): Promise<Picture> {
  const { data, info } = await change(sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: 3 } })).raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

type Tap = { readonly dx: number; readonly dy: number; readonly weight: number };

const discTaps = (radius: number): Tap[] => taps(radius, (dx, dy) => Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(dx, dy))));

function lineTaps(length: number, towardsDeg: number): Tap[] {
  const [ux, uy] = [Math.cos((towardsDeg * Math.PI) / 180), Math.sin((towardsDeg * Math.PI) / 180)];
  return taps(length / 2, (dx, dy) => Math.max(0, 1 - Math.abs(dy * ux - dx * uy)) * Math.min(1, Math.max(0, length / 2 + 0.5 - Math.abs(dx * ux + dy * uy))));
}

function taps(reach: number, weight: (dx: number, dy: number) => number): Tap[] {
  const r = Math.ceil(reach);
  const size = 2 * r + 1;
  const all = Array.from({ length: size * size }, (_, i) => ({ dx: (i % size) - r, dy: Math.floor(i / size) - r })).map((at) => ({ ...at, weight: weight(at.dx, at.dy) }));
  const sum = all.reduce((total, tap) => total + tap.weight, 0);
  return all.filter((tap) => tap.weight > 0).map((tap) => ({ ...tap, weight: tap.weight / sum }));
}

/** Few taps on large pictures: quicker than sharp's convolution, which counts in floating point over the whole square. */
function convolved({ data, width, height }: Picture, kernel: readonly Tap[]): Picture {
  const out = Buffer.alloc(data.length);
  const stride = width * 3;
  const reach = Math.max(...kernel.map((tap) => Math.abs(tap.dx))) * 3;
  const sum = new Float32Array(stride);
  for (let y = 0; y < height; y += 1) {
    sum.fill(0.5);
    for (const { dx, dy, weight } of kernel) {
      const from = Math.max(0, Math.min(height - 1, y + dy)) * stride + 3 * dx;
      for (let i = reach; i < stride - reach; i += 1) sum[i] = (sum[i] as number) + weight * (data[from + i] as number);
    }
    const row = y * stride;
    for (let i = reach; i < stride - reach; i += 1) out[row + i] = sum[i] as number;
    // The outermost columns repeat the nearest whole one.
    for (let i = reach - 1; i >= 0; i -= 1) out[row + i] = out[row + i + 3] as number;
    for (let i = stride - reach; i < stride; i += 1) out[row + i] = out[row + i - 3] as number;
  }
  return { data: out, width, height };
}
