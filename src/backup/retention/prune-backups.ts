/** Applies retention to a vault, database by database. */
import { keepsNothing, type RetentionConfig } from '../../config/sections/retention.js';
import { abortError } from '../../core/cancellation.js';
import { errorRegistry, HoldfastError, messageOf } from '../../core/errors.js';
import { listBackups, groupByDatabase } from '../../vault/catalog.js';
import type { ObjectStore, StoreExpiry } from '../../vault/object-store.js';
import type { VolumeConfig } from '../../config/sections/volume.js';
import type { BackupContext } from '../operation/context.js';
import type { Anomaly } from '../stored/anomalies.js';
import { areDatesKnown } from '../stored/collapse.js';
import { isCertain, isWhole, judgeBackups } from '../stored/judge-backups.js';
import { covers, nameSelection } from '../stored/selections.js';
import type { JudgedBackup, Standing } from '../stored/judged-backup.js';
import { decideSeries, type Decision } from './decide.js';
import { removeBackup } from './remove-backup.js';

export interface PruneRequest {
  /** Only this one. @default every database of the vault */
  readonly database?: string | undefined;
  /** The policy of a database; if there is none, nothing of that database is removed. */
  readonly policyOf: (database: string) => RetentionConfig | undefined;
  /** How much less than the previous one a backup of a database may hold. */
  readonly volumeOf: (database: string) => VolumeConfig;
  /** Only reports what would happen. */
  readonly dryRun: boolean;
}

interface AssessedBackup extends JudgedBackup {
  readonly sound: boolean;
  readonly certain: boolean;
  readonly foreign: boolean;
}

export interface PruneDecision {
  /** Of the dump, or of what exists of the backup. */
  readonly key: string;
  readonly takenAt: Date;
  readonly action: 'keep' | 'remove';
  /** Short clauses. */
  readonly reasons: readonly string[];
  /** What is wrong with it: sentences. */
  readonly problems: readonly string[];
  readonly standing: Standing;
  /** What is stored beside it, or written in it, that no honest run leaves there. */
  readonly anomalies: readonly Anomaly[];
  /** Of all its objects. */
  readonly storedBytes: number;
  /** Whether it was removed; false also for what is kept, and in a dry run. */
  readonly removed: boolean;
  /** Why it was not, though it should have been. */
  readonly refusal?: string | undefined;
  /** What to do about it, where it is not about what the vault permits. */
  readonly refusalHint?: string | undefined;
}

export interface PrunedDatabase {
  readonly database: string;
  readonly policy: RetentionConfig;
  /** Newest first. */
  readonly decisions: readonly PruneDecision[];
}

export interface PruneResult {
  readonly databases: readonly PrunedDatabase[];
  /** Databases of the vault for which no policy is known. */
  readonly skipped: readonly string[];
  readonly notes: readonly string[];
  /** What stopped the removals early: the backups before it are removed and stay removed. */
  readonly stopped?: { readonly key: string; readonly error: HoldfastError } | undefined;
}

/**
 * @throws HoldfastError USAGE for a policy that keeps nothing; UNKNOWN_BACKUP for a database that has none; VAULT_KEEPS
 *   when nothing may be removed from this vault; VAULT_UNREADABLE; the signal's error. A failure after removals have
 *   begun is not thrown but reported as `stopped` in the result: the record of what was removed must not be lost.
 */
export async function pruneBackups(
  request: PruneRequest,
  context: Pick<BackupContext, 'store' | 'clock' | 'signal'>,
): Promise<PruneResult> {
  const { store, signal } = context;
  const byDatabase = groupByDatabase(await listBackups(store, request.database, { signal }));
  if (request.database !== undefined && byDatabase.size === 0) {
    throw new HoldfastError('UNKNOWN_BACKUP', `The vault ${store.url} holds no backup of ${request.database}.`);
  }
  const skipped: string[] = [];
  const planned: { database: string; policy: RetentionConfig; decisions: Decision<AssessedBackup>[] }[] = [];
  for (const [database, backups] of [...byDatabase].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const policy = request.policyOf(database);
    if (!policy) {
      skipped.push(database);
      continue;
    }
    if (keepsNothing(policy)) {
      throw new HoldfastError('USAGE', `The retention of ${database} keeps nothing: every number is 0.`, {
        hint: 'Give at least one: --keep-daily 14 --keep-monthly 12, or retention in the config.',
      });
    }
    const limits = request.volumeOf(database);
    const judged = await judgeBackups(store, backups, { now: context.clock.now(), limits, signal });
    const assessed = judged.map((one) => ({
      ...one,
      sound: isWhole(one),
      certain: isCertain(one, areDatesKnown(judged)),
      foreign: one.foreignSource !== undefined,
    }));
    planned.push({ database, policy, decisions: decideSeries(assessed, seriesOf(assessed), policy) });
  }
  const expiry = await store.expiry?.(signal);
  const removals = planned.flatMap(({ decisions }) => decisions).filter(({ action }) => action === 'remove');
  const { removed, stopped }: Removals = request.dryRun
    ? { removed: new Map(), stopped: undefined }
    : await removeAll(removals, expiry, context);
  return {
    databases: planned.map(({ database, policy, decisions }) => ({
      database,
      policy,
      decisions: decisions.map((decision) => toDecision(decision, removed.get(decision.backup))),
    })),
    skipped,
    notes: removals.length > 0 ? expiryNotes(expiry) : [],
    stopped,
  };
}

/** For each selection that there is, the backups that were asked for at least as much. */
function seriesOf(assessed: readonly AssessedBackup[]): Set<AssessedBackup>[] {
  const selections = new Map(
    assessed.flatMap(({ stored }) =>
      stored ? [[nameSelection(stored.manifest.selection), stored.manifest.selection] as const] : [],
    ),
  );
  return [...selections.values()].map(
    (selection) => new Set(assessed.filter(({ stored }) => stored && covers(stored.manifest.selection, selection))),
  );
}

