/** Accepts what the newest backup of a database holds: later ones are compared with it. */
import { resolveVolume, type VolumeConfig } from '../../config/sections/volume.js';
import { HoldfastError } from '../../core/errors.js';
import { tool } from '../../core/tool.js';
import { listBackups } from '../../vault/catalog.js';
import { writeAcceptance, type Acceptance } from '../../vault/formats/acceptance.js';
import { mistypedDatabase } from '../../vault/resolve-backup.js';
import type { BackupContext } from '../operation/context.js';
import { judgeBackups } from '../stored/judge-backups.js';
import { readSources, type SourceIdentity } from '../stored/sources.js';

export interface AcceptVolumeRequest {
  /** Its name in the vault. */
  readonly database: string;
  /** Who says so. */
  readonly acceptedBy: string;
  /** Only says what would be accepted. */
  readonly dryRun: boolean;
  readonly limits?: VolumeConfig;
}

export interface AcceptedVolume {
  readonly database: string;
  readonly source: SourceIdentity;
  /** Of the dump of the backup that holds what it should. */
  readonly backupKey: string;
  readonly takenAt: Date;
  readonly rows: number;
  readonly rawBytes: number;
  /** Whether it was not accepted before. */
  readonly needed: boolean;
  readonly acceptedAt: Date;
  /** Of the acceptance; absent where none was stored. */
  readonly key: string | undefined;
  /** What it settles: sentences. */
  readonly notes: readonly string[];
}

/**
 * @throws HoldfastError UNKNOWN_BACKUP where no backup can be read; USAGE where it is of a source that nobody has accepted;
 *   VAULT_UNREADABLE, VAULT_UNWRITABLE; the signal's error
 */
export async function acceptVolume(
  { database, acceptedBy, dryRun, limits = resolveVolume() }: AcceptVolumeRequest,
  { store, clock, signal }: Pick<BackupContext, 'store' | 'clock' | 'signal'>,
): Promise<AcceptedVolume> {
  const now = clock.now();
  const backups = await listBackups(store, database, { signal });
  const sources = await readSources(store, database, backups, { now, signal });
  const judged = await judgeBackups(store, backups, { now, limits, sources, signal });
  const newest = judged.find(({ stored, future }) => stored && !future);
  const { counting } = sources;
  if (!newest?.stored || !counting) {
    const mistyped = backups.length === 0 ? await mistypedDatabase(store, database, { signal }) : undefined;
    throw mistyped ?? new HoldfastError('UNKNOWN_BACKUP', `No backup of ${database} in ${store.url} can be read.`);
  }
  if (newest.foreignSource !== undefined) {
    throw new HoldfastError('USAGE', `What it holds is not accepted: ${newest.foreignSource}`, {
      hint: `First say whether it has moved: \`holdfast accept ${database}\`.`,
    });
  }
  const { manifest, manifestSha256 } = newest.stored;
  const needed = !sources.acceptsVolume(manifest, manifestSha256);
  const acceptance: Acceptance = {
    format: 'holdfast.acceptance',
    version: 1,
    database,
    former: null,
    source: { dbName: counting.dbName, systemIdentifier: counting.systemIdentifier ?? null },
    volume: { key: manifest.key, manifestSha256 },
    acceptedAt: now.toISOString(),
    acceptedBy,
    supersedes: [],
    tool,
  };
  const stored = needed && !dryRun ? await writeAcceptance(store, acceptance, { signal }) : undefined;
  return {
    database,
    source: counting,
    backupKey: manifest.key,
    takenAt: newest.takenAt,
    rows: manifest.totals.rows,
    rawBytes: manifest.totals.rawBytes,
    needed,
    acceptedAt: now,
    key: stored?.key,
    notes: [newest.collapse?.message, newest.part?.message].flatMap((note) => (note === undefined ? [] : [note])),
  };
}
