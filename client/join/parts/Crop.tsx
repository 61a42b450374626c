import { useState } from 'react';
import type { JSX } from 'react';
import { cropOf, markOn, placement } from '../../../contracts/crop.ts';
import type { FieldBox } from '../../../contracts/reading.ts';
import { useLanguage } from '../state/language.tsx';
import { testid } from '../testids.ts';
import { Sheet } from './Sheet.tsx';

interface Props {
  /** Its test handle. */
  readonly id: string;
  /** The whole photo; null while it is on the way. */
  readonly src: string | null;
  readonly photo: { readonly width: number; readonly height: number };
  readonly box: FieldBox;
  /** What the place is, for who cannot see it. */
  readonly title: string;
}

/** In rem. A tall crop would push the words off the screen, a short word blown up to the whole width looks like an alarm; a single character still has to be readable. */
const TALLEST = 9.5;
const WHOLE_PHOTO = 52;
const LEAST = 6;

/** The place of the client's own photo that a finding speaks of; a tap shows the whole photo with the place marked. */
export function Crop({ id, src, photo, box, title }: Props): JSX.Element {
  const { t } = useLanguage();
  const [open, setOpen] = useState(false);
  const crop = cropOf(box);
  const aspect = (crop.width * photo.width) / (crop.height * photo.height);
  return (
    <div className="crop">
      <button type="button" className="crop-button" disabled={src === null} onClick={() => { setOpen(true); }} {...testid(id)}>
        <span className="crop-frame" style={{ aspectRatio: aspect, width: `min(100%, ${Math.min(TALLEST * aspect, Math.max(LEAST, WHOLE_PHOTO * crop.width))}rem)` }}>{src !== null && <img src={src} alt={title} style={placement(crop)} draggable={false} />}</span>
        <small>{t('照片上的这一处 · 点一下看整张', 'This place in your photo · tap for all of it')}</small>
      </button>
      {open && src !== null && (
        <Sheet title={title} closeId={`${id}-close`} onClose={() => { setOpen(false); }}>
          <div className="crop-whole"><img src={src} alt={title} /><i style={markOn(box)} /></div>
        </Sheet>
      )}
    </div>
  );
}
