import { Button, Modal, Progress } from 'antd';
import { useEffect, useState } from 'react';
import { useNavigate } from 'react-router';
import { COLOURS } from '../app/theme.ts';
import { useWords } from '../i18n/index.tsx';
import { duration } from '../shared/format.ts';
import { useTell } from '../shared/useProblem.tsx';
import { TESTIDS } from '../testids.ts';
import { useDesk } from './DeskProvider.tsx';
import type { Offer } from './DeskProvider.tsx';
import { startRing } from './ring.ts';

/** The client who is offered: large, with sound and the seconds that are left. */
export function OfferDialog({ offer }: { offer: Offer }) {
  const { t } = useWords();
  const desk = useDesk();
  const tell = useTell();
  const navigate = useNavigate();
  const [left, setLeft] = useState(() => secondsLeft(offer));
  const [busy, setBusy] = useState<'accept' | 'decline'>();

  useEffect(() => startRing(), [offer.sessionId]);
  useEffect(() => {
    const title = document.title;
    document.title = `● ${t('offer.title')}`;
    return () => { document.title = title; };
  }, [t]);
  useEffect(() => {
    const timer = setInterval(() => setLeft(secondsLeft(offer)), 250);
    return () => { clearInterval(timer); };
  }, [offer]);

  const act = async (what: 'accept' | 'decline'): Promise<void> => {
    setBusy(what);
    try {
      await desk[what](offer.sessionId);
      if (what === 'accept') void navigate('/call');
    } catch (error) {
      tell.failed(error);
      setBusy(undefined);
    }
  };

  return (
    <Modal open footer={null} closable={false} mask={{ closable: false }} keyboard={false} centered width={520}>
      <div className="offer" data-testid={TESTIDS.offer}>
        <div className="offer-head">
          <div>
            <div className="offer-title">{t('offer.title')}</div>
            <div className="offer-case" data-testid={TESTIDS.offerCaseNo}>{offer.caseNo}</div>
            <div className="quiet">{t('offer.waited', { t: duration(offer.waitedSeconds) })}</div>
          </div>
          <Progress
            type="circle" size={112} strokeColor={left <= 5 ? COLOURS.stop : COLOURS.act} percent={(left / Math.max(1, offer.seconds)) * 100}
            format={() => <span data-testid={TESTIDS.offerCountdown} className="offer-left">{Math.ceil(left)}<small>{t('offer.seconds')}</small></span>}
          />
        </div>
        <div className="offer-actions">
          <Button size="large" data-testid={TESTIDS.offerDecline} loading={busy === 'decline'} disabled={busy === 'accept'} onClick={() => void act('decline')}>{t('offer.decline')}</Button>
          <Button size="large" type="primary" autoFocus data-testid={TESTIDS.offerAccept} loading={busy === 'accept'} disabled={busy === 'decline' || left <= 0} onClick={() => void act('accept')}>{t('offer.accept')}</Button>
        </div>
      </div>
    </Modal>
  );
}

const secondsLeft = (offer: Offer): number => Math.max(0, (offer.expiresAt - Date.now()) / 1000);
