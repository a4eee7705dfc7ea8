/** Restores by an administrator with CREATEROLE and CREATEDB who is no superuser, with the roles of each managed service. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import type { RestoreRequest } from '../../../src/backup/restore/restore-request.js';
import type { SkipKindName } from '../../../src/backup/restore/rights/skip-kinds.js';
import type { PreflightFinding, Problems } from '../../../src/core/error-details.js';
import { HoldfastError } from '../../../src/core/errors.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { SERVICES } from '../../fixtures/services.js';
import { openDatabase, startTestServer, type TestServer } from '../../helpers/postgres.js';
import { accessTo, makeContext, restore, takeBackup } from './harness.js';

let source: TestServer;
let target: TestServer;
let context: BackupContext;
let backup: CompleteBackup;

const ROLES = ['app_owner', 'app_other', 'app_reader', 'app_super'];

beforeAll(async () => {
  [source, target] = await Promise.all([startTestServer({ tablespaces: ['fast'] }), startTestServer()]);
  const admin = openDatabase(source, 'postgres');
  await admin.query(`CREATE ROLE app_owner LOGIN; CREATE ROLE app_other; CREATE ROLE app_reader LOGIN;
    CREATE ROLE app_super SUPERUSER; GRANT app_reader TO app_owner; ALTER ROLE app_reader SET work_mem = '7MB'`);
  await admin.query('CREATE DATABASE app OWNER app_owner');
  await openDatabase(source, 'app').query(APP);
  for (const { sql } of SERVICES) await openDatabase(target, 'postgres').query(sql);
  context = await makeContext();
  ({ backup } = await takeBackup(await accessTo('app', { server: source }), context));
});

afterAll(() => Promise.all([source?.stop(), target?.stop()]));

const APP = `
  ALTER SCHEMA public OWNER TO app_owner; GRANT CREATE ON SCHEMA public TO app_other;
  CREATE EXTENSION pgcrypto; CREATE EXTENSION pg_buffercache; COMMENT ON EXTENSION pgcrypto IS 'ours';
  REVOKE EXECUTE ON FUNCTION public.gen_random_uuid() FROM PUBLIC; GRANT EXECUTE ON FUNCTION public.gen_random_uuid() TO app_reader;
  CREATE SCHEMA app AUTHORIZATION app_owner; GRANT USAGE ON SCHEMA app TO app_reader, app_other;
  CREATE TABLE public.seen (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at date); ALTER TABLE public.seen OWNER TO app_other;
  CREATE TABLE app.events (id int, day date, what text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
  ALTER TABLE app.events OWNER TO app_other;
  DO $$ BEGIN FOR m IN 1..12 LOOP
    EXECUTE format('CREATE TABLE app.events_%s PARTITION OF app.events FOR VALUES FROM (%L) TO (%L)', m,
      date '2026-01-01' + (m - 1) * 30, date '2026-01-01' + m * 30);
    EXECUTE format('ALTER TABLE app.events_%s OWNER TO app_other', m);
    EXECUTE format('CREATE TABLE app.t_%s (id serial PRIMARY KEY, v text CHECK (v <> ''''))', m);
    EXECUTE format('ALTER TABLE app.t_%s OWNER TO app_owner; INSERT INTO app.t_%s (v) VALUES (''x'')', m, m);
  END LOOP; END $$;
  INSERT INTO app.events SELECT n, date '2026-01-01' + n, 'e' FROM generate_series(1, 300) n;
  ALTER TABLE app.t_2 ADD FOREIGN KEY (id) REFERENCES app.t_1;
  CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; ALTER FUNCTION app.touch() OWNER TO app_other;
  CREATE TRIGGER touch BEFORE INSERT ON app.t_1 FOR EACH ROW EXECUTE FUNCTION app.touch();
  CREATE TYPE app.mood AS ENUM ('a', 'b'); ALTER TYPE app.mood OWNER TO app_other;
  CREATE MATERIALIZED VIEW app.totals AS SELECT count(*) FROM app.events; ALTER MATERIALIZED VIEW app.totals OWNER TO app_other;
  ALTER TABLE app.t_1 ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON app.t_1 TO app_reader USING (true);
  GRANT SELECT ON app.t_2 TO app_reader WITH GRANT OPTION;
  SET SESSION AUTHORIZATION app_reader; GRANT SELECT ON app.t_2 TO app_other; RESET SESSION AUTHORIZATION;
  ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA app GRANT SELECT ON TABLES TO app_reader;
  SELECT lo_from_bytea(4711, 'blob'); ALTER LARGE OBJECT 4711 OWNER TO app_other;
  CREATE FUNCTION app.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; ALTER FUNCTION app.on_ddl() OWNER TO app_owner;
  CREATE EVENT TRIGGER on_ddl ON ddl_command_end EXECUTE FUNCTION app.on_ddl(); COMMENT ON EVENT TRIGGER on_ddl IS 'watches';
  CREATE PUBLICATION everything FOR ALL TABLES;
  CREATE CAST (app.mood AS date) WITH INOUT; CREATE CAST (bigint AS date) WITH INOUT`;

/** What a plain server refuses to each of them, by kind, with the option that leaves it out. */
const REFUSED = {
  extension: ['--extensions existing', ['EXTENSION pg_buffercache']],
  'event-triggers': ['--skip event-triggers', ['EVENT TRIGGER on_ddl']],
  publications: ['--skip publications', ['PUBLICATION everything']],
  casts: ['--skip casts', ['CAST CAST (bigint AS date)']],
  'system-privileges': ['--skip system-privileges', ['ACL public.FUNCTION gen_random_uuid()']],
} as const;

