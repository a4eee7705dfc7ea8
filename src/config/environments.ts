/** Several environments in one file: each over the common settings. */
import type { Path } from './problems.js';
import { withoutUndefined } from '../core/without-undefined.js';

/** Groups that are joined option by option; everything else is replaced as a whole. */
const JOINED = [
  'defaults',
  'objectives',
  'retention',
  'volume',
  'postgres',
  'backupAccount',
  'sourceAccount',
  'dataLayer',
];

/** One environment's settings, with what it takes from the top level. */
export interface Variant {
  /** The key under `environments`, or what `environment` says; `undefined` where neither does. */
  readonly name: string | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Where a setting was taken from. */
  readonly pathOf: (key: string) => Path;
}

/** Every environment of a parsed file; a file without `environments` is one. */
export function variantsOf(raw: unknown): Variant[] {
  const { environments, ...common } = asGroup(raw);
  const named = Object.entries(asGroup(environments));
  if (named.length === 0) {
    const name = typeof common['environment'] === 'string' ? common['environment'] : undefined;
    return [{ name, settings: common, pathOf: (key) => [key] }];
  }
  return named.map(([name, own]) => {
    const overrides = asGroup(own);
    const joined = JOINED.filter((key) => (common[key] ?? overrides[key]) !== undefined).map(
      (key) => [key, { ...asGroup(common[key]), ...asGroup(overrides[key]) }] as const,
    );
    return {
      name,
      settings: { ...common, ...withoutUndefined(overrides), ...Object.fromEntries(joined), environment: name },
      pathOf: (key) => (overrides[key] === undefined ? [key] : ['environments', name, key]),
    };
  });
}

/** A value as a group of options; anything else counts as an empty one: the schema has already reported it. */
export function asGroup(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
