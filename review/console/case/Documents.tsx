import { Image } from 'antd';
import { pathOf } from '../../../client/rtc/http.ts';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import { photoLine } from '../../../contracts/figures.ts';
import type { CaseView } from '../../../contracts/http/staff.ts';
import { useWords } from '../i18n/index.tsx';
import { TESTIDS } from '../testids.ts';
import { Findings } from './Findings.tsx';

/** The uploaded ID photos with what was found in them; a click enlarges. */
export function Documents({ view }: { view: CaseView }) {
  const { t, pick } = useWords();
  return (
    <div className="documents">
      {view.documents.map((document) => (
        <figure key={document.documentId}>
          <Image
            src={pathOf(STAFF_OPERATIONS.documentImage, { applicationId: view.applicationId, side: document.side })}
            alt={t(`side.${document.side}`)} width="100%" data-testid={TESTIDS.documentImage(document.side)}
          />
          <figcaption>{t(`side.${document.side}`)}</figcaption>
          {document.figures && <p className="figures">{pick(photoLine(document.figures))}</p>}
          <Findings findings={[...document.findings, ...(document.reading?.findings ?? [])]} />
        </figure>
      ))}
    </div>
  );
}
