/** What a card lies on, and what else gets into the picture. Drawn small and enlarged: nobody focuses on the table. */
import sharp from 'sharp';
import type { Sharp } from 'sharp';

import type { Point, Quad } from './homography.ts';
import type { Picture } from './optics.ts';
import { seededRandom } from './person.ts';

export const SCENES = ['wood', 'cloth', 'printedPaper', 'hand', 'keyboard', 'whiteTable', 'cardColour', 'darkDesk', 'stone'] as const;
export type SceneName = (typeof SCENES)[number];

/** Pixels across at which scenery is drawn. */
const DRAWN_WIDTH = 900;

type Random = () => number;
const between = (random: Random, low: number, high: number): number => low + random() * (high - low);

/**
 * A table of the given kind, `width` × `height`, the same for the same seed; where a card is to lie, with the soft dark
 * rim that a card of some thickness leaves.
 */
export async function drawScene(name: SceneName, width: number, height: number, seed: number, card: Quad | null): Promise<Picture> {
  const random = seededRandom(seed ^ 0x5ce4e);
  const scale = Math.min(1, DRAWN_WIDTH / Math.max(width, height));
  const [w, h] = [Math.max(8, Math.round(width * scale)), Math.max(8, Math.round(height * scale))];
  let small = await DRAW[name](w, h, random);
  if (card !== null) small = await shaded(small, card.map((p) => ({ x: p.x * scale, y: p.y * scale })), w, h, random);
  const { data, info } = await small.removeAlpha().toColourspace('srgb').resize(width, height, { fit: 'fill', kernel: 'linear' }).raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

async function shaded(table: Sharp, corners: readonly Point[], w: number, h: number, random: Random): Promise<Sharp> {
  const size = Math.max(w, h);
  const [dx, dy] = [between(random, -0.008, 0.008) * size, between(random, -0.002, 0.012) * size];
  const points = corners.map((p) => `${(p.x + dx).toFixed(1)},${(p.y + dy).toFixed(1)}`).join(' ');
  const rim = await svg(w, h, `<rect width="${w}" height="${h}" fill="#fff"/><polygon points="${points}" fill="${css(hsl(0, 0, between(random, 0.35, 0.75)))}"/>`)
    .removeAlpha().blur({ sigma: between(random, 1.5, 7), precision: 'approximate' }).raw().toBuffer();
  const base = await table.removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return sharp(base.data, { raw: { width: base.info.width, height: base.info.height, channels: 3 } })
    .composite([{ input: rim, raw: { width: w, height: h, channels: 3 }, blend: 'multiply' }]).raw().toBuffer({ resolveWithObject: true })
    .then(({ data, info }) => sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } }));
}

const DRAW: Record<SceneName, (w: number, h: number, random: Random) => Promise<Sharp> | Sharp> = {
  wood: (w, h, random) => grained(w, h, random, hsl(between(random, 18, 36), between(random, 0.25, 0.55), between(random, 0.25, 0.6)), [between(random, 3, 8), between(random, 60, 160)], 26),
  stone: (w, h, random) => grained(w, h, random, hsl(between(random, 0, 360), 0.06, between(random, 0.35, 0.75)), [90, 70], 22),
  darkDesk: (w, h, random) => grained(w, h, random, hsl(between(random, 0, 360), 0.1, between(random, 0.08, 0.2)), [14, 10], 8),
  whiteTable: (w, h, random) => grained(w, h, random, hsl(between(random, 30, 220), 0.06, between(random, 0.86, 0.95)), [5, 4], 5),
  cardColour: (w, h, random) => grained(w, h, random, hsl(between(random, 170, 220), 0.14, between(random, 0.82, 0.9)), [6, 5], 6),
  cloth: (w, h, random) => woven(w, h, random),
  printedPaper: (w, h, random) => svg(w, h, printed(w, h, random)),
  keyboard: (w, h, random) => svg(w, h, keys(w, h, random)),
  hand: async (w, h, random) => {
    const table = await grained(w, h, random, hsl(between(random, 0, 360), 0.2, between(random, 0.2, 0.7)), [6, 5], 10).png({ compressionLevel: 0 }).toBuffer();
    return sharp(table).composite([{ input: Buffer.from(wrap(w, h, palm(w, h, random))) }]).png({ compressionLevel: 0 }).toBuffer().then((data) => sharp(data));
  },
};

