import { Button, Modal } from 'antd';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { problemOf } from '../api/problem.ts';
import type { Problem } from '../api/problem.ts';
import { useWords } from '../i18n/index.tsx';
import { TESTIDS } from '../testids.ts';
import { ProblemBox } from './ProblemBox.tsx';

interface Props { title: string; ok: string; children?: ReactNode; danger?: boolean; disabled?: boolean; okTestId?: string; onOk: () => Promise<void>; onClose: () => void }

/** Asks once more. When the server refuses it stays open and says why in its own place: a word over the page would be gone before it was read. */
export function ConfirmDialog({ title, ok, children, danger = false, disabled = false, okTestId = TESTIDS.confirmOk, onOk, onClose }: Props) {
  const { t } = useWords();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const run = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      await onOk();
    } catch (error) {
      setProblem(problemOf(error));
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
      {problem && <div className="dialog-problem" role="alert"><ProblemBox problem={problem} onClose={() => setProblem(undefined)} /></div>}
    </Modal>
  );
}
