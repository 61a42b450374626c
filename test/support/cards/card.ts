/**
 * Draws invented resident ID cards (居民身份证) in the real proportions, 85.6 × 54 mm, for tests and the demo.
 * The ornament is our own; every card says 测试样本 where it disturbs no field.
 */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';

import type { DocumentKind } from './holder.ts';
import type { InventedPerson } from './person.ts';
import { PLAIN_STYLE, guilloche } from './style.ts';
import type { CardStyle } from './style.ts';

export type CardFace = InventedPerson & {
  side: 'portrait' | 'emblem';
  /** Default a resident ID card. */
  kind?: DocumentKind;
  passNumber?: string;
  issues?: string;
  /** Fonts and printing (default the plain one). */
  style?: CardStyle;
  /** A JPEG or PNG of the holder; without it a drawn figure. */
  portrait?: Buffer;
  /** Height of the card in pixels (default 1080). */
  heightPx?: number;
};

/** Drawing units: a tenth of a millimetre. */
export const CARD_UNITS = { width: 856, height: 540 } as const;
const { width: W, height: H } = CARD_UNITS;
/** Height of the address's characters (their em) in drawing units. */
export const ADDRESS_EM = 31;
const SANS = "'Noto Sans CJK SC'";

const labelOf = (style: CardStyle): string => `font-family="${style.font}" font-size="${(25 * style.layout.size).toFixed(2)}" fill="${style.labelColour}"`;
const valueOf = (style: CardStyle): string =>
  `font-family="${style.font}" font-size="${(ADDRESS_EM * style.layout.size).toFixed(2)}" letter-spacing="${style.layout.spacing.toFixed(2)}" font-weight="${style.weight}" fill="${style.ink}"`;

const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** The public-domain portrait used for every invented client. */
export async function fixturePortrait(): Promise<Buffer> {
  return await readFile(new URL('../../fixtures/portrait.jpg', import.meta.url));
}

/** Renders one side as PNG with transparent rounded corners. */
export async function renderCard(face: CardFace): Promise<Buffer> {
  return await sharp(await cardSvg(face)).png({ compressionLevel: 3 }).toBuffer();
}

