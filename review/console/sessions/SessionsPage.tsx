import { Button, Input, Table } from 'antd';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import type { z } from 'zod';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { sessionRow } from '../../../contracts/http/staff.ts';
import { http } from '../api/http.ts';
import { useLoaded } from '../api/useLoaded.ts';
import { useWords } from '../i18n/index.tsx';
import { dateTime, duration } from '../shared/format.ts';
import { ProblemBox } from '../shared/ProblemBox.tsx';
import { useTell } from '../shared/useProblem.tsx';
import { TESTIDS } from '../testids.ts';

type Row = z.infer<typeof sessionRow>;

/** Sessions, newest first, found by case number; a row opens its replay. */
export function SessionsPage() {
  const { t } = useWords();
  const navigate = useNavigate();
  const tell = useTell();
  const [caseNo, setCaseNo] = useState('');
  const [older, setOlder] = useState<{ search: string; rows: Row[]; end: boolean }>({ search: '', rows: [], end: false });
  const query = caseNo === '' ? {} : { caseNo };
  const loaded = useLoaded(`sessions:${caseNo}`, () => http(STAFF_OPERATIONS.sessions, { query }));
  const extra = older.search === caseNo ? older : { search: caseNo, rows: [], end: false };
  const first = loaded.value?.rows ?? [];
  const rows = [...first, ...extra.rows.filter((row) => !first.some((f) => f.sessionId === row.sessionId))];
  const last = rows.findLast((row) => row.startedAt !== null)?.startedAt;

  const more = async (): Promise<void> => {
    if (!last) return;
    try {
      const answer = await http(STAFF_OPERATIONS.sessions, { query: { ...query, before: last } });
      setOlder({ search: caseNo, rows: [...extra.rows, ...answer.rows], end: answer.rows.length === 0 });
    } catch (error) {
      tell.failed(error);
    }
  };

  return (
    <div className="page">
      <header className="page-head">
        <h1>{t('sessions.title')}</h1>
        <Input.Search allowClear placeholder={t('sessions.search')} maxLength={40} style={{ width: 280 }} data-testid={TESTIDS.sessionsSearch} onSearch={(value) => setCaseNo(value.trim())} />
        <Button loading={loaded.loading} onClick={loaded.reload}>{t('app.refresh')}</Button>
      </header>
      {loaded.problem && <ProblemBox problem={loaded.problem} onRetry={loaded.reload} />}
      <Table<Row>
        size="small" rowKey="sessionId" dataSource={rows} pagination={false} locale={{ emptyText: t('sessions.empty') }} loading={loaded.value === undefined && loaded.loading}
        rowClassName="row-open"
        onRow={(row) => ({ 'data-testid': TESTIDS.sessionsRow(row.caseNo), 'data-session': row.sessionId, onClick: () => void navigate(`/sessions/${row.sessionId}`) } as React.HTMLAttributes<HTMLElement>)}
        columns={[
          { title: t('col.caseNo'), dataIndex: 'caseNo', width: 190, render: (v: string) => <code>{v}</code> },
          { title: t('sessions.started'), dataIndex: 'startedAt', width: 190, render: (v: string | null) => dateTime(v) },
          { title: t('sessions.length'), dataIndex: 'seconds', width: 100, align: 'right', render: (v: number | null) => (v === null ? '–' : duration(v)) },
          { title: t('col.witness'), dataIndex: 'witnessName', width: 150 },
          { title: t('sessions.outcome'), key: 'outcome', width: 150, render: (_, r) => <span className={r.outcome === 'passed' ? 'tone-done' : r.outcome === 'fraud' ? 'tone-stop' : ''}>{r.outcome ? t(`outcome.${r.outcome}`) : t(`session.${r.state}`)}</span> },
          { title: t('sessions.code'), dataIndex: 'code', width: 90, render: (v: string | null) => v ?? '' },
          { title: '', key: 'go', render: () => <Button type="link" size="small">{t('sessions.replay')}</Button> },
        ]}
      />
      {rows.length >= 20 && !extra.end && <div className="page-more"><Button data-testid={TESTIDS.sessionsMore} onClick={() => void more()}>{t('sessions.more')}</Button></div>}
    </div>
  );
}
