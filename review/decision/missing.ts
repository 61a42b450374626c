import type { ErrorCode } from '../../contracts/errors.ts';
import { FINDINGS } from '../../contracts/findings.ts';
import type { FindingCode } from '../../contracts/findings.ts';
import { FIELD_WORDS } from '../../contracts/reading.ts';
import type { Finding } from '../../contracts/reading.ts';
import { PHOTO_KINDS, SCRIPT } from '../../contracts/script.ts';
import type { PhotoKind, ScriptAnswer, ScriptItemId } from '../../contracts/script.ts';

/** What the decision looks at: the latest tick per item and the latest photo per kind, each with whether the recorder holds its interval. */
export interface DecisionFacts {
  readonly recorderRunning: boolean;
  /** The call is interrupted, or the client has not come yet. */
  readonly clientAway?: boolean;
  readonly ticks: readonly { readonly item: ScriptItemId; readonly answer: ScriptAnswer; readonly recorded: boolean }[];
  readonly photos: readonly { readonly kind: PhotoKind; readonly recorded: boolean; readonly findings: readonly Finding[]; /** Its reading is on the way: what differs is not known yet (R14). */ readonly beingRead?: boolean; /** …and takes long. */ readonly readingSlow?: boolean; /** With the recording: whether it was in the picture at that second is not known yet (R20). */ readonly beingCompared?: boolean }[];
  /** Findings of the case outside the photos: comparison, police check, negative list. */
  readonly findings: readonly Finding[];
}

export interface MissingItem { readonly code: string; readonly error: ErrorCode; readonly text: { readonly zh: string; readonly en: string } }

const PHOTO_NAMES: Record<PhotoKind, { zh: string; en: string }> = {
  face: { zh: '客户头像', en: 'the client’s face' },
  portraitSide: { zh: '身份证人像面', en: 'the ID card’s portrait side' },
  emblemSide: { zh: '身份证国徽面', en: 'the ID card’s emblem side' },
};

const SCRIPT_NAMES: Record<ScriptItemId, { zh: string; en: string }> = {
  agentShown: { zh: '见证人员自我介绍', en: 'agent introduced' },
  nameConfirmed: { zh: '确认客户姓名', en: 'name confirmed' },
  ownWill: { zh: '本人意愿', en: 'own will' },
  agreementsRead: { zh: '已阅读协议', en: 'agreements read' },
  riskKnown: { zh: '知晓风险', en: 'risks known' },
  nobodyGuiding: { zh: '无人指导', en: 'nobody guiding' },
  passwordOwn: { zh: '本人设置密码', en: 'password own' },
  cue: { zh: '随机动作', en: 'random cue' },
};

/** These say that the wanted side of a card was not shown at all; a face photo needs none (R21, R28). */
export const CARD_NOT_SHOWN: readonly FindingCode[] = ['CARD_NOT_FOUND', 'SIDE_UNKNOWN', 'SIDE_WRONG'];

/** Whether a finding about a photo, or what was read of it, refuses the photo. */
export const refuses = (kind: PhotoKind, finding: Finding): boolean =>
  finding.blocks && !(kind === 'face' && CARD_NOT_SHOWN.includes(finding.code));

const client = (facts: DecisionFacts): MissingItem[] =>
  facts.clientAway ? [{ code: 'client', error: 'SESSION_NOT_LIVE', text: { zh: '客户不在线', en: 'the client is not connected' } }] : [];

const recorder = (facts: DecisionFacts): MissingItem[] =>
  facts.recorderRunning ? [] : [{ code: 'recorder', error: 'RECORDING_MISSING', text: { zh: '录像未在进行', en: 'the recorder is not running' } }];

