/** What the fields and codes of a manifest's contents are called in the readable report, Chinese first. Whatever is not here is shown by its own name: nothing is left out. */
import { CUSTODY_BANKS } from '../../../contracts/banks.ts';
import { FINDINGS } from '../../../contracts/findings.ts';
import { FIELD_WORDS } from '../../../contracts/reading.ts';
import { REASONS } from '../../../contracts/reasons/index.ts';
import { ANSWER_WORDS, CUES, SCRIPT } from '../../../contracts/script.ts';
import { COLUMN_NAMES, COLUMN_VALUES } from './reportColumns.ts';
import { own, table, texts, words } from './reportTables.ts';
import type { Table, Words } from './reportTables.ts';

export { words } from './reportTables.ts';
export type { Words } from './reportTables.ts';

export const TYPE_WORDS: Table = table(`
  given: 客户填写|Filled in by the client
  upload: 上传照片|Uploaded photo
  reading: 证件识别与检查|Reading and checks
  consent: 同意书|Consent
  certificate: 数字证书|Digital certificate
  signature: 协议签署|Agreement signed
  police: 公安核查|Police check
  police.decision: 对公安核查的人工决定|Decision on the police check
  finding.decision: 对检查结果的人工核对|Decision on a finding
  person: 客户信息查询|Look-up of the person
  draw: 随机派单|Draw of the witness
  call: 视频见证会话|Call
  answer: 提问与回答|Question and answer
  photo: 留存照片|Photo of record
  photo.taken: 拍照|Photo taken
  row: 数据记录|Record as kept
  photo.still: 手机高清照片|The phone’s still
  photo.read: 识别所用画面|Picture that was read
  photo.compared: 照片与录像核对|Photo compared with the recording
  photo.recorded: 录像中同一时刻画面|Recorded frame of that moment
  segment: 录像片段|Part of the recording
  segment.tracks: 录像时钟|Clock of the recording
  recorder: 录制状态|Recorder
  gap: 录像缺口|Gap in the recording
  moment: 通话事件|Event in the call
  network: 网络质量|Network
  decision: 见证结论|Witness’s decision
  review: 复核结论|Second review
  account: 账户开立|Account
  rating: 客户评价|Client’s rating
  superseded: 已被替代|Superseded
  event: 状态与操作|State or act
`);

