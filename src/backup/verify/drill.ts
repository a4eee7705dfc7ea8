/** An empty server or database that a backup is restored into, compared in, and then discarded; and how that is done. */
import { majorOf } from '../../postgres/client-choice.js';
import type { PostgresPrograms } from '../../postgres/client-programs.js';
import type { Measure } from '../../postgres/throwaway/confinement/measures.js';
import type { Proof } from '../../vault/formats/proof.js';
import type { BackupContext } from '../operation/context.js';
import type { StoredBackup } from '../stored/stored-backup.js';
import { DumpedAttachments } from '../copy/across/attachments.js';
import { compareAcross, type AcrossComparison } from '../copy/across/compare-across.js';
import type { EmptyDatabase } from '../copy/across/compare-reload.js';
import { DumpedPrivileges } from '../copy/across/expected-privileges.js';
import { compareDatabase, type CopyComparison } from '../copy/compare-database.js';
import type { Difference } from '../copy/compare-entries.js';
import { loadDump } from '../load/load-dump.js';
import { openCheckedDump } from '../stored/checked-dump.js';
import { compareTotals, ContradictionFinder } from '../stored/contradictions.js';
import { readExpectedEntries } from '../stored/expected-entries.js';
import type { MissingExtension } from './missing-extensions.js';

/** The database is empty, with the backup's roles around it. */
export interface Drill extends EmptyDatabase {
  /** As the proof names it. */
  readonly server: Proof['server'];
  /**
   * What keeps the restored code from the rest of the machine; empty where nothing does, `undefined` where the server
   * is not ours and nothing is known about it.
   */
  readonly confinement: readonly Measure[] | undefined;
  /** Aborted when the drill must end on its own account. */
  readonly outOfRoom?: AbortSignal | undefined;
  readonly versionNum: number;
  readonly isSuperuser: boolean;
  readonly programs: PostgresPrograms;
  /** What the reader of the proof should know. Grows during the drill. */
  readonly notes: string[];
  /** Compares roles and database settings with the backup's. Absent where the drill does not create them. */
  compareGlobals?(signal: AbortSignal | undefined): Promise<readonly Difference[]>;
  /** Extensions that the backup needs and the server cannot create, with what depends on them. */
  missingExtensions(signal: AbortSignal | undefined): Promise<readonly MissingExtension[]>;
  /** Another one, for what is dumped of the first. Removed with it. */
  another(signal: AbortSignal | undefined): Promise<EmptyDatabase>;
  /** Removes whatever the drill made. Never throws. */
  stop(): Promise<void>;
}

/** Where to restore: a throwaway server by default. */
export type DrillStarter = (stored: StoredBackup, context: BackupContext) => Promise<Drill>;

/** The majors of a backup's source and of a server, where they are not the same. */
export function acrossOf(
  { manifest }: Pick<StoredBackup, 'manifest'>,
  versionNum: number,
): { readonly sourceMajor: number; readonly serverMajor: number } | undefined {
  const majors = { sourceMajor: majorOf(manifest.server.versionNum), serverMajor: majorOf(versionNum) };
  return majors.sourceMajor === majors.serverMajor ? undefined : majors;
}

/**
 * Restores a backup into a drill's database and compares it entry by entry.
 *
 * @throws HoldfastError as for {@link loadDump} and {@link compareDatabase}
 */
export async function compareWithCopy(
  stored: StoredBackup,
  drill: Drill,
  context: BackupContext,
): Promise<CopyComparison & Partial<Pick<AcrossComparison, 'across'>>> {
  const { signal } = context;
  const across = acrossOf(stored, drill.versionNum) !== undefined;
  const privileges = new DumpedPrivileges();
  const attachments = new DumpedAttachments();
  const expected = await readExpectedEntries(stored, context);
  const contradictions = new ContradictionFinder(expected);
  const checked = await openCheckedDump(stored, context);
  const totals = await loadDump({
    content: checked.content,
    borders: checked.borders,
    psql: await drill.startPsql(signal),
    extensionComments: drill.isSuperuser,
    onEntry: (entry) => contradictions.add(entry),
    onGrant: across ? (text) => privileges.add(text) : undefined,
    onAttach: across ? (text) => attachments.add(text) : undefined,
    fingerprint: stored.manifest.fingerprint.version,
    onProgress: (bytes) => {
      const { database, totals } = stored.manifest;
      context.onProgress?.({ phase: 'restore', database, bytes, expectedBytes: totals.rawBytes });
    },
    signal,
  });
  const request = { stored, expected, access: drill.access, programs: drill.programs };
  const another = (abort: AbortSignal | undefined) => drill.another(abort);
  const { notes = [], ...comparison } = across
    ? await compareAcross({ ...request, privileges, attachments, server: drill, another }, context)
    : { ...(await compareDatabase(request, context)), notes: undefined };
  drill.notes.push(...notes);
  const globals = (await drill.compareGlobals?.(signal)) ?? [];
  const lies = [
    ...contradictions.finish(),
    ...checked.contradictions(),
    ...compareTotals(totals, stored.manifest.totals),
  ];
  return { ...comparison, differences: [...lies, ...comparison.differences, ...globals] };
}
