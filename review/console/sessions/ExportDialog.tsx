import { Input } from 'antd';
import { useState } from 'react';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import { pathOf } from '../../../client/rtc/http.ts';
import { http } from '../api/http.ts';
import { useWords } from '../i18n/index.tsx';
import { ConfirmDialog } from '../shared/ConfirmDialog.tsx';
import { byteSize } from '../shared/format.ts';
import { useTell } from '../shared/useProblem.tsx';
import { TESTIDS } from '../testids.ts';

/** Evidence of a case for somebody outside (R45): purpose and receiver first, then the browser's own download. */
export function ExportDialog({ applicationId, caseNo, onClose }: { applicationId: string; caseNo: string; onClose: () => void }) {
  const { t } = useWords();
  const tell = useTell();
  const [receiver, setReceiver] = useState('');
  const [purpose, setPurpose] = useState('');
  const run = async (): Promise<void> => {
    const { exportId, entries, files, bytes } = await http(STAFF_OPERATIONS.askExport, { params: { applicationId }, body: { purpose: purpose.trim(), receiver: receiver.trim() } });
    const link = document.createElement('a');
    link.href = pathOf(STAFF_OPERATIONS.fetchExport, { exportId });
    link.download = `${caseNo}.zip`;
    link.click();
    tell.done(t('export.started', { entries: String(entries), files: String(files), size: byteSize(bytes) }));
    onClose();
  };
  return (
    <ConfirmDialog title={`${t('export.open')} · ${caseNo}`} ok={t('export.ok')} disabled={receiver.trim().length < 2 || purpose.trim().length < 2} okTestId={TESTIDS.exportSubmit} onOk={run} onClose={onClose}>
      <p className="quiet">{t('export.hint')}</p>
      <label className="field">{t('export.receiver')}<Input autoFocus maxLength={100} value={receiver} placeholder={t('export.receiverPlaceholder')} data-testid={TESTIDS.exportReceiver} onChange={(event) => setReceiver(event.target.value)} /></label>
      <label className="field">{t('export.purpose')}<Input maxLength={200} value={purpose} placeholder={t('replay.purposePlaceholder')} data-testid={TESTIDS.exportPurpose} onChange={(event) => setPurpose(event.target.value)} /></label>
    </ConfirmDialog>
  );
}
