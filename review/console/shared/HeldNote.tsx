import { Alert } from 'antd';
import type { HeldReason } from '../../../contracts/signaling/desk.ts';
import { useWords } from '../i18n/index.tsx';
import { TESTIDS } from '../testids.ts';

/** Why no client is offered to anybody, and what is done about it (R40). */
export function HeldNote({ held }: { held: HeldReason }) {
  const { t } = useWords();
  return <Alert type="error" showIcon role="alert" data-testid={TESTIDS.held} title={t(`held.${held}`)} description={t('held.todo')} />;
}
