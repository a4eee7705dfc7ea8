/** Dumps that others made of every fixture: each format and compression is the same backup, and proven. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openForeignFile } from '../../../src/backup/foreign/foreign-file.js';
import { importDump } from '../../../src/backup/import/import-dump.js';
import { resolveBackup } from '../../../src/vault/resolve-backup.js';
import { openDatabase, startTestServer, type TestServer } from '../../helpers/postgres.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { foreignCells, takeForeignCells } from '../../integration/backup/foreign-cells.js';
import { makeContext, verify } from '../../integration/backup/harness.js';

describe.each(['shop', 'every-kind', 'expressions', 'traps'])('%s', (fixture) => {
  let server: TestServer;
  const directory = temporaryDirectory();

  beforeAll(async () => {
    server = await startTestServer({ settings: { wal_level: 'logical' } });
    await openDatabase(server, 'postgres').query('CREATE DATABASE source');
    const sql = readFileSync(join(import.meta.dirname, '../../fixtures/sql', `${fixture}.sql`), 'utf8');
    await openDatabase(server, 'source').query(sql);
    await takeForeignCells(directory, 'source', server, 'source');
  });
  afterAll(() => server?.stop());

  test('21: is the same backup from each, and proven', async () => {
    const context = await makeContext();
    const seen = new Set<string>();
    for (const [index, name] of foreignCells('source').entries()) {
      const takenAt = new Date(Date.parse('2024-01-05T03:00:00Z') + index * 60_000);
      const file = await openForeignFile(join(directory, name));
      const manifest = await importDump(file, { database: 'db', takenAt, compression: { method: 'gzip' } }, context);
      seen.add(manifest.entriesSha256);
      const { verdict, differences, notes } = await verify(await resolveBackup(context.store, manifest.key), context);
      expect({ name, verdict, differences, notes }).toMatchObject({ name, verdict: 'proven', differences: [] });
    }
    expect(seen.size).toBe(1);
  });
});
