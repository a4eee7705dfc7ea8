import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DUMP_ROLE_MARK } from '../../../src/postgres/dump-role-mark.js';
import { openAccess } from '../../../src/postgres/connection.js';
import { startPgDump } from '../../../src/postgres/pg-dump.js';
import { runPreflight, type DumpSelection, type PreflightProblem } from '../../../src/postgres/preflight.js';
import { readVersionNum } from '../../../src/postgres/server-facts.js';
import { createDatabase, serverPrograms, startTestServer, type TestDatabase } from '../../helpers/postgres.js';
import { accessTo, bareEnvironment } from './access.js';

let database: TestDatabase;
let dumper: string;
beforeEach(async () => {
  database = await createDatabase();
  // An odd name, so that every remedy is quoted rightly.
  dumper = `Dump % 'er' ${database.name}`;
  await database.query(`CREATE ROLE "${dumper}" LOGIN; COMMENT ON ROLE "${dumper}" IS '${DUMP_ROLE_MARK}'`);
});
afterEach(async () => {
  await database?.query(`DROP OWNED BY "${dumper}"; DROP ROLE "${dumper}"`);
  await database?.end();
});

const everything: DumpSelection = { schemas: [], excludeTableData: [] };

async function preflight(selection = everything): Promise<PreflightProblem[]> {
  const client = await (await accessTo(database, dumper)).connect();
  const problems = await runPreflight(client, { selection, versionNum: await readVersionNum(client) });
  await client.end();
  return problems;
}

/** The exit status and last words of pg_dump as the role: what preflight has to foresee. */
async function dump(selection = everything): Promise<{ code: number | null; stderr: string }> {
  const child = await startPgDump({
    programs: await serverPrograms(),
    access: await accessTo(database, dumper),
    lockWaitTimeoutMs: 10_000,
    ...selection,
  });
  child.stdout.on('data', () => {});
  const { code } = await child.exited;
  return { code, stderr: child.stderr() };
}

/** Kind, first objects and total of each problem. */
const brief = (problems: PreflightProblem[]) =>
  problems.map(({ kind, objects, total }) => [kind, objects.join(' '), total]);

/** Runs each remedy and expects that nothing is left to remedy, and that pg_dump agrees. */
async function applyRemedies(problems: PreflightProblem[]): Promise<void> {
  for (const { remedy } of problems) await database.query(remedy);
  expect(await preflight()).toEqual([]);
  expect(await dump()).toEqual({ code: 0, stderr: '' });
}

