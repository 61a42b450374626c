/**
 * Where things stand on a resident ID card and a residence permit, in tenths of a millimetre (856 × 540). Pure.
 * Both sides of both documents follow one design; a permit has no ethnic group and two more rows on its emblem side.
 */
import type { RgbImage } from './locateCard.ts';

export const CARD_UNITS = { width: 856, height: 540 } as const;

export interface Zone { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number }

/** Where a value may stand, without its printed label. */
export const ZONES = {
  name: { left: 146, top: 54, right: 548, bottom: 112 },
  sex: { left: 146, top: 120, right: 238, bottom: 178 },
  /** With its label: what is printed behind it begins where the label ends. */
  ethnicity: { left: 240, top: 120, right: 548, bottom: 178 },
  birth: { left: 146, top: 185, right: 470, bottom: 243 },
  address: { left: 146, top: 250, right: 549, bottom: 440 },
  idNumber: { left: 250, top: 432, right: 838, bottom: 504 },
  /** All rows below the emblem; which is which is told by what they say. */
  emblemRows: { left: 170, top: 310, right: 848, bottom: 510 },
} as const satisfies Record<string, Zone>;

/** Middle lines of the rows, where they begin, and the height of their characters. */
export const ROWS = {
  label: 58, value: 156,
  name: 82, sex: 148, birth: 213, address: 281, addressStep: 42,
  /** The number's digits stand apart or close together. */
  number: { y: 466, label: 58, labelEnd: 208, from: 286, to: [775, 715, 656] },
  em: 31, numberEm: 37,
} as const;

/** The two big lines of the emblem side: beginning, end, middle line, height of the characters. */
export const TITLES = { nation: { from: 292, to: 742, y: 122, em: 52 }, card: { from: 292, to: 762, y: 211, em: 76 } } as const;
/** Rows of the emblem side: labels begin at `label` (a permit's pass number a little before), values at `value`. */
export const EMBLEM_ROWS = { label: 206, value: 344, passLabel: 181, residentId: [399, 467], residencePermit: [343, 403, 467] } as const;

export const PHOTO: Zone = { left: 552, top: 66, right: 802, bottom: 396 };
const EMBLEM: Zone = { left: 84, top: 70, right: 222, bottom: 224 };

const turned = (zone: Zone): Zone => ({ left: CARD_UNITS.width - zone.right, top: CARD_UNITS.height - zone.bottom, right: CARD_UNITS.width - zone.left, bottom: CARD_UNITS.height - zone.top });

export type Side = 'portrait' | 'emblem';
export interface Posture { readonly side: Side; readonly upsideDown: boolean }

/**
 * Side and end of a straightened card by its two pictures: the photo on the right, or the red emblem at the upper left.
 * 0…1 each; print weighs more.
 */
export function pictureWeight(card: RgbImage, { side, upsideDown }: Posture): number {
  const place = (zone: Zone): Zone => (upsideDown ? turned(zone) : zone);
  const photo = share(card, place(PHOTO), isPictured);
  return side === 'portrait' ? photo : Math.max(0, share(card, place(EMBLEM), isRed) - photo);
}

type Test = (r: number, g: number, b: number) => boolean;
/** Clearly darker or more coloured than paper. */
const isPictured: Test = (r, g, b) => Math.min(r, g, b) < 150;
const isRed: Test = (r, g, b) => r > 90 && r - Math.max(g, b) > 45;

function share(card: RgbImage, zone: Zone, test: Test): number {
  const scale = card.width / CARD_UNITS.width;
  let hits = 0;
  let all = 0;
  for (let y = Math.round(zone.top * scale); y < zone.bottom * scale; y += 3) {
    for (let x = Math.round(zone.left * scale); x < zone.right * scale; x += 3) {
      const at = (y * card.width + x) * 3;
      all += 1;
      if (test(card.data[at] as number, card.data[at + 1] as number, card.data[at + 2] as number)) hits += 1;
    }
  }
  return hits / all;
}
