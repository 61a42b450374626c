/** Where things stand on a second-generation resident ID card, in tenths of a millimetre (856 × 540). Pure. */
import type { RgbImage } from './locateCard.ts';

export const CARD_UNITS = { width: 856, height: 540 } as const;

export interface Zone { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number }

/** Rows include their printed label, which steadies the line finder; `value` is where the value begins. */
export const ZONES = {
  name: { left: 46, top: 50, right: 545, bottom: 116 },
  sex: { left: 46, top: 118, right: 238, bottom: 180 },
  ethnicity: { left: 240, top: 118, right: 545, bottom: 180 },
  birth: { left: 46, top: 184, right: 545, bottom: 246 },
  birthDigits: { left: 147, top: 184, right: 452, bottom: 246 },
  address: { left: 147, top: 252, right: 549, bottom: 430 },
  idNumber: { left: 262, top: 436, right: 836, bottom: 502 },
  authority: { left: 190, top: 370, right: 838, bottom: 432 },
  validity: { left: 190, top: 440, right: 838, bottom: 502 },
} as const satisfies Record<string, Zone>;

export const VALUE_FROM = { portrait: 145, ethnicity: 328, emblem: 334 } as const;

/** Where 年, 月 and 日 are printed between the digits of the birth date, and where the digits stand. */
export const BIRTH_LABELS = [[239, 269], [328, 358], [418, 450]] as const;
export const BIRTH_DIGITS = { year: [148, 240], month: [266, 331], day: [355, 421] } as const;

const PHOTO: Zone = { left: 552, top: 66, right: 802, bottom: 396 };
const EMBLEM: Zone = { left: 84, top: 70, right: 222, bottom: 224 };

const turned = (zone: Zone): Zone => ({ left: CARD_UNITS.width - zone.right, top: CARD_UNITS.height - zone.bottom, right: CARD_UNITS.width - zone.left, bottom: CARD_UNITS.height - zone.top });

export interface Posture { readonly side: 'portrait' | 'emblem'; readonly upsideDown: boolean }

/**
 * Side and end of a straightened card by its two pictures, likeliest first: the photo on the right, or the red emblem
 * at the upper left. Text has the last word.
 */
export function likelyPostures(card: RgbImage): Posture[] {
  const postures = [
    { side: 'portrait', upsideDown: false, weight: share(card, PHOTO, isPictured) },
    { side: 'portrait', upsideDown: true, weight: share(card, turned(PHOTO), isPictured) },
    { side: 'emblem', upsideDown: false, weight: share(card, EMBLEM, isRed) - share(card, PHOTO, isPictured) },
    { side: 'emblem', upsideDown: true, weight: share(card, turned(EMBLEM), isRed) - share(card, turned(PHOTO), isPictured) },
  ] as const;
  return [...postures].sort((a, b) => b.weight - a.weight).filter((p) => p.weight > 0.15).map(({ side, upsideDown }) => ({ side, upsideDown }));
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
