import type { CustodyBank } from '../../contracts/banks.ts';
import type { CalendarState } from '../../contracts/http/staff.ts';

/** When an outside system works (R51). Times are Asia/Shanghai (UTC+8, no summer time), `HH:MM`; `to` is excluded. */
export interface Calendar {
  readonly from: string;
  readonly to: string;
  /** Exceptions by day `YYYY-MM-DD`: false closes a weekday, true opens a weekend. */
  readonly exceptions: Readonly<Record<string, boolean>>;
  /** Years whose holidays are all in `exceptions`. A day of another year is not taken for a trading day. */
  readonly years: readonly number[];
  /** False: Saturdays, Sundays and holidays count as well. */
  readonly tradingDaysOnly: boolean;
  /** For demonstrations: open day and night. */
  readonly alwaysOpen: boolean;
}

/** Weekdays of 2026 on which the exchanges and the depository are closed; the next year’s are added here, and to `years`, once the exchanges have published them. */
export const HOLIDAYS_2026: Readonly<Record<string, boolean>> = Object.fromEntries([
  '2026-01-01', '2026-01-02', '2026-02-16', '2026-02-17', '2026-02-18', '2026-02-19', '2026-02-20', '2026-02-23', '2026-04-06',
  '2026-05-01', '2026-05-04', '2026-05-05', '2026-06-19', '2026-09-25', '2026-10-01', '2026-10-02', '2026-10-05', '2026-10-06', '2026-10-07',
].map((day) => [day, false]));

export const DEPOSITORY_CALENDAR: Calendar = { from: '09:00', to: '15:30', exceptions: HOLIDAYS_2026, years: [2026], tradingDaysOnly: true, alwaysOpen: false };

/** The bank's own hours on the depository's trading days, or on all days where the bank says so. */
export const bankCalendar = (depository: Calendar, bank: CustodyBank): Calendar =>
  ({ ...depository, from: bank.hours.from, to: bank.hours.to, tradingDaysOnly: bank.tradingDaysOnly });

const SHANGHAI_MS = 8 * 3600_000;
const DAY_MS = 24 * 3600_000;
/** No holiday is that long; a calendar without any open day must not run for ever. */
const SEARCH_DAYS = 60;

const minutesOf = (time: string): number => {
  const [hours, minutes] = time.split(':').map(Number) as [number, number];
  return hours * 60 + minutes;
};

/** The day in Shanghai as a date at UTC midnight. */
const dayOf = (at: Date): Date => new Date(Math.floor((at.getTime() + SHANGHAI_MS) / DAY_MS) * DAY_MS);
const atMinutes = (day: Date, minutes: number): Date => new Date(day.getTime() - SHANGHAI_MS + minutes * 60_000);

const isWorkingDay = (calendar: Calendar, day: Date): boolean => {
  if (!calendar.tradingDaysOnly) return true;
  return calendar.exceptions[day.toISOString().slice(0, 10)] ?? (calendar.years.includes(day.getUTCFullYear()) && ![0, 6].includes(day.getUTCDay()));
};

/** Time enough to publish the next year's days. */
const ENDING_DAYS = 30;

/** Whether the trading days are known: outside the known years the batch refuses to run instead of taking a holiday for one (R51). */
export const calendarState = (calendar: Calendar, now: Date): CalendarState => {
  if (calendar.alwaysOpen || !calendar.tradingDaysOnly) return 'known';
  const known = (days: number): boolean => calendar.years.includes(new Date(dayOf(now).getTime() + days * DAY_MS).getUTCFullYear());
  return !known(0) ? 'unknown' : known(ENDING_DAYS) ? 'known' : 'ending';
};

export const isOpen = (calendar: Calendar, now: Date): boolean => {
  if (calendar.alwaysOpen) return true;
  const day = dayOf(now);
  return isWorkingDay(calendar, day) && now >= atMinutes(day, minutesOf(calendar.from)) && now < atMinutes(day, minutesOf(calendar.to));
};

/** `now` itself when open; else the next opening; null when the calendar knows none within 60 days. */
export const nextOpening = (calendar: Calendar, now: Date): Date | null => {
  if (isOpen(calendar, now)) return now;
  for (let i = 0, day = dayOf(now); i <= SEARCH_DAYS; i++, day = new Date(day.getTime() + DAY_MS)) {
    const opening = atMinutes(day, minutesOf(calendar.from));
    if (opening > now && isWorkingDay(calendar, day)) return opening;
  }
  return null;
};
