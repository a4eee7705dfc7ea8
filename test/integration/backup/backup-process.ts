/** A process that takes one backup, to be run under limits. Arguments: URL of the database, directory of the vault. */
import { createBackup } from '../../../src/backup/create/create-backup.js';
import { systemClock } from '../../../src/core/clock.js';
import { HoldfastError } from '../../../src/core/errors.js';
import { silentLogger } from '../../../src/core/logger.js';
import { findPrograms } from '../../../src/postgres/client-programs.js';
import { parseConnectionUrl } from '../../../src/syntax/libpq/connection-url.js';
import { openAccess } from '../../../src/postgres/connection.js';
import { openFileStore } from '../../../src/vault/file/file-store.js';

const [url = '', directory = ''] = process.argv.slice(2);
const { env } = process;
const access = await openAccess({ target: parseConnectionUrl(url), authentication: { kind: 'default' }, env });
const job = {
  name: 'db',
  access,
  compression: 'gzip',
  schemas: [],
  excludeTableData: [],
  lockWaitTimeoutMs: 20_000,
} as const;
const store = openFileStore(directory);
try {
  const context = { store, installed: await findPrograms({ env }), env, logger: silentLogger, clock: systemClock };
  process.stdout.write(`stored ${(await createBackup(job, context)).key}\n`);
} catch (error) {
  if (!(error instanceof HoldfastError)) throw error;
  process.stdout.write(`${error.code}: ${error.message}\n`);
}
