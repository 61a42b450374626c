import type { FieldName, Tolerated } from './reading.ts';

/** Every kind of difference but traditional characters, for which a dictionary is needed. */
export type PlainTolerated = Exclude<Tolerated, 'traditional'>;

/** Each makes one kind of difference disappear (R14); they do not depend on each other's order. */
export const PLAIN_PASSES: Readonly<Record<PlainTolerated, (text: string) => string>> = {
  fullWidth: (text) => text.normalize('NFKC'),
  spaces: (text) => text.replace(/[\s\u200b\ufeff]/g, ''),
  letterCase: (text) => text.toUpperCase(),
  // U+00B7 is the dot of the standard (GB/T 28039 ff.); keyboards and engines give others.
  middleDot: (text) => text.replace(/[\u00b7\u2022\u2027\u2219\u22c5\u30fb\uff65\uff0e.]/g, '·'),
  houseWord: (text) => text.replace(/号楼|號樓|幢|栋|棟/g, '栋'),
  ethnicSuffix: (text) => (text.length > 1 ? text.replace(/族$/, '') : text),
};

/** A number, a sex and a date mean one thing only: there only the typist's habits are passed over. */
export const PLAIN_TOLERATED: Readonly<Record<FieldName, readonly PlainTolerated[]>> = {
  name: ['fullWidth', 'spaces', 'middleDot'],
  sex: ['spaces'],
  ethnicity: ['fullWidth', 'spaces', 'ethnicSuffix'],
  birthDate: [],
  address: ['fullWidth', 'spaces', 'houseWord', 'letterCase'],
  idNumber: ['fullWidth', 'spaces', 'letterCase'],
  authority: ['fullWidth', 'spaces'],
  validFrom: [],
  validTo: [],
};
