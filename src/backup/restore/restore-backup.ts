/** Restores a backup into a database of the user's: checks first, one transaction, then statistics. */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.js';
import type { PostgresPrograms } from '../../postgres/client-programs.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import { describeContents } from '../../postgres/contents.js';
import { rolesWithoutPassword } from '../../postgres/databases-and-roles.js';
import { quoteIdentifier } from '../../postgres/identifiers.js';
import { parseGlobals, type ParsedGlobals } from '../../postgres/parse-globals.js';
import { startPsql } from '../../postgres/psql.js';
import { readServerFacts, type ServerFacts } from '../../postgres/server-facts.js';
import type { CompleteBackup } from '../../vault/catalog.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import type { BackupContext } from '../context.js';
import { readVerifiedText } from '../read-verified.js';
import { openBackup, type StoredBackup } from '../stored-backup.js';
import { compareDatabase, readExpectedEntries } from '../verify/compare-with-copy.js';
import type { Comparison } from '../verify/compare-entries.js';
import { applyStatements, databaseStatements } from './apply-globals.js';
import { chooseRestoreClient } from './restore-client.js';
import { loadDump } from './load-dump.js';

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
export async function restoreBackup(request: RestoreRequest, context: BackupContext): Promise<RestoreResult> {
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
  if (request.create) await createDatabase(plan.maintenance, database, globals, manifest, context);
  try {
    await restoreDump(request, stored, plan, context);
  } catch (error) {
    if (request.create) await dropDatabase(plan.maintenance, database);
    throw error;
  }
  if (request.create) notes.push(...(await applyDatabaseSettings(request.target, globals, manifest, context)));
  const after = await finish(request.target, context);
  const comparison = request.check ? await checkTarget(request, stored, plan.programs, context) : undefined;
  return {
    ...base,
    dryRun: false,
    created: request.create,
    rows,
    tables,
    durationMs: context.clock.now().getTime() - startedAt.getTime(),
    rolesWithoutPassword: after?.filter((role) => manifest.roles.includes(role)),
    comparison,
  };
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
    await requireRoles(client, request, manifest);
    await requireExtensions(client, request.target, manifest);
    return { facts, programs, maintenance, notes: [...notes, ...compareFacts(facts, manifest, request.create)] };
  } finally {
    await client.end();
  }
}

async function requireNoDatabase(client: pg.Client, target: DatabaseAccess): Promise<void> {
  const name = target.target.database;
  const { rows } = await client.query('SELECT FROM pg_catalog.pg_database WHERE datname = $1', [name]);
  if (rows.length === 0) return;
  throw new HoldfastError(
    'TARGET_NOT_EMPTY',
    `Creating the database ${name} on ${target.describe()}: it exists already.`,
    {
      hint: 'Leave out --create to restore into it if it is empty, or name another database in --to.',
    },
  );
}

async function requireEmpty(client: pg.Client, target: DatabaseAccess): Promise<void> {
  const contents = await describeContents(client);
  if (contents.length === 0) return;
  const parts = contents.map(({ kind, count, names }) => {
    const more = count > names.length ? ' …' : '';
    return `${count} ${kind}${count === 1 ? '' : 's'} (${names.join(', ')}${more})`;
  });
  throw new HoldfastError(
    'TARGET_NOT_EMPTY',
    `Restoring into ${target.describe()}: it is not empty. It holds ${parts.join('; ')}.`,
  );
}

async function requireRoles(client: pg.Client, request: RestoreRequest, manifest: Manifest): Promise<void> {
  if (request.globals) return;
  const { rows } = await client.query<{ name: string }>(
    'SELECT name FROM pg_catalog.unnest($1::pg_catalog.text[]) AS name WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name)',
    [manifest.roles],
  );
  if (rows.length === 0) return;
  const names = rows.map(({ name }) => name).join(', ');
  throw new HoldfastError(
    'PREFLIGHT_FAILED',
    `The backup refers to roles that ${request.target.describe()} does not have: ${names}.`,
    { hint: 'Add --globals to create them (without passwords), or create them yourself.' },
  );
}

async function requireExtensions(client: pg.Client, target: DatabaseAccess, manifest: Manifest): Promise<void> {
  const { rows } = await client.query<{ name: string }>('SELECT name::text FROM pg_catalog.pg_available_extensions');
  const available = new Set(rows.map(({ name }) => name));
  const missing = manifest.extensions.filter(({ name }) => !available.has(name)).map(({ name }) => name);
  if (missing.length === 0) return;
  throw new HoldfastError(
    'PREFLIGHT_FAILED',
    `The backup needs extensions that are not installed on the server of ${target.describe()}: ${missing.join(', ')}.`,
    { hint: 'Install their packages on that server (Debian: postgresql-contrib and postgresql-VERSION-NAME).' },
  );
}

