/** `restore --data-only` into tables that live: partitions, foreign keys, triggers, tables of extensions. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import type { RestoreResult } from '../../../src/backup/restore/restore-request.js';
import { parseTableName, type Selection } from '../../../src/backup/restore/selection/selection.js';
import type { HoldfastError } from '../../../src/core/errors.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { createDatabase, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { requireExtension } from '../../helpers/required-extension.js';
import { accessTo, makeContext, restore, takeBackup } from './harness.js';

const OWNER = `rows_owner_${process.pid}`;
const OTHER = `rows_other_${process.pid}`;

/** Each row of `tree` refers to one of a later partition; the trigger of `orders` writes what the backup holds already. */
const LIVE = `
  CREATE TABLE plain (a int, at date NOT NULL);
  INSERT INTO plain VALUES (1, '2026-01-02'), (2, '2026-02-03');
  CREATE TABLE tree (id int PRIMARY KEY, parent int REFERENCES tree) PARTITION BY RANGE (id);
  CREATE TABLE tree_1 PARTITION OF tree FOR VALUES FROM (0) TO (10);
  CREATE TABLE tree_2 PARTITION OF tree FOR VALUES FROM (10) TO (20);
  INSERT INTO tree VALUES (11, NULL), (2, 11), (12, 2), (3, 12);
  CREATE SCHEMA app AUTHORIZATION ${OWNER};
  SET ROLE ${OWNER};
  CREATE TABLE app.log (id int PRIMARY KEY);
  CREATE TABLE app.orders (id int, note text) PARTITION BY RANGE (id);
  CREATE TABLE app.orders_1 PARTITION OF app.orders FOR VALUES FROM (0) TO (100);
  CREATE FUNCTION app.keep() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO log VALUES (NEW.id); RETURN NEW; END $$;
  CREATE FUNCTION app.nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note = 'changed'; RETURN NEW; END $$;
  INSERT INTO app.log VALUES (1), (2);
  INSERT INTO app.orders VALUES (1, 'one'), (2, 'two');
  CREATE TRIGGER keep AFTER INSERT ON app.orders FOR EACH ROW EXECUTE FUNCTION app.keep();
  CREATE TRIGGER always BEFORE INSERT ON app.orders_1 FOR EACH ROW EXECUTE FUNCTION app.nothing();
  ALTER TABLE app.orders_1 ENABLE ALWAYS TRIGGER always;
  CREATE TRIGGER off BEFORE INSERT ON app.orders_1 FOR EACH ROW EXECUTE FUNCTION app.nothing();
  ALTER TABLE app.orders_1 DISABLE TRIGGER off;
  RESET ROLE;`;

let source: TestDatabase;
let target: TestDatabase;
let context: BackupContext;
let backup: CompleteBackup;

beforeAll(async () => {
  const admin = await createDatabase();
  await admin.query(`CREATE ROLE ${OWNER} LOGIN; CREATE ROLE ${OTHER} LOGIN`);
  await admin.end();
  source = await createDatabase(sharedServer(), LIVE);
  context = await makeContext();
  ({ backup } = await takeBackup(await accessTo(source.name), context));
});

afterAll(async () => {
  await source.query(`DROP OWNED BY ${OWNER}, ${OTHER}`);
  await source.end();
});

beforeEach(async () => {
  target = await createDatabase(sharedServer(), LIVE);
});

afterEach(() => target.end());

const rows = (tables: readonly string[], overrides: Partial<Selection> = {}): Selection => ({
  ...{ tables: tables.map(parseTableName), schemas: [], part: 'data', append: false },
  ...overrides,
});

async function load(selection: Selection, user?: string): Promise<RestoreResult> {
  return restore(backup, await accessTo(target.name, { ...(user !== undefined && { user }) }), context, { selection });
}

async function refusal(selection: Selection, user?: string): Promise<HoldfastError> {
  const outcome = await load(selection, user).catch((error: unknown) => error as HoldfastError);
  expect(outcome).toBeInstanceOf(Error);
  return outcome as HoldfastError;
}

