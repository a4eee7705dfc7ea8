/** Drills on a machine that lacks something: an extension, a server, a locale. The verdict is incomplete, or none at all. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { serverDrill } from '../../../src/backup/verify/server-drill.js';
import type { HoldfastError } from '../../../src/core/errors.js';
import type { PostgresPrograms } from '../../../src/postgres/client-programs.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { runProcess } from '../../../src/core/child-process.js';
import { livingChildren } from '../../helpers/children.js';
import {
  createDatabase,
  openDatabase,
  sharedServer,
  startTestServer,
  type TestServer,
} from '../../helpers/postgres.js';
import { relocatePostgres, type RelocatedPostgres } from '../../helpers/relocated-postgres.js';
import { accessTo, makeContext, restore, takeBackup, verify } from './harness.js';
import { fakePrograms } from './fake-programs.js';
import { TamperedVault } from './tampered-vault.js';

const NEEDY = `
  CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION pg_trgm;
  CREATE TABLE people (id serial PRIMARY KEY, email citext, tags hstore);
  CREATE VIEW emails AS SELECT email FROM people;
  CREATE INDEX people_trgm ON people USING gin ((email::text) gin_trgm_ops);
  INSERT INTO people (email, tags) VALUES ('A@b', 'a=>1');`;

let context: BackupContext;
let relocated: RelocatedPostgres;
let backup: CompleteBackup;

beforeAll(async () => {
  context = await makeContext();
  const source = await createDatabase(sharedServer(), NEEDY);
  ({ backup } = await takeBackup(await accessTo(source.name), context));
  await source.end();
  relocated = await relocatePostgres();
});

async function fail(work: Promise<unknown>): Promise<HoldfastError> {
  const outcome = await work.catch((error: unknown) => error as HoldfastError);
  expect(outcome).toBeInstanceOf(Error);
  return outcome as HoldfastError;
}

describe('an installation without the files of two extensions', () => {
  let server: TestServer;

  beforeAll(async () => {
    for (const name of readdirSync(relocated.extensions)) {
      if (/^(?:citext|hstore)\b/.test(name)) rmSync(join(relocated.extensions, name));
    }
    server = await startTestServer({ programs: relocated.installed[0] });
  });

  afterAll(() => server?.stop());

  test('makes the verdict incomplete, with what depends on each, and restores nothing', async () => {
    const before = await livingChildren();
    const result = await verify(backup, { ...context, installed: relocated.installed });
    expect(result).toMatchObject({ verdict: 'incomplete', matched: 0, differences: [] });
    const ofTable = [
      'sequence public.people_id_seq',
      'table constraint people_pkey on public.people',
      'table public.people',
    ];
    expect(result.missingExtensions).toEqual([
      { name: 'citext', dependents: ['index public.people_trgm', ...ofTable, 'view public.emails'] },
      { name: 'hstore', dependents: ['index public.people_trgm', ...ofTable, 'view public.emails'] },
    ]);
    expect(result.notes.join()).toContain('citext, hstore');
    expect(await livingChildren()).toEqual(before);
  });

  test('refuses a restore before anything is made, and names them', async () => {
    const access = await accessTo('wanted', { server });
    const error = await fail(restore(backup, access, context, { create: true, globals: true }));
    expect(error).toMatchObject({ code: 'PREFLIGHT_FAILED' });
    expect(error.message).toContain('citext, hstore');
    expect(error.message).not.toContain('pg_trgm');
    const admin = openDatabase(server, 'postgres');
    expect(await admin.query(`SELECT FROM pg_database WHERE datname = 'wanted'`)).toEqual([]);
  });
});

describe('an extension with tables of its own whose rows are dumped', () => {
  let server: TestServer;

  beforeAll(async () => {
    writeFileSync(
      join(relocated.extensions, 'hf_config.control'),
      "default_version = '1.0'\nrelocatable = false\nschema = hf_config\n",
    );
    writeFileSync(
      join(relocated.extensions, 'hf_config--1.0.sql'),
      `CREATE TABLE settings (name text PRIMARY KEY, value text, builtin boolean DEFAULT false);
       INSERT INTO settings VALUES ('version', '1', true);
       CREATE TABLE internal (n integer);
       INSERT INTO internal VALUES (1);
       CREATE SEQUENCE ids;
       CREATE SEQUENCE hidden;
       SELECT pg_catalog.pg_extension_config_dump('settings', 'WHERE NOT builtin');
       SELECT pg_catalog.pg_extension_config_dump('ids', '');`,
    );
    await runProcess({ command: 'chmod', args: ['-R', 'a+rX', relocated.extensions], env: {} });
    server = await startTestServer({ programs: relocated.installed[0] });
  });

  afterAll(() => server?.stop());

  test('is proven with those rows, and restores to an equal database', async () => {
    const admin = openDatabase(server, 'postgres');
    await admin.query('CREATE DATABASE configured');
    await openDatabase(server, 'configured').query(`
      CREATE SCHEMA hf_config; CREATE EXTENSION hf_config SCHEMA hf_config;
      INSERT INTO hf_config.settings VALUES ('ours', 'x'), ('mine', NULL);
      INSERT INTO hf_config.internal VALUES (2);
      SELECT nextval('hf_config.ids'), nextval('hf_config.hidden');
      CREATE TABLE t (s text REFERENCES hf_config.settings); INSERT INTO t VALUES ('ours');
      GRANT SELECT ON hf_config.internal TO PUBLIC;`);
    const there = { ...context, installed: relocated.installed };
    const { backup: configured, result } = await takeBackup(await accessTo('configured', { server }), there, {
      name: 'configured',
    });
    expect(result.rows).toBe(3);
    expect(await verify(configured, there)).toMatchObject({ verdict: 'proven', differences: [], notes: [] });
    const access = await accessTo('copy', { server });
    const restored = await restore(configured, access, there, { create: true, check: true });
    expect(restored.comparison).toMatchObject({ differences: [] });
    expect(await openDatabase(server, 'copy').query('SELECT name FROM hf_config.settings ORDER BY 1')).toEqual([
      { name: 'mine' },
      { name: 'ours' },
      { name: 'version' },
    ]);
  });
});

describe('extensions that are installed and cannot be made in a drill', () => {
  let server: TestServer;

  const write = (name: string, body: string, control = '') => {
    writeFileSync(join(relocated.extensions, `${name}.control`), `default_version = '1.0'\n${control}`);
    writeFileSync(join(relocated.extensions, `${name}--1.0.sql`), body);
  };
  const unlessPreloaded = (then: string) =>
    `DO $$ BEGIN IF pg_catalog.current_setting('hf.preloaded', true) IS NULL THEN ${then} END IF; END $$;`;

  beforeAll(async () => {
    write('hf_preloaded', unlessPreloaded(`RAISE EXCEPTION 'hf_preloaded must be preloaded';`));
    write('hf_fatal', unlessPreloaded('PERFORM pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid());'));
    write('hf_needy', 'CREATE TABLE needs (a integer);', `requires = 'hf_preloaded'\n`);
    write('hf_fine', 'CREATE TABLE fine (a integer);', `requires = 'pg_trgm'\nrelocatable = false\nschema = hf_own\n`);
    await runProcess({ command: 'chmod', args: ['-R', 'a+rX', relocated.extensions], env: {} });
    server = await startTestServer({ programs: relocated.installed[0], settings: { 'hf.preloaded': 'on' } });
  });

  afterAll(() => server?.stop());

  test("make the verdict incomplete, with the server's reasons", async () => {
    await openDatabase(server, 'postgres').query('CREATE DATABASE preloaded');
    await openDatabase(server, 'preloaded').query(`
      CREATE SCHEMA "odd ""schema"; CREATE EXTENSION pg_trgm SCHEMA "odd ""schema";
      CREATE SCHEMA hf_own; CREATE EXTENSION hf_fine SCHEMA hf_own;
      CREATE EXTENSION hf_fatal; CREATE EXTENSION hf_preloaded; CREATE EXTENSION hf_needy;`);
    const there = { ...context, installed: relocated.installed };
    const { backup: preloaded } = await takeBackup(await accessTo('preloaded', { server }), there, {
      name: 'preloaded',
    });
    const result = await verify(preloaded, there);
    expect(result).toMatchObject({ verdict: 'incomplete', matched: 0, differences: [] });
    expect(result.missingExtensions.map(({ name }) => name)).toEqual(['hf_fatal', 'hf_needy', 'hf_preloaded']);
    expect(result.notes).toEqual([
      expect.stringContaining('hf_fatal: terminating connection'),
      expect.stringContaining('hf_needy: hf_preloaded must be preloaded'),
      expect.stringContaining('hf_preloaded: hf_preloaded must be preloaded'),
    ]);
    // Where they can be made, as on the server that they come from, there is a verdict.
    const drill = serverDrill(await accessTo('postgres', { server }));
    expect(await verify(preloaded, there, drill)).toMatchObject({ verdict: 'proven', differences: [] });
  });
});

describe('a machine without the server that a drill needs', () => {
  const clientsOnly = (installed: readonly PostgresPrograms[]) =>
    installed.map((found) => ({
      ...found,
      has: (name: Parameters<typeof found.has>[0]) => name !== 'postgres' && name !== 'initdb' && found.has(name),
    }));

  test('says which version to install', async () => {
    const error = await fail(verify(backup, { ...context, installed: clientsOnly(context.installed) }));
    expect(error).toMatchObject({ code: 'THROWAWAY_FAILED', exitCode: 4 });
    expect(error.message).toMatch(/needs a PostgreSQL server of version 15 or newer/);
    expect(error.hint).toContain('postgresql-15');
  });

  test('says so too when only an older one is installed', async () => {
    const vault = new TamperedVault(context, backup);
    vault.editManifest((manifest) => {
      manifest.server.versionNum = 990_000;
      manifest.server.version = '99.0';
    });
    const error = await fail(verify(backup, vault.context(context)));
    expect(error).toMatchObject({ code: 'THROWAWAY_FAILED', exitCode: 4 });
    expect(error.message).toContain('version 99 or newer');
  });

  test('reports a server that does not start with its own words, and leaves nothing', async () => {
    const before = await livingChildren();
    const installed = await fakePrograms({ postgres: 'cannot-start' });
    const error = await fail(verify(backup, { ...context, installed }));
    expect(error).toMatchObject({ code: 'THROWAWAY_FAILED', exitCode: 4 });
    expect(error.message).toContain('could not map anonymous shared memory');
    expect(await livingChildren()).toEqual(before);
  });
});

describe('a machine without the locale of a backup', () => {
  test('is told how to make it', async () => {
    const vault = new TamperedVault(context, backup);
    vault.editManifest((manifest) => {
      manifest.locale.collate = 'xx_XX.UTF-8';
      manifest.locale.ctype = 'xx_XX.UTF-8';
    });
    const error = await fail(verify(backup, vault.context(context)));
    expect(error).toMatchObject({ code: 'THROWAWAY_FAILED', exitCode: 4 });
    expect(error.message).toContain('the locale "xx_XX.UTF-8"');
    expect(error.hint).toContain('locale-gen');
  });
});

describe('a proof that cannot be stored', () => {
  test('C: leaves the verdict, with the reason why it could not be stored', async () => {
    const { store } = context;
    const failing = { ...store, put: () => Promise.reject(new Error('unreachable')) };
    const result = await verify(backup, { ...context, store: failing });
    expect(result).toMatchObject({ verdict: 'proven' });
    expect(result.notStored?.message).toContain('could not be stored as a proof: unreachable');
    expect(readFileSync(new TamperedVault(context, backup).path('manifest')).length).toBeGreaterThan(0);
  });
});
