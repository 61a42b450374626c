import { Button, Table } from 'antd';
import { useState } from 'react';
import { RETENTION_OPERATIONS } from '../../../contracts/http/retention.ts';
import type { HoldRow, RetentionReportRow } from '../../../contracts/http/retention.ts';
import { http } from '../api/http.ts';
import { problemOf } from '../api/problem.ts';
import type { Problem } from '../api/problem.ts';
import { useLoaded } from '../api/useLoaded.ts';
import { useWords } from '../i18n/index.tsx';
import { dateTime } from '../shared/format.ts';
import { ProblemBox } from '../shared/ProblemBox.tsx';
import { TESTIDS } from '../testids.ts';
import { LiftDialog, RelationDialog, SetDialog } from './dialogs.tsx';
import { ReportDialog } from './ReportDialog.tsx';

/** Where a report stands. */
export const stateOf = ({ confirmedAt, finishedAt, old }: RetentionReportRow): 'open' | 'old' | 'running' | 'done' => (finishedAt !== null ? 'done' : confirmedAt !== null ? 'running' : old ? 'old' : 'open');
const TONE = { open: 'tone-attend', old: 'quiet', running: 'tone-attend', done: 'tone-done' } as const;

type Dialog = { kind: 'set' } | { kind: 'relation' } | { kind: 'lift'; row: HoldRow } | { kind: 'report'; row: RetentionReportRow };

/** Legal holds, and what is due for destruction (R44): listed by one person, destroyed when a second one has confirmed. */
export function RetentionPage() {
  const { t } = useWords();
  const reports = useLoaded('retention-reports', () => http(RETENTION_OPERATIONS.retentionReports), 5_000);
  const holds = useLoaded('retention-holds', () => http(RETENTION_OPERATIONS.legalHolds));
  const [dialog, setDialog] = useState<Dialog>();
  // As it stands now: a colleague may have confirmed it meanwhile.
  const shown = dialog?.kind === 'report' ? reports.value?.rows.find(({ reportId }) => reportId === dialog.row.reportId) ?? dialog.row : undefined;
  const [problem, setProblem] = useState<Problem>();
  const close = (): void => setDialog(undefined);
  const done = (): void => { close(); holds.reload(); reports.reload(); };
  const make = async (): Promise<void> => {
    setProblem(undefined);
    await http(RETENTION_OPERATIONS.makeRetentionReport).then(reports.reload, (error: unknown) => setProblem(problemOf(error)));
  };
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t('retention.title')}</h1>
        <Button data-testid={TESTIDS.relationOpen} onClick={() => setDialog({ kind: 'relation' })}>{t('retention.relation')}</Button>
        <Button data-testid={TESTIDS.holdSetOpen} onClick={() => setDialog({ kind: 'set' })}>{t('retention.setHold')}</Button>
        <Button type="primary" data-testid={TESTIDS.retentionMake} onClick={() => void make()}>{t('retention.make')}</Button>
      </header>
      <p className="quiet page-note">{t('retention.rule')}</p>
      {problem && <ProblemBox problem={problem} onClose={() => setProblem(undefined)} />}
      {(reports.problem ?? holds.problem) && <ProblemBox problem={(reports.problem ?? holds.problem)!} onRetry={() => { reports.reload(); holds.reload(); }} />}
      <h2>{t('retention.reports')}</h2>
      <Table<RetentionReportRow>
        size="small" rowKey="reportId" pagination={false} dataSource={[...(reports.value?.rows ?? [])]} locale={{ emptyText: t('retention.noReports') }}
        onRow={(r) => ({ 'data-testid': TESTIDS.retentionRow(r.reportId) } as React.HTMLAttributes<HTMLElement>)}
        columns={[
          { title: t('col.state'), key: 'state', width: 190, render: (_, r) => <span className={TONE[stateOf(r)]}>{t(`retention.state.${stateOf(r)}`)}</span> },
          { title: t('retention.cases'), dataIndex: 'cases', align: 'right', width: 90 },
          { title: t('retention.heldCount'), dataIndex: 'held', align: 'right', width: 100 },
          { title: t('retention.destroyedCount'), dataIndex: 'destroyed', align: 'right', width: 100 },
          { title: t('retention.madeBy'), key: 'made', render: (_, r) => <>{r.madeBy}<span className="quiet"> {dateTime(r.madeAt)}</span></> },
          { title: t('retention.confirmedBy'), key: 'confirmed', render: (_, r) => r.confirmedBy && <>{r.confirmedBy}<span className="quiet"> {dateTime(r.confirmedAt)}</span></> },
          { title: t('col.action'), key: 'act', width: 90, render: (_, r) => <Button size="small" data-testid={TESTIDS.retentionLook(r.reportId)} onClick={() => setDialog({ kind: 'report', row: r })}>{t('retention.look')}</Button> },
        ]}
      />
      <h2>{t('retention.holds')}</h2>
      <Table<HoldRow>
        size="small" rowKey="holdId" loading={holds.loading && holds.value === undefined} pagination={(holds.value?.rows.length ?? 0) > 50 ? { pageSize: 50 } : false} dataSource={[...(holds.value?.rows ?? [])]} locale={{ emptyText: t('retention.noHolds') }}
        onRow={(r) => ({ 'data-testid': TESTIDS.legalHold(r.caseNo), className: r.lifted ? 'row-blocked' : '' } as React.HTMLAttributes<HTMLElement>)}
        columns={[
          { title: t('col.caseNo'), dataIndex: 'caseNo', width: 180, render: (v: string) => <code>{v}</code> },
          { title: t('retention.reason'), key: 'reason', render: (_, r) => r.reason ?? <span className="quiet">{t('retention.reasonGone')}</span> },
          { title: t('retention.setAt'), key: 'set', width: 190, render: (_, r) => <>{r.setBy}<div className="quiet">{dateTime(r.setAt)}</div></> },
          { title: t('retention.lifted'), key: 'lifted', render: (_, r) => r.lifted && <>{r.lifted.reason ?? t('retention.reasonGone')}<div className="quiet">{r.lifted.by} · {dateTime(r.lifted.at)}</div></> },
          { title: t('col.action'), key: 'act', width: 90, render: (_, r) => r.lifted === null && <Button size="small" data-testid={TESTIDS.legalHoldLift(r.caseNo)} onClick={() => setDialog({ kind: 'lift', row: r })}>{t('retention.liftHold')}</Button> },
        ]}
      />
      {dialog?.kind === 'set' && <SetDialog onClose={close} onDone={done} />}
      {dialog?.kind === 'relation' && <RelationDialog onClose={close} onDone={done} />}
      {dialog?.kind === 'lift' && <LiftDialog row={dialog.row} onClose={close} onDone={done} />}
      {shown && <ReportDialog row={shown} state={stateOf(shown)} onClose={close} onDone={done} />}
    </div>
  );
}
