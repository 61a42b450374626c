import { causeWords } from '../../../contracts/causes.ts';
import { FINDINGS } from '../../../contracts/findings.ts';
import type { PoliceAnswer } from '../../../contracts/police.ts';
import { FIELD_WORDS } from '../../../contracts/reading.ts';
import { ANSWER_WORDS, CUES, SCRIPT, sayScript } from '../../../contracts/script.ts';

export interface Words { readonly zh: string; readonly en: string }
type Codes = Record<string, unknown>;
/** What the script's blanks were filled with in this session. */
export interface Said { readonly agent?: string; readonly licence?: string; readonly name?: string; readonly cue?: string; /** Of a person's decision, opened for who may see it. */ readonly reason?: string | undefined }

const ROLE: Record<string, Words> = { client: { zh: '客户', en: 'Client' }, witness: { zh: '见证人员', en: 'Witness' }, listener: { zh: '旁听', en: 'Listener' } };
const KIND: Record<string, Words> = { face: { zh: '客户头像', en: 'face' }, portraitSide: { zh: '身份证人像面', en: 'portrait side' }, emblemSide: { zh: '身份证国徽面', en: 'emblem side' } };
const TRACK: Record<string, Words> = { video: { zh: '画面', en: 'Picture' }, audio: { zh: '声音', en: 'Sound' } };
const DECISION: Record<string, Words> = { approve: { zh: '通过', en: 'approved' }, reject: { zh: '驳回', en: 'rejected' }, fraud: { zh: '疑似欺诈', en: 'suspected fraud' } };
const POLICE: Record<PoliceAnswer, Words> = {
  match: { zh: '一致', en: 'match' }, nameMismatch: { zh: '姓名与号码不一致', en: 'name mismatch' }, photoMismatch: { zh: '照片不一致', en: 'photo mismatch' }, badImage: { zh: '照片质量不足', en: 'bad image' },
  noPhoto: { zh: '库中无照片', en: 'no photo on file' }, noRecord: { zh: '库中无此号', en: 'no record' }, unavailable: { zh: '暂不可用', en: 'unavailable' },
};
const unknown: Words = { zh: '', en: '' };
const pick = (table: Record<string, Words>, key: unknown): Words => table[String(key)] ?? unknown;

const TEXTS: Record<string, (codes: Codes, said: Said) => Words> = {
  accepted: () => ({ zh: '见证人员接受', en: 'Witness accepted' }),
  joined: ({ role }) => ({ zh: `${pick(ROLE, role).zh}进入`, en: `${pick(ROLE, role).en} joined` }),
  lost: ({ role }) => ({ zh: `${pick(ROLE, role).zh}连接中断`, en: `${pick(ROLE, role).en} lost the connection` }),
  left: ({ role }) => ({ zh: `${pick(ROLE, role).zh}离开`, en: `${pick(ROLE, role).en} left` }),
  live: () => ({ zh: '双方接通', en: 'Both ends connected' }),
  interrupted: ({ cause }) => ({ zh: `通话中断：${causeWords(String(cause)).zh}`, en: `Interrupted: ${causeWords(String(cause)).en}` }),
  rebuilt: () => ({ zh: '通话已恢复到另一媒体进程', en: 'Rebuilt on another media worker' }),
  recorder_on: () => ({ zh: '录像开始', en: 'Recorder started' }),
  recorder_off: ({ cause }) => (cause === undefined ? { zh: '录像停止', en: 'Recorder stopped' } : { zh: `录像停止：${causeWords(String(cause)).zh}`, en: `Recorder stopped: ${causeWords(String(cause)).en}` }),
  not_recorded: ({ kind, cause }) => ({ zh: `${pick(TRACK, kind).zh}未录：${causeWords(String(cause)).zh}`, en: `${pick(TRACK, kind).en} not recorded: ${causeWords(String(cause)).en}` }),
  muted: ({ kind }) => ({ zh: `关闭了${pick(TRACK, kind).zh}`, en: `${pick(TRACK, kind).en} switched off` }),
  unmuted: ({ kind }) => ({ zh: `打开了${pick(TRACK, kind).zh}`, en: `${pick(TRACK, kind).en} switched on` }),
  tick: ({ item, answer }, said) => {
    const line = SCRIPT.find((s) => s.id === item);
    const cue = CUES.find(({ id }) => id === said.cue);
    const text = (language: 'zh' | 'en'): string => sayScript(line?.[language] ?? String(item), { ...said, cue: cue?.[language] ?? '' });
    return { zh: `话术：${text('zh')} → ${pick(ANSWER_WORDS, answer).zh}`, en: `Script: ${text('en')} → ${pick(ANSWER_WORDS, answer).en}` };
  },
  photo: ({ kind }) => ({ zh: `拍照：${pick(KIND, kind).zh}`, en: `Photo: ${pick(KIND, kind).en}` }),
  compared({ verdict }) {
    if (verdict === 'same') return { zh: '照片与录像一致', en: 'Photo agrees with the recording' };
    if (verdict === 'undecidable') return { zh: '没有可与照片核对的录像画面', en: 'No recorded picture to compare the photo with' };
    return { zh: '照片与录像不符', en: 'Photo does not agree with the recording' };
  },
  still: ({ fits }) => (fits ? { zh: '手机高清照片已收到', en: 'Phone’s still received' } : { zh: '手机高清照片与画面不符', en: 'Phone’s still does not fit' }),
  read: ({ kind }) => ({ zh: `已识别：${pick(KIND, kind).zh}`, en: `Read: ${pick(KIND, kind).en}` }),
  decision: ({ decision, code }) => ({ zh: `决定：${pick(DECISION, decision).zh}${code ? ` ${String(code)}` : ''}`, en: `Decision: ${pick(DECISION, decision).en}${code ? ` ${String(code)}` : ''}` }),
  police: ({ kind, answer }) => ({ zh: `公安核查（${kind === 'face' ? '人像' : '姓名与号码'}）：${pick(POLICE, answer).zh}`, en: `Police check (${kind === 'face' ? 'face' : 'name and number'}): ${pick(POLICE, answer).en}` }),
  police_decision: ({ answer }) => ({ zh: `人工决定继续（公安核查：${pick(POLICE, answer).zh}）`, en: `Decided by the witness to go on (police check: ${pick(POLICE, answer).en})` }),
  finding_decision: ({ code, field }, { reason }) => {
    const [what, where] = [pick(FINDINGS, code), pick(FIELD_WORDS, field)];
    return { zh: `由见证人员核对：${where.zh && `${where.zh}，`}${what.zh}${reason ? `（${reason}）` : ''}`, en: `Checked by the witness: ${where.en && `${where.en}, `}${what.en}${reason ? ` (${reason})` : ''}` };
  },
  face: ({ consent }) => (consent === true
    ? { zh: '已测量人脸图像（客户同意比对，仅供参考）', en: 'Face picture measured (matching with consent, as advice)' }
    : { zh: '已检查画面中的人脸，未作比对（客户未同意）', en: 'Faces in the picture counted; nothing compared (no consent)' }),
  drop: () => ({ zh: '通话超时未恢复，已结束', en: 'Nobody came back in time; ended' }),
  no_show: () => ({ zh: '客户未进入', en: 'The client did not come' }),
};

/** What the replay writes beside an event. */
export const eventText = (type: string, codes: unknown, said: Said = {}): Words => TEXTS[type]?.((codes ?? {}) as Codes, said) ?? { zh: type, en: type };
