/** Restores a backup into a database of the user's: checks first, one transaction, then statistics. */
import type pg from 'pg';
import { messageOf } from '../../core/errors.js';
import type { PostgresPrograms } from '../../postgres/client-programs.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import { rolesWithoutPassword } from '../../postgres/databases-and-roles.js';
import { parseGlobals, type ParsedGlobals } from '../../postgres/parse-globals.js';
import { startPsql } from '../../postgres/psql.js';
import { readServerFacts, type ServerFacts } from '../../postgres/server-facts.js';
import type { CompleteBackup } from '../../vault/catalog.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import { codeFailures } from '../coded-failures.js';
import type { BackupContext } from '../context.js';
import { readExpectedEntries } from '../expected-entries.js';
import { readVerifiedText } from '../read-verified.js';
import { openBackup, type StoredBackup } from '../stored-backup.js';
import { compareDatabase } from '../verify/compare-with-copy.js';
import type { Comparison } from '../verify/compare-entries.js';
import { analyzeAll } from './analyze.js';
import { applyStatements, databaseStatements, describeFailure } from './apply-globals.js';
import { createDatabase, dropDatabase } from './create-database.js';
import { chooseRestoreClient } from './restore-client.js';
import { loadDump } from './load-dump.js';
import { compareFacts, requireEmpty, requireExtensions, requireNoDatabase, requireRoles } from './target-checks.js';

export interface RestoreRequest {
  readonly backup: CompleteBackup;
  /** The database to restore into. */
  readonly target: DatabaseAccess;
  /** Makes the database first, with the backup's encoding, locale and settings. */
  readonly create: boolean;
  /** Makes the backup's roles first, where they are missing. */
  readonly globals: boolean;
  /** Whether objects get their owners back, else they belong to the restoring role. */
  readonly owners: boolean;
  /** Fingerprints the target afterwards. */
  readonly check: boolean;
  /** Only says what would happen. */
  readonly dryRun: boolean;
}

export interface RestoreResult {
  readonly database: string;
  /** Of the dump. */
  readonly key: string;
  /** `user@host:port/database` */
  readonly target: string;
  readonly dryRun: boolean;
  readonly created: boolean;
  readonly rows: number;
  readonly tables: number;
  readonly durationMs: number;
  /** Login roles of the backup that have no password; `undefined` where the target does not tell. */
  readonly rolesWithoutPassword: readonly string[] | undefined;
  /** What could not be done, and what the user should know. */
  readonly notes: readonly string[];
  /** With `check`. */
  readonly comparison: Comparison | undefined;
}

/**
 * @throws HoldfastError TARGET_NOT_EMPTY, PREFLIGHT_FAILED (roles or extensions that lack), RESTORE_FAILED,
 *   OBJECT_CORRUPT …; the signal's error. The target is as before after any of them: what was restored is rolled back,
 *   and a database that was made for it is dropped. Roles that were made stay.
 */
export function restoreBackup(request: RestoreRequest, context: BackupContext): Promise<RestoreResult> {
  const what = `Restoring into ${request.target.describe()}`;
  return codeFailures(what, context.signal, () => runRestore(request, context));
}

async function runRestore(request: RestoreRequest, context: BackupContext): Promise<RestoreResult> {
  const startedAt = context.clock.now();
  const { store, env, signal } = context;
  const stored = await openBackup(store, request.backup, signal);
  const { manifest } = stored;
  const database = request.target.target.database;
  context.onProgress?.({ phase: 'connect', database: manifest.database, bytes: 0 });
  const globals = parseGlobals(await readVerifiedText(store, stored.globals, { env, signal }));
  const notes: string[] = [];
  const plan = await inspectTarget(request, stored, context);
  notes.push(...plan.notes);
  const base = { database: manifest.database, key: stored.dump.key, target: request.target.describe(), notes };
  const { rows, tables } = manifest.totals;
  if (request.dryRun) {
    const nothing = { durationMs: 0, rolesWithoutPassword: undefined, comparison: undefined };
    return { ...base, dryRun: true, created: request.create, rows, tables, ...nothing };
  }

  if (request.globals) notes.push(...(await createRoles(plan.maintenance, globals, context)));
  if (request.create) await createDatabase(plan.maintenance, database, globals, signal);
  try {
    await restoreDump(request, stored, plan, context);
    if (request.create) notes.push(...(await applyDatabaseSettings(request.target, globals, manifest, context)));
  } catch (error) {
    if (request.create) await removeCreated(request.target, plan, context);
    throw error;
  }
  const after = await finish(request.target, context);
  notes.push(...after.notes);
  const comparison = request.check ? await checkTarget(request, stored, plan.programs, context) : undefined;
  return {
    ...base,
    dryRun: false,
    created: request.create,
    rows,
    tables,
    durationMs: context.clock.now().getTime() - startedAt.getTime(),
    rolesWithoutPassword: after.rolesWithoutPassword?.filter((role) => manifest.roles.includes(role)),
    comparison,
  };
}

