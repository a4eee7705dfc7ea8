/** A dump that was written to do harm: what it can reach is refused, or contained in the drill's own server. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkBackup } from '../../src/backup/check/check-backup.js';
import type { BackupContext } from '../../src/backup/operation/context.js';
import { serverDrill } from '../../src/backup/verify/server-drill.js';
import type { CompleteBackup } from '../../src/vault/catalog.js';
import { createDatabase, sharedServer, type TestDatabase } from '../helpers/postgres.js';
import { watchedDrill } from '../helpers/watched-drill.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';
import { fakePrograms } from './backup/fake-programs.js';
import { accessTo, makeContext, restore, takeBackup, verify } from './backup/harness.js';
import { TamperedVault } from './backup/tampered-vault.js';

const passwd = readFileSync('/etc/passwd', 'utf8');
const SHOP = readFileSync(join(import.meta.dirname, '../fixtures/sql/shop.sql'), 'utf8');
const INDEX = 'CREATE INDEX orders_placed';

let context: BackupContext;
let source: TestDatabase;
let backup: CompleteBackup;
/** Anybody may write here: nothing but the refusal or the drill's server may keep a file from appearing. */
let open: string;

beforeAll(async () => {
  open = join(temporaryDirectory(), 'open');
  mkdirSync(open);
  for (const directory of [join(open, '..'), open]) chmodSync(directory, 0o777);
  context = await makeContext();
  source = await createDatabase(sharedServer(), SHOP);
  ({ backup } = await takeBackup(await accessTo(source.name), context));
});

afterAll(() => source?.end());

describe('a dump that was changed to hold', () => {
  test.each<readonly [string, (marker: string) => string]>([
    ['a shell command', (marker) => `\\! touch ${marker}`],
    ['a copy from a program', (marker) => `COPY shop.log (line) FROM PROGRAM 'touch ${marker}';`],
    ['a copy to a program', (marker) => `COPY shop.log TO PROGRAM 'cat > ${marker}';`],
    ['a copy from a file of the server', () => `COPY shop.log (line) FROM '/etc/passwd';`],
    ['a copy to a file of the server', (marker) => `COPY shop.log TO '${marker}';`],
    ['an export of a large object', (marker) => `SELECT pg_catalog.lo_export(1, '${marker}');`],
    ['an import of a file as a large object', () => `SELECT pg_catalog.lo_import('/etc/passwd');`],
  ])('%s is refused by check and verify before any of it runs', async (_what, statement) => {
    const marker = join(open, 'changed');
    const vault = new TamperedVault(context, backup);
    vault.forge('dump', vault.text('dump').replace(INDEX, `${statement(marker)}\n${INDEX}`));
    expect((await checkBackup(backup, vault.context(context))).verdict).toBe('damaged');
    const result = await verify(backup, vault.context(context));
    expect(result.verdict).not.toBe('proven');
    expect(existsSync(marker)).toBe(false);
  });
});

describe('A7: a source whose check constraint, in a drill, makes a value of a catalog grow', () => {
  test('gets an error with a code, and the next backup of the same process its verdict', async () => {
    const swollen = await createDatabase();
    try {
      await swollen.query(`
        CREATE FUNCTION grow() RETURNS boolean LANGUAGE plpgsql AS $f$
        BEGIN
          IF pg_catalog.current_database() ~ '^holdfast_drill_' THEN
            UPDATE pg_catalog.pg_extension
               SET extconfig = ARRAY['public.sly'::pg_catalog.regclass::pg_catalog.oid],
                   extcondition = ARRAY[pg_catalog.repeat('x', 40 * 1024 * 1024)];
          END IF;
          RETURN true;
        END $f$;
        CREATE TABLE sly (a integer CHECK (public.grow()));
        INSERT INTO sly VALUES (1);`);
      const { backup: taken } = await takeBackup(await accessTo(swollen.name), context, { name: 'swollen' });
      const drill = serverDrill(await accessTo('postgres'));
      await expect(verify(taken, context, drill)).rejects.toMatchObject({
        code: 'QUERY_FAILED',
        message: expect.stringMatching(/It sends one message of 419\d{5} bytes/) as string,
      });
      expect((await verify(backup, context, drill)).verdict).toBe('proven');
    } finally {
      await swollen.end();
    }
  });
});

