import { CheckCircleFilled } from '@ant-design/icons';
import { Button, Input } from 'antd';
import { useState } from 'react';
import type { z } from 'zod';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { CaseView, decideCall } from '../../../contracts/http/staff.ts';
import { http } from '../api/http.ts';
import { AttentionList } from '../case/AttentionList.tsx';
import { useWords } from '../i18n/index.tsx';
import { ConfirmDialog } from '../shared/ConfirmDialog.tsx';
import { TESTIDS } from '../testids.ts';
import type { Missing } from './missing.ts';
import { RejectDialog } from './RejectDialog.tsx';

export type Decision = 'approve' | 'reject' | 'fraud';
interface Props {
  view: CaseView; missing: Missing; sessionId: string; open: Decision | undefined; onOpen: (dialog: Decision | undefined) => void;
  /** The decision is on its way (`true`), or was refused. */
  onDeciding: (sent: boolean) => void;
  onDecided: (decision: Decision) => void;
  /** Shows the findings, where a misreading can be decided on. */
  onFindings: () => void;
}

/** What is missing because of a finding leads to it; a photo that was not taken has none. */
const leads = (view: CaseView, code: string): boolean => code.startsWith('finding.') || (view.session?.photos ?? []).some(({ kind }) => code === `photo.${kind}`);

/** What is missing for approve, named (R28), and the three ways a call can be decided. The server decides in the end. */
export function DecisionBar({ view, missing, sessionId, open, onOpen, onDeciding, onDecided, onFindings }: Props) {
  const { t, pick } = useWords();
  const [comment, setComment] = useState('');
  const close = (): void => onOpen(undefined);
  const decide = async (body: z.infer<typeof decideCall>): Promise<void> => {
    onDeciding(true);
    try {
      await http(STAFF_OPERATIONS.decide, { params: { sessionId }, body });
    } catch (error) {
      onDeciding(false);
      throw error;
    }
    onDecided(body.decision);
  };
  return (
    <footer className="decision">
      <div className="decision-missing">
        <div className="missing" data-testid={TESTIDS.missingList} data-count={missing.length}>
          {missing.length === 0
            ? <span className="tone-done"><CheckCircleFilled /> {t('missing.nothing')}</span>
            : <><strong>{t('missing.title')}</strong>{missing.map((m, i) => leads(view, m.code)
                ? <button key={`${m.code}-${i}`} type="button" className="missing-item missing-link" data-testid={TESTIDS.missingItem(m.code)} onClick={onFindings}>{pick(m.text)}</button>
                : <span key={`${m.code}-${i}`} className="missing-item" data-testid={TESTIDS.missingItem(m.code)}>{pick(m.text)}</span>)}</>}
        </div>
        <div className="keys quiet">{t('keys')}</div>
      </div>
      <Button size="large" data-testid={TESTIDS.fraud} onClick={() => onOpen('fraud')}>{t('decide.fraud')}</Button>
      <Button size="large" danger data-testid={TESTIDS.reject} onClick={() => onOpen('reject')}>{t('decide.reject')}</Button>
      <Button size="large" type="primary" className="approve" disabled={missing.length > 0} data-testid={TESTIDS.approve} onClick={() => onOpen('approve')}>{t('decide.approve')}</Button>
      {open === 'approve' && (
        <ConfirmDialog title={t('decide.approveTitle')} ok={t('decide.approve')} onClose={close} disabled={missing.length > 0} onOk={() => decide({ decision: 'approve' })}>
          <p className="confirm-name">{view.form?.name} <span className="quiet">{view.caseNo}</span></p>
          <p>{t('decide.approveBody')}</p>
          <AttentionList view={view} />
        </ConfirmDialog>
      )}
      {open === 'reject' && (
        <RejectDialog hasPhoto={(view.session?.photos.length ?? 0) > 0} onClose={close} onReject={(code, text) => decide({ decision: 'reject', code, ...(text ? { comment: text } : {}) })} />
      )}
      {open === 'fraud' && (
        <ConfirmDialog danger title={t('decide.fraudTitle')} ok={t('decide.fraudSubmit')} okTestId={TESTIDS.fraudSubmit} disabled={comment.trim() === ''} onClose={close} onOk={() => decide({ decision: 'fraud', comment: comment.trim() })}>
          <p className="quiet">{t('decide.fraudHint')}</p>
          <Input.TextArea autoFocus rows={4} maxLength={500} showCount value={comment} placeholder={t('decide.fraudPlaceholder')} data-testid={TESTIDS.fraudComment} onChange={(event) => setComment(event.target.value)} />
        </ConfirmDialog>
      )}
    </footer>
  );
}
