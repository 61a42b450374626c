import { Input } from 'antd';
import { useState } from 'react';
import { FINDINGS } from '../../../contracts/findings.ts';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { CaseView } from '../../../contracts/http/staff.ts';
import type { Finding } from '../../../contracts/reading.ts';
import { http } from '../api/http.ts';
import { useWords } from '../i18n/index.tsx';
import { ConfirmDialog } from '../shared/ConfirmDialog.tsx';
import { dateTime } from '../shared/format.ts';
import { TESTIDS } from '../testids.ts';

/** What the witness of a running call may do. */
export interface Acting { readonly sessionId: string; readonly onCase: (view: CaseView) => void }

/** Who has looked at the card and decided on a finding, when and why. */
export function Decided({ finding: { decision } }: { finding: Finding }) {
  const { t } = useWords();
  return decision === undefined ? null : <span className="finding-decided" data-testid={TESTIDS.findingDecided}>{t('finding.decided', { by: decision.by, time: dateTime(decision.at) })}{decision.reason}</span>;
}

const SHORTEST = 4;

/** The witness decides on what a reader may have misread, with a reason (R12, R14). */
export function DecideFinding({ finding: { code, field, decideOn }, acting, onClose }: { finding: Finding; acting: Acting; onClose: () => void }) {
  const { t, pick } = useWords();
  const [reason, setReason] = useState('');
  const submit = async (): Promise<void> => {
    if (decideOn === undefined) return;
    acting.onCase(await http(STAFF_OPERATIONS.decideFinding, { params: { sessionId: acting.sessionId }, body: { on: decideOn, code, ...(field === undefined ? {} : { field }), reason: reason.trim() } }));
    onClose();
  };
  return (
    <ConfirmDialog title={t('finding.decideTitle')} ok={t('finding.decideSubmit')} okTestId={TESTIDS.findingSubmit} disabled={reason.trim().length < SHORTEST} onClose={onClose} onOk={submit}>
      <p><strong>{field && `${t(`field.${field}`)}${t('finding.colon')}`}{pick(FINDINGS[code])}</strong></p>
      <p>{t('finding.decideBody')}</p>
      <Input.TextArea autoFocus rows={4} maxLength={500} showCount value={reason} placeholder={t('finding.decidePlaceholder')} data-testid={TESTIDS.findingReason} onChange={(event) => setReason(event.target.value)} />
      <p className="quiet">{t('finding.decideRecorded')}</p>
    </ConfirmDialog>
  );
}