describe('runPreflight', () => {
  it('finds nothing where pg_dump succeeds', async () => {
    await database.query(`CREATE VIEW v AS SELECT 1 AS a; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'`);
    expect(await preflight()).toEqual([]);
    expect((await dump()).code).toBe(0);
  });

  it.each([
    ['a table', 'CREATE TABLE "T 1" (a int)', ['unreadable-table', 'public."T 1"', 1]],
    [
      'a table readable by column',
      'CREATE TABLE t (a int); GRANT SELECT (a) ON t TO PUBLIC',
      ['unreadable-table', 'public.t', 1],
    ],
    ['a partitioned table', 'CREATE TABLE p (a int) PARTITION BY LIST (a)', ['unreadable-table', 'public.p', 1]],
    ['a sequence', 'CREATE SEQUENCE s', ['unreadable-sequence', 'public.s', 1]],
    ['a large object', 'SELECT lo_create(4711)', ['unreadable-large-object', '4711', 1]],
    [
      'row security',
      'CREATE TABLE r (a int); GRANT SELECT ON r TO PUBLIC; ALTER TABLE r ENABLE ROW LEVEL SECURITY',
      ['row-security', 'public.r', 1],
    ],
    [
      'a closed schema',
      'CREATE SCHEMA "S"; CREATE TABLE "S".t (a int); GRANT SELECT ON "S".t TO PUBLIC',
      ['schema-usage', '"S"', 1],
    ],
  ])('foresees that pg_dump stops at %s, and its remedy helps', async (_, sql, expected) => {
    await database.query(sql);
    const problems = await preflight();
    expect(brief(problems)).toEqual([expected]);
    expect(problems[0]?.message).toContain(dumper);
    expect((await dump()).code).toBe(1);
    await applyRemedies(problems);
  });

  it('names the first ten of many, and gives the remedy for all of them', async () => {
    await database.query(`DO $$ BEGIN FOR i IN 1..15 LOOP
      EXECUTE format('CREATE TABLE t%s (id int)', to_char(i, 'FM00')); PERFORM lo_create(1000 + i * 7); END LOOP; END $$`);
    const problems = await preflight();
    expect(problems.map(({ kind, objects, total }) => [kind, objects.length, total])).toEqual([
      ['unreadable-table', 10, 15],
      ['unreadable-large-object', 10, 15],
    ]);
    expect(problems[0]?.objects.slice(0, 2)).toEqual(['public.t01', 'public.t02']);
    expect(problems[0]?.message).toContain('and 5 more');
    expect(problems[1]?.objects.slice(0, 2)).toEqual(['1007', '1014']);
    await applyRemedies(problems);
  });

  it('looks at the chosen schemas only, as pg_dump does', async () => {
    await database.query(`CREATE SCHEMA "Sales"; CREATE SCHEMA sales_2; CREATE SCHEMA other; SELECT lo_create(1);
      GRANT USAGE ON SCHEMA "Sales", sales_2, other TO PUBLIC;
      CREATE TABLE "Sales".a (i int); CREATE TABLE sales_2.b (i int); CREATE TABLE other.c (i int); GRANT SELECT ON other.c TO PUBLIC`);
    const only = (schemas: string[]) => ({ schemas, excludeTableData: [] });
    expect(brief(await preflight(only(['other'])))).toEqual([]);
    expect((await dump(only(['other']))).code).toBe(0);
    expect(brief(await preflight(only(['Sales*'])))).toEqual([['unreadable-table', 'sales_2.b', 1]]);
    expect((await dump(only(['Sales*']))).stderr).toContain('sales_2.b');
    expect(brief(await preflight(only(['"Sales"', 'other'])))).toEqual([['unreadable-table', '"Sales".a', 1]]);
    expect((await dump(only(['"Sales"', 'other']))).stderr).toMatch(/permission denied for table a/);
  });

  it('still wants SELECT on tables whose rows are left out, but not BYPASSRLS', async () => {
    await database.query(`CREATE TABLE audit_log (a int); CREATE TABLE audit_rows (a int); GRANT SELECT ON audit_rows TO PUBLIC;
                          ALTER TABLE audit_rows ENABLE ROW LEVEL SECURITY`);
    const selection = { schemas: [], excludeTableData: ['pub*.AUDIT_*'] };
    const problems = await preflight(selection);
    expect(brief(problems)).toEqual([['unreadable-table', 'public.audit_log', 1]]);
    expect((await dump(selection)).code).toBe(1);
    for (const { remedy } of problems) await database.query(remedy);
    expect((await dump(selection)).code).toBe(0);
    expect(brief(await preflight())).toEqual([['row-security', 'public.audit_rows', 1]]);
  });

  it('knows to whom row security applies', async () => {
    await database.query(`GRANT CREATE ON SCHEMA public TO "${dumper}"`);
    const own = await database.client(dumper);
    await own.query(`CREATE TABLE mine (a int); ALTER TABLE mine ENABLE ROW LEVEL SECURITY`);
    expect(await preflight()).toEqual([]);
    expect((await dump()).code).toBe(0);
    await own.query('ALTER TABLE mine FORCE ROW LEVEL SECURITY');
    expect(brief(await preflight())).toEqual([['row-security', 'public.mine', 1]]);
    expect((await dump()).code).toBe(1);
  });

  it('leaves the tables of extensions alone, save those whose rows are dumped', async () => {
    await database.query(`CREATE TABLE plain (a int); CREATE TABLE configured (a int);
      CREATE EXTENSION citext; ALTER EXTENSION citext ADD TABLE plain; ALTER EXTENSION citext ADD TABLE configured;
      UPDATE pg_extension SET extconfig = ARRAY['configured'::regclass::oid], extcondition = ARRAY[''] WHERE extname = 'citext'`);
    const problems = await preflight();
    expect(brief(problems)).toEqual([['unreadable-table', 'public.configured', 1]]);
    expect((await dump()).stderr).toMatch(/configured/);
    await applyRemedies(problems);
  });

  it('foresees that the lock table is too small', async () => {
    const server = await startTestServer({ maxLocksPerTransaction: 10, maxConnections: 10 });
    try {
      const access = await openAccess({
        target: { ...server.connection('postgres'), port: String(server.port), parameters: {} },
        authentication: { kind: 'default' },
        env: bareEnvironment,
      });
      const client = await access.connect();
      const check = async () =>
        runPreflight(client, { selection: everything, versionNum: await readVersionNum(client) });
      const create = (from: number, to: number) =>
        client.query(`SELECT pg_catalog.set_config('search_path', 'public', false)`).then(async () => {
          // In small transactions: creating takes locks too.
          for (let i = from; i <= to; i++) await client.query(`CREATE TABLE t${i} (a int)`);
        });
      const run = async () => {
        const child = await startPgDump({ programs: server.programs, access, lockWaitTimeoutMs: 10_000 });
        child.stdout.on('data', () => {});
        return { ...(await child.exited), stderr: child.stderr() };
      };
      await create(1, 200);
      expect(await check()).toEqual([]);
      expect((await run()).code).toBe(0);
      await create(201, 3000);
      const problems = await check();
      expect(problems.map(({ kind, total }) => [kind, total])).toEqual([['locks', 3000]]);
      expect(problems[0]?.remedy).toMatch(/^ALTER SYSTEM SET max_locks_per_transaction = \d+;/);
      expect((await run()).stderr).toMatch(/max_locks_per_transaction/);
      await client.end();
    } finally {
      await server.stop();
    }
  });
});

