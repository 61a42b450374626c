import { Button, Input, Radio, Table } from 'antd';
import { useState } from 'react';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import { http } from '../api/http.ts';
import { useLoaded } from '../api/useLoaded.ts';
import { useWords } from '../i18n/index.tsx';
import { keyOf } from '../i18n/words.ts';
import { ConfirmDialog } from '../shared/ConfirmDialog.tsx';
import { dateTime, duration } from '../shared/format.ts';
import { HeldNote } from '../shared/HeldNote.tsx';
import { ProblemBox } from '../shared/ProblemBox.tsx';
import { TESTIDS } from '../testids.ts';

interface Held { readonly applicationId: string; readonly caseNo: string; readonly at: string; readonly witnessName: string }

/** The dispatcher's page: who waits how long, which seats are there, and what is held for a person (R27). */
export function LeadPage() {
  const { t } = useWords();
  const line = useLoaded('line', () => http(STAFF_OPERATIONS.line), 3_000);
  const holds = useLoaded('holds', () => http(STAFF_OPERATIONS.holds), 10_000);
  const [deciding, setDeciding] = useState<Held>();
  const waiting = line.value?.waiting ?? [];
  const seats = line.value?.seats ?? [];
  const longest = Math.max(0, ...waiting.map((w) => w.waitedSeconds));
  return (
    <div className="page lead">
      <div className="lead-figures">
        <Figure label={t('desk.waiting')} value={String(waiting.length)} />
        <Figure label={t('lead.longestWait')} value={duration(longest)} attend={longest > 30} />
        <Figure label={t('lead.freeSeats')} value={`${seats.filter((s) => s.state === 'free').length} / ${seats.length}`} attend={waiting.length > 0 && !seats.some((s) => s.state === 'free')} />
        <Figure label={t('lead.holds')} value={String(holds.value?.rows.length ?? 0)} attend={(holds.value?.rows.length ?? 0) > 0} />
      </div>
      {line.value?.held && <HeldNote held={line.value.held} />}
      {(line.problem ?? holds.problem) && <ProblemBox problem={(line.problem ?? holds.problem)!} onRetry={() => { line.reload(); holds.reload(); }} />}
      <div className="lead-columns">
        <section data-testid={TESTIDS.lineWaiting}>
          <h2>{t('lead.waiting')}</h2>
          <Table
            size="small" rowKey="caseNo" pagination={false} dataSource={waiting} locale={{ emptyText: t('lead.noWaiting') }}
            columns={[
              { title: t('lead.place'), dataIndex: 'place', width: 70 },
              { title: t('col.caseNo'), dataIndex: 'caseNo', render: (v: string) => <code>{v}</code> },
              { title: t('lead.waited'), dataIndex: 'waitedSeconds', align: 'right', render: (v: number) => <span className={v > 30 ? 'tone-attend' : ''}>{duration(v)}</span> },
            ]}
          />
        </section>
        <section data-testid={TESTIDS.lineSeats}>
          <h2>{t('lead.seats')}</h2>
          <Table
            size="small" rowKey={(s) => s.name} pagination={false} dataSource={seats} locale={{ emptyText: t('lead.noSeats') }}
            columns={[
              { title: t('lead.name'), dataIndex: 'name' },
              { title: t('col.state'), dataIndex: 'state', render: (v: string) => { const key = keyOf('desk.state', v); return <><i className={`dot dot-${v}`} />{key ? t(key) : v}</>; } },
              { title: t('lead.since'), dataIndex: 'sinceSeconds', align: 'right', render: (v: number) => duration(v) },
            ]}
          />
        </section>
        <section className="lead-holds">
          <h2>{t('lead.holds')}</h2>
          <Table<Held>
            size="small" rowKey="applicationId" pagination={false} dataSource={holds.value?.rows ?? []} locale={{ emptyText: t('lead.noHolds') }}
            onRow={(r) => ({ 'data-testid': TESTIDS.holdRow(r.caseNo) } as React.HTMLAttributes<HTMLElement>)}
            columns={[
              { title: t('col.caseNo'), dataIndex: 'caseNo', render: (v: string) => <code>{v}</code> },
              { title: t('col.witness'), dataIndex: 'witnessName' },
              { title: t('lead.heldAt'), dataIndex: 'at', render: (v: string) => dateTime(v) },
              { title: t('col.action'), key: 'act', width: 90, render: (_, r) => <Button size="small" onClick={() => setDeciding(r)}>{t('lead.decide')}</Button> },
            ]}
          />
        </section>
      </div>
      {deciding && <HoldDialog held={deciding} onClose={() => setDeciding(undefined)} onDone={() => { setDeciding(undefined); holds.reload(); }} />}
    </div>
  );
}

function Figure({ label, value, attend = false }: { label: string; value: string; attend?: boolean }) {
  return <div className={attend ? 'figure figure-attend' : 'figure'}><span>{label}</span><strong>{value}</strong></div>;
}

function HoldDialog({ held, onClose, onDone }: { held: Held; onClose: () => void; onDone: () => void }) {
  const { t } = useWords();
  const [decision, setDecision] = useState<'release' | 'reject'>();
  const [comment, setComment] = useState('');
  const submit = async (): Promise<void> => {
    if (decision === undefined) return;
    await http(STAFF_OPERATIONS.decideHold, { params: { applicationId: held.applicationId }, body: { decision, comment: comment.trim() } });
    onDone();
  };
  return (
    <ConfirmDialog title={t('lead.holdTitle')} ok={t('lead.decide')} danger={decision === 'reject'} okTestId={TESTIDS.holdSubmit} disabled={decision === undefined || comment.trim() === ''} onClose={onClose} onOk={submit}>
      <p><code>{held.caseNo}</code> <span className="quiet">{held.witnessName} · {dateTime(held.at)}</span></p>
      <p className="quiet">{t('lead.holdHint')}</p>
      <Radio.Group value={decision} onChange={(event) => setDecision(event.target.value as 'release' | 'reject')}>
        <Radio value="release"><span data-testid={TESTIDS.holdRelease}>{t('lead.release')}</span></Radio>
        <Radio value="reject"><span data-testid={TESTIDS.holdReject}>{t('lead.reject')}</span></Radio>
      </Radio.Group>
      <Input.TextArea className="spaced" rows={4} maxLength={500} showCount placeholder={t('comment.needed')} value={comment} data-testid={TESTIDS.holdComment} onChange={(event) => setComment(event.target.value)} />
    </ConfirmDialog>
  );
}
