/** Invented holders of every kind the checks must know: all provinces, ethnic groups, validity spans, and residence permits. */
import { ETHNICITIES } from '../../../review/checks/ethnicities.ts';
import { DOUBLE_SURNAMES, ETHNIC_NAMES, GIVEN_FEMALE, GIVEN_MALE, LONG_NAMES, RARE_GIVEN, RARE_VILLAGES, SURNAMES } from './names.ts';
import { seededRandom, withCheckCharacter } from './person.ts';
import type { InventedPerson, Sex } from './person.ts';
import { ESTATES, PLACES, STREETS, TOWNS, VILLAGES } from './places.ts';
import type { Place } from './places.ts';

export type DocumentKind = 'residentId' | 'residencePermit';

export type InventedHolder = InventedPerson & {
  kind: DocumentKind;
  /** A character that few engines know stands in the name or the address. */
  rare: boolean;
  /** Residence permit: the travel permit's number (通行证号码) and how often it was issued (签发次数). */
  passNumber?: string;
  issues?: string;
};

/** The day on which every holder is looked at, so that a seed means the same for ever. YYYY-MM-DD */
export const HOLDERS_TODAY = '2026-06-30';

/** How often things occur: shares of cards. */
export const HOLDER_SHARES = {
  residencePermit: 0.08,
  /** 3 % of the cards carry a rare character. */
  rare: 0.03,
  rareInName: 0.7,
  /** Of resident ID cards; the 55 others alike often. About 0.09 in life, more here so that each occurs. */
  minority: 0.3,
  /** Where a group has names of its own form. */
  ethnicName: 0.75,
  doubleSurname: 0.02,
  oneCharacterGiven: 0.18,
  /** Age at issue by validity span (R11): 5, 10, 20 years, long-term. */
  spans: [0.05, 0.25, 0.45, 0.25],
  /** Lines of the address: 1, 2, 3, 4. */
  addressLines: [0.1, 0.5, 0.32, 0.08],
} as const;

type Draw = { readonly random: () => number; pick<T>(list: readonly T[]): T; whole(from: number, to: number): number; chance(share: number): boolean };

/** The first seed of the final set; see RARE_GIVEN. */
const FINAL_FROM = 1_000_001;

function drawer(seed: number): Draw {
  const random = seededRandom(seed);
  const whole = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
  return { random, whole, pick: (list) => list[Math.floor(random() * list.length)] as never, chance: (share) => random() < share };
}

/** The same seed always invents the same holder; number, birth, sex, area and validity agree (R11–R13). */
export function inventHolder(seed: number): InventedHolder {
  // The person's own stream of numbers: photographs draw from others.
  const draw = drawer(Math.imul(seed, 2_654_435_761) ^ 0x5eed);
  const set = seed < FINAL_FROM ? 'tuning' : 'final';
  const permit = draw.chance(HOLDER_SHARES.residencePermit);
  const place = draw.pick(PLACES);
  const sex = draw.pick<Sex>(['男', '女']);
  const ethnicity = !permit && draw.chance(HOLDER_SHARES.minority) ? draw.pick(ETHNICITIES.slice(1)) : '汉';
  const rare = draw.chance(HOLDER_SHARES.rare);
  const rareInName = rare && draw.chance(HOLDER_SHARES.rareInName);
  const { birth, validFrom, validTo } = permit ? permitDates(draw) : cardDates(draw);
  const area = permit ? draw.pick(['810000', '820000', '830000']) : place.code;
  const order = draw.whole(0, 498) * 2 + (sex === '男' ? 1 : 2);
  return {
    kind: permit ? 'residencePermit' : 'residentId',
    rare,
    name: nameOf(draw, sex, ethnicity, rareInName ? RARE_GIVEN[set] : null),
    sex, ethnicity, birth,
    address: addressOf(draw, place, rare && !rareInName ? RARE_VILLAGES[set] : null),
    number: withCheckCharacter(area + birth.replaceAll('-', '') + String(order).padStart(3, '0')),
    authority: place.authority, validFrom, validTo,
    ...(permit ? { passNumber: passNumber(draw, area), issues: String(draw.whole(1, 4)).padStart(2, '0') } : {}),
  };
}

