import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runProcess } from '../../../src/core/child-process.js';
import { HoldfastError } from '../../../src/core/errors.js';
import { findPrograms } from '../../../src/postgres/client-programs.js';
import type { ThrowawayOptions } from '../../../src/postgres/throwaway/options.js';
import { startThrowawayServer } from '../../../src/postgres/throwaway/throwaway-server.js';
import { holdProgram } from '../../helpers/held-programs.js';
import { openDatabase, serverPrograms } from '../../helpers/postgres.js';
import { processesMentioning } from '../../helpers/processes.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

const programs = await serverPrograms();

async function start(options: Partial<ThrowawayOptions> = {}) {
  const server = await startThrowawayServer({ programs, ...options });
  onTestFinished(() => server.stop());
  return server;
}

async function failure(promise: Promise<unknown>): Promise<HoldfastError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof HoldfastError)) throw new Error('Expected a HoldfastError', { cause: error });
  return error;
}

describe('a throwaway server', () => {
  it('answers on its socket with the version of its programs, and is gone after stop', async () => {
    const server = await start();
    const [row] = await openDatabase(server, 'postgres').query('SHOW server_version_num');
    expect(row).toEqual({ server_version_num: String(programs.versionNum) });
    expect(server.isRunning()).toBe(true);
    await server.stop();
    expect(existsSync(server.host)).toBe(false);
    expect(await processesMentioning(server.host)).toEqual([]);
    expect(server.isRunning()).toBe(false);
    await server.stop();
  });

  it('listens on no network address and lets only its own user into its directory', async () => {
    const server = await start();
    const [row] = await openDatabase(server, 'postgres').query('SHOW listen_addresses');
    expect(row).toEqual({ listen_addresses: '' });
    const { mode, uid } = statSync(server.host);
    expect(mode & 0o777).toBe(0o700);
    expect(uid).toBe(server.user?.uid ?? process.getuid?.());
  });

  it.runIf(process.getuid?.() === 0)('runs as nobody, without our environment, when we are root', async () => {
    process.env.HOLDFAST_TEST_CREDENTIAL = 'not-for-the-server';
    onTestFinished(() => void delete process.env.HOLDFAST_TEST_CREDENTIAL);
    const server = await start();
    const client = await openDatabase(server, 'postgres').client();
    const { rows } = await client.query<{ env: string; status: string }>(
      "SELECT encode(pg_read_binary_file('/proc/self/environ'), 'escape') AS env, pg_read_file('/proc/self/status') AS status",
    );
    await client.end();
    expect(rows[0]!.env).not.toContain('HOLDFAST_TEST_CREDENTIAL');
    expect(rows[0]!.status).toMatch(new RegExp(`^Uid:\\s${server.user!.uid}\\s`, 'm'));
    expect(rows[0]!.status).toMatch(/^Groups:\s*$/m);
  });

  it('collides with nothing when two run at once on one port', async () => {
    const [a, b] = await Promise.all([start(), start()]);
    expect(a.port).toBe(b.port);
    await openDatabase(a, 'postgres').query('CREATE TABLE only_in_a ()');
    expect(await openDatabase(b, 'postgres').query("SELECT to_regclass('only_in_a') AS t")).toEqual([{ t: null }]);
  });

  it('has the encoding, the locale, the money format, the locks and the settings that it was asked for', async () => {
    const server = await start({
      encoding: 'UTF8',
      locale: { collate: 'C', ctype: 'C.UTF-8', lcMonetary: 'C.UTF-8' },
      maxLocksPerTransaction: 777,
      maxConnections: 13,
      settings: { timezone: 'Asia/Kolkata', work_mem: '9MB' },
    });
    const database = openDatabase(server, 'template1');
    expect(
      await database.query('SELECT datcollate, datctype, pg_encoding_to_char(encoding) AS e FROM pg_database'),
    ).toContainEqual({ datcollate: 'C', datctype: 'C.UTF-8', e: 'UTF8' });
    for (const [name, value] of [
      ['max_locks_per_transaction', '777'],
      ['max_connections', '13'],
      ['TimeZone', 'Asia/Kolkata'],
      ['work_mem', '9MB'],
      ['lc_monetary', 'C.UTF-8'],
    ]) {
      expect(await database.query(`SELECT current_setting('${name}') AS value`)).toEqual([{ value }]);
    }
  });

  it('has another encoding when the source has', async () => {
    const server = await start({ encoding: 'LATIN1', locale: { collate: 'C', ctype: 'C' } });
    expect(await openDatabase(server, 'postgres').query('SHOW server_encoding')).toEqual([
      { server_encoding: 'LATIN1' },
    ]);
  });

  it('collates by ICU when the source does', async () => {
    const server = await start({
      locale: { collate: 'C.UTF-8', ctype: 'C.UTF-8', provider: 'icu', icuLocale: 'de-u-co-phonebk' },
    });
    const database = openDatabase(server, 'template1');
    const rows = await database.query("SELECT v FROM (VALUES ('Z'), ('ä'), ('af')) AS t(v) ORDER BY v");
    // In the phone book, ä is sorted as ae; by code points it would come last.
    expect(rows.map((row) => row.v)).toEqual(['ä', 'af', 'Z']);
  });

  it.each([`o'dd "na\\me $user`, 'Ünï;é\nline', '-dash', 'rdsadmin'])(
    'has the bootstrap superuser %j and no other role that can log in',
    async (superuser) => {
      const server = await start({ superuser });
      const rows = await openDatabase(server, 'postgres').query(
        'SELECT oid::int, rolname, rolsuper FROM pg_roles WHERE rolcanlogin',
      );
      expect(rows).toEqual([{ oid: 10, rolname: superuser, rolsuper: true }]);
    },
  );

  it('has the tablespaces that it was asked for, inside its own directory', async () => {
    const server = await start({ tablespaces: ['fast', `o"d'd`] });
    const database = openDatabase(server, 'postgres');
    const rows = await database.query<{ spcname: string; location: string }>(
      "SELECT spcname, pg_tablespace_location(oid) AS location FROM pg_tablespace WHERE spcname NOT LIKE 'pg\\_%' ORDER BY oid",
    );
    expect(rows.map((row) => row.spcname)).toEqual(['fast', `o"d'd`]);
    for (const row of rows) expect(row.location.startsWith(`${server.host}/`)).toBe(true);
    await database.query('CREATE TABLE t TABLESPACE fast AS SELECT generate_series(1, 10)');
  });

  it('gives libpq programs an environment of which nothing is ours', async () => {
    const server = await start();
    expect(Object.keys(server.environment()).sort()).toEqual([
      ...['HOME', 'PGHOST', 'PGPASSFILE', 'PGPORT', 'PGSERVICEFILE', 'PGSYSCONFDIR', 'PGUSER', 'PSQLRC'],
    ]);
    const { stdout } = await runProcess({
      command: programs.program('psql'),
      args: ['-XAtc', 'SELECT current_user', 'postgres'],
      env: server.environment(),
      user: server.user,
      cwd: '/',
    });
    expect(stdout.trim()).toBe('postgres');
  });

  it('keeps rows and statements out of its log', async () => {
    const server = await start();
    const client = await openDatabase(server, 'postgres').client();
    await client.query("CREATE TABLE t (v text PRIMARY KEY); INSERT INTO t VALUES ('secret-row')");
    await expect(client.query("INSERT INTO t VALUES ('secret-row')")).rejects.toThrow('duplicate key');
    await client.end();
    expect(server.logTail()).toContain('duplicate key');
    expect(server.logTail()).not.toContain('secret-row');
  });

  it('says that it has ended when something inside it ended it, and is removed all the same', async () => {
    const server = await start();
    const client = await openDatabase(server, 'postgres').client();
    await client.query("COPY (SELECT 1) TO PROGRAM 'kill -KILL $(head -1 postmaster.pid)'").catch(() => {});
    await expect.poll(() => server.isRunning()).toBe(false);
    await client.end().catch(() => {});
    await server.stop();
    expect(existsSync(server.host)).toBe(false);
    await expect.poll(() => processesMentioning(server.host)).toEqual([]);
  });
});

