import { describe, expect, test } from '@jest/globals';
import { reportPage } from '../../server/usecases/evidence/report.ts';
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
    const summary = html.slice(html.indexOf('摘要'), html.indexOf('逐条记录'));
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
    ], []);
    expect(page.match(/无法读取/g)).toHaveLength(5);
    for (const words of ['Voulez-vous &#60;i&#62;?', 'a title', 'no reading', '{broken']) expect(page).toContain(words);
    expect(page).not.toMatch(/<script|<i>/);
    // The words of the others stand as before, and nothing in the page may send or redirect.
    expect(page).toContain('请问本次开户是您本人自愿办理的吗？');
    expect(page).toMatch(/form-action 'none'; base-uri 'none'/);
  });
  test('hashes and track ids are folded away, and not lost', () => {
    expect(seen).not.toContain('producer-1');
    expect(html).toContain('producer-1');
  });
});
