import type { Question, UnknownReason } from '../model/reading.js';

/** A value that a template leaves open until it is deployed. */
export class OpenValue {
  constructor(
    /** `the parameter VpcId has no default`. */
    readonly reason: string,
    readonly more: {
      /** The stack and what the template says there: two of them that are equal become the same value. */
      readonly expression?: string;
      /** What it can be, as a pattern. */
      readonly pattern?: string;
      /** What has to be answered for the value to be known. */
      readonly question?: Question;
    } = {},
  ) {}

  get unknown(): UnknownReason {
    const { question } = this.more;
    return { reason: this.reason, ...(question && { question }) };
  }

  /** The same, as the value of what the template says around it. */
  within(expression: string): OpenValue {
    return new OpenValue(this.reason, { ...this.more, expression });
  }
}

/** Whether anything inside is open; the first one found. */
export function findOpen(value: unknown): OpenValue | undefined {
  if (value instanceof OpenValue) return value;
  if (Array.isArray(value)) return firstOpen(value);
  if (typeof value === 'object' && value !== null) return firstOpen(Object.values(value));
  return undefined;
}

function firstOpen(values: readonly unknown[]): OpenValue | undefined {
  for (const value of values) {
    const open = findOpen(value);
    if (open) return open;
  }
  return undefined;
}