test.each(SERVICES)(
  '$service: what is refused is named beforehand, and the rest comes back with its owners',
  async ({ admin }) => {
    const name = `copy_of_${admin}`;
    const access = await accessTo(name, { server: target, user: admin });
    const before = await serverState();
    const failed = (overrides: Partial<RestoreRequest>) =>
      restore(backup, access, context, { create: true, globals: true, ...overrides }).then(
        () => expect.fail('it was restored'),
        (error: unknown) => (error instanceof HoldfastError ? error : expect.fail(String(error))),
      );
    for (const dryRun of [true, false]) {
      const error = await failed({ dryRun });
      expect(error.code).toBe('PREFLIGHT_FAILED');
      const { problems } = error.details as unknown as Problems<PreflightFinding>;
      const found = Object.fromEntries(problems.map(({ kind, objects, option }) => [kind, [option, objects]]));
      expect(found).toEqual({ ...REFUSED });
      expect(error.message).toContain('--skip event-triggers leaves them out');
      expect(await serverState()).toEqual(before);
    }

    const skip: SkipKindName[] = ['event-triggers', 'publications', 'casts', 'system-privileges', 'extensions'];
    const result = await restore(backup, access, context, { create: true, globals: true, check: true, skip });
    expect(result.unfinished).toEqual([]);
    expect(result.comparison?.differences).toEqual([]);
    expect(result.comparison?.notCompared?.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(skip.map((kind) => `left-out-${kind}`)),
    );
    expect(result.memberships).toEqual(['app_other', 'app_owner', 'app_reader']);
    const after = await serverState();
    expect(after.memberships.filter(({ member }) => member === admin)).toEqual(
      before.memberships.filter(({ member }) => member === admin),
    );
    const owners = `SELECT relname::text, relowner::regrole::text AS owner, relacl::text AS acl FROM pg_class
    WHERE relnamespace IN ('app'::regnamespace, 'public'::regnamespace) AND relkind <> 'v' ORDER BY 1`;
    expect(await openDatabase(target, name).query(owners)).toEqual(await openDatabase(source, 'app').query(owners));
    const postgres = openDatabase(target, 'postgres');
    await postgres.query(`DROP DATABASE ${name}`);
    for (const role of ROLES) await postgres.query(`DROP ROLE ${role}`);
  },
);

/** A wrapper takes a superuser, who has given it to the administrator; the publication's owner may make none in a copy. */
const REST = `GRANT CREATE ON DATABASE rest TO app_owner;
  CREATE SCHEMA app AUTHORIZATION app_owner; CREATE TABLE app.placed (a int) TABLESPACE fast; ALTER TABLE app.placed OWNER TO app_owner;
  CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE app.far (a int) SERVER s;
  CREATE VIEW app.near AS SELECT a FROM app.far; CREATE FUNCTION app.all_of() RETURNS SETOF app.far LANGUAGE sql AS 'SELECT 1';
  ALTER VIEW app.near OWNER TO app_owner; ALTER FUNCTION app.all_of() OWNER TO app_owner;
  CREATE OPERATOR CLASS app.odd FOR TYPE int USING btree AS OPERATOR 1 <, FUNCTION 1 btint4cmp(int, int);
  CREATE INDEX by_odd ON app.placed (a app.odd);
  CREATE PUBLICATION of_owner FOR TABLE app.placed; ALTER PUBLICATION of_owner OWNER TO app_owner; INSERT INTO app.placed VALUES (1)`;