describe('A2: remedies', () => {
  const rights = async () =>
    (
      await database.query(
        `SELECT rolbypassrls, pg_has_role(rolname, 'pg_read_all_data', 'MEMBER') AS reads FROM pg_roles WHERE rolname = '${dumper.replaceAll("'", "''")}'`,
      )
    )[0];

  it('A2: that lift row security or open all databases are refused for a role that is not known to dump only', async () => {
    await database.query(`COMMENT ON ROLE "${dumper}" IS 'an application';
      DO $$ BEGIN FOR i IN 1..11 LOOP EXECUTE format('CREATE TABLE t%s (id int)', i); END LOOP; END $$;
      CREATE TABLE r (a int); GRANT SELECT ON r TO PUBLIC; ALTER TABLE r ENABLE ROW LEVEL SECURITY`);
    const problems = await preflight();
    expect(problems.map(({ kind }) => kind)).toEqual(['unreadable-table', 'row-security']);
    for (const { remedy } of problems) {
      await expect(database.query(remedy)).rejects.toMatchObject({
        message: expect.stringContaining('was not created by "holdfast policy database"') as string,
        hint: expect.stringContaining('Nothing was changed') as string,
      });
    }
    expect(await rights()).toEqual({ rolbypassrls: false, reads: false });
    await database.query(
      `COMMENT ON ROLE "${dumper}" IS '${DUMP_ROLE_MARK}'; CREATE ROLE "friend of ${dumper}"; GRANT "${dumper}" TO "friend of ${dumper}"`,
    );
    for (const { remedy } of problems) {
      await expect(database.query(remedy)).rejects.toThrow(/is granted to .*friend of/);
    }
    expect(await rights()).toEqual({ rolbypassrls: false, reads: false });
    await database.query(`DROP ROLE "friend of ${dumper}"`);
    await applyRemedies(problems);
    expect(await rights()).toEqual({ rolbypassrls: true, reads: true });
  });

  it('A2: call nothing that the owner of the database has put in their way', async () => {
    await database.query(`SELECT lo_create(n) FROM generate_series(1, 11) n; CREATE SCHEMA evil; CREATE TABLE evil.marker (a text);
      CREATE FUNCTION evil.eq(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO evil.marker VALUES ('ran'); RETURN $1 OPERATOR(pg_catalog.=) $2; END $$;
      CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.eq);
      CREATE FUNCTION evil.ne(name, name) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO evil.marker VALUES ('ran'); RETURN $1 OPERATOR(pg_catalog.<>) $2; END $$;
      CREATE OPERATOR evil.<> (LEFTARG = name, RIGHTARG = name, FUNCTION = evil.ne);
      GRANT USAGE ON SCHEMA evil TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA evil TO PUBLIC;
      ALTER DATABASE ${database.name} SET search_path = evil, pg_catalog`);
    // The trap is one that works.
    await database.query(`SELECT 'a'::text = 'a'::text`);
    expect(await database.query('SELECT a FROM evil.marker')).toHaveLength(1);
    const problems = await preflight();
    expect(problems.map(({ kind }) => kind)).toEqual(['unreadable-large-object']);
    await database.query('TRUNCATE evil.marker');
    await applyRemedies(problems);
    expect(await database.query('SELECT a FROM evil.marker')).toEqual([]);
  });
});
