/**
 * What comes in instead of a good photo of a card: each kind with what has to be said of it. Nothing here is anybody's
 * photo: passport, foreign card and dog are drawn, the cards are invented.
 */
import { crc32 } from 'node:zlib';
import sharp from 'sharp';

import type { ErrorCode } from '../../../contracts/errors.ts';
import type { FindingCode } from '../../../contracts/findings.ts';
import { renderCard } from './card.ts';
import { inventPerson } from './person.ts';
import { photographCard } from './photograph.ts';

export interface BadInput {
  readonly name: string;
  readonly bytes: Buffer;
  /** One of several of a kind: taken in turn where many are tried. */
  readonly kind?: string;
  /** Refused with this code before anything is judged, a finding of the judging, or null: it is read as any other photo. */
  readonly says: ErrorCode | FindingCode | null;
}

const WIDTH = 800;
const HEIGHT = 600;

const blank = (width: number, height: number, background = '#000000') => sharp({ create: { width, height, channels: 3, background } });

/** A PNG whose header claims this size and whose data is a few bytes. */
export async function pngClaiming(width: number, height: number): Promise<Buffer> {
  const png = await blank(1, 1).png().toBuffer();
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  // The header's own checksum must fit, or the claim is not even looked at.
  png.writeUInt32BE(crc32(png.subarray(12, 29)), 29);
  return png;
}

/** A lossless WebP of one pixel whose own header claims 16,383 × 16,383, the most it can: 268 megapixels. */
async function webpClaiming(): Promise<Buffer> {
  const webp = await blank(1, 1).webp({ lossless: true }).toBuffer();
  const at = webp.indexOf('VP8L') + 9;
  // 14 bits of width and 14 of height, each less one.
  webp.writeUInt32LE(((webp.readUInt32LE(at) & 0xf0000000) | (16_382 << 14) | 16_382) >>> 0, at);
  return webp;
}

/** The extended header (VP8X) has 24 bits for each side: 30,000 × 30,000 around the same one pixel. */
async function webpCanvasClaiming(side: number): Promise<Buffer> {
  const plain = await blank(1, 1).webp({ lossless: true }).toBuffer();
  const head = Buffer.alloc(18);
  head.write('VP8X', 0, 'latin1');
  head.writeUInt32LE(10, 4);
  head.writeUIntLE(side - 1, 12, 3);
  head.writeUIntLE(side - 1, 15, 3);
  const whole = Buffer.concat([plain.subarray(0, 12), head, plain.subarray(12)]);
  whole.writeUInt32LE(whole.length - 8, 4);
  return whole;
}

/** As a phone stores a photo that it was held for in this way: the orientation makes it upright again. */
async function storedTurned(photo: Buffer, orientation: number): Promise<Buffer> {
  const turn = { 1: 0, 2: 0, 3: 180, 4: 180, 5: 90, 6: 270, 7: 270, 8: 90 }[orientation] as number;
  const turned = await sharp(photo).rotate(turn).png({ compressionLevel: 1 }).toBuffer();
  const mirrored = [2, 4, 5, 7].includes(orientation) ? sharp(turned).flop() : sharp(turned);
  return await mirrored.withMetadata({ orientation }).jpeg({ quality: 88 }).toBuffer();
}

async function animated(photo: Buffer): Promise<{ webp: Buffer; gif: Buffer }> {
  const { data, info } = await sharp(photo).raw().toBuffer({ resolveWithObject: true });
  const two = () => sharp(Buffer.concat([data, data]), { raw: { width: info.width, height: info.height * 2, channels: 3, pageHeight: info.height } });
  return { webp: await two().webp().toBuffer(), gif: await two().gif().toBuffer() };
}

const onDesk = async (drawing: string): Promise<Buffer> => await blank(1600, 1200, '#3c3c40').composite([{ input: Buffer.from(drawing), gravity: 'centre' }]).png().toBuffer().then(async (large) => await sharp(large).resize({ width: 1000 }).jpeg({ quality: 88 }).toBuffer());

export const passport = (): Promise<Buffer> => onDesk(`<svg xmlns="http://www.w3.org/2000/svg" width="1250" height="880"><rect width="1250" height="880" fill="#f2eee6"/><g font-family="DejaVu Sans Mono" fill="#222">
  <text x="420" y="90" font-size="40">PASSPORT</text><text x="420" y="200" font-size="32">SPECIMEN</text><text x="420" y="280" font-size="32">UTOPIA</text>
  <text x="40" y="760" font-size="44">P&lt;UTOSPECIMEN&lt;&lt;ANNA&lt;MARIA&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;&lt;</text><text x="40" y="830" font-size="44">L898902C36UTO7408122F1204159&lt;&lt;&lt;&lt;&lt;&lt;</text></g></svg>`);

/** Of the same size as a Chinese card, with a portrait in it. */
const foreignCard = (): Promise<Buffer> => onDesk(`<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="757"><rect width="1200" height="757" rx="40" fill="#dfe8ef"/><rect x="60" y="200" width="300" height="400" fill="#b9a58f"/><g font-family="DejaVu Sans" fill="#222">
  <text x="60" y="80" font-size="46">REPUBLIC OF UTOPIA</text><text x="60" y="140" font-size="40">IDENTITY CARD · CARTE D'IDENTITÉ</text><text x="420" y="250" font-size="34">Surname  SPECIMEN</text><text x="420" y="320" font-size="34">Given names  ANNA MARIA</text>
  <text x="420" y="390" font-size="34">Date of birth  12.08.1974</text><text x="420" y="460" font-size="34">Nationality  UTOPIAN</text><text x="420" y="530" font-size="34">Card no.  L89 890 2C3</text></g></svg>`);

