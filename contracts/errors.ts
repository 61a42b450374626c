/**
 * The one catalogue of errors: code → HTTP status, words for people, and what to do next.
 * Codes are stable; texts may be improved. Nothing personal ever stands in an error.
 */
export interface ErrorEntry {
  readonly status: number;
  readonly zh: string;
  readonly en: string;
  readonly todoZh: string;
  readonly todoEn: string;
}

const e = (status: number, zh: string, en: string, todoZh: string, todoEn: string): ErrorEntry => ({ status, zh, en, todoZh, todoEn });

export const ERRORS = {
  // General
  BAD_REQUEST: e(400, '提交的内容不完整或格式不对', 'The request is incomplete or malformed', '请检查标出的项目后重新提交', 'Check the marked fields and send again'),
  NOT_FOUND: e(404, '没有找到', 'Not found', '请返回上一页', 'Go back'),
  UNKNOWN_MESSAGE: e(400, '无法识别的消息', 'Unknown message', '请刷新页面', 'Reload the page'),
  MESSAGE_NOT_JSON: e(400, '消息不是有效的 JSON', 'The message is not valid JSON', '请刷新页面', 'Reload the page'),
  INTERNAL: e(500, '系统暂时出错，已记录', 'Something went wrong; it has been recorded', '请稍后再试，已填内容不会丢失', 'Try again shortly; nothing you entered is lost'),
  OUTSIDE_UNAVAILABLE: e(503, '外部系统暂时没有应答', 'An outside system does not answer at the moment', '请稍后再试，已填内容不会丢失', 'Try again shortly; nothing you entered is lost'),
  OVERLOADED: e(503, '系统繁忙', 'The system is busy', '请稍后再试', 'Try again shortly'),
  STALE_VERSION: e(409, '内容已被他人更新', 'Somebody else has changed this in the meantime', '请刷新后再操作', 'Reload and try again'),
  STATE_NOT_ALLOWED: e(409, '当前状态不能进行此操作', 'Not possible in the present state', '请刷新页面查看当前进度', 'Reload the page to see the present state'),
  ORIGIN_NOT_ALLOWED: e(403, '请求来源不被允许', 'The request comes from a foreign page', '请从官方地址进入', 'Open the official address'),
  INSECURE_ADDRESS: e(421, '此地址不安全，手机不会开放摄像头', 'This address is not secure: phones do not open the camera on it', '请使用 https:// 开头的地址', 'Use the address that begins with https://'),
  REQUEST_TOO_LARGE: e(413, '提交的内容过大', 'The request is too large', '请减少内容后重新提交', 'Shorten it and send again'),
  TOO_MANY_TRIES: e(429, '尝试次数过多', 'Too many tries', '请稍后再试', 'Wait a little and try again'),
  // Log-in
  LOGIN_REQUIRED: e(401, '请先登录', 'Please log in first', '请重新登录', 'Log in again'),
  LOGIN_WRONG: e(401, '用户名、密码或动态码不正确', 'User name, password or one-time password is wrong', '请检查后重试', 'Check and try again'),
  ROLE_NOT_ALLOWED: e(403, '您的岗位没有此权限', 'Your role does not allow this', '如需要请联系组长', 'Ask your team lead if you need it'),
  CASE_NOT_YOURS: e(403, '此业务不由您办理', 'This case is not yours', '请返回列表', 'Go back to your list'),
  SAME_PERSON: e(403, '见证人、复核人和稽核人不能是同一人', 'Witness, reviewer and auditor of one case must be different people', '请由其他同事办理', 'Leave this case to a colleague'),
  QUALIFICATION_EXPIRED: e(403, '执业资格或培训已过期', 'Your qualification or training is out of date', '请先完成培训再上线', 'Complete the training before going online'),
  CONSENT_REQUIRED: e(403, '需要先阅读告知书并作出同意', 'Notice and consents come first', '请返回第一步', 'Go back to the first step'),
  PHONE_INVALID: e(400, '手机号码不正确', 'The mobile number is not valid', '请输入 11 位手机号码', 'Enter the 11-digit mobile number'),
  CODE_WRONG: e(400, '验证码不正确', 'The code is wrong', '请核对短信中的验证码', 'Check the code in the message'),
  CODE_EXPIRED: e(400, '验证码已过期', 'The code has expired', '请重新获取验证码', 'Ask for a new code'),
  CODE_LOCKED: e(429, '验证码错误次数过多，已作废', 'Too many wrong codes; this code is void', '请十分钟后重新获取验证码', 'Ask for a new code in ten minutes'),
  DEVICE_TAKEN_OVER: e(409, '您已在另一台设备上继续办理', 'You went on with another device', '如要在本机继续，请重新登录', 'Log in again to go on here'),
  // Uploads
  UPLOAD_MISSING: e(400, '没有收到照片，或文件是空的', 'No photo was received, or the file is empty', '请重新拍摄或选择照片', 'Take or choose the photo again'),
  UPLOAD_NOT_AN_IMAGE: e(415, '这不是照片文件', 'This is not a picture', '请拍摄身份证或选择 JPG、PNG 照片', 'Take a photo of the ID card or choose a JPG or PNG'),
  UPLOAD_FORMAT_NOT_SUPPORTED: e(415, '不支持这种照片格式', 'This picture format cannot be read', '请使用 JPG 或 PNG 照片（iPhone 可直接拍照）', 'Use a JPG or PNG (on an iPhone, take the photo directly)'),
  UPLOAD_TRUNCATED: e(422, '照片文件损坏，没有传完整', 'The picture file is damaged or did not arrive whole', '请重新拍照，或再选一次照片', 'Take the photo again, or choose it once more'),
  UPLOAD_TOO_MANY_PIXELS: e(413, '照片尺寸过大', 'The picture has too many pixels', '请用手机直接拍照上传', 'Take the photo directly with the phone'),
  UPLOAD_TOO_LARGE: e(413, '照片文件过大', 'The file is too large', '请用手机直接拍照上传', 'Take the photo directly with the phone'),
  DOCUMENT_MISSING: e(409, '身份证照片不齐', 'Photos of both ID sides are needed', '请上传身份证正反两面', 'Upload both sides of the ID card'),
  // Form
  ID_NUMBER_INVALID: e(422, '身份证号码有误', 'The ID number is not valid', '请逐位核对身份证号码', 'Check the number digit by digit'),
  BIRTH_DATE_MISMATCH: e(422, '出生日期与身份证号码不一致', 'The birth date does not agree with the ID number', '请核对出生日期', 'Check the birth date'),
  SEX_MISMATCH: e(422, '性别与身份证号码不一致', 'The sex does not agree with the ID number', '请核对性别', 'Check the sex'),
  AGE_UNDER_16: e(422, '未满 16 周岁不能开户', 'Under 16 an account cannot be opened here', '请由监护人陪同到营业部咨询', 'Visit a branch with a guardian'),
  AGE_UNDER_18: e(422, '未满 18 周岁不能在线开户', 'Under 18 an account cannot be opened online', '请携带身份证到营业部办理', 'Visit a branch with the ID card'),
  AGE_OVER_LIMIT: e(422, '超过在线开户年龄上限', 'Above the age limit for opening online', '请到营业部办理', 'Visit a branch'),
  ID_EXPIRED: e(422, '身份证已过期', 'The ID card has expired', '请换领新证后再来，已填内容会保留', 'Renew the card and come back; what you entered is kept'),
  ID_NOT_YET_VALID: e(422, '身份证有效期尚未开始', 'The ID card is not valid yet', '请核对有效期限', 'Check the period of validity'),
  ID_VALIDITY_UNFIT: e(422, '身份证有效期限与签发时年龄不符', 'The period of validity does not fit the age at issue', '请核对有效期限；证件确实如此印制的，请先到公安机关换领，或携带身份证到营业部办理', 'Check the period of validity; if the card really says so, have it replaced by the police, or bring it to a branch'),
  STEP_INCOMPLETE: e(409, '前面的步骤还没有完成', 'An earlier step is not complete', '请按提示补齐', 'Complete what is named'),
  RISK_CLASS_BLOCKED: e(422, '您的风险承受能力为最低类别，暂不能在线开户', 'Your risk class is the lowest: an account cannot be opened online', '请联系营业部了解适合的服务', 'Ask a branch for services that suit you'),
  BANK_CARD_INVALID: e(422, '银行卡号有误', 'The bank card number is not valid', '请核对银行卡号', 'Check the card number'),
  PASSWORD_WEAK: e(422, '密码过于简单', 'The password is too weak', '不要使用生日、重复或连续数字', 'Do not use the birth date, repeated or running digits'),
  PASSWORDS_EQUAL: e(422, '交易密码和资金密码不能相同', 'Trading and fund password must differ', '请把其中一个换成别的 6 位数字', 'Choose other digits for one of them'),
  PASSWORD_UNREADABLE: e(422, '密码未能安全送达', 'The password could not be read by the core system', '请重新设置密码', 'Set the password again'),
  TEXT_VERSION_OLD: e(409, '协议已有新版本', 'There is a newer version of this text', '请阅读新版本', 'Read the new version'),
  CERTIFICATE_INVALID: e(422, '数字证书无效', 'The certificate is not valid', '请重新申请证书', 'Apply for the certificate again'),
  SIGNATURE_INVALID: e(422, '签名验证未通过', 'The signature does not verify', '请重新签署', 'Sign again'),
  // Line and seats
  READY_CHECK_FAILED: e(409, '设备检测未通过', 'The device check has not passed', '请按提示调整后重新检测', 'Follow the hints and check again'),
  SEAT_CHECK_REQUIRED: e(409, '请先完成坐席检查', 'The seat check comes first', '请完成坐席检查后上线', 'Complete the seat check, then go online'),
  OFFER_GONE: e(409, '该客户已不再等待', 'This client is no longer waiting', '请等待下一位客户', 'Wait for the next client'),
  REASON_REQUIRED: e(400, '请选择原因', 'A reason is needed', '请选择一个原因代码', 'Choose a reason code'),
  REASON_UNKNOWN: e(400, '原因代码不存在', 'Unknown reason code', '请重新选择', 'Choose again'),
  COMMENT_REQUIRED: e(400, '此原因需要填写说明', 'This reason needs a comment', '请填写说明', 'Write a comment'),
  // Call
  TICKET_INVALID: e(401, '通话凭证无效或已使用', 'The ticket is not valid or was already used', '请重新进入通话', 'Enter the call again'),
  SESSION_NOT_FOUND: e(404, '没有这个通话', 'No such session', '请返回列表', 'Go back to your list'),
  SESSION_NOT_LIVE: e(409, '通话未接通', 'The call is not connected', '请等待客户接通', 'Wait until the client is connected'),
  MEDIA_UNAVAILABLE: e(503, '视频服务暂不可用', 'The video service is not available', '请稍候，系统会自动重连', 'Please wait; it reconnects by itself'),
  FRAME_TOO_OLD: e(409, '画面已过期', 'The frame is too old', '请重新拍照', 'Take the photo again'),
  FRAME_UNKNOWN: e(409, '服务器没有收到这一画面', 'The server did not receive this frame', '请重新拍照', 'Take the photo again'),
  FRAME_INCOMPLETE: e(409, '这一画面因丢包不完整', 'The frame is incomplete because packets were lost', '请重新拍照', 'Take the photo again'),
  FRAME_NOT_OF_CLIENT_TRACK: e(409, '只能对客户当前的画面拍照', 'Photos are taken only of the client’s present picture', '请重新拍照', 'Take the photo again'),
  PHOTO_UNDECODABLE: e(422, '照片无法解码', 'The photo cannot be decoded', '请重新拍照', 'Take the photo again'),
  PHOTO_REFUSED: e(422, '照片质量不合格', 'The photo is not good enough', '请按提示调整后重新拍照', 'Follow the hint and take it again'),
  // Decision
  RECORDING_MISSING: e(409, '没有录像，不能通过', 'Without a recording nothing can be approved', '请等待录像恢复，并补做录像中断期间的项目', 'Wait for the recorder, then redo the items inside the gap'),
  RECORDING_GAP: e(409, '录像中断期间的项目需要重做', 'Items done while the recorder was down have to be done again', '请补做列出的项目', 'Redo the items listed'),
  SCRIPT_INCOMPLETE: e(409, '见证话术尚未全部完成', 'The script is not complete', '请完成列出的项目', 'Complete the items listed'),
  PHOTOS_INCOMPLETE: e(409, '照片不齐', 'Photos are missing', '请拍齐客户头像、身份证人像面和国徽面', 'Take the face, the portrait side and the emblem side'),
  FINDING_BLOCKS: e(409, '存在必须处理的检查结果', 'A finding stands in the way', '请处理列出的检查结果，或驳回', 'Resolve the findings listed, or reject'),
  POLICE_NOT_DECIDABLE: e(409, '这一核查结果不能由人工决定', 'This answer of the police check is not one that a person decides on', '请刷新后按最新的核查结果处理', 'Look at the newest answer and act on it'),
  FINDING_NOT_DECIDABLE: e(409, '这一检查结果不能由人工决定', 'This finding is not one that a person decides on', '请刷新后按最新的照片和检查结果处理', 'Look at the newest photo and findings and act on them'),
  NEGATIVE_ENTRY_EXISTS: e(409, '该号码已在负面名单中', 'This number is on the negative list already', '请查看名单中的记录', 'Look at the entry in the list'),
  DECISION_ALREADY_MADE: e(409, '已作出决定', 'The decision has been made', '请返回列表', 'Go back to your list'),
  POSTPONED: e(409, '该业务已延后，未到约定日期', 'This case is postponed and its day has not come', '请在延后日期当天或之后办理', 'Open it on the day it was postponed to, or later'),
  POSTPONE_DATE_REQUIRED: e(400, '请填写延后日期', 'Postponing needs a date', '请选择以后的日期', 'Choose a date in the future'),
  // Evidence
  RECORDED_ELSEWHERE: e(409, '此通话正由另一台服务器录像', 'Another recorder holds this call', '请等待几秒，系统会自动处理', 'Wait a few seconds; it is settled by itself'),
  STORE_FULL: e(507, '存储空间不足', 'The evidence store is full', '请联系运维人员', 'Call operations'),
  STORE_LOW: e(503, '证据存储空间不足，暂不接入新客户；正在进行的通话不受影响', 'The evidence store is running out of room: no new call begins; running calls go on', '请联系运维人员腾出空间；恢复后系统会自动继续派单，客户的位置已保留', 'Call operations to make room. Offers go on by themselves then; the client keeps the place'),
  EVIDENCE_DAMAGED: e(500, '证据文件校验失败', 'An evidence file fails its check', '请联系稽核人员', 'Call the auditor on duty'),
  KEY_UNAVAILABLE: e(503, '密钥不可用', 'The key is not available', '请联系运维人员', 'Call operations'),
  CASE_DESTROYED: e(409, '该业务已按保存期限规定销毁', 'This case was destroyed at the end of its retention', '请查看销毁记录', 'Look at the record of its destruction'),
  HOLD_EXISTS: e(409, '该业务已有法律保全', 'A legal hold stands on this case already', '请查看已有的保全记录', 'Look at the hold that stands'),
  RETENTION_NOTHING_DUE: e(409, '目前没有保存期满的业务', 'No case is due for destruction', '无需处理', 'There is nothing to do'),
  RETENTION_SECOND_PERSON: e(403, '销毁须由制表人以外的人确认', 'Destruction is confirmed by somebody else than who made the report', '请由另一位同事确认', 'Ask a colleague to confirm it'),
  RETENTION_REPORT_OLD: e(409, '清单已超过七天，不能再确认', 'The report is older than seven days and cannot be confirmed', '请重新生成清单', 'Make a new report'),
  RANGE_BEYOND: e(416, '请求的片段超出文件范围', 'The range that was asked for lies outside of the file', '请刷新页面', 'Reload the page'),
  PURPOSE_REQUIRED: e(400, '请填写查看目的', 'Say why you look', '请填写查看目的', 'Give the purpose'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** Which field is wrong, or which item is missing: codes only, never the value that was sent. */
export interface ErrorDetail {
  readonly field?: string;
  readonly code?: string;
  readonly items?: readonly string[];
  readonly retryAfterSeconds?: number;
  /** Bytes of the file that a range was asked of. */
  readonly size?: number;
}

/** The one error type that crosses modules; everything else that is thrown is a fault of ours (INTERNAL). */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly detail: ErrorDetail | undefined;
  constructor(code: ErrorCode, detail?: ErrorDetail, options?: { cause?: unknown }) {
    super(code, options);
    this.name = 'AppError';
    this.code = code;
    this.detail = detail;
  }
  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** What goes over the wire for an error, HTTP and sockets alike. */
export interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: { readonly zh: string; readonly en: string };
  readonly todo: { readonly zh: string; readonly en: string };
  readonly detail?: ErrorDetail;
}

/** The body of an error code in both languages. */
export const errorBody = (code: ErrorCode, detail?: ErrorDetail): ErrorBody => {
  const entry = ERRORS[code];
  return { code, message: { zh: entry.zh, en: entry.en }, todo: { zh: entry.todoZh, en: entry.todoEn }, ...(detail ? { detail } : {}) };
};
