import { Button, Input, Table } from 'antd';
import { useState } from 'react';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { NegativeRow } from '../../../contracts/http/staff.ts';
import { http } from '../api/http.ts';
import { useLoaded } from '../api/useLoaded.ts';
import { useWords } from '../i18n/index.tsx';
import { ConfirmDialog } from '../shared/ConfirmDialog.tsx';
import { dateTime } from '../shared/format.ts';
import { ProblemBox } from '../shared/ProblemBox.tsx';
import { TESTIDS } from '../testids.ts';

const SHORTEST = 4;
const LENGTH = 18;
const plain = (text: string): string => text.replace(/\s/g, '').toUpperCase();

/** The negative list (R16): who stands on it, why, and who put or took them there; by a whole number, whether it is there. Each look and change is logged. */
export function NegativePage() {
  const { t } = useWords();
  const [sought, setSought] = useState<string>();
  const [incomplete, setIncomplete] = useState(false);
  const search = (text: string): void => {
    const number = plain(text);
    setIncomplete(number !== '' && number.length !== LENGTH);
    if (number === '') setSought(undefined);
    else if (number.length === LENGTH) setSought(number);
  };
  const loaded = useLoaded(`negative-${sought ?? ''}`, () => (sought === undefined ? http(STAFF_OPERATIONS.negativeList) : http(STAFF_OPERATIONS.searchNegative, { body: { idNumber: sought } })));
  const [dialog, setDialog] = useState<'add' | NegativeRow>();
  const done = (): void => { setDialog(undefined); loaded.reload(); };
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t('negative.title')}</h1>
        <span className="quiet">{t('negative.logged')}</span>
        <Input.Search allowClear style={{ width: 300 }} maxLength={24} status={incomplete ? 'error' : ''} placeholder={t('negative.search')} data-testid={TESTIDS.negativeSearch} onSearch={search} />
        <Button type="primary" data-testid={TESTIDS.negativeAdd} onClick={() => setDialog('add')}>{t('negative.add')}</Button>
      </header>
      {incomplete && <p className="tone-stop" role="alert">{t('negative.incomplete')}</p>}
      {loaded.problem && <ProblemBox problem={loaded.problem} onRetry={loaded.reload} />}
      <Table<NegativeRow>
        size="small" rowKey="entryId" loading={loaded.loading && loaded.value === undefined} pagination={(loaded.value?.rows.length ?? 0) > 50 ? { pageSize: 50 } : false}
        dataSource={[...(loaded.value?.rows ?? [])]} locale={{ emptyText: t(sought === undefined ? 'negative.empty' : 'negative.notOn') }}
        onRow={(r) => ({ 'data-testid': TESTIDS.negativeRow(r.entryId), className: r.removed ? 'row-blocked' : '' } as React.HTMLAttributes<HTMLElement>)}
        columns={[
          { title: t('field.idNumber'), dataIndex: 'idNumberMasked', width: 200, render: (v: string) => <code>{v}</code> },
          { title: t('negative.reason'), dataIndex: 'reason' },
          { title: t('negative.added'), key: 'added', width: 190, render: (_, r) => <>{r.addedBy ?? t('negative.demo')}<div className="quiet">{dateTime(r.addedAt)}</div></> },
          { title: t('negative.removed'), key: 'removed', render: (_, r) => r.removed && <>{r.removed.reason}<div className="quiet">{r.removed.by} · {dateTime(r.removed.at)}</div></> },
          { title: t('col.action'), key: 'act', width: 100, render: (_, r) => r.removed === null && <Button size="small" data-testid={TESTIDS.negativeRemove(r.entryId)} onClick={() => setDialog(r)}>{t('negative.remove')}</Button> },
        ]}
      />
      {dialog === 'add' && <AddDialog onClose={() => setDialog(undefined)} onDone={done} />}
      {dialog !== undefined && dialog !== 'add' && <RemoveDialog row={dialog} onClose={() => setDialog(undefined)} onDone={done} />}
    </div>
  );
}

function AddDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const { t } = useWords();
  const [idNumber, setIdNumber] = useState('');
  const [reason, setReason] = useState('');
  const number = plain(idNumber);
  return (
    <ConfirmDialog title={t('negative.addTitle')} ok={t('negative.add')} okTestId={TESTIDS.negativeSubmit} disabled={number.length !== LENGTH || reason.trim().length < SHORTEST} onClose={onClose}
      onOk={async () => { await http(STAFF_OPERATIONS.addNegative, { body: { idNumber: number, reason: reason.trim() } }); onDone(); }}>
      <label className="field">{t('field.idNumber')}<Input autoFocus maxLength={24} value={idNumber} data-testid={TESTIDS.negativeNumber} onChange={(event) => setIdNumber(event.target.value)} /></label>
      <label className="field">{t('negative.reason')}<Input.TextArea rows={3} maxLength={500} showCount value={reason} data-testid={TESTIDS.negativeReason} onChange={(event) => setReason(event.target.value)} /></label>
      <p className="quiet dialog-note">{t('negative.atLeast')}</p>
    </ConfirmDialog>
  );
}

function RemoveDialog({ row, onClose, onDone }: { row: NegativeRow; onClose: () => void; onDone: () => void }) {
  const { t } = useWords();
  const [reason, setReason] = useState('');
  return (
    <ConfirmDialog danger title={t('negative.removeTitle')} ok={t('negative.remove')} okTestId={TESTIDS.negativeSubmit} disabled={reason.trim().length < SHORTEST} onClose={onClose}
      onOk={async () => { await http(STAFF_OPERATIONS.removeNegative, { params: { entryId: row.entryId }, body: { reason: reason.trim() } }); onDone(); }}>
      <p><code>{row.idNumberMasked}</code> {row.reason}</p>
      <Input.TextArea autoFocus rows={3} maxLength={500} showCount placeholder={t('negative.removeReason')} value={reason} data-testid={TESTIDS.negativeReason} onChange={(event) => setReason(event.target.value)} />
    </ConfirmDialog>
  );
}
