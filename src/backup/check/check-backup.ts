/** The cheap test of a backup: every object is read and compared with the manifest; nothing is restored. */
import { throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import { DumpReader } from '../../dump/dump-reader.js';
import type { Entry } from '../../dump/entry.js';
import { parseGlobals } from '../../postgres/parse-globals.js';
import type { CompleteBackup } from '../../vault/catalog.js';
import type { BackupContext } from '../operation/context.js';
import { DAMAGE } from '../stored/damage.js';
import { compareTotals, ContradictionFinder } from '../stored/contradictions.js';
import { readExpectedEntries } from '../stored/expected-entries.js';
import { openCheckedDump, plainDump, type CheckedDump } from '../stored/checked-dump.js';
import { readVerifiedText } from '../stored/read-verified.js';
import { findAnomalies, type Anomaly } from '../stored/anomalies.js';
import { readRemovalMark } from '../stored/removal-mark.js';
import { openBackup, type StoredBackup } from '../stored/stored-backup.js';

/** One object that is not what the manifest says. */
export interface CheckProblem {
  readonly key: string;
  /** One sentence. */
  readonly problem: string;
}

export interface CheckResult {
  readonly database: string;
  /** Of the dump. */
  readonly key: string;
  readonly verdict: 'intact' | 'damaged';
  readonly problems: readonly CheckProblem[];
  /** What is stored beside the backup, or written in it, that no honest run leaves there. */
  readonly anomalies: readonly Anomaly[];
  /** Bytes of stored objects that were read. */
  readonly storedBytes: number;
  readonly durationMs: number;
}

/**
 * Reads all objects of a backup: checks the size and SHA-256 of each, that each decompresses, and that the dump is
 * complete and yields exactly the recorded entries and totals.
 *
 * @throws HoldfastError VAULT_UNREADABLE; the signal's error. Damage is a result, not an error.
 */
export async function checkBackup(backup: CompleteBackup, context: BackupContext): Promise<CheckResult> {
  const startedAt = context.clock.now();
  const problems: CheckProblem[] = [];
  let storedBytes = 0;
  const attempt = async <T>(key: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      throwIfAborted(context.signal);
      if (!(error instanceof HoldfastError) || !DAMAGE.has(error.code)) throw error;
      problems.push({ key, problem: error.message });
      return undefined;
    }
  };

  const stored = await attempt(backup.manifestKey, () => openBackup(context.store, backup, context.signal));
  if (stored) {
    const progress = (bytes: number) => {
      storedBytes += bytes;
      const expectedBytes = stored.manifest.parts.reduce((sum, part) => sum + part.storedBytes, 0);
      context.onProgress?.({ phase: 'check', database: backup.database, bytes: storedBytes, expectedBytes });
    };
    const { store, env, signal } = context;
    await attempt(stored.globals.key, async () =>
      parseGlobals(await readVerifiedText(store, stored.globals, { env, signal, progress })),
    );
    const entries = await attempt(stored.entries.key, () => readExpectedEntries(stored, context, progress));
    const { segments } = stored;
    const checked = await attempt((segments ?? stored.dump).key, () => openCheckedDump(stored, context, progress));
    const found = await attempt(stored.dump.key, () =>
      contradictionsInDump(stored, entries, checked ?? plainDump(stored, context, progress)),
    );
    for (const problem of found ?? []) problems.push({ key: stored.dump.key, problem });
  }
  const mark = await readRemovalMark(context.store, backup, context.signal);
  return {
    database: backup.database,
    key: stored?.manifest.key ?? backup.key,
    verdict: problems.length === 0 ? 'intact' : 'damaged',
    problems,
    anomalies: [
      ...findAnomalies(backup, stored?.manifest, context.clock.now()),
      ...(mark?.anomaly ? [mark.anomaly] : []),
    ],
    storedBytes,
    durationMs: context.clock.now().getTime() - startedAt.getTime(),
  };
}

/** @returns where the dump contradicts its manifest, entries and index, one sentence each */
async function contradictionsInDump(
  { manifest }: StoredBackup,
  entries: readonly Entry[] | undefined,
  dump: CheckedDump,
): Promise<string[]> {
  const contradictions = new ContradictionFinder(entries ?? []);
  const { version } = manifest.fingerprint;
  const observer = { entry: (entry: Entry) => entries && contradictions.add(entry) };
  const reader = new DumpReader(observer, dump.borders, version);
  for await (const chunk of dump.content) {
    reader.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  }
  const totals = reader.end();
  const found = [...contradictions.finish(), ...dump.contradictions(), ...compareTotals(totals, manifest.totals)];
  return found.map(
    ({ type, schema, name, reason }) => `${type} ${schema === null ? '' : `${schema}.`}${name}: ${reason}`,
  );
}
