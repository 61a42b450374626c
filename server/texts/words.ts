import type { CorrectableStep } from '../../contracts/http/client.ts';
import type { AccountState, AccountStep, ApplicationState } from '../../contracts/states/index.ts';
import { correctedBy } from '../../workflows/accounts/failures.ts';

interface Words { readonly zh: string; readonly en: string }

/** What the client reads about the present state. `held` looks like any other processing (R27). */
const PROCESSING: Words = { zh: '您的申请正在处理中，有结果会立即通知您。', en: 'Your application is being processed. You will be told as soon as there is a result.' };
export const STATE_WORDS: Record<ApplicationState, Words> = {
  draft: { zh: '请按步骤填写，随时可以中断，回来后从上次的位置继续。', en: 'Go on step by step. You can stop at any time and continue where you left.' },
  submitted: { zh: '资料已提交。请检测设备后进入视频见证排队。', en: 'Submitted. Check your device, then join the line for the video call.' },
  waiting: { zh: '正在为您安排见证人员，请保持页面打开。', en: 'A witness is being arranged. Keep this page open.' },
  in_call: { zh: '视频见证进行中。', en: 'The video call is under way.' },
  witnessed: { zh: '视频见证已通过，正在等待复核。', en: 'The video call has passed. A second review follows.' },
  in_review: { zh: '申请正在复核，通常当天完成。', en: 'The application is under second review, usually done the same day.' },
  postponed: { zh: '复核已延后，我们会按约定日期继续办理。', en: 'The review was postponed and goes on at the date agreed.' },
  approved: { zh: '复核已通过，将在登记结算机构办理时间内为您开立账户。', en: 'Approved. Your accounts are opened within the depository’s hours.' },
  creating: { zh: '正在为您开立账户。', en: 'Your accounts are being opened.' },
  awaiting_client: { zh: '请到您的存管银行确认签约，确认后继续办理。', en: 'Please confirm the custody at your bank; then we go on.' },
  parked: PROCESSING,
  opened: { zh: '开户成功。', en: 'Your accounts are open.' },
  repair: { zh: '有内容需要补正，其他已完成的内容都已保留。', en: 'Something has to be redone; everything else is kept.' },
  held: PROCESSING,
  rejected: { zh: '很遗憾，本次申请未能通过。', en: 'We are sorry: this application was not accepted.' },
  withdrawn: { zh: '申请已撤回。', en: 'The application was withdrawn.' },
  expired: { zh: '申请已过期，请重新申请。', en: 'The application has expired. Please apply again.' },
};
export const PROCESSING_WORDS = PROCESSING;

const NEW_PASSWORDS: Words = { zh: '交易密码和资金密码需要您重新设置，设置后继续开户。', en: 'Please set your trading and fund passwords again; then we go on.' };
/** What the client has to do while the batch waits, by the code of the step that waits. */
const AWAITED: Readonly<Record<string, Words>> = {
  CONFIRM_AT_BANK: STATE_WORDS.awaiting_client,
  CUSTODY_ERROR: { zh: '银行没有接受您的银行卡，请核对银行和卡号，更正后继续开户。', en: 'The bank did not accept the card. Check the bank and the number; once corrected, we go on.' },
  PASSWORDS_EQUAL: { zh: '交易密码和资金密码不能相同，请重新设置。', en: 'Trading and fund password must differ. Please set both of them again.' },
  PASSWORD_WEAK: { zh: '密码过于简单，请重新设置交易密码和资金密码。', en: 'The passwords are too weak. Please set both of them again.' },
  PASSWORD_UNREADABLE: NEW_PASSWORDS, PASSWORD_MISSING: NEW_PASSWORDS,
};
/** Without a code nothing is waited for any more: the client has done it, and the batch goes on. */
export const awaitedWords = (code: string | null | undefined): Words => (code ? AWAITED[code] ?? PROCESSING : STATE_WORDS.creating);

export const BLOCKED_WORDS: Words = {
  zh: '根据问卷结果，您的风险承受能力为最低类别（C1）。为保护您的利益，暂不能在线开户；如情况有变化可以重新填写，或联系营业部了解适合的服务。',
  en: 'By your answers your risk class is the lowest (C1). For your protection an account cannot be opened online. If your situation differs, answer again, or ask a branch for services that suit you.',
};

const STEP_NAMES: Record<AccountStep, Words> = {
  oneCode: { zh: '一码通账户', en: 'One-code account' }, relation: { zh: '账户关联确认', en: 'Account relation' }, fund: { zh: '资金账户', en: 'Fund account' },
  custody: { zh: '三方存管', en: 'Custody link' }, shanghai: { zh: '上海证券账户', en: 'Shanghai account' }, shenzhen: { zh: '深圳证券账户', en: 'Shenzhen account' },
};
const ACCOUNT_WORDS: Record<AccountState, Words> = {
  pending: { zh: '等待办理', en: 'waiting' }, sent: { zh: '办理中', en: 'under way' }, unknown: { zh: '核实中', en: 'being verified' }, done: { zh: '已完成', en: 'done' },
  failed: { zh: '处理中', en: 'being dealt with' }, awaiting_client: { zh: '请到银行确认', en: 'please confirm at your bank' }, parked: { zh: '人工处理中', en: 'a person is looking into it' },
};
const AWAITED_PAGES: Readonly<Record<CorrectableStep, Words>> = {
  custody: { zh: '请核对银行卡号和银行', en: 'check the card number and the bank' }, passwords: { zh: '请重新设置密码', en: 'set your passwords again' },
};
/** Words for one account step in its state; what the client is waited for depends on the code. */
export const accountWords = (step: AccountStep, state: AccountState, code: string | null): Words => {
  const page = state === 'awaiting_client' ? correctedBy(code) : null;
  const words = page === null ? ACCOUNT_WORDS[state] : AWAITED_PAGES[page];
  return { zh: `${STEP_NAMES[step].zh}：${words.zh}`, en: `${STEP_NAMES[step].en}: ${words.en}` };
};
