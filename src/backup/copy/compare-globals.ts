/** Compares roles and database settings with those of a copy, statement by statement. */
import type { ParsedGlobals } from '../../postgres/parsed-globals.js';
import { withoutValue } from '../load/apply-globals.js';
import type { Difference } from './compare-entries.js';

/** Tablespaces are left out: in a drill they are in other directories. */
const COMPARED: ReadonlyArray<readonly [Exclude<keyof ParsedGlobals, 'creation'>, string]> = [
  ['roles', 'ROLE'],
  ['memberships', 'ROLE MEMBERSHIP'],
  ['roleSettings', 'ROLE SETTING'],
  ['database', 'DATABASE'],
];

/**
 * @param notApplied statements that the copy's server refused, which are reported separately
 */
export function compareGlobals(
  expected: ParsedGlobals,
  actual: ParsedGlobals,
  notApplied: ReadonlySet<string>,
): Difference[] {
  return COMPARED.flatMap(([part, type]) => {
    const wanted = new Set(expected[part].map(({ text }) => text));
    const found = new Set(actual[part].map(({ text }) => text));
    const missing = [...wanted].filter((statement) => !found.has(statement) && !notApplied.has(statement));
    const extra = [...found].filter((statement) => !wanted.has(statement));
    const differences = (statements: readonly string[], reason: string) =>
      statements.map((statement) => ({ type, schema: null, name: withoutValue(statement), reason }));
    return [...differences(missing, 'is missing from the copy'), ...differences(extra, 'is not in the backup')];
  });
}
