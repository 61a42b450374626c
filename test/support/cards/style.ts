/** How a card is printed: fonts, inks, paper and the faint pattern. Real cards use one heiti; engines must not depend on it. */
import { seededRandom } from './person.ts';

export type CardStyle = {
  readonly font: string;
  readonly weight: number;
  readonly numberFont: string;
  readonly numberSize: number;
  /** Distance of two characters of the number. */
  readonly numberStep: number;
  readonly ink: string;
  readonly labelColour: string;
  readonly paper: readonly [string, string, string];
  /** 0 is the plain waves alone; 1 the richest pattern. */
  readonly pattern: number;
  readonly patternHue: number;
  readonly layout: CardLayout;
};

/** How far print stands from where the design has it, in drawing units: issues and printers of real cards differ. */
export type CardLayout = {
  /** The columns of the labels and of the values. */
  readonly labels: number;
  readonly values: number;
  /** All rows together, each row by itself (by its number from the top), and the distance of the address's rows. */
  readonly down: number;
  readonly rows: readonly number[];
  readonly addressStep: number;
  /** Size of the values and labels (1 is the design's), and space between two characters. */
  readonly size: number;
  readonly spacing: number;
  /** The number, across. */
  readonly number: number;
  /** A name of two lines stands higher or lower between the card's edge and the row of the sex. */
  readonly nameAbove: boolean;
};

/** Most that a card's print stands off the design, about 0.3 em together. */
const OFF = { labels: 5, values: 6, down: 6, row: 2.5, addressStep: 1.5, size: 0.03, spacing: [-0.4, 1], number: 7 } as const;

export const PLAIN_LAYOUT: CardLayout = { labels: 0, values: 0, down: 0, rows: [], addressStep: 0, size: 1, spacing: 0, number: 0, nameAbove: true };

function cardLayout(seed: number): CardLayout {
  const random = seededRandom(Math.imul(seed, 69_069) ^ 0x1a70);
  const off = (most: number): number => (random() * 2 - 1) * most;
  return {
    labels: off(OFF.labels), values: off(OFF.values), down: off(OFF.down), rows: Array.from({ length: 6 }, () => off(OFF.row)), addressStep: off(OFF.addressStep),
    size: 1 + off(OFF.size), spacing: OFF.spacing[0] + random() * (OFF.spacing[1] - OFF.spacing[0]), number: off(OFF.number), nameAbove: random() < 0.5,
  };
}

export const PLAIN_STYLE: CardStyle = {
  font: "'Noto Sans CJK SC'", weight: 500, numberFont: "'Noto Sans CJK SC'", numberSize: 37, numberStep: 27.5,
  ink: '#161616', labelColour: '#3a6ea5', paper: ['#eef3f6', '#f6f4ee', '#e9f1ee'], pattern: 0, patternHue: 195, layout: PLAIN_LAYOUT,
};

/** Value fonts with their shares: real cards print a heiti, so most are one. */
const FONTS: readonly (readonly [share: number, font: string, weight: number])[] = [
  [0.62, "'Noto Sans CJK SC'", 400], [0.16, "'Noto Sans CJK SC'", 700], [0.08, "'Noto Sans Mono CJK SC'", 400], [0.14, "'Noto Serif CJK SC'", 700],
];
/**
 * The number is OCR-B on a real card, which no free package carries: the nearest upright faces stand in, each with the
 * size at which its digits are as high as OCR-B's. Where one is not installed the Chinese font takes its place.
 */
const NUMBER_FONTS: readonly (readonly [font: string, size: number])[] = [
  ["'Liberation Sans','Noto Sans CJK SC'", 38], ["'DejaVu Sans Mono','Noto Sans Mono CJK SC'", 37], ["'Liberation Mono','Noto Sans Mono CJK SC'", 40],
  ["'Noto Sans CJK SC'", 37], ["'Lato','Noto Sans CJK SC'", 39], ["'DejaVu Sans','Noto Sans CJK SC'", 36],
];

/** The same seed always prints the same way. */
export function cardStyle(seed: number): CardStyle {
  const random = seededRandom(Math.imul(seed, 40_503) ^ 0x57f1e);
  let rest = random();
  const [, font, weight] = FONTS.find(([share]) => (rest -= share) < 0) ?? (FONTS[0] as (typeof FONTS)[number]);
  const [numberFont, numberSize] = NUMBER_FONTS[Math.floor(random() * NUMBER_FONTS.length)] as (typeof NUMBER_FONTS)[number];
  const dark = 18 + Math.floor(random() * 30);
  const tint = () => 226 + Math.floor(random() * 22);
  const paper = () => `rgb(${tint()},${tint()},${tint()})`;
  return {
    font, weight, numberFont, numberSize, numberStep: 27.2 + random() * 0.8,
    ink: `rgb(${dark},${dark},${dark + 4})`, labelColour: `hsl(${198 + Math.floor(random() * 20)},${40 + Math.floor(random() * 20)}%,${36 + Math.floor(random() * 10)}%)`,
    paper: [paper(), paper(), paper()], pattern: 0.4 + random() * 0.6, patternHue: 170 + Math.floor(random() * 50), layout: cardLayout(seed),
  };
}

/** Faint waves and rosettes, so that a reader meets the kind of background a real card has. */
export function guilloche(style: CardStyle, side: 'portrait' | 'emblem'): string {
  if (style.pattern === 0) return waves('#b9d3dc', 0.45, 36, 13, 0.55, 0.8);
  const cool = `hsl(${style.patternHue},45%,66%)`;
  const warm = `hsl(${side === 'portrait' ? 345 : 20},48%,74%)`;
  const strength = 0.28 + 0.4 * style.pattern;
  return waves(cool, strength, 17, 11, 0.47, 0.8) + waves(warm, strength * 0.8, 23, 15, 0.36, -0.6)
    + rosette(side === 'portrait' ? 300 : 560, 300, 190, cool, strength) + rosette(side === 'portrait' ? 700 : 180, 460, 110, warm, strength * 0.8);
}

function waves(colour: string, opacity: number, step: number, height: number, frequency: number, shift: number): string {
  let path = '';
  for (let row = 0; row * step < 580; row += 1) {
    for (let i = 0; i < 44; i += 1) path += `${i === 0 ? 'M' : 'L'}${i * 20} ${(row * step + height * Math.sin(i * frequency + row * shift)).toFixed(1)}`;
  }
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-opacity="${opacity.toFixed(2)}" stroke-width="1.3"/>`;
}

/** A hypotrochoid, the curve of engraved rosettes. */
function rosette(x: number, y: number, radius: number, colour: string, opacity: number): string {
  let path = '';
  for (let i = 0; i <= 260; i += 1) {
    const t = (i / 260) * 14 * Math.PI;
    const px = x + radius * (0.62 * Math.cos(t) + 0.38 * Math.cos((t * 9) / 7));
    const py = y + radius * 0.8 * (0.62 * Math.sin(t) - 0.38 * Math.sin((t * 9) / 7));
    path += `${i === 0 ? 'M' : 'L'}${px.toFixed(1)} ${py.toFixed(1)}`;
  }
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-opacity="${opacity.toFixed(2)}" stroke-width="1.1"/>`;
}
