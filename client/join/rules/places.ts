/** GB/T 2260: the first two digits of an ID number name the province in which it was given out. */
const PROVINCES: Readonly<Record<string, string>> = {
  11: '北京', 12: '天津', 13: '河北', 14: '山西', 15: '内蒙古', 21: '辽宁', 22: '吉林', 23: '黑龙江', 31: '上海', 32: '江苏', 33: '浙江', 34: '安徽', 35: '福建', 36: '江西', 37: '山东',
  41: '河南', 42: '湖北', 43: '湖南', 44: '广东', 45: '广西', 46: '海南', 50: '重庆', 51: '四川', 52: '贵州', 53: '云南', 54: '西藏', 61: '陕西', 62: '甘肃', 63: '青海', 64: '宁夏', 65: '新疆',
};
const UNIT = /(.{2,}?)(?:特别行政区|自治区|自治州|自治县|自治旗|地区|省|市|盟|州|区|县|旗)/gu;
/** Peoples' names inside a region's name ("广西壮族自治区"), which addresses may leave out. */
const PEOPLES = /(?:壮族|回族|维吾尔)$/;

/** The first two levels that an issuing authority names, without their kind: 杭州市公安局西湖分局 → 杭州, 西湖. */
const levelsOf = (authority: string): string[] => {
  const text = authority.normalize('NFKC').replace(/\s/g, '');
  const before = text.split('公安')[0] ?? '';
  const office = /公安(?:分)?局(.{2,}?)分局/.exec(text)?.[1];
  const units = [...before.matchAll(UNIT)].map(([, name = '']) => name.replace(PEOPLES, ''));
  return [...units, ...(office === undefined ? [] : [office.replace(/[区县市]$/, '')])].slice(0, 2);
};

/**
 * False when neither the address nor the number's province has a place that the issuing authority names: perhaps the
 * two sides are of two cards. Only a hint, as people move; what names no place fits everything (R14).
 */
export const placesFit = ({ authority, address, idNumber }: { readonly authority: string; readonly address: string; readonly idNumber: string }): boolean => {
  const levels = levelsOf(authority);
  if (levels.length === 0 || address.trim() === '') return true;
  const home = address.normalize('NFKC').replace(/\s/g, '');
  const province = PROVINCES[idNumber.slice(0, 2)];
  return levels.some((level) => home.includes(level) || level === province);
};
