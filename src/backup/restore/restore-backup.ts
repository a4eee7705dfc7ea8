/** Restores a backup into one of the user's databases: checks first, one transaction, then statistics. */
import type pg from 'pg';
import { errorRegistry, HoldfastError, messageOf } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import type { Entry } from '../../dump/entry.js';
import { refuseCodeOfOthers } from '../../postgres/code-of-others.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import { rolesWithoutPassword } from '../../postgres/databases-and-roles.js';
import { parseGlobals } from '../../postgres/parse-globals.js';
import type { ParsedGlobals } from '../../postgres/parsed-globals.js';
import { startPsql } from '../../postgres/psql.js';
import { codeFailures } from '../operation/coded-failures.js';
import type { BackupContext } from '../operation/context.js';
import { readExpectedEntries } from '../stored/expected-entries.js';
import { readVerifiedText } from '../stored/read-verified.js';
import { openBackup, type StoredBackup } from '../stored/stored-backup.js';
import { describeCompared } from '../stored/describe-volume.js';
import { compareDatabase } from '../copy/compare-database.js';
import type { Comparison } from '../copy/compare-entries.js';
import { formatLimit } from '../../syntax/duration.js';
import { defaultRestoreLimitMs, withTimeLimit } from '../operation/time-limit.js';
import { analyzeTables } from './analyze.js';
import { applyStatements, databaseStatements, describeFailure, isRoleMissing } from '../load/apply-globals.js';
import { createDatabase, dropDatabase, creationFor } from '../load/create-database.js';
import { DatabaseSettings } from '../load/database-settings.js';
import { Grants } from '../copy/extra-privileges.js';
import { createRoles } from '../load/create-roles.js';
import { loadDump, type DumpChoice } from '../load/load-dump.js';
import { readContent } from '../stored/read-verified.js';
import { describeExtras, findExtraPrivileges, withPrivileges } from './find-extra-privileges.js';
import { actingAccess, planRestore, type RestorePlan } from './plan-restore.js';
import { describeMembers } from '../copy/server-privileges.js';
import { describeOpenings } from '../copy/role-openings.js';
import type { LaterStep, RestoreRequest, RestoreResult, UnfinishedStep } from './restore-request.js';
import { describeLeftOut, gapsOfLeftOut, leftOutOf } from './rights/left-out.js';
import type { RightsToLoad } from './rights/plan-rights.js';
import { CommittedMemberships } from './rights/memberships.js';
import { rightsScript } from './rights/rights-script.js';
import { checkSelection } from './selection/check-selection.js';
import { ExpectedSelection } from './selection/expected-selection.js';
import type { SelectionPlan } from './selection/plan-selection.js';
import { choosesAll } from './selection/selection.js';
import { selectiveScript } from './selection/selective-script.js';

/**
 * Restores a backup, or a part of it, into the database `request.target`, in one transaction.
 *
 * @returns what was restored, and with `check` how it compares with the backup: a difference is not an error
 * @throws HoldfastError TARGET_NOT_EMPTY, PREFLIGHT_FAILED (missing roles, extensions or tablespaces), RESTORE_FAILED,
 *   OBJECT_CORRUPT …; the signal's error. The target is as before after any of them: what was restored is rolled back,
 *   and a database that was created for it is dropped. Roles that were created stay. COMMIT_UNKNOWN where it is not
 *   known whether it was committed. A failure after the commit is not thrown: it is in `unfinished` in the result.
 */
export function restoreBackup(request: RestoreRequest, context: BackupContext): Promise<RestoreResult> {
  const what = `Restoring into ${request.target.describe()}`;
  return codeFailures(what, context.signal, () => limitRestore(request, context));
}

/** Between `sent` and `done`, only the server knows. */
type CommitState = 'not sent' | 'sent' | 'done';

