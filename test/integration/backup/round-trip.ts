/** A database's way through all of it: backed up, proven, restored under another name, compared. */
import { expect } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { openDatabase, type TestServer } from '../../helpers/postgres.js';
import { accessTo, readBackup, restore, takeBackup, verify } from './harness.js';

export interface DatabaseCase {
  /** For the name of the test. */
  readonly what: string;
  readonly name: string;
  /** Of CREATE DATABASE. */
  readonly options?: string;
  /** Run in the database. */
  readonly sql: string;
  /** `ALTER DATABASE % SET …` and the like; `%` stands for the database. */
  readonly settings?: readonly string[];
  /** Whom the backup is taken as. @default the superuser */
  readonly user?: string;
  /** What a restore tells. @default nothing */
  readonly notes?: readonly RegExp[];
}

/** A database with a name, whatever is in it. */
export function named(name: string): DatabaseCase {
  return {
    what: `a database called ${JSON.stringify(name)}`,
    name,
    sql: 'CREATE TABLE t (a integer); INSERT INTO t VALUES (1);',
    settings: [
      `ALTER DATABASE % SET work_mem = '6MB'`,
      `COMMENT ON DATABASE % IS 'x'`,
      'DO $$ BEGIN CREATE ROLE app_user; EXCEPTION WHEN duplicate_object THEN NULL; END $$',
      `ALTER ROLE app_user IN DATABASE % SET work_mem = '5MB'`,
    ],
  };
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

export async function roundTrip(server: TestServer, context: BackupContext, one: DatabaseCase): Promise<void> {
  const { name, options = '', sql, settings = [], user, notes = [] } = one;
  const admin = openDatabase(server, 'postgres');
  await admin.query(`CREATE DATABASE ${quoted(name)} TEMPLATE template0 ${options}`);
  await openDatabase(server, name).query(sql);
  for (const statement of settings) await admin.query(statement.replace(' % ', () => ` ${quoted(name)} `));

  // Not every name of a database has a place in a vault.
  const inVault = name.replaceAll('/', '-');
  const { backup } = await takeBackup(await accessTo(name, { server, user }), context, { name: inVault });
  const { stored } = await readBackup(backup, context);
  expect(stored.manifest.dbName).toBe(name);
  const result = await verify(backup, context);
  const nothing = result.entries === 0 ? ['proven: no entries, no tables, no rows. There was no data to prove.'] : [];
  expect(result).toMatchObject({ verdict: 'proven', differences: [], notes: nothing });
  expect(result.matched).toBe(result.entries);

  const copy = `copy of ${name}`;
  const restored = await restore(backup, await accessTo(copy, { server }), context, { create: true, check: true });
  expect(restored.comparison).toMatchObject({ differences: [] });
  expect(restored.notes).toEqual(notes.map((note) => expect.stringMatching(note) as string));
  const [wanted] = await admin.query(OF_DATABASE, [name]);
  const [found] = await admin.query(OF_DATABASE, [copy]);
  expect(wanted).toBeDefined();
  expect(found).toEqual(wanted);
  await openDatabase(server, name).end();
  await openDatabase(server, copy).end();
}

/** What belongs to a database as a whole. */
const OF_DATABASE = `
  SELECT encoding, datcollate, datctype, datlocprovider, daticulocale, shobj_description(oid, 'pg_database') AS comment,
         ARRAY(SELECT setrole::text || setconfig::text FROM pg_db_role_setting WHERE setdatabase = d.oid ORDER BY 1) AS settings
    FROM pg_database d WHERE datname = $1`;
