/** The action of `holdfast restore`. */
import { restoreBackup } from '../../../backup/restore/restore-backup.js';
import type { SkipKindName } from '../../../backup/restore/rights/skip-kinds.js';
import type { RestoreResult } from '../../../backup/restore/restore-request.js';
import {
  parseSchemaName,
  parseTableName,
  type Selection,
  type SelectionOutcome,
} from '../../../backup/restore/selection/selection.js';
import { describeGap, saidWithVerdict } from '../../../backup/stored/beside-verdict.js';
import { describeVerdict } from '../../../backup/stored/describe-volume.js';
import { chooseBackup, specOf, type ChosenBackup } from '../../../backup/stored/choose-backup.js';
import { formatPlural } from '../../../core/amounts.js';
import { HoldfastError } from '../../../core/errors.js';
import { withUnfinished, type CommandResult } from '../../command-result.js';
import { EXIT_BAD_VERDICT, EXIT_DONE } from '../../exit-code.js';
import type { SignInOptions } from '../../inputs/connection.js';
import { openContext } from '../../inputs/open-context.js';
import { askYesNo, canAsk } from '../../inputs/prompt.js';
import { volumeLimits } from '../../inputs/volume-limits.js';
import { restoreTarget } from '../../inputs/restore-target.js';
import { restoreSettings } from '../../inputs/restore-settings.js';
import type { Session } from '../../session.js';
import { printableLine } from '../../../core/printable.js';
import { formatDuration } from '../../../core/times.js';
import type { Style } from '../../text/style.js';
import { wrapText, wrapSentence } from '../../text/wrap.js';
import { formatDifferences } from '../../verdicts.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { restoreDocument } from '../../json/documents.js';

type Document = DocumentOf<typeof restoreDocument>;

export interface RestoreOptions extends SignInOptions {
  readonly to: string;
  readonly create?: boolean;
  readonly globals?: boolean;
  /** False with `--no-owner`. */
  readonly owner: boolean;
  /** False with `--no-privileges`. */
  readonly privileges: boolean;
  /** False with `--no-tablespaces`. */
  readonly tablespaces: boolean;
  readonly role?: string;
  readonly skip?: readonly SkipKindName[];
  readonly extensions?: 'existing';
  readonly check?: boolean;
  readonly dryRun?: boolean;
  readonly allowUnpatchedPsql?: boolean;
  readonly trustTarget?: boolean;
  readonly table?: readonly string[];
  readonly schema?: readonly string[];
  readonly dataOnly?: boolean;
  readonly schemaOnly?: boolean;
  readonly intoSchema?: string;
  readonly append?: boolean;
  readonly triggers?: 'fire' | 'disable';
  readonly triggerSearchPath?: string;
  readonly yes?: boolean;
  readonly maxDuration?: number;
}

export async function restore(
  session: Session,
  spec: string,
  options: RestoreOptions,
): Promise<CommandResult<Document>> {
  requireSense(options);
  const selection = toSelection(options);
  const target = await restoreTarget(session, options.to, options);
  const context = await openContext(session);
  const volumeOf = volumeLimits(await session.config.optional());
  const choice = await chooseBackup(context.store, spec, {
    now: session.clock.now(),
    volumeOf,
    signal: session.signal,
  });
  const { backup } = choice;
  await requireChoice(session, spec, choice, options.yes ?? false);
  session.progress.start(1);
  session.progress.begin(backup.database, options.dryRun ? 'checking the target' : 'restoring');
  let outcome = 'failed';
  try {
    const request = {
      backup,
      target,
      create: options.create ?? false,
      globals: options.globals ?? false,
      owners: options.owner,
      privileges: options.privileges,
      tablespaces: options.tablespaces,
      role: options.role,
      skip: options.skip ?? [],
      extensions: options.extensions ?? ('create' as const),
      check: options.check ?? false,
      dryRun: options.dryRun ?? false,
      allowUnpatchedPsql: options.allowUnpatchedPsql ?? false,
      trustTarget: options.trustTarget ?? false,
      selection,
      maxDurationMs:
        options.maxDuration ?? restoreSettings(await session.config.optional(), backup.database).restoreMaxDurationMs,
    };
    const result = await restoreBackup(request, context);
    const differs = (result.comparison?.differences.length ?? 0) > 0;
    const unfinished = result.unfinished.map(({ error }) => ({ subject: result.database, error }));
    outcome = result.dryRun ? 'checked' : `restored in ${formatDuration(result.durationMs)}`;
    return {
      document: { restore: { ...toDocument(result), choice: toChoice(choice) } },
      format: (style) => formatRestore(result, style),
      exitCode: withUnfinished(differs ? EXIT_BAD_VERDICT : EXIT_DONE, unfinished),
      unfinished,
    };
  } finally {
    session.progress.end(backup.database, outcome);
  }
}

