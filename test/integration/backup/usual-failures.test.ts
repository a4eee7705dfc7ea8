/** The usual failures of a restore, each with where it happened, why, and what to do. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import type { RestoreRequest } from '../../../src/backup/restore/restore-request.js';
import type { Selection } from '../../../src/backup/restore/selection/selection.js';
import type { HoldfastError } from '../../../src/core/errors.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import {
  createDatabase,
  openDatabase,
  startTestServer,
  type TestDatabase,
  type TestServer,
} from '../../helpers/postgres.js';
import { accessTo, makeContext, restore, takeBackup } from './harness.js';

let server: TestServer;
let source: TestDatabase;
let context: BackupContext;
let backup: CompleteBackup;

/** At the source alone: what calls itself immutable gives something else in any other database. */
const atSource = `current_setting('app.mode', true) IS NOT DISTINCT FROM 'source'`;
const indexed = (schema: string, elsewhere: string) => `CREATE SCHEMA ${schema};
  CREATE FUNCTION ${schema}.k(a int) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
    IF ${atSource} THEN RETURN a::text; END IF; RETURN ${elsewhere}; END $$;
  CREATE TABLE ${schema}.t (a int); INSERT INTO ${schema}.t VALUES (1), (2); CREATE UNIQUE INDEX by_k ON ${schema}.t (${schema}.k(a));`;

const SOURCE = `
  SET app.mode = 'source'; CREATE EXTENSION ltree;
  CREATE SCHEMA trig; CREATE TABLE trig.region (id int, path public.ltree);
  CREATE FUNCTION trig.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER cascade AFTER UPDATE ON trig.region FOR EACH ROW WHEN (OLD.path IS DISTINCT FROM NEW.path) EXECUTE FUNCTION trig.f();
  CREATE SCHEMA mv; CREATE TABLE mv.things (a int);
  CREATE FUNCTION mv.n() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM things); END';
  SET search_path = mv, public; CREATE MATERIALIZED VIEW mv.totals AS SELECT mv.n(); RESET search_path;
  CREATE SCHEMA chk; CREATE FUNCTION chk.ok(int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN ${atSource}; END $$;
  CREATE TABLE chk.t (a int CHECK (chk.ok(a))); INSERT INTO chk.t VALUES (4711);
  ${indexed('uniq', `'same'`)} ${indexed('zero', '(1 / (a - a))::text')}
  ${indexed('big', `(SELECT string_agg(md5(n::text), '') FROM generate_series(1, 999) n)`)}
  CREATE SCHEMA fk; CREATE TABLE fk.parent (a int PRIMARY KEY); CREATE TABLE fk.child (a int REFERENCES fk.parent);
  SET session_replication_role = replica; INSERT INTO fk.child VALUES (4711); RESET session_replication_role;
  CREATE SCHEMA perm; CREATE TABLE perm.t (a int); CREATE MATERIALIZED VIEW perm.totals AS SELECT count(*) FROM perm.t;
  GRANT ALL ON SCHEMA perm TO poor; ALTER MATERIALIZED VIEW perm.totals OWNER TO poor;
  CREATE SCHEMA enc; CREATE TABLE enc.t (a text); INSERT INTO enc.t VALUES ('plain'), ('snow ☃ man');
  CREATE SCHEMA op; CREATE OPERATOR op.=== (FUNCTION = pg_catalog.int4eq, LEFTARG = int, RIGHTARG = int);
  CREATE SCHEMA lang; CREATE FUNCTION lang.f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
  CREATE SCHEMA late; CREATE TABLE late.t (a int); ALTER TABLE late.t OWNER TO late;
  CREATE SCHEMA plain; CREATE TABLE plain.t (a int); INSERT INTO plain.t VALUES (1), (2);
  CREATE FUNCTION plain.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER t BEFORE INSERT ON plain.t FOR EACH ROW EXECUTE FUNCTION plain.f()`;

beforeAll(async () => {
  server = await startTestServer({ maxLocksPerTransaction: 64, maxConnections: 20 });
  await openDatabase(server, 'postgres').query('CREATE ROLE poor; CREATE ROLE late');
  context = await makeContext();
  source = await createDatabase(server, SOURCE);
  ({ backup } = await takeBackup(await accessTo(source.name, { server }), context));
});

