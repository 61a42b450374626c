/** What the fake cameras see. A scene is drawn once into layers; a frame only shifts them, so that rendering is fast. */
import sharp from 'sharp';
import type { OverlayOptions, Sharp } from 'sharp';

export const WIDTH = 1280;
export const HEIGHT = 720;
/** Width of the card in the picture: text well readable, and no edge ever leaves the frame. */
const CARD_WIDTH = 960;
const MARGIN = 40;
/** Keeps the top of the head under the band of the frame number. */
const HEADROOM = 84;

export type Scene = (seconds: number) => {
  /** Raw RGB larger than the frame, and where the frame is cut out of it. */
  readonly base: { readonly data: Buffer; readonly width: number; readonly height: number; readonly left: number; readonly top: number };
  readonly overlays: readonly OverlayOptions[];
};

/** A hand's unrest: slow drift and faster trembling, in −1…1. */
const sway = (seconds: number, phase: number): number =>
  0.7 * Math.sin(2 * Math.PI * 0.45 * seconds + phase) + 0.3 * Math.sin(2 * Math.PI * 2.3 * seconds + 2 * phase);

type Layer = { readonly data: Buffer; readonly width: number; readonly height: number };

async function rawLayer(picture: Sharp): Promise<Layer> {
  const { data, info } = await picture.removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

const moved = (layer: Layer, dx: number, dy: number) => ({ ...layer, left: MARGIN + Math.round(dx), top: MARGIN + Math.round(dy) });

/** The room: the portrait itself, stretched and strongly blurred, so that colours fit. */
const room = (portrait: Buffer, light: number): Sharp =>
  sharp(portrait).resize(WIDTH + 2 * MARGIN, HEIGHT + 2 * MARGIN, { fit: 'fill' }).blur(38).linear(light, 8);

/** The client's face, frontal and moving a little. */
export async function faceScene(portrait: Buffer): Promise<Scene> {
  const height = HEIGHT + 2 * MARGIN - HEADROOM;
  const figure = await sharp(portrait).resize({ height }).toBuffer();
  const { width = 0 } = await sharp(figure).metadata();
  // Soft borders, as if the person sat in that room.
  const mask = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs><linearGradient id="f"><stop offset="0" stop-opacity="0"/><stop offset="0.12"/><stop offset="0.88"/><stop offset="1" stop-opacity="0"/></linearGradient></defs><rect width="100%" height="100%" fill="url(#f)"/></svg>`);
  const soft = await sharp(figure).ensureAlpha().composite([{ input: mask, blend: 'dest-in' }]).png().toBuffer();
  const scenery = await room(portrait, 0.95).png({ compressionLevel: 1 }).toBuffer();
  const layer = await rawLayer(sharp(scenery).composite([{ input: soft, left: Math.round((WIDTH + 2 * MARGIN - width) / 2), top: HEADROOM }]));
  return (seconds) => ({ base: moved(layer, 10 * sway(seconds, 0.4), 7 * sway(seconds, 1.9)), overlays: [] });
}

/** One side of the card held to the camera between two thumbs: tilted up to ±2° and shaking. */
export async function cardScene(card: Buffer, portrait: Buffer): Promise<Scene> {
  const background = await rawLayer(room(portrait, 0.42));
  const height = Math.round((CARD_WIDTH * 54) / 85.6);
  const thumb = (x: number): string => `<ellipse cx="${x}" cy="${height * 0.62}" rx="40" ry="30" fill="#d9a98a"/><ellipse cx="${x}" cy="${height * 0.62}" rx="24" ry="14" fill="#e6bda2"/>`;
  const hands = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${CARD_WIDTH + 60}" height="${height}">${thumb(12)}${thumb(CARD_WIDTH + 48)}</svg>`);
  const flat = await sharp(card).resize(CARD_WIDTH, height, { fit: 'fill' }).png().toBuffer();
  const held = await sharp({ create: { width: CARD_WIDTH + 60, height, channels: 4, background: '#00000000' } })
    .composite([{ input: flat, left: 30, top: 0 }, { input: hands, left: 0, top: 0 }]).png().toBuffer();
  const steps = 16;
  const tilted = await Promise.all(Array.from({ length: 2 * steps + 1 }, async (_, i) => {
    const { data, info } = await sharp(held).rotate((2 * (i - steps)) / steps, { background: '#00000000' }).raw().toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height };
  }));
  return (seconds) => {
    const tilt = sway(seconds * 0.6, 0.9);
    const layer = tilted[Math.round((tilt + 1) * steps)] as Layer;
    return {
      base: moved(background, 6 * sway(seconds, 2.2), 4 * sway(seconds, 0.7)),
      overlays: [{
        input: layer.data,
        raw: { width: layer.width, height: layer.height, channels: 4 },
        left: Math.round((WIDTH - layer.width) / 2 + 9 * sway(seconds, 0.2)),
        top: Math.round((HEIGHT + 40 - layer.height) / 2 + 6 * sway(seconds, 1.3)),
      }],
    };
  };
}

