/** What the target's default privileges and event triggers open, and the backup keeps closed. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { formatRestore } from '../../../src/cli/commands/restore/action.js';
import { styleOf } from '../../../src/cli/text/style.js';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { Grants } from '../../../src/backup/copy/extra-privileges.js';
import { addLargeObjectGrants } from '../../../src/backup/copy/server-privileges.js';
import type { RestoreRequest } from '../../../src/backup/restore/restore-request.js';
import { parseTableName } from '../../../src/backup/restore/selection/selection.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { createDatabase, startTestServer, type TestDatabase } from '../../helpers/postgres.js';
import { accessTo, makeContext, restore, takeBackup } from './harness.js';

const suffix = randomBytes(4).toString('hex');
/** Names that must be quoted, one with a quote and a semicolon in it. */
const anon = `"anon; ""x"" ${suffix}"`;
const reader = `reader_${suffix}`;
const owner = `owner_${suffix}`;

const SOURCE = `
  CREATE TABLE public.salaries (id integer, amount integer);
  CREATE TABLE public."Odd ""Name; here" (a integer);
  CREATE SEQUENCE public.numbers;
  CREATE TYPE public.mood AS ENUM ('x');
  CREATE FUNCTION public.secret(a integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
  REVOKE ALL ON FUNCTION public.secret(integer) FROM PUBLIC;
  GRANT SELECT ON public.salaries TO ${reader};
  INSERT INTO public.salaries VALUES (1, 2);`;

let context: BackupContext;
let source: TestDatabase;
let backup: CompleteBackup;
let target: TestDatabase;

beforeAll(async () => {
  source = await createDatabase();
  await source.query(`CREATE ROLE ${anon}; CREATE ROLE ${reader}; CREATE ROLE ${owner}; ${SOURCE}`);
  context = await makeContext();
  ({ backup } = await takeBackup(await accessTo(source.name), context));
});
beforeEach(async () => {
  target = await createDatabase();
});
afterEach(() => target.end());
afterAll(async () => {
  await source.query(`DROP OWNED BY ${reader}; DROP ROLE ${anon}; DROP ROLE ${reader}; DROP ROLE ${owner}`);
  await source.end();
});

const table: Partial<RestoreRequest> = {
  selection: { tables: [parseTableName('public.salaries')], schemas: [], part: 'all', append: false },
};

async function run(overrides: Partial<RestoreRequest> = {}) {
  return restore(backup, await accessTo(target.name), context, overrides);
}

const may = async (privilege: string, on = 'salaries', kind = 'table') => {
  const rows = await target.query<{ may: boolean }>(
    `SELECT has_${kind}_privilege(oid, $1, $2) AS may FROM pg_roles r WHERE rolname = $3`.replace('oid', 'r.oid'),
    [on, privilege, anon.slice(1, -1).replaceAll('""', '"')],
  );
  return rows[0]?.may;
};

/** The SQL as it is printed, in one session. */
const applyRemedies = (sql: readonly string[]) => target.query(sql.join('\n'));

describe('A8: a part that is restored where default privileges open what was closed', () => {
  beforeEach(() => target.query(`ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT ON TABLES TO ${anon}`));

  test('differs with --check, and says how to close it; then it is equal', async () => {
    const result = await run({ ...table, check: true });
    expect(await may('SELECT')).toBe(true);
    expect(result.comparison?.differences).toEqual([
      expect.objectContaining({
        type: 'ACL',
        schema: 'public',
        name: 'TABLE salaries',
        reason: `definition differs: ${anon} has SELECT, INSERT on TABLE public.salaries, which the backup does not give`,
      }),
    ]);
    expect(result.notes).toContainEqual(expect.stringMatching(/^The target gave a privilege that the backup does not/));
    expect(result.extraPrivileges).toEqual([`REVOKE ALL ON TABLE public.salaries FROM ${anon};`]);
    await applyRemedies(result.extraPrivileges);
    expect(await may('SELECT')).toBe(false);
    expect(await may('INSERT')).toBe(false);
  });

  test('says so without --check, too', async () => {
    const { extraPrivileges, comparison } = await run(table);
    expect(comparison).toBeUndefined();
    expect(extraPrivileges).toEqual([`REVOKE ALL ON TABLE public.salaries FROM ${anon};`]);
  });

  test('keeps to a role what the backup gives it, and takes only the rest', async () => {
    await target.query(`ALTER DEFAULT PRIVILEGES GRANT UPDATE ON TABLES TO ${reader}`);
    const { extraPrivileges } = await run(table);
    expect(extraPrivileges).toContain(
      `REVOKE ALL ON TABLE public.salaries FROM ${reader}; GRANT SELECT ON TABLE public.salaries TO ${reader};`,
    );
    await applyRemedies(extraPrivileges);
    const rows = await target.query(
      `SELECT has_table_privilege($1, 'salaries', 'SELECT') AS s, has_table_privilege($1, 'salaries', 'UPDATE') AS u`,
      [reader],
    );
    expect(rows).toEqual([{ s: true, u: false }]);
  });

  test('says nothing of what the target had before', async () => {
    await target.query('CREATE TABLE public.older (a integer)');
    const { extraPrivileges } = await run(table);
    expect(extraPrivileges.join()).not.toContain('older');
  });
});

