/** Inspects the database before anything is dumped: what it is, whether the dump can be complete, which client fits. */
import { dbNameProblem } from '../../config/name.js';
import { HoldfastError } from '../../core/errors.js';
import { warnOfChangeable } from '../../postgres/changeable-expressions.js';
import { chooseClient, olderThanServer, vulnerableMinor } from '../../postgres/client-choice.js';
import type { PostgresPrograms } from '../../postgres/client-programs.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import { whileFull } from '../../postgres/full-server.js';
import { warnOfInternalAttributes } from '../../postgres/internal-attributes.js';
import { readExtensions, type InstalledExtension } from '../../postgres/extensions.js';
import { readOmissions, type Omission } from '../../postgres/omissions.js';
import { runPreflight, type PreflightProblem, type DumpSelection } from '../../postgres/preflight.js';
import { checkConnections, readConnectionLimit } from '../../postgres/connection-limit.js';
import { readServerFacts, type ServerFacts } from '../../postgres/server-facts.js';
import { readTimeZoneRules } from '../../postgres/time-zone-rules.js';
import type { BackupContext } from '../operation/context.js';
import { listDerived } from '../copy/derived.js';

export interface Source {
  readonly facts: ServerFacts;
  readonly programs: PostgresPrograms;
  /** Of the time zone in which values are written. */
  readonly timeZoneRules: string | undefined;
  readonly extensions: readonly InstalledExtension[];
  readonly omissions: readonly Omission[];
  /** Whether it has anything that a copy computes anew: if not, nothing has to be read for it. */
  readonly hasDerived: boolean;
  /** How many sessions the role may have at a time, here and in all databases. `undefined` for no limit. */
  readonly connectionLimit: number | undefined;
  /** An estimate of the bytes of plain SQL, from the size of the database. */
  readonly expectedBytes: number | undefined;
  /** For the log and the manifest. */
  readonly warnings: readonly string[];
}

export interface SourceSelection extends DumpSelection {
  readonly name: string;
  readonly access: DatabaseAccess;
  readonly giveWayMs?: number | undefined;
}

/**
 * @throws HoldfastError CONNECT_FAILED, AUTHENTICATION_FAILED, DATABASE_MISSING, DATABASE_NAME_UNUSABLE; PROGRAM_MISSING, CLIENT_TOO_OLD;
 *   PREFLIGHT_FAILED, which names every problem and its remedy
 */
export async function inspectSource(
  selection: SourceSelection,
  context: Pick<BackupContext, 'installed' | 'signal'>,
): Promise<Source> {
  const client = await whileFull(
    () => selection.access.connect({ readOnly: true, signal: context.signal }),
    context.signal,
  );
  try {
    const facts = await readServerFacts(client);
    const unusable = dbNameProblem(facts.database);
    if (unusable !== undefined) throw new HoldfastError('DATABASE_NAME_UNUSABLE', unusable);
    const { programs, notes } = chooseClient(context.installed, facts.versionNum);
    const connectionLimit = await readConnectionLimit(client);
    const needed = selection.giveWayMs === undefined ? 1 : 2;
    const problems = [
      ...(await runPreflight(client, { selection, versionNum: facts.versionNum })),
      ...(await checkConnections(client, connectionLimit, needed)),
    ];
    if (problems.length > 0) throw preflightError(selection, problems);
    const vulnerable = vulnerableMinor(programs.versionNum);
    const warnings = vulnerable ? [...notes, `pg_dump ${programs.version}: ${vulnerable}`] : [...notes];
    const older = olderThanServer(programs, facts);
    if (older !== undefined) warnings.push(older);
    const internal = await warnOfInternalAttributes(client, { programs, server: facts, schemas: selection.schemas });
    if (internal !== undefined) warnings.push(internal);
    if (facts.inRecovery) {
      warnings.push('The server is a standby: a long dump may be cancelled by replay, and unlogged tables are empty.');
    }
    warnings.push(...(await warnOfChangeable(client, selection.schemas)));
    return {
      facts,
      programs,
      timeZoneRules: await readTimeZoneRules(client, facts.settings.TimeZone ?? 'UTC'),
      extensions: await readExtensions(client),
      omissions: await readOmissions(client, selection.schemas),
      hasDerived: (await listDerived(client, selection)).length > 0,
      connectionLimit,
      expectedBytes: facts.databaseSize,
      warnings,
    };
  } finally {
    await client.end();
  }
}

function preflightError(selection: SourceSelection, problems: readonly PreflightProblem[]): HoldfastError {
  const lines = problems.map(({ message, remedy }) => `- ${message}\n  remedy: ${remedy.replaceAll('\n', '\n  ')}`);
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  return new HoldfastError(
    'PREFLIGHT_FAILED',
    `Checking ${selection.access.describe()} before the dump found ${count}:\n${lines.join('\n')}`,
    { details: { problems } },
  );
}
