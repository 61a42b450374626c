import { Button, Spin } from 'antd';
import { useEffect, useState } from 'react';
import { Navigate } from 'react-router';
import { useStaff } from '../app/auth.tsx';
import { useWords } from '../i18n/index.tsx';
import { SeatCheckPage } from '../seat/SeatCheckPage.tsx';
import { HeldNote } from '../shared/HeldNote.tsx';
import { timeOfDay } from '../shared/format.ts';
import { TESTIDS } from '../testids.ts';
import { useDesk } from './DeskProvider.tsx';
import { LeaveDialog } from './LeaveDialog.tsx';

/** The desk: seat check first, then waiting for the next client; a running call goes straight to the call page. */
export function DeskPage() {
  const { t } = useWords();
  const staff = useStaff();
  const desk = useDesk();
  const [leaving, setLeaving] = useState(false);
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => { clearInterval(timer); };
  }, []);

  if (!desk.known) return <div className="centre"><Spin size="large" /></div>;
  if (desk.seat.state === 'busy') return <Navigate to="/call" replace />;
  if (desk.seat.state === 'offline') return <SeatCheckPage />;
  return (
    <div className="desk">
      <section className="desk-card">
        <div className="desk-state" data-testid={TESTIDS.seatState} data-state={desk.seat.state}>
          <i className={`dot dot-${desk.seat.state}`} />{t(`desk.state.${desk.seat.state}`)}
        </div>
        <div className="desk-clock">{timeOfDay(now)}</div>
        <dl className="desk-figures">
          <div><dt>{t('desk.waiting')}</dt><dd data-testid={TESTIDS.waitingCount}>{desk.waiting ?? '–'}</dd></div>
          <div><dt>{t('desk.today')}</dt><dd>{desk.accepted}</dd></div>
          <div><dt>{t('desk.onlineSince')}</dt><dd>{desk.onlineSince === undefined ? '–' : timeOfDay(desk.onlineSince).slice(0, 5)}</dd></div>
        </dl>
        {desk.held === undefined ? <p className="quiet">{t('desk.hint')}</p> : <HeldNote held={desk.held} />}
        <div className="desk-foot">
          <span className="quiet">{staff.licence && t('seat.licence', { no: staff.licence })}</span>
          <Button data-testid={TESTIDS.leaveSeat} disabled={desk.seat.state === 'offered'} onClick={() => setLeaving(true)}>{t('desk.leave')}</Button>
        </div>
      </section>
      {leaving && <LeaveDialog onClose={() => setLeaving(false)} />}
    </div>
  );
}
