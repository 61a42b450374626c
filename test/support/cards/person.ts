/** Invented persons for tests: nobody real, but every number and date obeys the rules a real card obeys. */

export type Sex = '男' | '女';

export type InventedPerson = {
  name: string;
  sex: Sex;
  ethnicity: string;
  /** YYYY-MM-DD */
  birth: string;
  address: string;
  /** 18 characters, GB 11643-1999 */
  number: string;
  authority: string;
  /** YYYY-MM-DD */
  validFrom: string;
  /** YYYY-MM-DD or 长期 */
  validTo: string;
};

export type InventOptions = {
  ageYears?: number;
  sex?: Sex;
  /** The day on which the person has that age (default: today). */
  today?: Date;
  /** The card ran out some weeks before `today`. */
  expired?: boolean;
};

const SURNAMES = [...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗'];
const GIVEN_MALE = ['明远', '建国', '志强', '伟', '嘉树', '云峰', '子安', '浩然', '文博', '立新'];
const GIVEN_FEMALE = ['秀英', '晓梅', '雨桐', '静', '若兰', '思远', '佳宁', '雪晴', '丽华', '海燕'];
const ETHNICITIES = ['汉', '汉', '汉', '汉', '回', '满', '壮', '土家', '蒙古', '维吾尔'];
const PLACES = [
  { area: '110105', place: '北京市朝阳区', authority: '北京市公安局朝阳分局' },
  { area: '310101', place: '上海市黄浦区', authority: '上海市公安局黄浦分局' },
  { area: '440305', place: '广东省深圳市南山区', authority: '深圳市公安局南山分局' },
  { area: '330106', place: '浙江省杭州市西湖区', authority: '杭州市公安局西湖分局' },
  { area: '510104', place: '四川省成都市锦江区', authority: '成都市公安局锦江分局' },
  { area: '420106', place: '湖北省武汉市武昌区', authority: '武汉市公安局武昌分局' },
];
const STREETS = ['试验路', '和平街', '样本大道', '新华路', '青年街', '东湖路'];

/** A small seeded generator (mulberry32): the same seed always invents the same person. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const iso = (date: Date): string => date.toISOString().slice(0, 10);

function addYears(date: Date, years: number): Date {
  const moved = new Date(date);
  moved.setUTCFullYear(moved.getUTCFullYear() + years);
  // 29 February in a common year becomes 28 February, as on printed cards.
  if (moved.getUTCMonth() !== date.getUTCMonth()) moved.setUTCDate(0);
  return moved;
}

function addDays(date: Date, days: number): Date {
  return new Date(date.getTime() + days * 86_400_000);
}

/** The check character of a 17-digit body, written apart from the program's own so that the two test each other. */
export function withCheckCharacter(body: string): string {
  let sum = 0;
  for (let i = 0; i < 17; i += 1) sum += Number(body[i]) * (2 ** (17 - i) % 11);
  return body + '10X98765432'[sum % 11];
}

function spanYears(ageAtIssue: number): number | undefined {
  if (ageAtIssue < 16) return 5;
  if (ageAtIssue <= 25) return 10;
  if (ageAtIssue <= 45) return 20;
  return undefined;
}

/** Where nobody says another day: so a test reads the same card every day, not a new one. Ages are those of that day. */
const INVENTED_ON = new Date('2026-06-30T12:00');

/** A person with a valid number and a validity that fits the age at issue (R11, R12). */
export function inventPerson(seed: number, options: InventOptions = {}): InventedPerson {
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const now = options.today ?? INVENTED_ON;
  const today = new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()));
  const ageYears = options.ageYears ?? 24 + Math.floor(random() * 20);
  const sex = options.sex ?? pick<Sex>(['男', '女']);
  const sinceBirthday = 40 + Math.floor(random() * 280);
  const birthDate = addDays(addYears(today, -ageYears), -sinceBirthday);
  const place = pick(PLACES);

  const validity = options.expired === true ? expiredValidity(birthDate, today) : runningValidity(birthDate, ageYears, sinceBirthday, random);
  const order = Math.floor(random() * 499) * 2 + (sex === '男' ? 1 : 2);
  const body = place.area + iso(birthDate).replaceAll('-', '') + String(order).padStart(3, '0');
  return {
    name: pick(SURNAMES) + pick(sex === '男' ? GIVEN_MALE : GIVEN_FEMALE),
    sex,
    ethnicity: pick(ETHNICITIES),
    birth: iso(birthDate),
    address: `${place.place}${pick(STREETS)}${1 + Math.floor(random() * 320)}号${1 + Math.floor(random() * 20)}栋${101 + Math.floor(random() * 1800)}室`,
    number: withCheckCharacter(body),
    authority: place.authority,
    ...validity,
  };
}

function runningValidity(birthDate: Date, ageYears: number, sinceBirthday: number, random: () => number) {
  const issued = addDays(addYears(birthDate, ageYears), 5 + Math.floor(random() * (sinceBirthday - 20)));
  const span = spanYears(ageYears);
  return { validFrom: iso(issued), validTo: span === undefined ? '长期' : iso(addYears(issued, span)) };
}

function expiredValidity(birthDate: Date, today: Date) {
  // The latest issue whose span has already ended.
  for (let age = today.getUTCFullYear() - birthDate.getUTCFullYear(); age >= 1; age -= 1) {
    const issued = addDays(addYears(birthDate, age), 20);
    const span = spanYears(age);
    if (span === undefined) continue;
    const end = addYears(issued, span);
    if (end < addDays(today, -10)) return { validFrom: iso(issued), validTo: iso(end) };
  }
  throw new Error('no card of a person of this age can have run out');
}
