/**
 * Schedules as EventBridge takes them: `cron(minutes hours day-of-month month day-of-week year)`, `rate(n unit)` and
 * `at(yyyy-mm-ddThh:mm:ss)`. Moments are in the schedule's own time zone; `Date` stands for them with its UTC fields.
 *
 * By hand: libraries read the cron of Unix; EventBridge has rates, moments, years, and weekdays counted from 1.
 * `croner` is the oracle of the tests.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../core/times.js';

export type Schedule =
  { readonly kind: 'rate'; readonly everyMs: number } | { readonly kind: 'at'; readonly moment: Date } | CronSchedule;

export interface CronSchedule {
  readonly kind: 'cron';
  /** Ascending, like all of them. */
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly years: readonly number[];
  /** Whether it runs on a day, in a year that it names. */
  readonly isDay: DayTest;
}

type DayTest = (date: Date) => boolean;

const UNIT_MS = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS } as const;

const GENERAL_ADVICE = 'Write it as EventBridge does: cron(0 3 ? * SUN *) or rate(12 hours).';

/** What a schedule says; `undefined` for a text that is none. */
export function parseSchedule(text: string): Schedule | undefined {
  const read = readSchedule(text);
  return typeof read === 'string' ? undefined : read;
}

/**
 * What is wrong with a schedule that has to recur, as a sentence that says what to write; `undefined` if it is valid.
 * EventBridge is strict about the plural of a rate; in a schedule that AWS already holds, either is read.
 */
export function scheduleProblem(text: string): string | undefined {
  const read = readSchedule(text);
  if (typeof read === 'string') return read;
  if (read.kind === 'at') return GENERAL_ADVICE;
  const [, count, unit, plural] = RATE.exec(text) ?? [];
  const wanted = Number(count) === 1 ? '' : 's';
  if (count === undefined || plural === wanted) return undefined;
  return `EventBridge refuses this plural: write rate(${Number(count)} ${unit}${wanted}).`;
}

/** What is wrong with a time zone, as a sentence that says what to write; `undefined` if it is valid. */
export function timeZoneProblem(text: string): string | undefined {
  const advice = 'Give its name in the IANA database, for example UTC or Europe/Berlin.';
  // `Intl` takes offsets (+01:00) too; EventBridge does not.
  if (!/^[A-Za-z]/.test(text)) return advice;
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return undefined;
  } catch {
    return advice;
  }
}

/** Whether it still runs again and again: not once, and not in past years only. */
export function recurs(schedule: Schedule, now: Date): boolean {
  if (schedule.kind === 'cron') return (schedule.years.at(-1) ?? 0) >= now.getUTCFullYear();
  return schedule.kind === 'rate';
}

/** Eight years, which cover every combination of weekday, month and leap day that recurs at least every few years. */
const FIRST_DAY_MS = Date.UTC(2024, 0, 1);
const LAST_DAY_MS = Date.UTC(2031, 11, 31);

/**
 * The longest time between two runs, in milliseconds: how old a backup can become before one is missing. The years are
 * ignored, and so are changes of the clock.
 *
 * @returns `undefined` for a schedule that never runs twice, as on the 30th of February
 */
export function longestGapMs(schedule: Schedule): number | undefined {
  if (schedule.kind === 'rate') return schedule.everyMs;
  if (schedule.kind === 'at') return undefined;
  const times = schedule.hours.flatMap((hour) => schedule.minutes.map((minute) => (hour * 60 + minute) * MINUTE_MS));
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const withinDay = times
    .slice(1)
    .reduce((longest, time, index) => Math.max(longest, time - (times[index] ?? time)), 0);
  let longest: number | undefined;
  let before: number | undefined;
  for (let day = FIRST_DAY_MS; day <= LAST_DAY_MS; day += DAY_MS) {
    if (!schedule.isDay(new Date(day))) continue;
    if (before !== undefined) longest = Math.max(longest ?? withinDay, day - before - last + first);
    before = day;
  }
  return longest;
}

const RATE = /^rate\((\d+) (minute|hour|day)(s?)\)$/;

/** @returns a sentence that says what to write for a text that is no schedule */
function readSchedule(text: string): Schedule | string {
  const [, kind, body = ''] = /^(cron|rate|at)\((.*)\)$/.exec(text) ?? [];
  if (kind === 'cron') return readCron(body);
  if (kind === 'at') return readMoment(body) ?? GENERAL_ADVICE;
  if (kind === undefined) return GENERAL_ADVICE;
  const [, count = '0', unit] = RATE.exec(text) ?? [];
  const everyMs = Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return everyMs > 0 ? { kind: 'rate', everyMs } : 'Write a rate as rate(1 day), rate(12 hours) or rate(30 minutes).';
}

function readMoment(body: string): Schedule | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(body)) return undefined;
  const moment = new Date(`${body}Z`);
  // `Date` takes the 31st of April for the 1st of May.
  const exists = !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(body);
  return exists ? { kind: 'at', moment } : undefined;
}

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly names?: readonly string[];
}

const MINUTES: Field = { name: 'minutes', from: 0, to: 59 };
const HOURS: Field = { name: 'hours', from: 0, to: 23 };
const MONTH_DAYS: Field = { name: 'day-of-month', from: 1, to: 31 };
const MONTHS: Field = {
  name: 'month',
  from: 1,
  to: 12,
  names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
};
const WEEKDAYS: Field = {
  name: 'day-of-week',
  from: 1,
  to: 7,
  names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'],
};
const YEARS: Field = { name: 'year', from: 1970, to: 2199 };
const FIELDS = [MINUTES, HOURS, MONTH_DAYS, MONTHS, WEEKDAYS, YEARS];