/**
 * Says which backup is taken and what is known of it. Where something speaks against the one that is merely the newest,
 * somebody has to want it.
 *
 * @throws HoldfastError BACKUP_DOUBTFUL where there is nobody to ask; DECLINED
 */
async function requireChoice(session: Session, spec: string, choice: ChosenBackup, yes: boolean): Promise<void> {
  const { backup, judged, exact, skipped, doubts, notes } = choice;
  const taken = `${specOf(judged)} (${describeVerdict(judged.standing, judged.stored?.manifest.totals)})`;
  const reasons = doubts.length === 0 ? [] : [...doubts, describeBetter(choice)];
  if (doubts.length > 0 && !exact && !yes && !canAsk(session)) {
    const take = `take this one with --yes, or by its key: ${backup.key}.`;
    throw new HoldfastError('BACKUP_DOUBTFUL', `Restoring ${spec} would take ${taken}. ${reasons.join(' ')}`, {
      hint: choice.better ? `${nameBetter(choice)} Or ${take}` : take.replace('take', 'Take'),
    });
  }
  const lines = [`Takes ${taken}.`, ...[...skipped, ...reasons, ...notes].map((reason) => `note: ${reason}`)];
  const { width } = session.style;
  if (session.options.quiet !== true || doubts.length > 0) {
    session.stderr.write(`${lines.map((line) => wrapSentence(line, { width })).join('\n')}\n`);
  }
  if (doubts.length === 0 || exact || yes) return;
  if (await askYesNo(session, 'Restore this one all the same?')) return;
  throw new HoldfastError('DECLINED', `Nothing was restored: the answer about ${taken} was no.`);
}

/** Both, where they are two: what lies between them would be lost with the proven one. */
function describeBetter({ better, newer }: ChosenBackup): string {
  if (!better) return 'The vault has no better one.';
  if (!newer) return `Better is ${better.spec} (${better.standing}).`;
  return `The newest proven one is ${better.spec}. A newer one, ${newer.spec}, is not verified; nothing speaks against it.`;
}

function nameBetter({ better, newer }: ChosenBackup): string {
  if (!newer) return `Name the better one: \`holdfast restore ${better?.spec ?? ''}\`.`;
  return `Name one of the two: \`holdfast restore ${newer.spec}\` loses the least, after \`holdfast verify ${newer.spec}\` if there is time; \`holdfast restore ${better?.spec ?? ''}\` is proven.`;
}

function toChoice({ judged, exact, skipped, doubts, notes, ...choice }: ChosenBackup): Document['restore']['choice'] {
  const toDocument = (one: typeof choice.better) => (one ? { ...one, takenAt: one.takenAt.toISOString() } : null);
  return {
    takenAt: judged.takenAt.toISOString(),
    exact,
    standing: judged.standing,
    why: judged.why,
    skipped,
    doubts,
    notes,
    better: toDocument(choice.better),
    newer: toDocument(choice.newer),
  };
}

/**
 * What of the backup is asked for; nothing where it is the whole of it.
 *
 * @throws HoldfastError USAGE for a name that is none
 */
function toSelection(options: RestoreOptions): Selection | undefined {
  const { table = [], schema = [], dataOnly = false, schemaOnly = false, intoSchema, append = false } = options;
  if (table.length === 0 && schema.length === 0 && !dataOnly && !schemaOnly) return undefined;
  const part = dataOnly ? 'data' : schemaOnly ? 'definitions' : 'all';
  return {
    tables: table.map(parseTableName),
    schemas: schema.map(parseSchemaName),
    part,
    intoSchema: intoSchema === undefined ? undefined : parseSchemaName(intoSchema),
    append,
    triggers: options.triggers,
    triggerSearchPath: options.triggerSearchPath,
  };
}

function requireSense(options: RestoreOptions): void {
  if (options.extensions === 'existing' && options.create) {
    throw new HoldfastError('USAGE', '--extensions existing and --create are given together.', {
      hint: 'A new database has no extensions. Create it by hand with the extensions first, or leave one of the two out.',
    });
  }
  const { table = [], schema = [], dataOnly, intoSchema, append, check, triggers, triggerSearchPath } = options;
  if (intoSchema !== undefined && table.length === 0 && schema.length === 0) {
    throw new HoldfastError('USAGE', '--into-schema is given without --table or --schema.', {
      hint: 'Say what is to go there; a whole database goes into one of its own: --create.',
    });
  }
  if (append && !dataOnly) {
    throw new HoldfastError('USAGE', '--append is given without --data-only.', {
      hint: 'Definitions are made new; only rows can be added to what is there.',
    });
  }
  if (triggers !== undefined && !dataOnly) {
    throw new HoldfastError('USAGE', '--triggers is given without --data-only.', {
      hint: 'A restore of definitions makes triggers after the rows are in.',
    });
  }
  if (triggerSearchPath !== undefined && triggers !== 'fire') {
    throw new HoldfastError('USAGE', '--trigger-search-path is given without --triggers fire.', {
      hint: 'It is what triggers find names in; without them it has no effect.',
    });
  }
  if (append && check) {
    throw new HoldfastError('USAGE', '--check and --append are given together.', {
      hint: 'A table that holds more than the backup cannot compare equal.',
    });
  }
}

