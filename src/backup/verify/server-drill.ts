/** A drill in its own database on an existing server (`verify --server`). */
import { randomBytes } from 'node:crypto';
import { messageOf } from '../../core/errors.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import { parseGlobals } from '../../postgres/parse-globals.js';
import { startPsql } from '../../postgres/psql.js';
import { readServerFacts } from '../../postgres/server-facts.js';
import type { BackupContext } from '../operation/context.js';
import { readVerifiedText } from '../stored/read-verified.js';
import { createDatabase, creationFor, dropDatabase } from '../load/create-database.js';
import { DatabaseSettings } from '../load/database-settings.js';
import { chooseRestoreClient } from '../load/restore-client.js';
import { requireTablespaces } from '../load/require-tablespaces.js';
import { requireRoles } from '../load/target-checks.js';
import type { StoredBackup } from '../stored/stored-backup.js';
import type { EmptyDatabase } from '../copy/across/compare-reload.js';
import type { Drill, DrillStarter } from './drill.js';
import { findMissingExtensions } from './missing-extensions.js';

/**
 * Drills on the server that `server` names, connecting to its database for the setup. Roles are shared by the whole
 * server, so none are created: they must exist.
 */
export function serverDrill(server: DatabaseAccess): DrillStarter {
  return (stored, context) => startServerDrill(server, stored, context);
}

/**
 * @throws HoldfastError CONNECT_FAILED …, PREFLIGHT_FAILED when roles or tablespaces are missing, RESTORE_FAILED; the
 *   signal's error
 */
async function startServerDrill(server: DatabaseAccess, stored: StoredBackup, context: BackupContext): Promise<Drill> {
  const { manifest } = stored;
  const { env, signal, logger } = context;
  context.onProgress?.({ phase: 'server', database: manifest.database, bytes: 0 });
  const globals = parseGlobals(await readVerifiedText(context.store, stored.globals, { env, signal }));
  const client = await server.connect({ signal });
  const facts = await (async () => {
    try {
      await requireRoles(client, server, manifest.roles);
      return await readServerFacts(client);
    } finally {
      await client.end();
    }
  })();
  await requireTablespaces(server, stored, globals, context);
  const { programs, notes } = await chooseRestoreClient(context.installed, facts.versionNum, { signal });
  const made: string[] = [];
  const stop = async () => {
    for (const name of made.splice(0)) {
      await dropDatabase(server, name).catch((error: unknown) => {
        logger.warn(`The drill's database ${name} on ${server.describe()} could not be dropped: ${messageOf(error)}`);
      });
    }
  };
  const makeDatabase = async (abort: AbortSignal | undefined): Promise<EmptyDatabase> => {
    const name = `holdfast_drill_${randomBytes(6).toString('hex')}`;
    await createDatabase(server, name, creationFor(globals, manifest), { signal: abort, logger });
    made.push(name);
    const access = server.withDatabase(name);
    await new DatabaseSettings(access, server, globals).apply(abort);
    return { access, startPsql: (end) => startPsql({ programs, access, stdout: 'pipe', signal: end }) };
  };
  let database: EmptyDatabase;
  try {
    database = await makeDatabase(signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    server: { version: facts.version, throwaway: false },
    confinement: undefined,
    versionNum: facts.versionNum,
    isSuperuser: facts.isSuperuser,
    ...database,
    programs,
    notes: [...notes],
    another: makeDatabase,
    missingExtensions: (abort) => findMissingExtensions(database.access, manifest.extensions, abort),
    stop,
  };
}
