/** A waiver: one accepted finding, with a reason, an approver and an expiry date. */
import * as z from 'zod';

const sentence = () => z.string().trim().min(1);

export const waiverSchema = z.strictObject({
  control: sentence().describe('The id of the control whose finding is accepted.'),
  resource: sentence().describe(
    'Exact id or name of the resource; * stands for any characters, where --wildcard-waivers allows it.',
  ),
  reason: sentence().describe('Why it is accepted.'),
  approver: sentence().describe('Who is responsible for it.'),
  expires: z.iso
    .date({ error: ({ input }) => `${JSON.stringify(input) ?? 'nothing'} is not a date; write it as 2027-01-31` })
    .describe('The last day it is in force, in UTC, at most a year away: 2027-01-31.'),
  compensatedBy: sentence()
    .optional()
    .describe('A compensating control, which must pass for the waiver to be in force.'),
});
export type Waiver = z.infer<typeof waiverSchema>;

/** An entry that waives nothing, since it is not a waiver. */
export interface MalformedWaiver {
  /** `waiver 2`, counted from 1. */
  readonly where: string;
  /** What it would have been about, as far as it says so. */
  readonly control?: string;
  readonly resource?: string;
  readonly problem: string;
}

/** What a waiver file holds. */
export interface Waivers {
  readonly waivers: readonly Waiver[];
  readonly malformed: readonly MalformedWaiver[];
}

export const NO_WAIVERS: Waivers = { waivers: [], malformed: [] };
