import { WAYS_TO_GIVE_A_PASSWORD } from './connection-url.js';
import type { Path, Problem } from './problems.js';

const PASSWORD_KEY = /(password|passwd|passphrase|pwd)$|^pass$/;

/** A problem for each key, at any depth, that would hold a password. The value is never looked at. */
export function passwordProblems(value: unknown, path: Path = []): Problem[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => passwordProblems(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    isPasswordKey(key)
      ? [{ path: [...path, key], message: `Remove it. ${WAYS_TO_GIVE_A_PASSWORD}` }]
      : passwordProblems(item, [...path, key]),
  );
}

export function isPasswordKey(key: string): boolean {
  return PASSWORD_KEY.test(key.toLowerCase().replace(/[-_]/g, ''));
}