describe('16.B1: partitions', () => {
  const PARTITIONED = `DROP TABLE plain; CREATE TABLE plain (a int, at date NOT NULL) PARTITION BY RANGE (at);
    CREATE TABLE plain_1 PARTITION OF plain FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
    CREATE TABLE plain_2 PARTITION OF plain FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');`;
  const FILL = `INSERT INTO plain VALUES (1, '2026-01-02'), (2, '2026-02-03')`;
  const COUNT = 'SELECT count(*)::int AS n FROM plain';

  test('16.B1: the rows of a table that has become a partitioned one are not doubled', async () => {
    await target.query(PARTITIONED + FILL);
    expect(await refusal(rows(['public.plain']))).toMatchObject({
      code: 'TARGET_COLLISION',
      details: { problems: [{ kind: 'table', names: ['public.plain'], total: 1 }] },
    });
    expect(await target.query(COUNT)).toEqual([{ n: 2 }]);
    await load(rows(['public.plain'], { append: true }));
    expect(await target.query(COUNT)).toEqual([{ n: 4 }]);
  });

  test('16.B1: rows go into a partitioned table that is empty', async () => {
    await target.query(PARTITIONED);
    expect(await load(rows(['public.plain']))).toMatchObject({ rows: 2 });
    expect(await target.query(COUNT)).toEqual([{ n: 2 }]);
  });

  test('16.B1: a partition on another server is not taken for an empty one', async () => {
    await requireExtension(target, 'postgres_fdw');
    await target.query(`${PARTITIONED} CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
      CREATE FOREIGN TABLE plain_3 PARTITION OF plain FOR VALUES FROM ('2026-03-01') TO ('2026-04-01') SERVER far`);
    const error = await refusal(rows(['public.plain']));
    expect(error).toMatchObject({ code: 'TARGET_COLLISION' });
    expect(error.message).toContain('hold rows on other servers, which are not looked at: public.plain');
  });

  test('16.B1: rows that refer to each other across partitions come back, and the key is as before', async () => {
    const keys = `SELECT conname, condeferrable, condeferred, convalidated FROM pg_constraint WHERE contype = 'f' ORDER BY oid`;
    const before = await target.query(keys);
    await target.query('TRUNCATE tree');
    expect(await load(rows(['public.tree']))).toMatchObject({ rows: 4 });
    expect(await target.query('SELECT * FROM tree ORDER BY id')).toEqual(
      await source.query('SELECT * FROM tree ORDER BY id'),
    );
    expect(await target.query(keys)).toEqual(before);
    await expect(target.query('INSERT INTO tree VALUES (4, 5)')).rejects.toThrow('violates foreign key');
  });
});

