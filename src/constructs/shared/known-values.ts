import { Token } from 'aws-cdk-lib';

/** A value without what is undefined, and without what only the deployment knows. */
export function knownValues<T>(value: T): T;
export function knownValues(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter(isKnown).map((item: unknown) => knownValues(item));
  if (typeof value !== 'object' || value === null) return value;
  const known = Object.entries(value).filter(([, item]) => isKnown(item));
  return Object.fromEntries(known.map(([key, item]) => [key, knownValues<unknown>(item)]));
}

function isKnown(value: unknown): boolean {
  return value !== undefined && !Token.isUnresolved(value);
}
