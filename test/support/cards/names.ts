/** Parts of invented names. Nobody is meant; the parts are common ones, and the marked rare ones (生僻字). */
export const SURNAMES = [...('王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜肖詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边')];
export const DOUBLE_SURNAMES = '欧阳 司马 上官 诸葛 司徒 东方 皇甫 尉迟 公孙 慕容 令狐 夏侯'.split(' ');
export const GIVEN_MALE = [...'伟强磊军洋勇杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林欢佳建国志文博天翔子轩泽昊然睿晨阳宏毅海峰成云松柏栋梁德仁义礼信忠诚永康安邦兴业家荣富贵春生秋来冬青启航振东继先绍祖光耀庆祥瑞少卿世昌'];
export const GIVEN_FEMALE = [...'芳娜敏静丽艳娟霞秀英燕玲桂兰洁梅琳雪婷慧莹玉萍红倩颖露瑶怡佳欣雨桐梓涵思若曦诗琪梦晓彤淑珍美华月娥彩凤琴素云翠莲爱香菊巧珠蓉嘉宁晴薇妍舒雅馨可心语安然清漪小曼白露'];
/**
 * Rare characters (生僻字) of given names, none of them in the recogniser's own list: it can only mistake or lose them.
 * No character is in both sets, so that what was tuned on the one says something about the other.
 */
export const RARE_GIVEN = {
  tuning: [...'㛃骉赟骕䜣㭎㮾瑀翯㬎玙昉颋劼玘珝玹琤瑢璠瓛堉婳弢旻昳晅枟沄泖渟湉炱煐燏皛矅禛穜竑'],
  final: [...'䶮翀昪妘骦䲜㛂濬翾飏㬢燊翛暠玎玭珮琇璆璘璪姃嫄彣悫扆旂暻曈橦洧澔焓珒琎瑨脩蓁颀飔'],
} as const;
/** Villages with such a character. */
export const RARE_VILLAGES = {
  tuning: '㘵洲村 上塆村 圐圙村 㙦岭村 垴上村 大塝村 湴湖村'.split(' '),
  final: '大墘村 漖口村 䃅山村 氹仔村 峣山村 坮头村 磜下村'.split(' '),
} as const;

/** How many of the names of a group that has names too long for one line of the card are such. */
export const LONG_NAMES = {
  share: 0.12,
  of: {
    维吾尔: { male: ['阿卜杜热西提·阿卜杜外力江', '麦麦提图尔荪·麦麦提敏·托合提', '努尔麦麦提江·阿卜杜喀迪尔'], female: ['阿依努尔古丽·阿卜杜热合曼', '布威阿依谢姆·麦麦提尼亚孜', '布海丽且木·阿卜杜克热木江'] },
    藏: { male: ['贡觉丹增次仁·格桑顿珠多吉'], female: ['嘎玛次仁卓玛·白玛曲珍央金'] },
    哈萨克: { male: ['努尔苏丹·阿布德别克汗·巴合提'], female: ['古丽扎提阿依·叶尔兰别克汗'] },
  } as Readonly<Record<string, { readonly male: readonly string[]; readonly female: readonly string[] }>>,
} as const;

/** Names of ethnic minorities that are not a Chinese surname with a given name. The middle dot is U+00B7. */
export const ETHNIC_NAMES: Readonly<Record<string, { readonly male: readonly string[]; readonly female: readonly string[] }>> = {
  维吾尔: {
    male: ['买买提·吐尔逊', '艾力·阿不都', '阿卜杜拉·热合曼', '吐尔洪·依明', '库尔班·尼亚孜', '玉素甫·哈斯木', '努尔买买提·赛买提'],
    female: ['阿依古丽·买买提', '热依汗·吐尔逊', '古丽娜尔·艾合买提', '帕提古丽·阿不力孜', '迪丽努尔·玉山', '早热古丽·卡德尔'],
  },
  哈萨克: { male: ['叶尔江·努尔兰', '巴合提·别克', '哈那提·木拉提'], female: ['阿依努尔·哈力', '古丽扎提·叶尔兰', '加娜尔·胡安'] },
  柯尔克孜: { male: ['托合托·马木提', '居马·吐尔干'], female: ['阿依西·吐尔地', '布如丽·居马'] },
  塔吉克: { male: ['米尔扎·夏里', '达木·拉齐尼'], female: ['古丽·巴拉提', '夏依扎·买买提'] },
  乌孜别克: { male: ['阿里木江·卡里'], female: ['古丽巴哈尔·伊敏'] },
  塔塔尔: { male: ['伊利亚·沙比提'], female: ['法蒂玛·哈里'] },
  藏: { male: ['扎西次仁', '多吉', '索朗旺堆', '格桑顿珠', '丹增平措', '洛桑'], female: ['卓玛', '央金拉姆', '白玛曲珍', '次仁德吉', '格桑梅朵'] },
  蒙古: { male: ['巴特尔', '苏和', '布仁巴雅尔', '额尔敦', '孟和吉雅'], female: ['斯琴高娃', '其其格', '乌兰托娅', '萨仁', '娜仁花'] },
  彝: { male: ['吉克曲一', '阿木尔布', '沙马拉且'], female: ['阿依木呷', '吉克阿支', '莫色日扎'] },
  傣: { male: ['岩温', '岩罕香', '刀文强'], female: ['玉香', '玉罕叫', '刀美兰'] },
  景颇: { male: ['勒排早腊', '木然干'], female: ['排木果', '何木比'] },
  佤: { male: ['岩块', '艾嘎'], female: ['叶嘎', '娜木'] },
  傈僳: { male: ['阿普扒', '余阿四'], female: ['阿娜妹', '此路恒'] },
  俄罗斯: { male: ['亚历山大·彼得'], female: ['娜塔莎·伊万'] },
};
