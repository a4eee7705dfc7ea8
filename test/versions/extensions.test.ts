/** Extensions that others make: those that have to be preloaded, and those that ship rows or libraries. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BackupContext } from '../../src/backup/operation/context.js';
import { openDatabase, type TestDatabase, type TestServer } from '../helpers/postgres.js';
import { accessTo, makeContext, readBackup, takeBackup, verify } from '../integration/backup/harness.js';
import { describeExtended, extendedProgramsOf, programsOf, startMajor } from './majors.js';

const SQL = `
  CREATE EXTENSION pgaudit; CREATE EXTENSION pg_cron; CREATE EXTENSION postgis;
  CREATE SCHEMA partman; CREATE EXTENSION pg_partman SCHEMA partman;
  CREATE TABLE places (id int PRIMARY KEY, at geometry(Point, 4326));
  INSERT INTO places SELECT i, ST_SetSRID(ST_MakePoint(i, 1), 4326) FROM generate_series(1, 50) i;
  CREATE INDEX ON places USING gist (at);
  CREATE TABLE log (id int NOT NULL, at timestamptz NOT NULL) PARTITION BY RANGE (at);
  SELECT cron.schedule('nightly', '0 3 * * *', 'SELECT 1');
  UPDATE cron.job SET active = false;
  UPDATE spatial_ref_sys SET srtext = 'changed' WHERE srid = 4326; DELETE FROM spatial_ref_sys WHERE srid = 3857;
  INSERT INTO spatial_ref_sys (srid, srtext) VALUES (990001, 'own')`;

/** What only one of the releases has. */
const ONLY: Readonly<Record<number, string>> = {
  15: 'CREATE EXTENSION pgrouting',
  17: `CREATE EXTENSION vector; ALTER TABLE places ADD v vector(3); UPDATE places SET v = ARRAY[id, 1, 2];
       CREATE INDEX ON places USING hnsw (v vector_l2_ops)`,
};

describeExtended('extensions on %i', (major) => {
  let server: TestServer;
  let database: TestDatabase;
  let context: BackupContext;

  beforeAll(async () => {
    const programs = await extendedProgramsOf(major);
    server = await startMajor(major, {
      programs,
      preload: ['pgaudit', 'pg_cron', 'a_library_of_the_source_alone'],
      settings: { 'cron.database_name': 'extended' },
    });
    const admin = openDatabase(server, 'postgres');
    await admin.query('CREATE ROLE dumper LOGIN BYPASSRLS');
    await admin.query('CREATE DATABASE extended');
    database = openDatabase(server, 'extended');
    await database.query(SQL);
    await database.query(ONLY[major] ?? '');
    context = await makeContext({ installed: [programs] });
  });
  afterAll(() => server?.stop());

  it('15.7: are proven, also those that have to be preloaded under the name of the database', async () => {
    expect(server.preloaded).toEqual(['pgaudit', 'pg_cron']);
    const { backup } = await takeBackup(await accessTo('extended', { server }), context);
    const { manifest } = (await readBackup(backup, context)).stored;
    expect(manifest.preloaded).toEqual(['pgaudit', 'pg_cron']);
    const result = await verify(backup, context);
    expect(result).toMatchObject({ verdict: 'proven', differences: [], missingExtensions: [] });
    // What was done to rows that the extension ships is not proven, and is said.
    const rows = result.notCompared?.find(({ kind }) => kind === 'extension-rows');
    expect(rows?.objects).toEqual([expect.stringMatching(/^public\.spatial_ref_sys \(WHERE NOT/)]);
  });

  it('15.7: are proven for a role that may not see what the source preloads', async () => {
    await database.query('GRANT pg_read_all_data TO dumper');
    const access = await accessTo('extended', { server, user: 'dumper' });
    const { backup } = await takeBackup(access, context, { name: 'seen_by_dumper' });
    expect((await readBackup(backup, context)).stored.manifest.preloaded).toBeUndefined();
    expect(await verify(backup, context)).toMatchObject({ verdict: 'proven', differences: [] });
  });

  it('15.7: are missing where the machine does not have them, which is nothing that the backup is to blame for', async () => {
    const { backup } = await takeBackup(await accessTo('extended', { server }), context, { name: 'elsewhere' });
    const result = await verify(backup, { ...context, installed: [await programsOf(major)] });
    expect(result).toMatchObject({ verdict: 'incomplete', differences: [] });
    expect(result.missingExtensions.map(({ name }) => name)).toEqual([
      ...['pg_cron', 'pg_partman', 'pgaudit', ...(major === 15 ? ['pgrouting'] : []), 'postgis'],
      ...(major === 17 ? ['vector'] : []),
    ]);
  });
});