function nameOf(draw: Draw, sex: Sex, ethnicity: string, rare: readonly string[] | null): string {
  const own = ETHNIC_NAMES[ethnicity];
  if (own !== undefined && rare === null && draw.chance(HOLDER_SHARES.ethnicName)) return ethnicName(draw, sex === '男' ? 'male' : 'female', ethnicity, own);
  const surname = draw.chance(HOLDER_SHARES.doubleSurname) ? draw.pick(DOUBLE_SURNAMES) : draw.pick(SURNAMES);
  const common = sex === '男' ? GIVEN_MALE : GIVEN_FEMALE;
  const first = draw.pick(common);
  if (rare !== null) return surname + (draw.chance(0.5) ? draw.pick(rare) : first + draw.pick(rare));
  return surname + (draw.chance(HOLDER_SHARES.oneCharacterGiven) ? first : first + draw.pick(common));
}

function ethnicName(draw: Draw, sex: 'male' | 'female', ethnicity: string, own: (typeof ETHNIC_NAMES)[string]): string {
  const long = LONG_NAMES.of[ethnicity];
  return long !== undefined && draw.chance(LONG_NAMES.share) ? draw.pick(long[sex]) : draw.pick(own[sex]);
}

/** Full-width characters in one line of the card's address. */
const LINE_EMS = 11;

function addressOf(draw: Draw, place: Place, villages: readonly string[] | null): string {
  const lines = weighted(draw, HOLDER_SHARES.addressLines) + 1;
  const most = lines * LINE_EMS - 1;
  const rural = villages !== null || (place.rural && draw.chance(0.75));
  // The shortest addresses leave out the province.
  const begin = lines === 1 ? place.printed.replace(/^.*?(省|自治区)(?=.{4})/, '') : place.printed;
  let address = begin + (rural ? draw.pick(TOWNS) + draw.pick(villages ?? VILLAGES) : `${draw.pick(STREETS)}${draw.whole(1, 899)}号`);
  const more = rural
    ? [`${draw.pick(['一', '二', '三', '四', '五', '六', '七', '八'])}组`, `${draw.whole(1, 268)}号`, `附${draw.whole(1, 9)}号`]
    : [draw.pick(ESTATES), `${draw.whole(1, 38)}${draw.pick(['栋', '幢', '号楼', '座'])}`, `${draw.whole(1, 6)}单元`, draw.chance(0.15) ? `${draw.pick(['A', 'B', 'C'])}-${draw.whole(101, 2805)}` : `${draw.whole(1, 33)}0${draw.whole(1, 6)}室`];
  for (const part of more) if (emsOf(address + part) <= most) address += part;
  return address;
}

/** Width in full-width characters. */
const emsOf = (text: string): number => [...text].reduce((sum, c) => sum + (c.charCodeAt(0) < 256 ? 0.56 : 1), 0);

function weighted(draw: Draw, weights: readonly number[]): number {
  let rest = draw.random();
  for (const [i, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return i;
  }
  return weights.length - 1;
}

const AGES_AT_ISSUE = [[1, 15, 5], [16, 25, 10], [26, 45, 20], [46, 78, 0]] as const;

/** Issued between 2006 and today to a person of the drawn age; runs 5, 10, 20 years or for ever (R11). */
function cardDates(draw: Draw): { birth: string; validFrom: string; validTo: string } {
  const [youngest, oldest, years] = AGES_AT_ISSUE[weighted(draw, HOLDER_SHARES.spans)] as (typeof AGES_AT_ISSUE)[number];
  const issued = dayAgo(draw.whole(20, years === 5 ? 1700 : years === 10 ? 3500 : 6900));
  const birth = shifted(issued, -draw.whole(youngest, oldest), -draw.whole(3, 360));
  return { birth, validFrom: issued, validTo: years === 0 ? '长期' : shifted(issued, years, 0) };
}

/** A residence permit always runs five years; there are some since September 2018. */
function permitDates(draw: Draw): { birth: string; validFrom: string; validTo: string } {
  const issued = dayAgo(draw.whole(20, 1700));
  return { birth: shifted(issued, -draw.whole(16, 75), -draw.whole(3, 360)), validFrom: issued, validTo: shifted(issued, 5, 0) };
}

const passNumber = (draw: Draw, area: string): string =>
  (area === '830000' ? '' : area === '810000' ? 'H' : 'M') + String(draw.whole(1_000_000, 99_999_999)).padStart(8, '0');

const dayAgo = (days: number): string => new Date(Date.parse(HOLDERS_TODAY) - days * 86_400_000).toISOString().slice(0, 10);

function shifted(day: string, years: number, days: number): string {
  const date = new Date(day);
  const month = date.getUTCMonth();
  date.setUTCFullYear(date.getUTCFullYear() + years);
  // 29 February in a common year becomes the 28th, as on printed cards.
  if (date.getUTCMonth() !== month) date.setUTCDate(0);
  return new Date(date.getTime() + days * 86_400_000).toISOString().slice(0, 10);
}
