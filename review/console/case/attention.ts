import { FINDINGS } from '../../../contracts/findings.ts';
import type { CaseView } from '../../../contracts/http/staff.ts';
import type { Finding } from '../../../contracts/reading.ts';
import { PHOTO_KINDS } from '../../../contracts/script.ts';
import type { Translate } from '../i18n/index.tsx';
import { allFindings } from './evidence.ts';
import { compareRows, compareVerdict, latestPhotos } from './compare.ts';
import { verdictWords } from './words.ts';

/** What whoever approves takes upon himself, each named once: what differs or was not read, findings that warn, declarations out of the ordinary. */
export function attentions(view: CaseView, t: Translate, pick: (text: { zh: string; en: string }) => string): string[] {
  const verdict = compareVerdict(compareRows(view));
  const photos = latestPhotos(view.session?.photos ?? []);
  const words = (findings: readonly Finding[], about?: string): string[] => findings
    // A field's own findings on a picture are summed up by the comparison.
    .filter((f) => f.severity !== 'info' && (about === undefined || f.field === undefined))
    .map((f) => `${about === undefined ? '' : `${about}${t('list.colon')}`}${pick(FINDINGS[f.code])}${f.said ? ` ${f.said}` : ''}`);
  // Whatever a person has decided on is named, with what was looked at.
  const decided = allFindings(view).filter((f) => f.decision !== undefined)
    .map((f) => `${t('finding.decidedShort')}${t('list.colon')}${f.field ? `${t(`field.${f.field}`)}${t('list.colon')}` : ''}${pick(FINDINGS[f.code])}`);
  const d = view.declarations;
  return [...new Set([
    ...(verdict.agrees ? [] : [verdictWords(t, verdict).join(' · ')]),
    ...view.documents.flatMap((doc) => words([...doc.findings, ...(doc.reading?.findings ?? [])], `${t('case.tab.documents')} ${t(`side.${doc.side}`)}`)),
    ...PHOTO_KINDS.flatMap((kind) => words([...(photos[kind]?.findings ?? []), ...(photos[kind]?.reading?.findings ?? []), ...(photos[kind]?.face?.findings ?? [])], t(`photo.${kind}`))),
    ...decided,
    ...words(view.warnings),
    ...(d && !d.noBadRecord ? [`${t('more.badRecord')}${t('list.colon')}${t('badRecord.some')}`] : []),
    ...(d && d.taxResidency !== 'china' ? [`${t('more.tax')}${t('list.colon')}${t(`tax.${d.taxResidency}`)}`] : []),
  ])];
}
