/** The ways in which an ID number is mistyped or misread, for tests and benches. Seeded, so that a run can be repeated. */

export const CORRUPTIONS = ['digitChanged', 'neighboursSwapped', 'letterO', 'letterI', 'digitLost', 'digitAdded'] as const;
export type Corruption = (typeof CORRUPTIONS)[number];

/** Numbers 0…1 of a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const replaceAt = (text: string, at: number, by: string): string => text.slice(0, at) + by + text.slice(at + 1);

/** The number with one fault of this kind; null when it offers no place for it (no 0, no 1, all neighbours equal). */
export function corrupt(number: string, kind: Corruption, random: () => number): string | null {
  const pick = <T>(from: readonly T[]): T | null => (from.length === 0 ? null : from[Math.floor(random() * from.length)] as T);
  const places = [...number].map((_, i) => i);
  const digits = places.filter((i) => /\d/.test(number[i] as string));
  switch (kind) {
    case 'digitChanged': {
      const at = pick(digits) as number;
      return replaceAt(number, at, String((Number(number[at]) + 1 + Math.floor(random() * 9)) % 10));
    }
    case 'neighboursSwapped': {
      const at = pick(places.filter((i) => i + 1 < number.length && number[i] !== number[i + 1]));
      return at === null ? null : number.slice(0, at) + number[at + 1] + number[at] + number.slice(at + 2);
    }
    case 'letterO': {
      const at = pick(places.filter((i) => number[i] === '0'));
      return at === null ? null : replaceAt(number, at, random() < 0.5 ? 'O' : 'o');
    }
    case 'letterI': {
      const at = pick(places.filter((i) => number[i] === '1'));
      return at === null ? null : replaceAt(number, at, pick(['I', 'l', 'i']) as string);
    }
    case 'digitLost': {
      const at = pick(places) as number;
      return number.slice(0, at) + number.slice(at + 1);
    }
    case 'digitAdded': {
      const at = Math.floor(random() * (number.length + 1));
      return number.slice(0, at) + String(Math.floor(random() * 10)) + number.slice(at);
    }
  }
}