describe('A8: a part without any grant', () => {
  const odd: Partial<RestoreRequest> = {
    selection: { tables: [parseTableName('public."Odd ""Name; here"')], schemas: [], part: 'all', append: false },
  };

  test('that gets one differs with --check: it is not in the backup', async () => {
    await target.query(`ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO ${anon}`);
    const { comparison, extraPrivileges } = await run({ ...odd, check: true });
    const reason = `is not in the backup: ${anon} has SELECT on TABLE public."Odd ""Name; here", which the backup does not give`;
    expect(comparison?.differences).toEqual([expect.objectContaining({ type: 'ACL', reason })]);
    expect(extraPrivileges).toEqual([`REVOKE ALL ON TABLE public."Odd ""Name; here" FROM ${anon};`]);
    await applyRemedies(extraPrivileges);
    expect(await may('SELECT', '"Odd ""Name; here"')).toBe(false);
  });

  test('that an event trigger of the target opens differs with --check, its policy and trigger as well', async () => {
    await target.query(`
      CREATE FUNCTION open_it() RETURNS event_trigger LANGUAGE plpgsql AS $f$
      DECLARE r record;
      BEGIN
        FOR r IN SELECT * FROM pg_event_trigger_ddl_commands() WHERE command_tag = 'CREATE TABLE' LOOP
          EXECUTE 'GRANT SELECT ON ' || r.object_identity || ' TO ${anon.replaceAll("'", "''")}';
          EXECUTE 'CREATE POLICY everybody ON ' || r.object_identity || ' USING (true)';
        END LOOP;
      END $f$;
      CREATE EVENT TRIGGER opens ON ddl_command_end EXECUTE FUNCTION open_it();`);
    const { comparison, extraPrivileges } = await run({ ...odd, check: true });
    expect(comparison?.differences.map(({ type, reason }) => `${type} ${reason.replace(/:.*/s, '')}`).sort()).toEqual([
      'ACL is not in the backup',
      'POLICY is not in the backup',
    ]);
    expect(extraPrivileges).toHaveLength(1);
  });

  test('into another schema that opens it, differs as well', async () => {
    await target.query(`CREATE SCHEMA rescue; ALTER DEFAULT PRIVILEGES IN SCHEMA rescue GRANT ALL ON TABLES TO PUBLIC`);
    const { selection } = odd;
    const result = await run({ selection: { ...selection!, intoSchema: 'rescue' }, check: true });
    expect(result.comparison?.differences).toEqual([expect.objectContaining({ type: 'ACL', schema: 'rescue' })]);
    expect(result.extraPrivileges).toEqual([`REVOKE ALL ON TABLE rescue."Odd ""Name; here" FROM PUBLIC;`]);
    await applyRemedies(result.extraPrivileges);
    expect(await may('SELECT', 'rescue."Odd ""Name; here"')).toBe(false);
  });
});