async function limitRestore(request: RestoreRequest, context: BackupContext): Promise<RestoreResult> {
  const startedAt = context.clock.now();
  const stored = await openBackup(context.store, request.backup, context.signal);
  const limitMs = request.maxDurationMs ?? defaultRestoreLimitMs(stored.manifest.totals);
  const state: { commit: CommitState } = { commit: 'not sent' };
  const tooLong = () =>
    new HoldfastError(
      'RESTORE_TIMEOUT',
      `The restore into ${request.target.describe()} took longer than its limit of ${formatLimit(limitMs)} and was ended.${
        state.commit === 'not sent' ? ' The target is as before.' : ''
      }`,
    );
  return withTimeLimit(limitMs, tooLong, context.signal, (signal) =>
    codeFailures(`Restoring into ${request.target.describe()}`, signal, () =>
      runRestore(request, stored, { startedAt, state }, { ...context, signal }),
    ),
  );
}

async function runRestore(
  request: RestoreRequest,
  stored: StoredBackup,
  { startedAt, state }: { readonly startedAt: Date; readonly state: { commit: CommitState } },
  context: BackupContext,
): Promise<RestoreResult> {
  const { store, env, signal } = context;
  const { manifest } = stored;
  const database = request.target.target.database;
  context.onProgress?.({ phase: 'connect', database: manifest.database, bytes: 0 });
  const globals = parseGlobals(await readVerifiedText(store, stored.globals, { env, signal }));
  const plan = await planRestore(request, stored, globals, context);
  const notes = [...plan.notes, ...(plan.rights?.leftOut ?? []).map(describeLeftOut), ...membershipNote(plan)];
  const { rows, tables } = plan.part ?? manifest.totals;
  const selection = plan.part?.outcome;
  const leftOut = plan.rights?.leftOut ?? [];
  // Rows alone refer to no role.
  const referredTo = plan.rights?.roles ?? (plan.part ? [] : manifest.roles);
  const roles = [...new Set([...referredTo, ...plan.ground.made])];
  const memberships = (plan.rights?.memberships ?? []).map(({ role }) => role);
  const target = request.target.describe();
  const base = {
    ...{ database: manifest.database, key: stored.dump.key, target, notes, created: request.create },
    ...{ rows, tables, leftOut, memberships, selection },
  };
  if (request.dryRun) {
    const nothing = { rolesWithoutPassword: undefined, comparison: undefined, extraPrivileges: [], unfinished: [] };
    return { ...base, dryRun: true, durationMs: 0, ...nothing };
  }

  const written = plan.part && request.check ? new ExpectedSelection(plan.part, manifest.encoding) : undefined;
  const grants = new Grants();
  if (request.globals) notes.push(...(await createRoles(plan.maintenance, globals, context)));
  const creation = creationFor(globals, manifest);
  if (request.create) await createDatabase(plan.maintenance, database, creation, context, request.role);
  const acting = { ...request, target: actingAccess(request) };
  const joined = new CommittedMemberships(
    request.create ? acting.target.withDatabase('postgres') : acting.target,
    plan.rights?.memberships ?? [],
  );
  const settings = new DatabaseSettings(request.target, plan.maintenance, globals);
  try {
    if (request.create) await settings.apply(signal);
    await restoreDump(acting, stored, { ...plan, written, grants, state }, context);
    notes.push(...(await joined.take(signal)));
    if (request.create) notes.push(...(await finishDatabase(acting, globals, settings, context)));
  } catch (error) {
    if (request.create) await removeCreated(request.target, plan, context);
    // Only now: a database that has been given to its owner is dropped as that owner.
    for (const note of await joined.giveBack()) context.logger.warn(note);
    if (!request.create && state.commit === 'sent') throw commitUnknown(request.target, error);
    throw error;
  }
  state.commit = 'done';
  const unfinished: UnfinishedStep[] = [];
  const entries = plan.part?.outcome.entries.length ?? manifest.totals.entries;
  const unchecked = describeCompared({ entries, tables, rows });
  const later = <T>(step: LaterStep, work: () => Promise<T>) =>
    codeFailures(STEPS[step], signal, work).catch((error: unknown) => {
      unfinished.push({ step, error: unfinishedStep(step, request.target, unchecked, error) });
      return undefined;
    });
  const found = await later('privileges', () =>
    findExtraPrivileges(acting, stored, { ...plan, grants, globals }, context),
  );
  const extraPrivileges = found?.sql ?? [];
  notes.push(...describeOpenings(found?.openings ?? []), ...(found?.notes ?? []));
  const after = await later('statistics', () => finish(acting.target, plan, { globals, roles }, context));
  notes.push(...(after?.notes ?? []));
  // The last, as the SQL stands right below the notes.
  if (extraPrivileges.length > 0) notes.push(describeExtras(extraPrivileges.length));
  const check = () => checkTarget(acting, stored, { ...plan, written }, context);
  const compared = request.check ? await later('check', check) : undefined;
  const comparison = compared && found ? withPrivileges(compared, found) : compared;
  notes.push(...(await joined.giveBack()));
  return {
    ...base,
    dryRun: false,
    extraPrivileges,
    durationMs: context.clock.now().getTime() - startedAt.getTime(),
    rolesWithoutPassword: after?.rolesWithoutPassword?.filter((role) => roles.includes(role)),
    comparison,
    unfinished,
  };
}