type Colour = readonly [number, number, number];

function hsl(hue: number, saturation: number, lightness: number): Colour {
  const f = (n: number): number => {
    const k = (n + hue / 30) % 12;
    return 255 * (lightness - saturation * Math.min(lightness, 1 - lightness) * Math.max(-1, Math.min(k - 3, 9 - k, 1)));
  };
  return [f(0), f(8), f(4)];
}

const css = ([r, g, b]: Colour): string => `rgb(${Math.round(r)},${Math.round(g)},${Math.round(b)})`;
const wrap = (w: number, h: number, inner: string): string => `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">${inner}</svg>`;
const svg = (w: number, h: number, inner: string): Sharp => sharp(Buffer.from(wrap(w, h, inner)));

/** A colour with blotches stretched to grain: few cells along it, many across. */
function grained(w: number, h: number, random: Random, colour: Colour, cells: readonly [number, number], depth: number): Sharp {
  const [columns, rows] = [Math.max(2, Math.round(cells[0])), Math.max(2, Math.round(cells[1]))];
  const data = Buffer.alloc(columns * rows * 3);
  for (let i = 0; i < columns * rows; i += 1) {
    const shade = (random() + random() - 1) * depth;
    for (let k = 0; k < 3; k += 1) data[3 * i + k] = Math.max(0, Math.min(255, (colour[k] as number) + shade));
  }
  const turned = random() < 0.5 && columns !== rows;
  return sharp(data, { raw: { width: columns, height: rows, channels: 3 } }).rotate(turned ? 90 : 0).resize(w, h, { fit: 'fill', kernel: 'cubic' });
}

function woven(w: number, h: number, random: Random): Sharp {
  const [one, two] = [hsl(between(random, 0, 360), between(random, 0.1, 0.6), between(random, 0.25, 0.75)), hsl(between(random, 0, 360), between(random, 0.1, 0.5), between(random, 0.3, 0.85))];
  const stripe = between(random, 30, 120);
  const thread = between(random, 2.5, 5);
  const data = Buffer.alloc(w * h * 3);
  const waveOf = (count: number): number[] => Array.from({ length: count }, (_, i) => Math.sin((i * 2 * Math.PI) / thread));
  const [across, down] = [waveOf(w), waveOf(h)];
  for (let y = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1) {
      const checked = (((x / stripe) | 0) + ((y / stripe) | 0)) % 2 === 0 ? one : two;
      const weave = 10 * (across[x] as number) * (down[y] as number) + (random() - 0.5) * 14;
      for (let k = 0; k < 3; k += 1) {
        const level = (checked[k] as number) + weave;
        data[(y * w + x) * 3 + k] = level < 0 ? 0 : level > 255 ? 255 : level;
      }
    }
  }
  return sharp(data, { raw: { width: w, height: h, channels: 3 } });
}

const WORDS = '本协议由双方于签署之日起生效 任何一方不得擅自变更 服务费用按月结算 请在空白处填写姓名与联系电话 TERMS AND CONDITIONS apply to all users 第三条 保密义务 2023年度工作总结 会议纪要 客户资料'.split(' ');

function printed(w: number, h: number, random: Random): string {
  const size = between(random, 10, 22);
  const tilt = between(random, -20, 20);
  let lines = `<rect width="${w}" height="${h}" fill="${css(hsl(45, 0.15, between(random, 0.84, 0.95)))}"/><g transform="rotate(${tilt} ${w / 2} ${h / 2})" fill="#333" font-size="${size}" font-family="'Noto Serif CJK SC'">`;
  for (let y = -h * 0.3; y < h * 1.3; y += size * between(random, 1.5, 1.9)) {
    const text = Array.from({ length: 6 }, () => WORDS[Math.floor(random() * WORDS.length)]).join('　');
    lines += `<text x="${-w * 0.2 + random() * 60}" y="${y}">${text}</text>`;
  }
  return `${lines}</g>`;
}

