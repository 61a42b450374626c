import { Button, Input, Modal, Spin } from 'antd';
import { useState } from 'react';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import { http } from '../api/http.ts';
import { useLoaded } from '../api/useLoaded.ts';
import { useWords } from '../i18n/index.tsx';
import { ProblemBox } from '../shared/ProblemBox.tsx';
import { useTell } from '../shared/useProblem.tsx';
import { TESTIDS } from '../testids.ts';
import { findReasons } from './reasons.ts';

interface Props {
  /** A photo of record exists: some reasons need one. */
  readonly hasPhoto: boolean;
  readonly onReject: (code: string, comment: string | undefined) => Promise<void>;
  readonly onClose: () => void;
}

/** Rejecting needs a code (R29): grouped, searchable, with the words that the client will read. */
export function RejectDialog({ hasPhoto, onReject, onClose }: Props) {
  const { t, pick } = useWords();
  const tell = useTell();
  const loaded = useLoaded('reasons', () => http(STAFF_OPERATIONS.reasons));
  const [search, setSearch] = useState('');
  const [code, setCode] = useState<string>();
  const [comment, setComment] = useState('');
  const [busy, setBusy] = useState(false);
  const all = loaded.value?.reasons ?? [];
  const groups = findReasons(all, search);
  const chosen = all.find((r) => r.code === code);
  const photoLacks = chosen?.needsPhoto === true && !hasPhoto;
  const open = chosen !== undefined && !photoLacks && (!chosen.needsComment || comment.trim() !== '');

  const submit = async (): Promise<void> => {
    if (chosen === undefined) return;
    setBusy(true);
    try {
      await onReject(chosen.code, comment.trim() === '' ? undefined : comment.trim());
    } catch (error) {
      tell.failed(error);
      setBusy(false);
    }
  };

  return (
    <Modal
      open centered width={820} title={t('decide.rejectTitle')} onCancel={onClose} mask={{ closable: false }}
      footer={[
        <Button key="cancel" data-testid={TESTIDS.confirmCancel} onClick={onClose}>{t('app.cancel')}</Button>,
        <Button key="ok" danger type="primary" data-testid={TESTIDS.rejectSubmit} disabled={!open} loading={busy} onClick={() => void submit()}>{t('decide.rejectSubmit')}</Button>,
      ]}
    >
      {loaded.problem && <ProblemBox problem={loaded.problem} onRetry={loaded.reload} />}
      <div className="reject">
        <div className="reject-list">
          <Input autoFocus allowClear value={search} placeholder={t('decide.search')} data-testid={TESTIDS.rejectSearch} onChange={(event) => setSearch(event.target.value)} />
          <div className="reject-codes" role="listbox" aria-label={t('decide.pickCode')} data-testid={TESTIDS.rejectCode}>
            {loaded.value === undefined && loaded.loading && <Spin />}
            {loaded.value !== undefined && groups.length === 0 && <p className="quiet">{t('decide.noMatch')}</p>}
            {groups.map(({ group, reasons }) => (
              <div key={group}>
                <h4>{t(`group.${group}`)}</h4>
                {reasons.map((r) => (
                  <button key={r.code} type="button" role="option" aria-selected={r.code === code} className="reject-option" data-testid={TESTIDS.rejectCodeOption(r.code)} onClick={() => setCode(r.code)}>
                    <code>{r.code}</code><span>{pick(r.text)}</span>{r.final && <small>{t('decide.final')}</small>}
                  </button>
                ))}
              </div>
            ))}
          </div>
        </div>
        <div className="reject-side">
          {chosen === undefined ? <p className="quiet">{t('decide.pickCode')}</p> : (
            <>
              <h4>{t('decide.clientReads')}</h4>
              <blockquote data-testid={TESTIDS.rejectClientText}>{pick(chosen.client)}</blockquote>
              <p className={chosen.final ? 'tone-stop' : 'quiet'}>
                {chosen.final ? t('decide.final') : `${t('decide.repairable')} · ${t('decide.redo', { items: chosen.repair.map((i) => t(`repair.${i}`)).join(' · ') })}`}
              </p>
              {photoLacks && <p className="tone-stop">{t('decide.needsPhoto')}</p>}
            </>
          )}
          <h4>{t('comment')}{chosen?.needsComment && <span className="tone-stop"> *</span>}</h4>
          <Input.TextArea rows={4} maxLength={500} showCount value={comment} data-testid={TESTIDS.rejectComment} status={chosen?.needsComment && comment.trim() === '' ? 'warning' : ''} placeholder={chosen?.needsComment ? t('comment.needed') : ''} onChange={(event) => setComment(event.target.value)} />
        </div>
      </div>
    </Modal>
  );
}
