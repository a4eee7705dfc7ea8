import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.js';
import { silentLogger } from '../../../src/core/logger.js';
import { openAccess } from '../../../src/postgres/connection.js';
import { createPostgresAdapter } from '../../../src/rotation/postgres/postgres-adapter.js';
import { postgresSettingsSchema } from '../../../src/rotation/postgres/postgres-settings.js';
import { runHoldfast, type RunResult } from '../../helpers/holdfast.js';
import { openDatabase, type TestDatabase } from '../../helpers/postgres.js';
import { runPsql } from '../../helpers/psql.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { newVault } from '../../helpers/vault.js';
import { startWireRecorder, type RecordedSession, type WireRecorder } from '../../helpers/wire-recorder.js';
import { bareEnvironment } from './access.js';
import { unqualified } from './qualified-sql.js';
import { DUMPER, startTrappedServer, type TrappedServer } from './trapped-server.js';

/** pg_dump's and pg_dumpall's own first statement is the same, but for the semicolon. */
const FIRST = /^SELECT pg_catalog\.set_config\('search_path', '', false\);?$/;
const cwd = temporaryDirectory();
const vault = newVault().url;

let trapped: TrappedServer;
let wire: WireRecorder;
let rolesBefore: string[];
beforeAll(async () => {
  trapped = await startTrappedServer();
  wire = await startWireRecorder(trapped.server);
});
afterAll(async () => {
  await wire.stop();
  await trapped.stop();
});
beforeEach(async () => {
  rolesBefore = await trapped.roles();
});

let checked = 0;
/** All sessions of the test, and what became of the server. */
afterEach(async () => {
  const fresh = wire.sessions.slice(checked);
  checked = wire.sessions.length;
  if (fresh.length > 0) expectGuarded(fresh);
  expect(await trapped.sprung()).toEqual([]);
  expect(await trapped.marked()).toEqual([]);
  expect(await trapped.roles()).toEqual(rolesBefore);
});

function expectGuarded(sessions: readonly RecordedSession[]): void {
  const begun = sessions.filter(({ texts }) => texts.length > 0);
  expect(begun.length).toBeGreaterThan(0);
  for (const { texts } of begun) expect(texts[0]).toMatch(FIRST);
  // The owner of the database sets another role. A pooler that takes no options has only sessions that set it back.
  for (const { startup } of begun) if (startup.options) expect(startup.options).toContain('-c role=none');
  // The driver names the encoding when it connects, and PostgreSQL's programs do not: theirs is their own SQL.
  const own = begun.filter(({ startup }) => startup.client_encoding !== undefined);
  expect(own.length).toBeGreaterThan(0);
  const careless = own.flatMap(({ texts }) =>
    texts.flatMap((text) => unqualified(text).map((word) => `${word}: ${text}`)),
  );
  expect(careless).toEqual([]);
}

const urlOf = (user: string, database: string) => openDatabase(wire.server, database).urlFor(user);

async function holdfast(args: readonly string[], exitCode = 0): Promise<RunResult> {
  const result = await runHoldfast([...args, '--json'], { cwd, env: { TMPDIR: process.env.TMPDIR } });
  expect(result.code, result.stderr + result.stdout).toBe(exitCode);
  return result;
}