export const FIELD_NAMES: Table = { ...COLUMN_NAMES, ...FIELD_WORDS, ...table(`
  occupation: 职业|occupation
  employer: 工作单位|employer
  education: 学历|education
  taxResidency: 税收居民身份|tax residency
  beneficialOwner: 实际受益人|beneficial owner
  controller: 实际控制人|controller
  markets: 开通市场|markets
  noBadRecord: 无不良诚信记录|no bad record
  answers: 答案|answers
  version: 版本|version
  class: 风险等级|risk class
  score: 得分|score
  bank: 存管银行|custody bank
  card: 银行卡号|bank card number
  caseNo: 业务编号|case number
  language: 语言|language
  business: 业务|business
  part: 内容|part
  kind: 种类|kind
  granted: 是否同意|agreed
  sha256: 摘要 SHA-256|SHA-256
  serial: 证书序列号|serial number
  pem: 证书|certificate
  certificateId: 证书编号|certificate id
  agreementId: 协议|agreement
  agreement: 协议|agreement
  signature: 签名值|signature
  verified: 签名验证|signature verified
  shownSeconds: 展示时长（秒）|shown for (s)
  question: 核查内容|question
  answer: 回答|answer
  attempts: 询问次数|attempts
  photoId: 照片编号|photo id
  asked: 查询对象（盲索引）|asked about (blind index)
  checkId: 核查编号|check id
  staffId: 工作人员编号|staff id
  reason: 理由|reason
  documentId: 上传编号|upload id
  code: 代码|code
  field: 项目|field
  detail: 内容|detail
  eligible: 可派坐席|eligible agents
  chosenId: 抽中坐席|drawn agent
  random: 随机数|random number
  witnessId: 见证人员编号|witness id
  witness: 见证人员编号|witness id
  cue: 随机动作|cue
  scriptVersion: 话术版本|script version
  script: 话术版本|script version
  scriptOrder: 提问顺序|order of questions
  controlItems: 控制问题|control questions
  item: 问题|question
  mediaTimeMs: 录像时间|time in the recording
  producerId: 画面轨道|track
  rtpTimestamp: RTP 时间戳|RTP time stamp
  receivedAt: 服务器收到时间|received by the server
  of: 对应编号|of
  fits: 与画面一致|fits the picture
  width: 宽（像素）|width (px)
  height: 高（像素）|height (px)
  side: 方|side
  index: 序号|index
  startMs: 开始|from
  endMs: 结束|to
  fromMs: 开始|from
  toMs: 结束|to
  mimeType: 格式|format
  byteLength: 字节数|bytes
  tracks: 轨道|tracks
  running: 录制中|recording
  cause: 原因|cause
  what: 事件|event
  type: 事件|event
  refId: 对应编号|of
  codes: 代码|codes
  role: 角色|role
  rttMs: 往返时延（毫秒）|round trip (ms)
  lossUp: 上行丢包率|loss up
  lossDown: 下行丢包率|loss down
  bitrateUp: 上行码率（bit/s）|bit rate up (bit/s)
  targetBitrate: 目标码率（bit/s）|target bit rate (bit/s)
  frameWidth: 画面宽度（像素）|picture width (px)
  decision: 结论|decision
  comment: 说明|comment
  reviewerId: 复核人员编号|reviewer id
  until: 延后至|postponed until
  by: 操作人编号|by
  step: 账户|account
  accountNo: 账号|account number
  action: 操作|act
  actor: 操作方|actor
  actorKind: 操作方|actor
  actorId: 操作人编号|actor id
  from: 原状态|from
  to: 新状态|to
  fromState: 原状态|from state
  toState: 新状态|to state
  findings: 检查结果|findings
  picture: 图片|picture
  verdict: 核对结果|result
  figures: 测量值|figures
  similarity: 相似度|similarity
  worst: 最大局部差异|worst place
  usual: 一般差异|usual difference
  offsetMs: 相差（毫秒）|offset (ms)
  segmentId: 录像片段编号|part of the recording
  fileId: 文件编号|file id
  readFrom: 识别所用画面|read from
  burst: 连拍各帧|frames of the burst
  face: 人脸检查|face
  sharpness: 清晰度|sharpness
  motion: 晃动|movement
  brightness: 亮度|brightness
  blown: 过曝占比|burnt out
  glare: 最大反光|largest reflection
  tiltDeg: 倾斜（度）|tilt (°)
  widthPx: 证件或人脸宽（像素）|width of card or face (px)
  faces: 人脸数|faces
  consent: 同意人脸比对|consents to face matching
  shown: 当时展示的文字|words that were shown
`) };

