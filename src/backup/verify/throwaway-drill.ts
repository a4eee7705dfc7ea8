/** A drill in a throwaway server on this machine. */
import { HoldfastError } from '../../core/errors.js';
import type { PostgresPrograms } from '../../postgres/client-programs.js';
import { openAccess, type DatabaseAccess } from '../../postgres/connection.js';
import { dumpGlobals } from '../../postgres/globals.js';
import { quoteIdentifier } from '../../syntax/sql/identifiers.js';
import { majorOf } from '../../postgres/client-choice.js';
import { parseGlobals } from '../../postgres/parse-globals.js';
import { globalsFor, type ParsedGlobals, type RoleStatement } from '../../postgres/parsed-globals.js';
import { startPsql } from '../../postgres/psql.js';
import { requireRestrict } from '../../postgres/restricted-psql.js';
import type { ConfinementWish, Measure } from '../../postgres/throwaway/confinement/measures.js';
import type { ThrowawayLocale, ThrowawayServer } from '../../postgres/throwaway/options.js';
import { startThrowawayServer } from '../../postgres/throwaway/throwaway-server.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import type { BackupContext } from '../operation/context.js';
import { readVerifiedText } from '../stored/read-verified.js';
import { applyStatements, databaseStatements, describeFailure, type ApplyFailure } from '../load/apply-globals.js';
import { DatabaseSettings } from '../load/database-settings.js';
import { tablespaceNames } from '../load/require-tablespaces.js';
import type { StoredBackup } from '../stored/stored-backup.js';
import { inCommonWords } from '../copy/across/compare-globals-across.js';
import { compareGlobals } from '../copy/compare-globals.js';
import type { Drill, DrillStarter } from './drill.js';
import { findMissingExtensions } from './missing-extensions.js';

/** The restore is one transaction that locks every object it creates; indexes and sequences of a table count too. */
const LOCKS_PER_ENTRY = 2;
const CONNECTIONS = 50;
const FEWEST_LOCKS = 256;

const UNCONFINED =
  'The code in this dump ran without confinement: it had access to the network, and to the files and processes of the user that it ran as.';

const FILES_OPEN =
  'The code in this dump was kept from the network, but not from the files and processes of the user that it ran as.';

/** What the reader of a proof is told about a drill that was not confined as it should have been. */
function describeLack(measures: readonly Measure[]): string[] {
  if (measures.length === 0) return [UNCONFINED];
  return measures.includes('own-user') || measures.includes('landlock') ? [] : [FILES_OPEN];
}

export interface ThrowawayDrillOptions {
  /** @default 'required' */
  readonly confinement?: ConfinementWish | undefined;
  /** How much of the disk must stay free, in bytes. @default a twentieth, at most 512 MiB */
  readonly reserveBytes?: number | undefined;
  /** Of the server. @default the source's, or the next newer one that is installed */
  readonly major?: number | undefined;
}

/** Drills in a throwaway server, confined by default. */
export function throwawayDrill(options: ThrowawayDrillOptions = {}): DrillStarter {
  return (stored, context) => startThrowawayDrill(stored, context, options);
}

/**
 * @throws HoldfastError THROWAWAY_FAILED, CONFINEMENT_MISSING, PROGRAM_MISSING; the errors of reading the globals
 *   object; the signal's error
 */