describe('A1: a database whose owner captures operators, functions, casts, types and settings', () => {
  it('A1: has traps that work, in a session that is not guarded', async () => {
    await trapped.plant('bait');
    await administer('bait', `SET search_path = evil, pg_catalog; SELECT 'a'::text = 'b'::text`);
    const sprung = (await trapped.sprung()).join('\n');
    expect(sprung).toMatch(/hostile code: operator = with the rights of postgres/);
    expect(sprung).toMatch(/hostile code: type text with the rights of postgres/);
    const admin = openDatabase(trapped.server, 'postgres');
    expect(await admin.query(`SELECT rolsuper FROM pg_roles WHERE rolname = 'shop_owner'`)).toEqual([
      { rolsuper: true },
    ]);
    await admin.query('ALTER ROLE shop_owner NOSUPERUSER');
    await trapped.forget();
  });

  for (const user of ['postgres', DUMPER]) {
    it(`A1: is looked at and backed up by ${user} without its owner gaining anything`, async () => {
      await holdfast(['backup', '--dry-run', '--url', urlOf(user, 'shop'), '--name', 'shop', '--vault', vault]);
      await holdfast(['backup', '--url', urlOf(user, 'shop'), '--name', 'shop', '--vault', vault]);
    });

    it(`A1: is discovered by ${user}`, async () => {
      const entry = `{name: found, host: ${wire.server.host}, port: ${wire.server.port}, user: ${user}, dbName: shop, discover: {include: [shop]}}`;
      await writeFile(join(cwd, 'holdfast.yaml'), `vault: ${newVault().url}\ndatabases:\n  - ${entry}\n`);
      await holdfast(['backup', '--all', '--dry-run']);
    });
  }

  it('A1: is verified in a throwaway server, and on a server', async () => {
    await holdfast(['verify', 'shop', '--vault', vault]);
    await holdfast(['verify', 'shop', '--vault', vault, '--server', urlOf('postgres', 'postgres')]);
  });

  it('A1: is restored into a new database with its settings, and compared there', async () => {
    const args = [
      'restore',
      'shop',
      '--vault',
      vault,
      '--create',
      '--globals',
      '--check',
      '--to',
      urlOf('postgres', 'copy'),
    ];
    const { stdout } = await holdfast(args);
    expect(stdout).toMatch(/"created": true/);
    expect(await trapped.marked('copy')).toEqual([]);
  });

  it("A1: takes a table in a restore only where its event triggers are nobody else's", async () => {
    const target = await trapped.plant('target');
    const args = [
      'restore',
      'shop',
      '--vault',
      vault,
      '--table',
      'public.orders',
      '--into-schema',
      'evil',
      '--to',
      urlOf('postgres', 'target'),
    ];
    const refused = await holdfast(args, 1);
    expect(refused.stdout).toContain('SESSION_UNSAFE');
    expect(refused.stdout).toContain('calls evil.on_event() of');
    await disableTrigger(target.name);
    // All functions of the target are its owner's, and any of them could be called.
    const unsafe = await holdfast(args, 1);
    expect(unsafe.stdout).toContain('TARGET_UNSAFE');
    await holdfast([...args, '--trust-target']);
    expect(await trapped.marked('target')).toEqual([]);
  });

  it("A1: has a user rotated only where its event triggers are nobody else's", async () => {
    const fields = {
      engine: 'postgres',
      host: wire.server.host,
      port: wire.server.port,
      dbname: 'shop',
      username: 'app',
      password: 'x',
    };
    const admin = openDatabase(trapped.server, 'postgres');
    // Trust lets every password in, so that the user is known by the mark of its secret.
    await admin.query(`CREATE ROLE app LOGIN; COMMENT ON ROLE app IS 'holdfast rotation of its-secret'`);
    const adapter = createPostgresAdapter({
      secretId: 'its-secret',
      settings: postgresSettingsSchema.parse({
        users: ['app'],
        hosts: [wire.server.host],
        port: Number(wire.server.port),
        sslmode: 'disable',
        administratorSecretArn: 'admin',
        role: { grants: [{ on: 'tables', schema: 'public', privileges: ['select'] }], memberOf: ['pg_monitor'] },
      }),
      readSecret: () => Promise.resolve(JSON.stringify({ username: 'postgres', password: 'y' })),
      logger: silentLogger,
    });
    const current = adapter.parse(JSON.stringify(fields));
    const requireUnchanged = () => Promise.resolve();
    const values = { current, pending: await adapter.next(current), previous: undefined, requireUnchanged };
    await expect(adapter.set(values)).rejects.toMatchObject({ code: 'SESSION_UNSAFE' });
    await disableTrigger('shop');
    await adapter.set(values);
    expect(await admin.query(`SELECT rolsuper FROM pg_roles WHERE rolname = 'app_clone'`)).toEqual([
      { rolsuper: false },
    ]);
    await enableTrigger('shop');
    await dropRoles(admin);
  });

  it('A1: reads no SQL that leaves room for capture anywhere in what was sent', () => {
    const texts = wire.sessions.flatMap((session) => session.texts);
    // Each part of the program was there: else this file would assert about nothing.
    for (const part of [
      'pg_export_snapshot',
      'aclexplode',
      'pg_available_extensions',
      'ANALYZE',
      'CREATE DATABASE',
      'COPY',
    ]) {
      expect(
        texts.some((text) => text.includes(part)),
        part,
      ).toBe(true);
    }
  });
});

