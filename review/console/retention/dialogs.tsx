import { Checkbox, Input } from 'antd';
import { useState } from 'react';
import { RETENTION_OPERATIONS } from '../../../contracts/http/retention.ts';
import type { HoldRow } from '../../../contracts/http/retention.ts';
import { http } from '../api/http.ts';
import { useWords } from '../i18n/index.tsx';
import { ConfirmDialog } from '../shared/ConfirmDialog.tsx';
import { TESTIDS } from '../testids.ts';

const SHORTEST = 4;
const ended = (reason: string): boolean => reason.trim().length >= SHORTEST;
interface Ends { onClose: () => void; onDone: () => void }

function CaseNo({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const { t } = useWords();
  return <label className="field">{t('col.caseNo')}<Input autoFocus maxLength={40} value={value} data-testid={TESTIDS.retentionCaseNo} onChange={(event) => onChange(event.target.value)} /></label>;
}

function Reason({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const { t } = useWords();
  return <label className="field">{t('retention.reason')}<Input.TextArea rows={3} maxLength={500} showCount placeholder={t('retention.reasonHint')} value={value} data-testid={TESTIDS.retentionReason} onChange={(event) => onChange(event.target.value)} /></label>;
}

export function SetDialog({ onClose, onDone }: Ends) {
  const { t } = useWords();
  const [caseNo, setCaseNo] = useState('');
  const [reason, setReason] = useState('');
  return (
    <ConfirmDialog title={t('retention.setHold')} ok={t('retention.setHold')} okTestId={TESTIDS.retentionSubmit} disabled={caseNo.trim().length < 3 || !ended(reason)} onClose={onClose}
      onOk={async () => { await http(RETENTION_OPERATIONS.setLegalHold, { body: { caseNo: caseNo.trim(), reason: reason.trim() } }); onDone(); }}>
      <CaseNo value={caseNo} onChange={setCaseNo} />
      <Reason value={reason} onChange={setReason} />
    </ConfirmDialog>
  );
}

export function LiftDialog({ row, onClose, onDone }: Ends & { row: HoldRow }) {
  const { t } = useWords();
  const [reason, setReason] = useState('');
  return (
    <ConfirmDialog danger title={t('retention.liftTitle')} ok={t('retention.liftHold')} okTestId={TESTIDS.retentionSubmit} disabled={!ended(reason)} onClose={onClose}
      onOk={async () => { await http(RETENTION_OPERATIONS.liftLegalHold, { params: { holdId: row.holdId }, body: { reason: reason.trim() } }); onDone(); }}>
      <p><code>{row.caseNo}</code> {row.reason}</p>
      <Reason value={reason} onChange={setReason} />
    </ConfirmDialog>
  );
}

export function RelationDialog({ onClose, onDone }: Ends) {
  const { t } = useWords();
  const [caseNo, setCaseNo] = useState('');
  const [endedOn, setEndedOn] = useState('');
  const [again, setAgain] = useState(false);
  return (
    <ConfirmDialog title={t('retention.relation')} ok={t('retention.save')} okTestId={TESTIDS.retentionSubmit} disabled={caseNo.trim().length < 3 || (endedOn === '' && !again)} onClose={onClose}
      onOk={async () => { await http(RETENTION_OPERATIONS.relationEnded, { body: { caseNo: caseNo.trim(), endedOn: again ? null : endedOn } }); onDone(); }}>
      <p className="quiet">{t('retention.relationText')}</p>
      <CaseNo value={caseNo} onChange={setCaseNo} />
      <label className="field">{t('retention.relationOn')}<Input type="date" disabled={again} value={endedOn} data-testid={TESTIDS.relationDate} onChange={(event) => setEndedOn(event.target.value)} /></label>
      <Checkbox checked={again} onChange={(event) => setAgain(event.target.checked)}>{t('retention.relationAgain')}</Checkbox>
    </ConfirmDialog>
  );
}
