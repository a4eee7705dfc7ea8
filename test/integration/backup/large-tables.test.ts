/** Large tables that are read by several sessions: the dump is pg_dump's, byte for byte, or there is none. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBackup } from '../../../src/backup/create/create-backup.js';
import type { BackupRequest } from '../../../src/backup/create/backup-request.js';
import { HoldfastError } from '../../../src/core/errors.js';
import { findPrograms } from '../../../src/postgres/client-programs.js';
import { openReaderPool } from '../../../src/postgres/readers/reader-pool.js';
import type { ObjectStore } from '../../../src/vault/object-store.js';
import { TcpProxy } from '../../faults/harness/tcp-proxy.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { eventually } from '../../helpers/processes.js';
import { accessTo, bareEnvironment, filesIn, makeContext, readBackup, requestFor, takeBackup } from './harness.js';

const FIXTURES = join(import.meta.dirname, '../../fixtures/sql');
const read = (name: string) => readFileSync(join(FIXTURES, name), 'utf8');

/** Every table counts as large, and has units of two pages. */
const ALL = { largeTables: { minPages: 0, unitPages: 2 } } satisfies Partial<BackupRequest>;

/** What pg_dump writes of a database, as a role. */
async function pgDump(database: string, user: string, args: readonly string[] = []): Promise<string> {
  const [programs] = await findPrograms({ env: bareEnvironment });
  const server = sharedServer();
  const command = programs!.program('pg_dump');
  const where = ['-h', server.host, '-p', String(server.port), '-U', user, '--encoding=UTF8', ...args, database];
  const { status, stdout, stderr } = spawnSync(command, where, { encoding: 'latin1', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`pg_dump: ${stderr}`);
  return withoutTokens(stdout);
}

const withoutTokens = (dump: string) => dump.replaceAll(/^(\\(?:un)?restrict) \w+$/gm, '$1');

/** The plain text of a backup. */
async function dumped(database: string, overrides: Partial<BackupRequest>, user?: string) {
  const context = await makeContext();
  const { backup } = await takeBackup(await accessTo(database, { user }), context, overrides);
  const { stored } = await readBackup(backup, context);
  const bytes = readFileSync(new URL(`${context.store.url}/${stored.dump.key}`));
  const plain = overrides.compression === 'none' ? bytes : gunzipSync(bytes);
  return { text: withoutTokens(plain.toString('latin1')), manifest: stored.manifest };
}

/** The first line that differs, since thousands would be printed. */
function firstDifference(a: string, b: string): string | undefined {
  if (a === b) return undefined;
  const [left, right] = [a.split('\n'), b.split('\n')];
  const at = left.findIndex((line, index) => line !== right[index]);
  return `line ${at + 1}: ${left.slice(at, at + 3).join('⏎')} | ${right.slice(at, at + 3).join('⏎')}`;
}

const LARGE = `
  CREATE TABLE public.big (id int, note text);
  INSERT INTO public.big SELECT n, repeat(md5(n::text), 3) FROM generate_series(1, 20000) n;
  DELETE FROM public.big WHERE id % 7 = 0;
  CREATE TABLE public."Odd ""name"" äöü" ("A b" int, "select" text, gone int, doubled int GENERATED ALWAYS AS ("A b" * 2) STORED, id int GENERATED ALWAYS AS IDENTITY);
  ALTER TABLE public."Odd ""name"" äöü" DROP COLUMN gone;
  INSERT INTO public."Odd ""name"" äöü" ("A b", "select") SELECT n, E'--\\n-- Name: x; Type: VIEW; Schema: s; Owner: o\\n\\\\.\\t' || n FROM generate_series(1, 500) n;
  CREATE TABLE public.parent (a int, b text);
  CREATE TABLE public.child (c int) INHERITS (public.parent);
  INSERT INTO public.parent SELECT n, 'parent' FROM generate_series(1, 300) n;
  INSERT INTO public.child SELECT n, 'child', n FROM generate_series(1, 300) n;
  CREATE TABLE public.lines (line text);
  INSERT INTO public.lines SELECT unnest(ARRAY['--', '-- Name: x; Type: INDEX; Schema: s; Owner: o', '--', '', '-- PostgreSQL database dump complete', '--']) FROM generate_series(1, 50);
  CREATE TABLE public.hidden (a int); ALTER TABLE public.hidden ENABLE ROW LEVEL SECURITY; INSERT INTO public.hidden VALUES (1);
  CREATE TABLE public.none ();
  CREATE TABLE public.empty_one (a int);
  CREATE TABLE public.hashed (a int) PARTITION BY HASH (a);
  CREATE TABLE public.hashed_0 PARTITION OF public.hashed FOR VALUES WITH (MODULUS 1, REMAINDER 0);
  INSERT INTO public.hashed SELECT generate_series(1, 100);
  CREATE FUNCTION public.header() RETURNS text LANGUAGE sql AS $$ SELECT '
--
-- Data for Name: zzz; Type: TABLE DATA; Schema: zzz; Owner: -
--
' $$;
`;

/** Read alone, the header of its table is that of an index, which comes behind all rows. */
const MISLEADING = `
  CREATE SCHEMA "a; Type: INDEX; Schema: p; Owner: q";
  CREATE TABLE "a; Type: INDEX; Schema: p; Owner: q".t (a int);
  INSERT INTO "a; Type: INDEX; Schema: p; Owner: q".t SELECT generate_series(1, 1000);
  CREATE TABLE public.last (a int REFERENCES public.last, id int PRIMARY KEY);
  INSERT INTO public.last SELECT NULL, generate_series(1, 1000);
`;

const DATABASES: readonly (readonly [string, string])[] = [
  ['shop.sql', read('shop.sql')],
  // With the schema's own name pg_dump reads everything: see below.
  ['every-kind.sql', read('every-kind.sql').replaceAll('"Odd; Type: VIEW; Schema: s"', '"Odd; schema: s"')],
  ['traps.sql', read('traps.sql')],
  ['expressions.sql', read('expressions.sql')],
  ['large and odd tables', LARGE],
  ['nothing but a table', 'CREATE TABLE public.only (a int); INSERT INTO public.only SELECT generate_series(1, 1000)'],
];

describe.each(DATABASES)('issue 13, B: the dump of %s', (_name, sql) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createDatabase(sharedServer(), sql);
  });
  afterAll(() => database?.end());

  test.each([1, 3])('with %i jobs is that of pg_dump, byte for byte', async (jobs) => {
    const expected = await pgDump(database.name, sharedServer().superuser);
    const { text, manifest } = await dumped(database.name, { jobs, ...ALL });
    expect(firstDifference(text, expected)).toBeUndefined();
    expect(manifest.jobs).toBe(jobs === 1 ? undefined : 3);
  });
});

