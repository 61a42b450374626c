import type { ConsentKind, LegalText } from '../../contracts/http/client.ts';
import { legalText } from './legal.ts';
import type { TextSource } from './legal.ts';

const notice: TextSource = {
  version: '2026-1',
  title: { zh: '个人信息处理告知书', en: 'Notice on the handling of personal information' },
  zh: [
    '为您办理非现场开户，我们需要按照法律法规核实您的身份。本告知书说明我们处理哪些个人信息、为什么处理、保存多久，以及您有哪些权利。',
    '我们处理的信息包括：手机号码；身份证正反面照片及其记载的姓名、性别、民族、出生日期、住址、证件号码、签发机关和有效期限；职业、学历和税收居民身份；风险承受能力问卷；三方存管银行及银行卡号；视频见证的录音录像和从中截取的照片；您对协议的电子签名。',
    '处理目的仅限于：核实身份、办理资金账户和证券账户、履行反洗钱和适当性义务、保存监管要求的业务凭证。我们不会将这些信息用于营销，也不会出售。',
    '为完成开户，我们会把必要的信息提供给公安身份核查系统、中国证券登记结算有限责任公司、您选择的存管银行和数字证书机构。除法律要求外，不向其他方提供。',
    '业务资料自账户关系结束之日起至少保存十年，且总保存期不少于二十年，期满后通过销毁密钥的方式彻底删除。您可以查询、更正您的信息，也可以在提交后、办理前撤回申请。',
  ],
  en: [
    'To open an account for you without a visit to a branch we have to establish your identity as the law demands. This notice says what personal information we handle, why, for how long, and what rights you have.',
    'We handle: your mobile number; photos of both sides of your ID card and the name, sex, ethnicity, birth date, address, number, issuing authority and validity on it; occupation, education and tax residency; the risk questionnaire; your custody bank and bank card number; the picture and sound of the video call and the photos taken out of it; your electronic signatures.',
    'We use it only to establish your identity, to open your fund and securities accounts, to meet our duties against money laundering and for suitability, and to keep the records that the supervisor requires. We do not use it for advertising and do not sell it.',
    'What is needed is given to the police identity check, the central depository (CSDC), the custody bank you choose and the certificate authority. Nobody else receives it unless the law demands so.',
    'Records are kept for at least ten years after the relation ends and for at least twenty years in all, then deleted for good by destroying their key. You may ask to see and correct your information, and you may withdraw the application before it is carried out.',
  ],
};

const recording: TextSource = {
  version: '2026-1',
  title: { zh: '录音录像单独同意书', en: 'Separate consent to recording' },
  zh: [
    '我知悉并同意：在视频见证过程中，双方的画面和声音将被全程录制，并作为业务凭证加密保存。',
    '录制从通话接通时开始，到通话结束时停止。录制内容只有经办见证人、复核人、质检和稽核人员在履行职责时可以查看，每次查看都会被记录。没有录音录像，监管规定不允许在线开户。',
  ],
  en: [
    'I know and agree that the picture and sound of both sides of the video call are recorded from beginning to end and kept, encrypted, as a record of the business.',
    'Recording begins when the call connects and stops when it ends. Only the witness, the reviewer, quality inspection and audit may see it in the course of their duty, and each look is logged. Without a recording the rules do not allow opening an account online.',
  ],
};

const sensitive: TextSource = {
  version: '2026-1',
  title: { zh: '敏感个人信息处理单独同意书', en: 'Separate consent to handling sensitive information' },
  zh: [
    '我知悉身份证件信息、金融账户信息属于敏感个人信息，一旦泄露可能使人身、财产安全受到危害。',
    '我同意为办理开户处理上述敏感个人信息。这些信息以加密形式保存，屏幕上默认遮盖显示，只有本业务的见证人和复核人因核对需要可以查看，并留有记录。',
  ],
  en: [
    'I know that the data of my ID card and of my bank and securities accounts is sensitive: if it leaks, person and property may be at risk.',
    'I agree that it is handled to open my account. It is kept encrypted and masked on screens; only the witness and the reviewer of this case may uncover it to compare it, and each such look is logged.',
  ],
};

const face: TextSource = {
  version: '2026-1',
  title: { zh: '人脸信息处理单独同意书（可拒绝）', en: 'Separate consent to face matching (may be refused)' },
  zh: [
    '为辅助见证人核对，系统可以用程序比较您的面部图像与证件照片。比较结果只供见证人参考，不会自动作出决定。',
    '您可以不同意。不同意不影响开户：将仅由见证人通过视频人工比对，不使用程序比较。',
  ],
  en: [
    'To assist the witness a program can compare your face with the photo on your card. Its result is advice to the witness and decides nothing by itself.',
    'You may refuse. Refusing does not stand in the way of the account: the witness then compares in the video alone, without the program.',
  ],
};

/** The separate consents in the order they are shown (R17); only `face` may be refused. */
export const CONSENTS: readonly (LegalText & { kind: ConsentKind; refusable: boolean })[] = [
  { ...legalText('notice', notice), kind: 'notice', refusable: false },
  { ...legalText('recording', recording), kind: 'recording', refusable: false },
  { ...legalText('sensitive', sensitive), kind: 'sensitive', refusable: false },
  { ...legalText('face', face), kind: 'face', refusable: true },
];
