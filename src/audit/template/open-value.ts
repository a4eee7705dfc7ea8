/** A value that a template leaves open until it is deployed. */
export class OpenValue {
  constructor(
    /** `the parameter VpcId has no default`. */
    readonly reason: string,
  ) {}
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