describe('A6: a source whose own check constraint changes the encoding in which psql reads', () => {
  let sly: TestDatabase;
  let taken: CompleteBackup;
  let marker: string;

  /**
   * In SJIS the second byte of Á takes the quote behind it along, so that psql sees the comment's end in the middle of the
   * next one. A role of the source needs no more than a table of its own.
   */
  beforeAll(async () => {
    marker = join(open, 'ran-by-psql');
    sly = await createDatabase();
    await sly.query(`
      CREATE TABLE sly (a integer);
      CREATE INDEX sly_one ON sly (a);
      CREATE INDEX sly_two ON sly (a);
      COMMENT ON INDEX sly_one IS 'Á';
      COMMENT ON INDEX sly_two IS ' \\! touch ${marker}\n';
      CREATE FUNCTION change() RETURNS boolean LANGUAGE plpgsql AS $f$
      BEGIN PERFORM pg_catalog.set_config('client_encoding', 'SJIS', false); RETURN true; END $f$;
      INSERT INTO sly VALUES (1);
      ALTER TABLE sly ADD CHECK (public.change());`);
    ({ backup: taken } = await takeBackup(await accessTo(sly.name), context, { name: 'sly' }));
  });
  afterAll(() => sly?.end());

  const into = async (work: (target: TestDatabase) => Promise<void>) => {
    const target = await createDatabase();
    try {
      await work(target);
    } finally {
      rmSync(marker, { force: true });
      await target.end();
    }
  };
  const unpatched = async () => ({ ...context, installed: await fakePrograms({ psql: 'unpatched' }) });

  test('is refused by psql in a restore, which leaves nothing', () =>
    into(async (target) => {
      await expect(restore(taken, await accessTo(target.name), context)).rejects.toMatchObject({
        code: 'HOSTILE_DUMP',
        message: expect.stringMatching(/^Code in the dump made psql read the dump differently/) as string,
      });
      expect(existsSync(marker)).toBe(false);
      expect(await target.query(`SELECT FROM pg_class WHERE relname = 'sly'`)).toEqual([]);
    }));

  test('is no proven backup', async () => {
    expect(await verify(taken, context)).toMatchObject({
      verdict: 'unreadable',
      differences: [{ reason: expect.stringMatching(/^Code in the dump/) as string }],
    });
    expect(existsSync(marker)).toBe(false);
  });

  test('is not given to a psql that would run its command: neither restore nor drill begins', () =>
    into(async (target) => {
      const old = await unpatched();
      const refused = { code: 'PSQL_UNPATCHED', message: expect.stringContaining('CVE-2025-8714') as string };
      const access = await accessTo(target.name);
      await expect(restore(taken, access, old)).rejects.toMatchObject(refused);
      await expect(verify(taken, old)).rejects.toMatchObject(refused);
      await expect(verify(taken, old, serverDrill(await accessTo('postgres')))).rejects.toMatchObject(refused);
      expect(existsSync(marker)).toBe(false);
    }));

  test('runs its command through such a psql for whoever insists, who is told so beforehand', () =>
    into(async (target) => {
      const old = await unpatched();
      const access = await accessTo(target.name);
      const { notes } = await restore(taken, access, old, { allowUnpatchedPsql: true, dryRun: true });
      expect(notes[0]).toMatch(/^Restored by a psql that does not know \\restrict, as --allow-unpatched-psql allows/);
      expect(existsSync(marker)).toBe(false);
      await restore(taken, access, old, { allowUnpatchedPsql: true }).catch(() => undefined);
      // Or the refusals above would not mean anything.
      expect(existsSync(marker)).toBe(true);
    }));

  test('takes a newer psql that is installed beside the old one', () =>
    into(async (target) => {
      const { installed: old } = await unpatched();
      const installed = [...old, ...context.installed];
      const access = await accessTo(target.name);
      await expect(restore(taken, access, { ...context, installed })).rejects.toMatchObject({ code: 'HOSTILE_DUMP' });
      expect(existsSync(marker)).toBe(false);
    }));
});