const STEPS: Readonly<Record<LaterStep, string>> = {
  privileges: 'Looking for privileges that the target has added',
  statistics: 'Analyzing the tables and looking for roles without a password',
  check: 'Comparing the target with the backup',
};

/** The failure of a step after the commit, saying that the data is restored all the same, and what is not known of it. */
function unfinishedStep(step: LaterStep, target: DatabaseAccess, unchecked: string, error: unknown): HoldfastError {
  const reason = messageOf(error).replace(/\.$/, '');
  const rest = step === 'check' ? ` Not compared: ${unchecked}.` : '';
  const message = `The backup is restored into ${target.describe()}. ${STEPS[step]} was not completed: ${reason}.${rest}`;
  const hint = errorRegistry[step === 'check' ? 'RESTORE_UNCHECKED' : 'RESTORE_UNFINISHED'].hint;
  if (error instanceof HoldfastError && error.code === 'INTERRUPTED') {
    return new HoldfastError('INTERRUPTED', message, { cause: error, hint });
  }
  return new HoldfastError(step === 'check' ? 'RESTORE_UNCHECKED' : 'RESTORE_UNFINISHED', message, { cause: error });
}

/**
 * A server that refuses a statement, COMMIT included, has rolled back and said so; a psql that refuses a command ends
 * before it reaches COMMIT. Anything else leaves the outcome open.
 */
const REFUSALS: ReadonlySet<string> = new Set(['RESTORE_FAILED', 'HOSTILE_DUMP', 'PSQL_UNPATCHED']);

function commitUnknown(target: DatabaseAccess, error: unknown): unknown {
  if (error instanceof HoldfastError && REFUSALS.has(error.code)) return error;
  const message = `It is not known whether the backup is in ${target.describe()}: COMMIT was sent, but no answer came. ${messageOf(error)}`;
  const { hint } = errorRegistry.COMMIT_UNKNOWN;
  const interrupted = error instanceof HoldfastError && error.code === 'INTERRUPTED';
  return new HoldfastError(interrupted ? 'INTERRUPTED' : 'COMMIT_UNKNOWN', message, { cause: error, hint });
}

/** The user must see why the restore failed, whether or not the removal succeeds. */
async function removeCreated(target: DatabaseAccess, plan: RestorePlan, context: BackupContext): Promise<void> {
  await dropDatabase(plan.maintenance, target.target.database).catch((error: unknown) => {
    context.logger.warn(
      `The database ${target.describe()} was created for this restore and could not be dropped: ${messageOf(error)}`,
    );
  });
}