function keys(w: number, h: number, random: Random): string {
  const dark = random() < 0.6;
  const size = between(random, 50, 95);
  const [body, key, letter] = dark ? ['#1b1c1f', '#2b2d31', '#c9ccd2'] : ['#b9bcc1', '#eceef0', '#50545a'];
  let out = `<rect width="${w}" height="${h}" fill="${body}"/><g transform="rotate(${between(random, -12, 12)} ${w / 2} ${h / 2})" font-family="'Noto Sans CJK SC'" font-size="${size * 0.3}" fill="${letter}">`;
  for (let row = -3; row * size < h + 3 * size; row += 1) {
    for (let column = -3; column * size < w + 3 * size; column += 1) {
      const [x, y] = [column * size + (row % 3) * size * 0.3, row * size];
      out += `<rect x="${x}" y="${y}" width="${size * 0.88}" height="${size * 0.88}" rx="${size * 0.1}" fill="${key}"/><text x="${x + size * 0.2}" y="${y + size * 0.4}">${String.fromCharCode(65 + ((row * 7 + column * 3 + 260) % 26))}</text>`;
    }
  }
  return `${out}</g>`;
}

const skin = (random: Random): Colour => hsl(between(random, 16, 28), between(random, 0.3, 0.55), between(random, 0.5, 0.76));

/** An open hand under the card: a palm and four fingers. */
function palm(w: number, h: number, random: Random): string {
  const colour = skin(random);
  const dark = css(colour.map((c) => c * 0.82) as unknown as Colour);
  const [cx, cy, unit] = [w * between(random, 0.4, 0.6), h * between(random, 0.5, 0.7), Math.max(w, h) * between(random, 0.3, 0.42)];
  const fingers = [-0.6, -0.2, 0.2, 0.6].map((x) => `<rect x="${cx + x * unit - unit * 0.17}" y="${cy - unit * 1.25}" width="${unit * 0.34}" height="${unit * 1.5}" rx="${unit * 0.17}" fill="${css(colour)}" stroke="${dark}" stroke-width="${unit * 0.02}"/>`);
  return `<g transform="rotate(${between(random, -70, 70)} ${cx} ${cy})">${fingers.join('')}<ellipse cx="${cx}" cy="${cy + unit * 0.35}" rx="${unit * 0.85}" ry="${unit * 0.8}" fill="${css(colour)}"/>
    <path d="M${cx - unit * 0.5} ${cy + unit * 0.2} q${unit * 0.5} ${unit * 0.3} ${unit} 0" fill="none" stroke="${dark}" stroke-width="${unit * 0.025}"/></g>`;
}

/** Width of a finger as a share of the length that is drawn: the rest of it leaves the picture. */
const FINGER_WIDTH = 0.2;

/** A finger as RGBA, `px` long, pointing up; to be laid over an edge. */
export async function fingertip(px: number, random: Random): Promise<{ data: Buffer; width: number; height: number }> {
  const colour = skin(random);
  const [light, dark] = [css(colour.map((c) => Math.min(255, c * 1.12)) as unknown as Colour), css(colour.map((c) => c * 0.72) as unknown as Colour)];
  const h = Math.max(25, Math.round(px));
  const w = Math.round(h * FINGER_WIDTH);
  const drawing = `<defs><linearGradient id="g"><stop offset="0" stop-color="${dark}"/><stop offset="0.45" stop-color="${light}"/><stop offset="1" stop-color="${dark}"/></linearGradient></defs>
    <rect x="0" y="0" width="${w}" height="${h * 2}" rx="${w * 0.5}" fill="url(#g)"/><rect x="${w * 0.22}" y="${w * 0.12}" width="${w * 0.56}" height="${w * 0.6}" rx="${w * 0.24}" fill="${light}" stroke="${dark}" stroke-width="${w * 0.02}"/>`;
  const { data, info } = await svg(w, h, drawing).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** Corners of an upright strip as long and wide as a finger whose tip is at `tip`, pointing along `towards` (unit vector). */
export function stripAt(tip: Point, towards: Point, length: number): Quad {
  const half = (length * FINGER_WIDTH) / 2;
  const side = { x: -towards.y * half, y: towards.x * half };
  const foot = { x: tip.x - towards.x * length, y: tip.y - towards.y * length };
  return [
    { x: tip.x - side.x, y: tip.y - side.y }, { x: tip.x + side.x, y: tip.y + side.y },
    { x: foot.x + side.x, y: foot.y + side.y }, { x: foot.x - side.x, y: foot.y - side.y },
  ];
}
