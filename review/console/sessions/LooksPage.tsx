import { Button, Input, Table } from 'antd';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { LookRow, LookSearch } from '../../../contracts/http/replay.ts';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import { http } from '../api/http.ts';
import { useWords } from '../i18n/index.tsx';
import type { Translate } from '../i18n/index.tsx';
import { keyOf } from '../i18n/words.ts';
import { dateTime } from '../shared/format.ts';
import { ProblemBox } from '../shared/ProblemBox.tsx';
import { TESTIDS } from '../testids.ts';
import { FindButton } from './FindButton.tsx';
import { daysBackwards, daysBetween, usePages } from './usePages.ts';

interface Fields { caseNo: string; person: string; from: string; to: string }
const NONE: Fields = { caseNo: '', person: '', from: '', to: '' };
const searchOf = ({ caseNo, person, from, to }: Fields): LookSearch => ({ ...(caseNo.trim() ? { caseNo: caseNo.trim() } : {}), ...(person.trim() ? { person: person.trim() } : {}), ...daysBetween(from, to) });

/** Who looked at what, when and why (R45): newest first. Auditors only; nobody can change it. */
export function LooksPage() {
  const [address] = useSearchParams();
  const caseNo = address.get('case') ?? '';
  // The menu's way to the page is the way to all of it.
  return <Looks key={caseNo} caseNo={caseNo} />;
}

function Looks({ caseNo }: { caseNo: string }) {
  const { t } = useWords();
  const [fields, setFields] = useState<Fields>({ ...NONE, caseNo });
  const [by, setBy] = useState<LookSearch>(() => searchOf(fields));
  const pages = usePages(by, (body: LookSearch) => http(STAFF_OPERATIONS.searchLooks, { body }));
  const set = (more: Partial<Fields>): void => setFields((old) => ({ ...old, ...more }));
  const backwards = daysBackwards(fields.from, fields.to);
  const find = (now = fields): void => { if (!daysBackwards(now.from, now.to)) setBy(searchOf(now)); };
  const enter = { onPressEnter: () => find() };
  return (
    <div className="page">
      <header className="page-head"><h1>{t('looks.title')}</h1><span className="quiet">{t('looks.hint')}</span></header>
      <div className="filters">
        <Input allowClear maxLength={40} placeholder={t('looks.caseNo')} value={fields.caseNo} data-testid={TESTIDS.looksCaseNo} onChange={(e) => set({ caseNo: e.target.value })} {...enter} />
        <Input allowClear maxLength={60} placeholder={t('looks.person')} value={fields.person} data-testid={TESTIDS.looksPerson} onChange={(e) => set({ person: e.target.value })} {...enter} />
        <span className="filters-days"><label>{t('sessions.from')}<Input type="date" value={fields.from} max={fields.to || undefined} data-testid={TESTIDS.looksFrom} onChange={(e) => set({ from: e.target.value })} /></label>
        <label>{t('sessions.to')}<Input type="date" value={fields.to} min={fields.from || undefined} data-testid={TESTIDS.looksTo} onChange={(e) => set({ to: e.target.value })} /></label></span>
        <span className="filters-act">
          <Button onClick={() => { setFields(NONE); find(NONE); }}>{t('sessions.clear')}</Button>
          <FindButton loading={pages.loading} disabled={backwards} testId={TESTIDS.looksFind} onFind={() => (JSON.stringify(searchOf(fields)) === JSON.stringify(by) ? pages.again() : find())} />
        </span>
      </div>
      {backwards && <p className="tone-stop" role="alert">{t('sessions.daysWrong')}</p>}
      {pages.problem && <ProblemBox problem={pages.problem} onRetry={pages.reload} />}
      <Table<LookRow>
        size="small" rowKey="lookId" dataSource={[...(pages.rows ?? [])]} pagination={false} locale={{ emptyText: t('looks.empty') }} loading={pages.rows === undefined && pages.loading}
        onRow={(row) => ({ 'data-testid': TESTIDS.looksRow, 'data-what': row.what } as React.HTMLAttributes<HTMLElement>)}
        columns={[
          { title: t('col.time'), dataIndex: 'at', width: 180, render: (v: string) => dateTime(v) },
          { title: t('looks.who'), key: 'who', width: 190, render: (_, r) => <>{r.staffName} <span className="quiet">{r.username}</span></> },
          { title: t('looks.what'), dataIndex: 'what', width: 300, render: (v: string) => whatWords(t, v) },
          { title: t('col.caseNo'), key: 'case', width: 190, render: (_, r) => (r.caseNo === null ? <span className="quiet">{t('looks.noCase')}</span> : r.sessionId ? <Link to={`/sessions/${r.sessionId}`}><code>{r.caseNo}</code></Link> : <code>{r.caseNo}</code>) },
          { title: t('looks.why'), key: 'why', render: (_, r) => whyWords(t, r) },
        ]}
      />
      {(pages.rows?.length ?? 0) > 0 && <div className="page-more">{pages.more ? <Button loading={pages.loading} data-testid={TESTIDS.looksMore} onClick={pages.loadMore}>{t('sessions.more')}</Button> : <span className="quiet">{t('sessions.end')}</span>}</div>}
    </div>
  );
}

/** `photo.face.record` and the like in words; what is not known yet is shown as it is. */
function whatWords(t: Translate, what: string): string {
  const [first, kind = '', which = ''] = what.split('.');
  const [kindKey, whichKey] = [keyOf('photo', kind), keyOf('look.which', which)];
  if (first === 'photo' && kindKey && whichKey) return t('look.photo', { kind: t(kindKey), which: t(whichKey) });
  const key = keyOf('look', what);
  return key ? t(key) : what;
}

function whyWords(t: Translate, { why }: LookRow): React.ReactNode {
  switch (why.kind) {
    case 'purpose': return why.receiver === undefined ? why.purpose : t('looks.receiver', { purpose: why.purpose, receiver: why.receiver });
    case 'capacity': { const key = keyOf('role', why.capacity); return <span className="quiet">{t('looks.capacity', { role: key ? t(key) : why.capacity })}</span>; }
    case 'destroyed': return <span className="quiet">{t('looks.destroyed')}</span>;
    case 'unreadable': return <span className="tone-stop">{t('looks.unreadable')}</span>;
    default: return <span className="quiet">{t('looks.none')}</span>;
  }
}
