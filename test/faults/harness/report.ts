/** The report of a run: a table for people, a document for programs, and how to repeat what went wrong. */
import { styleOf } from '../../../src/cli/text/style.js';
import { formatTable } from '../../../src/cli/text/table.js';
import { ENDINGS, type FaultKind } from './fault-kind.js';
import type { FaultResult } from './runner.js';

export interface Report {
  readonly schemaVersion: 1;
  readonly seed: string;
  readonly runs: number;
  /** Of those, how many met their fault. */
  readonly struck: number;
  /** Those that were over before its moment came: they show nothing. */
  readonly notReached: number;
  readonly failed: number;
  readonly seconds: number;
  readonly kinds: readonly KindReport[];
  /** Kinds that were run, and of which no fault was reached. */
  readonly unreached: readonly string[];
  readonly results: readonly FaultResult[];
}

export interface KindReport {
  readonly kind: string;
  readonly about: string;
  readonly runs: number;
  readonly struck: number;
  readonly notReached: number;
  /** How many of those that were struck ended so. */
  readonly endings: Readonly<Record<string, number>>;
  readonly failed: number;
}

export function makeReport(
  kinds: readonly FaultKind[],
  results: readonly FaultResult[],
  run: { readonly seed: string; readonly seconds: number },
): Report {
  const failed = (of: readonly FaultResult[]) => of.filter(({ violations }) => violations.length > 0).length;
  const reached = (of: readonly FaultResult[]) => of.filter(({ struck }) => struck);
  const counts = (of: readonly FaultResult[]) => {
    const struck = reached(of).length;
    return { runs: of.length, struck, notReached: of.length - struck, failed: failed(of) };
  };
  const reports = kinds.map(({ name, about }): KindReport => {
    const own = results.filter(({ kind }) => kind === name);
    const endings = ENDINGS.map(
      (ending) => [ending, reached(own).filter((result) => result.ending === ending).length] as const,
    );
    return { kind: name, about, ...counts(own), endings: Object.fromEntries(endings) };
  });
  return {
    schemaVersion: 1,
    seed: run.seed,
    ...counts(results),
    seconds: Math.round(run.seconds),
    kinds: reports,
    unreached: reports.filter(({ runs, struck }) => runs > 0 && struck === 0).map(({ kind }) => kind),
    results,
  };
}

/** The table, the failures with the command that repeats each, and one line that sums up. */
export function formatReport(report: Report): string {
  const columns = ['runs', 'not reached', ...ENDINGS, 'failed'].map((title) => ({ title, align: 'right' as const }));
  const rows = report.kinds
    .filter(({ runs }) => runs > 0)
    .map(({ kind, runs, notReached, endings, failed }) => [
      kind,
      ...[runs, notReached, ...ENDINGS.map((ending) => endings[ending] ?? 0), failed].map(String),
    ]);
  const table = formatTable([{ title: 'fault' }, ...columns], rows, styleOf({ stream: {}, env: {}, color: false }));
  const failures = report.results.filter(({ violations }) => violations.length > 0).map(formatFailure(report.seed));
  const unreached = report.kinds
    .filter(({ kind }) => report.unreached.includes(kind))
    .map(({ kind, runs }) => `${kind}: not reached in ${runs} of ${runs} runs, so nothing is shown of it.`);
  const idle = report.kinds.filter(({ runs }) => runs === 0).map(({ kind }) => kind);
  const notRun = idle.length > 0 ? [`Not run: ${idle.join(', ')}.`] : [];
  const sum = `seed ${report.seed}: ${report.runs} faults, ${report.notReached} not reached, ${report.failed} failed, ${report.seconds} s`;
  return [table, ...failures, ...unreached, ...notRun, sum].join('\n');
}

export function formatFailure(seed: string): (result: FaultResult) => string {
  return ({ kind, number, plan, violations }) =>
    [
      `${kind} ${number}: ${plan}`,
      ...violations.map((violation) => `  - ${violation}`),
      `  repeat: npm run test:faults -- --seed ${seed} --only ${kind} --case ${number}`,
    ].join('\n');
}
