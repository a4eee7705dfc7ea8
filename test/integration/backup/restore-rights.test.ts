/** Restores that leave out owners, grants or kinds of objects, into a server that has none of the backup's roles. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import type { RestoreRequest } from '../../../src/backup/restore/restore-request.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { openDatabase, startTestServer, type TestServer } from '../../helpers/postgres.js';
import { accessTo, makeContext, readBackup, restore, takeBackup } from './harness.js';

let source: TestServer;
let target: TestServer;
let context: BackupContext;
let backup: CompleteBackup;
let entries: number;
let copies = 0;

beforeAll(async () => {
  [source, target] = await Promise.all([startTestServer(), startTestServer()]);
  const admin = openDatabase(source, 'postgres');
  await admin.query('CREATE ROLE owner_a; CREATE ROLE owner_b; CREATE ROLE "read er"; CREATE ROLE known');
  await admin.query('CREATE DATABASE app OWNER owner_a');
  await openDatabase(source, 'app').query(APP);
  await openDatabase(target, 'postgres').query('CREATE ROLE known; CREATE ROLE keeper NOLOGIN');
  context = await makeContext();
  ({ backup } = await takeBackup(await accessTo('app', { server: source }), context));
  entries = (await readBackup(backup, context)).entries.length;
});

afterAll(() => Promise.all([source?.stop(), target?.stop()]));

const APP = `
  CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext; COMMENT ON EXTENSION hstore IS 'ours';
  CREATE SCHEMA app AUTHORIZATION owner_a; GRANT USAGE ON SCHEMA app TO "read er", known;
  CREATE TABLE app.t (id int PRIMARY KEY, who text, tags ext.hstore); ALTER TABLE app.t OWNER TO owner_b;
  INSERT INTO app.t VALUES (1, 'a', 'x=>1');
  GRANT SELECT ON app.t TO "read er" WITH GRANT OPTION; GRANT INSERT ON app.t TO known;
  SET SESSION AUTHORIZATION "read er"; GRANT SELECT ON app.t TO known; RESET SESSION AUTHORIZATION;
  GRANT SELECT (who) ON app.t TO owner_a; GRANT UPDATE ON app.t TO PUBLIC;
  ALTER TABLE app.t ENABLE ROW LEVEL SECURITY;
  CREATE POLICY of_reader ON app.t FOR SELECT TO "read er", known USING (true);
  COMMENT ON POLICY of_reader ON app.t IS 'sees all';
  CREATE POLICY of_missing ON app.t AS RESTRICTIVE TO "read er" USING (id > 0);
  CREATE POLICY of_known ON app.t TO known USING (id = 1);
  ALTER DEFAULT PRIVILEGES FOR ROLE owner_a IN SCHEMA app GRANT SELECT ON TABLES TO known;
  CREATE FUNCTION app.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
  CREATE EVENT TRIGGER on_ddl ON ddl_command_end EXECUTE FUNCTION app.on_ddl();
  COMMENT ON EVENT TRIGGER on_ddl IS 'watches';
  CREATE PUBLICATION pub FOR TABLE app.t; CREATE PUBLICATION everything FOR ALL TABLES;
  CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR "read er" SERVER s;
  CREATE FOREIGN TABLE app.far (a int) SERVER s; COMMENT ON COLUMN app.far.a IS 'away'; GRANT SELECT ON app.far TO known;
  SELECT lo_create(4711); ALTER LARGE OBJECT 4711 OWNER TO owner_b; GRANT SELECT ON LARGE OBJECT 4711 TO "read er"`;

interface Case {
  readonly what: string;
  readonly options: Partial<RestoreRequest>;
  /** By kind: the entries that are left out, `TYPE name`; in part with a `~` in front. */
  readonly leftOut: Readonly<Record<string, readonly string[]>>;
}

