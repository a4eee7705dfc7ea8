/** Schedules as EventBridge takes them: `cron(minutes hours day-of-month month day-of-week year)` and `rate(n unit)`, in a time zone. */

interface CronField {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly names?: readonly string[];
  /** Forms other than numbers, names, ranges and steps. */
  readonly special?: RegExp;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const FIELDS: readonly CronField[] = [
  { name: 'minutes', from: 0, to: 59 },
  { name: 'hours', from: 0, to: 23 },
  { name: 'day-of-month', from: 1, to: 31, special: /^(L|LW|L-\d{1,2}|(?:[1-9]|[12]\d|3[01])W)$/i },
  { name: 'month', from: 1, to: 12, names: MONTHS },
  {
    name: 'day-of-week',
    from: 1,
    to: 7,
    names: WEEKDAYS,
    special: /^(L|(?:[1-7]|[A-Z]{3})L|(?:[1-7]|[A-Z]{3})#[1-5])$/i,
  },
  { name: 'year', from: 1970, to: 2199 },
];

/** What is wrong with a schedule, as a sentence that says what to write; `undefined` if it is valid. */
export function scheduleProblem(text: string): string | undefined {
  const match = /^(cron|rate)\((.*)\)$/.exec(text);
  if (!match) return 'Write it as EventBridge does: cron(0 3 ? * SUN *) or rate(12 hours).';
  const body = match[2] ?? '';
  return match[1] === 'rate' ? rateProblem(body) : cronProblem(body);
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

function rateProblem(body: string): string | undefined {
  const match = /^(\d+) (minute|hour|day)(s?)$/.exec(body);
  if (!match || Number(match[1]) === 0) return 'Write a rate as rate(1 day), rate(12 hours) or rate(30 minutes).';
  const isOne = Number(match[1]) === 1;
  if (isOne === (match[3] === 's')) {
    return `EventBridge refuses this plural: write rate(${Number(match[1])} ${match[2]}${isOne ? '' : 's'}).`;
  }
  return undefined;
}

function cronProblem(body: string): string | undefined {
  const values = body.trim().split(/\s+/);
  if (values.length !== FIELDS.length) {
    const found = body.trim() === '' ? 0 : values.length;
    return `Give six fields (${FIELDS.map((field) => field.name).join(' ')}); these are ${found}.`;
  }
  for (const [index, field] of FIELDS.entries()) {
    const wrong = (values[index] ?? '').split(',').find((item) => !isItem(field, item));
    // A lone ? is checked below, where both day fields are known.
    const mayBeOpen = field.special !== undefined && values[index] === '?';
    if (wrong !== undefined && !mayBeOpen) {
      return `The ${field.name} field takes ${describe(field)}; it does not take "${wrong}".`;
    }
  }
  if ((values[2] === '?') === (values[4] === '?')) {
    return 'EventBridge takes exactly one of day-of-month and day-of-week: write ? for the other.';
  }
  return undefined;
}

function isItem(field: CronField, item: string): boolean {
  if (field.special?.test(item)) return weekdayIsKnown(item, field);
  const [base = '', step, ...more] = item.split('/');
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return false;
  if (base === '*') return true;
  const [first = '', last, ...others] = base.split('-');
  if (others.length > 0 || !isValue(field, first)) return false;
  return last === undefined || isValue(field, last);
}

function isValue(field: CronField, text: string): boolean {
  if (field.names?.includes(text.toUpperCase())) return true;
  return /^\d+$/.test(text) && Number(text) >= field.from && Number(text) <= field.to;
}

/** `FRIL` and `FRI#2` name a weekday in letters, which the pattern alone cannot check. */
function weekdayIsKnown(item: string, field: CronField): boolean {
  const letters = /^([A-Z]{3})[L#]/i.exec(item)?.[1];
  return letters === undefined || field.names?.includes(letters.toUpperCase()) === true;
}

function describe(field: CronField): string {
  const names = field.names ? ` or ${field.names[0]} to ${field.names.at(-1)}` : '';
  return `${field.from} to ${field.to}${names}, *, lists, ranges and steps`;
}