describe('A8: a whole database', () => {
  test('of every kind that default privileges know is closed again by the SQL, and equal then', async () => {
    await target.query(`
      ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO ${anon};
      ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO ${anon};
      ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO ${anon};
      ALTER DEFAULT PRIVILEGES GRANT USAGE ON TYPES TO ${anon};
      ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO ${anon};`);
    const { extraPrivileges } = await run();
    expect(extraPrivileges.map((sql) => /ON (\w+)/.exec(sql)?.[1]).sort()).toEqual([
      'FUNCTION',
      'SEQUENCE',
      'TABLE',
      'TABLE',
      'TYPE',
    ]);
    expect(await may('EXECUTE', 'secret(integer)', 'function')).toBe(true);
    await applyRemedies(extraPrivileges);
    expect(await may('EXECUTE', 'secret(integer)', 'function')).toBe(false);
    expect(await may('USAGE', 'numbers', 'sequence')).toBe(false);
    expect(await may('SELECT')).toBe(false);
  });

  test('says nothing where nothing was opened', async () => {
    const { extraPrivileges, comparison } = await run({ check: true });
    expect(extraPrivileges).toEqual([]);
    expect(comparison?.differences).toEqual([]);
  });

  test('restored without owners says nothing of what the restoring role may do', async () => {
    await target.query(`ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${anon}`);
    const { extraPrivileges } = await run({ owners: false });
    expect(extraPrivileges).toHaveLength(2);
    expect(extraPrivileges.every((sql) => sql.includes(`FROM ${anon};`))).toBe(true);
  });
});

describe('A8: the SQL that takes a privilege away', () => {
  const remedies = (backup: readonly string[], copy: readonly string[]) => {
    const [wanted, found] = [new Grants(), new Grants()];
    for (const text of backup) wanted.add(text, 'own');
    for (const text of copy) found.add(text, 'own');
    return wanted.remedies(found, () => true);
  };

  test('names roles and objects as the server quotes them, and keeps apart what only looks like a keyword', () => {
    expect(remedies([], ['GRANT SELECT("ON",b) ON TABLE s."a TO b" TO "WITH ON" WITH GRANT OPTION;'])).toEqual([
      'REVOKE ALL ON TABLE s."a TO b" FROM "WITH ON";',
    ]);
  });

  test('takes along what the role passed on, and gives back what of it the backup has', () => {
    const as = (grantor: string, grant: string) => [
      `SET SESSION AUTHORIZATION ${grantor};`,
      grant,
      'RESET SESSION AUTHORIZATION;',
    ];
    const backup = [
      'GRANT SELECT ON TABLE s.t TO a WITH GRANT OPTION;',
      ...as('a', 'GRANT SELECT ON TABLE s.t TO b WITH GRANT OPTION;'),
      ...as('b', 'GRANT SELECT ON TABLE s.t TO c;'),
    ];
    const copy = ['GRANT INSERT ON TABLE s.t TO a;', ...backup];
    expect(remedies(backup, copy)).toEqual([
      [
        'REVOKE ALL ON TABLE s.t FROM a CASCADE;',
        'GRANT SELECT ON TABLE s.t TO a WITH GRANT OPTION;',
        ...as('a', 'GRANT SELECT ON TABLE s.t TO b WITH GRANT OPTION;'),
        ...as('b', 'GRANT SELECT ON TABLE s.t TO c;'),
      ].join(' '),
    ]);
  });

  test('is run as the grantor where that is not the owner', () => {
    const copy = ['SET SESSION AUTHORIZATION a;', 'GRANT SELECT ON TABLE s.t TO b;', 'RESET SESSION AUTHORIZATION;'];
    expect(remedies(['GRANT SELECT ON TABLE s.t TO b;'], copy)).toEqual([
      'SET SESSION AUTHORIZATION a; REVOKE ALL ON TABLE s.t FROM b; RESET SESSION AUTHORIZATION;',
    ]);
  });

  test('is empty for what the backup has, the owner has, or is taken', () => {
    const same = [
      'GRANT SELECT ON TABLE s.t TO b;',
      'GRANT ALL ON TABLE s.t TO own;',
      'REVOKE ALL ON TABLE s.t FROM c;',
    ];
    expect(remedies(same, same)).toEqual([]);
    expect(remedies([], ['GRANT ALL ON TABLE s.t TO own;', 'REVOKE ALL ON TABLE s.t FROM c;'])).toEqual([]);
  });
});

