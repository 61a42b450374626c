import { CheckCircleFilled, ExclamationCircleFilled, LoadingOutlined } from '@ant-design/icons';
import { Alert, Button, Checkbox } from 'antd';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useStaff } from '../app/auth.tsx';
import { COLOURS } from '../app/theme.ts';
import { useDesk } from '../desk/DeskProvider.tsx';
import { useWords } from '../i18n/index.tsx';
import { useTell } from '../shared/useProblem.tsx';
import { TESTIDS } from '../testids.ts';
import { SEAT_LIMITS, isSharp, lightOf } from './measure.ts';
import { useSeatMeasure } from './useSeatMeasure.ts';

/** The seat check (R1): the program measures the picture and the sound, the agent confirms what it cannot. */
export function SeatCheckPage() {
  const { t } = useWords();
  const staff = useStaff();
  const desk = useDesk();
  const tell = useTell();
  const seat = useSeatMeasure();
  const [backdrop, setBackdrop] = useState(false);
  const [aligned, setAligned] = useState(false);
  const [busy, setBusy] = useState(false);

  const measured = seat.picture;
  const light = measured === undefined ? undefined : lightOf(measured.light);
  const check = {
    sharp: measured !== undefined && isSharp(measured.sharpness), lit: light === 'ok',
    microphone: seat.heard, backdropConfirmed: backdrop, frameAlignedConfirmed: aligned,
  };
  const missing = [
    !check.sharp && t('seat.sharp'), !check.lit && t('seat.lit'), !check.microphone && t('seat.microphone'),
    !backdrop && t('seat.backdrop'), !aligned && t('seat.aligned'),
  ].filter((word): word is string => typeof word === 'string');

  const goOnline = async (): Promise<void> => {
    setBusy(true);
    try {
      await desk.online(check);
    } catch (error) {
      tell.failed(error);
      setBusy(false);
    }
  };

  return (
    <div className="seat">
      <div className="seat-picture">
        <video ref={seat.video} autoPlay muted playsInline data-testid={TESTIDS.seatCamera} />
        <div className="seat-frame" aria-hidden />
        {seat.failed && (
          <div className="seat-failed">
            <Alert type="error" showIcon title={t('seat.noCamera')} description={t('seat.noCameraTodo')} action={<Button size="small" onClick={seat.retry}>{t('app.retry')}</Button>} />
          </div>
        )}
      </div>
      <div className="seat-list">
        <h1>{t('seat.title')}</h1>
        <p className="quiet">{t('seat.intro')}</p>
        <h2>{t('seat.measured')}</h2>
        <Measured id={TESTIDS.seatSharp} ok={check.sharp} known={measured !== undefined} title={t('seat.sharp')} advice={t('seat.sharpLow')} value={measured && t('seat.sharpness', { v: Math.round(measured.sharpness), min: SEAT_LIMITS.sharp })} />
        <Measured id={TESTIDS.seatLit} ok={check.lit} known={measured !== undefined} title={t('seat.lit')} advice={t(light === 'bright' ? 'seat.bright' : 'seat.dark')} value={measured && t('seat.light', { v: Math.round(measured.light), min: SEAT_LIMITS.dark, max: SEAT_LIMITS.bright })} />
        <Measured id={TESTIDS.seatMicrophone} ok={seat.heard} known={!seat.failed && measured !== undefined} title={t('seat.microphone')} advice={t('seat.silent')} value={<meter className="seat-level" min={0} max={0.3} value={Math.min(0.3, seat.level)} />} />
        <h2>{t('seat.confirmed')}</h2>
        <Checkbox className="seat-confirm" checked={backdrop} onChange={(event) => setBackdrop(event.target.checked)} data-testid={TESTIDS.seatBackdrop}>{t('seat.backdrop')}</Checkbox>
        <Checkbox className="seat-confirm" checked={aligned} onChange={(event) => setAligned(event.target.checked)} data-testid={TESTIDS.seatAligned}>{t('seat.aligned')}</Checkbox>
        <div className="seat-foot">
          <div className="quiet seat-missing">
            {missing.length > 0 ? t('seat.stillMissing', { items: missing.join(' · ') }) : staff.trainedUntil && t('seat.trainedUntil', { date: staff.trainedUntil })}
          </div>
          <Button type="primary" size="large" data-testid={TESTIDS.seatOnline} disabled={missing.length > 0} loading={busy} onClick={() => void goOnline()}>{t('seat.online')}</Button>
        </div>
      </div>
    </div>
  );
}

interface MeasuredProps { id: string; ok: boolean; known: boolean; title: string; advice: string; value: ReactNode }

function Measured({ id, ok, known, title, advice, value }: MeasuredProps) {
  const icon = !known ? <LoadingOutlined /> : ok ? <CheckCircleFilled style={{ color: COLOURS.done }} /> : <ExclamationCircleFilled style={{ color: COLOURS.attend }} />;
  return (
    <div className="seat-item" data-testid={id} data-ok={ok}>
      {icon}
      <div><div>{title}</div>{known && !ok && <div className="seat-advice">{advice}</div>}</div>
      <div className="quiet seat-value">{value}</div>
    </div>
  );
}
