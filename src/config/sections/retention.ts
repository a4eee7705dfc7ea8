/** `retention`: which backups `holdfast prune` keeps. */
import * as z from 'zod';
import { whole } from '../fields.js';

/** How many of each are kept; 0 for none. */
export interface RetentionConfig {
  readonly keepLast: number;
  readonly keepDaily: number;
  readonly keepWeekly: number;
  readonly keepMonthly: number;
  readonly keepYearly: number;
}

/** Whether a policy keeps nothing at all, which is a mistake. */
export function keepsNothing(policy: Readonly<Partial<RetentionConfig>>): boolean {
  return Object.values(policy).every((count) => count === undefined || count === 0);
}

const keep = (description: string, ...examples: number[]) =>
  whole(0, 10_000).optional().meta({ description, examples });

export const retentionSchema = z
  .strictObject({
    keepLast: keep('How many of the newest backups are kept, whenever they were taken.', 3),
    keepDaily: keep(
      'For how many days the last backup of the day (UTC) is kept; days without a backup do not count.',
      14,
    ),
    keepWeekly: keep('For how many weeks the last backup of the week (ISO, from Monday, UTC) is kept.', 8),
    keepMonthly: keep('For how many months the last backup of the month (UTC) is kept.', 12),
    keepYearly: keep('For how many years the last backup of the year (UTC) is kept.', 7),
  })
  .superRefine((policy, context) => {
    if (!keepsNothing(policy)) return;
    context.addIssue({ code: 'custom', message: 'Keep something: each of these is 0 or left out.' });
  });

export type RetentionInput = z.input<typeof retentionSchema>;

/** What is left out keeps nothing. Absent if the config does not mention retention at all. */
export function resolveRetention(given: RetentionInput): RetentionConfig | undefined {
  if (Object.values(given).every((count) => count === undefined)) return undefined;
  const { keepLast = 0, keepDaily = 0, keepWeekly = 0, keepMonthly = 0, keepYearly = 0 } = given;
  return { keepLast, keepDaily, keepWeekly, keepMonthly, keepYearly };
}
