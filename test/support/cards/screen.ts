/**
 * Photographs a display that shows an invented card: what a client sends who has no card at hand, only its picture.
 * The same phone, light, distances and leans as for a card on a table; no photo of a real display went into it.
 */
import sharp from 'sharp';

import { CARD_UNITS } from './card.ts';
import { GOOD } from './conditions.ts';
import { drawProjected, homography, mapPoint, rectangle } from './homography.ts';
import type { Homography, Point, Quad } from './homography.ts';
import { blurAround, expose } from './optics.ts';
import type { Blur, Picture } from './optics.ts';
import { planPanel } from './panel.ts';
import type { Panel, PanelName } from './panel.ts';
import { seededRandom } from './person.ts';
import { cardPixels, encode, shotOfSeed } from './photo.ts';
import type { CardToPhotograph } from './photo.ts';
import { drawScene } from './scenery.ts';
import { throughSensor } from './sensor.ts';
import type { Emitter } from './sensor.ts';
import type { Shot } from './shot.ts';
import type { TextBand } from './conditions.ts';

export type ScreenSettings = {
  readonly seed: number;
  readonly band?: TextBand;
  readonly panel?: PanelName;
  /** `false`: the same phone's sensor before a card on a table, for comparison (default true). */
  readonly display?: boolean;
  /** Fine straight lines printed over the card, this many units apart: print that a sensor may make colours of. */
  readonly finePrint?: number;
};

export type ScreenPhoto = {
  readonly jpeg: Buffer;
  readonly corners: Quad;
  readonly shot: Shot;
  readonly panel: Panel;
  /** Pixels of the sensor for one of the picture. */
  readonly reduced: number;
  /** Pixels of the sensor for one of the display. */
  readonly pitch: number;
  /** Median deviation, in levels of 0…255, of what the grid changed on the card before noise and JPEG. */
  readonly grid: number;
};

/** Pixels along a phone's sensor; half of the smaller pictures are made smaller from that, the rest read out at their size. */
const SENSOR = 4032;

export async function photographScreen(card: CardToPhotograph, settings: ScreenSettings): Promise<ScreenPhoto> {
  const { seed, display = true, finePrint = null } = settings;
  const random = seededRandom(Math.imul(seed, 52_711) ^ 0x5c4ee);
  const shot = shotOfSeed(card, { seed, band: settings.band ?? 'large' });
  const panel = planPanel(random, settings.panel);
  const { width, height, quad } = shot;
  const longer = Math.max(width, height);
  const reduced = random() < 0.5 && longer < 2500 && finePrint === null ? SENSOR / longer : 1;
  const around = margins(random);
  const picture = await drawScene(shot.scene, width, height, seed, display ? null : quad);
  const shown = await shownCard(card, { seed, panel, display, finePrint }, quad);
  if (display) await drawDisplay(picture, homography(rectangle(CARD_UNITS.width, CARD_UNITS.height), quad), around, shown, random);
  else drawProjected(picture, shown, quad);
  await blurAround(picture, quad, { radius: shot.lensRadius, length: shot.motionLength, towardsDeg: shot.motionTowardsDeg });
  // A pixel's own softness is the sensor's; what lies out of focus grows with the picture.
  const lens = GOOD.lensPx[0] + random() * (GOOD.lensPx[1] - GOOD.lensPx[0]) + Math.max(0, shot.lensRadius - GOOD.lensPx[1]) * reduced;
  const blur = { radius: lens, length: shot.motionLength * reduced, towardsDeg: shot.motionTowardsDeg };
  const grid = await sense(picture, quad, reduced, blur, display ? { panel, lit: litArea(panel, around) } : null);
  const { shadow, ...light } = shot.light;
  // A display throws its own light: nothing casts a shadow on it.
  expose(picture, { ...light, ...(display || shadow === undefined ? {} : { shadow }) }, shot.noise, seed);
  const [a, b] = quad;
  return { jpeg: await encode(picture, shot), corners: quad, shot, panel, reduced, pitch: (Math.hypot(b.x - a.x, b.y - a.y) * reduced) / panel.across, grid };
}

