/** What the columns of the rows that a manifest keeps whole (`row`) are called in the readable report, and their codes. */
import { CUSTODY_BANKS } from '../../../contracts/banks.ts';
import { CAUSE_WORDS } from '../../../contracts/causes.ts';
import { FINDINGS } from '../../../contracts/findings.ts';
import { REASONS } from '../../../contracts/reasons/index.ts';
import { AGREEMENTS } from '../../texts/agreements.ts';
import { table, texts, words } from './reportTables.ts';
import type { Table } from './reportTables.ts';

/** Which row it is, by the first part of its entry's `ref`. */
export const ROW_WORDS: Table = table(`
  application: 开户申请|application
  document: 上传照片|uploaded photo
  session: 视频会话|call
  photo: 留存照片|photo of record
  account_step: 开户步骤|step of the opening
`);

export const COLUMN_NAMES: Table = table(`
  id: 编号|id
  change: 写入次序号|number of the write
  applicationId: 业务内部编号|id of the case
  clientId: 客户编号|client id
  sessionId: 会话编号|id of the call
  idempotencyKey: 请求编号|id of the request
  passwordKeyId: 密码密钥编号|id of the password key
  readFileId: 识别所用文件编号|id of the file that was read
  stillFileId: 手机高清照片文件编号|file id of the phone’s still
  state: 状态|state
  outcome: 会话结果|outcome
  createdAt: 建立时间|made
  updatedAt: 最后写入时间|last written
  formSavedAt: 身份信息保存时间|identity saved
  passwordsSetAt: 密码设置时间|passwords set
  readyAt: 设备检测时间|device check
  readyCheck: 设备检测|device check
  camera: 摄像头|camera
  microphone: 麦克风|microphone
  network: 网络|network
  light: 光线|light
  browser: 浏览器|browser
  lineJoinedAt: 进入排队时间|joined the line
  submittedAt: 提交时间|submitted
  witnessedAt: 见证通过时间|witnessed
  approvedAt: 复核通过时间|approved
  openedAt: 开户完成时间|opened
  postponedUntil: 延后至|postponed until
  repairItems: 需补正内容|to be corrected
  repairDone: 已补正内容|corrected
  reasonCode: 最近驳回原因|reason of the last reject
  parkedCode: 转人工原因|why a person looks into it
  riskVersion: 风险测评问卷版本|version of the questionnaire
  riskClass: 风险等级|risk class
  riskScore: 风险测评得分|risk score
  bankCode: 存管银行|custody bank
  uploadedAt: 上传时间|uploaded
  readAt: 识别时间|read
  readingStartedAt: 开始识别时间|reading begun
  findingCodes: 检查结果|findings
  supersededAt: 被替代时间|superseded
  stillAt: 手机高清照片收到时间|phone’s still received
  stillFits: 手机高清照片与画面一致|phone’s still fits the picture
  stillWidth: 手机高清照片宽（像素）|width of the phone’s still (px)
  stillHeight: 手机高清照片高（像素）|height of the phone’s still (px)
  stillSha256: 手机高清照片摘要|SHA-256 of the phone’s still
  readSha256: 识别所用画面摘要|SHA-256 of the picture that was read
  offeredAt: 派单时间|offered
  acceptedAt: 接单时间|accepted
  liveAt: 接通时间|connected
  interruptedAt: 中断时间|interrupted
  endedAt: 结束时间|ended
  recordingStartedAt: 录像开始时间|recording begun
  decisionCode: 结论代码|code of the decision
  decidedAt: 作出结论时间|decided
  sentAt: 发送时间|sent
  acknowledgedAt: 确认时间|acknowledged
  nextAt: 下次办理时间|next try
  formEnc: 身份信息（密文摘要）|identity (SHA-256 as encrypted)
  declarationsEnc: 声明事项（密文摘要）|declarations (SHA-256 as encrypted)
  riskAnswersEnc: 风险测评答案（密文摘要）|risk answers (SHA-256 as encrypted)
  cardEnc: 银行卡号（密文摘要）|bank card number (SHA-256 as encrypted)
  passwordsEnc: 密码（密文摘要）|passwords (SHA-256 as encrypted)
  readingEnc: 识别结果（密文摘要）|reading (SHA-256 as encrypted)
  commentEnc: 说明（密文摘要）|comment (SHA-256 as encrypted)
  accountNoEnc: 账号（密文摘要）|account number (SHA-256 as encrypted)
  idNumberIndex: 证件号码（盲索引）|ID number (blind index)
  held: 录有内容的时段|stretches with contents
  clockRate: 时钟频率|clock rate
  ssrc: 媒体流编号|SSRC
  fileSeconds: 文件内时间（秒）|time in the file (s)
  wallClockMs: 时间|time
`);

const items = table('documents: 证件照片|ID photos\nform: 身份信息|identity\ndeclarations: 声明事项|declarations\nquestionnaire: 风险测评|risk questionnaire\ncustody: 三方存管|custody\nagreements: 协议|agreements\ncall: 视频见证|video call');
const agreements: Table = Object.fromEntries(AGREEMENTS.map(({ id, title }) => [id, title]));
const checked = table('ok: 正常|fine\nmissing: 没有|missing\nrefused: 未授权|refused\nbusy: 被占用|in use\nsilent: 没有声音|silent\nslow: 慢|slow\nunreachable: 不通|unreachable\ndark: 太暗|dark\nbright: 太亮|bright');

export const COLUMN_VALUES: Readonly<Record<string, Table>> = {
  repairItems: items, repairDone: items, camera: checked, microphone: checked, network: checked, light: checked,
  bankCode: texts(CUSTODY_BANKS), reasonCode: texts(REASONS), decisionCode: texts(REASONS), findingCodes: FINDINGS, parkedCode: FINDINGS, cause: CAUSE_WORDS,
  outcome: table('passed: 通过|passed\nrejected: 驳回|rejected\ndropped: 掉线|dropped\nno_show: 未接入|no show\nfraud: 疑似欺诈|suspected fraud'),
  score: { satisfied: words('满意', 'satisfied'), fair: words('一般', 'fair'), notSatisfied: words('不满意', 'not satisfied') },
  agreement: agreements, agreementId: agreements,
};
