/**
 * What checks can find, in one catalogue: code → rule, how grave, whether it closes approve, and the words people see.
 * A finding is never hidden and decides nothing by itself; while one that blocks stands, nobody can approve.
 */
export const SEVERITIES = ['info', 'warning', 'serious'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface FindingEntry {
  /** The rule of the domain, R10…R62. */
  readonly rule: string;
  readonly severity: Severity;
  /** Nobody can approve until it is resolved (R28). */
  readonly blocks: boolean;
  /** Where it blocks as what was read off a card: a witness who has looked may decide on it, with a reason. Not pictures, police, age, expiry: those have other ways. */
  readonly decidable: boolean;
  readonly zh: string;
  readonly en: string;
}

/** `serious!`: serious, and closes approve. */
const f = (rule: string, grave: Severity | 'serious!', zh: string, en: string): FindingEntry =>
  ({ rule, severity: grave === 'serious!' ? 'serious' : grave, blocks: grave === 'serious!', decidable: false, zh, en });
/** Eyes may overrule it: a reader can be mistaken again and again about the same card. */
const decidable = (entry: FindingEntry): FindingEntry => ({ ...entry, decidable: true });

export const FINDINGS = {
  // Reading the document
  CARD_NOT_FOUND: f('R14', 'serious!', '照片中没有找到完整的身份证', 'No whole ID card was found in the picture'),
  SIDE_UNKNOWN: f('R14', 'serious!', '无法判断是人像面还是国徽面', 'It is not clear which side of the card this is'),
  SIDE_WRONG: f('R14', 'serious!', '拍成了身份证的另一面', 'This is the other side of the card'),
  SEVERAL_CARDS: f('R14', 'serious!', '照片中不止一张证件，请一次只拍一面', 'More than one card, or both sides, in one picture: take one side at a time'),
  OTHER_DOCUMENT: f('R14', 'serious!', '这不是居民身份证或港澳台居民居住证', 'This is another document, not a resident ID card or residence permit'),
  ID_READ_DIFFERENTLY: decidable(f('R14', 'serious!', '两次识别的身份证号码不同，请重拍或人工核对', 'Two readers read the number differently: take the photo again, or a person checks it')),
  ID_NUMBER_NOT_READ: decidable(f('R14', 'serious!', '身份证号码没有读出，请重拍或人工核对', 'The number was not read: take the photo again, or a person checks it')),
  DOCUMENT_KINDS_DIFFER: decidable(f('R14', 'serious!', '两面不是同一种证件（居民身份证、港澳台居民居住证），请重拍或人工核对', 'The two sides are of different documents (ID card, residence permit): take them again, or a person checks them')),
  FIELD_UNREADABLE: f('R14', 'warning', '此项没有读出，请人工核对', 'This field could not be read; a person has to look'),
  FIELD_UNSURE: f('R14', 'info', '此项识别把握不大，请核对', 'This field was read with little confidence; please check'),
  // The number (GB 11643-1999)
  ID_FORMAT_WRONG: decidable(f('R12', 'serious!', '身份证号码应为17位数字加1位校验码', 'The number must be 17 digits and a check character')),
  ID_CHECK_CHARACTER_WRONG: decidable(f('R12', 'serious!', '身份证号码校验码不正确', 'The check character of the number is wrong')),
  ID_DATE_IMPOSSIBLE: decidable(f('R12', 'serious!', '身份证号码中的出生日期不存在', 'The birth date inside the number does not exist')),
  ID_BIRTH_DATE_DIFFERS: decidable(f('R12', 'serious!', '出生日期与身份证号码不一致', 'The birth date does not agree with the number')),
  ID_SEX_DIFFERS: decidable(f('R12', 'serious!', '性别与身份证号码不一致', 'The sex does not agree with the number')),
  ID_AREA_UNKNOWN: f('R13', 'warning', '身份证号码的地区代码不在代码表中，需人工核对', 'The area code of the number is in no table; a person reviews it'),
  // Age and validity
  AGE_UNDER_16: f('R10', 'serious!', '未满16周岁，请由监护人陪同到营业部办理', 'Under 16: visit a branch with a guardian'),
  AGE_UNDER_18: f('R10', 'serious!', '未满18周岁，请到营业部办理', 'Under 18: visit a branch'),
  AGE_OVER_LIMIT: f('R10', 'serious!', '超过在线开户年龄上限，请到营业部办理', 'Above the age limit for opening online: visit a branch'),
  ID_EXPIRED: f('R11', 'serious!', '身份证已过期', 'The ID card has expired'),
  ID_NOT_YET_VALID: f('R11', 'serious!', '身份证有效期尚未开始', 'The ID card is not valid yet'),
  // Not decidable either: on a camera a misprint looks like a forgery; the way out is a new card, or a branch (decision 20).
  ID_VALIDITY_UNFIT: f('R11', 'serious!', '有效期限与签发时年龄不符，请核对；证件确实如此印制的，请换领新证或到营业部办理', 'The period of validity does not fit the age at issue: check it; if the card really says so, a new card or a branch'),
  // Comparison
  FIELD_DIFFERS: decidable(f('R14', 'warning', '此项在两处不一致', 'This field differs between two places')),
  FIELD_DIFFERS_IN_FORM_ONLY: f('R14', 'info', '写法不同，内容相同', 'Written differently, but the same'),
  FIELD_MISSING: f('R14', 'info', '此项在一处没有内容', 'This field is missing in one place'),
  // Picture quality
  PHOTO_BLURRED: f('R21', 'serious!', '照片模糊，请对准后拿稳', 'Blurred: hold still until it is sharp'),
  PHOTO_TOO_DARK: f('R21', 'serious!', '光线太暗，请到明亮处', 'Too dark: go where there is more light'),
  PHOTO_OVER_EXPOSED: f('R21', 'serious!', '曝光过度，请避开强光', 'Over-exposed: move out of the strong light'),
  PHOTO_GLARE: f('R21', 'serious!', '证件反光，请调整角度', 'Glare: tilt the card until the reflection is gone'),
  PHOTO_TOO_SMALL: f('R21', 'serious!', '画面太小，请靠近一些', 'Too small: come closer'),
  PHOTO_MOTION_BLURRED: f('R21', 'serious!', '拍摄时晃动，请拿稳后再拍', 'Blurred by movement: hold phone and card still'),
  PHOTO_TILTED: f('R21', 'serious!', '角度太斜，请正对证件拍摄', 'Tilted too far: hold the phone straight above the card'),
  PHOTO_NO_FACE: f('R21', 'serious!', '画面中没有人脸，请正对镜头', 'No face in the picture: look straight into the camera'),
  PHOTO_TWO_FACES: f('R21', 'serious!', '画面中不止一张人脸，请让其他人离开', 'More than one face in the picture: others should step out of it'),
  PHOTO_FACE_ON_CARD: f('R20', 'serious!', '画面中是证件上的照片，请拍摄客户本人', 'This is the photo on a card: take the client’s own face'),
  PHOTO_CUT_OFF: f('R21', 'serious!', '证件没有拍完整，请把四角都放进画面', 'Cut off: bring all four corners into the picture'),
  // Advice on pictures and faces: a person weighs it, it closes nothing (R17, R20, R23)
  BACKGROUND_DIFFERS: f('R23', 'warning', '两张照片的背景不像同一处，请多加注意', 'The backgrounds of the two photos do not seem to belong together; take extra care'),
  FACE_TURNED: f('R20', 'warning', '人脸没有正对镜头', 'The face is not turned straight to the camera'),
  FACE_EYES_COVERED: f('R20', 'warning', '眼部似有遮挡（如墨镜）', 'The eyes seem to be covered (dark glasses)'),
  FACE_MOUTH_COVERED: f('R20', 'warning', '口鼻部似有遮挡（如口罩）', 'Mouth and nose seem to be covered (a mask)'),
  FACE_SIMILARITY_LOW: f('R17', 'warning', '人脸与对照照片相似度较低，仅供参考，请人工比对', 'Little similarity to the picture it was compared with; advice only, a person compares'),
  FACE_SIMILARITY: f('R17', 'info', '人脸与对照照片的相似度，仅供参考', 'Similarity to the picture it was compared with; advice only'),
  // Known to us or to others (R16)
  CUSTOMER_EXISTS: f('R16', 'warning', '该客户已有客户号，请向客户确认是否仍要开户', 'This person already has a customer number: ask whether another account is wanted'),
  EARLIER_REJECTION: f('R16', 'warning', '该客户曾被驳回', 'This person was rejected before'),
  NEGATIVE_LIST: f('R16', 'serious!', '命中负面名单，不能通过：请按“疑似欺诈”交组长处理', 'On the negative list, cannot be approved: hand it to the team lead with “Suspected fraud”'),
  CUSTOMER_NOT_KNOWN_YET: f('R16', 'warning', '是否已有客户号：柜台系统暂未答复', 'Whether there is a customer number is not known yet: the core system has not answered'),
  RELATION_NOT_KNOWN_YET: f('R16', 'warning', '一码通关联关系：中国结算暂未答复', 'The relation to the one-code account is not known yet: the depository has not answered'),
  RELATION_UNCONFIRMED: f('R16', 'warning', '一码通账户关联关系未确认，请提醒客户确认', 'The relation to the one-code account is not confirmed: remind the client to confirm it'),
  // Police check (公安联网核查), each answer with its name (R22)
  POLICE_PENDING: f('R22', 'serious!', '公安核查结果尚未返回', 'The police check has not answered yet'),
  POLICE_FACE_PENDING: f('R22', 'serious!', '公安人像核查结果尚未返回', 'The police check of the face has not answered yet'),
  POLICE_NAME_MISMATCH: f('R22', 'serious!', '公安核查：姓名与号码不一致', 'Police check: name and number do not match'),
  POLICE_PHOTO_MISMATCH: f('R22', 'serious!', '公安核查：照片不一致', 'Police check: the photo does not match'),
  POLICE_BAD_IMAGE: f('R22', 'warning', '公安核查：照片质量不足', 'Police check: the picture is not good enough'),
  POLICE_NO_PHOTO: f('R22', 'info', '公安核查：库中无照片', 'Police check: no photo on file'),
  // These two block until a person has decided on them, with a reason.
  POLICE_NO_RECORD: f('R22', 'serious!', '公安核查：库中无此号，请人工决定', 'Police check: no record; a person decides'),
  POLICE_UNAVAILABLE: f('R22', 'serious!', '公安核查暂不可用，请人工决定', 'Police check unavailable; a person decides'),
  // The photo beside the recorded frame of its second: photos cannot be swapped (R20)
  PHOTO_NOT_IN_RECORDING: f('R20', 'serious!', '照片与当时的录像画面不符，请重拍', 'The photo was not in the recorded picture at its time: take it again'),
  PHOTO_OF_OTHER_MOMENT: f('R20', 'serious!', '照片是录像中另一时刻的画面，请重拍', 'The photo shows another moment of the recording: take it again'),
  PHOTO_MIRRORED: f('R20', 'serious!', '照片与录像画面左右相反，请重拍', 'The photo is the recorded picture mirrored: take it again'),
  PHOTO_RETOUCHED: f('R20', 'serious!', '照片有一处与录像画面不符，疑似改动，请重拍', 'One place of the photo is not as it was recorded, it may have been altered: take it again'),
  PHOTO_NOT_COMPARED: f('R20', 'serious!', '录像中没有可与照片核对的画面，请重拍', 'The recording holds no picture to compare the photo with: take it again'),
  // The phone's still beside the photo of record
  STILL_NOT_IN_RECORDING: f('R20', 'serious!', '所识别的手机高清照片与录像画面不符，请重拍', 'The phone’s still that was read does not show what was recorded: take the photo again'),
  STILL_DOES_NOT_FIT: f('R20', 'warning', '手机高清照片与视频画面不一致，未作识别', 'The phone’s still does not show the same scene as the video frame; it was not read'),
} as const satisfies Record<string, FindingEntry>;

export type FindingCode = keyof typeof FINDINGS;
export const FINDING_CODES = Object.keys(FINDINGS) as [FindingCode, ...FindingCode[]];
