/** The readable part of a bundle: everything that the manifest holds, on pages that each say whose copy it is (R45, R46). Pure. */
import { z } from 'zod';
import { told as saidBy } from './kept.ts';
import { both, clock, contentsOf, escaped, inChina, inChinaShort } from './reportContents.ts';
import { TYPE_WORDS, valueWords, words } from './reportWords.ts';
import type { Words } from './reportWords.ts';

/** Whose copy this is. */
export interface Cover {
  readonly caseNo: string;
  readonly exportedAt: Date;
  /** Who exported it, and to whom and what for it goes. */
  readonly by: string;
  readonly receiver: string;
  readonly purpose: string;
}
export interface ReportEntry { readonly line: string; readonly content: string | null; readonly file: string | null }

/** What the summary on the first page draws on: the entries by their type, in order. */
interface Told { readonly seq: number; readonly at: Date; readonly type: string; readonly ref: string; readonly session?: string | undefined; readonly facts: Readonly<Record<string, unknown>>; readonly content: Readonly<Record<string, unknown>> | null; readonly file: string | null }

/** One HTML page that needs nothing from anywhere; its head is repeated on every printed page. */
export function reportPage({ caseNo, exportedAt, by, receiver, purpose }: Cover, entries: readonly ReportEntry[], heads: readonly string[]): string {
  const all = entries.map(toldOf);
  const told = all.filter((one) => one !== null);
  const secondOf = secondsOf(told);
  const banner = `<span>业务编号 Case ${escaped(caseNo)}</span><span>导出时间 Exported ${inChina(exportedAt)}</span><span>接收人 For ${escaped(receiver)}</span>`;
  const cover: [Words, string][] = [
    [words('业务编号', 'Case'), escaped(caseNo)], [words('导出时间', 'Exported'), inChina(exportedAt)], [words('导出人', 'Exported by'), escaped(by)],
    [words('接收人', 'Receiver'), escaped(receiver)], [words('用途', 'Purpose'), escaped(purpose)], [words('条目数', 'Entries'), String(entries.length)],
  ];
  const head = heads.at(-1);
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>存证报告 ${escaped(caseNo)}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' file:; media-src 'self' file:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'">
<style>${STYLE}</style></head><body>
<table class="page"><thead><tr><td><div class="banner">${banner}</div></td></tr></thead><tbody><tr><td>
<h1>视频见证开户存证报告<small>Evidence of a video-witnessed account opening</small></h1>
${grid(cover)}
<p class="note">本报告便于阅读；证明力在 manifest.jsonl 及其签名，可用独立核验程序核验。时间均为北京时间（UTC+8）。<br><small>This report is for reading; what proves is manifest.jsonl with its signatures, which a separate program verifies. All times are China time (UTC+8).</small></p>
${summary(told, secondOf)}
<h2>逐条记录<small>All entries, in the order of the manifest</small></h2>
${all.map((one, i) => (one === null ? unreadable(entries[i] as ReportEntry) : entryOf(one, secondOf))).join('\n')}
<h2>最后签名<small>Last signed head</small></h2><pre>${escaped(head ?? '–')}</pre>
</td></tr></tbody></table></body></html>
`;
}

const fields = z.record(z.string(), z.unknown());
const saidLine = z.object({ seq: z.number().int().positive(), at: z.iso.datetime({ offset: true }), type: z.string(), ref: z.string(), session: z.string().optional(), facts: fields.nullish() });

/** An entry of the form that ours have; else null: it is handed out as it is, and the verifier names it. */
function toldOf({ line, content, file }: ReportEntry): Told | null {
  const says = saidLine.safeParse(saidBy(line));
  if (!says.success) return null;
  const { at, facts, ...more } = says.data;
  return { ...more, at: new Date(at), facts: facts ?? {}, content: content === null ? null : contentOf(content), file };
}

/** Contents as fields; whatever else stands there as one value. */
function contentOf(text: string): NonNullable<Told['content']> {
  const value = parsed(text);
  const read = fields.safeParse(value);
  return read.success ? read.data : { value };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const grid = (rows: readonly (readonly [Words, string])[]): string => `<dl class="cover">${rows.map(([name, html]) => `<dt>${both(name)}</dt><dd>${html}</dd>`).join('')}</dl>`;
const numberOf = ({ seq }: Told): string => ` <small>第 ${seq} 条 No. ${seq}</small>`;

type SecondOf = (one: Told) => string;
/** Where an entry stands in its call's recording, on the replay's clock: since the first recorded instant (R46). Nothing for what is outside of it. */
function secondsOf(told: readonly Told[]): SecondOf {
  const calls = new Map<string, { zero: number; end: number }>();
  for (const { type, session, facts: { startMs, endMs } } of told) {
    if (type !== 'segment' || session === undefined || typeof startMs !== 'number' || typeof endMs !== 'number') continue;
    const known = calls.get(session);
    calls.set(session, { zero: Math.min(known?.zero ?? Infinity, Math.floor(startMs)), end: Math.max(known?.end ?? 0, endMs) });
  }
  return ({ type, session, at }) => {
    const call = session === undefined ? undefined : calls.get(session);
    const ms = call === undefined ? NaN : at.getTime() - call.zero;
    return call !== undefined && type !== 'segment' && ms >= 0 && at.getTime() <= call.end + CLOSING_MS ? ` <small class="second">录像 ${clock(ms)}</small>` : '';
  };
}
/** What ends a call is noted a little after its last frame. */
const CLOSING_MS = 5_000;

/** Who, what was decided by whom and when, and the photos that count, each with the number of its entry. */
function summary(told: readonly Told[], secondOf: SecondOf): string {
  const superseded = new Set(told.filter(({ type }) => type === 'superseded').map(({ facts }) => facts['of']));
  const last = (type: string, fits: (one: Told) => boolean = () => true): Told | undefined => told.findLast((one) => one.type === type && fits(one));
  const form = last('given', ({ facts }) => facts['part'] === 'form');
  const outcome = (one: Told | undefined): string => (one === undefined ? both(words('尚无', 'none yet')) : `<strong>${both(valueWords('decision', String(one.facts['decision'])) ?? words(String(one.facts['decision']), ''))}</strong> ${codeOf(one)} ${inChinaShort(one.at)}${secondOf(one)}${numberOf(one)}`);
  const rows: [Words, string][] = [
    [words('客户', 'Client'), form === undefined ? '–' : `${escaped(String(form.content?.['name'] ?? '–'))}　${escaped(String(form.content?.['idNumber'] ?? ''))}${numberOf(form)}`],
    [words('视频见证结论', 'Witness’s decision'), outcome(last('decision'))],
    [words('复核结论', 'Second review'), outcome(last('review'))],
    [words('录像缺口', 'Gaps in the recording'), String(told.filter(({ type }) => type === 'gap').length)],
    [words('与录像不符的照片', 'Photos that do not agree with the recording'), String(told.filter(({ type, facts }) => type === 'photo.compared' && facts['verdict'] !== 'same').length)],
  ];
  const photos = told.filter(({ type, file, ref }) => type === 'photo' && file !== null && !superseded.has(ref.split(':')[1]));
  return `<h2>摘要<small>Summary</small></h2>${grid(rows)}${photos.length === 0 ? '' : `<div class="photos">${photos.map((one) => `<figure>${shown(one.file as string)}<figcaption>${both(valueWords('kind', String(one.facts['kind'])) ?? words('照片', 'Photo'))}<br>${inChinaShort(one.at)}${numberOf(one)}</figcaption></figure>`).join('')}</div>`}`;
}

const codeOf = ({ facts }: Told): string => { const said = typeof facts['code'] === 'string' ? valueWords('code', facts['code']) : undefined; return said === undefined ? '' : `（${both(said)}）`; };

const unreadable = ({ line }: ReportEntry): string => `<section class="entry"><header><span class="seq">–</span><strong>${both(words('无法读取', 'Not readable'))}</strong></header><pre>${escaped(line)}</pre></section>`;

function entryOf(one: Told, secondOf: SecondOf): string {
  const { seq, at, type, facts, content, file } = one;
  const name = TYPE_WORDS[type] ?? words(type, '');
  return `<section class="entry"><header><span class="seq">${seq}</span><strong>${both(name)}</strong><time>${inChinaShort(at)}${secondOf(one)}</time></header>${contentsOf(type, facts, content)}${file === null ? '' : shown(file)}</section>`;
}

/** A still picture, or the recording with the browser's own player. */
function shown(file: string): string {
  const src = escaped(file);
  if (/\.(jpg|png)$/.test(file)) return `<img src="${src}" alt="">`;
  return file.endsWith('.webm') ? `<video src="${src}" controls preload="none"></video><p class="file">${src}</p>` : `<a href="${src}">${src}</a>`;
}

/** Printed: A4, the head on every page, no entry torn where it fits on one. */
const STYLE = `
:root{color:#1c2530;font:14px/1.6 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif}
body{margin:0 auto;max-width:960px;padding:0 20px 48px}small{color:#5a6675;font-size:.86em}
h1{font-size:24px;margin:20px 0 12px}h2{font-size:18px;margin:28px 0 10px;border-bottom:2px solid #1f4f8f;padding-bottom:4px}h1 small,h2 small{font-weight:400;margin-left:12px}
.page{border-collapse:collapse;width:100%;table-layout:fixed}.page>thead>tr>td,.page>tbody>tr>td{padding:0}
.page>thead{position:sticky;top:0}.banner{display:flex;justify-content:space-between;gap:16px;background:#eef2f7;border-bottom:1px solid #c5cfdb;padding:6px 10px;font-weight:600;font-size:13px}
dl{margin:0}dt{color:#5a6675}dd{margin:0;overflow-wrap:anywhere}
.cover{display:grid;grid-template-columns:minmax(200px,max-content) 1fr;gap:4px 18px}.rows{display:grid;grid-template-columns:190px 1fr;gap:2px 16px}dd .rows{grid-template-columns:150px 1fr}
.note{background:#f6f8fb;border-left:3px solid #1f4f8f;padding:8px 12px;margin:14px 0}
.photos{display:grid;grid-template-columns:repeat(3,1fr);gap:14px;margin-top:14px}figure{margin:0}figcaption{font-size:13px;margin-top:4px}
img,video{max-width:100%;max-height:320px;display:block;border:1px solid #d8dee6;border-radius:4px;margin-top:6px}
.entry{border:1px solid #d8dee6;border-radius:6px;padding:8px 12px 10px;margin:8px 0}.entry>header{display:flex;gap:12px;align-items:baseline;margin-bottom:4px}
.entry time{margin-left:auto;color:#5a6675;font-variant-numeric:tabular-nums;white-space:nowrap}.seq{min-width:2.2em;color:#1f4f8f;font-weight:600;font-variant-numeric:tabular-nums}
.entry p{margin:2px 0}ul,ol{margin:0;padding-left:1.2em}.text,.file{overflow-wrap:anywhere}.file{font-size:12px;color:#5a6675}
details{margin-top:4px}summary{color:#5a6675;font-size:13px;cursor:pointer}.legal{white-space:pre-wrap;font-size:13px;background:#f6f8fb;padding:8px 12px;border-radius:4px}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:12.5px;background:#f6f8fb;padding:8px 12px;border-radius:4px}
@media print{@page{size:A4;margin:12mm}:root{font-size:10.5pt}body{max-width:none;padding:0}.page>thead{display:table-header-group;position:static}.banner{font-size:9pt;margin-bottom:8px}.entry,figure{break-inside:avoid}h2,.entry>header{break-after:avoid}details:not([open]),video{display:none}img{max-height:70mm}}
`;
