import { REASONS } from '../../../contracts/reasons/index.ts';
import { FIELD_NAMES } from '../../../contracts/reading.ts';
import type { FieldName, Tolerated } from '../../../contracts/reading.ts';
import type { Translate } from '../i18n/index.tsx';
import { normalise } from './compare.ts';
import type { CompareVerdict, Lacking } from './compare.ts';

/** What a comparison passed over, in words. */
export const toleratedWords = (t: Translate, tolerated: readonly Tolerated[]): string => t('finding.tolerated', { what: tolerated.map((kind) => t(`tolerated.${kind}`)).join(t('finding.comma')) });

/** An earlier rejection as the server says it, `day code case`, with what the code means. */
export function rejectionWords(said: string): { zh: string; en: string } {
  const [day = '', code = '', ...rest] = said.split(' ');
  const reason = REASONS.find((one) => one.code === code)?.text;
  const words = (language: 'zh' | 'en'): string => [day, code, reason?.[language], ...rest].filter(Boolean).join(' · ');
  return { zh: words('zh'), en: words('en') };
}

/** A field's value as people read it: sex and 长期 in the language of the screen. */
export function valueWords(t: Translate, field: FieldName, value: string): string {
  if (field === 'sex') return normalise('sex', value) === '男' ? t('sex.male') : t('sex.female');
  if (field === 'validTo' && value === 'long-term') return t('case.longTerm');
  return value;
}

const LACKS = ['noPhoto', 'reading', 'unread'] as const;
const all = (lacking: Lacking): number => LACKS.reduce((sum, lack) => sum + lacking[lack], 0);

/** How the comparison stands, part by part: differences first, then what could not be read. */
export function verdictWords(t: Translate, { differs, upload, call, noForm, agrees }: CompareVerdict): string[] {
  if (agrees) return [t('case.allEqual')];
  if (noForm) return [t('case.noForm')];
  return [
    ...(differs > 0 ? [t('case.differences', { n: differs })] : all(upload) + all(call) < 2 * FIELD_NAMES.length ? [t('case.noneDiffers')] : []),
    ...LACKS.flatMap((lack) => (upload[lack] > 0 ? [t(`case.upload.${lack}`, { n: upload[lack] })] : [])),
    ...LACKS.flatMap((lack) => (call[lack] > 0 ? [t(`case.call.${lack}`, { n: call[lack] })] : [])),
  ];
}