interface Removals {
  readonly removed: ReadonlyMap<AssessedBackup, Removal>;
  readonly stopped: PruneResult['stopped'];
}

interface Removal {
  readonly refusals: readonly HoldfastError[];
}

/** Oldest first, so that an interruption leaves what a policy would keep. */
async function removeAll(
  removals: readonly Decision<AssessedBackup>[],
  expiry: StoreExpiry | undefined,
  { store, clock, signal }: Pick<BackupContext, 'store' | 'clock' | 'signal'>,
): Promise<Removals> {
  const removed = new Map<AssessedBackup, Removal>();
  if (removals.length === 0) return { removed, stopped: undefined };
  if (!mayDelete(store)) throw keeps(store, expiry, 'it does not allow removals');
  for (const { backup } of removals.toSorted((a, b) => a.backup.takenAt.getTime() - b.backup.takenAt.getTime())) {
    try {
      removed.set(backup, { refusals: await removeBackup(store, backup.backup, { now: clock.now(), signal }) });
    } catch (error) {
      if (error instanceof HoldfastError && error.code === 'VAULT_UNWRITABLE')
        removed.set(backup, { refusals: [error] });
      else return { removed, stopped: { key: keyOfBackup(backup), error: stoppedBy(error, backup, signal) } };
    }
  }
  const refusals = [...removed.values()].map((removal) => removal.refusals[0]);
  const [first] = refusals;
  if (first && refusals.every((refusal) => refusal !== undefined)) throw keeps(store, expiry, first.message, first);
  return { removed, stopped: undefined };
}

function keyOfBackup({ backup }: JudgedBackup): string {
  return backup.key ?? backup.baseKey;
}

function stoppedBy(error: unknown, backup: JudgedBackup, signal: AbortSignal | undefined): HoldfastError {
  const cause = signal?.aborted ? abortError(signal) : error;
  const { code } = cause instanceof HoldfastError ? cause : { code: 'INTERNAL' as const };
  const message = `Removing stopped at ${keyOfBackup(backup)}: ${messageOf(cause).replace(/\.$/, '')}. What is reported as removed is removed; the next run finishes a removal that was begun.`;
  const hint = code === 'INTERRUPTED' ? 'Run it again to remove the rest.' : undefined;
  return new HoldfastError(code, message, { cause, ...(hint !== undefined && { hint }) });
}

function mayDelete(store: ObjectStore): store is ObjectStore & Required<Pick<ObjectStore, 'delete'>> {
  return store.delete !== undefined;
}

function keeps(
  store: ObjectStore,
  expiry: StoreExpiry | undefined,
  reason: string,
  cause?: HoldfastError,
): HoldfastError {
  const rules = expiry?.rules;
  const expires =
    rules === undefined
      ? 'Whether it expires objects by itself is not known here.'
      : rules.length === 0
        ? 'It has no rule that expires anything: what it holds stays.'
        : rules.join(' ');
  const lock = expiry?.lock === undefined ? '' : ` New objects are locked (${expiry.lock}).`;
  return new HoldfastError(
    'VAULT_KEEPS',
    `Nothing could be removed from ${store.url}: ${reason.replace(/\.$/, '')}. ${expires}${lock}`,
    { cause, ...(cause && { hint: hintOf(cause) }) },
  );
}

/** What the vault says about this failure; what is always said about one that it cannot write would mislead here. */
function hintOf(refusal: HoldfastError | undefined): string | undefined {
  return refusal?.hint === errorRegistry.VAULT_UNWRITABLE.hint ? undefined : refusal?.hint;
}

function expiryNotes(expiry: StoreExpiry | undefined): string[] {
  if (expiry?.keepsVersions !== true) return [];
  const versions = expiry.rules?.filter((rule) => rule.includes('old versions')) ?? [];
  const after =
    versions.length > 0
      ? versions.join(' ')
      : expiry.rules
        ? 'No lifecycle rule removes old versions there: their bytes stay and are billed.'
        : 'A lifecycle rule for old versions removes their bytes.';
  return [`The bucket keeps versions: a removal hides an object behind a delete marker. ${after}`];
}

function toDecision(
  { backup, action, reasons }: Decision<AssessedBackup>,
  removal: Removal | undefined,
): PruneDecision {
  const { backup: found, takenAt, state, problem, standing, anomalies, foreignSource } = backup;
  return {
    key: keyOfBackup(backup),
    takenAt,
    action,
    reasons: [...reasons, ...doubtsOf(backup), ...(problem !== undefined && state === 'incomplete' ? [problem] : [])],
    problems: [
      ...(problem !== undefined && state !== 'incomplete' ? [problem] : []),
      ...(foreignSource === undefined ? [] : [`${keyOfBackup(backup)}: ${foreignSource}`]),
    ],
    standing,
    anomalies,
    storedBytes: found.objects.reduce((sum, { size }) => sum + size, 0),
    removed: removal !== undefined && removal.refusals.length === 0,
    refusal: removal?.refusals[0]?.message,
    refusalHint: hintOf(removal?.refusals[0]),
  };
}

/** Why, apart from its standing, it takes no other backup's place. */
function doubtsOf({ empty, collapse, part, foreignSource }: JudgedBackup): string[] {
  return [
    ...(empty ? ['holds no rows'] : collapse ? ['holds far less than an earlier one'] : []),
    ...(part?.of ? ['holds only a part'] : []),
    ...(foreignSource === undefined ? [] : ['of another source']),
  ];
}
