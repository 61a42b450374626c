/** The recordings of a bundle on its readable page: by call and side, in order, each part playable where it stands (R40, R46). Pure. */
import { both, clock, escaped, inChinaShort } from './reportContents.ts';
import type { Recording, Part } from './reportTold.ts';
import { valueWords, words } from './reportWords.ts';

const SIDES = ['client', 'witness'];

/** Nothing where nothing was recorded. */
export function recordingsSection(recordings: readonly Recording[]): string {
  const calls = recordings.filter(({ parts }) => parts.length > 0);
  if (calls.length === 0) return '';
  return `<h2 id="recordings">录像<small>Recordings</small></h2>${HOW_TO_WATCH}${calls.map((call, i) => callOf(call, calls.length > 1 ? i + 1 : undefined)).join('')}`;
}

const HOW_TO_WATCH = `<div class="note"><strong>怎样观看</strong>　先把 ZIP 全部解压到一个文件夹，再用 Chrome、Edge 或 Firefox 打开其中的 report.html；在压缩包里直接打开时录像放不出来。点播放键即可观看，也可以用 VLC 等播放器打开每段下面写明的文件。客户与见证人员分别录制，各段按时间先后排列；播放器的时间每段从 0:00 起。“录像”时间从该次通话录像开始起算，与各条记录中的一致。
<br><small><strong>How to watch</strong>　Unpack the whole ZIP into one folder, then open its report.html in Chrome, Edge or Firefox; opened inside the ZIP, recordings do not play. Press play, or open the file named below a part in a player such as VLC.
Client and witness were recorded separately; the parts stand in the order of time, and the player counts from 0:00 in each. Time “in the recording” counts from where the call’s recording begins, as it does in the entries.</small></div>`;

function callOf({ zero, parts }: Recording, number: number | undefined): string {
  const sides = [...new Set([...SIDES, ...parts.map(({ side }) => side)])];
  const title = number === undefined ? '' : `<h3>${both(words(`第 ${number} 次通话`, `Call ${number}`))}　${inChinaShort(new Date(zero))}</h3>`;
  return title + sides.map((side) => sideOf(parts.filter((part) => part.side === side), zero)).join('');
}

function sideOf(parts: readonly Part[], zero: number): string {
  const [first] = parts;
  if (first === undefined) return '';
  const title = `${both(sideWords(first))}　${both(words(`共 ${parts.length} 段`, parts.length === 1 ? '1 part' : `${parts.length} parts`))}`;
  return `<details class="side" open><summary>${title}</summary><div class="parts">${parts.map((part, i) => partOf(part, { number: i + 1, zero })).join('')}</div></details>`;
}

const sideWords = ({ side }: Part): { zh: string; en: string } => valueWords('side', side) ?? words(side, '');
/** The hour alone: the day stands in the first time. */
const hour = (ms: number): string => inChinaShort(new Date(ms)).split(' ').at(-1) ?? '';

function partOf(part: Part, { number, zero }: { number: number; zero: number }): string {
  const { seq, file, startMs, endMs, sound } = part;
  const src = escaped(file);
  const player = sound ? `<div class="sound">${both(words('只有声音', 'sound only'))}<audio controls preload="none" src="${src}"></audio></div>` : `<video controls preload="none" src="${src}"></video>`;
  const since = (ms: number): string => clock(Math.max(0, ms - zero));
  return `<figure id="part${seq}">${player}<figcaption><strong>${both(sideWords(part))}　${both(words(`第 ${number} 段`, `part ${number}`))}</strong><br>${inChinaShort(new Date(startMs))} – ${hour(endMs)}<br>录像 <small>in the recording</small> ${since(startMs)} – ${since(endMs)}<br><a href="#e${seq}">第 ${seq} 条 <small>No. ${seq}</small></a>　<a class="file" href="${src}">${src}</a></figcaption></figure>`;
}
