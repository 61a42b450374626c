import { z } from 'zod';

/** Photos that every session takes out of the live video (R20): face, 人像面, 国徽面. */
export const PHOTO_KINDS = ['face', 'portraitSide', 'emblemSide'] as const;
export const photoKind = z.enum(PHOTO_KINDS);
export type PhotoKind = z.infer<typeof photoKind>;

export const SCRIPT_ITEMS = ['agentShown', 'nameConfirmed', 'ownWill', 'agreementsRead', 'riskKnown', 'nobodyGuiding', 'passwordOwn', 'cue'] as const;
export const scriptItemId = z.enum(SCRIPT_ITEMS);
export type ScriptItemId = z.infer<typeof scriptItemId>;

/** `clear_yes` closes the item; `unclear` („嗯“) means ask again (R24); `no` is recorded and leads to a reject. */
export const scriptAnswer = z.enum(['clear_yes', 'unclear', 'no']);
export type ScriptAnswer = z.infer<typeof scriptAnswer>;

/** What the three answers are called, on the desk and in the replay. */
export const ANSWER_WORDS = {
  clear_yes: { zh: '明确同意', en: 'Clear yes' },
  unclear: { zh: '不清楚，再问', en: 'Ask again' },
  no: { zh: '否', en: 'No' },
} as const satisfies Record<ScriptAnswer, { zh: string; en: string }>;

export interface ScriptItem { readonly id: ScriptItemId; readonly rule: string; readonly zh: string; readonly en: string }

/** What the agent says, version 1. `{agent}`, `{licence}`, `{name}` and `{cue}` are filled in by `sayScript`. */
export const SCRIPT_VERSION = '2026-1';
export const SCRIPT: readonly ScriptItem[] = [
  { id: 'agentShown', rule: 'R6', zh: '您好，我是见证人员{agent}，执业编号{licence}，本次视频将全程录音录像。', en: 'Hello, I am your witness {agent}, licence {licence}. This call is recorded.' },
  { id: 'nameConfirmed', rule: 'R25', zh: '请问您是{name}本人吗？', en: 'Are you {name} in person?' },
  { id: 'ownWill', rule: 'R24', zh: '请问本次开户是您本人自愿办理的吗？', en: 'Do you open this account of your own will?' },
  { id: 'agreementsRead', rule: 'R24', zh: '相关协议和风险揭示书您是否已阅读并理解？', en: 'Have you read and understood the agreements and risk disclosures?' },
  { id: 'riskKnown', rule: 'R24', zh: '您是否清楚证券投资的风险？', en: 'Do you know the risks of investing in securities?' },
  { id: 'nobodyGuiding', rule: 'R24', zh: '现在是否没有他人在旁边指导您操作？', en: 'Is nobody beside you guiding you?' },
  { id: 'passwordOwn', rule: 'R24', zh: '交易密码和资金密码是否由您本人设置并保管？', en: 'Did you set the passwords yourself, and do you keep them to yourself?' },
  { id: 'cue', rule: 'R26', zh: '请按提示做动作：{cue}', en: 'Please do this: {cue}' },
];

/** Unpredictable cues (R26): one is drawn per session. */
export const CUES = [
  { id: 'turnLeft', zh: '慢慢向左转头', en: 'turn your head slowly to the left' },
  { id: 'turnRight', zh: '慢慢向右转头', en: 'turn your head slowly to the right' },
  { id: 'threeFingers', zh: '在脸前伸出三根手指', en: 'hold three fingers before your face' },
  { id: 'tiltCard', zh: '把身份证上下倾斜一下', en: 'tilt the ID card up and down' },
] as const;
/** Fills `{agent}`, `{licence}`, `{name}` and `{cue}`; what is not known is left out as …. */
export function sayScript(text: string, values: Partial<Record<'agent' | 'licence' | 'name' | 'cue', string>>): string {
  return text.replace(/\{(\w+)\}/g, (_, key: string) => (values as Record<string, string | undefined>)[key] || '…');
}

export const cueId = z.enum(['turnLeft', 'turnRight', 'threeFingers', 'tiltCard']);
