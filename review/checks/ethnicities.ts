/** The 56 ethnic groups (民族) of GB/T 3304, as printed on a card: without 族. */
export const ETHNICITIES: readonly string[] = (
  '汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 ' +
  '撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺'
).split(' ');

const NAMES: ReadonlySet<string> = new Set(ETHNICITIES);

/** The group's name, or null when the text is none of the 56; 族 at the end is the writer's habit. */
export function matchEthnicity(text: string): string | null {
  const bare = text.length > 1 && text.endsWith('族') ? text.slice(0, -1) : text;
  return NAMES.has(bare) ? bare : null;
}
