/** The readable part of a bundle: everything that the manifest holds, on pages that each say whose copy it is (R45, R46). Pure. */
import { both, clock, contentsOf, escaped, inChina, inChinaShort } from './reportContents.ts';
import { ROW_WORDS } from './reportColumns.ts';
import { jumpList } from './reportJumps.ts';
import type { Section } from './reportJumps.ts';
import { recordingsSection } from './reportRecordings.ts';
import { own } from './reportTables.ts';
import { msInRecording, recordingsOf, toldOf } from './reportTold.ts';
import type { ReportEntry, Told } from './reportTold.ts';
import { TYPE_WORDS, valueWords, words } from './reportWords.ts';
import type { Words } from './reportWords.ts';

export type { ReportEntry } from './reportTold.ts';

/** Whose copy this is. */
export interface Cover {
  readonly caseNo: string;
  readonly exportedAt: Date;
  /** Who exported it, and to whom and what for it goes. */
  readonly by: string;
  readonly receiver: string;
  readonly purpose: string;
}

/** One HTML page that needs nothing from anywhere; its head is repeated on every printed page. */
export function reportPage({ caseNo, exportedAt, by, receiver, purpose }: Cover, entries: readonly ReportEntry[], heads: readonly string[]): string {
  const all = entries.map(toldOf);
  const told = all.filter((one) => one !== null);
  const recordings = recordingsOf(told);
  const secondOf = (one: Told): string => { const ms = msInRecording(recordings, one); return ms === undefined ? '' : ` <small class="second">录像 ${clock(ms)}</small>`; };
  const parts = new Set(recordings.flatMap((one) => one.parts.map(({ seq }) => seq)));
  const photos = photosOf(told);
  const before = beforeOf(told);
  const banner = `<span>业务编号 Case ${escaped(caseNo)}</span><span>导出时间 Exported ${inChina(exportedAt)}</span><span>接收人 For ${escaped(receiver)}</span><a class="screen" href="#jump">目录 Contents</a>`;
  const cover: [Words, string][] = [
    [words('业务编号', 'Case'), escaped(caseNo)], [words('导出时间', 'Exported'), inChina(exportedAt)], [words('导出人', 'Exported by'), escaped(by)],
    [words('接收人', 'Receiver'), escaped(receiver)], [words('用途', 'Purpose'), escaped(purpose)], [words('条目数', 'Entries'), String(entries.length)],
  ];
  const head = heads.at(-1);
  const sections: Section[] = [
    { id: 'summary', name: words('摘要', 'Summary') }, ...(photos.length === 0 ? [] : [{ id: 'photos', name: words('照片', 'Photos'), count: photos.length }]),
    ...(parts.size === 0 ? [] : [{ id: 'recordings', name: words('录像', 'Recordings'), count: parts.size }]),
    { id: 'entries', name: words('逐条记录', 'All entries'), count: entries.length }, { id: 'head', name: words('最后签名', 'Last signed head') },
  ];
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>存证报告 ${escaped(caseNo)}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' file:; media-src 'self' file:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'">
<style>${STYLE}</style></head><body>
<table class="page"><thead><tr><td><div class="banner">${banner}</div></td></tr></thead><tbody><tr><td>
<h1>视频见证开户存证报告<small>Evidence of a video-witnessed account opening</small></h1>
${grid(cover)}
<p class="note">本报告便于阅读；证明力在 manifest.jsonl 及其签名，可用独立核验程序核验。时间均为北京时间（UTC+8）。<br><small>This report is for reading; what proves is manifest.jsonl with its signatures, which a separate program verifies. All times are China time (UTC+8).</small></p>
${jumpList(sections, told)}
${summary(told, secondOf)}${photosSection(photos)}
${recordingsSection(recordings)}
<h2 id="entries">逐条记录<small>All entries, in the order of the manifest</small></h2>
${all.map((one, i) => (one === null ? unreadable(entries[i] as ReportEntry) : entryOf(one, { secondOf, parts, before: before.get(one) }))).join('\n')}
<h2 id="head">最后签名<small>Last signed head</small></h2><pre>${escaped(head ?? '–')}</pre>
</td></tr></tbody></table></body></html>
`;
}

const grid = (rows: readonly (readonly [Words, string])[]): string => `<dl class="cover">${rows.map(([name, html]) => `<dt>${both(name)}</dt><dd>${html}</dd>`).join('')}</dl>`;
const numberOf = ({ seq }: Told): string => ` <small>第 ${seq} 条 No. ${seq}</small>`;

type SecondOf = (one: Told) => string;

/** Who, what was decided by whom and when, and the photos that count, each with the number of its entry. */
function summary(told: readonly Told[], secondOf: SecondOf): string {
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
  return `<h2 id="summary">摘要<small>Summary</small></h2>${grid(rows)}`;
}

/** Those that count. */
function photosOf(told: readonly Told[]): Told[] {
  const superseded = new Set(told.filter(({ type }) => type === 'superseded').map(({ facts }) => facts['of']));
  return told.filter(({ type, file, ref }) => type === 'photo' && file !== null && !superseded.has(ref.split(':')[1]));
}
const photosSection = (photos: readonly Told[]): string => (photos.length === 0 ? '' : `<div class="photos" id="photos">${photos.map((one) => `<figure>${shown(one.file as string)}<figcaption>${both(valueWords('kind', String(one.facts['kind'])) ?? words('照片', 'Photo'))}<br>${inChinaShort(one.at)}${numberOf(one)}</figcaption></figure>`).join('')}</div>`);

/** The contents that the same row had when it was kept the time before. */
function beforeOf(told: readonly Told[]): Map<Told, Told['content']> {
  const last = new Map<string, Told['content']>();
  return new Map(told.filter(({ type }) => type === 'row').map((one) => {
    const before = last.get(one.ref) ?? null;
    last.set(one.ref, one.content);
    return [one, before];
  }));
}

const codeOf = ({ facts }: Told): string => { const said = typeof facts['code'] === 'string' ? valueWords('code', facts['code']) : undefined; return said === undefined ? '' : `（${both(said)}）`; };

const unreadable = ({ line }: ReportEntry): string => `<section class="entry"><header><span class="seq">–</span><strong>${both(words('无法读取', 'Not readable'))}</strong></header><pre>${escaped(line)}</pre></section>`;

interface Around { readonly secondOf: SecondOf; readonly parts: ReadonlySet<number>; readonly before?: Told['content'] | undefined }
/** @param parts of the recording: they play in their own section, once */
function entryOf(one: Told, { secondOf, parts, before }: Around): string {
  const { seq, at, type, ref, facts, content, file } = one;
  const name = own(TYPE_WORDS, type) ?? words(type, '');
  const of = type === 'row' ? own(ROW_WORDS, ref.split(':', 1).join('')) : undefined;
  const picture = file === null ? '' : parts.has(seq) ? `<p><a href="#part${seq}">▶ ${both(words('观看这一段', 'Watch this part'))}</a></p>` : shown(file);
  return `<section class="entry" id="e${seq}"><header><span class="seq">${seq}</span><strong>${both(name)}${of === undefined ? '' : `：${both(of)}`}</strong><time>${inChinaShort(at)}${secondOf(one)}</time></header>${contentsOf(type, facts, content, before ?? undefined)}${picture}</section>`;
}

/** A still picture, or the recording with the browser's own player. */
function shown(file: string): string {
  const src = escaped(file);
  if (/\.(jpg|png|webp)$/.test(file)) return `<img src="${src}" alt="">`;
  return /\.(webm|mp4)$/.test(file) ? `<video src="${src}" controls preload="none"></video><p class="file">${src}</p>` : `<a href="${src}">${src}</a>`;
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
.banner a{font-weight:400}[id]{scroll-margin-top:44px}a{color:#1f4f8f}
nav{display:flex;flex-wrap:wrap;align-items:baseline;gap:6px 20px;border:1px solid #c5cfdb;border-radius:6px;padding:8px 12px;margin:14px 0}nav details{flex-basis:100%}nav dd a{margin-right:6px;font-variant-numeric:tabular-nums}.count{color:#5a6675;font-size:.86em}
h3{font-size:15px;margin:16px 0 4px}.side{margin-top:12px}.side>summary{font-size:15px;font-weight:600;color:#1c2530}.parts{display:grid;grid-template-columns:repeat(3,1fr);gap:16px 14px;margin-top:8px}.parts figure{min-width:0}.parts video{width:100%;aspect-ratio:16/9;background:#1c2530;box-sizing:border-box}
.sound{width:100%;aspect-ratio:16/9;box-sizing:border-box;background:#f6f8fb;border:1px solid #d8dee6;border-radius:4px;margin-top:6px;display:flex;flex-direction:column;align-items:center;justify-content:center;gap:8px}.sound audio{width:92%}.quiet{color:#5a6675}
.photos{display:grid;grid-template-columns:repeat(3,1fr);gap:14px;margin-top:14px}figure{margin:0}figcaption{font-size:13px;margin-top:4px}
img,video{max-width:100%;max-height:320px;display:block;border:1px solid #d8dee6;border-radius:4px;margin-top:6px}
.entry{border:1px solid #d8dee6;border-radius:6px;padding:8px 12px 10px;margin:8px 0}.entry>header{display:flex;gap:12px;align-items:baseline;margin-bottom:4px}
.entry time{margin-left:auto;color:#5a6675;font-variant-numeric:tabular-nums;white-space:nowrap}.seq{min-width:2.2em;color:#1f4f8f;font-weight:600;font-variant-numeric:tabular-nums}
.entry p{margin:2px 0}ul,ol{margin:0;padding-left:1.2em}.text,.file{overflow-wrap:anywhere}.file{font-size:12px;color:#5a6675}
details{margin-top:4px}summary{color:#5a6675;font-size:13px;cursor:pointer}.legal{white-space:pre-wrap;font-size:13px;background:#f6f8fb;padding:8px 12px;border-radius:4px}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:12.5px;background:#f6f8fb;padding:8px 12px;border-radius:4px}
@media print{@page{size:A4;margin:12mm}:root{font-size:10.5pt}body{max-width:none;padding:0}.page>thead{display:table-header-group;position:static}.banner{font-size:9pt;margin-bottom:8px}.entry,figure{break-inside:avoid}h2,.entry>header{break-after:avoid}details:not([open]),video,audio,.screen,nav{display:none}img{max-height:70mm}}
`;
