import { Button, Table } from 'antd';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { reviewRow } from '../../../contracts/http/staff.ts';
import type { z } from 'zod';
import { http } from '../api/http.ts';
import { useLoaded } from '../api/useLoaded.ts';
import { useWords } from '../i18n/index.tsx';
import { dateTime } from '../shared/format.ts';
import { ProblemBox } from '../shared/ProblemBox.tsx';
import { TESTIDS } from '../testids.ts';

type Row = z.infer<typeof reviewRow>;

/** Cases for second review (R50). A case that I witnessed is shown, and closed to me (R5); a postponed one is closed to all until its day. */
export function ReviewListPage() {
  const { t } = useWords();
  const navigate = useNavigate();
  const loaded = useLoaded('review', () => http(STAFF_OPERATIONS.reviewList), 15_000);
  const [chosen, setChosen] = useState<string>();
  const rows = loaded.value?.rows ?? [];
  const closed = (r: Row): boolean => r.blockedForMe || r.early;
  const row = rows.find((r) => r.applicationId === chosen && !closed(r));
  const open = (r: Row): void => void navigate(`/review/${r.applicationId}`);

  return (
    <div className="page">
      <header className="page-head">
        <h1>{t('review.title')} <span className="quiet">{rows.length}</span></h1>
        <Button data-testid={TESTIDS.reviewRefresh} loading={loaded.loading} onClick={loaded.reload}>{t('app.refresh')}</Button>
        <Button type="primary" data-testid={TESTIDS.reviewOpen} disabled={row === undefined} onClick={() => row && open(row)}>{t(row?.mine ? 'review.continue' : 'review.open')}</Button>
      </header>
      {loaded.problem && <ProblemBox problem={loaded.problem} onRetry={loaded.reload} />}
      <Table<Row>
        size="small" rowKey="applicationId" dataSource={rows} pagination={rows.length > 50 ? { pageSize: 50 } : false} locale={{ emptyText: t('review.empty') }}
        loading={loaded.value === undefined && loaded.loading}
        rowClassName={(r) => (closed(r) ? 'row-blocked' : r.applicationId === chosen ? 'row-chosen' : 'row-open')}
        onRow={(r) => ({
          'data-testid': TESTIDS.reviewRow(r.caseNo), 'data-blocked': closed(r),
          onClick: () => { if (!closed(r)) setChosen(r.applicationId); },
          onDoubleClick: () => { if (!closed(r)) open(r); },
        } as React.HTMLAttributes<HTMLElement>)}
        columns={[
          { title: t('col.caseNo'), dataIndex: 'caseNo', width: 190, render: (v: string) => <code>{v}</code> },
          { title: t('col.client'), dataIndex: 'nameMasked', width: 120 },
          { title: t('col.state'), dataIndex: 'state', width: 130, render: (_, r) => t(`app.${r.state}`) },
          { title: t('col.witness'), dataIndex: 'witnessName', width: 140 },
          { title: t('review.witnessedAt'), dataIndex: 'witnessedAt', width: 190, render: (v: string | null) => dateTime(v) },
          { title: t('review.until'), dataIndex: 'until', width: 130, render: (v: string | null) => v ?? '' },
          { title: '', key: 'note', render: (_, r) => (r.blockedForMe ? <span className="quiet">{t('review.blocked')}</span> : r.early ? <span className="quiet">{t('review.early', { day: r.until ?? '' })}</span> : r.mine ? <span className="tone-done">{t('review.mine')}</span> : '') },
        ]}
      />
    </div>
  );
}
