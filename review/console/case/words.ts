import type { FieldName } from '../../../contracts/reading.ts';
import type { Translate } from '../i18n/index.tsx';
import { normalise } from './compare.ts';

/** A field's value as people read it: sex and 长期 in the language of the screen. */
export function valueWords(t: Translate, field: FieldName, value: string): string {
  if (field === 'sex') return normalise('sex', value) === '男' ? t('sex.male') : t('sex.female');
  if (field === 'validTo' && value === 'long-term') return t('case.longTerm');
  return value;
}