/** Differences between source and target that a restore survives, and its user should hear of. */
function compareFacts(facts: ServerFacts, manifest: Manifest, create: boolean): string[] {
  const notes: string[] = [];
  if (Math.floor(facts.versionNum / 10_000) < Math.floor(manifest.server.versionNum / 10_000)) {
    notes.push(
      `The target is PostgreSQL ${facts.version}, older than the source (${manifest.server.version}): what only the newer one knows will fail.`,
    );
  }
  if (!create && facts.encoding !== manifest.encoding) {
    notes.push(
      `The target’s encoding is ${facts.encoding}, the source’s was ${manifest.encoding}: characters that it lacks will fail.`,
    );
  }
  if (!create && facts.locale.collate !== manifest.locale.collate) {
    notes.push(
      `The target sorts by ${facts.locale.collate ?? 'none'}, the source sorted by ${manifest.locale.collate}.`,
    );
  }
  if (facts.locale.lcMonetary !== manifest.locale.lcMonetary) {
    notes.push(
      `The target’s lc_monetary is ${facts.locale.lcMonetary}, the source’s was ${manifest.locale.lcMonetary}: values of the type money may be read wrongly.`,
    );
  }
  return notes;
}

async function createRoles(access: DatabaseAccess, globals: ParsedGlobals, context: BackupContext): Promise<string[]> {
  const client = await access.connect({ signal: context.signal });
  try {
    const { roles, memberships, roleSettings } = globals;
    const failures = await applyStatements(client, [
      ...newRolesOnly(await readRoles(client), roles),
      ...memberships,
      ...roleSettings,
    ]);
    return failures.map((failure) => `Not applied: ${failure}`);
  } finally {
    await client.end();
  }
}

async function readRoles(client: pg.Client): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>('SELECT rolname::text AS name FROM pg_catalog.pg_roles');
  return new Set(rows.map(({ name }) => name));
}

/** A role that exists stays as it is: its attributes are the target's business. */
function newRolesOnly(existing: ReadonlySet<string>, statements: readonly string[]): string[] {
  return statements.filter((statement) => {
    const name = /^(?:CREATE|ALTER|COMMENT ON) ROLE ("(?:[^"]|"")*"|[^\s;]+)/.exec(statement)?.[1];
    if (name === undefined) return true;
    return !existing.has(name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name);
  });
}

async function createDatabase(
  access: DatabaseAccess,
  name: string,
  globals: ParsedGlobals,
  manifest: Manifest,
  context: BackupContext,
): Promise<void> {
  const statement = globals.database.find((candidate) => candidate.startsWith('CREATE DATABASE '));
  if (statement === undefined) {
    throw new HoldfastError('MANIFEST_INVALID', `The globals of ${manifest.key} hold no CREATE DATABASE.`);
  }
  const options = statement
    .slice(statement.indexOf(' WITH TEMPLATE '))
    .replace(/ TABLESPACE = (?:"(?:[^"]|"")*"|[^\s;]+)/, '');
  const client = await access.connect({ signal: context.signal });
  try {
    await client.query(`CREATE DATABASE ${quoteIdentifier(name)}${options}`);
  } catch (error) {
    throw new HoldfastError('RESTORE_FAILED', `Creating the database ${name}: ${(error as Error).message}.`, {
      cause: error,
    });
  } finally {
    await client.end();
  }
}

/** Without the caller's signal: it runs when that was aborted, too. */
async function dropDatabase(access: DatabaseAccess, name: string): Promise<void> {
  const client = await access.connect();
  try {
    await client.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)}`);
  } finally {
    await client.end();
  }
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
    psql: await startPsql({ programs: plan.programs, access: request.target, signal }),
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
    return (await applyStatements(client, statements)).map((failure) => `Not applied: ${failure}`);
  } finally {
    await client.end();
  }
}

/** A restored database has no statistics, and plans badly until it is analyzed. */
async function finish(target: DatabaseAccess, context: BackupContext): Promise<string[] | undefined> {
  const client = await target.connect({ signal: context.signal });
  try {
    await client.query('ANALYZE');
    return await rolesWithoutPassword(client);
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
