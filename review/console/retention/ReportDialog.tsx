import { Button, Modal, Table } from 'antd';
import { useState } from 'react';
import { RETENTION_OPERATIONS } from '../../../contracts/http/retention.ts';
import type { RetentionReportRow, RetentionReportView } from '../../../contracts/http/retention.ts';
import { http } from '../api/http.ts';
import { useLoaded } from '../api/useLoaded.ts';
import { useStaff } from '../app/auth.tsx';
import { useWords } from '../i18n/index.tsx';
import { ConfirmDialog } from '../shared/ConfirmDialog.tsx';
import { dateTime } from '../shared/format.ts';
import { ProblemBox } from '../shared/ProblemBox.tsx';
import { TESTIDS } from '../testids.ts';

type Item = RetentionReportView['items'][number];

/** Every case of a report with its dates, its rule and what became of it; a second person confirms here. */
export function ReportDialog({ row, state, onClose, onDone }: { row: RetentionReportRow; state: 'open' | 'old' | 'running' | 'done'; onClose: () => void; onDone: () => void }) {
  const { t } = useWords();
  const own = useStaff().staffId === row.madeById;
  const loaded = useLoaded(`retention-${row.reportId}`, () => http(RETENTION_OPERATIONS.retentionReport, { params: { reportId: row.reportId } }), state === 'running' ? 3_000 : undefined);
  const [confirming, setConfirming] = useState(false);
  return (
    <Modal
      open centered width={1000} title={t('retention.report', { cases: row.cases, held: row.held })} onCancel={onClose}
      footer={[
        ...(state === 'open' && own ? [<span key="own" className="tone-attend retention-own">{t('retention.own')}</span>] : []),
        <Button key="close" onClick={onClose}>{t('app.close')}</Button>,
        ...(state === 'open' && !own ? [<Button key="confirm" type="primary" danger data-testid={TESTIDS.retentionConfirm} disabled={loaded.value === undefined} onClick={() => setConfirming(true)}>{t('retention.confirm')}</Button>] : []),
      ]}
    >
      {row.more && <p className="tone-attend">{t('retention.more')}</p>}
      {loaded.problem && <ProblemBox problem={loaded.problem} onRetry={loaded.reload} />}
      <Table<Item>
        size="small" rowKey="caseNo" loading={loaded.loading && loaded.value === undefined} scroll={{ y: 420 }} pagination={(loaded.value?.items.length ?? 0) > 100 ? { pageSize: 100 } : false} dataSource={[...(loaded.value?.items ?? [])]}
        columns={[
          { title: t('col.caseNo'), dataIndex: 'caseNo', width: 170, render: (v: string) => <code>{v}</code> },
          { title: t('retention.closedAt'), dataIndex: 'closedAt', width: 120, render: (v: string) => dateTime(v).slice(0, 10) },
          { title: t('retention.relationEndedOn'), dataIndex: 'relationEndedOn', width: 120, render: (v: string | null) => v ?? <span className="quiet">–</span> },
          { title: t('retention.dueOn'), dataIndex: 'dueOn', width: 120 },
          { title: t('retention.basis'), key: 'rule', render: (_, r) => t(`retention.rule.${r.rule}`) },
          { title: t('retention.result'), key: 'result', width: 180, render: (_, r) => (r.result !== null ? <span className={r.result === 'destroyed' ? 'tone-done' : 'tone-attend'}>{t(`retention.result.${r.result}`)}</span> : r.held ? <span className="tone-attend">{t('retention.isHeld')}</span> : <span className="quiet">–</span>) },
        ]}
      />
      {confirming && (
        <ConfirmDialog danger title={t('retention.confirmTitle', { cases: row.cases - row.held })} ok={t('retention.confirm')} okTestId={TESTIDS.retentionSubmit} onClose={() => setConfirming(false)}
          onOk={async () => { await http(RETENTION_OPERATIONS.confirmRetention, { params: { reportId: row.reportId } }); onDone(); }}>
          <p>{t('retention.confirmText')}</p>
        </ConfirmDialog>
      )}
    </Modal>
  );
}