/** The same as raw RGBA. */
export async function renderCardPixels(face: CardFace): Promise<{ data: Buffer; width: number; height: number }> {
  const { data, info } = await sharp(await cardSvg(face)).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

async function cardSvg(face: CardFace): Promise<Buffer> {
  const heightPx = face.heightPx ?? 1080;
  const style = face.style ?? PLAIN_STYLE;
  const inner = face.side === 'portrait' ? await portraitSide(face, style) : emblemSide(face, style);
  const [first, middle, last] = style.paper;
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${Math.round((heightPx * W) / H)}" height="${heightPx}" viewBox="0 0 ${W} ${H}">
    <defs><linearGradient id="paper" x1="0" y1="0" x2="1" y2="1">
      <stop offset="0" stop-color="${first}"/><stop offset="0.5" stop-color="${middle}"/><stop offset="1" stop-color="${last}"/>
    </linearGradient><clipPath id="card"><rect width="${W}" height="${H}" rx="31"/></clipPath></defs>
    <g clip-path="url(#card)"><rect width="${W}" height="${H}" fill="url(#paper)"/>${guilloche(style, face.side)}${inner}</g></svg>`);
}

/** Characters at fixed distances, as the printed number has. One element each: librsvg takes no list of places. */
function spaced(text: string, x: number, y: number, step: number, attributes: string): string {
  return Array.from(text, (char, i) => `<text x="${(x + (i + 0.5) * step).toFixed(1)}" y="${y}" text-anchor="middle" ${attributes}>${escapeXml(char)}</text>`).join('');
}

/** Lines of at most `ems` full-width characters; digits and Latin letters are about half as wide. */
function wrapped(text: string, ems: number): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const char of text) {
    const width = char.charCodeAt(0) < 256 ? 0.56 : 1;
    if (used + width > ems) {
      lines.push(line);
      line = '';
      used = 0;
    }
    line += char;
    used += width;
  }
  return [...lines, line];
}

/** Full-width characters in a line of the name; longer names (of ethnic minorities) go on in a second one. */
const NAME_EMS = 11;

async function portraitSide(face: CardFace, style: CardStyle): Promise<string> {
  const [year, month, day] = face.birth.split('-').map(Number);
  const lines = wrapped(face.address, 11);
  const names = wrapped(face.name, NAME_EMS);
  const { label, value, numberAt } = printer(style);
  const name = names.length === 1 ? [value(face.name, 156, 94, 0)] : names.map((line, i) => value(line, 156, (style.layout.nameAbove ? 77 : 84) + i * 35, 0));
  // A residence permit (港澳台居民居住证) prints no ethnic group.
  const group = face.kind === 'residencePermit' ? [] : [label('民　族', 248, 157, 1), value(face.ethnicity, 338, 159, 1)];
  const number = numberAt(286, 479, 4);
  return [
    label('姓　名', 58, 92, 0), ...name,
    label('性　别', 58, 157, 1), value(face.sex, 156, 159, 1), ...group,
    label('出　生', 58, 222, 2), value(String(year), 156, 224, 2), label('年', 240, 222, 2), value(String(month), 284, 224, 2),
    label('月', 330, 222, 2), value(String(day), 374, 224, 2), label('日', 420, 222, 2),
    label('住　址', 58, 290, 3), ...lines.map((line, i) => value(line, 156, 292 + i * (42 + style.layout.addressStep), 3)),
    label('公民身份号码', 58, 476, 4),
    spaced(face.number, number.x, number.y, style.numberStep, `font-family="${style.numberFont}" font-size="${style.numberSize}" font-weight="500" fill="${style.ink}"`),
    await photo(face),
    `<text x="677" y="428" text-anchor="middle" font-family="${SANS}" font-size="17" fill="#c05050" fill-opacity="0.75">测试样本 SPECIMEN</text>`,
  ].join('');
}

/** Prints a label or a value of a row (counted from the top) where the design has it, or as far from there as this card does. */
function printer(style: CardStyle) {
  const { layout } = style;
  const down = (y: number, row: number): number => y + layout.down + (layout.rows[row] ?? 0);
  const at = (x: number, y: number): string => `x="${x.toFixed(1)}" y="${y.toFixed(1)}"`;
  return {
    label: (text: string, x: number, y: number, row: number): string => `<text ${at(x + layout.labels, down(y, row))} ${labelOf(style)}>${text}</text>`,
    value: (text: string, x: number, y: number, row: number): string => `<text ${at(x + layout.values, down(y, row))} ${valueOf(style)}>${escapeXml(text)}</text>`,
    numberAt: (x: number, y: number, row: number): { x: number; y: number } => ({ x: x + layout.number, y: down(y, row) }),
  };
}

async function photo(face: CardFace): Promise<string> {
  const box = 'x="552" y="66" width="250" height="330"';
  if (face.portrait === undefined) return drawnFigure(face.sex);
  const jpeg = await sharp(face.portrait).resize(500, 660, { fit: 'cover', position: 'top' }).jpeg({ quality: 88 }).toBuffer();
  return `<image ${box} preserveAspectRatio="xMidYMid slice" href="data:image/jpeg;base64,${jpeg.toString('base64')}"/>`;
}

function drawnFigure(sex: string): string {
  const hair = sex === '男' ? '#2b2320' : '#3b2a22';
  return `<g><rect x="552" y="66" width="250" height="330" fill="#dfe7ee"/>
    <path d="M572 396 q8 -112 105 -112 q97 0 105 112z" fill="#40506a"/>
    <rect x="650" y="240" width="54" height="60" fill="#d9ac8b"/>
    <ellipse cx="677" cy="190" rx="62" ry="80" fill="#e6bd9c"/>
    <path d="M612 180 q4 -96 65 -94 q63 0 66 94 q-16 -46 -66 -48 q-50 2 -65 48z" fill="${hair}"/>
    <circle cx="655" cy="188" r="6" fill="#222"/><circle cx="699" cy="188" r="6" fill="#222"/>
    <path d="M656 232 q21 12 42 0" fill="none" stroke="#9c4a44" stroke-width="5"/></g>`;
}

function emblemSide(face: CardFace, style: CardStyle): string {
  const dots = (date: string): string => (/^\d/.test(date) ? date.replaceAll('-', '.') : date);
  const { label, value } = printer(style);
  const title = (text: string, y: number, size: number, spacing: number) =>
    `<text x="${(292 + style.layout.labels).toFixed(1)}" y="${(y + style.layout.down).toFixed(1)}" font-family="${style.font}" font-size="${size}" font-weight="${style.weight}" letter-spacing="${spacing}" fill="${style.ink}">${text}</text>`;
  const validity = `${dots(face.validFrom)}-${dots(face.validTo)}`;
  const sample = `<text x="152" y="280" text-anchor="middle" font-family="${SANS}" font-size="17" fill="#c05050" fill-opacity="0.75">测试样本 SPECIMEN</text>`;
  if (face.kind === 'residencePermit') {
    const name = face.number.startsWith('83') ? '台湾居民居住证' : '港澳居民居住证';
    return [
      ornament(152, 150, 88), title('中华人民共和国', 142, 52, 14), title(name, 232, 60, 12), sample,
      label('签发机关', 206, 352, 0), value(face.authority, 344, 354, 0), label('有效期限', 206, 412, 1), value(validity, 344, 414, 1),
      label('通行证号码', 181, 476, 2), value(face.passNumber ?? '', 344, 478, 2), label('签发次数', 604, 476, 2), value(face.issues ?? '01', 742, 478, 2),
    ].join('');
  }
  return [
    ornament(152, 150, 88), title('中华人民共和国', 142, 52, 14), title('居民身份证', 240, 76, 22), sample,
    label('签发机关', 206, 408, 0), value(face.authority, 344, 410, 0), label('有效期限', 206, 476, 1), value(validity, 344, 478, 1),
  ].join('');
}

/** A round ornament that only takes an emblem's place: a ring, rays and a ribbon of our own. */
function ornament(cx: number, cy: number, r: number): string {
  const rays = Array.from({ length: 24 }, (_, i) => {
    const a = (i * Math.PI) / 12;
    const at = (k: number) => `${(cx + Math.cos(a) * r * k).toFixed(1)} ${(cy + Math.sin(a) * r * k).toFixed(1)}`;
    return `<path d="M${at(0.5)}L${at(i % 2 === 0 ? 0.84 : 0.72)}" stroke="#f4d37a" stroke-width="6"/>`;
  });
  return `<circle cx="${cx}" cy="${cy}" r="${r}" fill="#b8322a"/><circle cx="${cx}" cy="${cy}" r="${r - 8}" fill="none" stroke="#f4d37a" stroke-width="7"/>
    ${rays.join('')}<circle cx="${cx}" cy="${cy}" r="${r * 0.34}" fill="#f4d37a"/>
    <path d="M${cx - r} ${cy + r * 0.8} q${r} ${r * 0.55} ${r * 2} 0 l-14 26 q${14 - r} ${r * 0.4} ${28 - 2 * r} 0z" fill="#b8322a"/>`;
}
