import { Modal } from 'antd';
import { useState } from 'react';
import { cropOf, markOn, placement } from '../../../contracts/crop.ts';
import type { CaseView } from '../../../contracts/http/staff.ts';
import type { Evidence } from '../../../contracts/reading.ts';
import { useWords } from '../i18n/index.tsx';
import { keyOf } from '../i18n/words.ts';
import { pictureOf } from './evidence.ts';

/** The place of a picture that a finding speaks of, cut out by the page itself; a click shows the whole picture with the place marked. */
export function Crop({ view, evidence }: { view: CaseView; evidence: Evidence }) {
  const { t } = useWords();
  const [open, setOpen] = useState(false);
  const picture = pictureOf(view, evidence);
  if (picture === undefined) return null;
  const crop = cropOf(evidence.box);
  const key = keyOf('picture', evidence.picture ?? '');
  const name = key ? t(key) : '';
  return (
    <figure className="crop">
      <button type="button" className="crop-frame" title={t('finding.enlarge')} style={{ aspectRatio: (crop.width * picture.width) / (crop.height * picture.height) }} onClick={() => setOpen(true)}>
        <img src={picture.src} alt={name} style={placement(crop)} draggable={false} />
      </button>
      <figcaption>{name}</figcaption>
      {open && (
        <Modal open centered width={900} title={name} footer={null} onCancel={() => setOpen(false)}>
          <div className="crop-whole">
            <img src={picture.src} alt={name} />
            {evidence.box && <i style={markOn(evidence.box)} />}
          </div>
        </Modal>
      )}
    </figure>
  );
}