/** Drawn: head, ears, eyes and nose on a lawn. */
const dog = (): Promise<Buffer> => onDesk(`<svg xmlns="http://www.w3.org/2000/svg" width="1600" height="1200"><rect width="1600" height="1200" fill="#7c9c5a"/><ellipse cx="800" cy="700" rx="360" ry="390" fill="#9a6a3c"/><ellipse cx="470" cy="560" rx="120" ry="270" fill="#6e4523"/><ellipse cx="1130" cy="560" rx="120" ry="270" fill="#6e4523"/>
  <ellipse cx="800" cy="860" rx="210" ry="180" fill="#c9a57d"/><circle cx="670" cy="620" r="48" fill="#20140c"/><circle cx="930" cy="620" r="48" fill="#20140c"/><ellipse cx="800" cy="800" rx="85" ry="62" fill="#1b1310"/><path d="M800 862v90m0 0q-80 70-150 10m150-10q80 70 150 10" stroke="#3a241a" stroke-width="14" fill="none"/></svg>`);

async function twoCards(cards: readonly { readonly seed: number; readonly side: 'portrait' | 'emblem' }[]): Promise<Buffer> {
  const faces = await Promise.all(cards.map(async ({ seed, side }) => await sharp(await renderCard({ ...inventPerson(seed), side })).resize({ width: 900 }).png().toBuffer()));
  return await blank(2000, 1000, '#4a3a2c').composite(faces.map((input, i) => ({ input, left: 50 + 1000 * i, top: 200 }))).jpeg().toBuffer();
}

/** Every kind once. The cards, where there are any, are portrait sides. */
export async function badInputs(): Promise<BadInput[]> {
  const photo = await photographCard(await renderCard({ ...inventPerson(1), side: 'portrait', heightPx: 700 }), { width: WIDTH, height: HEIGHT });
  const moving = await animated(photo);
  const png = await sharp(photo).png().toBuffer();
  return [
    { name: 'a PNG that claims 30,000 × 30,000', bytes: await pngClaiming(30_000, 30_000), says: 'UPLOAD_TOO_MANY_PIXELS' },
    { name: 'a WebP that claims 30,000 × 30,000', bytes: await webpCanvasClaiming(30_000), says: 'UPLOAD_TOO_MANY_PIXELS' },
    { name: 'a WebP that claims 16,383 × 16,383', bytes: await webpClaiming(), says: 'UPLOAD_TOO_MANY_PIXELS' },
    { name: 'a JPEG cut off in the middle', bytes: photo.subarray(0, photo.length >> 1), says: 'UPLOAD_TRUNCATED' },
    { name: 'a PNG cut off in the middle', bytes: png.subarray(0, png.length >> 1), says: 'UPLOAD_TRUNCATED' },
    { name: 'no picture at all', bytes: Buffer.from('not a picture'), says: 'UPLOAD_NOT_AN_IMAGE' },
    { name: 'an empty file', bytes: Buffer.alloc(0), says: 'UPLOAD_MISSING' },
    { name: 'a page with a picture behind it', bytes: Buffer.concat([Buffer.from('<html><script>alert(1)</script>'), photo]), says: 'UPLOAD_NOT_AN_IMAGE' },
    { name: 'a photo with an archive and a page behind it', bytes: Buffer.concat([photo, Buffer.from('PK\x03\x04<script>alert(1)</script>%PDF-1.7')]), says: null },
    { name: 'HEIC, which needs a decoder that is not ours', bytes: Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic'), Buffer.alloc(4_000)]), says: 'UPLOAD_FORMAT_NOT_SUPPORTED' },
    { name: 'an SVG', bytes: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), says: 'UPLOAD_FORMAT_NOT_SUPPORTED' },
    { name: 'an animated GIF', bytes: moving.gif, says: 'UPLOAD_FORMAT_NOT_SUPPORTED' },
    { name: 'an animated WebP', bytes: moving.webp, says: null },
    { name: 'a CMYK JPEG', bytes: await sharp(photo).toColourspace('cmyk').jpeg({ quality: 88 }).toBuffer(), says: null },
    ...await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(async (orientation) => ({ name: `a photo stored turned, EXIF orientation ${orientation}`, kind: 'EXIF 1–8', bytes: await storedTurned(photo, orientation), says: null }))),
    { name: 'one pixel', bytes: await blank(1, 1, '#ffffff').png().toBuffer(), says: 'CARD_NOT_FOUND' },
    { name: 'one pixel high', bytes: await blank(4000, 1, '#888888').png().toBuffer(), says: 'CARD_NOT_FOUND' },
    { name: 'all black', bytes: await blank(WIDTH, HEIGHT).jpeg().toBuffer(), says: 'CARD_NOT_FOUND' },
    { name: 'a passport', bytes: await passport(), says: 'OTHER_DOCUMENT' },
    { name: 'another country’s card', bytes: await foreignCard(), says: 'OTHER_DOCUMENT' },
    { name: 'a dog', bytes: await dog(), says: 'CARD_NOT_FOUND' },
    { name: 'both sides in one picture', bytes: await twoCards([{ seed: 2, side: 'portrait' }, { seed: 2, side: 'emblem' }]), says: 'SEVERAL_CARDS' },
    { name: 'the cards of two people', bytes: await twoCards([{ seed: 2, side: 'portrait' }, { seed: 3, side: 'portrait' }]), says: 'SEVERAL_CARDS' },
  ];
}