describe('A8: what no entry of a dump tells of', () => {
  const has = async (sql: string, role = anon) => {
    const [row] = await target.query<{ has: boolean }>(`SELECT ${sql} AS has`, [
      role.replace(/^"|"$/g, '').replaceAll('""', '"'),
    ]);
    return row?.has;
  };

  test('privileges on a database that the source had closed are found, and taken away by the SQL', async () => {
    const closed = await createDatabase();
    try {
      await closed.query(`REVOKE ALL ON DATABASE ${closed.name} FROM PUBLIC`);
      await closed.query(
        `GRANT CONNECT ON DATABASE ${closed.name} TO ${reader}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${reader}`,
      );
      const taken = await takeBackup(await accessTo(closed.name), context, { name: 'closed' });
      await target.query(`GRANT CONNECT, CREATE ON DATABASE ${target.name} TO ${anon} WITH GRANT OPTION`);
      const { extraPrivileges, notes } = await restore(taken.backup, await accessTo(target.name), context);
      expect([...extraPrivileges].sort()).toEqual([
        `REVOKE CONNECT, CREATE ON DATABASE "${target.name}" FROM ${anon} CASCADE;`,
        `REVOKE CONNECT, TEMPORARY ON DATABASE "${target.name}" FROM PUBLIC;`,
      ]);
      expect(notes).toContainEqual(expect.stringMatching(/^The target gave privileges on 2 objects/));
      await applyRemedies(extraPrivileges);
      expect(await has(`has_database_privilege($1, current_database(), 'CONNECT')`)).toBe(false);
      expect(await has(`has_database_privilege($1, current_database(), 'CREATE')`)).toBe(false);
    } finally {
      await closed.end();
    }
  });

  test('a database that --create makes is as closed as the source was', async () => {
    const closed = await createDatabase();
    const name = `made_${suffix}`;
    try {
      await closed.query(`REVOKE ALL ON DATABASE ${closed.name} FROM PUBLIC`);
      const taken = await takeBackup(await accessTo(closed.name), context, { name: 'closed_too' });
      const result = await restore(taken.backup, await accessTo(name), context, { create: true });
      expect(result).toMatchObject({ created: true, extraPrivileges: [] });
      expect(await has(`has_database_privilege($1, '${name}', 'CONNECT')`)).toBe(false);
    } finally {
      await closed.end();
      await target.query(`DROP DATABASE IF EXISTS ${name}`);
    }
  });

  test('privileges on large objects are found, and taken away by the SQL', async () => {
    await target.query(`SELECT lo_from_bytea(4711, 'secret'); SELECT lo_from_bytea(4712, 'for all');
      GRANT ALL ON LARGE OBJECT 4712 TO ${reader};
      GRANT SELECT ON LARGE OBJECT 4711 TO ${anon}; GRANT SELECT ON LARGE OBJECT 4712 TO PUBLIC`);
    const [wanted, copy] = [new Grants(), new Grants()];
    wanted.add(`GRANT ALL ON LARGE OBJECT 4712 TO ${reader};`, 'postgres');
    await addLargeObjectGrants(await target.client(), copy);
    const sql = wanted.remedies(copy, () => true).sort();
    expect(sql).toEqual([
      `REVOKE ALL ON LARGE OBJECT 4711 FROM ${anon};`,
      'REVOKE ALL ON LARGE OBJECT 4712 FROM PUBLIC;',
    ]);
    await applyRemedies(sql);
    const left = await target.query<{ grantee: string }>(
      `SELECT a.grantee::regrole::text AS grantee FROM pg_largeobject_metadata, aclexplode(lomacl) a
        WHERE a.grantee <> lomowner GROUP BY 1`,
    );
    expect(left).toEqual([{ grantee: reader }]);
  });

  test('members of roles that the backup gives something to, and that were none at the source, are named', async () => {
    await source.query(`GRANT ${reader} TO ${anon}`);
    try {
      const { notes, extraPrivileges } = await run();
      expect(notes).toContainEqual(
        `Roles on this server have what the backup gives to other roles, because they are members of those here and were not at the source. If they should not be: REVOKE ${reader} FROM ${anon};`,
      );
      expect(extraPrivileges).toEqual([]);
    } finally {
      await source.query(`REVOKE ${reader} FROM ${anon}`);
    }
  });

  test('names with control characters are shown as text, and the reader is sent to --json for the exact SQL', () => {
    const sql = 'REVOKE ALL ON TABLE public."a\nb" FROM PUBLIC;';
    const result = {
      ...{ database: 'd', key: 'k', target: 't', dryRun: false, created: false, rows: 0, tables: 0, durationMs: 0 },
      ...{
        leftOut: [],
        memberships: [],
        rolesWithoutPassword: [],
        selection: undefined,
        notes: [],
        comparison: undefined,
        unfinished: [],
      },
    };
    const style = styleOf({ stream: {}, env: {}, color: false });
    const text = (extraPrivileges: readonly string[]) => formatRestore({ ...result, extraPrivileges }, style);
    expect(text([sql])).toContain('public."a\\nb" FROM PUBLIC;');
    expect(text([sql]).replace(/\s+/g, ' ')).toContain('--json has the exact SQL');
    expect(text(['REVOKE ALL ON TABLE t FROM PUBLIC;'])).not.toContain('--json');
  });
});

