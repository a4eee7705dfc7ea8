/** The operations as a program of one's own calls them: by what the package's root exports, and nothing else. */
import { describe, expect, it } from 'vitest';
import {
  BACKUP_DEFAULTS,
  createBackup,
  createContext,
  HoldfastError,
  initVault,
  openDatabase,
  openVault,
  resolveBackup,
  restoreBackup,
  throwawayDrill,
  verifyBackup,
} from '../../../src/index.js';
import { createDatabase } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { pathToFileURL } from 'node:url';

describe('the operations of the package', () => {
  it('9: back up, prove and restore a database', async () => {
    const source = await createDatabase(undefined, 'CREATE TABLE t AS SELECT g AS id FROM generate_series(1, 20) g');
    const target = await createDatabase();
    const store = await openVault(pathToFileURL(temporaryDirectory()).href);
    const context = await createContext({ store });
    await initVault(store, { above: [], clock: context.clock });

    const taken = await createBackup(
      { ...BACKUP_DEFAULTS, name: 'appdb', access: await openDatabase(source.url) },
      context,
    );
    expect(taken).toMatchObject({ database: 'appdb', rows: 20, tables: 1 });

    const backup = await resolveBackup(store, taken.key);
    const startDrill = throwawayDrill({ confinement: 'none' });
    const proof = await verifyBackup(backup, context, { startDrill });
    expect(proof).toMatchObject({ verdict: 'proven', differences: [] });

    const request = { create: false, globals: false, owners: true, check: true, dryRun: false };
    const restored = await restoreBackup({ ...request, backup, target: await openDatabase(target.url) }, context);
    expect(restored.comparison?.differences).toEqual([]);
    expect(await target.query('SELECT count(*)::int AS rows FROM t')).toEqual([{ rows: 20 }]);
  });

  it('9: fail with a code', async () => {
    const refused = openVault('backups').catch((error: unknown) => error);
    expect(await refused).toBeInstanceOf(HoldfastError);
    expect(await refused).toMatchObject({ code: 'VAULT_URL_INVALID' });
    await expect(openDatabase('mysql://db/app')).rejects.toMatchObject({ code: 'URL_INVALID' });
  });
});
