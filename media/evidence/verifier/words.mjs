// @ts-check
// What the verifier prints: in Chinese and English, and never a byte that a terminal would obey. Names and values come from whoever made the bundle.

/** @typedef {import('./check.mjs').Problem} Problem */

// Control characters, marks that turn the direction of writing or cannot be seen, ends of lines of other kinds, and halves of letters.
const HARMFUL = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\u{e0001}\u{e0020}-\u{e007f}]/gu;
const LONGEST = 400;
/** How much of the end is kept of what is cut: there a sentence closes. */
const ENDING = 80;

/** Written out instead of obeyed. @param {string} text */
const writtenOut = (text) => text.replace(HARMFUL, (one) => [...Array(one.length).keys()].map((i) => `\\u${one.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''));

/** A name or a value that somebody else wrote, for a line on a terminal. @param {string} text */
export function harmless(text) {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST - ENDING)}… (${text.length}) …${text.slice(-ENDING)}` : text;
  return writtenOut(cut);
}

/** A text that is shown whole. @param {string} text */
export const harmlessText = (text) => writtenOut(text);

/** JSON as a program reads it and a terminal bears it. @param {unknown} value */
export const harmlessJson = (value) => writtenOut(JSON.stringify(value));

/** What was found, in the words of both languages. */
export const WORDS = {
  changed: '已改动 changed', missing: '缺失 missing', added: '多出 added', repeated: '重复 repeated', reordered: '次序被调换 reordered',
  swapped: '被调换 swapped', unreadable: '无法读取 unreadable', unsigned: '未签名 unsigned', signature: '签名无效 signature not valid',
};

/** Each English sentence of the checks and what it is in Chinese; what stands in brackets is taken over. @type {readonly (readonly [RegExp, string])[]} */
const CHINESE = [
  [/^entry (\d+) \((.*), (.*)\) or entry (\d+) \((.*)\)$/s, '第 $1 条（$2，$3）或第 $4 条（$5）'], [/^entry (\d+) \((.*)\)$/s, '第 $1 条（$2）'], [/^entry (\d+)$/, '第 $1 条'], [/^entries (\d+) to (\d+)$/, '第 $1 至第 $2 条'],
  [/^line (\d+) of the manifest$/, '存证清单第 $1 行'], [/^line (\d+) of the contents$/, '内容文件第 $1 行'], [/^line (\d+) of the published heads$/, '公布的签名头第 $1 行'],
  [/^published heads (\d+) to (\d+)$/, '公布的签名头第 $1 至第 $2 个'], [/^the published heads$/, '公布的签名头'], [/^head (\d+)$/, '第 $1 个签名头'], [/^the head over (\d+) entries$/, '涵盖 $1 条的签名头'],
  [/^the content of entry (\d+) \((.*)\)$/s, '第 $1 条（$2）的内容'], [/^the content of entry (\d+)$/, '第 $1 条的内容'], [/^the manifest$/, '存证清单'], [/^the end of (.*)$/s, '$1 的末尾'], [/^the bundle$/, '存证包'],
  [/^it is no entry$/, '不是一条存证记录'], [/^line (\d+) has a number that was there before$/, '第 $1 行的编号之前已经出现过'], [/^it stands behind entry (\d+)$/, '排在第 $1 条之后'], [/^the manifest has a hole there$/, '清单在此处有缺口'],
  [/^the hashes on neither side of it fit$/, '与前后两条的哈希都不相符'], [/^entry (\d+) names another hash for it$/, '第 $1 条所记的哈希与它不符'], [/^it belongs to the case (.*)$/s, '属于另一案件 $1'], [/^it is not the case (.*) that was asked for$/s, '不是要求核验的案件 $1'], [/^nothing in it proves its case number$/, '其中没有内容能证明业务编号'],
  [/^it is the head over published heads$/, '是公布记录的签名头，不属于任何案件'], [/^it was there before$/, '之前已经出现过'], [/^it stands behind a head over (\d+) entries$/, '排在涵盖 $1 条的签名头之后'],
  [/^the head of (\S+) was signed over (\d+) entries$/, '$1 的签名头涵盖 $2 条'], [/^they are not those that were signed at (\S+)$/, '与 $1 签名时的内容不同'], [/^no signed head covers the end$/, '末尾没有签名头覆盖'], [/^the case was destroyed at (\S+)$/, '案件已于 $1 销毁，其后不应再有记录'],
  [/^it is no content$/, '不是一条内容'], [/^entry (\d+) has no such content$/, '第 $1 条没有这项内容'], [/^entry (\d+) has a content already$/, '第 $1 条已有内容'], [/^(entry .*) speaks of it$/s, '$1 提到它，但它不在包中'],
  [/^it is not what (entry .*) speaks of$/s, '不是 $1 所记的内容'], [/^it is what (entry .*) speaks of$/s, '其实是 $1 所记的内容'], [/^the contents have no line for it$/, '内容文件中没有对应的行'], [/^it is no part of a bundle$/, '不属于存证包'], [/^no entry speaks of it$/, '没有任何记录提到它'],
  [/^the operating system creates it when a folder is looked at.*$/, '由操作系统在查看文件夹时自动生成，不是证据的一部分：请删除后重新核验'],
  [/^its name leads out of the bundle$/, '文件名指向存证包之外，未读取'], [/^it is no plain file$/, '不是普通文件（可能是链接、管道或目录），未读取'], [/^it cannot be opened$/, '无法打开'], [/^it is larger than a bundle’s can be$/, '超出存证包文件的大小上限，未读取'], [/^the bundle has no such file$/, '包中没有此文件'],
  [/^it has no entry$/, '没有任何记录'], [/^it ends in the middle( of a line)?$/, '在一行的中间中断'], [/^there is no handed-out\.json over it$/, '没有 handed-out.json 为其签名'], [/^it was not handed out$/, '不在交付清单中'], [/^it is not what was handed out$/, '与交付时不同'], [/^it was handed out$/, '交付清单中有，包中没有'],
  [/^a published head was signed over them(?: \(the bundle says that it was handed out at (\S+)\))?$/, '已公布的签名头涵盖了它们（存证包所记交付时间：$1）'], [/^they are not those of the head published at (\S+)$/, '与 $1 公布的签名头不符'], [/^it was published at (\S+)$/, '已于 $1 公布'],
  [/^it was never published, though published heads go on to (\S+)$/, '从未公布，而公布的签名头已延续到 $1'], [/^it is numbered (.*)$/s, '其编号为 $1'], [/^its end was rewritten \(CR LF\).*$/, '行尾被改写为 CR LF：请使用逐字节原样的公布文件'], [/^it cannot be read$/, '无法读取'],
  [/^a checkpoint is not published$/, '检查点不会公布'], [/^it was published before$/, '之前已经公布过'], [/^the log's head of (\S+) was signed over them$/, '$1 的日签名头涵盖了它们'], [/^it was signed before lines that stand in front of it$/, '签名时间早于排在它前面的行'], [/^they are not those of the log's head of (\S+)$/, '与 $1 的日签名头不符'],
  [/^it is no stamp of the head over all before it$/, '不是其前日签名头的时间戳'], [/^(\d+) more problems are not told one by one$/, '另有 $1 处问题未逐一列出'],
  [/^it is no head$/, '不是签名头'], [/^it is signed by the key (.*), which is not trusted$/s, '由密钥 $1 签名，该密钥不受信任'], [/^the key (.*) does not count at (.*)$/s, '密钥 $1 在 $2 无效'], [/^its signature is wrong$/, '签名不正确'], [/^it is no list of what was handed out$/, '不是交付清单'],
  [/^the time stamp is not of line (\d+)$/, '时间戳不是针对第 $1 行'], [/^the time stamp is not signed by an authority that is trusted$/, '时间戳不是由受信任的机构签发'], [/^the time stamp is signed with a certificate that is not for time stamps$/, '签发时间戳的证书不是时间戳证书'],
  [/^the time stamp is of a time at which its certificate did not count$/, '时间戳的时间不在证书有效期内'], [/^the time stamp’s content is not what was signed$/, '时间戳内容与签名不符'], [/^what was signed is no time stamp$/, '所签内容不是时间戳'], [/^the time stamp cannot be read: (.*)$/s, '时间戳无法读取：$1'],
];

/** The same in Chinese; a name stays as it is. @param {string} text cut: the expressions go back and forth in what they are given @returns {string} */
function chinese(text) {
  for (const [english, words] of CHINESE) {
    const match = english.exec(text);
    if (match !== null) return words.replace(/\$(\d)/g, (_, i) => { const part = match[Number(i)] ?? '—'; return part.startsWith('entry ') ? chinese(part) : part; });
  }
  return text;
}

/** @param {Problem} problem */
export function problemText({ what, where, why }) {
  const [place, reason] = [harmless(where), harmless(why)];
  return `${WORDS[what]}: ${place}: ${reason}\n    ${chinese(place)}：${chinese(reason)}`;
}