async function startThrowawayDrill(
  stored: StoredBackup,
  context: BackupContext,
  { confinement = 'required', reserveBytes, major: wanted }: ThrowawayDrillOptions,
): Promise<Drill> {
  const { manifest } = stored;
  const { signal, env, logger } = context;
  context.onProgress?.({ phase: 'server', database: manifest.database, bytes: 0 });
  const major = majorOf(manifest.server.versionNum);
  const { programs, note } = chooseServer(context.installed, manifest, wanted);
  await requireRestrict(programs, signal);
  const recorded = parseGlobals(await readVerifiedText(context.store, stored.globals, { env, signal }));
  const foreign = manifest.origin !== undefined;
  const globals = foreign
    ? madeUpGlobals(manifest)
    : globalsFor(keepSuperuser(recorded, manifest.bootstrapRole), { major }, programs);
  const server = await startThrowawayServer({
    programs,
    encoding: manifest.encoding,
    locale: throwawayLocale(manifest.locale),
    superuser: manifest.bootstrapRole,
    maxConnections: CONNECTIONS,
    maxLocksPerTransaction: Math.max(
      FEWEST_LOCKS,
      Math.ceil((manifest.totals.entries * LOCKS_PER_ENTRY) / CONNECTIONS),
    ),
    tablespaces: tablespaceNames(globals),
    ...preloading(manifest),
    confinement,
    watchDisk: true,
    reserveBytes,
    logger,
    signal,
  });
  try {
    const access = await accessTo(server, manifest.dbName);
    const failures = await prepareDatabase(access, manifest.dbName, globals, signal);
    const settings = new DatabaseSettings(access, maintenanceOf(access), globals);
    await settings.apply(signal);
    const notes = failures.map(describeRefusal);
    if (note) notes.push(note);
    notes.push(...describeLack(server.confinement));
    if (foreign) notes.push(...madeUpNotes(manifest, globals));
    else if (recorded.roles.some((each) => isBarred(each, manifest.bootstrapRole)))
      notes.push(keptSuperuser(manifest.bootstrapRole));
    return {
      server: { version: server.version, throwaway: true },
      confinement: server.confinement,
      outOfRoom: server.outOfRoom,
      versionNum: programs.versionNum,
      isSuperuser: true,
      access,
      programs,
      notes,
      compareGlobals: async (abort) => {
        const refused = [...(await settings.settle(abort)), ...(await applyLast(access, globals, abort))];
        notes.push(...refused.map(describeRefusal));
        // There is nothing to compare with.
        if (foreign) return [];
        const actual = parseGlobals(
          await dumpGlobals({ programs, access, encoding: manifest.encoding, signal: abort }),
        );
        const notApplied = new Set([...failures, ...refused].map(({ statement }) => statement));
        if (major === programs.major) return compareGlobals(globals, actual, notApplied);
        // What was refused is said in the notes, and is missing from the copy: in other words here than there.
        const words = { grantors: major >= 16 };
        return compareGlobals(inCommonWords(globals, words), inCommonWords(actual, words), notApplied);
      },
      another: async (abort) => {
        const second = access.withDatabase(manifest.dbName === RELOADED ? `${RELOADED}_2` : RELOADED);
        await prepareDatabase(second, second.target.database, { ...NO_GLOBALS, creation: globals.creation }, abort);
        await new DatabaseSettings(second, maintenanceOf(second), globals).apply(abort);
        return {
          access: second,
          startPsql: (end) => startPsql({ programs, access: second, stdout: 'pipe', signal: end }),
        };
      },
      missingExtensions: (abort) => findMissingExtensions(access, manifest.extensions, abort),
      startPsql: (abort) => startPsql({ programs, access, stdout: 'pipe', signal: abort }),
      stop: () => server.stop(),
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/**
 * The server that is nearest to the source's major and at least as new as the client that wrote the dump, which may use
 * what older servers do not know; of that major the newest minor.
 */
export function chooseServer(
  installed: readonly PostgresPrograms[],
  { server, client }: Pick<Manifest, 'server' | 'client'>,
  wanted?: number,
): { readonly programs: PostgresPrograms; readonly note?: string } {
  const [source, writer] = [majorOf(server.versionNum), Number.parseInt(client.version, 10)];
  const least = Math.max(source, Number.isNaN(writer) ? 0 : writer);
  const dumpedBy = `the dump was written by pg_dump ${client.version} from PostgreSQL ${source}`;
  if (wanted !== undefined && wanted < least) {
    throw new HoldfastError(
      'USAGE',
      `Verifying with --major ${wanted}: ${dumpedBy}, and restores into ${least} or newer.`,
      { hint: `Choose ${least} or newer.` },
    );
  }
  const programs = installed
    .filter((found) => found.has('initdb') && found.has('postgres'))
    .filter(({ major }) => (wanted === undefined ? major >= least : major === wanted))
    .sort((a, b) => a.major - b.major || b.versionNum - a.versionNum)[0];
  const which = wanted === undefined ? `${least} or newer` : `${wanted}`;
  if (!programs) {
    throw new HoldfastError(
      'THROWAWAY_FAILED',
      `Verifying needs a PostgreSQL server of version ${which}, and none is installed here: ${dumpedBy}.`,
      {
        hint: `Install one (Debian: apt-get install postgresql-${wanted ?? least}), or point HOLDFAST_PG_BIN at its programs.`,
      },
    );
  }
  if (wanted !== undefined || programs.major === source) return { programs };
  const why = least > source ? dumpedBy : `no server of version ${source} is installed`;
  return { programs, note: `Restored into PostgreSQL ${programs.version}: ${why}.` };
}

/** What is known to be created only where it was preloaded, for backups whose role could not see what the source preloads. */
const PRELOADED_EXTENSIONS: ReadonlySet<string> = new Set(['citus', 'pg_cron', 'pgaudit', 'timescaledb']);

/** Settings by which an extension is told the one database that it can be created in. */
const DATABASE_OF: Readonly<Record<string, string>> = { pg_cron: 'cron.database_name' };

/** What the source has loaded at its start: some extensions cannot be created without, nor security labels given. */
function preloading({ preloaded, extensions, dbName }: Manifest): {
  readonly preload: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
} {
  const names = extensions.map(({ name }) => name);
  const preload = preloaded ?? names.filter((name) => PRELOADED_EXTENSIONS.has(name));
  const settings = names.flatMap((name) => (DATABASE_OF[name] ? [[DATABASE_OF[name], dbName] as const] : []));
  return {
    preload: preload.filter((name) => /^(?:\$libdir\/)?[\w.-]+$/.test(name)),
    settings: Object.fromEntries(settings),
  };
}

/** A manifest has one field for the locale of either provider that is not libc. */
export function throwawayLocale({ icuLocale, ...locale }: Manifest['locale']): ThrowawayLocale {
  return locale.provider === 'builtin' ? { ...locale, builtinLocale: icuLocale } : { ...locale, icuLocale };
}

/** For a dump that came without roles: those that it refers to, which can do nothing and own what the dump says. */
function madeUpGlobals({ roles, bootstrapRole }: Manifest): ParsedGlobals {
  const needed = roles.filter((role) => role !== bootstrapRole && !role.startsWith('pg_'));
  return parseGlobals(needed.map((role) => `CREATE ROLE ${quoteIdentifier(role)};\n`).join(''));
}

function madeUpNotes({ unknown = [], session }: Manifest, { roles }: ParsedGlobals): string[] {
  const names = roles.map(({ role }) => role);
  const shown = names.slice(0, SHOWN_ROLES).join(', ');
  const more = names.length > SHOWN_ROLES ? ` and ${names.length - SHOWN_ROLES} more` : '';
  return [
    'Others made this dump: the locale of its database is not known, and C was taken for it.',
    ...(unknown.some(({ what }) => what === 'time-zone')
      ? [`The time zone in which it was made is not known, and ${session.TimeZone ?? 'UTC'} was taken for it.`]
      : []),
    ...(names.length > 0
      ? [`These roles were made up for the drill, since the dump came without roles: ${shown}${more}.`]
      : []),
  ];
}

const SHOWN_ROLES = 10;

/** The database for what is dumped of the copy. */
const RELOADED = 'holdfast_reloaded';

const NO_GLOBALS: Omit<ParsedGlobals, 'creation'> = {
  roles: [],
  memberships: [],
  tablespaces: [],
  roleSettings: [],
  database: [],
};

/**
 * The drill connects as the source's bootstrap role, because that role owns what initdb creates. At the source it may
 * no longer be allowed to log in, or no longer be a superuser; in a drill it stays both.
 */
function keepSuperuser(globals: ParsedGlobals, role: string): ParsedGlobals {
  return { ...globals, roles: globals.roles.map((each) => (isBarred(each, role) ? withSuperuser(each) : each)) };
}

function isBarred(statement: RoleStatement, role: string): boolean {
  return statement.role === role && statement.attributes.some((attribute) => KEPT.test(attribute));
}

const KEPT = /^NO(SUPERUSER|LOGIN)$/;

function withSuperuser(statement: RoleStatement): RoleStatement {
  const { text, attributesStart, attributesEnd } = statement;
  const attributes = statement.attributes.map((attribute) => attribute.replace(KEPT, '$1'));
  return { ...statement, text: text.slice(0, attributesStart) + attributes.join(' ') + text.slice(attributesEnd) };
}

function keptSuperuser(role: string): string {
  return `NOLOGIN or NOSUPERUSER of the role ${role} was neither applied nor compared: the drill connects as that role.`;
}

/**
 * What answers on the socket may be code from the dump. So nothing of ours is read for it, neither by us nor by the
 * client programs: no password file, no service file, no variable of our environment. Our own server asks for no
 * password, and a server that asks gets none. Whatever the dump makes a client program do, it does as a user without
 * credentials.
 */
async function accessTo(server: ThrowawayServer, database: string): Promise<DatabaseAccess> {
  const { host, port, user } = server.connection(database);
  const access = await openAccess({
    target: { host, port: String(port), user, database, parameters: {} },
    authentication: { kind: 'none' },
    env: { ...server.environment(), PATH: '/usr/bin:/bin' },
    launch: server.launchClient,
  });
  return ownServers(access);
}

/** A connection that our own server refuses is a failure of that server, for example because its disk is full. */
function ownServers(access: DatabaseAccess): DatabaseAccess {
  return {
    target: access.target,
    launch: access.launch,
    describe: () => access.describe(),
    childTarget: () => access.childTarget(),
    childEnvironment: () => access.childEnvironment(),
    connect: async (options) => {
      try {
        return await access.connect(options);
      } catch (error) {
        if (!(error instanceof HoldfastError && error.code === 'CONNECT_FAILED')) throw error;
        throw new HoldfastError('THROWAWAY_FAILED', error.message, { cause: error });
      }
    },
    withDatabase: (name) => ownServers(access.withDatabase(name)),
    withRole: (name) => ownServers(access.withRole(name)),
  };
}

/**
 * Roles first, because the database's owner is one of them; its tablespace is the source's.
 *
 * @returns what could not be applied
 */
async function prepareDatabase(
  access: DatabaseAccess,
  database: string,
  globals: ParsedGlobals,
  signal: AbortSignal | undefined,
): Promise<ApplyFailure[]> {
  // initdb has created `postgres` and `template1` empty, with the same encoding and locale.
  const exists = database === 'postgres' || database === 'template1';
  const client = await maintenanceOf(access).connect({ signal });
  try {
    const { roles, memberships, tablespaces } = globals;
    const grants = tablespaces.filter(({ kind }) => kind === 'grant');
    const statements = [...roles, ...memberships, ...grants].map(({ text }) => text);
    const failures = await applyStatements(client, statements);
    const name = quoteIdentifier(database);
    const { options = 'TEMPLATE template0', tablespace } = globals.creation ?? {};
    // As at the source: what a newer major adds to databases, such as rules of a collation, is in the statement.
    if (!exists)
      await client.query(`CREATE DATABASE ${name} ${options}${tablespace ? ` TABLESPACE ${tablespace}` : ''}`);
    else if (tablespace) await client.query(`ALTER DATABASE ${name} SET TABLESPACE ${tablespace}`);
    return failures;
  } finally {
    await client.end();
  }
}

/**
 * Settings of roles come after everything else: one that names a library which is missing here would keep us from
 * connecting. So do the database's owner, limits and grants.
 */
async function applyLast(
  access: DatabaseAccess,
  globals: ParsedGlobals,
  signal: AbortSignal | undefined,
): Promise<ApplyFailure[]> {
  const client = await maintenanceOf(access).connect({ signal });
  try {
    return await applyStatements(client, [
      ...globals.roleSettings.map(({ text }) => text),
      ...databaseStatements(globals, access.target.database),
    ]);
  } finally {
    await client.end();
  }
}

/** A database of the drill's server that is not the one restored into. */
function maintenanceOf(access: DatabaseAccess): DatabaseAccess {
  return access.withDatabase(access.target.database === 'template1' ? 'postgres' : 'template1');
}

function describeRefusal(failure: ApplyFailure): string {
  return `Not applied in the drill: ${describeFailure(failure)}`;
}
