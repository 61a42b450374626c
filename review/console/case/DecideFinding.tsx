import { Button, Input } from 'antd';
import { useState } from 'react';
import { FINDINGS } from '../../../contracts/findings.ts';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { CaseView } from '../../../contracts/http/staff.ts';
import type { FieldName, Finding } from '../../../contracts/reading.ts';
import { http } from '../api/http.ts';
import { useWords } from '../i18n/index.tsx';
import { ConfirmDialog } from '../shared/ConfirmDialog.tsx';
import { dateTime } from '../shared/format.ts';
import { useTell } from '../shared/useProblem.tsx';
import { TESTIDS } from '../testids.ts';
import { Crop } from './Crop.tsx';
import { valueWords } from './words.ts';

/** What the witness of a running call may do. */
export interface Acting { readonly sessionId: string; readonly onCase: (view: CaseView) => void }

/** Who has looked at the card and decided on a finding, when and why. */
export function Decided({ finding: { decision } }: { finding: Finding }) {
  const { t } = useWords();
  return decision === undefined ? null : <span className="finding-decided" data-testid={TESTIDS.findingDecided}>{t('finding.decided', { by: decision.by, time: dateTime(decision.at) })}{decision.reason}</span>;
}

/** What stands in the form, to compare with character by character; the number in full by a logged look (R43). */
function Typed({ view, field }: { view: CaseView; field: FieldName }) {
  const { t } = useWords();
  const tell = useTell();
  const [number, setNumber] = useState<string>();
  if (view.form === null) return null;
  const value = field === 'idNumber' ? number ?? view.form.idNumberMasked : valueWords(t, field, view.form[field]);
  const uncover = async (): Promise<void> => {
    try {
      setNumber((await http(STAFF_OPERATIONS.uncover, { params: { applicationId: view.applicationId }, body: { field: 'idNumber' } })).value);
    } catch (error) {
      tell.failed(error);
    }
  };
  return (
    <p className="decide-typed"><span className="quiet">{t('case.form')}</span> <strong>{value}</strong>
      {field === 'idNumber' && number === undefined && <Button type="link" size="small" onClick={() => void uncover()}>{t('case.uncover')}</Button>}
    </p>
  );
}

const SHORTEST = 4;

/** The witness decides on what a reader may have misread, with a reason (R12, R14). */
export function DecideFinding({ view, finding, acting, onClose }: { view: CaseView; finding: Finding; acting: Acting; onClose: () => void }) {
  const { code, field, decideOn } = finding;
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
      {finding.evidence?.picture !== undefined && <Crop view={view} evidence={finding.evidence} />}
      {field !== undefined && <Typed view={view} field={field} />}
      <p>{t('finding.decideBody')}</p>
      <Input.TextArea autoFocus rows={4} maxLength={500} showCount value={reason} placeholder={t('finding.decidePlaceholder')} data-testid={TESTIDS.findingReason} onChange={(event) => setReason(event.target.value)} />
      <p className="quiet dialog-note">{t('finding.decideRecorded')}</p>
    </ConfirmDialog>
  );
}
