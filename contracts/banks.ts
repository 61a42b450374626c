/** Custody banks (三方存管银行) as data: code, name, whether the client confirms at the bank, and the bank's own hours. */
export interface CustodyBank {
  readonly code: string;
  readonly name: { readonly zh: string; readonly en: string };
  /** The link becomes valid only when the client has confirmed it at the bank (R51). */
  readonly confirmsAtBank: boolean;
  /** Asia/Shanghai, `HH:MM`, the end excluded. */
  readonly hours: { readonly from: string; readonly to: string };
  /** False: also on weekends and holidays. */
  readonly tradingDaysOnly: boolean;
}

export const CUSTODY_BANKS: readonly CustodyBank[] = [
  { code: 'ICBC', name: { zh: '中国工商银行', en: 'ICBC' }, confirmsAtBank: false, hours: { from: '09:00', to: '16:00' }, tradingDaysOnly: true },
  { code: 'CCB', name: { zh: '中国建设银行', en: 'China Construction Bank' }, confirmsAtBank: false, hours: { from: '08:30', to: '16:00' }, tradingDaysOnly: true },
  { code: 'ABC', name: { zh: '中国农业银行', en: 'Agricultural Bank of China' }, confirmsAtBank: true, hours: { from: '09:00', to: '15:30' }, tradingDaysOnly: true },
  { code: 'BOC', name: { zh: '中国银行', en: 'Bank of China' }, confirmsAtBank: true, hours: { from: '09:00', to: '15:30' }, tradingDaysOnly: true },
  { code: 'BOCOM', name: { zh: '交通银行', en: 'Bank of Communications' }, confirmsAtBank: false, hours: { from: '09:00', to: '16:00' }, tradingDaysOnly: true },
  { code: 'CMB', name: { zh: '招商银行', en: 'China Merchants Bank' }, confirmsAtBank: false, hours: { from: '08:30', to: '17:00' }, tradingDaysOnly: false },
];

export const custodyBank = (code: string): CustodyBank | undefined => CUSTODY_BANKS.find((bank) => bank.code === code);