const OWNED = [
  ...[
    'SCHEMA app',
    'SCHEMA ext',
    'FUNCTION on_ddl()',
    'FOREIGN DATA WRAPPER w',
    'SERVER s',
    'FOREIGN TABLE far',
    'TABLE t',
  ],
  ...['BLOB 4711', 'PUBLICATION everything', 'PUBLICATION pub', 'EVENT TRIGGER on_ddl'],
];
const OF_MISSING = {
  whole: ['USER MAPPING USER MAPPING read er SERVER s', 'POLICY t of_missing', 'POLICY t of_reader'],
  comments: ['COMMENT POLICY of_reader ON t'],
  grants: ['ACL COLUMN t.who', 'ACL LARGE OBJECT 4711', 'DEFAULT ACL DEFAULT PRIVILEGES FOR TABLES'],
  inPart: ['~ACL SCHEMA app', '~ACL TABLE t'],
};
const GRANTS = [
  ...['ACL SCHEMA app', 'ACL TABLE far', 'ACL TABLE t', 'ACL COLUMN t.who', 'ACL LARGE OBJECT 4711'],
  'DEFAULT ACL DEFAULT PRIVILEGES FOR TABLES',
];

const CASES: readonly Case[] = [
  {
    what: '--no-owner needs no role: what missing ones were given is left out, statement by statement',
    options: { owners: false },
    leftOut: {
      owners: OWNED,
      'missing-roles': [...OF_MISSING.whole, ...OF_MISSING.comments, ...OF_MISSING.grants, ...OF_MISSING.inPart],
    },
  },
  {
    what: '--no-owner --no-privileges --skip leaves out the kinds, with what is about them',
    options: { owners: false, privileges: false, skip: ['event-triggers', 'publications', 'foreign-data'] },
    leftOut: {
      owners: OWNED.filter((name) => !/^(?:EVENT|PUBL|FOREIGN|SERVER)/.test(name)),
      privileges: GRANTS.filter((name) => name !== 'ACL TABLE far'),
      'missing-roles': [...OF_MISSING.whole.filter((name) => !name.startsWith('USER')), ...OF_MISSING.comments],
      'event-triggers': ['EVENT TRIGGER on_ddl', 'COMMENT EVENT TRIGGER on_ddl'],
      publications: ['PUBLICATION everything', 'PUBLICATION pub', 'PUBLICATION TABLE pub t'],
      'foreign-data': [
        ...['FOREIGN DATA WRAPPER w', 'SERVER s', 'USER MAPPING USER MAPPING read er SERVER s'],
        ...['FOREIGN TABLE far', 'COMMENT COLUMN far.a', 'ACL TABLE far'],
      ],
    },
  },
  {
    what: '--role with --no-owner: everything belongs to that role',
    options: {
      owners: false,
      privileges: false,
      role: 'keeper',
      extensions: 'existing',
      skip: ['event-triggers', 'publications', 'foreign-data'],
    },
    leftOut: {},
  },
];

test.each(CASES)('$what', async ({ options, leftOut }) => {
  const name = `copy_${++copies}`;
  const existing = options.role !== undefined;
  if (existing) {
    await openDatabase(target, 'postgres').query(`CREATE DATABASE ${name} OWNER keeper`);
    await openDatabase(target, name).query(
      'CREATE SCHEMA ext AUTHORIZATION keeper; CREATE EXTENSION hstore SCHEMA ext',
    );
  }
  const access = await accessTo(name, { server: target });
  const dry = await restore(backup, access, context, { ...options, create: !existing, dryRun: true });
  const result = await restore(backup, access, context, { ...options, create: !existing, check: true });
  expect(result.comparison?.differences).toEqual([]);
  expect(result.unfinished).toEqual([]);
  expect(dry.leftOut).toEqual(result.leftOut);
  // Nothing is left out in silence, and nothing of it is called equal.
  const total = result.leftOut.filter(({ kind }) => kind !== 'owners').flatMap(({ entries }) => entries).length;
  expect(result.comparison?.notCompared?.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(result.leftOut.map(({ kind }) => `left-out-${kind}`)),
  );
  expect(result.comparison?.entries).toBe(entries - total);
  if (options.role === undefined) expect(byKind(result.leftOut)).toEqual(leftOut);
  const owners = await openDatabase(target, name).query<{ owner: string }>(
    `SELECT DISTINCT relowner::regrole::text AS owner FROM pg_class WHERE relnamespace = 'app'::regnamespace`,
  );
  expect(owners).toEqual([{ owner: options.role ?? target.superuser }]);
});

function byKind(groups: Awaited<ReturnType<typeof restore>>['leftOut']): Record<string, string[]> {
  const kinds: Record<string, string[]> = {};
  for (const { kind, inPart, entries } of groups) {
    const marked = inPart && kind !== 'owners' ? '~' : '';
    (kinds[kind] ??= []).push(...entries.map((entry) => `${marked}${entry.type} ${entry.name}`));
  }
  return kinds;
}
