import { Button, Input, Select, Table } from 'antd';
import { useMemo, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { FINDINGS } from '../../../contracts/findings.ts';
import { CLIENT_NUMBER, holdsClientNumber } from '../../../contracts/http/replay.ts';
import type { SessionRow, SessionSearch } from '../../../contracts/http/replay.ts';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import { REASONS } from '../../../contracts/reasons/index.ts';
import { http } from '../api/http.ts';
import { useWords } from '../i18n/index.tsx';
import { dateTime, duration } from '../shared/format.ts';
import { ProblemBox } from '../shared/ProblemBox.tsx';
import { TESTIDS } from '../testids.ts';
import { FindButton } from './FindButton.tsx';
import { daysBackwards, daysBetween, usePages } from './usePages.ts';

interface Fields { caseNo: string; agent: string; client: string; from: string; to: string; code: string | undefined; length: number }
const NONE: Fields = { caseNo: '', agent: '', client: '', from: '', to: '', code: undefined, length: 0 };
/** Seconds of the choices of length; the first is any. */
const LENGTHS: readonly { minSeconds?: number; maxSeconds?: number }[] = [{}, { maxSeconds: 59 }, { minSeconds: 60, maxSeconds: 179 }, { minSeconds: 180, maxSeconds: 359 }, { minSeconds: 360, maxSeconds: 900 }, { minSeconds: 901 }];

/** From an address that somebody wrote by hand. */
const withoutNumber = (text: string | null): string => (text === null || holdsClientNumber(text) ? '' : text);
/** A client's number in a field of another thing. */
const elsewhere = ({ caseNo, agent }: Fields): boolean => holdsClientNumber(caseNo) || holdsClientNumber(agent);
/** As people write it: with pauses, or with the country's prefix of a phone. */
const plain = (text: string): string => text.replace(/[\s-]/g, '').toUpperCase().replace(/^(\+86|0086)(?=1\d{10}$)/, '');

/** What is asked for, without what was left empty. */
function searchOf({ caseNo, agent, client, from, to, code, length }: Fields): SessionSearch {
  return {
    ...(caseNo.trim() ? { caseNo: caseNo.trim() } : {}), ...(agent.trim() ? { agent: agent.trim() } : {}), ...(plain(client) ? { client: plain(client) } : {}),
    ...daysBetween(from, to), ...(code === undefined ? {} : { code }), ...LENGTHS[length],
  };
}

/** Sessions, newest first, found by case, agent, client, date, code and length; a row opens its replay, also while the call goes on. */
export function SessionsPage() {
  const { t, pick } = useWords();
  const navigate = useNavigate();
  // A client's number never goes into the address; the rest may, so that one comes back to one's list.
  const [address, setAddress] = useSearchParams();
  const [fields, setFields] = useState<Fields>(() => ({ ...NONE, caseNo: withoutNumber(address.get('case')), agent: withoutNumber(address.get('agent')) }));
  const [by, setBy] = useState<SessionSearch>(() => searchOf(fields));
  const wrong = plain(fields.client) !== '' && !CLIENT_NUMBER.test(plain(fields.client));
  const pages = usePages(by, (body: SessionSearch) => http(STAFF_OPERATIONS.searchSessions, { body }));
  const set = (more: Partial<Fields>): void => setFields((old) => ({ ...old, ...more }));
  const find = (now = fields): void => {
    if ((plain(now.client) !== '' && !CLIENT_NUMBER.test(plain(now.client))) || elsewhere(now) || daysBackwards(now.from, now.to)) return;
    setAddress({ ...(now.caseNo.trim() ? { case: now.caseNo.trim() } : {}), ...(now.agent.trim() ? { agent: now.agent.trim() } : {}) }, { replace: true });
    setBy(searchOf(now));
  };
  const backwards = daysBackwards(fields.from, fields.to);
  const codes = useMemo(() => [
    ...REASONS.map((r) => ({ value: r.code, label: `${r.code} ${pick(r.text)}` })),
    ...Object.entries(FINDINGS).map(([code, words]) => ({ value: code, label: pick(words) })),
  ], [pick]);
  const enter = { onPressEnter: () => find() };
  const outcome = (r: SessionRow): string => (r.outcome === 'passed' ? 'tone-done' : r.outcome === 'fraud' ? 'tone-stop' : r.outcome === null ? 'tone-live' : '');

  return (
    <div className="page">
      <header className="page-head"><h1>{t('sessions.title')}</h1><span className="quiet">{t('sessions.hint')}</span></header>
      <div className="filters">
        <Input allowClear maxLength={40} placeholder={t('sessions.caseNo')} status={holdsClientNumber(fields.caseNo) ? 'error' : ''} value={fields.caseNo} data-testid={TESTIDS.sessionsCaseNo} onChange={(e) => set({ caseNo: e.target.value })} {...enter} />
        <Input allowClear maxLength={60} placeholder={t('sessions.agent')} status={holdsClientNumber(fields.agent) ? 'error' : ''} value={fields.agent} data-testid={TESTIDS.sessionsAgent} onChange={(e) => set({ agent: e.target.value })} {...enter} />
        <Input allowClear maxLength={24} autoComplete="off" status={wrong ? 'error' : ''} placeholder={t('sessions.client')} value={fields.client} data-testid={TESTIDS.sessionsClient} onChange={(e) => set({ client: e.target.value })} {...enter} />
        <Select allowClear showSearch={{ optionFilterProp: 'label' }} placeholder={t('sessions.anyCode')} options={codes} value={fields.code} popupMatchSelectWidth={420} data-testid={TESTIDS.sessionsCode} onChange={(code?: string) => set({ code })} />
        <Select value={fields.length} data-testid={TESTIDS.sessionsLength} onChange={(length) => set({ length })} options={LENGTHS.map((_, n) => ({ value: n, label: n === 0 ? t('sessions.anyLength') : t(`sessions.length.${n as 1}`) }))} />
        <span className="filters-days"><label>{t('sessions.from')}<Input type="date" value={fields.from} max={fields.to || undefined} data-testid={TESTIDS.sessionsFrom} onChange={(e) => set({ from: e.target.value })} /></label>
        <label>{t('sessions.to')}<Input type="date" value={fields.to} min={fields.from || undefined} data-testid={TESTIDS.sessionsTo} onChange={(e) => set({ to: e.target.value })} /></label></span>
        <span className="filters-act">
          <Button onClick={() => { setFields(NONE); find(NONE); }} data-testid={TESTIDS.sessionsClear}>{t('sessions.clear')}</Button>
          <FindButton loading={pages.loading} disabled={wrong || elsewhere(fields) || backwards} testId={TESTIDS.sessionsFind} onFind={() => (JSON.stringify(searchOf(fields)) === JSON.stringify(by) ? pages.again() : find())} />
        </span>
      </div>
      {wrong && <p className="tone-stop" role="alert">{t('sessions.clientWrong')}</p>}
      {elsewhere(fields) && <p className="tone-stop" role="alert">{t('sessions.numberElsewhere')}</p>}
      {backwards && <p className="tone-stop" role="alert">{t('sessions.daysWrong')}</p>}
      {pages.problem && <ProblemBox problem={pages.problem} onRetry={pages.reload} />}
      <Table<SessionRow>
        size="small" rowKey="sessionId" dataSource={[...(pages.rows ?? [])]} pagination={false} locale={{ emptyText: t(Object.keys(by).length === 0 ? 'sessions.none' : 'sessions.empty') }} loading={pages.rows === undefined && pages.loading}
        rowClassName={(r) => (r.own ? 'row-blocked' : 'row-open')}
        onRow={(row) => ({ 'data-testid': TESTIDS.sessionsRow(row.caseNo), 'data-session': row.sessionId, onClick: () => { if (!row.own) void navigate(`/sessions/${row.sessionId}`); } } as React.HTMLAttributes<HTMLElement>)}
        columns={[
          { title: t('col.caseNo'), dataIndex: 'caseNo', width: 190, render: (v: string) => <code>{v}</code> },
          { title: t('sessions.started'), dataIndex: 'startedAt', width: 190, render: (v: string | null) => dateTime(v) },
          { title: t('sessions.length'), dataIndex: 'seconds', width: 90, align: 'right', render: (v: number | null) => (v === null ? '–' : duration(v)) },
          { title: t('col.witness'), dataIndex: 'witnessName', width: 150 },
          { title: t('sessions.outcome'), key: 'outcome', width: 160, render: (_, r) => <span className={outcome(r)}>{r.outcome === null && <i className="dot dot-live" />}{r.outcome ? t(`outcome.${r.outcome}`) : t(`session.${r.state}`)}</span> },
          { title: t('sessions.code'), dataIndex: 'code', render: (v: string | null) => { const reason = REASONS.find((r) => r.code === v); return v && <>{v} <span className="quiet">{reason && pick(reason.text)}</span></>; } },
          { title: '', key: 'go', width: 210, align: 'right', render: (_, r) => (r.own ? <span className="quiet">{t('sessions.own')}</span> : <Button type="link" size="small">{t(r.outcome === null ? 'sessions.liveReplay' : 'sessions.replay')}</Button>) },
        ]}
      />
      {(pages.rows?.length ?? 0) > 0 && <div className="page-more">{pages.more ? <Button loading={pages.loading} data-testid={TESTIDS.sessionsMore} onClick={pages.loadMore}>{t('sessions.more')}</Button> : <span className="quiet">{t('sessions.end')}</span>}</div>}
    </div>
  );
}
