/** Accepts a source that has moved: from now on its backups count as those of the same database. */
import { resolveVolume } from '../../config/sections/volume.js';
import { HoldfastError } from '../../core/errors.js';
import { listBackups } from '../../vault/catalog.js';
import { writeAcceptance, type Acceptance } from '../../vault/formats/acceptance.js';
import { mistypedDatabase } from '../../vault/resolve-backup.js';
import type { BackupContext } from '../operation/context.js';
import type { JudgedBackup } from '../stored/judged-backup.js';
import { judgeBackups } from '../stored/judge-backups.js';
import { describeSource, differs, readSources, type SourceIdentity } from '../stored/sources.js';
import { tool } from '../../core/tool.js';

export interface AcceptRequest {
  /** Its name in the vault. */
  readonly database: string;
  /** @default that of the newest backup */
  readonly dbName?: string | undefined;
  /** Decimal. @default that of the newest backup, if that one is of `dbName` */
  readonly systemIdentifier?: string | undefined;
  /** Who accepts it. */
  readonly acceptedBy: string;
  /** Only reports what would be accepted. */
  readonly dryRun: boolean;
  /** Whether it may be a source that no backup is of. @default false */
  readonly unseen?: boolean | undefined;
}

/** What a person decides by. */
export interface KnownSource extends SourceIdentity {
  readonly backups: number;
  readonly first: SourceSample;
  readonly newest: SourceSample;
}

/** One backup of a source. */
export interface SourceSample {
  readonly key: string;
  readonly takenAt: Date;
  /** The server's version. */
  readonly server: string;
  readonly rows: number;
  readonly tables: number;
}

export interface AcceptResult {
  readonly database: string;
  readonly former: SourceIdentity | undefined;
  readonly source: SourceIdentity;
  /** Whether there was anything to accept. */
  readonly needed: boolean;
  readonly acceptedAt: Date;
  /** Of the acceptance; absent where none was stored. */
  readonly key: string | undefined;
  /** That the backups are of; that of the newest first. */
  readonly known: readonly KnownSource[];
  /** Sentences. */
  readonly notes: readonly string[];
}

/**
 * @throws HoldfastError UNKNOWN_BACKUP where there is no backup, or none that can be read and nothing else names the
 *   source; USAGE for one that no backup is of, unless `unseen`; MANIFEST_INVALID for an acceptance that a newer version wrote; VAULT_UNREADABLE, VAULT_UNWRITABLE; the
 *   signal's error
 */
