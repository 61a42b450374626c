import { Input } from 'antd';
import { useState } from 'react';
import { useWords } from '../i18n/index.tsx';
import { ConfirmDialog } from '../shared/ConfirmDialog.tsx';
import { tomorrow } from '../shared/format.ts';
import { TESTIDS } from '../testids.ts';

/** Postponing needs a date in the future (R50). */
export function PostponeDialog({ onPostpone, onClose }: { onPostpone: (until: string, comment: string) => Promise<void>; onClose: () => void }) {
  const { t } = useWords();
  const first = tomorrow(new Date());
  const [until, setUntil] = useState(first);
  const [comment, setComment] = useState('');
  return (
    <ConfirmDialog title={t('review.postponeTitle')} ok={t('review.postponeSubmit')} okTestId={TESTIDS.reviewPostponeSubmit} disabled={until < first} onClose={onClose} onOk={() => onPostpone(until, comment.trim())}>
      <label className="field">{t('review.postponeDate')}<Input type="date" min={first} value={until} data-testid={TESTIDS.reviewPostponeDate} onChange={(event) => setUntil(event.target.value)} /></label>
      <label className="field">{t('comment')}<Input.TextArea rows={3} maxLength={500} value={comment} onChange={(event) => setComment(event.target.value)} /></label>
    </ConfirmDialog>
  );
}
