/** The readable part of a bundle: everything that the manifest holds, on pages that each say whose copy it is (R45, R46). Pure. */

import { told } from './kept.ts';

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

const TYPES: Readonly<Record<string, readonly [string, string]>> = {
  given: ['客户填写', 'Filled in'], upload: ['上传照片', 'Upload'], reading: ['识别结果', 'Reading'], consent: ['同意', 'Consent'], certificate: ['数字证书', 'Certificate'], signature: ['协议签署', 'Signature'],
  police: ['公安核查', 'Police check'], 'police.decision': ['核查人工判断', 'Decision on the police check'], 'finding.decision': ['人工核对', 'Decision on a finding'], person: ['客户信息查询', 'Look-up'], draw: ['随机派单', 'Draw'],
  call: ['视频见证', 'Call'], answer: ['提问与回答', 'Question and answer'], photo: ['留存照片', 'Photo of record'], 'photo.taken': ['拍照', 'Photo taken'], 'photo.still': ['高清照片', 'Still'], 'photo.read': ['识别用照片', 'Photo that was read'],
  segment: ['录像片段', 'Recording'], 'segment.tracks': ['录像时钟', 'Clock of the recording'], recorder: ['录制状态', 'Recorder'], gap: ['录像缺口', 'Gap'], moment: ['通话事件', 'In the call'], network: ['网络质量', 'Network'],
  decision: ['见证结论', 'Decision'], review: ['复核', 'Second review'], account: ['账户', 'Account'], rating: ['客户评价', 'Rating'], event: ['状态变化', 'Change'], row: ['数据记录', 'Record'],
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
const inChina = new Intl.DateTimeFormat('zh-CN', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'medium' });

/** One HTML page that needs nothing from anywhere; its head is repeated on every printed page. */
export function reportPage({ caseNo, exportedAt, by, receiver, purpose }: Cover, entries: readonly ReportEntry[], heads: readonly string[]): string {
  const banner = `业务编号 Case ${escaped(caseNo)} · 导出时间 Exported ${inChina.format(exportedAt)} (UTC+8) · 接收人 For ${escaped(receiver)}`;
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>存证报告 ${escaped(caseNo)}</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' file:; media-src 'self' file:; style-src 'unsafe-inline'">
<style>
body{font:14px/1.6 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;color:#1c2530;margin:0 auto;max-width:1080px;padding:0 16px 40px}
table{border-collapse:collapse;width:100%}td,th{padding:6px 10px;border-bottom:1px solid #d8dee6;text-align:left;vertical-align:top}
thead .banner{font-weight:600;background:#eef2f7;position:sticky;top:0}td:first-child,td:nth-child(2){white-space:nowrap;font-variant-numeric:tabular-nums}
img,video{max-width:420px;max-height:300px;display:block;border:1px solid #d8dee6;border-radius:4px}pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:0;font-size:12.5px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px}dt{color:#5a6675}dd{margin:0}small{color:#5a6675}
@media print{thead{display:table-header-group}tr{break-inside:avoid}video{display:none}}
</style></head><body>
<h1>视频见证开户存证报告 <small>Evidence of a video-witnessed account opening</small></h1>
<dl><dt>业务编号 Case</dt><dd>${escaped(caseNo)}</dd><dt>导出人 Exported by</dt><dd>${escaped(by)}</dd><dt>接收人 Receiver</dt><dd>${escaped(receiver)}</dd><dt>用途 Purpose</dt><dd>${escaped(purpose)}</dd>
<dt>条目 Entries</dt><dd>${entries.length}</dd><dt>最后签名 Last signed head</dt><dd><pre>${escaped(heads.at(-1) ?? '–')}</pre></dd></dl>
<p>本页便于阅读；证明力在 manifest.jsonl 及其签名，可用独立核验程序核验。<br>This page is for reading; what proves is manifest.jsonl with its signatures, which a separate program verifies.</p>
<table><thead><tr><th class="banner" colspan="4">${banner}</th></tr><tr><th>序号<br>No.</th><th>时间 (UTC+8)<br>Time</th><th>类型<br>Kind</th><th>内容<br>Content</th></tr></thead><tbody>
${entries.map(rowOf).join('\n')}
</tbody></table></body></html>
`;
}

function rowOf({ line, content, file }: ReportEntry): string {
  const says = told(line);
  // Handed out as it is: the verifier names it.
  if (says === null || typeof says.type !== 'string' || Number.isNaN(Date.parse(says.at))) return `<tr><td>–</td><td>–</td><td>无法读取<br><small>Not readable</small></td><td><pre>${escaped(line)}</pre></td></tr>`;
  const { seq, at, type, facts } = says as typeof says & { facts?: Record<string, unknown> };
  const [zh, en] = TYPES[type] ?? [type, ''];
  const shownFacts = [...Object.entries(facts ?? {}).map(([name, value]) => `${name}: ${String(value)}`)].join(' · ');
  return `<tr><td>${escaped(String(seq))}</td><td>${inChina.format(new Date(at))}</td><td>${escaped(zh)}<br><small>${escaped(en)}</small></td><td>${shownFacts === '' ? '' : `<small>${escaped(shownFacts)}</small>`}${content === null ? '' : `<pre>${escaped(laidOut(content))}</pre>`}${file === null ? '' : shown(file)}</td></tr>`;
}

const laidOut = (content: string): string => {
  const value = JSON.parse(content) as unknown;
  return typeof value === 'object' ? JSON.stringify(value, null, 1).replace(/^[{}[\]],?$/gm, '').replace(/\n\n+/g, '\n').trim() : String(value);
};

/** A still picture, or the recording with the browser's own player. */
function shown(file: string): string {
  const src = escaped(file);
  if (/\.(jpg|png)$/.test(file)) return `<img src="${src}" alt="" loading="lazy">`;
  return file.endsWith('.webm') ? `<video src="${src}" controls preload="none"></video>` : `<a href="${src}">${src}</a>`;
}
