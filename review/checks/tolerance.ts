/** What two ways of writing the same thing may differ in, field by field (R14). Pure; it says what it passed over. */
import { Converter } from 'opencc-js/t2cn';

import type { FieldName, Tolerated } from '../../contracts/reading.ts';
import { PLAIN_PASSES, PLAIN_TOLERATED } from '../../contracts/tolerance.ts';

let converter: ((text: string) => string) | undefined;
/** The dictionary is built when the first two texts differ. */
const simplified = (text: string): string => (converter ??= Converter({ from: 't', to: 'cn' }))(text);

/**
 * Characters that 通用规范汉字表 (2013) keeps as standard ones beside those which the dictionary would make of them: 於 is a
 * surname of its own beside 于, 昇 a name beside 升. What the dictionary leaves alone (锺, 甯, 喆) need not stand here.
 */
const KEPT_APART = /[於夥徵麽祕釐剋劄扞昇氾乾吒脩蒐谿陞袷薹]/;
const simplifiedName = (text: string): string => text.split(new RegExp(`(${KEPT_APART.source})`)).map((part) => (KEPT_APART.test(part) ? part : simplified(part))).join('');

const PASSES: Readonly<Record<Tolerated, (text: string) => string>> = { ...PLAIN_PASSES, traditional: simplified };

/** Traditional characters are passed over where words stand. */
const TRADITIONAL: readonly FieldName[] = ['name', 'ethnicity', 'address', 'authority'];
const allowedFor = (field: FieldName): readonly Tolerated[] => [...PLAIN_TOLERATED[field], ...(TRADITIONAL.includes(field) ? ['traditional' as const] : [])];

const passed = (field: FieldName, text: string, kinds: readonly Tolerated[]): string =>
  kinds.reduce((made, kind) => (field === 'name' && kind === 'traditional' ? simplifiedName : PASSES[kind])(made), text);

/**
 * What has to be passed over so that the two texts are the same; null when they are not the same whatever is passed over.
 * Only what is really needed is named.
 */
export function toleranceBetween(field: FieldName, left: string, right: string): readonly Tolerated[] | null {
  const allowed = allowedFor(field);
  if (passed(field, left, allowed) !== passed(field, right, allowed)) return null;
  // One after the other is left away for as long as the rest still suffices.
  return allowed.reduce<readonly Tolerated[]>((kept, kind) => {
    const without = kept.filter((one) => one !== kind);
    return passed(field, left, without) === passed(field, right, without) ? without : kept;
  }, allowed);
}
