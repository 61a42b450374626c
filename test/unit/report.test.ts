import { describe, expect, test } from '@jest/globals';
import { Prisma } from '../../server/database/generated/client.ts';
import { reportPage } from '../../server/usecases/evidence/report.ts';
import { fieldWords } from '../../server/usecases/evidence/reportWords.ts';
import { CONSENTS } from '../../server/texts/consents.ts';
import { sampleEntries } from '../support/evidence/sampleReport.ts';

const cover = { caseNo: 'K2026-000123', exportedAt: new Date('2026-11-22T08:20:00Z'), by: '稽核员', receiver: '某某人民法院 <b>', purpose: '司法协助' };
const html = reportPage(cover, sampleEntries(), ['video-witness head 1\nkind seal\n']);
/** What is to be seen without unfolding anything, tags left out. */
const seen = html.replace(/<style>.*?<\/style>/s, '').replace(/<details>.*?<\/details>/gs, '').replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');

describe('the readable report of a bundle (R45, R46)', () => {
  test('case number, time with offset and receiver stand in the head that is repeated on every printed page', () => {
    const head = html.slice(html.indexOf('<thead>'), html.indexOf('</thead>'));
    for (const words of ['K2026-000123', '2026/11/22 16:20:00 (UTC+8)', '某某人民法院 &#60;b&#62;']) expect(head).toContain(words);
    expect(html).toContain('table-header-group');
    expect(html).not.toContain('<b>');
  });
  test('what was given, asked, checked and decided stands there in words, Chinese with English, not as JSON', () => {
    for (const words of ['姓名 name', '赵静', '性别 sex', '女 female', '长期 long-term', '职业 occupation', '专业人士 professional', '您的年龄是？', '31–55 岁', '中国工商银行', '请问本次开户是您本人自愿办理的吗？', '明确同意', '公安核查', '一致 match', '见证结论', '通过 approved', '复核通过', '往返时延', '照片与录像核对', '与录像一致', '身份证号码校验码不正确', '双方接通']) expect(seen).toContain(words);
    expect(seen).not.toMatch(/[{}]|&#123;/);
  });
  test('the summary names client, decisions and the photos that count, with the numbers of their entries', () => {
    const summary = html.slice(html.indexOf('<h2 id="summary">'), html.indexOf('<h2 id="recordings">'));
    for (const words of ['赵静', '通过', '第 ', 'files/000009-face.png']) expect(summary).toContain(words);
    expect(summary).not.toContain('files/000008-old.png');
  });
  test('the words that were shown are there in full, and what is not known is shown by its own name', () => {
    expect(html).toContain(CONSENTS[0]!.body.zh.split('\n')[0]!.slice(0, 20));
    expect(html).toContain('somethingNew');
    expect(seen).toContain('never heard of');
  });
  test('an entry that somebody wrote by hand breaks no report: it is shown as not readable, its contents as plain values, nothing of it as markup', () => {
    const line = (more: object): string => JSON.stringify({ case: 'c', seq: 1, at: '2026-11-22T08:00:00Z', type: 'answer', ref: 'answer:1', facts: {}, prev: '0', ...more });
    const entry = (text: string, content: unknown = null) => ({ line: text, content: content === null ? null : JSON.stringify(content), file: null });
    const page = reportPage(cover, [
      ...sampleEntries(), entry(line({ seq: '<script>x</script>' })), entry(line({ type: 'photo', ref: 7 })), entry(line({ facts: 'none' })), entry('not JSON'), entry('7'),
      entry(line({}), { item: 'ownWill', answer: 'clear_yes', shown: { fr: 'Voulez-vous <i>?' } }), entry(line({ type: 'consent' }), { shown: { title: 'a title', body: 3 } }),
      entry(line({ type: 'reading' }), { reading: { fields: { name: 'no reading' } }, findings: 'none' }), entry(line({ type: 'given' }), [1, 2]), { line: line({ type: 'police' }), content: '{broken', file: null },
      entry(line({ type: 'constructor' }), { constructor: 'toString', state: 'valueOf' }), entry(line({ type: 'row', ref: 'constructor:1' }), { constructor: 'toString', state: 'constructor' }),
    ], []);
    expect(page.match(/无法读取/g)).toHaveLength(5);
    for (const words of ['Voulez-vous &#60;i&#62;?', 'a title', 'no reading', '{broken']) expect(page).toContain(words);
    expect(page).not.toMatch(/<script|<i>/);
    // The words of the others stand as before, and nothing in the page may send or redirect.
    expect(page).toContain('请问本次开户是您本人自愿办理的吗？');
    expect(page).toMatch(/form-action 'none'; base-uri 'none'/);
  });
  test('the page begins with a list of what is on it, and every kind of entry is found from there', () => {
    const jumps = html.slice(html.indexOf('<nav'), html.indexOf('</nav>'));
    expect(html.indexOf('<nav')).toBeLessThan(html.indexOf('摘要<small>'));
    for (const id of ['summary', 'photos', 'recordings', 'entries', 'head', 'e5']) {
      expect(jumps).toContain(`href="#${id}"`);
      expect(html).toContain(`id="${id}"`);
    }
  });
  test('each part of the recording says whose it is, from when to when by the clock and in the recording, and plays where it stands, in order (R40)', () => {
    const section = html.slice(html.indexOf('id="recordings"'), html.indexOf('id="entries"'));
    const read = section.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
    expect(read.indexOf('怎样观看')).toBeLessThan(read.indexOf('How to watch'));
    const said = ['客户 client 第 1 段 part 1', '2026/11/22 16:01:00 – 16:01:10', '录像 in the recording 0:00.5 – 0:10.5', '客户 client 第 2 段 part 2', '16:01:10 – 16:01:20', '0:10.5 – 0:20.5', '见证人员 witness 第 1 段 part 1', '16:00:59 – 16:01:09', '0:00.0 – 0:10.0'];
    const places = said.map((one) => read.indexOf(one));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(section).toContain('<video controls preload="none" src="files/000018-part.webm">');
    expect(section).toMatch(/<audio controls preload="none" src="files\/\d+-part\.webm">/);
    // Once each, and nothing from elsewhere.
    expect(html.match(/<(video|audio) /g)).toHaveLength(3);
    expect(html).toContain("default-src 'none'; img-src 'self' file:; media-src 'self' file:;");
  });
  test('a row that is kept whole shows what its write changed, in words; what only programs need is folded away, what is empty left out', () => {
    const [first, second] = html.split('<strong>数据记录').slice(1, 3).map((one) => one.slice(0, one.indexOf('</section>')).replace(/<details>.*?<\/details>/gs, ''));
    expect(first).toContain('填写中');
    expect(first).toContain('中国工商银行');
    expect(second).toContain('证件照片');
    expect(second).toContain('补正中');
    for (const name of ['change', 'createdAt', 'updatedAt', 'repairDone', '已补正内容', 'formEnc', 'ef'.repeat(32), 'application:']) expect(`${first}${second}`).not.toContain(name);
  });
  test('every column of the rows that are kept whole has a name in words', () => {
    const columns = [Prisma.ApplicationScalarFieldEnum, Prisma.DocumentScalarFieldEnum, Prisma.WitnessSessionScalarFieldEnum, Prisma.PhotoScalarFieldEnum, Prisma.AccountStepScalarFieldEnum].flatMap((names) => Object.keys(names));
    expect(columns.filter((name) => !/\p{Script=Han}/u.test(fieldWords(name).zh) && !/^(sha256|rtpTimestamp)$/.test(name))).toEqual([]);
  });
  test('hashes and track ids are folded away, and not lost', () => {
    expect(seen).not.toContain('producer-1');
    expect(html).toContain('producer-1');
  });
});
