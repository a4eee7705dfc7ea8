/** The report of a run: a table for people, a document for programs, and how to repeat what went wrong. */
import Table from 'cli-table3';
import { ENDINGS, type FaultKind } from './fault-kind.js';
import type { FaultResult } from './runner.js';

export interface Report {
  readonly schemaVersion: 1;
  readonly seed: string;
  readonly runs: number;
  /** Of those, how many met their fault; the others were over before its moment came. */
  readonly struck: number;
  readonly failed: number;
  readonly seconds: number;
  readonly kinds: readonly KindReport[];
  readonly results: readonly FaultResult[];
}

export interface KindReport {
  readonly kind: string;
  readonly about: string;
  readonly runs: number;
  readonly struck: number;
  /** How many ended so. */
  readonly endings: Readonly<Record<string, number>>;
  readonly failed: number;
}

export function makeReport(
  kinds: readonly FaultKind[],
  results: readonly FaultResult[],
  run: { readonly seed: string; readonly seconds: number },
): Report {
  const failed = (of: readonly FaultResult[]) => of.filter(({ violations }) => violations.length > 0).length;
  const struck = (of: readonly FaultResult[]) => of.filter((result) => result.struck).length;
  return {
    schemaVersion: 1,
    seed: run.seed,
    runs: results.length,
    struck: struck(results),
    failed: failed(results),
    seconds: Math.round(run.seconds),
    kinds: kinds.map(({ name, about }) => {
      const own = results.filter(({ kind }) => kind === name);
      const endings = ENDINGS.map(
        (ending) => [ending, own.filter((result) => result.ending === ending).length] as const,
      );
      return {
        kind: name,
        about,
        runs: own.length,
        struck: struck(own),
        endings: Object.fromEntries(endings),
        failed: failed(own),
      };
    }),
    results,
  };
}

/** The table, the failures with the command that repeats each, and one line that sums up. */
export function formatReport(report: Report): string {
  const table = new Table({
    head: ['fault', 'runs', 'struck', ...ENDINGS, 'failed'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', ...Array.from({ length: ENDINGS.length + 3 }, () => 'right' as const)],
  });
  for (const { kind, runs, struck, endings, failed } of report.kinds) {
    if (runs > 0) table.push([kind, runs, struck, ...ENDINGS.map((ending) => endings[ending] ?? 0), failed]);
  }
  const failures = report.results.filter(({ violations }) => violations.length > 0).map(formatFailure(report.seed));
  const sum = `seed ${report.seed}: ${report.runs} faults, ${report.struck} struck, ${report.failed} failed, ${report.seconds} s`;
  return [table.toString(), ...failures, sum].join('\n');
}

export function formatFailure(seed: string): (result: FaultResult) => string {
  return ({ kind, number, plan, violations }) =>
    [
      `${kind} ${number}: ${plan}`,
      ...violations.map((violation) => `  - ${violation}`),
      `  repeat: npm run test:faults -- --seed ${seed} --only ${kind} --case ${number}`,
    ].join('\n');
}