/** Pixels around the card that go through the sensor with it. */
const MARGIN = 16;

/**
 * Sends the card's part of the picture through a sensor `reduced` times as fine, in place.
 * @returns how much of a grid the card then shows, see {@link ScreenPhoto}.
 */
async function sense(picture: Picture, quad: Quad, reduced: number, blur: Blur, display: Pick<Emitter, 'panel' | 'lit'> | null): Promise<number> {
  const [xs, ys] = [quad.map((p) => p.x), quad.map((p) => p.y)];
  const left = Math.max(0, Math.floor(Math.min(...xs)) - MARGIN);
  const top = Math.max(0, Math.floor(Math.min(...ys)) - MARGIN);
  const [w, h] = [Math.min(picture.width, Math.ceil(Math.max(...xs)) + MARGIN) - left, Math.min(picture.height, Math.ceil(Math.max(...ys)) + MARGIN) - top];
  const part = await sized(cut(picture, left, top, w, h), Math.round(w * reduced), Math.round(h * reduced));
  const corners = quad.map((p) => ({ x: ((p.x - left) * part.width) / w, y: ((p.y - top) * part.height) / h })) as unknown as Quad;
  const emitter = display === null ? null : { ...display, toDisplay: displayMap(display.panel, corners) };
  const seen = await sized(throughSensor(part, emitter, blur), w, h);
  const plain = emitter === null ? seen : await sized(throughSensor(part, null, blur), w, h);
  for (let y = 0; y < h; y += 1) seen.data.copy(picture.data, ((top + y) * picture.width + left) * 3, y * w * 3, (y + 1) * w * 3);
  return medianChange(seen, plain, quad.map((p) => ({ x: p.x - left, y: p.y - top })) as unknown as Quad);
}

function cut(picture: Picture, left: number, top: number, width: number, height: number): Picture {
  const data = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y += 1) picture.data.copy(data, y * width * 3, ((top + y) * picture.width + left) * 3, ((top + y) * picture.width + left + width) * 3);
  return { data, width, height };
}

type Margins = { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number; readonly ground: readonly [number, number, number]; readonly bezel: number };

/** What the display shows around the card, in card units, and its dark frame. */
function margins(random: () => number): Margins {
  const wide = (): number => 20 + 500 * random() * random();
  const greys = [12, 32, 60, 128, 236, 250];
  const grey = greys[Math.floor(random() * greys.length)] as number;
  return { left: wide(), top: wide(), right: wide(), bottom: wide(), ground: [grey, grey, grey], bezel: 15 + 60 * random() };
}