/** What made the restore fail is what the user must hear, whatever becomes of the removal. */
async function removeCreated(target: DatabaseAccess, plan: RestorePlan, context: BackupContext): Promise<void> {
  await dropDatabase(plan.maintenance, target.target.database).catch((error: unknown) => {
    context.logger.warn(
      `The database ${target.describe()} was made for this restore and could not be dropped: ${messageOf(error)}`,
    );
  });
}

/** What is known of the target before anything is changed. */
interface RestorePlan {
  readonly facts: ServerFacts;
  readonly programs: PostgresPrograms;
  /** Where roles and databases are made: the target itself, or `postgres` on its server while it does not exist. */
  readonly maintenance: DatabaseAccess;
  readonly notes: readonly string[];
}

async function inspectTarget(
  request: RestoreRequest,
  stored: StoredBackup,
  context: BackupContext,
): Promise<RestorePlan> {
  const { manifest } = stored;
  const maintenance = request.create ? request.target.withDatabase('postgres') : request.target;
  const client = await maintenance.connect({ signal: context.signal });
  try {
    const facts = await readServerFacts(client);
    const { programs, notes } = chooseRestoreClient(context.installed, facts.versionNum);
    if (request.create) await requireNoDatabase(client, request.target);
    else await requireEmpty(client, request.target);
    if (!request.globals) await requireRoles(client, request.target, manifest.roles);
    await requireExtensions(client, request.target, manifest.extensions);
    return { facts, programs, maintenance, notes: [...notes, ...compareFacts(facts, manifest, request.create)] };
  } finally {
    await client.end();
  }
}

async function createRoles(access: DatabaseAccess, globals: ParsedGlobals, context: BackupContext): Promise<string[]> {
  const client = await access.connect({ signal: context.signal });
  try {
    const { roles, memberships, roleSettings } = globals;
    const existing = await readRoles(client);
    const failures = await applyStatements(client, [
      ...newRolesOnly(existing, roles),
      ...memberships,
      ...newRolesOnly(existing, roleSettings),
    ]);
    return failures.map((failure) => `Not applied: ${describeFailure(failure)}`);
  } finally {
    await client.end();
  }
}

async function readRoles(client: pg.Client): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>('SELECT rolname::text AS name FROM pg_catalog.pg_roles');
  return new Set(rows.map(({ name }) => name));
}

/** A role that exists stays as it is: its attributes and settings are the target's business. */
function newRolesOnly(existing: ReadonlySet<string>, statements: readonly string[]): string[] {
  return statements.filter((statement) => {
    const name = /^(?:CREATE|ALTER|COMMENT ON) ROLE ("(?:[^"]|"")*"|[^\s;]+)/.exec(statement)?.[1];
    if (name === undefined) return true;
    return !existing.has(name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name);
  });
}

async function restoreDump(
  request: RestoreRequest,
  stored: StoredBackup,
  plan: RestorePlan,
  context: BackupContext,
): Promise<void> {
  const { manifest } = stored;
  const { signal } = context;
  await loadDump({
    store: context.store,
    part: stored.dump,
    compression: manifest.compression.method,
    psql: await startPsql({ programs: plan.programs, access: request.target, stdout: 'pipe', signal }),
    psqlVersionNum: plan.programs.versionNum,
    env: context.env,
    owners: request.owners,
    extensionComments: plan.facts.isSuperuser,
    targetVersionNum: plan.facts.versionNum,
    onProgress: (bytes) =>
      context.onProgress?.({
        phase: 'restore',
        database: manifest.database,
        bytes,
        expectedBytes: manifest.totals.rawBytes,
      }),
    signal,
  });
}

async function applyDatabaseSettings(
  target: DatabaseAccess,
  globals: ParsedGlobals,
  manifest: Manifest,
  context: BackupContext,
): Promise<string[]> {
  const client = await target.connect({ signal: context.signal });
  try {
    const statements = databaseStatements(globals.database, manifest.dbName, target.target.database);
    return (await applyStatements(client, statements)).map((failure) => `Not applied: ${describeFailure(failure)}`);
  } finally {
    await client.end();
  }
}

async function finish(target: DatabaseAccess, context: BackupContext) {
  const client = await target.connect({ signal: context.signal });
  try {
    const notes = await analyzeAll(client);
    return { notes, rolesWithoutPassword: await rolesWithoutPassword(client) };
  } finally {
    await client.end();
  }
}

async function checkTarget(
  request: RestoreRequest,
  stored: StoredBackup,
  programs: PostgresPrograms,
  context: BackupContext,
): Promise<Comparison> {
  const expected = await readExpectedEntries(stored, context);
  return compareDatabase({ stored, expected, access: request.target, programs }, context, { owners: request.owners });
}