/** An item of a field's list that the field does not take. */
class WrongItem extends Error {
  constructor({ name, from, to, names }: Field, item: string) {
    const words = names ? ` or ${names[0]} to ${names.at(-1)}` : '';
    super(`The ${name} field takes ${from} to ${to}${words}, *, lists, ranges and steps; it does not take "${item}".`);
  }
}

function readCron(body: string): CronSchedule | string {
  const [minutes = '', hours = '', monthDays = '', months = '', weekdays = '', years, ...more] = body
    .trim()
    .split(/\s+/);
  if (years === undefined || more.length > 0) {
    const found = body.trim() === '' ? 0 : body.trim().split(/\s+/).length;
    return `Give six fields (${FIELDS.map((field) => field.name).join(' ')}); these are ${found}.`;
  }
  try {
    const isMonth = new Set(valuesOf(MONTHS, months));
    const days = monthDays === '?' ? undefined : eitherOf(monthDays, monthDayTest);
    const ofWeek = weekdays === '?' ? undefined : eitherOf(weekdays, weekdayTest);
    const schedule = {
      kind: 'cron',
      minutes: valuesOf(MINUTES, minutes),
      hours: valuesOf(HOURS, hours),
      years: valuesOf(YEARS, years),
    } as const;
    const isDay = days ?? ofWeek;
    if (isDay === undefined || (days && ofWeek)) {
      return 'EventBridge takes exactly one of day-of-month and day-of-week: write ? for the other.';
    }
    return { ...schedule, isDay: (date) => isMonth.has(date.getUTCMonth() + 1) && isDay(date) };
  } catch (error) {
    if (error instanceof WrongItem) return error.message;
    throw error;
  }
}

function eitherOf(list: string, testOf: (item: string) => DayTest): DayTest {
  const tests = list.split(',').map(testOf);
  return (date) => tests.some((test) => test(date));
}

function monthDayTest(item: string): DayTest {
  const beforeLast = /^L(?:-(\d{1,2}))?$/i.exec(item);
  if (beforeLast) return (date) => date.getUTCDate() === daysIn(date) - Number(beforeLast[1] ?? 0);
  if (/^LW$/i.test(item)) return (date) => date.getUTCDate() === nearestWorkday(date, daysIn(date));
  const near = /^([1-9]|[12]\d|3[01])W$/i.exec(item);
  if (near) return (date) => date.getUTCDate() === nearestWorkday(date, Number(near[1]));
  const values = new Set(valuesOf(MONTH_DAYS, item));
  return (date) => values.has(date.getUTCDate());
}

function weekdayTest(item: string): DayTest {
  // A lone L is Saturday, the last day of the week; 6L and FRIL are the last Friday of the month.
  if (/^L$/i.test(item)) return (date) => date.getUTCDay() === 6;
  const [, name, nth] = /^(\d|[A-Z]{3})(?:L|#([1-5]))$/i.exec(item) ?? [];
  if (name !== undefined) {
    const weekday = valueOf(WEEKDAYS, name);
    if (weekday === undefined) throw new WrongItem(WEEKDAYS, item);
    const isChosen = (day: number, days: number) => (nth ? Math.ceil(day / 7) === Number(nth) : day > days - 7);
    return (date) => date.getUTCDay() + 1 === weekday && isChosen(date.getUTCDate(), daysIn(date));
  }
  const values = new Set(valuesOf(WEEKDAYS, item));
  return (date) => values.has(date.getUTCDay() + 1);
}

function daysIn(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}

/** The workday nearest to a day, within its month; `undefined` in a month that does not have the day. */
function nearestWorkday(date: Date, day: number): number | undefined {
  if (day > daysIn(date)) return undefined;
  const weekday = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), day)).getUTCDay();
  if (weekday === 6) return day === 1 ? 3 : day - 1;
  if (weekday === 0) return day === daysIn(date) ? day - 2 : day + 1;
  return day;
}

/**
 * The numbers that a field stands for, ascending: lists, ranges (also over the end, except of years), steps, names.
 *
 * @throws WrongItem
 */
function valuesOf(field: Field, list: string): number[] {
  return [...new Set(list.split(',').flatMap((item) => valuesOfItem(field, item)))].sort((a, b) => a - b);
}

function valuesOfItem(field: Field, item: string): number[] {
  const { from, to } = field;
  const [base = '', step = '1', ...more] = item.split('/');
  const [low, high] = rangeOf(field, base, item.includes('/'));
  const isStep = more.length === 0 && /^[1-9]\d*$/.test(step);
  const goesOn = low !== undefined && high !== undefined && (high >= low || field !== YEARS);
  if (!isStep || !goesOn) throw new WrongItem(field, item);
  const size = to - from + 1;
  const length = high >= low ? high - low : high - low + size;
  const count = Math.floor(length / Number(step)) + 1;
  return Array.from({ length: count }, (_, index) => from + ((low - from + index * Number(step)) % size));
}

/** The bounds of `*`, `5`, `5-10`; with a step, a single value begins a range to the end. */
function rangeOf(field: Field, base: string, hasStep: boolean): [low?: number, high?: number] {
  if (base === '*') return [field.from, field.to];
  const [first = '', last, ...more] = base.split('-');
  if (more.length > 0) return [];
  const low = valueOf(field, first);
  return [low, last === undefined ? (hasStep ? field.to : low) : valueOf(field, last)];
}

function valueOf({ from, to, names = [] }: Field, text: string): number | undefined {
  const index = names.indexOf(text.toUpperCase());
  if (index >= 0) return index + from;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  return value >= from && value <= to ? value : undefined;
}