describe('A1: operator-capture.sql', () => {
  it('A1: leaves the owner of a database what they were when a superuser looks at it', async () => {
    const admin = openDatabase(trapped.server, 'postgres');
    await admin.query('CREATE DATABASE captured OWNER shop_owner');
    const script = readFileSync(join(import.meta.dirname, '../../fixtures/sql/operator-capture.sql'), 'utf8');
    const run = await runPsql(trapped.server, 'captured', `\\set ON_ERROR_STOP on\n${script}`, 'shop_owner');
    expect(run, run.stderr).toMatchObject({ code: 0 });
    await holdfast([
      'backup',
      '--dry-run',
      '--url',
      urlOf('postgres', 'captured'),
      '--name',
      'captured',
      '--vault',
      vault,
    ]);
    await holdfast(['backup', '--url', urlOf('postgres', 'captured'), '--name', 'captured', '--vault', vault]);
    expect(await admin.query(`SELECT rolsuper FROM pg_roles WHERE rolname = 'shop_owner'`)).toEqual([
      { rolsuper: false },
    ]);
  });
});

describe('A1: a connection pooler', () => {
  it.each([
    ['that has keys of its own', { alterKey: true }],
    ['that takes no options at the start of a session', { refuseOptions: true, alterKey: true }],
  ])('A1: %s gets no session of a superuser, and one of a dumping role', async (_, options) => {
    const pooler = await startWireRecorder(trapped.server, options);
    const access = (user: string) =>
      openAccess({
        target: {
          host: pooler.server.host,
          port: String(pooler.server.port),
          user,
          database: 'postgres',
          parameters: {},
        },
        authentication: { kind: 'password', password: new Secret('x') },
        env: bareEnvironment,
      });
    await expect((await access('postgres')).connect()).rejects.toMatchObject({
      code: 'SESSION_UNSAFE',
      message: expect.stringContaining('a connection pooler is in front of the server') as string,
    });
    const client = await (await access('shop_owner')).connect();
    await client.end();
    expectGuarded(pooler.sessions);
    await pooler.stop();
  });
});

/** By a session that is guarded, as the settings of these databases end others. */
async function administer(database: string, sql: string): Promise<void> {
  const { host, port } = trapped.server;
  const access = await openAccess({
    target: { host, port: String(port), user: 'postgres', database, parameters: {} },
    authentication: { kind: 'default' },
    env: bareEnvironment,
  });
  const client = await access.connect();
  await client.query(sql);
  await client.end();
}

const disableTrigger = (database: string) => administer(database, 'ALTER EVENT TRIGGER trapped DISABLE');
const enableTrigger = (database: string) => administer(database, 'ALTER EVENT TRIGGER trapped ENABLE ALWAYS');

async function dropRoles(admin: TestDatabase): Promise<void> {
  await administer('shop', 'ALTER EVENT TRIGGER trapped DISABLE');
  await administer('shop', 'DROP OWNED BY app_clone, app');
  await admin.query('DROP ROLE app_clone; DROP ROLE app');
}
