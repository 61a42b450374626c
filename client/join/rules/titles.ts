import type { ClientStep } from '../../../contracts/http/client.ts';
import type { Both } from '../state/language.tsx';

/** What each step is called on the client's screen. */
export const TITLES: Readonly<Record<ClientStep, Both>> = {
  consents: { zh: '告知与同意', en: 'Notice and consents' },
  phone: { zh: '验证手机号', en: 'Your mobile number' },
  documents: { zh: '拍摄身份证', en: 'Photos of your ID card' },
  form: { zh: '核对个人信息', en: 'Check your details' },
  declarations: { zh: '补充信息与声明', en: 'Declarations' },
  questionnaire: { zh: '风险测评', en: 'Risk questionnaire' },
  custody: { zh: '选择存管银行', en: 'Custody bank' },
  passwords: { zh: '设置密码', en: 'Set your passwords' },
  agreements: { zh: '阅读并签署协议', en: 'Read and sign' },
  submit: { zh: '确认并提交', en: 'Check and submit' },
  ready: { zh: '视频前检测', en: 'Check before the video call' },
  line: { zh: '排队等候', en: 'Waiting for your agent' },
  call: { zh: '视频见证', en: 'Video call' },
  result: { zh: '办理结果', en: 'Result' },
};