describe('16.B1: triggers', () => {
  const TRIGGERS = `SELECT tgrelid::regclass::text AS on, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2`;
  const orders = (overrides: Partial<Selection> = {}) => rows(['app.orders'], overrides);
  const read = (database: TestDatabase) => database.query('SELECT * FROM app.orders ORDER BY id');

  test('16.B1: nothing is restored before somebody has said what triggers are to do', async () => {
    await target.query('TRUNCATE app.orders');
    const error = await refusal(orders());
    expect(error).toMatchObject({ code: 'TRIGGERS_UNDECIDED' });
    expect(error.message).toContain('"keep" on "app"."orders_1"');
    expect(error.message).toContain('"always" on "app"."orders_1"');
    expect(error.message).not.toContain('"off"');
    expect(error.hint).toContain('--triggers disable');
    expect(await read(target)).toEqual([]);
  });

  test('16.B1: that are disabled do not fire, and are afterwards as they were', async () => {
    await target.query('TRUNCATE app.orders');
    const before = await target.query(TRIGGERS);
    const result = await load(orders({ triggers: 'disable' }));
    expect(result.notes.join()).toContain(
      'do not fire for the rows: "always" on "app"."orders_1", "keep" on "app"."orders_1"',
    );
    expect(await read(target)).toEqual(await read(source));
    expect(await target.query(TRIGGERS)).toEqual(before);
  });

  test('16.B1: a failed restore leaves them as they were', async () => {
    await target.query(`TRUNCATE app.orders; ALTER TABLE app.orders ADD CHECK (id < 2)`);
    const before = await target.query(TRIGGERS);
    expect(await refusal(orders({ triggers: 'disable' }))).toMatchObject({ code: 'RESTORE_FAILED' });
    expect(await target.query(TRIGGERS)).toEqual(before);
    expect(await read(target)).toEqual([]);
  });

  test.each([
    ['of the owner', {}],
    ['that is given', { triggerSearchPath: 'app' }],
  ])('16.B1: that fire find names in the search path %s', async (_what, given) => {
    await target.query(`TRUNCATE app.orders, app.log; ALTER TABLE app.orders_1 DISABLE TRIGGER always`);
    if (!('triggerSearchPath' in given)) {
      await target.query(`ALTER ROLE ${OWNER} IN DATABASE "${target.name}" SET search_path = app, public`);
    }
    const result = await load(orders({ triggers: 'fire', ...given }), OWNER);
    expect(result.notes.join()).toContain('fire for the rows, under the search path app');
    expect(await target.query('SELECT * FROM app.log ORDER BY 1')).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await read(target)).toEqual(await read(source));
  });

  test('16.B1: never fire for a superuser, nor for anybody but the owner of the table', async () => {
    await target.query(`TRUNCATE app.orders; ALTER FUNCTION app.keep() OWNER TO postgres;
      ALTER FUNCTION app.nothing() OWNER TO postgres`);
    const superuser = await refusal(orders({ triggers: 'fire' }));
    expect(superuser).toMatchObject({ code: 'PREFLIGHT_FAILED' });
    expect(superuser.message).toContain('do not fire for a superuser');
    await target.query(`GRANT USAGE ON SCHEMA app TO ${OTHER}; GRANT ALL ON ALL TABLES IN SCHEMA app TO ${OTHER}`);
    const other = await refusal(orders({ triggers: 'fire' }), OTHER);
    expect(other).toMatchObject({ code: 'PREFLIGHT_FAILED' });
    expect(other.message).toContain(`"keep" on "app"."orders_1" (owner "${OWNER}")`);
    const disabling = await refusal(orders({ triggers: 'disable' }), OTHER);
    expect(disabling).toMatchObject({ code: 'PREFLIGHT_FAILED' });
    expect(disabling.message).toContain('takes the owners of their tables');
    expect(await read(target)).toEqual([]);
  });
});

describe('16.B1: tables of extensions', () => {
  /** As PostGIS has `spatial_ref_sys`: the extension's script fills it, and a dump holds the rows beyond. */
  const CONFIGURED = `CREATE TABLE systems (id int PRIMARY KEY, name text);
    INSERT INTO systems SELECT n, 'of the extension' FROM generate_series(1, 5) n;
    ALTER EXTENSION hstore ADD TABLE systems;
    UPDATE pg_extension SET extconfig = ARRAY['systems'::regclass::oid], extcondition = ARRAY['WHERE NOT (id <= 100)']
     WHERE extname = 'hstore'`;
  let configured: TestDatabase;

  beforeAll(async () => {
    configured = await createDatabase();
    await requireExtension(configured, 'hstore');
    await configured.query(`${CONFIGURED}; INSERT INTO systems VALUES (1000, 'ours')`);
    return () => configured.end();
  });

  test('16.B1: that have rows of their own take those of the user, and TRUNCATE is not advised', async () => {
    await requireExtension(target, 'hstore');
    await target.query(CONFIGURED);
    const taken = await takeBackup(await accessTo(configured.name), context);
    const selection = rows([], { part: 'data' });
    const access = await accessTo(target.name);
    const all = 'SELECT count(*)::int AS n, max(id) AS last FROM systems';
    expect(await restore(taken.backup, access, context, { selection })).toMatchObject({ rows: 1 });
    expect(await target.query(all)).toEqual([{ n: 6, last: 1000 }]);
    const again = await restore(taken.backup, access, context, { selection }).catch(
      (error: unknown) => error as HoldfastError,
    );
    expect(again).toMatchObject({ code: 'TARGET_COLLISION' });
    expect((again as HoldfastError).hint).toContain('DELETE FROM public.systems WHERE NOT (id <= 100)');
    expect((again as HoldfastError).hint).toContain('never TRUNCATE');
    expect(await target.query(all)).toEqual([{ n: 6, last: 1000 }]);
  });
});