/** The card as the display can show it: no finer than its pixels, enlarged to about the size at which it appears. */
async function shownCard(card: CardToPhotograph, { seed, panel, display, finePrint }: { seed: number; panel: Panel; display: boolean; finePrint: number | null }, [a, b]: Quad): Promise<{ data: Buffer; width: number; height: number }> {
  const appears = Math.hypot(b.x - a.x, b.y - a.y);
  const aspect = CARD_UNITS.height / CARD_UNITS.width;
  const drawn = await cardPixels(card, seed, Math.round((display ? Math.min(panel.across, 2600) : appears) * aspect));
  let image = sharp(drawn.data, { raw: { width: drawn.width, height: drawn.height, channels: 4 } });
  if (finePrint !== null) image = sharp(await image.composite([{ input: lines(drawn.width, drawn.height, finePrint) }]).png().toBuffer());
  const width = Math.round(appears * 1.1);
  const { data, info } = await image.ensureAlpha().resize(width, Math.round(width * aspect), { fit: 'fill', kernel: 'cubic' }).raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

function lines(width: number, height: number, units: number): Buffer {
  const { width: w, height: h } = CARD_UNITS;
  const all = Array.from({ length: Math.ceil(h / units) }, (_, i) => `<path d="M0 ${(i * units).toFixed(2)}H${w}" stroke="hsl(195,50%,60%)" stroke-width="${(units * 0.4).toFixed(2)}"/>`);
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${w} ${h}">${all.join('')}</svg>`);
}

async function drawDisplay(scene: Picture, cardUnits: Homography, m: Margins, shown: { data: Buffer; width: number; height: number }, random: () => number): Promise<void> {
  const { width: w, height: h } = CARD_UNITS;
  const at = (left: number, top: number, right: number, bottom: number): Quad =>
    [{ x: left, y: top }, { x: right, y: top }, { x: right, y: bottom }, { x: left, y: bottom }].map((p: Point) => mapPoint(cardUnits, p)) as unknown as Quad;
  const plain = (rgb: readonly number[]): { data: Buffer; width: number; height: number } => ({ data: Buffer.from(Array.from({ length: 64 }, () => [...rgb, 255]).flat()), width: 8, height: 8 });
  const dark = 10 + 20 * random();
  drawProjected(scene, plain([dark, dark, dark]), at(-m.left - m.bezel, -m.top - m.bezel, w + m.right + m.bezel, h + m.bottom + m.bezel));
  drawProjected(scene, plain(m.ground), at(-m.left, -m.top, w + m.right, h + m.bottom));
  drawProjected(scene, shown, at(0, 0, w, h));
}

/** Card units to pixels of the display: turned about the card's middle. */
function onDisplay({ across, turnDeg, offset }: Panel): (p: Point) => Point {
  const scale = across / CARD_UNITS.width;
  const [cos, sin] = [Math.cos((turnDeg * Math.PI) / 180) * scale, Math.sin((turnDeg * Math.PI) / 180) * scale];
  return ({ x, y }) => ({ x: cos * (x - CARD_UNITS.width / 2) - sin * (y - CARD_UNITS.height / 2) + offset[0], y: sin * (x - CARD_UNITS.width / 2) + cos * (y - CARD_UNITS.height / 2) + offset[1] });
}

const displayMap = (panel: Panel, corners: Quad): Homography =>
  homography(corners, rectangle(CARD_UNITS.width, CARD_UNITS.height).map(onDisplay(panel)) as unknown as Quad);

/** The upright box, on the display, around what it shows; a few degrees askew it reaches under the frame, where nothing shines. */
function litArea(panel: Panel, m: Margins): [number, number, number, number] {
  const { width: w, height: h } = CARD_UNITS;
  const all = [{ x: -m.left, y: -m.top }, { x: w + m.right, y: -m.top }, { x: w + m.right, y: h + m.bottom }, { x: -m.left, y: h + m.bottom }].map(onDisplay(panel));
  const [xs, ys] = [all.map((p) => p.x), all.map((p) => p.y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

async function sized(picture: Picture, width: number, height: number): Promise<Picture> {
  if (picture.width === width && picture.height === height) return picture;
  const { data, info } = await sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: 3 } }).resize(width, height, { fit: 'fill' }).raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** Within the card's inner half; what is evenly darker or brighter is no grid. */
function medianChange(one: Picture, other: Picture, corners: Quad): number {
  const map = homography(rectangle(1, 1), corners);
  const changes: number[] = [];
  for (let v = 0.25; v < 0.75; v += 0.0047) {
    for (let u = 0.25; u < 0.75; u += 0.0031) {
      const { x, y } = mapPoint(map, { x: u, y: v });
      const at = (Math.floor(y) * one.width + Math.floor(x)) * 3;
      for (let k = 0; k < 3; k += 1) changes.push((one.data[at + k] ?? 0) - (other.data[at + k] ?? 0));
    }
  }
  const even = median(changes);
  return median(changes.map((change) => Math.abs(change - even)));
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] as number;