describe('A6: names that psql puts into SQL', () => {
  test('do not end a string or begin a command: its variables are not set', async () => {
    const marker = join(open, 'ran-by-name');
    const evil = `x' \\! touch ${marker}\n`.trim();
    const target = await createDatabase();
    const name = `${target.name} ${evil}`;
    try {
      const slices = await createDatabase();
      try {
        await slices.query(
          `CREATE TABLE t (a integer[]); CREATE VIEW v AS SELECT a[1:"DBNAME".n] FROM t, (SELECT 2 AS n) "DBNAME"`,
        );
        const { backup: taken } = await takeBackup(await accessTo(slices.name), context, { name: 'slices' });
        await target.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
        const result = await restore(taken, await accessTo(name), context, { check: true });
        expect(result.comparison?.differences).toEqual([]);
      } finally {
        await slices.end();
      }
      expect(existsSync(marker)).toBe(false);
    } finally {
      await target.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)}`);
      await target.end();
    }
  });
});

describe('a source whose own event trigger does harm when it is restored', () => {
  const secret = 'never-for-a-dump';
  let evil: TestDatabase;
  /** In the working directory of the server. */
  const marker = 'fired';
  let taken: CompleteBackup;

  /**
   * pg_dump writes event triggers last but for the materialized views, which it fills after them: on that, the trigger
   * fires in every restore. Any user may read what it did, so that only who ran it decides about what it reached.
   */
  const hostile = (file: string) => `
    CREATE SCHEMA evil;
    CREATE TABLE evil.rows (a integer);
    CREATE MATERIALIZED VIEW evil.summary AS SELECT count(*) FROM evil.rows;
    CREATE FUNCTION evil.strike() RETURNS event_trigger LANGUAGE plpgsql AS $f$
    BEGIN
      COPY (SELECT current_user) TO PROGRAM 'umask 0; id -u > ${file}; env > ${file}.env; cat > ${file}.role';
    END $f$;
    CREATE EVENT TRIGGER a_strike ON ddl_command_end EXECUTE FUNCTION evil.strike();
    ALTER EVENT TRIGGER a_strike ENABLE ALWAYS;`;

  beforeAll(async () => {
    evil = await createDatabase();
    await evil.query(hostile(marker));
    ({ backup: taken } = await takeBackup(await accessTo(evil.name), context, { name: 'evil' }));
  });
  afterAll(() => evil?.end());

  test('fires in a drill, and reaches no more there than a user without credentials', async () => {
    const drill = watchedDrill([marker, `${marker}.env`, `${marker}.role`]);
    const there = { ...context, env: { ...context.env, AWS_SECRET_ACCESS_KEY: secret } };
    const result = await verify(taken, there, drill.start);
    expect(result.verdict).toBe('proven');
    const read = (file: string) => drill.read(file)?.trim();
    // It has struck, as the superuser of a server that is there for nothing else: the rest means something.
    expect(read(`${marker}.role`)).toBe('postgres');
    const uid = Number(read(marker));
    if (process.getuid?.() === 0) expect(passwd).not.toMatch(new RegExp(`^[^:]*:[^:]*:${uid}:`, 'm'));
    else expect(uid).toBe(process.getuid?.());
    const seen = read(`${marker}.env`);
    expect(seen).toMatch(/^PATH=\/usr\/bin:\/bin$/m);
    expect(seen).not.toContain(secret);
    expect(seen).not.toMatch(/^(AWS_|HOLDFAST_|PGPASSWORD)/m);
  });

  test('is refused in a database of others where an ordinary role restores, with all that came before it', async () => {
    const role = `plain_${randomBytes(4).toString('hex')}`;
    const target = await createDatabase();
    try {
      await target.query(`CREATE ROLE ${role} LOGIN; ALTER DATABASE ${target.name} OWNER TO ${role}`);
      const into = await accessTo(target.name, { user: role });
      await expect(restore(taken, into, context, { owners: false })).rejects.toMatchObject({
        code: 'PREFLIGHT_FAILED',
        message: expect.stringMatching(/a_strike.*--skip event-triggers/) as string,
      });
      expect(await target.query(`SELECT FROM pg_namespace WHERE nspname = 'evil'`)).toEqual([]);
      expect(await target.query('SELECT FROM pg_event_trigger')).toEqual([]);
    } finally {
      await target.end();
      await evil.query(`DROP ROLE IF EXISTS ${role}`);
    }
  });
});