describe('a throwaway server that cannot start', () => {
  it('names a locale that the machine lacks and how to make it, and leaves nothing', async () => {
    const tmpDirectory = shortTemporaryDirectory();
    const error = await failure(
      start({ tmpDirectory, locale: { collate: 'xx_YY.UTF-8', ctype: 'C' }, encoding: 'UTF8' }),
    );
    expect(error.code).toBe('THROWAWAY_FAILED');
    expect(error.message).toContain('"xx_YY.UTF-8"');
    expect(error.hint).toContain('xx_YY.UTF-8 UTF-8');
    expect(readdirSync(tmpDirectory)).toEqual([]);
  });

  it("passes on initdb's reason when encoding and locale do not fit", async () => {
    const error = await failure(start({ encoding: 'LATIN1', locale: { collate: 'C.UTF-8', ctype: 'C.UTF-8' } }));
    expect(error.code).toBe('THROWAWAY_FAILED');
    expect(error.message).toContain('encoding mismatch');
  });

  it("passes on the server's reason when a setting is wrong, and leaves nothing", async () => {
    const tmpDirectory = shortTemporaryDirectory();
    const error = await failure(start({ tmpDirectory, settings: { work_mem: 'plenty' } }));
    expect(error.code).toBe('THROWAWAY_FAILED');
    expect(error.message).toContain('work_mem');
    expect(readdirSync(tmpDirectory)).toEqual([]);
  });

  it('says which tablespace name is refused, and leaves nothing', async () => {
    const tmpDirectory = shortTemporaryDirectory();
    const error = await failure(start({ tmpDirectory, tablespaces: ['pg_mine'] }));
    expect(error.message).toContain('pg_mine');
    expect(readdirSync(tmpDirectory)).toEqual([]);
    expect(await processesMentioning(tmpDirectory)).toEqual([]);
  });

  it('says that the temporary directory is too deep for a socket before it makes anything', async () => {
    const deep = `${temporaryDirectory()}/${'d'.repeat(90)}`;
    mkdirSync(deep);
    const error = await failure(start({ tmpDirectory: deep }));
    expect(error.message).toMatch(/socket would have \d+ bytes, but the system allows 107/);
    expect(readdirSync(deep)).toEqual([]);
  });

  it('says that the temporary directory is missing', async () => {
    const error = await failure(start({ tmpDirectory: '/nowhere/at/all' }));
    expect(error.message).toContain('/nowhere/at/all');
  });

  it.runIf(process.getuid?.() === 0)("names the directory that the server's user may not enter", async () => {
    const closed = temporaryDirectory();
    mkdirSync(`${closed}/tmp`);
    const error = await failure(start({ tmpDirectory: `${closed}/tmp` }));
    expect(error.code).toBe('THROWAWAY_FAILED');
    expect(error.message).toContain(`cannot enter ${closed};`);
    expect(readdirSync(`${closed}/tmp`)).toEqual([]);
  });

  it('says what is missing when there are only client programs', async () => {
    const clientOnly = {
      ...programs,
      program: (name: Parameters<typeof programs.program>[0]) => {
        if (name === 'initdb') throw new HoldfastError('PROGRAM_MISSING', 'initdb is not there.');
        return programs.program(name);
      },
    };
    expect((await failure(start({ programs: clientOnly }))).code).toBe('PROGRAM_MISSING');
  });

  it('leaves nothing when it is aborted in the middle of the start', async () => {
    const tmpDirectory = shortTemporaryDirectory();
    const controller = new AbortController();
    const initdb = await holdProgram('initdb');
    const [withHeld] = await findPrograms({ env: { HOLDFAST_PG_BIN: initdb.bin } });
    const starting = failure(start({ programs: withHeld!, tmpDirectory, signal: controller.signal }));
    await initdb.held();
    controller.abort();
    expect((await starting).code).toBe('INTERRUPTED');
    expect(readdirSync(tmpDirectory)).toEqual([]);
    await expect.poll(() => processesMentioning(tmpDirectory)).toEqual([]);
  });
});

/** A directory that every user can enter, with nothing else in it. */
function shortTemporaryDirectory(): string {
  const directory = temporaryDirectory();
  if (process.getuid?.() === 0) chmodSync(directory, 0o755);
  return directory;
}