test('issue 13, B: where the name of a schema makes headers of other types, pg_dump reads all tables itself', async () => {
  const database = await createDatabase(sharedServer(), MISLEADING);
  try {
    const expected = await pgDump(database.name, sharedServer().superuser);
    const { text, manifest } = await dumped(database.name, { jobs: 3, ...ALL });
    expect(firstDifference(text, expected)).toBeUndefined();
    expect(manifest.jobs).toBeUndefined();
  } finally {
    await database.end();
  }
});

describe('issue 13, B: tables read by several sessions', () => {
  let database: TestDatabase;
  const role = 'foreign_settings_reader';
  beforeAll(async () => {
    database = await createDatabase(
      sharedServer(),
      `${LARGE}
       CREATE TABLE public.values (b bytea, t timestamptz, d date, f float8, i interval, m money, e text);
       INSERT INTO public.values SELECT decode(md5(n::text), 'hex'), now() - n * interval '1 hour', current_date - n, 1.0 / n, n * interval '3 days 4 hours', n, 'äß€' FROM generate_series(1, 2000) n;`,
    );
  });
  afterAll(async () => {
    await database?.query(`DROP OWNED BY ${role}`).catch(() => {});
    await database?.end();
  });

  test('are written under the settings of their role, as pg_dump writes them', async () => {
    await database.query(
      `DO $$ BEGIN CREATE ROLE ${role} LOGIN SUPERUSER; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    );
    for (const setting of [
      "bytea_output = 'escape'",
      "DateStyle = 'SQL, DMY'",
      "TimeZone = 'Asia/Kathmandu'",
      "client_encoding = 'LATIN1'",
      'extra_float_digits = -5',
      "IntervalStyle = 'iso_8601'",
      'enable_tidscan = off',
      "default_transaction_isolation = 'serializable'",
    ]) {
      await database.query(`ALTER ROLE ${role} SET ${setting}`);
    }
    const expected = await pgDump(database.name, role);
    const { text } = await dumped(database.name, { jobs: 3, ...ALL }, role);
    expect(firstDifference(text, expected)).toBeUndefined();
  });

  test.each([
    ['a schema', { schemas: ['public'] }, ['--schema=public']],
    [
      'rows left out',
      { excludeTableData: ['b*', '"Odd ""name"" äöü"'] },
      ['--exclude-table-data=b*', '--exclude-table-data="Odd ""name"" äöü"'],
    ],
  ] as const)('are those that pg_dump would write, with %s chosen', async (_what, choice, args) => {
    const expected = await pgDump(database.name, sharedServer().superuser, args);
    const { text } = await dumped(database.name, { jobs: 2, ...ALL, ...choice });
    expect(firstDifference(text, expected)).toBeUndefined();
  });

  test('keep no lock on an index, and let go of everything at the end', async () => {
    await database.query('CREATE INDEX IF NOT EXISTS big_id ON public.big (id)');
    let locks: readonly unknown[] = [];
    await whileDumping(1_000_000, async () => {
      locks = await database.query(
        `SELECT DISTINCT l.relation::regclass::text AS name, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
          WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND c.relname = 'big' AND l.mode <> 'AccessShareLock'`,
      );
    });
    expect(locks).toEqual([]);
    const left = await database.query(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'holdfast%'`,
    );
    expect(left).toEqual([]);
  });

  /** Runs something when so many bytes of the stored dump have passed, and nothing more passes until it is done. */
  async function whileDumping(bytes: number, work: () => Promise<void>, overrides: Partial<BackupRequest> = {}) {
    const context = await makeContext();
    const { store } = context;
    let seen = 0;
    let done = false;
    const put: ObjectStore['put'] = (key, body, options) => {
      const held = async function* () {
        for await (const chunk of body) {
          seen += chunk.length;
          if (!done && key.endsWith('.sql') && seen > bytes) {
            done = true;
            await work();
          }
          yield chunk;
        }
      };
      return store.put(key, held(), options);
    };
    const request = requestFor(await accessTo(database.name), { jobs: 3, compression: 'none', ...ALL, ...overrides });
    const outcome = await createBackup(request, { ...context, store: { ...store, put } }).catch(
      (error: unknown) => error,
    );
    expect(done).toBe(true);
    return { outcome, files: filesIn(context) };
  }

  const readers = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND application_name LIKE 'holdfast%' AND (query LIKE 'COPY (SELECT%' OR query LIKE 'ROLLBACK TO SAVEPOINT holdfast_reader%' OR query LIKE 'SAVEPOINT holdfast_reader%')
    ORDER BY pid`;

  test.each([
    ['the first', 0],
    ['the second', 1],
    ['the third', 2],
  ])('make no backup when %s of their sessions is ended while they read', async (_which, index) => {
    const { outcome, files } = await whileDumping(300_000, async () => {
      let pids: readonly { pid: number }[] = [];
      await eventually('three sessions read', async () => {
        pids = await database.query<{ pid: number }>(readers);
        return pids.length === 3;
      });
      await database.query(`SELECT pg_terminate_backend(${pids[index]!.pid})`);
    });
    expect(outcome).toBeInstanceOf(HoldfastError);
    expect(outcome).toMatchObject({ code: 'DUMP_FAILED', message: expect.stringMatching(/Reading/) as string });
    expect(files).toEqual([]);
  });

  test('make no backup when a session is ended that has nothing more to read', async () => {
    // Behind all rows, and more than what pg_dump could write before somebody reads it: the dump is held in it.
    await database.query(`CREATE INDEX told ON public.lines (line)`);
    await database.query(`COMMENT ON INDEX public.told IS '${'behind all rows '.repeat(100_000)}'`);
    const whole = await dumped(database.name, { jobs: 3, compression: 'none', ...ALL });
    const { outcome, files } = await whileDumping(whole.text.indexOf('COMMENT ON INDEX') + 1000, async () => {
      let idle: readonly { pid: number }[] = [];
      await eventually('nobody reads any more', async () => {
        idle = await database.query<{ pid: number }>(
          readers.replace('ORDER BY', `AND state = 'idle in transaction' ORDER BY`),
        );
        return idle.length === 3;
      });
      await database.query(`SELECT pg_terminate_backend(${idle[0]!.pid})`);
    });
    await database.query('DROP INDEX public.told');
    expect(outcome).toMatchObject({
      code: 'DUMP_FAILED',
      message: expect.stringContaining('a session that held its tables locked is gone') as string,
    });
    expect(files).toEqual([]);
  });

  test.each(
    (['reset', 'end'] as const).flatMap((how) =>
      [200_000, 700_000, 1_200_000, 1_600_000].map((bytes) => [how, bytes] as const),
    ),
  )('make no backup when a connection meets a %s after %i bytes', async (how, bytes) => {
    const server = sharedServer();
    const proxy = await TcpProxy.start(() => join(server.host, `.s.PGSQL.${server.port}`));
    try {
      const through = { host: '127.0.0.1', port: proxy.port, superuser: server.superuser };
      const access = await accessTo(database.name, { server: through });
      const context = await makeContext();
      proxy.arm({ direction: 'to-client', of: 'driver', bytes, act: () => how });
      const request = requestFor(access, { jobs: 3, ...ALL });
      const outcome = await createBackup(request, context).catch((error: unknown) => error);
      expect(proxy.struck).toBe(true);
      expect(outcome).toMatchObject({ code: 'DUMP_FAILED', message: expect.stringContaining('Reading') as string });
      expect(filesIn(context)).toEqual([]);
    } finally {
      await proxy.stop();
    }
  });

  test.each([
    [1, undefined],
    [2, undefined],
    [3, 1],
    [5, 3],
  ])('are read by as many as a role with CONNECTION LIMIT %i may open', async (limit, sessions) => {
    const limited = 'limited_reader';
    await database.query(
      `DO $$ BEGIN CREATE ROLE ${limited} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
       ALTER ROLE ${limited} CONNECTION LIMIT ${limit} BYPASSRLS; GRANT pg_read_all_data TO ${limited}`,
    );
    const expected = await pgDump(database.name, sharedServer().superuser);
    const { text, manifest } = await dumped(database.name, { jobs: 3, ...ALL }, limited);
    expect(firstDifference(text, expected)).toBeUndefined();
    expect(manifest.jobs).toBe(sessions);
    const warned = manifest.warnings.some((warning) => /Of the 3 sessions .* could be opened/.test(warning));
    expect(warned).toBe(limit === 2 || limit === 3);
  });

  test('make no backup when pg_dump is ended while they read', async () => {
    const { outcome, files } = await whileDumping(300_000, async () => {
      await database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY %' AND query NOT LIKE 'COPY (SELECT%' OR application_name LIKE 'holdfast % 1' AND datname = current_database()`,
      );
    });
    // What pg_dump has read already it may still write: then all is there, and was read under locks.
    if (outcome instanceof HoldfastError) expect(files).toEqual([]);
    else expect(files.length).toBeGreaterThan(0);
  });

  test('are left to pg_dump where somebody waits for them, and no session waits', async () => {
    const holder = await accessTo(database.name).then((access) => access.connect());
    const waiter = await accessTo(database.name).then((access) => access.connect());
    const signal = new AbortController().signal;
    const pool = await openReaderPool(await accessTo(database.name), {
      jobs: 2,
      encoding: 'UTF8',
      versionNum: 150_000,
      signal,
    });
    try {
      await holder.query('BEGIN; LOCK TABLE public.big IN ACCESS SHARE MODE');
      await holder.query('SAVEPOINT s');
      const { rows } = await holder.query<{ id: string }>('SELECT 1 AS id');
      expect(rows).toHaveLength(1);
      await waiter.query('BEGIN');
      const waiting = waiter.query('LOCK TABLE public.big IN ACCESS EXCLUSIVE MODE').catch((error: unknown) => error);
      for (let blocked = 0; blocked === 0;) {
        blocked = (
          await database.query(`SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'public.big'::regclass`)
        ).length;
      }
      const exporter = await accessTo(database.name).then((access) => access.connect());
      await exporter.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      const snapshot = (await exporter.query<{ id: string }>('SELECT pg_export_snapshot() AS id')).rows[0]!.id;
      const choice = { schemas: [], excludeTableData: [], minPages: 0, sameMajor: true, encoding: 'UTF8' };
      const tables = await pool!.begin(snapshot, choice, await pool!.choose(choice));
      const refused = await pool!.lock(tables);
      expect(refused.map(({ name }) => name)).toEqual(['big']);
      expect(tables.length).toBeGreaterThan(4);
      await exporter.end();
      await pool!.end();
      await holder.query('ROLLBACK');
      await waiting;
    } finally {
      await pool?.end();
      await holder.end();
      await waiter.end();
    }
  });
});