/** Codes of a field in words. */
export const VALUE_WORDS: Readonly<Record<string, Table>> = {
  ...COLUMN_VALUES,
  sex: table('male: 男|male\nfemale: 女|female'),
  validTo: table('long-term: 长期|long-term'),
  language: table('zh: 中文|Chinese\nen: 英文|English'),
  business: table('open_account: 开户|account opening'),
  part: table('form: 身份信息|identity\ndeclarations: 声明事项|declarations\nrisk: 风险测评|risk questionnaire\ncustody: 三方存管|custody\ncase: 业务信息|case'),
  occupation: table('employee: 企业职员|employee\ncivilServant: 公务员|civil servant\nselfEmployed: 个体经营|self-employed\nprofessional: 专业人士|professional\nfarmer: 农民|farmer\nstudent: 学生|student\nretired: 退休|retired\nunemployed: 无业|unemployed\nother: 其他|other'),
  education: table('doctor: 博士|doctor\nmaster: 硕士|master\nbachelor: 本科|bachelor\ncollege: 大专|college\nsecondary: 中学|secondary\nprimary: 小学|primary'),
  taxResidency: table('china: 仅中国|China only\nother: 其他国家或地区|elsewhere\nboth: 中国及其他|China and elsewhere'),
  beneficialOwner: table('self: 本人|the client'), controller: table('self: 本人|the client'),
  markets: table('shanghai: 上海|Shanghai\nshenzhen: 深圳|Shenzhen'),
  bank: texts(CUSTODY_BANKS), code: { ...texts(REASONS), ...FINDINGS }, findings: FINDINGS, field: FIELD_WORDS,
  kind: table('portrait: 人像面|portrait side\nemblem: 国徽面|emblem side\nface: 人脸|face\nportraitSide: 身份证人像面|portrait side\nemblemSide: 身份证国徽面|emblem side\nidentity: 姓名与号码|name and number\nnotice: 告知书|notice\nrecording: 录音录像|recording\nsensitive: 敏感个人信息|sensitive information\nresidentId: 居民身份证|resident ID card\nresidencePermit: 居住证|residence permit\ncustomer: 客户号|customer number\nrelation: 一码通关联|relation of the one-code account\nvideo: 画面|picture\naudio: 声音|sound'),
  question: table('identity: 姓名与号码|name and number\nface: 人像|face\ncustomer: 客户号|customer number\nrelation: 一码通关联|relation of the one-code account'),
  side: table('client: 客户|client\nwitness: 见证人员|witness\nserver: 系统|system\nportrait: 人像面|portrait side\nemblem: 国徽面|emblem side\nunknown: 无法判断|unknown'),
  role: table('client: 客户|client\nwitness: 见证人员|witness\nlistener: 旁听|listener'),
  actor: table('client: 客户|client\nstaff: 工作人员|staff\nsystem: 系统|system'), actorKind: table('client: 客户|client\nstaff: 工作人员|staff\nsystem: 系统|system'),
  answer: { ...ANSWER_WORDS, ...table('match: 一致|match\nnameMismatch: 姓名与号码不一致|name mismatch\nphotoMismatch: 照片不一致|photo mismatch\nbadImage: 照片质量不足|bad image\nnoPhoto: 库中无照片|no photo on file\nnoRecord: 库中无此号|no record\nunavailable: 暂不可用|unavailable\nnone: 无|none\nfound: 有|found\nunknown: 尚未答复|not known') },
  item: texts(SCRIPT), scriptOrder: texts(SCRIPT), controlItems: texts(SCRIPT), cue: texts(CUES),
  decision: table('approve: 通过|approved\nreject: 驳回|rejected\npostpone: 延后|postponed\nfraud: 疑似欺诈|suspected fraud'),
  verdict: table('same: 与录像一致|agrees with the recording\nmirrored: 左右相反|mirrored\nretouched: 一处不符|one place differs\nelsewhen: 另一时刻的画面|of another moment\nother: 与录像不符|not in the recording\nundecidable: 无可核对的画面|nothing to compare with'),
  picture: table('record: 留存照片|photo of record\nstill: 手机高清照片|the phone’s still\nread: 识别所用画面|picture that was read'),
  readFrom: table('record: 留存照片|photo of record\nstill: 手机高清照片|the phone’s still\nburst: 连拍中的另一帧|another frame of the burst'),
  step: table('oneCode: 一码通账户|one-code account\nrelation: 账户关联确认|account relation\nfund: 资金账户|fund account\ncustody: 三方存管|custody\nshanghai: 上海证券账户|Shanghai account\nshenzhen: 深圳证券账户|Shenzhen account'),
  state: table(`
  draft: 填写中|being filled in
  submitted: 已提交|submitted
  waiting: 排队中|in the line
  in_call: 视频见证中|in the call
  witnessed: 见证通过|witnessed
  in_review: 复核中|under review
  postponed: 已延后|postponed
  approved: 复核通过|approved
  creating: 开户办理中|being opened
  awaiting_client: 待客户确认|awaits the client
  parked: 人工处理中|a person looks into it
  opened: 已开户|opened
  repair: 补正中|being corrected
  held: 暂停（疑似欺诈）|held
  rejected: 已驳回|rejected
  withdrawn: 已撤回|withdrawn
  expired: 已过期|expired
  offered: 已派单|offered
  joining: 接入中|joining
  live: 通话中|live
  interrupted: 已中断|interrupted
  closed: 已结束|closed
  pending: 待处理|pending
  sent: 已发送|sent
  unknown: 待查询|unknown
  done: 完成|done
  failed: 失败|failed
  passed: 通过|passed
  dropped: 掉线|dropped
  no_show: 未接入|no show
  fraud: 疑似欺诈|suspected fraud
  `),
  action: table(`
  application.opened: 建立申请|application opened
  application.form_saved: 保存身份信息|identity saved
  application.declarations_saved: 保存声明事项|declarations saved
  application.custody_saved: 保存三方存管|custody saved
  application.document_uploaded: 上传证件照片|photo uploaded
  application.risk_scored: 风险测评|risk scored
  application.passwords_set: 设置密码|passwords set
  application.certificate_issued: 签发数字证书|certificate issued
  application.agreement_signed: 签署协议|agreement signed
  application.submit: 提交申请|submitted
  application.join_line: 进入排队|joined the line
  application.leave_line: 离开排队|left the line
  application.accept: 见证人员接受|accepted by the witness
  application.pass: 见证通过|passed by the witness
  application.call_dropped: 通话掉线|call dropped
  application.no_show: 客户未接入|client did not come
  application.flag_fraud: 标记疑似欺诈|fraud suspected
  application.reject_repairable: 驳回（可补正）|rejected, to be corrected
  application.reject_final: 驳回（最终）|rejected for good
  application.release_hold: 解除暂停|released
  application.open_review: 开始复核|review opened
  application.postpone: 复核延后|postponed
  application.resume_review: 恢复复核|review resumed
  application.review_approve: 复核通过|approved in review
  application.review_reject_repairable: 复核驳回（可补正）|rejected in review, to be corrected
  application.review_reject_final: 复核驳回（最终）|rejected in review for good
  application.repaired_call: 补正完成（需视频）|corrected, call needed
  application.repaired_review: 补正完成|corrected
  application.begin_creation: 开始开立账户|opening begun
  application.wait_client: 等待客户|waits for the client
  application.client_confirmed: 客户已确认|client confirmed
  application.park: 转人工处理|handed to a person
  application.unpark: 人工处理完成|taken up again
  application.all_done: 开户完成|all accounts opened
  application.withdraw: 撤回|withdrawn
  application.expire: 过期|expired
  application.rated: 客户评价|rated
  session.offered: 派单|offered
  session.accept: 接单|accepted
  session.both_joined: 双方接通|both connected
  session.interrupt: 通话中断|interrupted
  session.resume: 通话恢复|resumed
  session.pass: 见证通过|passed
  session.reject: 见证驳回|rejected
  session.flag_fraud: 标记疑似欺诈|fraud suspected
  session.drop: 通话结束（掉线）|dropped
  session.no_show: 客户未接入|client did not come
  review.claim: 领取复核|review taken
  police.asked: 发起公安核查|police check asked
  police.checked: 公安核查答复|police check answered
  police.decided: 公安核查人工决定|decision on the police check
  person.looked_up: 查询客户信息|person looked up
  finding.decided: 人工核对检查结果|finding decided
  account.steps_added: 建立开户步骤|account steps made
  account.send: 发送开户请求|account requested
  account.acknowledge: 开户成功|account opened
  case.destroyed: 销毁密钥|key destroyed
  `),
};
const STATES = VALUE_WORDS['state'] as Table;

/** The name of a field. */
export const fieldWords = (name: string): Words => own(FIELD_NAMES, name) ?? words(name, '');

/** A code in words, where it has some. */
export function valueWords(field: string, value: string): Words | undefined {
  const list = /^(from|to|fromState|toState)$/.test(field) ? STATES : own(VALUE_WORDS, field);
  const found = list === undefined ? undefined : own(list, value);
  if (found !== undefined || list === undefined) return found;
  // A session's state with its outcome, codes in a row.
  const parts = value.split(/[:,]/).map((part) => own(list, part));
  return parts.length > 1 && parts.every((part) => part !== undefined) ? words(parts.map((part) => part!.zh).join('、'), parts.map((part) => part!.en).join(', ')) : undefined;
}