afterAll(() => server?.stop());

const whenMade = (body: string, tag = 'CREATE TABLE') => `
  CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN ${body}; END $$;
  CREATE EVENT TRIGGER watch ON ddl_command_start WHEN TAG IN ('${tag}') EXECUTE FUNCTION public.watch()`;
const ROWS: Partial<Selection> = { part: 'data', triggers: 'disable' };

interface Case {
  readonly what: string;
  readonly schema: string;
  /** Run in the target. */
  readonly target?: string;
  /** Of CREATE DATABASE. */
  readonly options?: string;
  readonly selection?: Partial<Selection>;
  readonly code?: 'RESTORE_CUT_OFF';
  readonly at: string;
  readonly cause: string;
  readonly hint: RegExp;
}

const AT_TABLE = 'TABLE plain.t (CREATE TABLE)';

const CASES: readonly Case[] = [
  {
    what: 'a trigger that finds its operator by the search path',
    ...{
      schema: 'trig',
      target: 'CREATE EXTENSION ltree',
      at: 'TRIGGER trig.region cascade (CREATE TRIGGER, table trig.region)',
    },
    ...{ cause: 'operator does not exist', hint: /empty search_path.*ALTER FUNCTION/ },
  },
  {
    what: 'a materialized view whose function names a table without its schema',
    ...{ schema: 'mv', at: 'MATERIALIZED VIEW DATA mv.totals (REFRESH MATERIALIZED VIEW)' },
    ...{ cause: 'relation "things" does not exist', hint: /empty search_path/ },
  },
  {
    what: 'rows that break a check which depends on a setting',
    ...{ schema: 'chk', at: 'TABLE DATA chk.t (COPY, line 1)' },
    ...{ cause: 'violates check constraint', hint: /break a constraint.*settings/ },
  },
  {
    what: 'a key that is there twice',
    ...{ schema: 'uniq', at: 'INDEX uniq.by_k (CREATE UNIQUE INDEX, table uniq.t)' },
    ...{ cause: 'could not create unique index', hint: /same key.*amcheck/ },
  },
  {
    what: 'a value that cannot be computed',
    ...{ schema: 'zero', at: 'INDEX zero.by_k (CREATE UNIQUE INDEX, table zero.t)' },
    ...{ cause: 'division by zero', hint: /could not be computed/ },
  },
  {
    what: 'a value that is too large for an index',
    ...{ schema: 'big', at: 'INDEX big.by_k (CREATE UNIQUE INDEX, table big.t)' },
    ...{ cause: 'index row', hint: /too large/ },
  },
  {
    what: 'rows that refer to none',
    ...{ schema: 'fk', at: 'FK CONSTRAINT fk.child child_a_fkey (ALTER TABLE, table fk.child)' },
    ...{ cause: 'violates foreign key constraint', hint: /mend the rows/ },
  },
  {
    what: 'a view whose owner may not read its table',
    ...{ schema: 'perm', at: 'MATERIALIZED VIEW DATA perm.totals (REFRESH MATERIALIZED VIEW)' },
    ...{ cause: 'permission denied for table t', hint: /the owner: grant it/ },
  },
  {
    what: 'a character that the target does not have',
    ...{
      schema: 'enc',
      options: `TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`,
      at: 'TABLE DATA enc.t (COPY, line 2)',
    },
    ...{ cause: 'has no equivalent in encoding "LATIN1"', hint: /encoding of the backup: --create/ },
  },
  {
    what: 'an operator that the target has',
    ...{ schema: 'op', at: 'OPERATOR op.=== (CREATE OPERATOR)', cause: 'already exists', hint: /has one already/ },
    target: 'CREATE SCHEMA op; CREATE OPERATOR op.=== (FUNCTION = pg_catalog.int4eq, LEFTARG = int, RIGHTARG = int)',
  },
  {
    what: 'a language that the target does not have',
    ...{ schema: 'lang', target: 'DROP EXTENSION plpgsql', at: 'FUNCTION lang.f() (CREATE FUNCTION)' },
    ...{ cause: 'language "plpgsql" does not exist', hint: /CREATE EXTENSION/ },
  },
  {
    what: 'a role that went meanwhile',
    ...{
      schema: 'late',
      target: whenMade('ALTER ROLE late RENAME TO later'),
      at: 'TABLE late.t (ALTER TABLE)',
    },
    ...{ cause: 'role "late" does not exist', hint: /--globals.*--no-owner/ },
  },
  {
    what: 'an event trigger of the target that refuses',
    ...{
      schema: 'plain',
      target: whenMade(`RAISE 'not here'`),
      at: AT_TABLE,
      cause: 'not here',
      hint: /on purpose.*event trigger/,
    },
  },
  {
    what: 'a statement of the restore itself that is refused',
    ...{ schema: 'plain', selection: ROWS, at: 'a statement of the restore itself (ALTER TABLE, table plain.t)' },
    target: `CREATE SCHEMA plain; CREATE TABLE plain.t (a int); CREATE FUNCTION plain.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER t BEFORE INSERT ON plain.t FOR EACH ROW EXECUTE FUNCTION plain.f(); ${whenMade(`RAISE 'not here'`, 'ALTER TABLE')}`,
    ...{ cause: 'not here', hint: /on purpose/ },
  },
  {
    what: 'a full table of locks',
    ...{ schema: 'plain', target: whenMade('PERFORM pg_advisory_xact_lock(n) FROM generate_series(1, 100000) n') },
    ...{
      code: 'RESTORE_CUT_OFF',
      at: AT_TABLE,
      cause: 'out of shared memory',
      hint: /max_locks_per_transaction.*--schema/,
    },
  },
  {
    what: 'a full disk',
    ...{
      schema: 'plain',
      target: whenMade(`RAISE EXCEPTION 'could not extend file: No space left' USING ERRCODE = '53100'`),
    },
    ...{ code: 'RESTORE_CUT_OFF', at: AT_TABLE, cause: 'No space left', hint: /no room/ },
  },
  {
    what: 'a lock that another session holds',
    ...{
      schema: 'plain',
      target: whenMade(`RAISE EXCEPTION 'canceling statement due to lock timeout' USING ERRCODE = '55P03'`),
    },
    ...{ at: AT_TABLE, cause: 'lock timeout', hint: /pg_locks/ },
  },
  {
    what: 'a statement that is canceled',
    ...{ schema: 'plain', target: whenMade('PERFORM pg_cancel_backend(pg_backend_pid()), pg_sleep(5)') },
    ...{ code: 'RESTORE_CUT_OFF', at: AT_TABLE, cause: 'canceling statement', hint: /canceled a statement/ },
  },
  {
    what: 'a session that is ended',
    ...{ schema: 'plain', target: whenMade('PERFORM pg_terminate_backend(pg_backend_pid()), pg_sleep(5)') },
    ...{ code: 'RESTORE_CUT_OFF', at: AT_TABLE, cause: 'terminating connection', hint: /ended the session/ },
  },
  {
    what: 'a target that is read-only',
    ...{ schema: 'plain', target: whenMade(`PERFORM set_config('transaction_read_only', 'on', true)`) },
    ...{ at: 'TABLE plain.t (ALTER TABLE)', cause: 'read-only transaction', hint: /standby, or read-only/ },
  },
];

test.each(CASES)('$what is told with its place and a hint that fits', async (one) => {
  const { schema, target = 'SELECT', options, selection, code = 'RESTORE_FAILED', at, cause, hint } = one;
  const database = await createDatabase(server, undefined, options);
  try {
    await database.query(target);
    const request: Partial<RestoreRequest> = {
      trustTarget: true,
      selection: { tables: [], schemas: [schema], part: 'all', append: false, ...selection },
    };
    const access = await accessTo(database.name, { server });
    const error = await restore(backup, access, context, request).then(
      () => expect.fail('it was restored'),
      (reason: unknown) => reason as HoldfastError,
    );
    expect(error).toMatchObject({ code });
    expect(error.message).toContain(`${code === 'RESTORE_FAILED' ? 'failed' : 'was cut off'} at ${at}: `);
    expect(error.message).toContain(cause);
    // Rows are the user's.
    expect(error.message).not.toMatch(/4711|snow/);
    expect(error.hint).toMatch(/^Nothing was left in the target\. /);
    expect(error.hint).toMatch(hint);
  } finally {
    await database.end();
  }
});
