/** The action of `holdfast prune`. */
import {
  pruneBackups,
  type PruneDecision,
  type PrunedDatabase,
  type PruneResult,
} from '../../../backup/retention/prune-backups.js';
import { isHarmless } from '../../../backup/stored/anomalies.js';
import { resolveRetention, type RetentionConfig } from '../../../config/sections/retention.js';
import { formatBytes, formatPlural } from '../../../core/amounts.js';
import { HoldfastError } from '../../../core/errors.js';
import type { CommandResult, Failure } from '../../command-result.js';
import { EXIT_DONE } from '../../exit-code.js';
import { openSessionVault } from '../../inputs/open-context.js';
import { volumeLimits } from '../../inputs/volume-limits.js';
import type { Session } from '../../session.js';
import { printable } from '../../../core/printable.js';
import { formatMoment } from '../../../core/times.js';
import type { Style } from '../../text/style.js';
import { formatTableWithDetails } from '../../text/table.js';
import { wrapSentence } from '../../text/wrap.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { pruneDocument } from '../../json/documents.js';

type Document = DocumentOf<typeof pruneDocument>;

export interface PruneOptions extends Partial<RetentionConfig> {
  readonly dryRun?: boolean;
}

export async function prune(
  session: Session,
  database: string | undefined,
  options: PruneOptions,
): Promise<CommandResult<Document>> {
  const policyOf = await choosePolicies(session, options);
  const store = await openSessionVault(session);
  const { clock, signal } = session;
  const dryRun = options.dryRun ?? false;
  const volumeOf = volumeLimits(await session.config.optional());
  const result = await pruneBackups({ database, policyOf, volumeOf, dryRun }, { store, clock, signal });
  if (result.databases.length === 0 && result.skipped.length > 0) throw noPolicy(result.skipped);
  return {
    document: { dryRun, databases: result.databases.map(toDocument), skipped: result.skipped, notes: result.notes },
    format: (style) => formatPruned(result, dryRun, style),
    exitCode: EXIT_DONE,
    failures: [
      ...result.databases.flatMap(({ decisions }) => decisions.flatMap(failureOf)),
      ...(result.stopped ? [{ subject: result.stopped.key, error: result.stopped.error }] : []),
    ],
  };
}

/** The policy of the options for all databases, else what the config says of each. */
async function choosePolicies(
  session: Session,
  { keepLast, keepDaily, keepWeekly, keepMonthly, keepYearly }: PruneOptions,
): Promise<(database: string) => RetentionConfig | undefined> {
  const given = resolveRetention({ keepLast, keepDaily, keepWeekly, keepMonthly, keepYearly });
  if (given) return () => given;
  const config = await session.config.optional();
  return (database) => {
    const own = config?.databases.find(({ name }) => name === database);
    return own ? own.retention : config?.retention;
  };
}

function noPolicy(databases: readonly string[]): HoldfastError {
  return new HoldfastError('USAGE', `Nothing says which backups of ${databases.join(', ')} to keep.`, {
    hint: 'Give --keep-daily 14 --keep-weekly 8 --keep-monthly 12, or retention in the config. --dry-run shows what comes of it.',
  });
}

function failureOf({ key, refusal, refusalHint: hint }: PruneDecision): Failure[] {
  return refusal === undefined ? [] : [{ subject: key, error: new HoldfastError('VAULT_KEEPS', refusal, { hint }) }];
}

function toDocument({ database, policy, decisions }: PrunedDatabase): Document['databases'][number] {
  return {
    database,
    policy,
    decisions: decisions.map(({ takenAt, refusal, refusalHint: _refusalHint, ...decision }) => ({
      ...decision,
      takenAt: takenAt.toISOString(),
      refusal: refusal ?? null,
    })),
  };
}

export function formatPruned({ databases, skipped, notes }: PruneResult, dryRun: boolean, style: Style): string {
  const { colors, width } = style;
  const lines: string[] = [];
  for (const { database, decisions } of databases) {
    const anomalies = decisions.flatMap((decision) => decision.anomalies.filter((anomaly) => !isHarmless(anomaly)));
    const rows = decisions.map((decision) => ({
      cells: [
        formatMoment(decision.takenAt),
        { text: describeOutcome(decision, dryRun), paint: decision.action === 'keep' ? colors.green : colors.yellow },
        formatBytes(decision.storedBytes),
      ],
      details: [decision.reasons.join(', ')],
    }));
    const columns = [{ title: 'taken at (UTC)' }, { title: 'decision' }, { title: 'size', align: 'right' as const }];
    const table = formatTableWithDetails(columns, { title: 'why', flexible: true }, rows, style);
    lines.push(colors.bold(printable(database)), table);
    const problems = decisions.flatMap((decision) => decision.problems);
    lines.push(...problems.map((problem) => colors.yellow(wrapSentence(problem, { width }))));
    lines.push(...anomalies.map(({ message }) => colors.yellow(wrapSentence(message, { width }))), '');
  }
  for (const database of skipped) lines.push(printable(`${database}: untouched, because it has no retention.`));
  for (const note of notes) lines.push(wrapSentence(`note: ${note}`, { width }));
  const going = databases.flatMap(({ decisions }) =>
    decisions.filter(({ action, removed }) => removed || (dryRun && action === 'remove')),
  );
  const bytes = formatBytes(going.reduce((sum, { storedBytes }) => sum + storedBytes, 0));
  const amount = `${formatPlural(going.length, 'backup')} (${bytes})`;
  lines.push(dryRun ? `Would remove ${amount}. Dry run: nothing was changed.` : `Removed ${amount}.`);
  return lines.join('\n');
}

function describeOutcome({ action, removed, refusal }: PruneDecision, dryRun: boolean): string {
  if (action === 'keep') return 'keep';
  if (refusal !== undefined) return 'refused';
  if (dryRun) return 'remove';
  return removed ? 'removed' : 'not removed';
}
