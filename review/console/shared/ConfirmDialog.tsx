import { Button, Modal } from 'antd';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useWords } from '../i18n/index.tsx';
import { TESTIDS } from '../testids.ts';
import { useTell } from './useProblem.tsx';

interface Props { title: string; ok: string; children?: ReactNode; danger?: boolean; disabled?: boolean; okTestId?: string; onOk: () => Promise<void>; onClose: () => void }

/** Asks once more. Stays open and says why when the server refuses. */
export function ConfirmDialog({ title, ok, children, danger = false, disabled = false, okTestId = TESTIDS.confirmOk, onOk, onClose }: Props) {
  const { t } = useWords();
  const tell = useTell();
  const [busy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      await onOk();
    } catch (error) {
      tell.failed(error);
      setBusy(false);
    }
  };
  return (
    <Modal
      open centered title={title} width={460} onCancel={onClose} mask={{ closable: false }}
      footer={[
        <Button key="cancel" data-testid={TESTIDS.confirmCancel} onClick={onClose}>{t('app.cancel')}</Button>,
        <Button key="ok" type="primary" danger={danger} autoFocus disabled={disabled} loading={busy} data-testid={okTestId} onClick={() => void run()}>{ok}</Button>,
      ]}
    >
      {children}
    </Modal>
  );
}