async function restoreDump(
  request: RestoreRequest,
  stored: StoredBackup,
  plan: RestorePlan & {
    readonly written: ExpectedSelection | undefined;
    readonly grants: Grants;
    readonly state: { commit: CommitState };
  },
  context: BackupContext,
): Promise<void> {
  const { manifest } = stored;
  const { signal } = context;
  const { part, rights } = plan;
  const onGrant = (text: string, owner: string | null) => plan.grants.add(text, owner);
  let backend: number | undefined;
  try {
    await loadDump({
      onBackend: (pid) => (backend = pid),
      onCommit: () => (plan.state.commit = 'sent'),
      content: contentOf(stored, plan, context),
      psql: await startPsql({ programs: plan.programs, access: request.target, stdout: 'pipe', signal }),
      restricted: plan.restricted,
      owners: request.owners,
      tablespaces: request.tablespaces ?? true,
      extensionComments: rights !== undefined || plan.facts.isSuperuser,
      onGrant: rights ? undefined : onGrant,
      requirement: requirementOf(request, part),
      choice: choiceOf(plan, onGrant),
      onProgress: (bytes) =>
        context.onProgress?.({
          phase: 'restore',
          database: manifest.database,
          bytes,
          expectedBytes: manifest.totals.rawBytes,
        }),
      signal,
    });
  } catch (error) {
    if (backend !== undefined) await endBackend(plan.maintenance, backend, context);
    throw error;
  }
}

function choiceOf(
  { part, rights, written }: Pick<RestorePlan, 'part' | 'rights'> & { readonly written: ExpectedSelection | undefined },
  onGrant: (text: string, owner: string | null) => void,
): DumpChoice | undefined {
  if (!part && !rights) return undefined;
  return {
    before: [...(rights?.memberships ?? []).map(({ grant }) => grant), ...(part?.before ?? [])],
    after: [...(part?.after ?? []), ...endMemberships(rights)],
    choose: (script) => {
      const allowed = rights ? rightsScript({ ...ordinalsOf(rights), onGrant }, script) : undefined;
      const chosen = part ? selectiveScript(part, allowed ?? script, written) : undefined;
      return {
        ...script,
        ...allowed,
        ...chosen,
        header: (header, ordinal) => {
          allowed?.header(header, ordinal);
          chosen?.header(header, ordinal);
        },
      };
    },
  };
}

function membershipNote({ rights, ground }: RestorePlan): string[] {
  const roles = (rights?.memberships ?? []).map(({ role }) => role);
  if (roles.length === 0) return [];
  return [
    `For the length of the restore, ${quoted(ground.role)} is a member of ${roles.join(', ')}, so that their objects can be given to them.`,
  ];
}

/** What a deferred trigger still has to do, it does with the rights that the rows were loaded with. */
function endMemberships(rights: RightsToLoad | undefined): string[] {
  if (!rights || rights.memberships.length === 0) return [];
  const revokes = rights.memberships.map(({ revoke }) => revoke);
  return ['SET CONSTRAINTS ALL IMMEDIATE;', ...revokes];
}

function ordinalsOf({ omitted, ...rights }: RightsToLoad) {
  return { ...rights, omitted: new Set([...omitted].map(({ ordinal }) => ordinal)) };
}

function contentOf({ manifest, dump }: StoredBackup, { part, partial }: RestorePlan, context: BackupContext) {
  if (part && partial) {
    const chosen = new Set<Entry>(part.entries.map(({ entry }) => entry));
    return partial.read((entry) => chosen.has(entry), context);
  }
  const { store, env, signal } = context;
  return readContent(store, dump, { method: manifest.compression.method, env, signal });
}

