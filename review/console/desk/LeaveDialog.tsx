import { Button, Modal, Radio } from 'antd';
import { useState } from 'react';
import { leaveReason } from '../../../contracts/signaling/desk.ts';
import { useWords } from '../i18n/index.tsx';
import { useTell } from '../shared/useProblem.tsx';
import { TESTIDS } from '../testids.ts';
import { useDesk } from './DeskProvider.tsx';
import type { LeaveReason } from './DeskProvider.tsx';

/** Leaving the seat asks for a reason (R2). */
export function LeaveDialog({ onClose }: { onClose: () => void }) {
  const { t } = useWords();
  const desk = useDesk();
  const tell = useTell();
  const [reason, setReason] = useState<LeaveReason>();
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    if (reason === undefined) return;
    setBusy(true);
    try {
      await desk.leave(reason);
      onClose();
    } catch (error) {
      tell.failed(error);
      setBusy(false);
    }
  };
  return (
    <Modal
      open title={t('desk.leaveTitle')} width={420} onCancel={onClose}
      footer={[
        <Button key="cancel" data-testid={TESTIDS.confirmCancel} onClick={onClose}>{t('app.cancel')}</Button>,
        <Button key="ok" type="primary" data-testid={TESTIDS.leaveSubmit} disabled={reason === undefined} loading={busy} onClick={() => void submit()}>{t('desk.leave')}</Button>,
      ]}
    >
      <p className="quiet">{t('desk.leaveHint')}</p>
      <Radio.Group value={reason} onChange={(event) => setReason(event.target.value as LeaveReason)} className="leave-reasons">
        {leaveReason.options.map((r) => <Radio.Button key={r} value={r}><span data-testid={TESTIDS.leaveReason(r)}>{t(`leave.${r}`)}</span></Radio.Button>)}
      </Radio.Group>
    </Modal>
  );
}
