import { Button, Table } from 'antd';
import { useState } from 'react';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { ApplicationState, AccountState } from '../../../contracts/states/index.ts';
import { ACCOUNT_STEPS } from '../../../contracts/states/account.ts';
import type { AccountStep } from '../../../contracts/states/account.ts';
import { http } from '../api/http.ts';
import { useLoaded } from '../api/useLoaded.ts';
import { useWords } from '../i18n/index.tsx';
import { ConfirmDialog } from '../shared/ConfirmDialog.tsx';
import { dateTime } from '../shared/format.ts';
import { ProblemBox } from '../shared/ProblemBox.tsx';
import { TESTIDS } from '../testids.ts';

interface Row { readonly applicationId: string; readonly caseNo: string; readonly state: ApplicationState; readonly code: string | null; readonly steps: readonly { step: AccountStep; state: AccountState; code: string | null }[] }

const TONE: Record<AccountState, string> = { pending: 'quiet', sent: '', unknown: 'tone-attend', done: 'tone-done', failed: 'tone-stop', awaiting_client: 'tone-attend', parked: 'tone-stop' };

/** The batch: each account step's state per case (R52); parked ones are put back by a person (R54). */
export function BatchPage() {
  const { t } = useWords();
  const loaded = useLoaded('batch', () => http(STAFF_OPERATIONS.batches), 5_000);
  const [unparking, setUnparking] = useState<Row>();
  const batch = loaded.value;
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t('batch.title')}</h1>
        {batch && <span className={batch.open ? 'tone-done' : 'tone-attend'}>{t(batch.open ? 'batch.open' : 'batch.closed')}{!batch.open && batch.nextOpening && ` · ${t('batch.next', { time: dateTime(batch.nextOpening).slice(0, 16) })}`}</span>}
        <span className="video-gap" />
        <Button onClick={loaded.reload}>{t('app.refresh')}</Button>
      </header>
      {batch && batch.calendar !== 'known' && <p className={batch.calendar === 'unknown' ? 'tone-stop' : 'tone-attend'} data-testid={TESTIDS.batchCalendar}>{t(`batch.calendar.${batch.calendar}`)}</p>}
      {loaded.problem && <ProblemBox problem={loaded.problem} onRetry={loaded.reload} />}
      <Table<Row>
        size="small" rowKey="applicationId" pagination={(batch?.rows.length ?? 0) > 50 ? { pageSize: 50 } : false} dataSource={batch?.rows ?? []} locale={{ emptyText: t('batch.empty') }}
        onRow={(r) => ({ 'data-testid': TESTIDS.batchRow(r.caseNo) } as React.HTMLAttributes<HTMLElement>)}
        columns={[
          { title: t('col.caseNo'), dataIndex: 'caseNo', width: 180, render: (v: string) => <code>{v}</code> },
          { title: t('col.state'), key: 'state', width: 160, render: (_, r) => <>{t(`app.${r.state}`)}{r.code && <code className="step-code">{r.code}</code>}</> },
          ...ACCOUNT_STEPS.map((step) => ({
            title: t(`step.${step}`), key: step, render: (_: unknown, r: Row) => {
              const found = r.steps.find((s) => s.step === step);
              return found ? <span className={TONE[found.state]}>{t(`account.${found.state}`)}{found.code && <code className="step-code">{found.code}</code>}</span> : <span className="quiet">–</span>;
            },
          })),
          { title: t('col.action'), key: 'act', width: 110, render: (_, r) => r.state === 'parked' && <Button size="small" data-testid={TESTIDS.batchUnpark(r.caseNo)} onClick={() => setUnparking(r)}>{t('batch.unpark')}</Button> },
        ]}
      />
      {unparking && (
        <ConfirmDialog title={t('batch.unparkConfirm')} ok={t('batch.unpark')} onClose={() => setUnparking(undefined)} onOk={async () => { await http(STAFF_OPERATIONS.unpark, { params: { applicationId: unparking.applicationId } }); setUnparking(undefined); loaded.reload(); }}>
          <code>{unparking.caseNo}</code>
        </ConfirmDialog>
      )}
    </div>
  );
}
