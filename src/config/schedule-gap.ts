/** The longest pause of a schedule: how old a backup can become before one is missing. */

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const UNIT_MS = { minute: MINUTE_MS, hour: 60 * MINUTE_MS, day: DAY_MS } as const;

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** Eight years, which cover every combination of weekday, month and leap day that recurs at least every few years. */
const FIRST_DAY_MS = Date.UTC(2024, 0, 1);
const LAST_DAY_MS = Date.UTC(2031, 11, 31);

/**
 * The longest time between two runs of a valid schedule, in milliseconds. The year field is ignored, and so are
 * changes of the clock.
 *
 * @returns `undefined` for one that never runs twice, as on the 30th of February
 */
export function longestGapMs(schedule: string): number | undefined {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule);
  if (rate) return Number(rate[1]) * UNIT_MS[rate[2] as keyof typeof UNIT_MS];
  const [minutes = '', hours = '', ofMonth = '', months = '', ofWeek = ''] =
    /^cron\((.*)\)$/.exec(schedule)?.[1]?.trim().split(/\s+/) ?? [];
  const times = valuesOf(hours, 0, 23).flatMap((hour) =>
    valuesOf(minutes, 0, 59).map((minute) => (hour * 60 + minute) * MINUTE_MS),
  );
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const chosenMonths = new Set(valuesOf(months, 1, 12, MONTHS));
  const isDay = ofMonth === '?' ? weekdayTest(ofWeek) : monthDayTest(ofMonth);

  const withinDay = longestStep(times);
  let longest: number | undefined;
  let before: number | undefined;
  for (let day = FIRST_DAY_MS; day <= LAST_DAY_MS; day += DAY_MS) {
    const date = new Date(day);
    if (!chosenMonths.has(date.getUTCMonth() + 1) || !isDay(date)) continue;
    if (before !== undefined) longest = Math.max(longest ?? withinDay, day - before - last + first);
    before = day;
  }
  return longest;
}

/** @param times in ascending order */
function longestStep(times: readonly number[]): number {
  return times.slice(1).reduce((longest, time, index) => Math.max(longest, time - (times[index] ?? time)), 0);
}

type DayTest = (date: Date) => boolean;

function monthDayTest(field: string): DayTest {
  const tests = field.split(',').map((item): DayTest => {
    const beforeLast = /^L(?:-(\d+))?$/i.exec(item);
    if (beforeLast) return (date) => date.getUTCDate() === daysIn(date) - Number(beforeLast[1] ?? 0);
    if (/^LW$/i.test(item)) return (date) => date.getUTCDate() === nearestWorkday(date, daysIn(date));
    const near = /^(\d+)W$/i.exec(item);
    if (near) return (date) => date.getUTCDate() === nearestWorkday(date, Number(near[1]));
    const values = new Set(valuesOf(item, 1, 31));
    return (date) => values.has(date.getUTCDate());
  });
  return (date) => tests.some((test) => test(date));
}

function weekdayTest(field: string): DayTest {
  const tests = field.split(',').map((item): DayTest => {
    // A lone L is Saturday, the last day of the week; 6L and FRIL are the last Friday of the month.
    if (/^L$/i.test(item)) return (date) => date.getUTCDay() === 6;
    const last = /^(\w+)L$/i.exec(item);
    if (last) return (date) => isWeekday(date, last[1]) && date.getUTCDate() > daysIn(date) - 7;
    const nth = /^(\w+)#(\d)$/.exec(item);
    if (nth) return (date) => isWeekday(date, nth[1]) && Math.ceil(date.getUTCDate() / 7) === Number(nth[2]);
    const values = new Set(valuesOf(item, 1, 7, WEEKDAYS));
    return (date) => values.has(date.getUTCDay() + 1);
  });
  return (date) => tests.some((test) => test(date));
}

function isWeekday(date: Date, text = ''): boolean {
  return date.getUTCDay() + 1 === valueOf(text, 1, WEEKDAYS);
}

function daysIn(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}

/** The workday nearest to a day, within its month. */
function nearestWorkday(date: Date, day: number): number {
  const weekday = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), day)).getUTCDay();
  if (weekday === 6) return day === 1 ? 3 : day - 1;
  if (weekday === 0) return day === daysIn(date) ? day - 2 : day + 1;
  return day;
}

/** The numbers that a field stands for, ascending: lists, ranges (also over the end), steps, names. */
function valuesOf(field: string, from: number, to: number, names: readonly string[] = []): number[] {
  const found = new Set<number>();
  for (const item of field.split(',')) {
    const [base = '', step] = item.split('/');
    const [start = '', end] = base.split('-');
    const low = base === '*' ? from : valueOf(start, from, names);
    const given = base === '*' ? to : valueOf(end ?? (step === undefined ? start : ''), from, names);
    const high = Number.isNaN(given) ? to : given;
    const length = high >= low ? high - low : high - low + (to - from + 1);
    for (let offset = 0; offset <= length; offset += Number(step ?? 1)) {
      found.add(from + ((low - from + offset) % (to - from + 1)));
    }
  }
  return [...found].sort((a, b) => a - b);
}

function valueOf(text: string, from: number, names: readonly string[]): number {
  const index = names.indexOf(text.toUpperCase());
  if (index >= 0) return index + from;
  return text === '' ? NaN : Number(text);
}
