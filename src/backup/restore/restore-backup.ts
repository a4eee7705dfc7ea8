/** Restores a backup into a database of the user's: checks first, one transaction, then statistics. */
import type pg from 'pg';
import { messageOf } from '../../core/errors.js';
import type { PostgresPrograms } from '../../postgres/client-programs.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import { rolesWithoutPassword } from '../../postgres/databases-and-roles.js';
import { quoteIdentifier } from '../../postgres/identifiers.js';
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
import { analyzeTables } from './analyze.js';
import { applyStatements, databaseStatements, describeFailure } from './apply-globals.js';
import { createDatabase, dropDatabase } from './create-database.js';
import { chooseRestoreClient } from './restore-client.js';
import { loadDump } from './load-dump.js';
import { checkSelection } from './selection/check-selection.js';
import { ExpectedSelection } from './selection/expected-selection.js';
import { planSelection, type SelectedEntry, type SelectionPlan } from './selection/plan-selection.js';
import { readOutline } from './selection/read-outline.js';
import { choosesAll, type Selection } from './selection/selection.js';
import { selectiveScript } from './selection/selective-script.js';
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
  /** A part of the backup; the target may then hold other objects. @default all of it */
  readonly selection?: Selection | undefined;
}

/** What a choice comes to. */
export interface SelectionOutcome {
  /** In the dump's order, by the names that they get. */
  readonly entries: readonly SelectedEntry[];
  readonly leftOut: readonly (SelectedEntry & { readonly reason: string })[];
  /** `schema.name` of what the choice refers to and the target has. */
  readonly fromTarget: readonly string[];
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
  /** What was chosen, where it was a part. */
  readonly selection: SelectionOutcome | undefined;
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
  const plan = await planPart(request, stored, await inspectTarget(request, stored, context), context);
  notes.push(...plan.notes);
  const base = { database: manifest.database, key: stored.dump.key, target: request.target.describe(), notes };
  const { rows, tables } = plan.part ?? manifest.totals;
  const selection = plan.part && toOutcome(plan.part);
  if (request.dryRun) {
    const nothing = { durationMs: 0, rolesWithoutPassword: undefined, comparison: undefined };
    return { ...base, dryRun: true, created: request.create, rows, tables, selection, ...nothing };
  }

  const written = plan.part && request.check ? new ExpectedSelection(plan.part, manifest.encoding) : undefined;
  if (request.globals) notes.push(...(await createRoles(plan.maintenance, globals, context)));
  if (request.create) await createDatabase(plan.maintenance, database, globals, signal);
  try {
    await restoreDump(request, stored, { ...plan, written }, context);
    if (request.create) notes.push(...(await applyDatabaseSettings(request.target, globals, manifest, context)));
  } catch (error) {
    if (request.create) await removeCreated(request.target, plan, context);
    throw error;
  }
  const after = await finish(request.target, plan.part, context);
  notes.push(...after.notes);
  const comparison = request.check ? await checkTarget(request, stored, { ...plan, written }, context) : undefined;
  return {
    ...base,
    dryRun: false,
    created: request.create,
    rows,
    tables,
    selection,
    durationMs: context.clock.now().getTime() - startedAt.getTime(),
    rolesWithoutPassword: after.rolesWithoutPassword?.filter((role) => (plan.part ?? manifest).roles.includes(role)),
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
  /** Where a part of the backup is restored. */
  readonly part: SelectionPlan | undefined;
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
    const { selection } = request;
    if (request.create) await requireNoDatabase(client, request.target);
    else if (!selection || (choosesAll(selection) && selection.part !== 'data'))
      await requireEmpty(client, request.target);
    if (!request.globals && !selection) await requireRoles(client, request.target, manifest.roles);
    // A choice says for itself what it needs of an extension.
    if (!selection) await requireExtensions(client, request.target, manifest.extensions);
    return {
      facts,
      programs,
      maintenance,
      notes: [...notes, ...compareFacts(facts, manifest, request.create)],
      part: undefined,
    };
  } finally {
    await client.end();
  }
}

/** Reads the dump first, which may take its time, and then looks at the target. */
async function planPart(
  request: RestoreRequest,
  stored: StoredBackup,
  plan: RestorePlan,
  context: BackupContext,
): Promise<RestorePlan> {
  const { selection, target } = request;
  if (!selection) return plan;
  const outline = await readOutline(stored, context);
  const client = await plan.maintenance.connect({ signal: context.signal });
  try {
    const part = await planSelection(stored, outline, {
      selection,
      client: request.create ? undefined : client,
      describeTarget: target.describe(),
      quote: (name) => quoteAsServer(client, name),
      owners: request.owners,
    });
    if (!request.globals) await requireRoles(client, target, part.roles);
    return { ...plan, part, notes: [...plan.notes, ...part.notes] };
  } finally {
    await client.end();
  }
}

async function quoteAsServer(client: pg.Client, name: string): Promise<string> {
  const { rows } = await client.query<{ quoted: string }>('SELECT pg_catalog.quote_ident($1) AS quoted', [name]);
  return rows[0]?.quoted ?? quoteIdentifier(name);
}

function toOutcome({ restored, leftOut, fromTarget }: SelectionPlan): SelectionOutcome {
  return { entries: restored, leftOut, fromTarget };
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
  plan: RestorePlan & { readonly written: ExpectedSelection | undefined },
  context: BackupContext,
): Promise<void> {
  const { manifest } = stored;
  const { signal } = context;
  const { part, written } = plan;
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
    choice: part && { ...part, choose: (script) => selectiveScript(part, script, written) },
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

async function finish(target: DatabaseAccess, part: SelectionPlan | undefined, context: BackupContext) {
  const client = await target.connect({ signal: context.signal });
  try {
    const tables = part?.entries.flatMap(({ defines, subject }) => [...defines, ...(subject ? [subject] : [])]);
    const notes = await analyzeTables(
      client,
      tables?.map((name) => part?.renamer.name(name) ?? name),
    );
    return { notes, rolesWithoutPassword: await rolesWithoutPassword(client) };
  } finally {
    await client.end();
  }
}

async function checkTarget(
  request: RestoreRequest,
  stored: StoredBackup,
  { programs, written }: RestorePlan & { readonly written: ExpectedSelection | undefined },
  context: BackupContext,
): Promise<Comparison> {
  const { owners, target: access, selection } = request;
  if (selection && written) {
    const expected = written.finish();
    return checkSelection({ stored, expected, access, programs }, context, { owners, all: choosesAll(selection) });
  }
  const expected = await readExpectedEntries(stored, context);
  return compareDatabase({ stored, expected, access, programs }, context, { owners });
}