function scriptItems(facts: DecisionFacts): MissingItem[] {
  return SCRIPT.flatMap(({ id }): MissingItem[] => {
    const tick = facts.ticks.find((t) => t.item === id);
    const name = SCRIPT_NAMES[id];
    if (!tick) return [{ code: `script.${id}`, error: 'SCRIPT_INCOMPLETE', text: { zh: `未完成：${name.zh}`, en: `not done: ${name.en}` } }];
    if (tick.answer !== 'clear_yes') return [{ code: `script.${id}`, error: 'SCRIPT_INCOMPLETE', text: { zh: `未得到明确回答：${name.zh}`, en: `no clear yes: ${name.en}` } }];
    if (!tick.recorded) return [{ code: `gap.${id}`, error: 'RECORDING_GAP', text: { zh: `录像中断，需重做：${name.zh}`, en: `inside a recording gap, do again: ${name.en}` } }];
    return [];
  });
}

function photos(facts: DecisionFacts): MissingItem[] {
  return PHOTO_KINDS.flatMap((kind): MissingItem[] => {
    const photo = facts.photos.find((p) => p.kind === kind);
    const name = PHOTO_NAMES[kind];
    if (!photo) return [{ code: `photo.${kind}`, error: 'PHOTOS_INCOMPLETE', text: { zh: `未拍照：${name.zh}`, en: `photo missing: ${name.en}` } }];
    if (!photo.recorded) return [{ code: `gap.${kind}`, error: 'RECORDING_GAP', text: { zh: `录像中断，需重拍：${name.zh}`, en: `inside a recording gap, take again: ${name.en}` } }];
    const blocking = photo.findings.find((f) => refuses(kind, f));
    if (blocking) {
      const why = FINDINGS[blocking.code];
      // One that a person may decide on has two ways out; its own words name them.
      const text = why.decidable ? { zh: `需核对${name.zh}：${why.zh}`, en: `check ${name.en}: ${why.en}` } : { zh: `需重拍${name.zh}：${why.zh}`, en: `take ${name.en} again: ${why.en}` };
      return [{ code: `photo.${kind}`, error: 'FINDING_BLOCKS', text }];
    }
    if (photo.beingRead) {
      const slow = photo.readingSlow ? { zh: '（较慢，可重拍）', en: ' (slow: you may take it again)' } : { zh: '', en: '' };
      return [{ code: `reading.${kind}`, error: 'PHOTOS_INCOMPLETE', text: { zh: `正在识别：${name.zh}${slow.zh}`, en: `being read: ${name.en}${slow.en}` } }];
    }
    if (photo.beingCompared) return [{ code: `comparing.${kind}`, error: 'PHOTOS_INCOMPLETE', text: { zh: `正在与录像核对，请稍候：${name.zh}`, en: `being compared with the recording, please wait: ${name.en}` } }];
    return [];
  });
}

/** A difference that blocks is one of the form and the card in the call. */
const words = ({ code, field }: Finding): MissingItem['text'] => (code === 'FIELD_DIFFERS' && field !== undefined
  ? { zh: `申请表与现场证件不一致，请核对：${FIELD_WORDS[field].zh}`, en: `form and card in the call differ, please check: ${FIELD_WORDS[field].en}` }
  : { zh: FINDINGS[code].zh, en: FINDINGS[code].en });

/** Everything that still stands in the way of approve, each named; empty means approve is open (R28, R40). */
export function missingForApprove(facts: DecisionFacts): MissingItem[] {
  const findings = facts.findings.filter((f) => f.blocks)
    .map((f): MissingItem => ({ code: `finding.${f.code}`, error: 'FINDING_BLOCKS', text: words(f) }));
  return [...client(facts), ...recorder(facts), ...scriptItems(facts), ...photos(facts), ...findings];
}

const ORDER: readonly ErrorCode[] = ['SESSION_NOT_LIVE', 'RECORDING_MISSING', 'PHOTOS_INCOMPLETE', 'SCRIPT_INCOMPLETE', 'RECORDING_GAP', 'FINDING_BLOCKS'];

/** The gravest code among what is missing: the answer to a press on approve. */
export const refusal = (missing: readonly MissingItem[]): ErrorCode | undefined => ORDER.find((code) => missing.some((m) => m.error === code));
