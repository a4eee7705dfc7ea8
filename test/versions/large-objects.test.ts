/** pg_dump 17 and newer write the definitions and grants of several large objects under one header. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BackupContext } from '../../src/backup/operation/context.js';
import type { Selection } from '../../src/backup/restore/selection/selection.js';
import type { CompleteBackup } from '../../src/vault/catalog.js';
import { openDatabase, type TestDatabase, type TestServer } from '../helpers/postgres.js';
import { accessTo, readBackup, restore, takeBackup, verify } from '../integration/backup/harness.js';
import { contextWith, describeMajors, startMajor } from './majors.js';

const SQL = `
  CREATE TABLE t (a integer); INSERT INTO t VALUES (1);
  CREATE ROLE lo_owner; CREATE ROLE lo_reader; CREATE ROLE lo_passes_on;
  SELECT lo_from_bytea(501, 'a'), lo_from_bytea(502, 'b');
  GRANT SELECT ON LARGE OBJECT 501, 502 TO PUBLIC;
  SELECT lo_from_bytea(503, 'c');
  REVOKE ALL ON LARGE OBJECT 503 FROM CURRENT_USER;
  GRANT SELECT ON LARGE OBJECT 503 TO PUBLIC;
  GRANT ALL ON LARGE OBJECT 503 TO CURRENT_USER;
  SELECT lo_from_bytea(601, 'd'), lo_from_bytea(602, 'e');
  ALTER LARGE OBJECT 601 OWNER TO lo_owner; ALTER LARGE OBJECT 602 OWNER TO lo_owner;
  GRANT SELECT ON LARGE OBJECT 601, 602 TO lo_passes_on WITH GRANT OPTION;
  SET ROLE lo_passes_on; GRANT SELECT ON LARGE OBJECT 601, 602 TO lo_reader; RESET ROLE;
  SELECT lo_from_bytea(700, 'f');
  COMMENT ON LARGE OBJECT 502 IS 'a comment'`;

const all = (part: Selection['part']): Selection => ({ tables: [], schemas: [], part, append: false });

const GRANTS = `
  SELECT m.oid::text, m.lomowner::regrole::text AS owner,
         ARRAY(SELECT a.grantor::regrole::text || ' gave ' || a.grantee::regrole::text || ' ' || a.privilege_type || a.is_grantable::text
                 FROM aclexplode(coalesce(m.lomacl, acldefault('L', m.lomowner))) a ORDER BY 1) AS grants
    FROM pg_largeobject_metadata m ORDER BY m.oid`;

describeMajors(17, 'large objects on %i', (major) => {
  let server: TestServer;
  let source: TestDatabase;
  let context: BackupContext;
  let backup: CompleteBackup;
  let warnings: readonly string[];

  beforeAll(async () => {
    server = await startMajor(major);
    source = openDatabase(server, 'postgres');
    await source.query(SQL);
    context = await contextWith([major]);
    const taken = await takeBackup(await accessTo('postgres', { server }), context);
    ({ backup } = taken);
    ({ warnings } = taken.result);
  });
  afterAll(() => server?.stop());

  it('15.1: are proven, each by itself, though a reload groups them differently', async () => {
    const { entries } = await readBackup(backup, context);
    expect(entries.filter(({ type }) => type === 'ACL').map(({ name }) => name)).toEqual(
      ['501', '502', '503', '601', '602'].map((oid) => `LARGE OBJECT ${oid}`),
    );
    expect(await verify(backup, context)).toMatchObject({ verdict: 'proven', differences: [] });
    expect(warnings).toEqual([expect.stringMatching(/^pg_dump .* has miswritten the grants on large objects/)]);
  });

  it('15.1: get their owners and grants back, those by others than the owner too, with all of the database', async () => {
    const created = await accessTo('all_of_it', { server });
    const restored = await restore(backup, created, context, { create: true, check: true });
    expect(restored.comparison).toMatchObject({ differences: [] });
    expect(await openDatabase(server, 'all_of_it').query(GRANTS)).toEqual(await source.query(GRANTS));
  });

  it('15.1: get them back with --data-only, and --check says so', async () => {
    await source.query('CREATE DATABASE only_data TEMPLATE template0');
    const target = await accessTo('only_data', { server });
    const restored = await restore(backup, target, context, { selection: all('data'), check: true });
    expect(restored.comparison).toMatchObject({ differences: [] });
    expect(await openDatabase(server, 'only_data').query(GRANTS)).toEqual(await source.query(GRANTS));
  });

  it('15.1: are left out with --schema-only, with their grants', async () => {
    await source.query('CREATE DATABASE only_schema TEMPLATE template0');
    const target = await accessTo('only_schema', { server });
    const restored = await restore(backup, target, context, { selection: all('definitions'), check: true });
    expect(restored.comparison).toMatchObject({ differences: [] });
    expect(await openDatabase(server, 'only_schema').query(GRANTS)).toEqual([]);
  });
});