function toDocument({
  rolesWithoutPassword,
  comparison,
  selection,
  unfinished,
  ...result
}: RestoreResult): Omit<Document['restore'], 'choice'> {
  const compared = ({ entries, matched, reprinted, differences, ...beside }: NonNullable<typeof comparison>) => ({
    ...{ entries, matched, reprinted, differences },
    ...{ derived: beside.derived, derivedDifferences: beside.derivedDifferences, notCompared: beside.notCompared },
  });
  return {
    ...result,
    rolesWithoutPassword: rolesWithoutPassword ?? null,
    selection: selection ?? null,
    comparison: comparison ? compared(comparison) : null,
    unfinished: unfinished.map(({ step, error }) => ({ step, reason: error.message })),
  };
}

export function formatRestore(result: RestoreResult, style: Style): string {
  const { colors, width } = style;
  const amount = `${formatPlural(result.rows, 'row')} in ${formatPlural(result.tables, 'table')}`;
  const sentence = (text: string) => wrapSentence(text, { width });
  const lines = [sentence(`Backup ${result.key}`)];
  if (result.dryRun) {
    const into = result.created ? `a new database, ${result.target}` : result.target;
    lines.push(sentence(`Would restore ${amount} into ${into}. Dry run: nothing was changed.`));
  } else {
    const made = result.created ? 'Made the database and restored' : 'Restored';
    lines.push(sentence(`${made} ${amount} into ${result.target} in ${formatDuration(result.durationMs)}.`));
  }
  if (result.selection && result.dryRun) lines.push(...formatSelection(result.selection, style));
  for (const note of result.notes) lines.push(sentence(`note: ${note}`));
  // One line each, however long: they are there to be copied.
  const exact = result.extraPrivileges.every((sql) => printableLine(sql) === sql);
  for (const sql of result.extraPrivileges) lines.push(`  ${printableLine(sql)}`);
  if (!exact)
    lines.push(
      sentence('Names in it hold control characters, which are shown here as text: --json has the exact SQL.'),
    );
  if (result.rolesWithoutPassword !== undefined && result.rolesWithoutPassword.length > 0) {
    lines.push(
      sentence(`Roles without a password: ${result.rolesWithoutPassword.join(', ')}. Set one: \\password ROLE`),
    );
  }
  if (result.comparison) {
    const { entries, matched, differences, derived, derivedDifferences = [], notCompared } = result.comparison;
    const equal = `${matched} of ${formatPlural(entries, 'entry').replace(/entrys$/, 'entries')} came back equal`;
    if (differences.length === 0) lines.push(colors.green(`Check: ${equal}.`));
    else {
      // Each entry that did not come back equal is one of the differences.
      const added = differences.length - (entries - matched);
      const more = added > 0 ? `, and ${added} of the target ${added === 1 ? 'is' : 'are'} not in the backup` : '';
      lines.push(colors.red(`Check: ${equal}${more}. Different:`), formatDifferences(differences, style));
    }
    if (derived !== undefined) lines.push(sentence(`What a copy computes anew: ${derived.replace('-', ' ')}.`));
    if (derivedDifferences.length > 0) lines.push(formatDifferences(derivedDifferences, style));
    for (const gap of saidWithVerdict(notCompared)) lines.push(sentence(`Not compared: ${describeGap(gap)}`));
  }
  return lines.join('\n');
}

/** What a dry run would restore, kind by kind. */
function formatSelection({ entries, fromTarget }: SelectionOutcome, { width }: Style): string[] {
  const byType = new Map<string, string[]>();
  for (const { type, schema, name } of entries) {
    const names = byType.get(type) ?? [];
    names.push(printableLine(schema === null ? name : `${schema}.${name}`));
    byType.set(type, names);
  }
  const lines = [...byType].map(([type, names]) => wrapText(`  ${type.toLowerCase()}: ${names.join(', ')}`, width, 4));
  if (fromTarget.length > 0)
    lines.push(wrapText(`Refers to what the target has: ${fromTarget.map(printableLine).join(', ')}.`, width, 2));
  return lines;
}
