/** Weights and check characters of GB 11643-1999 (R12). */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const;
const CHECKS = '10X98765432';

/** True when the ID number is 17 digits and its right check character (R12). A hint while typing; the server decides. */
export const idNumberFits = (value: string): boolean => {
  const text = value.trim().toUpperCase();
  if (!/^\d{17}[\dX]$/.test(text)) return false;
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(text[index]), 0);
  return CHECKS[sum % 11] === text[17];
};

/** Birth date and sex that the number itself says, or null when it says no real date. */
export const saidByIdNumber = (value: string): { birthDate: string; sex: 'male' | 'female' } | null => {
  const text = value.trim().toUpperCase();
  if (!/^\d{17}[\dX]$/.test(text)) return null;
  const birthDate = `${text.slice(6, 10)}-${text.slice(10, 12)}-${text.slice(12, 14)}`;
  const date = new Date(`${birthDate}T00:00:00Z`);
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== birthDate) return null;
  return { birthDate, sex: Number(text[16]) % 2 === 1 ? 'male' : 'female' };
};

/** Luhn's check (ISO/IEC 7812-1) of a bank card number of 13 to 19 digits. */
export const cardNumberFits = (value: string): boolean => {
  const digits = value.replace(/\s/g, '');
  if (!/^\d{13,19}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = index % 2 === 1 ? Number(digit) * 2 : Number(digit);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
};

/** Digits in groups of four, as printed on a card. */
export const inFours = (value: string): string => value.replace(/(\d{4})(?=\d)/g, '$1 ');

/** A mobile number as people write it, full-width, grouped or with the country's code, in its bare digits (R15). */
export const normalisePhone = (value: string): string => {
  const bare = value.normalize('NFKC').replace(/[\s()\p{Pd}\p{Cf}.]/gu, '');
  return bare.replace(/^(?:\+|00)86/, '').replace(/^86(?=1\d{10}$)/, '');
};

/** A mainland mobile number: 11 digits that begin with 13 to 19 (R15). */
export const phoneFits = (value: string): boolean => phoneProblem(value) === null;

/** What keeps a text from being a mobile number, or null. */
export const phoneProblem = (value: string): 'empty' | 'notDigits' | 'short' | 'long' | 'notMobile' | null => {
  const digits = normalisePhone(value);
  if (digits === '') return 'empty';
  if (!/^\d+$/.test(digits)) return 'notDigits';
  if (!/^1(?:$|[3-9])/.test(digits)) return 'notMobile';
  return digits.length < 11 ? 'short' : digits.length > 11 ? 'long' : null;
};

/** A number that others may see over one's shoulder: 138****8000. */
export const maskPhone = (value: string): string => normalisePhone(value).replace(/^(\d{3})\d{4}(\d{4})$/, '$1****$2');