test('what else is refused is named beforehand too: tablespaces, what the rest needs, databases and roles to make', async () => {
  await openDatabase(source, 'postgres').query('CREATE DATABASE rest');
  await openDatabase(source, 'rest').query(REST);
  const { backup: rest } = await takeBackup(await accessTo('rest', { server: source }), context);
  const postgres = openDatabase(target, 'postgres');
  await postgres.query('CREATE ROLE plain LOGIN');
  const before = await serverState();
  const findings = async (user: string, overrides: Partial<RestoreRequest>) => {
    const access = await accessTo('copy_of_rest', { server: target, user });
    const error = await restore(rest, access, context, { create: true, globals: true, ...overrides }).then(
      () => expect.fail('it was restored'),
      (error: unknown) => (error instanceof HoldfastError ? error : expect.fail(String(error))),
    );
    expect(error.code).toBe('PREFLIGHT_FAILED');
    expect(await serverState()).toEqual(before);
    return (error.details as unknown as Problems<PreflightFinding>).problems;
  };
  const skip: SkipKindName[] = ['foreign-data', 'operator-classes'];
  const first = await findings('rds_master', { skip });
  expect(first.map(({ kind, objects, option }) => [kind, objects, option])).toEqual([
    ['needed-by-others', ['FUNCTION app.all_of()', 'VIEW app.near'], null],
    ['needed-by-others', ['INDEX app.by_odd'], null],
    ['missing-tablespace', ['TABLE app.placed'], '--no-tablespaces'],
  ]);
  expect(first[0]?.message).toContain('needs FOREIGN TABLE app.far, which --skip foreign-data leaves out');
  const plain = await findings('plain', { skip, tablespaces: false });
  expect(plain.slice(0, 2).map(({ kind, remedy }) => [kind, remedy])).toEqual([
    ['create-database', 'ALTER ROLE "plain" CREATEDB;'],
    ['create-roles', 'ALTER ROLE "plain" CREATEROLE;'],
  ]);

  // The part that needs neither: the publication is its owner's, who may still make nothing in the copy.
  await openDatabase(source, 'rest').query(
    'DROP SERVER s CASCADE; DROP FOREIGN DATA WRAPPER w; DROP INDEX app.by_odd; DROP OPERATOR FAMILY app.odd USING btree',
  );
  const { backup: whole } = await takeBackup(await accessTo('rest', { server: source }), context);
  const access = await accessTo('copy_of_rest', { server: target, user: 'rds_master' });
  const request = { create: true, globals: true, privileges: false, tablespaces: false, check: true };
  const result = await restore(whole, access, context, request);
  expect(result.unfinished).toEqual([]);
  expect(result.comparison?.differences).toEqual([]);
  expect(result.leftOut.find(({ kind }) => kind === 'tablespaces')?.entries).toEqual([
    { type: 'TABLE', schema: 'app', name: 'placed' },
  ]);
  const copy = openDatabase(target, 'copy_of_rest');
  expect(await copy.query(`SELECT pubowner::regrole::text AS owner FROM pg_publication`)).toEqual([
    { owner: 'app_owner' },
  ]);
  const may = `SELECT has_database_privilege('app_owner', current_database(), 'CREATE') AS may`;
  expect(await copy.query(may)).toEqual([{ may: false }]);
  await postgres.query('DROP DATABASE copy_of_rest');
  for (const role of [...ROLES, 'plain']) await postgres.query(`DROP ROLE ${role}`);
});

async function serverState() {
  const postgres = openDatabase(target, 'postgres');
  return {
    databases: await postgres.query('SELECT datname FROM pg_database ORDER BY 1'),
    roles: await postgres.query('SELECT rolname FROM pg_roles ORDER BY 1'),
    memberships: await postgres.query<{ role: string; member: string }>(
      'SELECT roleid::regrole::text AS role, member::regrole::text AS member FROM pg_auth_members ORDER BY 1, 2',
    ),
  };
}
