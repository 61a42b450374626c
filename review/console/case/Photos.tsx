import { Image } from 'antd';
import { pathOf } from '../../../client/rtc/http.ts';
import { STAFF_OPERATIONS } from '../../../contracts/http/staff.ts';
import type { CaseView, PhotoView } from '../../../contracts/http/staff.ts';
import type { FieldName } from '../../../contracts/reading.ts';
import { faceSentences } from '../../../contracts/face.ts';
import { photoLine } from '../../../contracts/figures.ts';
import { PHOTO_KINDS } from '../../../contracts/script.ts';
import type { PhotoKind } from '../../../contracts/script.ts';
import { useWords } from '../i18n/index.tsx';
import { duration } from '../shared/format.ts';
import { TESTIDS } from '../testids.ts';
import { latestPhotos, markDifferences, maskLike, normalise, sameValue } from './compare.ts';
import { Findings } from './Findings.tsx';
import { verdictOf } from './verdict.ts';
import { valueWords } from './words.ts';

export const photoAddress = (applicationId: string, photoId: string, which: 'record' | 'still'): string =>
  pathOf(STAFF_OPERATIONS.photoImage, { applicationId, photoId, which });

/** The photos of record in large, with the phone's still, the findings and what was read. */
export function Photos({ view, first, wide = false }: { view: CaseView; first?: PhotoKind | undefined; wide?: boolean }) {
  const { t } = useWords();
  const latest = latestPhotos(view.session?.photos ?? []);
  const kinds = [...PHOTO_KINDS].sort((a, b) => Number(b === first) - Number(a === first)).filter((kind) => latest[kind] !== undefined);
  if (kinds.length === 0) return <p className="quiet">{t('photo.noneYet')}</p>;
  return (
    <div className={wide ? 'photos photos-wide' : 'photos'}>
      <Image.PreviewGroup>{kinds.map((kind) => { const photo = latest[kind]; return photo && <Photo key={photo.photoId} view={view} photo={photo} />; })}</Image.PreviewGroup>
    </div>
  );
}

function Photo({ view, photo }: { view: CaseView; photo: PhotoView }) {
  const { t, pick } = useWords();
  const verdict = verdictOf(photo, view.session?.missing);
  return (
    <section className="photo-large">
      <header>
        <strong>{t(`photo.${photo.kind}`)}</strong>
        <span className={`photo-verdict photo-${verdict}`}>{t(`photo.${verdict}`)}</span>
        <span className="quiet">{duration(photo.mediaTimeMs / 1000)} · {photo.width}×{photo.height}</span>
      </header>
      <div className="photo-pair">
        <figure>
          <Image src={photoAddress(view.applicationId, photo.photoId, 'record')} alt={t('photo.record')} width="100%" />
          <figcaption>{t('photo.record')}</figcaption>
        </figure>
        {photo.still && (
          <figure>
            <Image src={photoAddress(view.applicationId, photo.photoId, 'still')} alt={t('photo.still')} width="100%" />
            <figcaption>{photo.still.fits ? t('photo.still') : t('photo.stillMisfit')}</figcaption>
          </figure>
        )}
      </div>
      {photo.readFrom && photo.burst.length > 1 && (
        <p className="figures">
          {t('photo.burst', { count: photo.burst.length, from: t(`photo.from.${photo.readFrom}`), scores: photo.burst.map(({ score }) => score?.toFixed(2) ?? '–').join(' / ') })}
        </p>
      )}
      {photo.figures && <p className="figures">{pick(photoLine(photo.figures, photo.kind === 'face' ? 'face' : 'document'))}</p>}
      {photo.face && <ul className="figures">{faceSentences(photo.face).map((line) => <li key={line.en}>{pick(line)}</li>)}</ul>}
      <Findings findings={[...photo.findings, ...(photo.reading?.findings ?? []), ...(photo.face?.findings ?? []).filter(({ code }) => code !== 'FACE_SIMILARITY')]} testId={TESTIDS.photoFindings(photo.kind)} />
      {photo.kind !== 'face' && <ReadFields view={view} photo={photo} />}
    </section>
  );
}

/** What was read from this photo beside what the client typed; what does not agree is marked (R14). */
function ReadFields({ view, photo }: { view: CaseView; photo: PhotoView }) {
  const { t } = useWords();
  const fields = Object.entries(photo.reading?.fields ?? {}) as [FieldName, { text: string } | undefined][];
  if (fields.length === 0) return <p className="quiet">{t('photo.noReading')}</p>;
  const shown = (field: FieldName, text: string): string => {
    return field === 'idNumber' && view.form ? maskLike(text, view.form.idNumberMasked) : text;
  };
  const words = (field: FieldName, text: string): string => valueWords(t, field, text);
  return (
    <table className="compare">
      <thead><tr><th /><th>{t('case.form')}</th><th>{t('case.callPhoto')}</th></tr></thead>
      <tbody>
        {fields.map(([field, read]) => {
          const typed = view.form === null ? undefined : field === 'idNumber' ? view.form.idNumberMasked : view.form[field];
          const same = read === undefined || typed === undefined || sameValue(field, typed, shown(field, read.text));
          return read && (
            <tr key={field} className={same ? '' : 'compare-differs'}>
              <th>{t(`field.${field}`)}</th>
              <td>{typed === undefined ? '–' : words(field, typed)}</td>
              <td>{same || typed === undefined ? words(field, shown(field, read.text)) : markDifferences(normalise(field, typed), shown(field, read.text)).map((part, i) => (part.differs ? <mark key={i}>{part.text}</mark> : part.text))}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