export async function acceptSource(
  request: AcceptRequest,
  context: Pick<BackupContext, 'store' | 'clock' | 'signal'>,
): Promise<AcceptResult> {
  const { database, acceptedBy, dryRun } = request;
  const { store, clock, signal } = context;
  const now = clock.now();
  const backups = await listBackups(store, database, { signal });
  if (backups.length === 0) {
    throw (
      (await mistypedDatabase(store, database, { signal })) ??
      new HoldfastError('UNKNOWN_BACKUP', `The vault ${store.url} holds no backup of ${database}.`, {
        hint: 'The first backup of a database needs no acceptance.',
      })
    );
  }
  const sources = await readSources(store, database, backups, { now, signal });
  // An acceptance that cannot be read cannot be replaced, and may name another source.
  if (!sources.listed) throw new HoldfastError('VAULT_UNREADABLE', sources.faults[0] ?? 'Acceptances cannot be read.');
  const newer = sources.acceptances.find((one) => one.newer === true);
  if (newer)
    throw new HoldfastError(
      'MANIFEST_INVALID',
      newer.fault ?? `The acceptance ${newer.key} was written by a newer Holdfast.`,
    );
  const judged = await judgeBackups(store, backups, { now, limits: resolveVolume(), sources, signal });
  const newest = judged.find(({ source, future }) => source && !future)?.source;
  const former = sources.counting;
  const source = withKnown(targetOf(request, newest), former);
  const since = sources.acceptance ? Date.parse(sources.acceptance.acceptedAt) : -Infinity;
  const others = judged.filter(
    ({ source: of, future, takenAt }) => of?.relation === 'foreign' && !future && takenAt.getTime() > since,
  );
  const same = former?.dbName === source.dbName && former.systemIdentifier === source.systemIdentifier;
  const needed = !same || others.length > 0 || sources.faults.length > 0;
  const strangers = others.filter(({ source: of }) => of && differs(of, source));
  const held = judged.some(({ source: of }) => of && !differs(of, source));
  const known = knownSources(judged);
  if (!held && needed && !dryRun && request.unseen !== true) throw unseen(database, source, known);
  const next = held
    ? `verify one of the new source: \`holdfast verify ${database}\``
    : `back up the new source, then verify that: \`holdfast backup\`, \`holdfast verify ${database}\``;
  const notes = [
    ...sources.faults,
    ...(held
      ? []
      : [
          `No backup of ${database} in the vault comes from ${describeSource(source)}: none counts once it is accepted.`,
        ]),
    ...strangers.map(
      ({ key, source: of }) => `${key ?? ''} remains a backup of another source: ${of ? describeSource(of) : ''}.`,
    ),
    ...(needed && !same && judged.some(({ standing }) => standing === 'proven')
      ? [`The proofs so far are of backups of the former source and prove nothing about the new one. Next, ${next}.`]
      : []),
  ];
  const acceptance: Acceptance = {
    format: 'holdfast.acceptance',
    version: 1,
    database,
    former: former ? toStored(former) : null,
    source: toStored(source),
    acceptedAt: now.toISOString(),
    acceptedBy,
    supersedes: sources.acceptances.flatMap(({ key, sha256 }) => (sha256 === undefined ? [] : [{ key, sha256 }])),
    tool,
  };
  const stored = needed && !dryRun ? await writeAcceptance(store, acceptance, { signal }) : undefined;
  return { database, former, source, needed, acceptedAt: now, key: stored?.key, known, notes };
}

/** @param judged newest first */
function knownSources(judged: readonly JudgedBackup[]): KnownSource[] {
  const found = new Map<string, KnownSource>();
  for (const { stored, source, future, takenAt } of judged) {
    if (!stored || !source || future) continue;
    const { key, server, totals } = stored.manifest;
    const sample = { key, takenAt, server: server.version, rows: totals.rows, tables: totals.tables };
    const { dbName, systemIdentifier } = source;
    const name = describeSource(source);
    const { backups = 0, newest = sample } = found.get(name) ?? {};
    found.set(name, { dbName, systemIdentifier, backups: backups + 1, first: sample, newest });
  }
  return [...found.values()];
}

function unseen(database: string, source: SourceIdentity, known: readonly KnownSource[]): HoldfastError {
  const held =
    known.length === 0
      ? 'None can be read.'
      : `Those that can be read come from ${known.map(describeSource).join('; ')}, and none of them would count.`;
  return new HoldfastError(
    'USAGE',
    `Accepting ${describeSource(source)} for ${database}: no backup in the vault comes from it. ${held}`,
    { hint: 'Check the name and the identifier. If the first backup of that source is yet to come: --yes.' },
  );
}

function targetOf(
  { database, dbName, systemIdentifier }: AcceptRequest,
  newest: SourceIdentity | undefined,
): SourceIdentity {
  const name = dbName ?? newest?.dbName;
  if (name === undefined) {
    throw new HoldfastError('UNKNOWN_BACKUP', `No backup of ${database} can be read, so its source is unknown.`, {
      hint: 'Name the source: --db-name NAME --system-identifier ID.',
    });
  }
  // The newest backup of another database says nothing about this one's cluster.
  return {
    dbName: name,
    systemIdentifier: systemIdentifier ?? (name === newest?.dbName ? newest.systemIdentifier : undefined),
  };
}

/** What is already known about the same source is kept. */
function withKnown(source: SourceIdentity, former: SourceIdentity | undefined): SourceIdentity {
  if (source.systemIdentifier !== undefined || former?.dbName !== source.dbName) return source;
  return { ...source, systemIdentifier: former.systemIdentifier };
}

function toStored({ dbName, systemIdentifier }: SourceIdentity): Acceptance['source'] {
  return { dbName, systemIdentifier: systemIdentifier ?? null };
}