/** What the transaction begins with: triggers that are turned off are no code of others any more. */
function requirementOf(request: RestoreRequest, part: SelectionPlan | undefined): string | undefined {
  const statements = [...(part?.first ?? [])];
  if (!request.create && !request.trustTarget) {
    statements.push(refuseCodeOfOthers(request.selection?.part === 'data' ? part?.loaded : undefined));
  }
  return statements.length === 0 ? undefined : statements.join('\n');
}

/**
 * A server carries on with a statement whose client is gone, and would keep the transaction and its locks for that
 * long: forever, if a function of the dump waits forever. Takes no signal, because it runs after an abort.
 */
async function endBackend(maintenance: DatabaseAccess, pid: number, { logger }: BackupContext): Promise<void> {
  try {
    const client = await maintenance.connect();
    try {
      await client.query('SELECT pg_catalog.pg_terminate_backend($1::pg_catalog.int4)', [pid]);
    } finally {
      await client.end();
    }
  } catch (error) {
    logger.warn(
      `The session of the restore (process ${pid} of the server) could not be ended: ${messageOf(error)}. It may still hold locks.`,
    );
  }
}

/** What a database that was created has besides its content. Its settings come first: only its owner may set them. */
async function finishDatabase(
  { target, globals: rolesMade, owners, privileges }: RestoreRequest,
  globals: ParsedGlobals,
  settings: DatabaseSettings,
  context: BackupContext,
): Promise<string[]> {
  const unset = await settings.settle(context.signal);
  const client = await target.connect({ signal: context.signal });
  try {
    const statements = databaseStatements(globals, target.target.database, { owners, privileges });
    const failures = [...unset, ...(await applyStatements(client, statements))];
    const notes = failures.map((failure) => `Not applied: ${describeFailure(failure)}`);
    if (rolesMade || !failures.some(isRoleMissing)) return notes;
    return [
      ...notes,
      "--globals creates the backup's roles that the server does not have. For what was not applied: create the role and run the statement, or drop the database and restore it with --create --globals.",
    ];
  } finally {
    await client.end();
  }
}

async function finish(
  target: DatabaseAccess,
  { part, maintenance }: RestorePlan,
  { globals, roles }: { readonly globals: ParsedGlobals; readonly roles: readonly string[] },
  context: BackupContext,
) {
  const client = await target.connect({ foreignTables: true, signal: context.signal });
  let backend: number | undefined;
  try {
    // ANALYZE calls the functions of expression indexes, which come from the dump.
    backend = await backendOf(client);
    const tables = part?.entries.flatMap(({ defines, subject }) => [...defines, ...(subject ? [subject] : [])]);
    const notes = await analyzeTables(
      client,
      tables?.map((name) => part?.renamer.name(name) ?? name),
    );
    notes.push(...(await describeMembers(client, globals, roles)));
    return { notes, rolesWithoutPassword: await rolesWithoutPassword(client) };
  } catch (error) {
    if (context.signal?.aborted && backend !== undefined) await endBackend(maintenance, backend, context);
    throw error;
  } finally {
    await client.end();
  }
}

async function backendOf(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
  return rows[0]?.pid;
}

async function checkTarget(
  request: RestoreRequest,
  stored: StoredBackup,
  { programs, written, rights }: RestorePlan & { readonly written: ExpectedSelection | undefined },
  context: BackupContext,
): Promise<Comparison> {
  const { owners, target: access, selection } = request;
  const options = { owners, except: rights && leftOutOf(rights.leftOut) };
  const compare = async (): Promise<Comparison> => {
    if (selection && written) {
      const expected = written.finish();
      const all = choosesAll(selection);
      return checkSelection({ stored, expected, access, programs }, context, { ...options, all });
    }
    const expected = await readExpectedEntries(stored, context);
    return compareDatabase({ stored, expected, access, programs }, context, options);
  };
  const comparison = await compare();
  if (!rights || rights.leftOut.length === 0) return comparison;
  return { ...comparison, notCompared: [...(comparison.notCompared ?? []), ...gapsOfLeftOut(rights.leftOut)] };
}
