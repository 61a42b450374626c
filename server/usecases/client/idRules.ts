import type { ClientForm } from '../../../contracts/http/client.ts';
import { AppError } from '../../../contracts/errors.ts';
import type { ErrorCode } from '../../../contracts/errors.ts';
import type { FindingCode } from '../../../contracts/findings.ts';
import type { Finding } from '../../../contracts/reading.ts';
import { compareFields, formOfTexts, textsOfReadings } from '../../../review/checks/compare.ts';
import { cardDates, kindsDiffer } from '../../../review/decision/card.ts';
import { checkForm } from '../../../review/checks/form.ts';
import type { IdRules } from './ports.ts';

/** The rules of review/checks for the client's form. */
export const createIdRules = (settings: { upperAge?: number | undefined } = {}): IdRules => ({
  check: (form, today) => checkForm(form, today, settings),
  compare: (form, readings) => compareFields({ form, upload: readings.length === 0 ? undefined : textsOfReadings(readings) }),
  seen: (sides, today) => [...cardDates({ form: null, ...sides }, new Set(), today, settings), ...kindsDiffer({ form: null, ...sides })],
  prefill: (readings) => formOfTexts(textsOfReadings(readings)),
});

const REFUSALS: Partial<Record<FindingCode, ErrorCode>> = {
  ID_FORMAT_WRONG: 'ID_NUMBER_INVALID', ID_CHECK_CHARACTER_WRONG: 'ID_NUMBER_INVALID', ID_DATE_IMPOSSIBLE: 'ID_NUMBER_INVALID',
  ID_BIRTH_DATE_DIFFERS: 'BIRTH_DATE_MISMATCH', ID_SEX_DIFFERS: 'SEX_MISMATCH',
  AGE_UNDER_16: 'AGE_UNDER_16', AGE_UNDER_18: 'AGE_UNDER_18', AGE_OVER_LIMIT: 'AGE_OVER_LIMIT',
  ID_EXPIRED: 'ID_EXPIRED', ID_NOT_YET_VALID: 'ID_NOT_YET_VALID', ID_VALIDITY_UNFIT: 'ID_VALIDITY_UNFIT',
};

/**
 * Refuses a form that breaks a rule, with the code of the first one; warnings (R13) let it pass.
 * @throws AppError
 */
export function refuseForm(rules: IdRules, form: ClientForm, today: string): void {
  const blocking = rules.check(form, today).filter((finding: Finding) => finding.blocks);
  for (const finding of blocking) {
    const code = REFUSALS[finding.code];
    if (code !== undefined) throw new AppError(code, { code: finding.code, ...(finding.field === undefined ? {} : { field: finding.field }) });
  }
  if (blocking[0] !== undefined) throw new AppError('BAD_REQUEST', { code: blocking[0].code, ...(blocking[0].field === undefined ? {} : { field: blocking[0].field }) });
}
