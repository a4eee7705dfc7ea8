import { describe, expect, it } from 'vitest';
import { scheduleProblem } from '../../src/config/schedule.js';

describe('scheduleProblem', () => {
  it.each([
    'cron(0 3 ? * SUN *)',
    'cron(0 * * * ? *)',
    'cron(0/15 8-17 ? * MON-FRI 2026-2030)',
    'cron(0 10 L * ? *)',
    'cron(0 10 15W 1,6 ? *)',
    'cron(0 10 ? JAN-mar 6L *)',
    'cron(0 10 ? * FRI#2 *)',
    'cron(*/5 * ? * * *)',
    'rate(1 day)',
    'rate(12 hours)',
  ])('takes %s', (text) => expect(scheduleProblem(text)).toBeUndefined());

  it.each([
    ['0 3 * * *', /Write it as EventBridge does/],
    ['cron(0 3 * * *)', /six fields.*these are 5/],
    ['cron()', /these are 0/],
    ['cron(0 3 * * * *)', /exactly one of day-of-month and day-of-week/],
    ['cron(0 3 ? * ? *)', /exactly one of day-of-month and day-of-week/],
    ['cron(60 3 ? * SUN *)', /minutes field takes 0 to 59.*"60"/],
    ['cron(0 24 ? * SUN *)', /hours field takes 0 to 23.*"24"/],
    ['cron(? 3 ? * SUN *)', /minutes field/],
    ['cron(0 3 ? * SUNDAY *)', /day-of-week field.*SUN to SAT.*"SUNDAY"/],
    ['cron(0 3 ? * 0 *)', /day-of-week field/],
    ['cron(0 3 ? * XYZ#2 *)', /day-of-week field/],
    ['cron(0 3 32 * ? *)', /day-of-month field/],
    ['cron(0 3 1 13 ? *)', /month field/],
    ['cron(0 3 1 * ? 1969)', /year field/],
    ['cron(0/0 3 1 * ? *)', /minutes field/],
    ['cron(1,,2 3 1 * ? *)', /minutes field/],
    ['rate(1 days)', /write rate\(1 day\)/],
    ['rate(2 hour)', /write rate\(2 hours\)/],
    ['rate(0 days)', /Write a rate as/],
    ['rate(5 weeks)', /Write a rate as/],
    ['at(2026-01-01T00:00:00)', /Write it as EventBridge does/],
  ])('refuses %s and says why', (text, message) => expect(scheduleProblem(text)).toMatch(message));
});