/** The witness agent at the desk; only a drawing. */
export async function agentScene(): Promise<Scene> {
  const w = WIDTH + 2 * MARGIN;
  const h = HEIGHT + 2 * MARGIN;
  const backdrop = `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}"><defs><linearGradient id="b" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#1f4f8f"/><stop offset="1" stop-color="#14335f"/></linearGradient></defs>
    <rect width="${w}" height="${h}" fill="url(#b)"/><rect x="66" y="96" width="${w - 132}" height="${h - 150}" fill="none" stroke="#c9d8ee" stroke-width="4"/>
    <circle cx="190" cy="210" r="44" fill="none" stroke="#f2c14e" stroke-width="9"/><path d="M165 212l18 20 34-42" fill="none" stroke="#f2c14e" stroke-width="9"/>
    <text x="262" y="234" font-family="'Noto Sans CJK SC'" font-size="66" font-weight="700" fill="#fff" letter-spacing="14">视频见证</text>
    <text x="${w - 130}" y="232" text-anchor="end" font-family="'Noto Sans CJK SC'" font-size="34" fill="#c9d8ee">测试样本</text></svg>`;
  const person = `<svg xmlns="http://www.w3.org/2000/svg" width="620" height="560" viewBox="0 0 620 560">
    <path d="M20 560q10-190 200-214h180q190 24 200 214z" fill="#26303f"/><path d="M232 346l78 120 78-120z" fill="#f4f6f8"/><path d="M296 400h28l12 110-26 30-26-30z" fill="#9a2f2f"/>
    <rect x="262" y="258" width="96" height="104" rx="30" fill="#dcae8c"/><ellipse cx="310" cy="176" rx="106" ry="134" fill="#e8c2a2"/>
    <path d="M200 168q0-150 110-150t110 150q-20-78-110-80-90 2-110 80z" fill="#241d1a"/>
    <ellipse cx="270" cy="172" rx="12" ry="9" fill="#fff"/><ellipse cx="350" cy="172" rx="12" ry="9" fill="#fff"/><circle cx="270" cy="172" r="7" fill="#231a16"/><circle cx="350" cy="172" r="7" fill="#231a16"/>
    <path d="M248 148q22-14 44 0M328 148q22-14 44 0" fill="none" stroke="#241d1a" stroke-width="7"/><path d="M310 178l-10 44h20" fill="none" stroke="#c9987a" stroke-width="5"/><path d="M276 252q34 24 68 0" fill="none" stroke="#a5524b" stroke-width="8"/></svg>`;
  const layer = await rawLayer(sharp(Buffer.from(backdrop)));
  const { data, info } = await sharp(Buffer.from(person)).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return (seconds) => {
    const top = Math.round(HEIGHT - 520 + 8 * (1 + sway(seconds, 0.5)));
    return {
      base: moved(layer, 0, 0),
      overlays: [{ input: bottomCut(data, info.width, HEIGHT - top), raw: { width: info.width, height: HEIGHT - top, channels: 4 }, left: Math.round(330 + 12 * sway(seconds, 1.1)), top }],
    };
  };
}

/** Overlays must not hang out of the frame: only the rows that fit. */
const bottomCut = (data: Buffer, width: number, rows: number): Buffer => data.subarray(0, width * 4 * rows);