describe('A8: names that look like something else', () => {
  const TABLES = ['"salaries(2024)"', '"sal\naries"', '"Sal.ar""y"', '"TABLE x"', '"a ON b TO c"'];
  let odd: TestDatabase;
  let taken: CompleteBackup;
  beforeAll(async () => {
    odd = await createDatabase();
    await odd.query(`
      ${TABLES.map((name) => `CREATE TABLE public.${name} (a integer);`).join(' ')}
      CREATE FUNCTION public."f(x)"(a integer DEFAULT 1, OUT b integer) LANGUAGE sql AS 'SELECT 1';
      REVOKE ALL ON FUNCTION public."f(x)"(integer) FROM PUBLIC;
      CREATE SCHEMA "S(1)"; CREATE TABLE "S(1)".t (a integer);`);
    ({ backup: taken } = await takeBackup(await accessTo(odd.name), context));
  });
  afterAll(() => odd.end());
  beforeEach(() =>
    target.query(`
      ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${anon};
      ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO ${anon};
      ALTER DEFAULT PRIVILEGES GRANT CREATE ON SCHEMAS TO ${anon};`),
  );
  const part = async (selection: { tables?: string[]; schemas?: string[] }) => {
    const { tables = [], schemas = [] } = selection;
    const chosen = { tables: tables.map(parseTableName), schemas, part: 'all' as const, append: false };
    return restore(taken, await accessTo(target.name), context, { selection: chosen, check: true });
  };

  test.each(TABLES)('of the table %s: it is reported, differs, and can be closed', async (name) => {
    const { extraPrivileges, comparison } = await part({ tables: [`public.${name}`] });
    expect(extraPrivileges).toEqual([`REVOKE ALL ON TABLE public.${name} FROM ${anon};`]);
    const reason = `is not in the backup: ${anon} has SELECT on TABLE public.${name}, which the backup does not give`;
    expect(comparison?.differences).toEqual([
      { type: 'ACL', schema: 'public', name: `TABLE ${name.replace('\n', ' ')}`, reason },
    ]);
    await applyRemedies(extraPrivileges);
    expect(await may('SELECT', name)).toBe(false);
  });

  test('of a schema, and of the function in one', async () => {
    const ofSchema = await part({ schemas: ['S(1)'] });
    expect([...ofSchema.extraPrivileges].sort()).toEqual([
      `REVOKE ALL ON SCHEMA "S(1)" FROM ${anon};`,
      `REVOKE ALL ON TABLE "S(1)".t FROM ${anon};`,
    ]);
    const { extraPrivileges, comparison } = await part({ schemas: ['public'] });
    expect(extraPrivileges.filter((sql) => sql.includes('FUNCTION'))).toEqual([
      expect.stringMatching(/^REVOKE ALL ON FUNCTION public\."f\(x\)"\(.*\) FROM "anon/) as string,
    ]);
    expect(comparison?.differences).toHaveLength(TABLES.length + 1);
  });
});

describe('A8: what the server lets roles of the source do, and the source did not', () => {
  const group = `group_${suffix}`;
  const name = anon.slice(1, -1).replaceAll('""', '"');
  let closed: CompleteBackup;
  beforeAll(async () => {
    const database = await createDatabase();
    await database.query(`
      ${SOURCE} REVOKE ALL ON SCHEMA public FROM PUBLIC;
      CREATE TABLE public.open (a integer); GRANT SELECT ON public.open TO ${anon};`);
    ({ backup: closed } = await takeBackup(await accessTo(database.name), context));
    await database.end();
    await source.query(`CREATE ROLE ${group}`);
  });
  afterAll(() => source.query(`DROP ROLE ${group}`));

  test.each([
    ['SUPERUSER', `ALTER ROLE ${anon} SUPERUSER`, `ALTER ROLE ${anon} NOSUPERUSER;`],
    ['BYPASSRLS', `ALTER ROLE ${anon} BYPASSRLS`, `ALTER ROLE ${anon} NOBYPASSRLS;`],
    ['pg_read_all_data', `GRANT pg_read_all_data TO ${anon}`, `REVOKE pg_read_all_data FROM ${anon};`],
    [group, `GRANT pg_read_all_data TO ${group}; GRANT ${group} TO ${anon}`, `REVOKE ${group} FROM ${anon};`],
  ])('%s is a note without --check, and a difference with it', async (what, open, close) => {
    await target.query(open);
    try {
      const { notes, comparison } = await restore(closed, await accessTo(target.name), context, { check: true });
      expect(notes).toContainEqual(expect.stringMatching(/^Roles have more on this server than at the source/));
      expect(notes.join('\n')).toContain(close);
      expect(comparison?.differences).toContainEqual({
        type: 'ROLE',
        schema: null,
        name,
        reason: expect.stringContaining(what) as string,
      });
    } finally {
      await target.query(close);
    }
    const again = await createDatabase();
    try {
      const { notes } = await restore(closed, await accessTo(again.name), context);
      expect(notes.join('\n')).not.toContain('Roles have more on this server');
    } finally {
      await again.end();
      await source.query(`REVOKE pg_read_all_data FROM ${group}`);
    }
  });

  test('the schema public, open in the target, is closed by the SQL that is printed', async () => {
    await target.query(`GRANT ALL ON SCHEMA public TO PUBLIC`);
    const { extraPrivileges } = await restore(closed, await accessTo(target.name), context);
    expect(extraPrivileges).toContainEqual(expect.stringMatching(/^REVOKE ALL ON SCHEMA public FROM PUBLIC;/));
    expect(await may('CREATE', 'public', 'schema')).toBe(true);
    await applyRemedies(extraPrivileges);
    expect(await may('CREATE', 'public', 'schema')).toBe(false);
  });

  test('privileges on a tablespace or a parameter are named as not compared', async () => {
    // They are the whole server's, and other tests compare on the shared one.
    const server = await startTestServer();
    try {
      const own = await createDatabase(server);
      const [{ version } = { version: 0 }] = await own.query<{ version: number }>(
        `SELECT current_setting('server_version_num')::int / 10000 AS version`,
      );
      const grants = [`CREATE ON TABLESPACE pg_default`, ...(version >= 15 ? [`SET ON PARAMETER work_mem`] : [])];
      for (const grant of grants) await own.query(`GRANT ${grant} TO PUBLIC`);
      const options = { create: true, globals: true, check: true };
      const { notes } = await restore(closed, await accessTo('copy', { server }), context, options);
      expect(notes).toContainEqual(expect.stringMatching(/^Not compared: the privileges on tablespaces/));
      expect(notes.some((note) => note.includes('parameters'))).toBe(version >= 15);
    } finally {
      await server.stop();
    }
  });
});

test('A8: a difference of the target alone is counted, and its object is named', async () => {
  await target.query(`ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${anon}`);
  const selection = { tables: [parseTableName('public."Odd ""Name; here"')], schemas: [], part: 'all', append: false };
  const text = formatRestore(
    await run({ selection, check: true } as Partial<RestoreRequest>),
    styleOf({ stream: {}, env: {}, color: false }),
  );
  expect(text).toMatch(
    /Check: (\d+) of \1 entr(?:y|ies) came back equal, and 1 of the target is not in the backup\. Different:/,
  );
  expect(text).toContain('ACL TABLE public."Odd ""Name; here": is not in the backup: ');
});
