/** Why a password is refused, in the order in which it is looked at (R19). */
export type Weakness = 'format' | 'repeated' | 'running' | 'birthDate' | 'idNumber';

/** One password for both would open both doors: they must differ (R19). */
export const sameForBoth = (trading: string, fund: string): boolean => fund.length === 6 && trading === fund;

/** What must not stand in a password; stays on the phone. */
export interface Known { readonly birthDate?: string | undefined; readonly idNumber?: string | undefined }

const longestRun = (digits: string, step: number): number => {
  let best = 1;
  for (let i = 1, run = 1; i < digits.length; i += 1) {
    run = Number(digits[i]) - Number(digits[i - 1]) === step ? run + 1 : 1;
    best = Math.max(best, run);
  }
  return best;
};

/** Six-digit forms of a birth date that people use: 900131, 310190, 013190, 199001, 011990, 1990-1-31 without the year's head. */
const birthForms = (birthDate: string): Set<string> => {
  const [year = '', month = '', day = ''] = birthDate.split('-');
  const short = year.slice(2);
  return new Set([short + month + day, day + month + short, month + day + short, year + month, month + year, year + day, day + year, `${year}${Number(month)}${Number(day)}`]);
};

/**
 * Says why a six-digit password is weak, or null (R19): repeated digits, running digits, the birth date, a piece of the
 * ID number. Works on the phone only; the core checks again after it alone has opened the envelope.
 */
export const weakness = (password: string, known: Known = {}): Weakness | null => {
  if (!/^\d{6}$/.test(password)) return 'format';
  const halves = password.slice(0, 3) === password.slice(3);
  const pairs = password.slice(0, 2) === password.slice(2, 4) && password.slice(2, 4) === password.slice(4);
  if (new Set(password).size <= 2 || halves || pairs || longestRun(password, 0) >= 4 || /^(\d)\1(\d)\2(\d)\3$/.test(password)) return 'repeated';
  if (longestRun(password, 1) >= 4 || longestRun(password, -1) >= 4) return 'running';
  if (known.birthDate && birthForms(known.birthDate).has(password)) return 'birthDate';
  if (known.idNumber && known.idNumber.includes(password)) return 'idNumber';
  return null;
};
