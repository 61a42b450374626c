import { CameraOutlined, LoadingOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import type { CaseView } from '../../../contracts/http/staff.ts';
import { PHOTO_KINDS } from '../../../contracts/script.ts';
import type { PhotoKind } from '../../../contracts/script.ts';
import { latestPhotos } from '../case/compare.ts';
import { photoAddress } from '../case/Photos.tsx';
import { verdictOf } from '../case/verdict.ts';
import { useWords } from '../i18n/index.tsx';
import { TESTIDS } from '../testids.ts';
import type { CaseActions } from './useCaseActions.ts';

interface Props { view: CaseView; actions: CaseActions; enabled: boolean; frameWidth: number; onShow: (kind: PhotoKind) => void }

/** The three shutters with what they brought (R20); a card's picture that is still narrow says so before the press. */
export function PhotoBar({ view, actions, enabled, frameWidth, onShow }: Props) {
  const { t } = useWords();
  const latest = latestPhotos(view.session?.photos ?? []);
  return (
    <div className="photo-bar">
      {PHOTO_KINDS.map((kind, index) => {
        const photo = latest[kind];
        const working = actions.taking.has(kind);
        const verdict = working ? 'working' : verdictOf(photo, view.session?.missing);
        const still = photo?.still;
        const narrow = kind !== 'face' && verdict === 'missing' && enabled && frameWidth > 0 && frameWidth < 1280;
        return (
          <div key={kind} className={`photo-card photo-card-${verdict}`}>
            <div className="photo-thumb" onClick={() => onShow(kind)} onKeyDown={undefined}>
              {photo && <img src={photoAddress(view.applicationId, photo.photoId, 'record')} alt={t(`photo.${kind}`)} data-testid={TESTIDS.photoImage(kind)} data-photo={photo.photoId} data-rtp={photo.rtpTimestamp} data-still={still === undefined ? 'none' : still === null ? 'pending' : still.fits ? 'fits' : 'misfit'} />}
              {working && <span className="photo-busy"><LoadingOutlined /></span>}
              {!photo && !working && <CameraOutlined />}
            </div>
            <div className="photo-line"><strong>{t(`photo.${kind}`)}</strong><span className={`photo-verdict photo-${verdict}`} data-testid={TESTIDS.photoState(kind)} data-verdict={verdict}>{t(`photo.${verdict}`)}</span></div>
            <div className="photo-note quiet">
              {narrow ? <span className="tone-attend">{t('call.narrow', { w: frameWidth })}</span>
                : still === undefined ? '' : still === null ? t('photo.stillPending') : still.fits ? t('photo.stillFits', { w: still.width, h: still.height }) : t('photo.stillMisfit')}
            </div>
            <Button size="small" block type={photo === undefined || verdict === 'refused' || verdict === 'inGap' ? 'primary' : 'default'} disabled={!enabled || working} data-testid={TESTIDS.photo(kind)} onClick={() => actions.takePhoto(kind)}>
              {t(photo === undefined ? 'photo.take' : 'photo.retake')} <kbd>F{index + 2}</kbd>
            </Button>
          </div>
        );
      })}
    </div>
  );
}
