import type { z } from 'zod';
import { AppError } from '../../contracts/errors.ts';
import type { questionnaire, riskResult } from '../../contracts/http/client.ts';

type Option = readonly [id: string, score: number, zh: string, en: string];
interface Question { readonly id: string; readonly zh: string; readonly en: string; readonly options: readonly Option[] }

const VERSION = '2026-1';
const QUESTIONS: readonly Question[] = [
  { id: 'age', zh: '您的年龄是？', en: 'How old are you?', options: [['a', 2, '70 岁以上', 'Over 70'], ['b', 6, '56–70 岁', '56–70'], ['c', 8, '18–30 岁', '18–30'], ['d', 10, '31–55 岁', '31–55']] },
  { id: 'income', zh: '您的主要收入来源是？', en: 'Where does your income mainly come from?', options: [['a', 1, '无固定收入', 'No regular income'], ['b', 5, '养老金、社保', 'Pension or social security'], ['c', 8, '工资、劳务报酬', 'Salary or fees'], ['d', 10, '经营所得或财产性收入', 'Business or assets']] },
  { id: 'yearly', zh: '您的家庭年收入约为？', en: 'What is your household’s yearly income?', options: [['a', 1, '5 万元以下', 'Below ¥50,000'], ['b', 4, '5–20 万元', '¥50,000–200,000'], ['c', 8, '20–50 万元', '¥200,000–500,000'], ['d', 10, '50 万元以上', 'Above ¥500,000']] },
  { id: 'share', zh: '您计划用于证券投资的资金占家庭金融资产的比例是？', en: 'How much of your household’s financial assets would you put into securities?', options: [['a', 2, '超过 70%（含借款）', 'Over 70 %, borrowed money included'], ['b', 5, '50%–70%', '50–70 %'], ['c', 8, '20%–50%', '20–50 %'], ['d', 10, '20% 以下', 'Below 20 %']] },
  { id: 'debt', zh: '您是否有较大数额的未清偿债务？', en: 'Do you have large debts?', options: [['a', 1, '有，亲友借款或高息贷款', 'Yes, from friends or at high interest'], ['b', 5, '有，消费贷款', 'Yes, consumer loans'], ['c', 8, '有，住房按揭', 'Yes, a mortgage'], ['d', 10, '没有', 'No']] },
  { id: 'experience', zh: '您的证券投资经验是？', en: 'How long have you invested in securities?', options: [['a', 1, '没有经验', 'Not at all'], ['b', 4, '不足 2 年', 'Less than 2 years'], ['c', 8, '2–5 年', '2–5 years'], ['d', 10, '5 年以上', 'More than 5 years']] },
  { id: 'knowledge', zh: '您对股票、基金、债券的了解程度是？', en: 'What do you know of shares, funds and bonds?', options: [['a', 1, '不了解', 'Nothing'], ['b', 4, '了解一点', 'A little'], ['c', 8, '了解主要区别和风险', 'Their main differences and risks'], ['d', 10, '有专业知识', 'I am trained in it']] },
  { id: 'term', zh: '您希望的投资期限是？', en: 'For how long do you want to invest?', options: [['a', 2, '不到 3 个月', 'Less than 3 months'], ['b', 5, '3 个月至 1 年', '3 months to 1 year'], ['c', 8, '1–3 年', '1–3 years'], ['d', 10, '3 年以上', 'More than 3 years']] },
  { id: 'goal', zh: '您的投资目标是？', en: 'What do you want to achieve?', options: [['a', 0, '保证本金，不接受任何亏损', 'Keep the capital, no loss at all'], ['b', 4, '稳健增值，接受小幅波动', 'Steady growth with small swings'], ['c', 8, '较高收益，接受较大波动', 'Higher returns with larger swings'], ['d', 10, '最大收益，接受较大亏损', 'The highest returns, even with large losses']] },
  { id: 'loss', zh: '您能承受的最大亏损是？', en: 'What is the largest loss you can bear?', options: [['a', 0, '不能承受亏损', 'None'], ['b', 4, '10% 以内', 'Up to 10 %'], ['c', 8, '10%–30%', '10–30 %'], ['d', 10, '30% 以上', 'More than 30 %']] },
];

/** The risk questionnaire without its scores. */
export const QUESTIONNAIRE: z.infer<typeof questionnaire> = {
  version: VERSION,
  questions: QUESTIONS.map(({ id, zh, en, options }) => ({ id, text: { zh, en }, options: options.map(([option, , optionZh, optionEn]) => ({ id: option, text: { zh: optionZh, en: optionEn } })) })),
};

/** Lowest score of each class, from the highest down; of 100. */
const CLASSES = [['C5', 84], ['C4', 68], ['C3', 52], ['C2', 34], ['C1', 0]] as const;
/** Who accepts no loss at all is of the lowest class whatever the rest says. */
const NO_LOSS = { goal: 'a', loss: 'a' } as const;

/**
 * Scores the answers to a class (R18); the lowest, C1, is blocked.
 * @throws AppError TEXT_VERSION_OLD, BAD_REQUEST naming the questions without a valid answer
 */
export function scoreAnswers(version: string, answers: Readonly<Record<string, string>>): z.infer<typeof riskResult> {
  if (version !== VERSION) throw new AppError('TEXT_VERSION_OLD');
  const scores = QUESTIONS.map((question) => ({ id: question.id, score: question.options.find(([id]) => id === answers[question.id])?.[1] }));
  const missing = scores.flatMap(({ id, score }) => (score === undefined ? [id] : []));
  if (missing.length > 0) throw new AppError('BAD_REQUEST', { items: missing });
  const score = scores.reduce((sum, one) => sum + (one.score ?? 0), 0);
  const noLoss = answers['goal'] === NO_LOSS.goal && answers['loss'] === NO_LOSS.loss;
  const found = noLoss ? 'C1' : (CLASSES.find(([, from]) => score >= from)?.[0] ?? 'C1');
  return { class: found, score, blocked: found === 'C1' };
}
