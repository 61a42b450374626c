/** One entry's facts and contents as rows that a judge can read: a name, a value; what only a program needs is folded away. Pure. */
import { z } from 'zod';
import { photoSentences } from '../../../contracts/figures.ts';
import { bilingual } from '../../../contracts/http/common.ts';
import { documentReading, finding, photoFigures } from '../../../contracts/reading.ts';
import type { Finding } from '../../../contracts/reading.ts';
import { FINDINGS } from '../../../contracts/findings.ts';
import { faceExamination, faceSentences } from '../../../contracts/face.ts';
import { QUESTIONNAIRE } from '../../texts/questionnaire.ts';
import { eventText } from '../replay/texts.ts';
import { own } from './reportTables.ts';
import { fieldWords, valueWords, words } from './reportWords.ts';
import type { Words } from './reportWords.ts';

export const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
export const both = ({ zh, en }: Words): string => (en === '' || en === zh ? escaped(zh) : `${escaped(zh)} <small>${escaped(en)}</small>`);

const stamp = new Intl.DateTimeFormat('zh-CN', { timeZone: 'Asia/Shanghai', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
/** China time with its offset. */
export const inChina = (at: Date): string => `${stamp.format(at)} (UTC+8)`;
export const inChinaShort = (at: Date): string => stamp.format(at);

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Hashes, keys, ids and clocks: they identify, nobody reads them. */
const TECHNICAL = /^(id|change|sha256|signature|pem|asked|random|serial|codes|tracks|held|rtpTimestamp|of|byteLength|mimeType|box|engine|figures|worst|usual|idempotencyKey|\w*Id|\w+Enc|\w+Index|\w+Sha256)$/;
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

const row = (name: Words, html: string): string => `<dt>${both(name)}</dt><dd>${html}</dd>`;
const list = (rows: readonly string[]): string => (rows.length === 0 ? '' : `<dl class="rows">${rows.join('')}</dl>`);
const folded = (title: Words, html: string): string => `<details><summary>${both(title)}</summary>${html}</details>`;

/** A value in words; numbers that are times as times. */
function valueOf(field: string, value: unknown): string {
  if (isEmpty(value)) return '–';
  if (typeof value === 'boolean') return both(value ? words('是', 'yes') : words('否', 'no'));
  if (typeof value === 'number') return escaped(numberOf(field, value));
  if (Array.isArray(value)) return value.every((one) => typeof one !== 'object') ? value.map((one) => valueOf(field, one)).join('、') : `<ol>${value.map((one) => `<li>${valueOf(field, one)}</li>`).join('')}</ol>`;
  if (isFields(value)) return list(Object.entries(value).map(([name, one]) => row(fieldWords(name), valueOf(name, one))));
  const text = String(value);
  const said = valueWords(field, text);
  if (said !== undefined) return both(said);
  return ISO_TIME.test(text) ? escaped(inChina(new Date(text))) : `<span class="text">${escaped(text)}</span>`;
}

function numberOf(field: string, value: number): string {
  if (/^(startMs|endMs|fromMs|toMs|wallClockMs)$/.test(field) && value > 1e12) return inChina(new Date(value));
  if (field === 'mediaTimeMs') return clock(value);
  if (field === 'lossUp' || field === 'lossDown') return `${(value * 100).toFixed(1)} %`;
  return String(Math.round(value * 1000) / 1000);
}

/** Minutes, seconds and tenths since the recording began. */
export const clock = (ms: number): string => `${Math.floor(ms / 60_000)}:${((ms % 60_000) / 1000).toFixed(1).padStart(4, '0')}`;

type Named = readonly (readonly [string, unknown])[];
const isEmpty = (value: unknown): boolean => value === null || value === undefined || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
const namedRows = (some: Named): string => list(some.map(([name, value]) => row(fieldWords(name), valueOf(name, value))));
const foldedRows = (title: Words, some: Named): string => (some.length === 0 ? '' : folded(title, namedRows(some)));

/** Rows for what people read, the rest folded below; what is empty says nothing. */
function rowsOf(fields: Fields): string {
  const entries = Object.entries(fields).filter(([name, value]) => !isEmpty(value) && name !== 'shown');
  return namedRows(entries.filter(([name]) => !TECHNICAL.test(name))) + foldedRows(words('技术数据', 'Technical'), entries.filter(([name]) => TECHNICAL.test(name)));
}

/** Of a row that is kept with each write: the write's own bookkeeping. */
const BOOKKEEPING = /^(version|updatedAt|createdAt)$/;
/** @param before the same row as it was kept the time before: what has not changed since is folded away, what was emptied is said */
function keptRow(columns: Fields, { before = {}, facts }: { before?: Fields | undefined; facts: Fields }): string {
  const isTechnical = ([name]: Named[number]): boolean => TECHNICAL.test(name) || BOOKKEEPING.test(name);
  const isSame = ([name, value]: Named[number]): boolean => name in before && JSON.stringify(before[name]) === JSON.stringify(value);
  const all = Object.entries(columns).filter(([name, value]) => !isEmpty(value) || !isEmpty(before[name]));
  const plain = all.filter((one) => !isTechnical(one));
  const changed = plain.filter((one) => !isSame(one));
  return (changed.length === 0 ? `<p class="quiet">${both(words('仅技术数据有变化', 'Only technical data changed'))}</p>` : namedRows(changed.map(([name, value]) => [name, isEmpty(value) ? null : value])))
    + foldedRows(words('与上次记录相同的内容', 'As in the record before'), plain.filter(isSame))
    + foldedRows(words('技术数据', 'Technical'), [...all.filter(isTechnical), ...Object.entries(facts).filter(([name]) => name !== 'of')]);
}

/** An entry's contents by its type; every other type as rows. */
const BY_TYPE: Readonly<Record<string, (content: Fields, facts: Fields) => string>> = {
  consent: withText, signature: withText,
  answer: ({ shown, answer, mediaTimeMs }) => list([
    ...(shown === undefined ? [] : [row(words('提问', 'Asked'), wordsOr(shown))]),
    row(words('回答', 'Answer'), `<strong>${valueOf('answer', answer)}</strong>`), row(fieldWords('mediaTimeMs'), valueOf('mediaTimeMs', mediaTimeMs)),
  ]),
  given: (content, { part }) => (part === 'risk' ? riskRows(content) : rowsOf(content)),
  reading: (content) => readingOf(content),
  moment: (content) => `<p>${both(eventText(String(content['type']), content['codes']))}</p>${folded(words('技术数据', 'Technical'), rowsOf(content))}`,
};

/** Both languages; what is none as the value that it is. */
const wordsOr = (value: unknown): string => { const read = bilingual.safeParse(value); return read.success ? both(read.data) : valueOf('shown', value); };
const shownText = z.object({ title: bilingual.optional(), body: bilingual.optional() });

function withText(content: Fields): string {
  const read = shownText.safeParse(content['shown'] ?? {});
  if (!read.success) return rowsOf({ ...content, shown: undefined }) + list([row(words('当时展示', 'As shown'), valueOf('shown', content['shown']))]);
  const shown = read.data;
  const text = shown.body === undefined ? '' : folded(words(`当时展示的全文：${shown.title?.zh ?? ''}`, `Full text as shown: ${shown.title?.en ?? ''}`), `<div class="legal">${escaped(shown.body.zh)}\n\n${escaped(shown.body.en)}</div>`);
  return `${shown.title === undefined ? '' : `<p><strong>${both(shown.title)}</strong></p>`}${rowsOf(content)}${text}`;
}

function riskRows({ answers, ...rest }: Fields): string {
  const given = isFields(answers) ? answers : {};
  const questions = Object.entries(given).map(([id, option]) => {
    const question = QUESTIONNAIRE.questions.find((one) => one.id === id);
    const chosen = question?.options.find((one) => one.id === option);
    return row(question?.text ?? words(id, ''), chosen === undefined ? escaped(String(option)) : both(chosen.text));
  });
  return rowsOf(rest) + list(questions);
}

const perhaps = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);
const kept = z.object({ reading: perhaps(documentReading), findings: perhaps(z.array(finding)), figures: perhaps(photoFigures), face: perhaps(faceExamination), readFrom: perhaps(z.string()) });

/** What was read, what checks found, how good the picture was; as plain rows where it is not of today's form. */
function readingOf(content: Fields): string {
  const read = kept.safeParse(content);
  if (!read.success) return rowsOf(content);
  const { reading, findings = [], figures, face, readFrom } = read.data;
  const fields = Object.entries(reading?.fields ?? {}).flatMap(([name, one]) => (one === undefined ? [] : [row(fieldWords(name), `${valueOf(name, one.text)} <small>把握 confidence ${Math.round(one.confidence * 100)} %</small>`)]));
  const all = [...findings, ...(reading?.findings ?? []), ...(face?.findings ?? [])];
  return list([
    ...(readFrom === undefined ? [] : [row(fieldWords('readFrom'), valueOf('readFrom', readFrom))]), ...fields,
    row(fieldWords('findings'), all.length === 0 ? both(words('无', 'none')) : `<ul>${all.map((one) => `<li>${findingOf(one)}</li>`).join('')}</ul>`),
    ...(figures === undefined ? [] : [row(words('照片质量', 'Picture'), photoSentences(figures, face === undefined ? 'document' : 'face').map(both).join('，'))]),
    ...(face === undefined ? [] : [row(fieldWords('face'), faceSentences(face).map(both).join('<br>'))]),
  ]) + folded(words('技术数据', 'Technical'), rowsOf(content));
}

const findingOf = ({ code, field, said, expected, rule }: Finding): string =>
  `${field === undefined ? '' : `${both(fieldWords(field))}：`}${both(FINDINGS[code])}${said === undefined ? '' : `：${escaped(said)}`}${expected === undefined ? '' : ` ／ ${escaped(expected)}`} <small>${escaped(rule)}</small>`;

/**
 * @param value what was hashed, null where the facts say all
 * @param before of a kept row: its contents the time before
 */
export function contentsOf(type: string, facts: Fields, value: Fields | null, before?: Fields): string {
  if (value === null) return rowsOf(facts);
  if (type === 'row') return keptRow(value, { before, facts });
  const html = (own(BY_TYPE, type) ?? rowsOf)(value, facts);
  // Facts that the contents say as well are said once.
  const more = Object.fromEntries(Object.entries(facts).filter(([name, one]) => !(name in value) && !(type === 'moment') && !(type === 'reading' && name === 'findings') && !Object.values(value).includes(one)));
  return rowsOf(more) + html;
}
